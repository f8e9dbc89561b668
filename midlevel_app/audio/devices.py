"""Sound devices: PortAudio loaded late, devices by name, an output stream with its clock, calls that cannot hang us."""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from midlevel_app.errors import DeviceError, UnusableDeviceError
from midlevel_app.language import tr, translatable

T = TypeVar("T")
Fill = Callable[[npt.NDArray[np.float32], int], None]
Kind = Literal["input", "output"]

LATENCY_SECONDS = 0.1  # long enough that drawing and analysing never starve the device
SILENT_DEVICE_SECONDS = 1.0  # a device that asks for nothing for so long is lost
CALL_LIMIT_SECONDS = 3.0  # for each call that opens, stops or closes a stream

_NAMES: dict[Kind, str] = {"input": translatable("sound input"), "output": translatable("sound output")}
_AGAIN: dict[Kind, str] = {"input": translatable("start again"), "output": translatable("press play again")}

_HELPER = "midlevel-device"
_open_streams: set[object] = set()

library_lock = threading.RLock()
"""Held while PortAudio is asked anything that concerns more than one stream: it takes one such call at a time."""


@dataclass(frozen=True)
class Device:
    """An input or output and how to open it.

    Attributes
    ----------
    name : str
    rate : int
        Samples a second.
    channels : int
        1 or 2.
    device : int or None
        PortAudio's number of it until the next `rescan`; None for the system's default.
    """

    name: str
    rate: int
    channels: int
    device: int | None = None


def sound_library() -> ModuleType:
    """Return `sounddevice`. It is loaded on first use, because loading it opens PortAudio.

    Raises
    ------
    DeviceError
        If PortAudio is not installed.
    """
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(
            tr("Sound needs the PortAudio library ({error}): install it (Debian, Ubuntu: libportaudio2)").format(
                error=error
            )
        ) from error
    module: ModuleType = sounddevice
    return module


def device_names(kind: Kind) -> list[str]:
    """Return the names of all inputs or outputs, each once; a device connected since start shows after `rescan`.

    Raises
    ------
    DeviceError
        If PortAudio is not installed or does not answer in time.
    """
    devices = within(CALL_LIMIT_SECONDS, all_devices)
    return list(dict.fromkeys(device["name"] for device in devices if device[f"max_{kind}_channels"] > 0))


def all_devices() -> list[Any]:
    """PortAudio's facts of all devices it knows."""
    with library_lock:
        return list(sound_library().query_devices())


def device_facts(kind: Kind, name: str | None = None) -> Any:
    """PortAudio's facts of the first device called ``name``, or of the system's default.

    Raises
    ------
    DeviceError
        If there is no such device; it names those there are.
    """
    sound = sound_library()
    try:
        if name is None:
            with library_lock:
                return sound.query_devices(kind=kind)
        devices = [device for device in all_devices() if device[f"max_{kind}_channels"] > 0]
    except (sound.PortAudioError, ValueError) as error:
        raise DeviceError(
            tr("There is no {kind}: connect one and {again}").format(kind=tr(_NAMES[kind]), again=tr(_AGAIN[kind]))
        ) from error
    for device in devices:
        if device["name"] == name:
            return device
    there = ", ".join(dict.fromkeys(device["name"] for device in devices))
    sentence = (
        tr("There is no {kind} called {name}: connect it and {again}, or choose one of these: {there}")
        if there
        else tr("There is no {kind} called {name}: connect it and {again}, or choose another; there is none now")
    )
    raise DeviceError(sentence.format(kind=tr(_NAMES[kind]), name=name, again=tr(_AGAIN[kind]), there=there))


def choose_output(rate: int, name: str | None = None) -> Device:
    """Return the output called ``name``, or the system's default, at ``rate`` if it takes that, else at its own.

    Raises
    ------
    DeviceError
        If there is no such output device.
    """
    sound = sound_library()
    with library_lock:
        device = device_facts("output", name)
        number = None if name is None else device["index"]
        channels = min(2, device["max_output_channels"])
        try:
            sound.check_output_settings(device=number, samplerate=rate, channels=channels, dtype="float32")
        except sound.PortAudioError:
            rate = round(device["default_samplerate"])
        return Device(device["name"], rate, channels, number)


def current_number(kind: Kind, name: str, number: int | None) -> int | None:
    """PortAudio's number of a device that was chosen by name, which a `rescan` may have changed since."""
    return None if number is None else int(device_facts(kind, name)["index"])


def is_there(kind: Kind, device: int | None, rate: int, channels: int) -> bool:
    """Ask whether a device that is open still exists; False where it can no longer be opened by its name.

    A sound server may go on with another device when the one that was asked for goes away, without a word.
    """
    sound = sound_library()
    check = sound.check_input_settings if kind == "input" else sound.check_output_settings
    try:
        with library_lock:
            check(device=device, samplerate=rate, channels=channels, dtype="float32")
    except sound.PortAudioError as error:
        return _is_held(error)  # by us
    return True


def _is_held(error: Exception) -> bool:
    """Tell whether PortAudio means a device that serves one program at a time, and serves one."""
    return "unavailable" in str(error)


def rescan() -> bool:
    """Look for devices anew, and tell whether that was done; PortAudio knows only those it found when it started.

    Starting it anew closes every stream, so nothing is done while one is open. While another call into PortAudio
    hangs, this one would hang too.

    Raises
    ------
    DeviceError
        If PortAudio does not start again.
    """
    sound = sound_library()
    with library_lock:
        if _open_streams:
            return False
        try:
            sound._terminate()
            sound._initialize()
        except sound.PortAudioError as error:
            raise DeviceError(tr("The sound system does not answer: restart it and try again")) from error
    return True


def started(owner: object, make: Callable[[], Any], kind: Kind, name: str) -> Any:
    """Open and start the stream that ``make`` makes, and keep `rescan` away from it until it is `released`.

    Parameters
    ----------
    owner : object
        Whose stream it is.
    make : callable
        Returns a stream of `sounddevice`, not started.
    kind, name : str
        Of the device, for the sentence of an error.

    Raises
    ------
    DeviceError
        If that fails or takes too long; `UnusableDeviceError` if another program holds the device.
    """
    sound = sound_library()
    given_up = threading.Event()

    def start() -> Any:
        with library_lock:
            stream = make()
            _open_streams.add(owner)
            if given_up.is_set():
                _open_streams.discard(owner)
            else:
                stream.start()
            return stream

    try:
        return within(CALL_LIMIT_SECONDS, start)
    except (DeviceError, sound.PortAudioError) as error:
        given_up.set()
        _open_streams.discard(owner)
        if isinstance(error, DeviceError):
            raise
        failure = UnusableDeviceError if _is_held(error) else DeviceError
        raise failure(
            tr(
                "The {kind} {name} cannot be opened ({reason}): close programs that use it, or "
                "choose another in the system's settings, and {again}"
            ).format(kind=tr(_NAMES[kind]), name=name, reason=error.args[0], again=tr(_AGAIN[kind]))
        ) from error


def released(owner: object, stream: Any) -> None:
    """Stop and close a stream; one that hangs is left behind."""

    def close() -> None:
        with library_lock:
            stream.close()

    with contextlib.suppress(DeviceError, sound_library().PortAudioError):
        within(CALL_LIMIT_SECONDS, stream.abort)
        within(CALL_LIMIT_SECONDS, close)
    _open_streams.discard(owner)


class OutputStream:
    """An open output that asks for audio, and its clock.

    Parameters
    ----------
    output : Device
    fill : callable
        ``fill(out, frame)`` writes all of ``out`` (n, channels) float32, which the device plays from its
        frame ``frame`` on. Called on PortAudio's thread: it must only copy and count.
    """

    def __init__(self, output: Device, fill: Fill) -> None:
        self.output = output
        self.lag = 0.0  # seconds between handing audio over and hearing it
        self.underruns = 0
        self._fill = fill
        self._written = 0
        self._clock: tuple[int, float] | None = None  # first frame of the last call, and when it is heard
        self._asked = time.monotonic()
        self._stopped = threading.Event()
        self._stream: Any = None

    def open(self) -> None:
        """Open and start the device; `DeviceError` if that fails or takes too long."""
        sound = sound_library()
        self._stream = started(
            self,
            lambda: sound.OutputStream(
                device=current_number("output", self.output.name, self.output.device),
                samplerate=self.output.rate,
                channels=self.output.channels,
                dtype="float32",
                latency=LATENCY_SECONDS,
                callback=self.callback,
                finished_callback=self._stopped.set,
            ),
            "output",
            self.output.name,
        )
        self._asked = time.monotonic()

    def callback(self, out: npt.NDArray[np.float32], frames: int, moment: Any, status: Any) -> None:
        """Give the device its next ``frames`` frames: copy, count, return."""
        self._asked = time.monotonic()
        self._clock = (self._written, moment.outputBufferDacTime)
        self.lag = moment.outputBufferDacTime - moment.currentTime
        self.underruns += bool(status.output_underflow)
        self._fill(out, self._written)
        self._written += frames

    def frame_heard(self) -> float:
        """Frame of this stream that sounds now.

        It is the first frame of the last callback plus ``(stream time - time at which that frame reaches the
        converter) * rate``; negative until the first frame is heard.
        """
        clock = self._clock
        if self._stream is None or clock is None:
            return -1.0
        frame, heard_at = clock
        return float(frame + (self._stream.time - heard_at) * self.output.rate)

    def lost(self) -> bool:
        """Tell whether the device went away: it ended by itself, or asks for nothing any more."""
        return self._stopped.is_set() or time.monotonic() - self._asked > SILENT_DEVICE_SECONDS

    def close(self) -> None:
        """Give the device back; one that hangs is left behind."""
        stream, self._stream = self._stream, None
        if stream is not None:
            released(self, stream)


def begun(action: Callable[[], T]) -> "Future[T]":
    """Run ``action()`` on a helper thread, and return what will come of it.

    Opening, stopping and closing a stream never come back when the sound server is frozen. A call that is given up
    keeps its thread, which ends with the program.
    """
    outcome: Future[T] = Future()

    def call() -> None:
        try:
            outcome.set_result(action())
        except BaseException as error:  # for who waits to handle, whatever it is
            outcome.set_exception(error)

    threading.Thread(target=call, name=_HELPER, daemon=True).start()
    return outcome


def within(limit: float, action: Callable[[], T]) -> T:
    """Return ``action()``, run on a helper thread and waited for at most ``limit`` seconds.

    Raises
    ------
    DeviceError
        If the call does not come back in time. What ``action`` raises is raised here.
    """
    try:
        return begun(action).result(limit)
    except TimeoutError:
        raise DeviceError(tr("The sound system does not answer: restart it and try again")) from None


def hanging(patience: float = 0.0) -> bool:
    """Tell whether a call into PortAudio does not come back; it would keep the interpreter from ending.

    The thread of a call that has just come back still takes a moment to end: who asks once waits ``patience`` seconds.
    """
    helpers = [thread for thread in threading.enumerate() if thread.name == _HELPER]
    for thread in helpers:
        if thread.is_alive():  # one that is just being started cannot be waited for
            thread.join(patience)
    return any(thread.is_alive() for thread in helpers)
