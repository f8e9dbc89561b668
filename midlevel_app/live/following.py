"""Following live input: its curves on one grid of times, with a gap where audio was left out."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from midlevel_app.analysis import StreamAnalyser
from midlevel_app.audio.block import Block
from midlevel_app.curves import Curves, join
from midlevel_app.frontend import Spectrogram
from midlevel_app.model import Model

OnFrames = Callable[[int, Spectrogram], None]
"""Given the number of the first of some frames (n, bands), and them; numbers are those of the whole input."""


class FollowingAnalyser:
    """Curves of blocks, as `StreamAnalyser` makes them at once, where blocks may be missing.

    After audio that is missing the analysis begins anew, on the same grid of times. Rows of the grid without a value
    are given out for what is missing, and for the values whose field is not whole. All values are those of the whole
    input, as if nothing had been missing.

    Parameters
    ----------
    model : Model
    rate : int
        Samples a second of the blocks.
    gain_db : float
        What the input is amplified by.
    on_frames : callable, optional
        Given each new stretch of the spectrogram, and its place.

    Attributes
    ----------
    left_out : int
        Frames of audio that were missing or could not be used.
    """

    def __init__(self, model: Model, rate: int, gain_db: float = 0.0, on_frames: OnFrames | None = None) -> None:
        self.left_out = 0
        self._model = model
        self._rate = rate
        self._gain = np.float32(10.0 ** (gain_db / 20.0))
        self._on_frames = on_frames
        self._expected = 0  # sample that should come next
        self._emitted = 0  # rows of the grid given out
        self._begin(0)

    def _begin(self, point: int) -> None:
        """Analyse from a point of the grid on."""
        card = self._model.card
        self._first = point
        self._cut = round(point * card.step_seconds * self._rate)  # the sample there
        self._frame = point * card.stride
        self._analyser = StreamAnalyser(self._model, self._rate, 0.0, self._see)

    def _see(self, frames: Spectrogram) -> None:
        if self._on_frames is not None:
            self._on_frames(self._frame, frames)
        self._frame += len(frames)

    def push(self, block: Block) -> Curves:
        """Take a block and return the rows it completes, possibly none."""
        missing: list[Curves] = []
        if block.first_sample != self._expected:
            self.left_out += block.first_sample - self._expected
            self._begin(math.ceil(block.first_sample / self._rate / self._model.card.step_seconds))
            missing = [self._without_values(np.arange(self._emitted, self._first))]
            self._emitted = self._first
        skipped = min(max(0, self._cut - block.first_sample), len(block.samples))
        self.left_out += skipped
        self._expected = block.first_sample + len(block.samples)
        heard = replace(block, samples=block.samples[skipped:] * self._gain)
        found = self._placed(self._analyser.push(heard)) if len(heard.samples) else self._without_values(np.arange(0))
        return join([*missing, found])

    def finish(self) -> Curves:
        """Return the remaining rows, up to the end of the audio."""
        return self._placed(self._analyser.finish())

    def _without_values(self, points: npt.NDArray[np.int64]) -> Curves:
        """Rows of points of the grid, without values."""
        nothing = np.full((len(points), len(self._model.card.features)), np.nan)
        spread = nothing if self._model.has_spread else None
        return Curves(self._model.card.times(points), nothing, spread=spread)

    def _placed(self, found: Curves) -> Curves:
        """Rows of the present analyser at their times in the whole input."""
        if not len(found):
            return found
        card = self._model.card
        points = np.arange(self._emitted, self._emitted + len(found))
        self._emitted += len(found)
        spoiled = (points < self._first + card.lead + self._spoiled)[:, None] & (self._first > 0)
        return Curves(
            card.times(points),
            np.where(spoiled, np.nan, found.values),
            found.features,
            None if found.spread is None else np.where(spoiled, np.nan, found.spread),
        )

    @property
    def _spoiled(self) -> int:
        """How many first values have frames that reach before the cut, or feel its edge in the resampler."""
        frontend = self._model.card.frontend
        return math.ceil((frontend.frame / 2 / frontend.hop + 1) / self._model.card.stride)
