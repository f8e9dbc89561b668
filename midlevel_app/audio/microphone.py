"""Microphone: inputs by name, and an open one whose callback copies into a ring and counts."""

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from midlevel_app.audio.devices import (
    LATENCY_SECONDS,
    Device,
    current_number,
    device_facts,
    library_lock,
    released,
    sound_library,
    started,
)
from midlevel_app.errors import DeviceError, UnusableDeviceError
from midlevel_app.frontend import Samples
from midlevel_app.language import tr

MOST_CHANNELS = 2
"""Of an input with more, the first so many are heard."""

RING_SECONDS = 20.0
"""How long nobody need come for what an input heard before any of it is lost."""


@dataclass(frozen=True)
class Heard:
    """What one callback brought.

    Attributes
    ----------
    samples : (n, channels) float32
    moment : float
        When it came, as `time.monotonic` tells.
    overflow : bool
        Audio before it is missing: the device could not wait, or the ring was full.
    """

    samples: Samples
    moment: float
    overflow: bool


def choose_input(name: str | None = None, like: Device | None = None) -> Device:
    """Return the input called ``name``, or the system's default, at its own rate, or to be opened as ``like`` was.

    Raises
    ------
    DeviceError
        If there is no such input device.
    UnusableDeviceError
        If it does not take the rate and the channels of ``like``.
    """
    sound = sound_library()
    with library_lock:
        device = device_facts("input", name)
        number = None if name is None else device["index"]
        if like is None:
            channels = min(MOST_CHANNELS, device["max_input_channels"])
            return Device(device["name"], round(device["default_samplerate"]), channels, number)
        try:
            sound.check_input_settings(device=number, samplerate=like.rate, channels=like.channels, dtype="float32")
        except sound.PortAudioError as error:
            is_another = "Invalid" in str(error)  # rate or number of channels; else it cannot be asked
            raise (UnusableDeviceError if is_another else DeviceError)(
                tr(
                    "The sound input {name} does not take {rate} samples a second in {channels} channels "
                    "any more: stop and start again"
                ).format(name=device["name"], rate=like.rate, channels=like.channels)
            ) from error
        return Device(device["name"], like.rate, like.channels, number)


class InputStream:
    """An open input that keeps what it hears until it is taken.

    Attributes
    ----------
    input : Device
    lag : float
        Seconds from the sound at the microphone to the callback, as PortAudio tells.
    """

    def __init__(self, input_: Device) -> None:
        self.input = input_
        self.lag = 0.0
        capacity = round(RING_SECONDS * input_.rate)
        self._ring: Samples = np.zeros((capacity, input_.channels), dtype=np.float32)
        self._written = 0  # frames, by the callback alone
        self._taken = 0  # by who takes
        self._calls: deque[tuple[int, float, bool]] = deque()  # frames written when a call ended, moment, overflow
        self._full = False
        self._heard = time.monotonic()
        self._stopped = threading.Event()
        self._stream: Any = None

    def open(self) -> None:
        """Open and start the device; `DeviceError` if that fails or takes too long."""
        sound = sound_library()

        def make() -> Any:
            number = current_number("input", self.input.name, self.input.device)
            self.input = replace(self.input, device=number)
            return sound.InputStream(
                device=number,
                samplerate=self.input.rate,
                channels=self.input.channels,
                dtype="float32",
                latency=LATENCY_SECONDS,
                callback=self.callback,
                finished_callback=self._stopped.set,
            )

        self._stream = started(self, make, "input", self.input.name)
        self._heard = time.monotonic()

    def callback(self, samples: Samples, frames: int, moment: Any, status: Any) -> None:
        """Take ``frames`` frames from the device: copy, count, return."""
        self._heard = now = time.monotonic()
        self.lag = moment.currentTime - moment.inputBufferAdcTime
        capacity = len(self._ring)
        if self._written + frames - self._taken > capacity:
            self._full = True
            return
        begin = self._written % capacity
        first = min(frames, capacity - begin)
        self._ring[begin : begin + first] = samples[:first]
        self._ring[: frames - first] = samples[first:]
        self._written += frames
        self._calls.append((self._written, now, bool(status.input_overflow) or self._full))
        self._full = False

    def take(self) -> list[Heard]:
        """Return what was heard since the last call, one entry for each callback."""
        capacity = len(self._ring)
        found = []
        while self._calls:
            end, moment, overflow = self._calls.popleft()
            places = np.arange(self._taken, end) % capacity
            found.append(Heard(self._ring[places], moment, overflow))
            self._taken = end
        return found

    @property
    def ended(self) -> bool:
        """The device ended by itself."""
        return self._stopped.is_set()

    @property
    def silent_seconds(self) -> float:
        """For how long the device has brought nothing."""
        return time.monotonic() - self._heard

    def close(self) -> None:
        """Give the device back; one that hangs is left behind."""
        stream, self._stream = self._stream, None
        if stream is not None:
            released(self, stream)
