"""Bands to stay within, and the two takes that give words their meaning."""

import numpy as np
import pytest

from midlevel_app.articulation import (
    FEATURE,
    LEAST_WIDTH,
    WORDS,
    Band,
    Calibration,
    CalibrationError,
    calibrate,
    share_within,
    take_band,
    word,
)
from midlevel_app.curves import Curves
from midlevel_app.features import NAMES

STEP = 1 / 15


def curves(*articulation):
    """Curves whose articulation is this; the others are 5."""
    values = np.full((len(articulation), len(NAMES)), 5.0)
    values[:, NAMES.index(FEATURE)] = articulation
    return Curves(np.arange(len(articulation)) * STEP, values)


def around(level, stray, seconds=20.0):
    return curves(*np.random.default_rng(0).normal(level, stray, round(seconds / STEP)))


def test_a_band_holds_the_middle_four_fifths_of_what_it_was_taken_from():
    take = around(4.0, 1.0)
    band = take_band(take)
    assert share_within(take, band) == pytest.approx(0.8, abs=0.01)
    assert band.middle == pytest.approx(4.0, abs=0.2)


def test_a_band_of_a_selection_knows_nothing_else():
    whole = curves(*np.concatenate([np.full(150, 3.0), np.full(150, 7.0)]))
    assert take_band(whole, 0.0, 9.9) == Band(3.0 - LEAST_WIDTH / 2, 3.0 + LEAST_WIDTH / 2)


def test_missing_values_count_neither_in_nor_out():
    assert share_within(curves(4.0, np.nan, 6.0, np.nan), Band(3.0, 5.0)) == 0.5
    assert share_within(curves(np.nan), Band(3.0, 5.0)) is None


@pytest.mark.parametrize("take", [curves(), curves(*[np.nan] * 300), around(4.0, 0.3, seconds=2.0)])
def test_too_little_music_is_said(take):
    with pytest.raises(CalibrationError, match="at least 4 seconds"):
        take_band(take)


def test_two_takes_calibrate():
    found = calibrate(around(3.0, 0.3), around(6.0, 0.3))
    assert (found.legato, found.staccato) == (pytest.approx(3.0, abs=0.1), pytest.approx(6.0, abs=0.1))


@pytest.mark.parametrize(("legato", "staccato"), [(4.0, 4.2), (6.0, 3.0), (4.0, 5.0)])
def test_takes_that_sound_alike_or_the_other_way_round_do_not(legato, staccato):
    with pytest.raises(CalibrationError, match="too much alike"):
        calibrate(around(legato, 0.8), around(staccato, 0.8))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (4.5, "within"),
        (5.2, "within"),
        (5.5, "more_staccato"),
        (6.5, "much_more_staccato"),
        (3.5, "more_legato"),
        (2.5, "much_more_legato"),
        (np.nan, None),
    ],
)
def test_words_tell_how_far_outside_the_band_a_value_lies(value, said):
    assert word(value, Band(4.0, 5.0), Calibration(3.0, 6.0)) == said
    assert said is None or said in WORDS
