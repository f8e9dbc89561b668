"""Feed: audio on its way to an output device, and which of it was handed over when."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from midlevel_app.audio.decode import AudioReader
from midlevel_app.audio.devices import Device

Samples = npt.NDArray[np.float32]

BLOCK_SECONDS = 0.25
RAMP_SECONDS = 0.02  # from silence to full volume


@dataclass(frozen=True)
class Piece:
    """Audio (n, channels) and its place: ``source`` seconds into the recording, ``speed`` seconds of it a second."""

    samples: Samples
    source: float
    speed: float


@dataclass(frozen=True)
class _Place:
    """Where frames of a feed come from."""

    first: int
    count: int
    source: float
    speed: float


class Feed:
    """Audio from one starting point on, and which of it was handed to the device when.

    One thread appends, the device's callback takes. A seek makes a new feed, so nothing old is ever heard; a
    change of speed exchanges only what is still to come.

    Parameters
    ----------
    start : float
        Seconds into the recording of the first sample.
    rate : int
        Samples a second, of the device.
    """

    def __init__(self, start: float, rate: int) -> None:
        self.start = start
        self.rate = rate
        self.complete = False  # nothing will be added any more
        self.added = 0  # frames
        self.taken = 0
        self._chunks: deque[Samples] = deque()
        self._rest: Samples = np.empty((0, 2), dtype=np.float32)
        self._exchange: tuple[int, deque[Samples]] | None = None  # from which frame on, what comes instead
        self._last = self._chunks  # where to append: what is taken from now, or comes instead
        self._log: deque[tuple[_Place, Samples]] = deque()  # of the thread that appends
        self._places: deque[_Place] = deque(maxlen=512)
        # (device frame, frame of this feed, frames): what the device got lately
        self._handed: deque[tuple[int, int, int]] = deque(maxlen=512)

    @property
    def waiting(self) -> float:
        """Seconds of audio ready to be taken."""
        return (self.added - self.taken) / self.rate

    @property
    def end(self) -> float:
        """Seconds into the recording where what was added so far ends."""
        return self.source(self.added)

    @property
    def spent(self) -> bool:
        """All there is has been taken."""
        return self.complete and self.taken == self.added

    @property
    def exchanging(self) -> bool:
        """An exchange has been prepared, and its frame is not reached yet."""
        return self._exchange is not None

    def add(self, chunk: Samples, source: float | None = None, speed: float = 1.0) -> None:
        """Append audio (n, channels) from ``source`` seconds on; without it, from where the last ended."""
        place = _Place(self.added, len(chunk), self.end if source is None else source, speed)
        self._places.append(place)
        while self._log and self._log[0][0].first + self._log[0][0].count <= self.taken:
            self._log.popleft()
        self._log.append((place, chunk))
        self._last.append(chunk)
        self.added += len(chunk)

    def ahead(self, frame: int, count: int) -> Samples:
        """Up to ``count`` frames of what is to come from ``frame`` on."""
        found = [
            chunk[max(0, frame - place.first) : max(0, frame + count - place.first)]
            for place, chunk in tuple(self._log)
        ]
        return np.concatenate(found) if found else self._rest[:0]

    def exchange(self, frame: int) -> None:
        """Drop what is to come from ``frame`` on; what is added next is taken instead.

        Only for the thread that appends, while no other exchange is under way, and only for a frame that the
        device does not reach meanwhile.
        """
        kept = [(place, chunk) for place, chunk in self._log if place.first < frame]
        if kept:
            place, chunk = kept[-1]
            kept[-1] = (_Place(place.first, min(place.count, frame - place.first), place.source, place.speed), chunk)
        self._log = deque((place, chunk[: place.count]) for place, chunk in kept)
        places = [place for place in self._places if place.first < frame]
        if places:
            last = places[-1]
            places[-1] = _Place(last.first, min(last.count, frame - last.first), last.source, last.speed)
        self._places = deque(places, maxlen=512)
        self.complete = False
        self._last = deque()
        self.added = frame
        self._exchange = (frame, self._last)

    def take(self, out: Samples, device_frame: int) -> int:
        """Copy what is there into ``out`` (n, channels), played from ``device_frame`` on; return frames."""
        filled = 0
        while filled < len(out):
            room = len(out) - filled
            if self._exchange is not None:
                frame, chunks = self._exchange
                room = min(room, frame - self.taken - filled)
                if room <= 0:
                    self._chunks, self._rest, self._exchange = chunks, self._rest[:0], None
                    continue
            if not len(self._rest):
                if not self._chunks:
                    break
                self._rest = self._chunks.popleft()
            count = min(room, len(self._rest))
            out[filled : filled + count] = self._rest[:count]
            self._rest = self._rest[count:]
            filled += count
        if filled:
            self._handed.append((device_frame, self.taken, filled))
            self.taken += filled
        return filled

    def source(self, frame: float) -> float:
        """Seconds into the recording of this feed's ``frame``."""
        for place in reversed(tuple(self._places)):
            if frame >= place.first and place.count:
                return place.source + min(frame - place.first, place.count) * place.speed / self.rate
        return self.start

    def heard(self, device_frame: float) -> float:
        """Seconds into the recording that sound while the device plays ``device_frame``."""
        for device, own, count in reversed(tuple(self._handed)):
            if device_frame >= device:
                return self.source(own + min(device_frame - device, count))
        return self.start

    def finished(self, device_frame: float) -> bool:
        """Tell whether all there is has sounded when the device plays ``device_frame``."""
        if not self.spent:
            return False
        handed = tuple(self._handed)
        return not handed or device_frame >= handed[-1][0] + handed[-1][2] - 1


def stereo_weights(channels: int) -> Samples:
    """Matrix (channels, 2) that mixes to stereo without getting louder than full scale.

    Mono goes to both sides; five and six channels (L R C [LFE] Ls Rs) are mixed after ITU-R BS.775, centre
    and surrounds by 1/sqrt(2), the low-frequency channel left out; of other layouts, the even channels go to
    the left and the odd ones to the right. Each column adds up to 1.
    """
    left = np.arange(channels) % 2 == 0
    weights = np.stack([left, ~left], axis=1).astype(np.float32)
    if channels == 1:
        weights[:] = 1.0
    elif channels in (5, 6):
        half = np.sqrt(0.5)
        sides = [[1, 0], [0, 1], [half, half], [half, 0], [0, half]]
        weights = np.array(sides if channels == 5 else [*sides[:3], [0, 0], *sides[3:]], dtype=np.float32)
    return np.asarray(weights / weights.sum(axis=0), dtype=np.float32)


def device_audio(reader: AudioReader, start: float, output: Device) -> Iterator[Samples]:
    """Audio (n, output.channels) at the output's rate, from ``start`` seconds on, piece by piece.

    Samples beyond full scale are clipped to it.
    """
    reader.seek(start)
    weights = stereo_weights(reader.channels)
    if output.channels == 1:
        weights = weights.mean(axis=1, keepdims=True)
    resampler = (
        soxr.ResampleStream(reader.rate, output.rate, output.channels, dtype="float32")
        if reader.rate != output.rate
        else None
    )
    for block in reader.blocks(BLOCK_SECONDS):
        mixed = block.samples @ weights
        if resampler is not None:
            mixed = resampler.resample_chunk(mixed)
        yield np.clip(mixed, -1.0, 1.0)
    if resampler is not None:
        empty = np.empty((0, output.channels), dtype=np.float32)
        yield np.clip(resampler.resample_chunk(empty, last=True), -1.0, 1.0)


def scaled(out: Samples, gain: float, target: float, rate: int) -> float:
    """Scale ``out`` (n, channels) in place, from ``gain`` on by a ramp to ``target``; return the last gain."""
    if gain != target and len(out):
        step = np.copysign(1.0 / (RAMP_SECONDS * rate), target - gain)
        gains = gain + step * np.arange(1, len(out) + 1, dtype=np.float32)
        np.clip(gains, min(gain, target), max(gain, target), out=gains)
        out *= gains[:, None]
        return target if abs(target - gain) <= abs(step) * len(out) else float(gains[-1])
    if target != 1.0:
        out *= np.float32(target)
    return target
