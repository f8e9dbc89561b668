"""Curves: values over time; smoothing, resampling, single moments, and the statistics of a span."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from midlevel_app.features import NAMES

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """Feature values over time.

    Attributes
    ----------
    times : (t,) float64
        Seconds, ascending: the centre of what each value describes.
    values : (t, features) float64
        On the model's scale, 1 to 10; NaN where there is no value (the first and last half receptive
        field, silence).
    features : tuple of str
        Names of the columns.
    spread : (t, features) float64 or None
        How far an ensemble of teachers differed about each value (one standard deviation, rating points), where
        the model says so; NaN where there is no value.
    """

    times: Values
    values: Values
    features: tuple[str, ...] = NAMES
    spread: Values | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.times), len(self.features)):
            raise ValueError(
                f"values {self.values.shape} for {len(self.times)} times and {len(self.features)} features"
            )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def step(self) -> float:
        """Seconds between values (0 for fewer than two)."""
        return float(self.times[1] - self.times[0]) if len(self.times) > 1 else 0.0


@dataclass(frozen=True)
class Statistics:
    """Of a span, per feature: number, mean, standard deviation, minimum and maximum of values; (features,) each."""

    count: npt.NDArray[np.int64]
    mean: Values
    deviation: Values
    minimum: Values
    maximum: Values


def join(parts: list[Curves]) -> Curves:
    """Put consecutive curves into one."""
    if not parts:
        return Curves(np.empty(0), np.empty((0, len(NAMES))))
    spreads = [part.spread for part in parts if part.spread is not None]
    return Curves(
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        parts[0].features,
        np.concatenate(spreads) if len(spreads) == len(parts) else None,
    )


def filled(parts: list[Curves]) -> Curves:
    """Put curves of one grid that may overlap or leave gaps into one; the first of several wins, gaps are missing.

    The grid is that of the first part that has two values or more.
    """
    parts = [part for part in parts if len(part)]
    step = next((part.step for part in parts if part.step), 0.0)
    if len(parts) < 2 or not step:
        return join(parts[:1])
    origin = min(float(part.times[0]) for part in parts)
    first = [round((float(part.times[0]) - origin) / step) for part in parts]
    count = max(place + len(part) for place, part in zip(first, parts, strict=True))
    values = np.full((count, len(parts[0].features)), np.nan)
    spread = None if parts[0].spread is None else values.copy()
    for place, part in reversed(list(zip(first, parts, strict=True))):
        values[place : place + len(part)] = part.values
        if spread is not None and part.spread is not None:
            spread[place : place + len(part)] = part.spread
    times = np.asarray(origin + np.arange(count) * step, dtype=np.float64)
    return Curves(times, values, parts[0].features, spread)


def span(curves: Curves, start: float, stop: float) -> Curves:
    """Return the values with ``start <= time <= stop`` (seconds)."""
    inside = slice(int(np.searchsorted(curves.times, start)), int(np.searchsorted(curves.times, stop, side="right")))
    spread = None if curves.spread is None else curves.spread[inside]
    return replace(curves, times=curves.times[inside], values=curves.values[inside], spread=spread)


def values_at(curves: Curves, seconds: float) -> Values:
    """Values (features,) at the time nearest to ``seconds``; NaN where there are none.

    The last value holds for one step after its time.
    """
    nearest = _nearest(curves, seconds)
    return np.full(len(curves.features), np.nan) if nearest is None else np.asarray(curves.values[nearest])


def at_moments(curves: Curves, moments: Sequence[float]) -> Curves:
    """Return one row for each moment (seconds), in order of time, with the values that `values_at` gives."""
    times = np.sort(np.asarray(moments, dtype=np.float64))
    places = [_nearest(curves, seconds) for seconds in times.tolist()]

    def read(columns: Values) -> Values:
        nothing = np.full((1, len(curves.features)), np.nan)
        rows = [nothing if place is None else columns[place : place + 1] for place in places]
        return np.concatenate([nothing[:0], *rows])

    spread = None if curves.spread is None else read(curves.spread)
    return Curves(times, read(curves.values), curves.features, spread)


def _nearest(curves: Curves, seconds: float) -> int | None:
    """Row at the time nearest to ``seconds`` (of two equally near, the later); None outside the curves."""
    if not len(curves) or not curves.times[0] <= seconds <= curves.times[-1] + curves.step:
        return None
    after = min(int(np.searchsorted(curves.times, seconds)), len(curves) - 1)
    before = max(after - 1, 0)
    return before if seconds - curves.times[before] < curves.times[after] - seconds else after


def smooth(curves: Curves, window: float) -> Curves:
    """Average each value with its neighbours within ``window / 2`` seconds on either side.

    A centred moving average over the values that exist; a missing value stays missing. The window shortens
    at the ends. ``window`` of at most one step returns the curves unchanged.
    """
    half = int(min(window / 2 / curves.step + 1e-9, len(curves))) if curves.step else 0
    if half < 1:
        return curves
    present = np.isfinite(curves.values)
    low = np.maximum(np.arange(len(curves)) - half, 0)
    high = np.minimum(np.arange(len(curves)) + half + 1, len(curves))

    def window_sums(columns: Values) -> Values:
        cumulative = np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(columns, axis=0)])
        return np.asarray(cumulative[high] - cumulative[low])

    counts = window_sums(present.astype(np.float64))

    def averaged(columns: Values) -> Values:
        sums = window_sums(np.where(present, columns, 0.0))
        return np.where(present, sums / np.maximum(counts, 1.0), np.nan)

    spread = None if curves.spread is None else averaged(curves.spread)
    return replace(curves, values=averaged(curves.values), spread=spread)


def resample(curves: Curves, rate: float) -> Curves:
    """Read the curves at ``rate`` values a second, from the first multiple of ``1 / rate`` on.

    Linear between neighbouring values; missing where either neighbour is. A rate of half the curves' own or less
    averages first over one output step, so that nothing aliases.
    """
    if len(curves) < 2 or rate <= 0:
        raise ValueError(f"cannot read {len(curves)} values at {rate} a second")
    source = smooth(curves, 1.0 / rate) if rate < 1.0 / curves.step else curves
    first = int(np.ceil(source.times[0] * rate - 1e-9))
    last = int(np.floor(source.times[-1] * rate + 1e-9))
    times = np.arange(first, last + 1) / rate
    place = np.clip((times - source.times[0]) / source.step, 0, len(source) - 1)
    left = np.floor(place + 1e-9).astype(np.int64)
    right = np.minimum(left + 1, len(source) - 1)
    weight = np.where(place - left < 1e-9, 0.0, place - left)[:, None]

    def read(columns: Values) -> Values:
        between = columns[left] * (1 - weight) + columns[right] * weight
        return np.asarray(np.where(weight == 0, columns[left], between))

    spread = None if source.spread is None else read(source.spread)
    return Curves(times, read(source.values), source.features, spread)


def statistics(curves: Curves) -> Statistics:
    """Mean, spread and range of each feature over the values that exist; NaN where there are none."""
    present = np.isfinite(curves.values)
    count = present.sum(axis=0)
    some = np.maximum(count, 1)
    mean = np.where(present, curves.values, 0.0).sum(axis=0) / some
    deviation = np.sqrt(np.where(present, (curves.values - mean) ** 2, 0.0).sum(axis=0) / some)
    minimum = np.min(np.where(present, curves.values, np.inf), axis=0, initial=np.inf)
    maximum = np.max(np.where(present, curves.values, -np.inf), axis=0, initial=-np.inf)
    empty = count == 0
    return Statistics(
        count,
        *(np.where(empty, np.nan, column) for column in (mean, deviation, minimum, maximum)),
    )
