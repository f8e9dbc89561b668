"""Recording: what the window knows of the opened recording; no widgets, no threads."""

from pathlib import Path

import numpy as np

from midlevel_app.audio.decode import AudioFacts
from midlevel_app.curves import Curves, Values, join, values_at
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.worker import CurvePiece, Finished, Opened, WaveformPiece


class Recording:
    """A recording as far as it has been read.

    Attributes
    ----------
    path : Path
    facts : AudioFacts or None
        None until the file is open.
    envelope : Envelope
    finished : bool
        Everything was read.
    has_values : bool
        The curves hold something but gaps.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: AudioFacts | None = None
        self.envelope = Envelope()
        self.finished = False
        self.has_values = False
        self._parts: list[Curves] = []
        self._read = 0.0

    def take(self, report: Opened | WaveformPiece | CurvePiece | Finished) -> None:
        """Add what was found."""
        match report:
            case Opened(facts):
                self.facts = facts
            case WaveformPiece(part, seconds):
                self.envelope.add(part)
                self._read = seconds
            case CurvePiece(curves):
                self._parts.append(curves)
                self.has_values = self.has_values or bool(np.isfinite(curves.values).any())
            case Finished(facts, _):
                self.facts = facts
                self.finished = True

    @property
    def extent(self) -> float:
        """Seconds the recording lasts, as far as is known."""
        declared = None if self.facts is None else self.facts.duration
        return self._read if self.finished or declared is None else max(declared, self._read)

    @property
    def described(self) -> float:
        """Seconds up to which there are curves."""
        return float(self._parts[-1].times[-1]) if self._parts else 0.0

    def curves(self) -> Curves:
        """Return all curves found so far."""
        if len(self._parts) > 1:
            self._parts = [join(self._parts)]
        return self._parts[0] if self._parts else join([])

    def values_at(self, seconds: float) -> Values:
        """Values (features,) at the time nearest to ``seconds``; NaN where there are none."""
        return values_at(self.curves(), seconds)
