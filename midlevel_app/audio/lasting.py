"""An input that lasts: watched, found again by its name, with silence for the time in which it was away.

Time stays the clock's: what is missing because the device went away, or could not wait for the program, is replaced by
as much silence, measured from one callback to the next. So a take has one time line, on which a stopwatch, markers and
curves agree, where a new take for each interruption would have as many. The length of a gap is known to about 0.1 s.
"""

import time
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum

import numpy as np

from midlevel_app.audio.devices import (
    CALL_LIMIT_SECONDS,
    SILENT_DEVICE_SECONDS,
    Device,
    begun,
    hanging,
    is_there,
    rescan,
    within,
)
from midlevel_app.audio.microphone import Heard, InputStream, choose_input
from midlevel_app.errors import DeviceError, UnusableDeviceError
from midlevel_app.frontend import Samples
from midlevel_app.language import tr

PATIENCE_SECONDS = 3.0
"""A device that brings nothing for so long is given up; one that goes on before that brings what it kept."""

RETRY_SECONDS = 1.0  # from one attempt to find a lost device to the next
ZERO_SECONDS = 1.0  # of exact zeros, after which a device chosen by name is asked whether it is still there
ASK_SECONDS = 2.0  # from one such question to the next

_BEHIND_SECONDS = 0.25
"""Silence is given out so late, so that a device that returns can still say where its own audio begins."""


class State(Enum):
    """What live input is doing."""

    OPENING = "opening"
    LISTENING = "listening"
    FROZEN = "frozen"
    """The device brings nothing, or the sound system does not answer; what it holds may still come."""
    LOST = "lost"
    WAITING = "waiting"
    """The device is looked for by its name."""
    FINISHING = "finishing"
    """What was heard is still being described and written."""
    STOPPED = "stopped"
    FULL = "full"
    """Stopped because the disk is full."""


@dataclass(frozen=True)
class Gap:
    """A time in which the device was away, in frames from the start; ``count`` grows as long as it is."""

    first: int
    count: int


@dataclass(frozen=True)
class Stretch:
    """Consecutive audio (n, channels), when it came, and whether it stands for audio that did not."""

    samples: Samples
    moment: float
    missing: bool = False


class LastingInput:
    """An input device, for as long as it is wanted. For one thread, which calls `read` many times a second.

    Attributes
    ----------
    name : str or None
        The device's; None for the system's default.
    input : Device
        As `choose` found it.
    state : State
    error : DeviceError or None
        Why nothing is heard.
    dropouts : int
        How often audio was missing: the device or the ring could not wait, or the device was away.
    lag : float
        Seconds from the sound at the microphone to the program, as PortAudio tells.
    """

    input: Device

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.state = State.OPENING
        self.error: DeviceError | None = None
        self.dropouts = 0
        self.lag = 0.0
        self._gaps: list[Gap] = []
        self._away = False
        self._frames = 0  # given out
        self._stream: InputStream | None = None
        self._heard = 0.0  # moment of the last callback
        self._silence = 0  # frames of silence given out since then
        self._sounded = self._asked = 0.0
        self._is_there: Future[bool] | None = None
        self._leaving: Future[None] | None = None
        self._attempt: Future[InputStream] | None = None
        self._next_attempt = 0.0
        self._hanging_since: float | None = None

    def choose(self) -> Device:
        """Find the device; `DeviceError` if it is not there."""
        if not hanging():
            within(CALL_LIMIT_SECONDS, rescan)
        self.input = within(CALL_LIMIT_SECONDS, lambda: choose_input(self.name))
        return self.input

    def start(self) -> None:
        """Open the device that was chosen; `DeviceError` if that is not possible."""
        stream = InputStream(self.input)
        stream.open()
        self._stream = stream
        self._heard = self._sounded = time.monotonic()
        self.state = State.LISTENING

    def count_anew(self) -> None:
        """Count gaps, dropouts and frames from here on: what follows belongs to another take."""
        self.dropouts = self._frames = 0
        self._gaps = [Gap(0, 0)] if self._away else []

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Times in which the device was away."""
        return tuple(self._gaps)

    def read(self) -> list[Stretch]:
        """Return what came since the last call, at once; silence stands for what did not come."""
        found: list[Stretch] = []
        if self._stream is not None:
            for heard in self._stream.take():
                self._take(heard, found)
            self.lag = self._stream.lag
            self._judge(self._stream)
        elif self.state is not State.STOPPED:
            self._give_silence(time.monotonic() - _BEHIND_SECONDS, found)
            self._look_for_it()
        return found

    def close(self) -> None:
        """Give the device back, without waiting for it."""
        self.state = State.STOPPED
        if self._attempt is not None:
            self._attempt.add_done_callback(_close_found)
        self._leave()

    def closed(self, limit: float) -> bool:
        """Tell whether the device was given back within ``limit`` seconds, so that another may open it."""
        try:
            if self._leaving is not None:
                self._leaving.result(limit)
        except TimeoutError:
            return False
        return True

    def _take(self, heard: Heard, found: list[Stretch]) -> None:
        """Put out what a callback brought, behind the silence for what is missing before it."""
        if heard.overflow or self._away:
            self.dropouts += heard.overflow and not self._away
            self._give_silence(heard.moment - len(heard.samples) / self.input.rate, found)
            self._away = False
        self.state, self.error = State.LISTENING, None
        self._heard, self._silence = heard.moment, 0
        if heard.samples.any():
            self._sounded = heard.moment
        self._frames += len(heard.samples)
        found.append(Stretch(heard.samples, heard.moment))

    def _give_silence(self, until: float, found: list[Stretch]) -> None:
        """Put out silence for the time from the last callback to ``until``."""
        count = round((until - self._heard) * self.input.rate) - self._silence
        if count <= 0:
            return
        self._silence += count
        self._frames += count
        if self._away:
            self._gaps[-1] = Gap(self._gaps[-1].first, self._gaps[-1].count + count)
        found.append(Stretch(np.zeros((count, self.input.channels), dtype=np.float32), until, missing=True))

    def _judge(self, stream: InputStream) -> None:
        """Notice that the device went away, or brings nothing."""
        if stream.ended or stream.silent_seconds > PATIENCE_SECONDS:
            self._lose()
        elif stream.silent_seconds > SILENT_DEVICE_SECONDS:
            self.state = State.FROZEN
            self.error = DeviceError(
                tr("Nothing comes from {name}: if it does not go on by itself, restart the sound system").format(
                    name=self.input.name
                )
            )
        elif self._left_for_another(stream):
            self._lose()

    def _left_for_another(self, stream: InputStream) -> bool:
        """Tell whether only zeros come because the device that was asked for is no longer there."""
        now = time.monotonic()
        if self._is_there is not None:
            if not self._is_there.done():
                return False
            there, self._is_there = self._is_there.result(), None
            return not there and self._heard - self._sounded > ZERO_SECONDS
        if self.name is not None and self._heard - self._sounded > ZERO_SECONDS and now - self._asked > ASK_SECONDS:
            self._asked, asked = now, stream.input
            self._is_there = begun(lambda: is_there("input", asked.device, asked.rate, asked.channels))
        return False

    def _lose(self) -> None:
        self.state = State.LOST
        self.error = DeviceError(
            tr("The sound input {name} went away: connect it, and it is heard again").format(name=self.input.name)
        )
        self.dropouts += not self._away
        if not self._away:
            self._gaps.append(Gap(self._frames, 0))
        self._away = True
        self._is_there = None
        self._leave()
        self._next_attempt = time.monotonic()

    def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self._leaving = begun(stream.close)

    def _look_for_it(self) -> None:
        """Try to open the device again, on a thread of its own, as often as is decent."""
        now = time.monotonic()
        if self._attempt is not None:
            self._see_attempt(self._attempt, now)
            return
        if hanging():
            self._hanging_since = self._hanging_since or now
            if now - self._hanging_since > SILENT_DEVICE_SECONDS:
                self.state = State.FROZEN
                self.error = DeviceError(
                    tr("The sound system does not answer: restart it, and the input is heard again")
                )
            return
        self._hanging_since = None
        if now >= self._next_attempt:
            self._attempt = begun(self._found_again)

    def _see_attempt(self, attempt: "Future[InputStream]", now: float) -> None:
        if not attempt.done():
            return
        self._attempt, self._next_attempt = None, now + RETRY_SECONDS
        try:
            self._stream = attempt.result()
        except UnusableDeviceError as error:
            self.state, self.error = State.WAITING, error
        except DeviceError:
            self.state = State.WAITING
            self.error = DeviceError(
                tr("Waiting for the sound input {name}: connect it, or stop").format(name=self.input.name)
            )
        else:
            self._sounded = now

    def _found_again(self) -> InputStream:
        within(CALL_LIMIT_SECONDS, rescan)
        stream = InputStream(within(CALL_LIMIT_SECONDS, lambda: choose_input(self.name, self.input)))
        stream.open()
        return stream


def _close_found(attempt: "Future[InputStream]") -> None:
    if attempt.exception() is None:
        attempt.result().close()
