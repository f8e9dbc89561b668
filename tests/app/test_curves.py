"""Curves: smoothing, reading at another rate, spans, statistics."""

import numpy as np
import pytest

from midlevel_app.curves import Curves, at_moments, filled, join, resample, smooth, span, statistics, values_at
from midlevel_app.features import NAMES

STEP = 0.1


def make(values, spread=None):
    """Curves whose seven columns all hold ``values``, at 10 a second."""
    column = np.asarray(values, dtype=np.float64)
    table = np.repeat(column[:, None], len(NAMES), axis=1)
    return Curves(np.arange(len(column)) * STEP, table, spread=spread)


@pytest.fixture
def wandering():
    """Thirty seconds with gaps."""
    values = 5 + np.cumsum(np.random.default_rng(0).standard_normal(300)) / 5
    values[:15] = values[-15:] = values[100:110] = np.nan
    return make(values)


def test_shapes_must_fit():
    with pytest.raises(ValueError, match=r"values \(3, 2\) for 3 times and 7 features"):
        Curves(np.arange(3.0), np.zeros((3, 2)))


def test_smoothing_is_the_centred_average(wandering):
    smoothed = smooth(wandering, 1.0)
    inside = wandering.values[50 - 5 : 50 + 6]
    np.testing.assert_allclose(smoothed.values[50], inside.mean(axis=0))
    np.testing.assert_array_equal(np.isnan(smoothed.values), np.isnan(wandering.values))
    np.testing.assert_array_equal(smoothed.times, wandering.times)


def test_smoothing_at_a_gap_averages_what_exists(wandering):
    smoothed = smooth(wandering, 1.0)
    np.testing.assert_allclose(smoothed.values[99], wandering.values[94:100].mean(axis=0))
    np.testing.assert_allclose(smoothed.values[15], wandering.values[15:21].mean(axis=0))


def test_smoothing_keeps_a_constant_and_does_not_delay():
    np.testing.assert_allclose(smooth(make(np.full(50, 3.0)), 2.0).values, 3.0)
    ramp = make(np.arange(50.0))
    np.testing.assert_allclose(smooth(ramp, 0.6).values[5:-5], ramp.values[5:-5])


@pytest.mark.parametrize("window", [0.0, 0.05, 0.1])
def test_window_of_one_step_changes_nothing(wandering, window):
    assert smooth(wandering, window) is wandering


def test_spread_is_smoothed_too():
    spread = np.tile(np.arange(20.0)[:, None], len(NAMES))
    smoothed = smooth(make(np.zeros(20), spread), 0.4)
    np.testing.assert_allclose(smoothed.spread[10], 10.0)


@pytest.mark.parametrize("rate", [10.0, 25.0, 7.0, 1.0])
def test_other_rates_lie_on_multiples_of_their_step(wandering, rate):
    read = resample(wandering, rate)
    np.testing.assert_allclose(read.times * rate, np.arange(len(read)), atol=1e-9)
    assert read.times[-1] <= wandering.times[-1] < read.times[-1] + 1 / rate


def test_own_rate_changes_nothing(wandering):
    np.testing.assert_array_equal(resample(wandering, 1 / STEP).values, wandering.values)


def test_higher_rate_is_linear_and_keeps_gaps(wandering):
    read = resample(wandering, 20.0)
    np.testing.assert_array_equal(read.values[::2], wandering.values)
    middle = (wandering.values[:-1] + wandering.values[1:]) / 2
    np.testing.assert_allclose(read.values[1::2], middle)


def test_lower_rate_averages_before_it_drops():
    """A tone at the output's own rate, which dropping alone would turn into a constant, averages out."""
    tone = make(5 + np.cos(2 * np.pi * np.arange(301) / 10))
    read = resample(tone, 1.0)
    assert np.abs(read.values[2:-2] - 5).max() < 0.15


def test_single_value_cannot_be_read_at_a_rate():
    with pytest.raises(ValueError, match="cannot read 1 values"):
        resample(make([5.0]), 10.0)


def test_span_includes_its_ends(wandering):
    part = span(wandering, 2.0, 3.0)
    np.testing.assert_allclose(part.times[[0, -1]], [2.0, 3.0])
    assert len(part) == 11


@pytest.mark.parametrize(("seconds", "row"), [(0.0, 0), (0.04, 0), (0.06, 1), (2.0, 20), (2.9, 29), (3.0, 29)])
def test_values_at_a_moment_are_the_nearest(seconds, row):
    np.testing.assert_array_equal(values_at(make(np.arange(30.0)), seconds), float(row))


@pytest.mark.parametrize("seconds", [-0.1, 3.1, np.nan])
def test_no_values_outside_the_curves(seconds):
    assert np.isnan(values_at(make(np.arange(30.0)), seconds)).all()
    assert np.isnan(values_at(join([]), 0.0)).all()


def test_moments_in_order_of_time_each_with_its_row(wandering):
    moments = (99.0, 2.02, 10.5, 2.02)
    curves = make(wandering.values[:, 0], spread=wandering.values / 10)
    read = at_moments(curves, moments)
    assert read.times.tolist() == sorted(moments)
    np.testing.assert_array_equal(read.values, [values_at(curves, seconds) for seconds in sorted(moments)])
    np.testing.assert_array_equal(read.spread, read.values / 10)
    assert np.isnan(read.values[2:]).all()
    assert len(at_moments(curves, ())) == len(at_moments(join([]), ())) == 0


def test_join_undoes_splitting(wandering):
    parts = [Curves(wandering.times[i : i + 37], wandering.values[i : i + 37]) for i in range(0, 300, 37)]
    whole = join(parts)
    np.testing.assert_array_equal(whole.times, wandering.times)
    np.testing.assert_array_equal(whole.values, wandering.values)
    assert len(join([])) == 0


def test_statistics_pass_over_gaps(wandering):
    found = statistics(wandering)
    present = wandering.values[np.isfinite(wandering.values[:, 0])]
    assert found.count.tolist() == [len(present)] * len(NAMES)
    np.testing.assert_allclose(found.mean, present.mean(axis=0))
    np.testing.assert_allclose(found.deviation, present.std(axis=0))
    np.testing.assert_array_equal(found.minimum, present.min(axis=0))
    np.testing.assert_array_equal(found.maximum, present.max(axis=0))


@pytest.mark.parametrize("count", [0, 5])
def test_statistics_of_nothing_are_missing(count):
    found = statistics(make(np.full(count, np.nan)))
    assert found.count.tolist() == [0] * len(NAMES)
    for column in (found.mean, found.deviation, found.minimum, found.maximum):
        assert np.isnan(column).all()


@pytest.mark.parametrize("window", [1e19, 1e300])
def test_a_window_longer_than_anything_averages_all(wandering, window):
    np.testing.assert_allclose(smooth(wandering, window).values, smooth(wandering, 1e6).values)


def test_parts_that_overlap_or_leave_gaps_fill_one_grid(wandering):
    parts = [span(wandering, 0.0, 9.95), span(wandering, 8.0, 12.0), span(wandering, 20.0, 25.0)]
    whole = filled(parts)
    np.testing.assert_allclose(whole.times, wandering.times[: len(whole)], atol=1e-9)
    expected = wandering.values[: len(whole)].copy()
    expected[121:200] = np.nan
    np.testing.assert_array_equal(whole.values, expected)
    assert len(filled([])) == 0
    assert filled([wandering]) is wandering or np.array_equal(
        filled([wandering]).values, wandering.values, equal_nan=True
    )
