"""Feed: decoded audio on its way to an output device, and which of it was handed over when."""

from collections import deque
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import soxr

from midlevel_app.audio.decode import AudioReader
from midlevel_app.audio.devices import Output

Samples = npt.NDArray[np.float32]

BLOCK_SECONDS = 0.25


class Feed:
    """Decoded audio from one starting point on, and which of it was handed to the device when.

    One thread appends, the device's callback takes. A seek makes a new feed, so nothing old is ever heard.

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
        # (device frame, frame of this feed, frames): what the device got lately
        self._handed: deque[tuple[int, int, int]] = deque(maxlen=512)

    @property
    def waiting(self) -> float:
        """Seconds of audio ready to be taken."""
        return (self.added - self.taken) / self.rate

    @property
    def end(self) -> float:
        """Seconds into the recording where what was added so far ends."""
        return self.start + self.added / self.rate

    @property
    def spent(self) -> bool:
        """All there is has been taken."""
        return self.complete and self.taken == self.added

    def add(self, chunk: Samples) -> None:
        """Append audio (n, channels)."""
        self._chunks.append(chunk)
        self.added += len(chunk)

    def take(self, out: Samples, device_frame: int) -> int:
        """Copy what is there into ``out`` (n, channels), played from ``device_frame`` on; return frames."""
        filled = 0
        while filled < len(out):
            if not len(self._rest):
                if not self._chunks:
                    break
                self._rest = self._chunks.popleft()
            count = min(len(out) - filled, len(self._rest))
            out[filled : filled + count] = self._rest[:count]
            self._rest = self._rest[count:]
            filled += count
        if filled:
            self._handed.append((device_frame, self.taken, filled))
            self.taken += filled
        return filled

    def heard(self, device_frame: float) -> float:
        """Seconds into the recording that sound while the device plays ``device_frame``."""
        for device, own, count in reversed(tuple(self._handed)):
            if device_frame >= device:
                return self.start + (own + min(device_frame - device, count)) / self.rate
        return self.start


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


def device_audio(reader: AudioReader, start: float, output: Output) -> Iterator[Samples]:
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
