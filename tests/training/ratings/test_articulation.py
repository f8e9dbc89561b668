"""Articulation rises with shorter notes and falls with the pedal, on any instrument."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.ratings.pieces import pedalled, shorter, song
from training.ratings.articulation import DIES_AFTER, WEIGHTS, sounding_durations, terms


def value(notes):
    """Sum of the terms by their weights, each over its usual spread, so that they compare."""
    found = terms(notes)
    spread = {"duration_ratio": 0.54, "duration": 0.65, "pedal": 0.27, "velocity": 17}
    return sum(weight * found[name] / spread[name] for name, weight in WEIGHTS.items())


def test_shorter_notes_are_more_staccato():
    found = [value(shorter(song(), factor)) for factor in (1, 0.6, 0.3, 0.1)]
    assert np.all(np.diff(found) > 0.5)


def test_the_pedal_makes_it_legato_however_short_the_keys():
    for piece in (song(), shorter(song(), 0.3)):
        assert value(pedalled(piece)) < value(piece) - 1


def test_ratio_and_pedal_are_shares_of_time():
    steady = song(legato=0.5, accompaniment=False)
    assert terms(steady)["duration_ratio"] == pytest.approx(np.log(0.5), abs=0.01)
    assert terms(pedalled(steady))["pedal"] == pytest.approx(0.965, abs=0.01)
    assert terms(steady)["pedal"] == 0


def test_an_instrument_without_pedal_is_not_called_dry_for_it():
    violin = replace(song(legato=1.3), program={0: 40})
    piano = song(legato=1.3)
    assert terms(violin)["pedal"] > terms(piano)["pedal"] == 0
    assert value(shorter(violin, 0.3)) > value(violin) + 1


def test_a_plucked_note_is_over_when_it_has_died_away():
    piano = song(beat=1.0)
    assert 45 in DIES_AFTER
    pizzicato = replace(piano, program={0: 45})
    assert value(pizzicato) > value(replace(piano, program={0: 40}))
    np.testing.assert_allclose(sounding_durations(pizzicato).max(), DIES_AFTER[45])


def test_louder_is_a_little_more_staccato():
    assert value(replace(song(), velocity=song().velocity + 30)) > value(song())
