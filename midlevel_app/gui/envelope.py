"""The waveform's envelope: lowest and highest sample of short stretches, made while decoding."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from midlevel_app.audio.block import Block

Levels = npt.NDArray[np.float32]

BINS_PER_SECOND = 200


@dataclass(frozen=True)
class EnvelopePart:
    """Lowest and highest sample of any channel in consecutive bins, ``low`` and ``high`` (n,)."""

    low: Levels
    high: Levels


@dataclass(frozen=True)
class Columns:
    """The envelope as it is drawn: ``times`` (n,) in seconds, ``low`` and ``high`` (n,)."""

    times: npt.NDArray[np.float64]
    low: Levels
    high: Levels


class EnvelopeStream:
    """The envelope of a recording that arrives in blocks; bin k starts at sample ``ceil(k * rate / 200)``."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._received = 0
        self._bins = 0  # given out
        self._low: Levels = np.empty(0, dtype=np.float32)  # samples of the bin that is not full yet
        self._high: Levels = np.empty(0, dtype=np.float32)

    def push(self, block: Block) -> EnvelopePart:
        """Take a block and return the bins it completes, possibly none."""
        self._received += len(block.samples)
        self._low = np.concatenate([self._low, block.samples.min(axis=1)])
        self._high = np.concatenate([self._high, block.samples.max(axis=1)])
        return self._take(self._received * BINS_PER_SECOND // self._rate)

    def finish(self) -> EnvelopePart:
        """Return the last bin, if it was begun."""
        return self._take(self._bins + (len(self._low) > 0))

    def _take(self, stop: int) -> EnvelopePart:
        if stop <= self._bins:
            return EnvelopePart(self._low[:0], self._high[:0])
        edges = -(-np.arange(self._bins, stop + 1) * self._rate // BINS_PER_SECOND)
        edges -= self._received - len(self._low)
        starts, end = edges[:-1], int(min(edges[-1], len(self._low)))
        part = EnvelopePart(np.minimum.reduceat(self._low[:end], starts), np.maximum.reduceat(self._high[:end], starts))
        self._low, self._high = self._low[end:], self._high[end:]
        self._bins = stop
        return part


class Envelope:
    """The envelope of a recording as far as it is known."""

    def __init__(self) -> None:
        self._low: Levels = np.empty(0, dtype=np.float32)
        self._high: Levels = np.empty(0, dtype=np.float32)
        self._size = 0
        self.peak = 0.0  # the largest absolute sample so far

    @property
    def seconds(self) -> float:
        """How far it reaches."""
        return self._size / BINS_PER_SECOND

    def add(self, part: EnvelopePart) -> None:
        """Append the next bins."""
        size = self._size + len(part.low)
        if size > len(self._low):
            room = max(2 * len(self._low), size, 60 * BINS_PER_SECOND)
            self._low, self._high = np.resize(self._low, room), np.resize(self._high, room)
        self._low[self._size : size], self._high[self._size : size] = part.low, part.high
        self._size = size
        if len(part.low):
            self.peak = max(self.peak, -float(part.low.min()), float(part.high.max()))

    def all(self) -> EnvelopePart:
        """Return all bins so far."""
        return EnvelopePart(self._low[: self._size], self._high[: self._size])

    def columns(self, start: float, stop: float, most: int) -> Columns:
        """Return the envelope from ``start`` to ``stop`` seconds in at most ``most`` columns."""
        first = max(0, int(start * BINS_PER_SECOND))
        last = min(self._size, int(np.ceil(stop * BINS_PER_SECOND)))
        count = min(most, last - first)
        if count <= 0:
            nothing = np.empty(0, dtype=np.float32)
            return Columns(np.empty(0), nothing, nothing)
        edges = first + np.arange(count + 1) * (last - first) // count
        low = np.minimum.reduceat(self._low[:last], edges[:-1])
        high = np.maximum.reduceat(self._high[:last], edges[:-1])
        return Columns((edges[:-1] + edges[1:]) / 2 / BINS_PER_SECOND, low, high)


def joined(parts: list[EnvelopePart]) -> EnvelopePart:
    """Put consecutive parts into one."""
    return EnvelopePart(np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts]))
