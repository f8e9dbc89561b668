"""Playback of a recording: decoded ahead on a thread, with the position that is *heard* at each moment."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from midlevel_app.audio.decode import AudioReader, open_audio
from midlevel_app.audio.devices import (
    CALL_LIMIT_SECONDS,
    Device,
    OutputStream,
    choose_output,
    device_names,
    hanging,
    is_there,
    rescan,
    within,
)
from midlevel_app.audio.feed import Feed, Piece, Samples, scaled
from midlevel_app.audio.programme import FASTEST, SLOWEST, Loop, exchanged, programme
from midlevel_app.errors import AudioFileError, DeviceError, MidlevelError
from midlevel_app.language import tr

AHEAD_SECONDS = 2.0  # how much decoded audio waits at most
IDLE_SECONDS = 5.0  # a paused player gives the device back after this time
TICK_SECONDS = 0.1  # how often the thread looks after a running device
ASK_SECONDS = 1.0  # how often it asks whether an output chosen by its name is still there, or back


@dataclass(frozen=True)
class PlayerState:
    """What a player is doing.

    Attributes
    ----------
    playing : bool
        Playing, or about to: the device may still be opening.
    ended : bool
        The end of the recording was heard.
    position : float
        Seconds into the recording that are heard now.
    lag : float or None
        Seconds between handing audio to the device and hearing it; None while no device is open.
    output : str or None
        Name of the device, while one is open.
    speed : float
        How many seconds of the recording are played in a second.
    looping : bool
        A loop is set; what lies outside of it is played, too.
    underruns : int
        How often the device had to play silence because audio came too late.
    error : MidlevelError or None
        Why playback stopped, or will at the end of what could be decoded; until it is asked for again.
    """

    playing: bool
    ended: bool
    position: float
    lag: float | None
    output: str | None
    speed: float
    looping: bool
    underruns: int
    error: MidlevelError | None


class _OutputLostError(DeviceError):
    """An output that was chosen by its name went away while it played."""


class Player:
    """Plays one recording through an output device.

    Every method but `close` returns at once; a thread opens the file and the device, decodes ahead and
    notices when the device goes away. Ask `state` for what came of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()  # guards feed, target and stream; the device's callback never takes it
        self._feed = Feed(0.0, 1)
        self._target: float | None = 0.0  # where to decode from next
        self._speed = 1.0
        self._loop: Loop | None = None
        self._stale = False  # speed or loop changed: what waits in the feed is to be exchanged
        self._volume = self._gain = 1.0  # as asked for, and as the callback has come to
        self._wanted: str | None = None  # name of the output
        self._opened: str | None = None  # what was wanted when the stream was opened
        self._stream: OutputStream | None = None
        self._playing = False
        self._ended = False
        self._error: MidlevelError | None = None
        self._failed = False  # the device failed last time
        self._awaited = False  # the output chosen by its name went away while it played: play once it is back
        self._asked = 0.0  # when it was last asked for
        self._reopen = False  # the file failed last time
        self._starved = 0
        self._underruns = 0  # of earlier streams
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midlevel-player", daemon=True)
        self._thread.start()

    def play(self) -> None:
        """Play from the present position, or from the start after the end.

        A file that failed is opened anew: it may be whole again.
        """
        if isinstance(self._error, AudioFileError):
            self._reopen = True
            self.seek(self.position())
        elif self._ended:
            self.seek(0.0)
        self._error = None
        self._awaited = False
        self._playing = True
        self._wake.set()

    def pause(self) -> None:
        """Fall silent and keep the position."""
        self._playing = self._awaited = False
        self._wake.set()

    def seek(self, seconds: float) -> None:
        """Go to ``seconds`` from the start of the recording; playing goes on from there."""
        with self._lock:
            self._ended = False
            self._restart(max(0.0, seconds), self._feed.rate)
        self._wake.set()

    def set_speed(self, speed: float) -> None:
        """Play ``speed`` (0.5 to 1.5) seconds of the recording in a second, at the pitch it has."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError(f"the speed is from {SLOWEST} to {FASTEST}, not {speed}")
        with self._lock:
            changed, self._speed = speed != self._speed, float(speed)
            if changed:
                self._change()

    def set_loop(self, start: float | None, stop: float | None = None) -> None:
        """Play from ``start`` to ``stop`` seconds again and again once that part is reached; None for no loop.

        Playing from behind the loop goes on to the end of the recording. Where the recording ends within the
        loop, so does the loop. ``ValueError`` for less than 0.2 s.
        """
        if start is not None and stop is None:
            raise ValueError("a loop has a start and a stop")
        loop = None if start is None or stop is None else Loop(float(start), float(stop))
        with self._lock:
            changed, self._loop = loop != self._loop, loop
            if changed:
                self._change()

    def set_volume(self, volume: float) -> None:
        """Play at ``volume``, from 0 (silent) to 1 (as recorded), a factor of the samples."""
        if not 0.0 <= volume <= 1.0:
            raise ValueError(f"the volume is from 0 to 1, not {volume}")
        self._volume = float(volume)

    def set_output(self, name: str | None) -> None:
        """Play through the output called ``name``, or the system's default; playing goes on there.

        If it is missing, `state` tells so; it is looked for by that name each time play is asked for. If it goes
        away while it plays, playing pauses until it is back, or until something else is asked for.
        """
        self._awaited = self._awaited and name == self._wanted
        self._wanted = name
        self._wake.set()

    def close(self, limit: float = 3 * CALL_LIMIT_SECONDS) -> bool:
        """Stop, give file and device back, and tell whether that was done within ``limit`` seconds."""
        self._playing = self._awaited = False
        self._closing = True
        self._wake.set()
        self._thread.join(limit)
        return not self._thread.is_alive()

    def position(self) -> float:
        """Seconds into the recording that are heard now."""
        with self._lock:
            if self._stream is None:
                return self._feed.start
            return self._feed.heard(self._stream.frame_heard())

    def state(self) -> PlayerState:
        """Return what the player is doing now."""
        with self._lock:
            stream = self._stream
            return PlayerState(
                self._playing,
                self._ended,
                self.position(),
                None if stream is None else stream.lag,
                None if stream is None else stream.output.name,
                self._speed,
                self._loop is not None,
                self._underruns + self._starved + (0 if stream is None else stream.underruns),
                self._error,
            )

    def fill(self, out: Samples, frame: int) -> None:
        """Write the audio that the device plays from its frame ``frame`` on: decoded audio or silence."""
        feed = self._feed
        filled = feed.take(out, frame) if self._playing else 0
        out[filled:] = 0.0
        self._gain = scaled(out[:filled], self._gain, self._volume, feed.rate)
        self._starved += self._playing and filled < len(out) and feed.taken > 0 and not feed.complete

    def _run(self) -> None:
        """Serve the device until closed."""
        reader: AudioReader | None = None
        source: Iterator[Piece] = iter(())
        paused_at = time.monotonic()
        with contextlib.ExitStack() as files:
            while not self._closing:
                try:
                    if self._stream is not None and self._opened != self._wanted:
                        self._close_device()
                    if self._playing:
                        paused_at = time.monotonic()
                        if self._reopen:
                            self._reopen, reader = False, None
                            files.close()
                        if reader is None:
                            reader = files.enter_context(open_audio(self.path))
                        output = self._device(reader.rate)
                        source = self._sought(reader, output) or self._spliced(reader, output) or source
                        self._decode(source)
                    elif self._stream is not None and (
                        self._stream.lost() or time.monotonic() - paused_at > IDLE_SECONDS
                    ):
                        self._close_device()
                    elif self._awaited and self._is_back():
                        self.play()
                except MidlevelError as error:
                    self._awaited = isinstance(error, _OutputLostError)
                    self._close_device()
                    self._failed = isinstance(error, DeviceError)
                    self._error = error
                    self._playing = False
                self._wake.wait(TICK_SECONDS if self._stream is not None else ASK_SECONDS if self._awaited else None)
                self._wake.clear()
            self._close_device()

    def _restart(self, start: float, rate: int) -> None:
        """Forget what was decoded; go on from ``start`` seconds at ``rate``."""
        self._feed = Feed(start, rate)
        self._target = start

    def _device(self, rate: int) -> Device:
        """Return the device, opened for audio of ``rate`` if need be; `DeviceError` if there is none."""
        if self._stream is None:
            wanted = self._wanted
            new = wanted is not None and wanted not in device_names("output")
            if (self._failed or new) and not hanging():
                within(CALL_LIMIT_SECONDS, rescan)
            output = within(CALL_LIMIT_SECONDS, lambda: choose_output(rate, wanted))
            with self._lock:
                self._restart(self._feed.start, output.rate)
            stream = OutputStream(output, self.fill)
            stream.open()
            self._failed = False
            with self._lock:
                self._stream, self._opened = stream, wanted
        output = self._stream.output
        if self._opened is not None and (self._stream.lost() or not self._still_there(output)):
            raise _OutputLostError(
                tr(
                    "The sound output {name} went away: playing goes on when it is back, or choose another "
                    "in the menu Transport and press play"
                ).format(name=output.name)
            )
        if self._stream.lost():
            raise DeviceError(
                tr(
                    "The sound output {name} went away: connect it, or choose another in the system's "
                    "settings, and press play again"
                ).format(name=output.name)
            )
        return output

    def _still_there(self, output: Device) -> bool:
        """Ask now and then for the output that plays: a sound server goes on through another without a word."""
        now = time.monotonic()
        if now - self._asked < ASK_SECONDS:
            return True
        self._asked = now
        return within(CALL_LIMIT_SECONDS, lambda: is_there("output", output.device, output.rate, output.channels))

    def _is_back(self) -> bool:
        """Look for the output that went away."""
        if hanging():
            return False
        try:
            within(CALL_LIMIT_SECONDS, rescan)
            output = within(CALL_LIMIT_SECONDS, lambda: choose_output(self._feed.rate, self._wanted))
            self._asked = 0.0
            return self._still_there(output)
        except DeviceError:
            return False

    def _change(self) -> None:
        """Let what was asked for be heard soon: at the place that sounds, or the one where playing will go on."""
        if self._playing:
            self._stale = True
        else:
            self._restart(self.position(), self._feed.rate)
        self._wake.set()

    def _sought(self, reader: AudioReader, output: Device) -> Iterator[Piece] | None:
        """Audio from where the last seek went, if that is still to be fetched."""
        with self._lock:
            if self._target is None:
                return None
            start = reader.within(self._target)
            self._restart(start, output.rate)
            self._target = None
            self._stale = False
            return programme(reader, start, output, self._speed, self._loop)

    def _spliced(self, reader: AudioReader, output: Device) -> Iterator[Piece] | None:
        """Audio that goes on as it is now asked for, if speed or loop changed."""
        with self._lock:
            feed, speed, loop = self._feed, self._speed, self._loop
            if not self._stale or self._target is not None or feed.exchanging:
                return None
            self._stale = False
        try:
            return exchanged(feed, reader, output, speed, loop)
        except AudioFileError as error:
            self._tell(error)
            return iter(())

    def _next(self, source: Iterator[Piece]) -> Piece | None:
        """Return the next piece; None after the last, also where the recording breaks off, which is its end."""
        try:
            return next(source, None)
        except AudioFileError as error:
            self._tell(error)
            return None

    def _tell(self, error: AudioFileError) -> None:
        """Keep ``error``, once however often the place is reached."""
        if str(error) != str(self._error):
            self._error = error

    def _decode(self, source: Iterator[Piece]) -> None:
        """Fill the feed; after the last of it, stop once it was heard."""
        feed = self._feed
        while not (
            self._target is not None or self._stale or self._closing or feed.complete or feed.waiting >= AHEAD_SECONDS
        ):
            piece = self._next(source)
            if piece is None:
                feed.complete = True
            else:
                feed.add(piece.samples, piece.source, piece.speed)
        with self._lock:
            stream = self._stream
            if feed is self._feed and stream is not None and feed.finished(stream.frame_heard()):
                self._playing = False
                self._ended = True

    def _close_device(self) -> None:
        """Give the device back and keep the position."""
        with self._lock:
            if self._stream is None:
                return
            self._restart(self.position(), self._feed.rate)
            stream, self._stream = self._stream, None
            self._underruns += stream.underruns
        stream.close()
