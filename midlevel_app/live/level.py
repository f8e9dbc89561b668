"""How loud live input is: the meter, and the check of ten seconds before a take."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from midlevel_app.frontend import SILENCE_DB, Samples
from midlevel_app.language import tr

Levels = npt.NDArray[np.float64]

CLIPPED = 1.0 - 2.0**-15
"""A sample from here on has reached full scale, even of a device of 16 bits."""

CHECK_SECONDS = 10.0

QUIET_DB = -24.0
"""Where the loudest sound of a check stays below this, the analysis hears it louder."""

LIFTED_DB = -12.0
"""So loud the loudest sound of a quiet input is made for the analysis."""

MOST_GAIN_DB = 40.0
_CLOSE_DB = -3.0  # to clipping
_LEAST_RANGE_DB = 6.0  # between loud and soft; less is what automatic gain controls leave


@dataclass(frozen=True)
class Level:
    """How loud each channel is; 1 is full scale.

    Attributes
    ----------
    peak : (channels,) float64
        The largest sample since the last pull.
    rms : (channels,) float64
        Root mean square since the last pull.
    clipped : (channels,) bool
        Full scale was reached since the marks were last put out.
    """

    peak: Levels
    rms: Levels
    clipped: npt.NDArray[np.bool_]


class Meter:
    """Levels of what goes by."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._clipped = np.zeros(channels, dtype=bool)
        self._zeros = 0  # frames
        self._clear()

    def _clear(self) -> None:
        channels = len(self._clipped)
        self._peak = np.zeros(channels)
        self._power = np.zeros(channels)
        self._count = 0

    def add(self, samples: Samples, missing: bool = False) -> None:
        """Take the next samples (n, channels); ``missing`` ones only stand for audio that did not come."""
        if not len(samples):
            return
        sizes = np.abs(samples)
        peak = sizes.max(axis=0)
        self._peak = np.maximum(self._peak, peak)
        self._power += np.einsum("nc,nc->c", samples, samples, dtype=np.float64)
        self._count += len(samples)
        self._clipped |= peak >= CLIPPED
        if missing or peak.any():
            self._zeros = 0
        if not missing:
            sounding = np.flatnonzero(sizes.any(axis=1))
            self._zeros = len(samples) - 1 - int(sounding[-1]) if len(sounding) else self._zeros + len(samples)

    def pull(self) -> Level:
        """Return the levels since the last pull."""
        level = Level(self._peak, np.sqrt(self._power / max(self._count, 1)), self._clipped.copy())
        self._clear()
        return level

    def reset_clip(self) -> None:
        """Put the marks of clipping out."""
        self._clipped[:] = False

    @property
    def zero_seconds(self) -> float:
        """For how long every sample has been exactly zero, as of a microphone that is muted or not allowed."""
        return self._zeros / self._rate


@dataclass(frozen=True)
class CheckResult:
    """What a check of the input found.

    Attributes
    ----------
    peak_db, loud_db, soft_db : float
        The largest sample, and how loud the loud and the soft parts are, in decibels re full scale.
    gain_db : float
        By how much the analysis, never the recording, is to hear the input louder: 0 for one that is loud enough.
    clipped : bool
    advice : str
        For the player.
    """

    peak_db: float
    loud_db: float
    soft_db: float
    gain_db: float
    clipped: bool
    advice: str


class InputCheck:
    """Ten seconds of playing loudly and softly, from which the gain of the analysis follows."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._peak = 0.0
        self._clipped = False
        self._levels: list[float] = []

    @property
    def done(self) -> bool:
        """Enough was heard."""
        return self.seconds >= CHECK_SECONDS

    def add(self, level: Level, seconds: float) -> None:
        """Take a level that was pulled, and how many seconds it stands for."""
        self.seconds += seconds
        peak = float(level.peak.max())
        self._peak = max(self._peak, peak)
        self._clipped |= peak >= CLIPPED
        self._levels.append(decibels(float(level.rms.max())))

    def result(self) -> CheckResult:
        """Return what was found so far."""
        peak = decibels(self._peak)
        sounding = np.array([level for level in self._levels if level > SILENCE_DB] or [-math.inf])
        loud, soft = (float(np.quantile(sounding, share, method="nearest")) for share in (0.9, 0.25))
        gain = 0.0
        if self._clipped:
            advice = tr("The input clips: turn it down at the microphone or the mixer, and check again.")
        elif self._peak == 0.0:
            advice = tr(
                "There is no sound at all: see whether the microphone is muted, or this program may not use it."
            )
        elif loud == -math.inf:
            advice = tr("Nothing is heard but noise: play, or choose another input.")
        elif peak < QUIET_DB:
            gain = min(LIFTED_DB - peak, MOST_GAIN_DB)
            advice = tr(
                "The input is quiet ({peak:.0f} dB at most): turn it up if you can. The analysis hears "
                "it {gain:.0f} dB louder; the recording stays as it is."
            ).format(peak=peak, gain=gain)
        elif peak > _CLOSE_DB:
            advice = tr("Loud playing almost clips: turn the input down a little.")
        elif loud - soft < _LEAST_RANGE_DB:
            advice = tr("Loud and soft hardly differ: play both, or switch off the automatic gain of the microphone.")
        else:
            advice = tr("The input is right.")
        return CheckResult(peak, loud, soft, gain, self._clipped, advice)


def decibels(level: float) -> float:
    """Return a level (1 for full scale) in decibels."""
    return 20.0 * math.log10(level) if level > 0 else -math.inf
