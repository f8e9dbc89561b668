"""The spectrogram's frames as the window keeps them: a byte a point."""

import numpy as np
import numpy.typing as npt

from midlevel_app.frontend import FrontEnd, Spectrogram

Bytes = npt.NDArray[np.uint8]

TOP_DB = 0.0  # decibels re a full-scale sine that read 255


def quantised(frames: Spectrogram, frontend: FrontEnd) -> Bytes:
    """Frames (n, bands) in decibels to bytes: 0 at the front end's floor, 255 at `TOP_DB`."""
    share = (frames - frontend.floor_db) / (TOP_DB - frontend.floor_db)
    return np.asarray((np.clip(share, 0.0, 1.0) * 255).round().astype(np.uint8))


class FrameStore:
    """The spectrogram of a recording as far as it is known; an hour takes 17 MB."""

    def __init__(self, frontend: FrontEnd | None = None) -> None:
        self.frontend = FrontEnd() if frontend is None else frontend
        self._frames: Bytes = np.empty((0, self.frontend.bands), dtype=np.uint8)
        self._size = 0
        self.loudest = 0

    def __len__(self) -> int:
        return self._size

    def add(self, frames: Bytes) -> None:
        """Append frames (n, bands)."""
        size = self._size + len(frames)
        if size > len(self._frames):
            room = np.empty((max(2 * len(self._frames), size, 2048), self.frontend.bands), dtype=np.uint8)
            room[: self._size] = self._frames[: self._size]
            self._frames = room
        self._frames[self._size : size] = frames
        self._size = size
        if len(frames):
            self.loudest = max(self.loudest, int(frames.max()))

    def frames(self) -> Bytes:
        """All frames so far (n, bands)."""
        return self._frames[: self._size]

    def columns(self, start: float, stop: float, most: int) -> tuple[Bytes, float, float]:
        """Frames from ``start`` to ``stop`` seconds, the loudest of neighbours in at most ``most`` columns.

        Returns the columns (n, bands) and the seconds at which the first begins and the last ends; frame i reaches
        half a hop to either side of its centre.
        """
        rate = self.frontend.frame_rate
        first = max(0, int(np.floor(start * rate)))
        last = min(self._size, int(np.ceil(stop * rate)) + 1)
        count = min(most, last - first)
        if count <= 0:
            return self._frames[:0], start, start
        edges = first + np.arange(count + 1) * (last - first) // count
        columns = np.maximum.reduceat(self._frames[:last], edges[:-1], axis=0)
        return columns, (first - 0.5) / rate, (last - 0.5) / rate
