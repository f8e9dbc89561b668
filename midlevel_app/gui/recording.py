"""Recording: what the window knows of the opened recording; no widgets, no threads."""

from pathlib import Path

import numpy as np

from midlevel_app.audio.decode import AudioFacts
from midlevel_app.changes import Change
from midlevel_app.curves import Curves, Values, filled, join, smooth, values_at
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.frames import FrameStore
from midlevel_app.gui.worker import AheadPiece, CurvePiece, Finished, FramePiece, Opened, Stopped, WaveformPiece
from midlevel_app.stamp import Stamp


class Recording:
    """A recording as far as it has been read.

    Attributes
    ----------
    path : Path
    facts : AudioFacts or None
        None until the file is open.
    stamp : Stamp or None
        Of the file as it was when it was opened.
    sha256 : str or None
        Of the file as it was when it was opened; None until it is known, empty if it changed before that.
    envelope : Envelope
    frames : FrameStore
        The spectrogram.
    finished : bool
        Everything was read.
    stopped : bool
        The user stopped the reading: there is less than all.
    has_values : bool
        The curves hold something but gaps.
    changes : list of Change or None
        What changes in it; None while that is not known.
    comparison : ((float, float), list of str) or None
        Sentences on how a selection, given in seconds, differs from the rest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: AudioFacts | None = None
        self.stamp: Stamp | None = None
        self.sha256: str | None = None
        self.envelope = Envelope()
        self.frames = FrameStore()
        self.finished = self.stopped = False
        self.has_values = False
        self.changes: list[Change] | None = None
        self.comparison: tuple[tuple[float, float], list[str]] | None = None
        self._parts: list[Curves] = []
        self._ahead: list[Curves] = []  # of stretches that the reading has not reached
        self._smoothed: tuple[tuple[float, int, int], Curves] | None = None  # for which window and parts
        self._read = 0.0
        self._declared: float | None = None  # seconds

    def take(self, report: Opened | WaveformPiece | FramePiece | CurvePiece | AheadPiece | Finished | Stopped) -> None:
        """Add what was found."""
        match report:
            case Opened(facts, stamp):
                self.facts, self.stamp = facts, stamp
                self._declared = facts.duration
            case WaveformPiece(part, seconds):
                self.envelope.add(part)
                self._read = seconds
            case FramePiece(frontend, frames):
                if not len(self.frames):
                    self.frames = FrameStore(frontend)
                self.frames.add(frames)
            case CurvePiece(curves):
                self._parts.append(curves)
                self.has_values = self.has_values or bool(np.isfinite(curves.values).any())
            case AheadPiece(curves):
                self._ahead.append(curves)
            case Finished(facts, _):
                self.facts = facts
                self.finished = True
            case Stopped(facts):
                self._declared = self._declared or self._read
                self.facts = facts
                self.stopped = True

    def expect(self, seconds: float | None) -> None:
        """Take this length, known from before, for what the recording declares, if that is none."""
        self._declared = self._declared or seconds

    @property
    def extent(self) -> float:
        """Seconds the recording lasts, as far as is known."""
        return self._read if self.finished or self._declared is None else max(self._declared, self._read)

    @property
    def described(self) -> float:
        """Seconds up to which there are curves."""
        return float(self._parts[-1].times[-1]) if self._parts else 0.0

    def curves(self) -> Curves:
        """Return all curves found so far."""
        if len(self._parts) > 1:
            self._parts = [join(self._parts)]
        return self._parts[0] if self._parts else join([])

    def smoothed(self, window: float) -> Curves:
        """Curves to show, averaged over ``window`` seconds; the same object until more are found.

        While the recording is read they hold what was described ahead of its turn, too, with missing values between.
        """
        curves = self.curves()
        counts = not (self.finished or self.stopped)
        ahead = tuple(part for part in self._ahead if counts and part.times[-1] > self.described)
        state = (window, len(curves), len(ahead))
        if self._smoothed is None or self._smoothed[0] != state:
            self._smoothed = (state, smooth(filled([curves, *ahead]), window))
        return self._smoothed[1]

    def values_at(self, seconds: float, window: float = 0.0) -> Values:
        """Values (features,) at the time nearest to ``seconds``, smoothed; NaN where there are none."""
        return values_at(self.smoothed(window), seconds)
