"""Articulation while it is played: a band to stay within, and words that two takes of the player's own give meaning.

The model's scale has no unit: how far apart legato and staccato lie depends on piano, room and microphone. So a
player first plays one passage twice, as legato and as staccato as it should be called, and only then are differences
put in words.
"""

from dataclasses import dataclass

import numpy as np

from midlevel_app.curves import Curves, Values, span
from midlevel_app.errors import MidlevelError
from midlevel_app.language import decimal, tr, translatable

FEATURE = "articulation"

SHARES = (0.1, 0.9)
"""A band reaches between these quantiles of the values it was taken from."""

LEAST_WIDTH = 0.4
"""A band is at least so wide, in rating points: nobody stays within less."""

LEAST_SECONDS = 4.0
"""A band or a take for calibration needs values over so much time."""

CLEARLY = 1.5
"""Two takes calibrate if their means differ by so many standard deviations of the values within them."""

LEAST_WORD, STRONG_WORD = 0.1, 0.4
"""Parts of the distance from legato to staccato from which a difference gets a word, and a strong one."""

WORDS = {
    "within": translatable("within the band"),
    "more_staccato": translatable("more staccato"),
    "much_more_staccato": translatable("much more staccato"),
    "more_legato": translatable("more legato"),
    "much_more_legato": translatable("much more legato"),
}
"""What can be said of a value; the keys are `word`'s answers."""


class CalibrationError(MidlevelError):
    """Takes that cannot give a band or words their meaning."""


@dataclass(frozen=True)
class Band:
    """Ratings between which to stay."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """Half way between the limits."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Calibration:
    """Mean articulation of a legato and of a staccato take, on one instrument, with one microphone."""

    legato: float
    staccato: float


def take_band(curves: Curves, start: float = -np.inf, stop: float = np.inf) -> Band:
    """Return the band of the values from ``start`` to ``stop`` seconds.

    Raises
    ------
    CalibrationError
        If there are fewer than `LEAST_SECONDS` of values.
    """
    values = _enough(span(curves, start, stop), tr("A band to stay within"))
    low, high = (float(level) for level in np.quantile(values, SHARES))
    wider = max(LEAST_WIDTH - (high - low), 0.0) / 2
    return Band(low - wider, high + wider)


def calibrate(legato: Curves, staccato: Curves) -> Calibration:
    """Return what a legato and a staccato take say about the scale.

    Raises
    ------
    CalibrationError
        If one is too short, or the model does not hear the staccato take as more staccato, by `CLEARLY`.
    """
    low, high = (
        _enough(take, tr("The {name} take").format(name=name))
        for take, name in ((legato, "legato"), (staccato, "staccato"))
    )
    distance = float(high.mean() - low.mean())
    strays = float(np.sqrt((low.var() + high.var()) / 2))
    if distance < CLEARLY * strays or distance < LEAST_WIDTH:
        raise CalibrationError(
            tr(
                "The two takes sound too much alike here (legato {low}, staccato {high}): play the same "
                "passage again, clearly legato and clearly staccato, with little pedal"
            ).format(low=decimal(low.mean(), ".1f"), high=decimal(high.mean(), ".1f"))
        )
    return Calibration(float(low.mean()), float(high.mean()))


def share_within(curves: Curves, band: Band) -> float | None:
    """Return the part of the time, 0 to 1, that articulation lies in the band; None where there are no values."""
    values = _values(curves)
    return float(np.mean((values >= band.low) & (values <= band.high))) if len(values) else None


def word(value: float, band: Band, calibration: Calibration) -> str | None:
    """Return which of `WORDS` tells how a value lies to a band; None for no value.

    A value is outside once it is further from the band than `LEAST_WORD` of the distance from legato to staccato.
    """
    if not np.isfinite(value):
        return None
    beyond = max(value - band.high, 0.0) + min(value - band.low, 0.0)
    share = beyond / (calibration.staccato - calibration.legato)
    if abs(share) < LEAST_WORD:
        return "within"
    much = "much_" if abs(share) >= STRONG_WORD else ""
    return f"{much}more_{'staccato' if share > 0 else 'legato'}"


def _values(curves: Curves) -> Values:
    column = curves.values[:, curves.features.index(FEATURE)]
    return column[np.isfinite(column)]


def _enough(curves: Curves, what: str) -> Values:
    values = _values(curves)
    if len(values) * curves.step < LEAST_SECONDS:
        raise CalibrationError(
            tr("{what} needs at least {least} seconds of music that the model rates").format(
                what=what, least=decimal(LEAST_SECONDS, "g")
            )
        )
    return values
