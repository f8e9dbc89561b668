"""Changes: sentences about what the curves do over a recording, made from the numbers alone.

A change is a moment at which the mean of the `SECTION_SECONDS` after it differs from that of the
`SECTION_SECONDS` before it by at least `LEAST_POINTS`, and by clearly more than the curve strays within such
stretches: `_excess` has the formula. A curve that always wanders far is therefore said to change only where it
leaves one level for another, and a drift slower than `LEAST_POINTS` in `SECTION_SECONDS` is no change.

The sentences are in the language of the window (`language.py`).
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from midlevel_app.curves import Curves, Statistics, Values, smooth, span, statistics
from midlevel_app.language import decimal, tr, translatable
from midlevel_app.report import clock

SECTION_SECONDS = 10.0
"""How much before and after a moment is compared."""

FIELD_SECONDS = 4.0
"""Values closer than this share audio and are not independent: about a receptive field."""

LEAST_POINTS = 0.5
"""A difference below this, in rating points, is not worth a sentence."""

CLEARLY = 1.25
"""A change exceeds the largest difference that chance is expected to make so many times (`_excess`)."""

STEADY_POINTS = 0.2
"""A feature whose mean moves by no more, and whose values stray by no more than `LEAST_POINTS`, is called steady."""

MOST_STEADY = 2
"""So many steady features are named, the steadiest."""

USUAL_SHARE, USUAL_DISTANCE = 0.2, 0.75
"""A selection does not stand out if more than this share of the passages of its length lies at least this part of
its distance from the mean of the piece."""


@dataclass(frozen=True)
class _Words:
    """A feature within a sentence, and what is said where it has a higher or a lower value than elsewhere."""

    name: str
    more: str
    less: str


_WORDS = {
    "melodiousness": _Words(
        translatable("melodiousness"), translatable("more singable"), translatable("less singable")
    ),
    "articulation": _Words(translatable("articulation"), translatable("more staccato"), translatable("less staccato")),
    "rhythmic_complexity": _Words(
        translatable("rhythmic complexity"), translatable("more complex"), translatable("less complex")
    ),
    "rhythmic_stability": _Words(
        translatable("rhythmic stability"), translatable("more steady"), translatable("less steady")
    ),
    "dissonance": _Words(translatable("dissonance"), translatable("more dissonant"), translatable("less dissonant")),
    "tonal_stability": _Words(
        translatable("tonal stability"), translatable("more settled in a key"), translatable("less settled in a key")
    ),
    "minorness": _Words(translatable("minorness"), translatable("more minor"), translatable("less minor")),
}


@dataclass(frozen=True)
class Change:
    """One feature changes.

    Attributes
    ----------
    feature : str
        One of the names of the curves.
    start, stop : float
        Seconds between which it moves.
    before, after : float
        Means of the `SECTION_SECONDS` up to ``start`` and from ``stop`` on.
    text : str
        The sentence, without capital and full stop.
    """

    feature: str
    start: float
    stop: float
    before: float
    after: float
    text: str


def find_changes(curves: Curves, limits: tuple[float, float] | None = None, most: int = 6) -> list[Change]:
    """Return the clearest changes of a recording, in order of time.

    Parameters
    ----------
    curves : Curves
        Of the whole recording, as the model made them.
    limits : tuple of float or None
        Seconds; look only at the values between these.
    most : int
        Return no more; those that exceed most what is asked of a change of their feature come first.
    """
    part = curves if limits is None else span(curves, *limits)
    count = round(SECTION_SECONDS / curves.step) if curves.step else 0
    if len(part) < 2 * count or not count:
        return []
    excess = _excess(curves, part, count)
    found = [
        (excess[place, column], place + count, column)
        for column in range(len(curves.features))
        for place in _peaks(excess[:, column], count)
    ]
    changes = (_change(part, place, column) for _, place, column in sorted(found, reverse=True))
    clearest = islice((one for one in changes if one is not None), most)
    return sorted(clearest, key=lambda one: (one.start, one.feature))


def describe_selection(curves: Curves, start: float, stop: float, most: int = 3) -> list[str]:
    """Return sentences on how the values from ``start`` to ``stop`` seconds differ from all others.

    One for each feature whose means differ by at least `LEAST_POINTS`, the ``most`` largest differences, the largest
    first; but no difference that passages of the same length commonly have (`USUAL_SHARE`), where there is room for
    three. One that says so if there are none.
    """
    inside = (curves.times >= start) & (curves.times <= stop)
    here = statistics(span(curves, start, stop))
    rest = statistics(Curves(curves.times[~inside], curves.values[~inside], curves.features))
    if not here.count.any():
        return [tr("there is nothing to compare here: silence, or the first or last seconds of the recording")]
    if rest.count.max() * curves.step < FIELD_SECONDS:
        return [tr("there is no rest of the piece to compare this with")]
    differences = np.round(here.mean, 1) - np.round(rest.mean, 1)
    large = np.flatnonzero(np.abs(differences) >= LEAST_POINTS - 1e-9)
    if not len(large):
        return [tr("nothing here differs from the rest of the piece by more than half a point")]
    unusual = large[_unusual(curves, inside, here.mean)[large]]
    if not len(unusual):
        return [tr("nothing here stands out: other passages of this length differ about as much")]
    return [
        tr("{more} than the rest: {feature} {here} against {rest}").format(
            more=_more(curves.features[column], differences[column]),
            feature=tr(_WORDS[curves.features[column]].name),
            here=decimal(here.mean[column], ".1f"),
            rest=decimal(rest.mean[column], ".1f"),
        )
        for column in sorted(unusual, key=lambda column: -abs(differences[column]))[:most]
    ]


def _windows(values: Values, count: int) -> tuple[Values, Values]:
    """Means and variances of ``count`` consecutive rows from each row on, (n - count + 1, features) each.

    NaN where half of the values or more are missing.
    """
    present = np.isfinite(values)
    level = np.where(present, values, 0.0)
    nothing = np.zeros((1, values.shape[1]))

    def sums(columns: npt.NDArray[Any]) -> Values:
        cumulative = np.concatenate([nothing, np.cumsum(columns, axis=0)])
        return np.asarray(cumulative[count:] - cumulative[:-count])

    known = np.where(sums(present) > count / 2, sums(present), np.nan)
    means = sums(level) / known
    return means, np.maximum(sums(level**2) / known - means**2, 0.0)


def _excess(curves: Curves, part: Curves, count: int) -> Values:
    """How many times larger than needed each difference is, (n - 2 count + 1, features), from row ``count`` on.

    Needed is the larger of `LEAST_POINTS` and ``CLEARLY * s * sqrt(2 ln(features * duration / FIELD_SECONDS))``.
    The root is how far, in standard deviations, the largest of so many independent accidents is expected to lie.
    The standard deviation ``s`` within the stretches on both sides is moderated, half its square from there and
    half the median over the recording, since few independent values lie in so short a stretch (after Smyth,
    "Linear models and empirical Bayes methods", 2004).
    """
    means, variances = _windows(part.values, count)
    here = (variances[count:] + variances[:-count]) / 2
    all_known = (column[np.isfinite(column)] for column in _windows(curves.values, count)[1].T)
    usual = np.array([np.median(known) if len(known) else np.nan for known in all_known])
    chances = max(len(curves.features) * len(curves) * curves.step / FIELD_SECONDS, 2.0)
    needed = np.maximum(LEAST_POINTS, CLEARLY * np.sqrt((usual + here) / 2 * 2 * np.log(chances)))
    return np.asarray(np.abs(means[count:] - means[:-count]) / needed)


def _peaks(excess: Values, apart: int) -> list[int]:
    """Places of the largest values of at least 1, none closer than ``apart`` to a larger one."""
    left = np.where(np.isfinite(excess), excess, 0.0)
    places = []
    while left[place := int(np.argmax(left))] >= 1.0:
        near = slice(max(place - apart, 0), place + apart + 1)
        if excess[place] >= np.nanmax(excess[near]):
            places.append(place)
        left[near] = 0.0
    return places


def _change(part: Curves, place: int, column: int) -> Change | None:
    """Describe the change of a feature around a place; None if the means before and after its course hardly differ."""
    start, stop = _course(part, place, column)
    sides = [
        statistics(span(part, *ends)) for ends in ((start - SECTION_SECONDS, start), (stop, stop + SECTION_SECONDS))
    ]
    before, after = (round(float(side.mean[column]), 1) for side in sides)
    points = after - before
    if not abs(points) >= LEAST_POINTS - 1e-9:
        return None
    name = part.features[column]
    sentence = (
        tr("{feature} rose by {points} {when} ({before} to {after}: {more})")
        if points > 0
        else tr("{feature} fell by {points} {when} ({before} to {after}: {more})")
    )
    text = sentence.format(
        feature=tr(_WORDS[name].name),
        points=decimal(abs(points), ".1f"),
        when=_when(start, stop),
        before=decimal(before, ".1f"),
        after=decimal(after, ".1f"),
        more=_more(name, points),
    )
    return Change(name, start, stop, before, after, _with_steady(text, sides, part.features))


def _course(part: Curves, place: int, column: int) -> tuple[float, float]:
    """Seconds around a place at which a feature last had a fifth of a change behind it, and first four fifths."""
    count = round(SECTION_SECONDS / part.step)
    raw = part.values[:, column]
    before, after = (float(np.nanmean(side)) for side in (raw[place - count : place], raw[place : place + count]))
    way = (smooth(part, FIELD_SECONDS / 2).values[:, column] - before) / (after - before)
    first = np.flatnonzero(way[place - count : place] <= 0.2)
    last = np.flatnonzero(way[place : place + count] >= 0.8)
    start = place - count + int(first[-1]) if len(first) else place - count // 4
    stop = place + int(last[0]) if len(last) else place + count // 4
    return float(part.times[start]), float(part.times[min(stop, len(part) - 1)])


def _when(start: float, stop: float) -> str:
    first, last = clock(round(start)), clock(round(stop))
    if first == last:
        return tr("at {start}").format(start=first)
    return tr("between {start} and {stop}").format(start=first, stop=last)


def _more(feature: str, points: float) -> str:
    return tr(_WORDS[feature].more if points > 0 else _WORDS[feature].less)


def _with_steady(text: str, sides: list[Statistics], features: tuple[str, ...]) -> str:
    """Add the names of the steadiest features to a sentence, if any is steady."""
    strays = np.maximum(sides[0].deviation, sides[1].deviation)
    steady = np.flatnonzero((np.abs(sides[1].mean - sides[0].mean) <= STEADY_POINTS) & (strays <= LEAST_POINTS))
    if not len(steady):
        return text
    names = [tr(_WORDS[features[column]].name) for column in sorted(steady[np.argsort(strays[steady])][:MOST_STEADY])]
    listed = names[0] if len(names) == 1 else tr("{first} and {second}").format(first=names[0], second=names[1])
    return tr("{change}; {features} steady").format(change=text, features=listed)


def _unusual(curves: Curves, inside: npt.NDArray[np.bool_], here: Values) -> npt.NDArray[np.bool_]:
    """Tell for each feature whether few passages as long as a selection lie about as far from the mean of all."""
    count = int(inside.sum())
    middle = statistics(curves).mean
    first = int(np.argmax(inside))
    parts = [part for part in (curves.values[:first], curves.values[first + count :]) if len(part) >= count]
    means = np.concatenate([_windows(part, count)[0] for part in parts]) if parts else np.empty((0, len(here)))
    unusual = np.ones(len(here), dtype=np.bool_)
    for column in range(len(here)):
        known = means[np.isfinite(means[:, column]), column]
        if len(known) > 2 * count:
            distance = USUAL_DISTANCE * abs(here[column] - middle[column])
            unusual[column] = np.mean(np.abs(known - middle[column]) >= distance) <= USUAL_SHARE
    return unusual
