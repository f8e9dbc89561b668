"""The one front end: mono audio to a log-frequency spectrogram in decibels, whole or streamed. NumPy only.

Training, file analysis and live analysis all use this code with the parameters stored in the model.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Spectrogram = npt.NDArray[np.float32]

SILENCE_DB = -68.0
"""A frame whose loudest band lies below this (decibels re a full-scale sine) is silent."""

_FRAMES_AT_ONCE = 128  # bounds the working memory of a long push: 128 frames of 4096 are 2 MB


@dataclass(frozen=True)
class FrontEnd:
    """Parameters of the spectrogram.

    Attributes
    ----------
    rate : int
        Samples a second of the audio it takes.
    frame : int
        Samples under one Hann window.
    hop : int
        Samples from one frame to the next. Frame ``i`` is centred on sample ``i * hop``.
    bands_per_octave : int
        Spacing of the bands.
    lowest : float
        Centre of the lowest band in Hz.
    bands : int
        Number of bands.
    floor_db : float
        Power below this level (decibels re a full-scale sine) reads as this level.
    """

    rate: int = 22050
    frame: int = 4096
    hop: int = 735
    bands_per_octave: int = 24
    lowest: float = 55.0
    bands: int = 160
    floor_db: float = -90.0

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.rate / self.hop

    def centres(self) -> npt.NDArray[np.float64]:
        """Centre frequencies of the bands in Hz, shape (bands,): ``lowest * 2 ** (k / bands_per_octave)``."""
        return self.lowest * 2.0 ** (np.arange(self.bands) / self.bands_per_octave)

    def times(self, frames: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Centre of each frame in seconds: ``frames * hop / rate``; takes fractions of a frame."""
        return np.asarray(frames, dtype=np.float64) * self.hop / self.rate

    def count(self, samples: int) -> int:
        """Return how many frames ``samples`` samples have: every centre from 0 to the last sample."""
        return 1 + samples // self.hop if samples else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as a JSON-ready dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, parameters: Mapping[str, Any]) -> "FrontEnd":
        """Build from `to_dict`'s dictionary; a missing or unknown key is a ``ValueError``."""
        expected = {field.name for field in fields(cls)}
        if set(parameters) != expected:
            raise ValueError(f"front end needs exactly {sorted(expected)}, got {sorted(parameters)}")
        return cls(**parameters)


@lru_cache(maxsize=8)
def filterbank(frontend: FrontEnd) -> npt.NDArray[np.float32]:
    """Triangular filters of height 1, shape (frame // 2 + 1, bands).

    A band reaches to its neighbours' centres, but never less than one FFT bin to each side, so that in the
    bass, where bands lie closer than bins, it interpolates the spectrum instead of falling between bins.
    """
    bin_width = frontend.rate / frontend.frame
    bins = np.arange(frontend.frame // 2 + 1) * bin_width
    centres = frontend.centres()
    step = 2.0 ** (1.0 / frontend.bands_per_octave)
    below = np.maximum(centres - centres / step, bin_width)
    above = np.maximum(centres * step - centres, bin_width)
    distance = bins[:, None] - centres[None, :]
    height = 1.0 - np.where(distance < 0, -distance / below, distance / above)
    return np.asarray(np.maximum(height, 0.0), dtype=np.float32)


@lru_cache(maxsize=8)
def _window(frontend: FrontEnd) -> npt.NDArray[np.float32]:
    """Periodic Hann window scaled so that a full-scale sine on a bin reads 0 dB."""
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(frontend.frame) / frontend.frame)
    return np.asarray(hann / (hann.sum() / 2.0), dtype=np.float32)


@lru_cache(maxsize=8)
def _used_filterbank(frontend: FrontEnd) -> npt.NDArray[np.float32]:
    """`filterbank` without the bins above the highest band: half the work, since those are half the bins."""
    weights = filterbank(frontend)
    return np.ascontiguousarray(weights[: int(np.flatnonzero(weights.any(axis=1))[-1]) + 1])


def _transform(frames: Samples, frontend: FrontEnd) -> Spectrogram:
    """Frames of audio (n, frame) to decibels (n, bands)."""
    weights = _used_filterbank(frontend)
    spectrum = np.fft.rfft(frames * _window(frontend), axis=1)[:, : len(weights)]
    power = spectrum.real**2 + spectrum.imag**2
    banded = power @ weights
    floor = np.float32(10.0 ** (frontend.floor_db / 10.0))
    return np.asarray(np.float32(10.0) * np.log10(np.maximum(banded, floor)), dtype=np.float32)


class SpectrogramStream:
    """The spectrogram of audio that arrives in pieces.

    Pushing a recording in blocks of any size and finishing gives `spectrogram` of the whole of it.
    """

    def __init__(self, frontend: FrontEnd) -> None:
        self.frontend = frontend
        self._tail: Samples = np.zeros(frontend.frame // 2, dtype=np.float32)  # before the first sample: silence
        self._received = 0
        self._emitted = 0

    def push(self, samples: Samples) -> Spectrogram:
        """Take mono samples (n,) and return the frames they complete, (frames, bands), possibly none."""
        self._received += len(samples)
        return self._advance(samples)

    def finish(self) -> Spectrogram:
        """Return the last frames, whose windows reach past the end of the audio into silence."""
        missing = self.frontend.count(self._received) - self._emitted
        if missing <= 0:
            return np.empty((0, self.frontend.bands), dtype=np.float32)
        needed = (missing - 1) * self.frontend.hop + self.frontend.frame - len(self._tail)
        return self._advance(np.zeros(max(needed, 0), dtype=np.float32))[:missing]

    def _advance(self, samples: Samples) -> Spectrogram:
        frontend = self.frontend
        audio = np.concatenate([self._tail, samples])
        count = max(0, (len(audio) - frontend.frame) // frontend.hop + 1)
        if count == 0:
            self._tail = audio
            return np.empty((0, frontend.bands), dtype=np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(audio, frontend.frame)[:: frontend.hop][:count]
        result = np.concatenate(
            [_transform(frames[i : i + _FRAMES_AT_ONCE], frontend) for i in range(0, count, _FRAMES_AT_ONCE)]
        )
        self._tail = audio[count * frontend.hop :].copy()
        self._emitted += count
        return result


def spectrogram(samples: Samples, frontend: FrontEnd) -> Spectrogram:
    """Log-frequency power spectrogram of mono audio, in decibels.

    Parameters
    ----------
    samples : (n,) float32
        Mono audio at ``frontend.rate``.
    frontend : FrontEnd
        Parameters.

    Returns
    -------
    (frontend.count(n), bands) float32
        ``10 log10(max(sum_f H[f, k] |X[i, f]|^2, floor))``, decibels re a full-scale sine, where ``X`` is
        the Hann-windowed Fourier transform centred on sample ``i * hop`` (silence outside the audio) and
        ``H`` is `filterbank`.
    """
    stream = SpectrogramStream(frontend)
    return np.concatenate([stream.push(np.asarray(samples, dtype=np.float32)), stream.finish()])
