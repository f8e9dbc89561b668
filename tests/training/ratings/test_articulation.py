"""Articulation rises with shorter notes and falls with the pedal, on any instrument."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.ratings.pieces import NO_PEDAL, pedalled, shorter, song
from training.notes import read_midi, sounding_offset
from training.ratings.articulation import DIES_AFTER, SPREAD, WEIGHTS, sounding_durations, terms


def value(notes):
    """Sum of the terms by their weights, each over its spread in the corpus, so that they compare."""
    found = terms(notes)
    return sum(weight * found[name] / SPREAD[name] for name, weight in WEIGHTS.items())


def test_shorter_notes_are_more_staccato():
    found = [value(shorter(song(), factor)) for factor in (1, 0.6, 0.3, 0.1)]
    assert np.all(np.diff(found) > 0.5)


def test_the_pedal_makes_it_legato_however_short_the_keys():
    for piece in (song(), shorter(song(), 0.3)):
        assert value(pedalled(piece)) < value(piece) - 0.5


def test_ratio_and_overlap_of_a_steady_line():
    dry = song(legato=0.5, accompaniment=False)
    assert terms(dry)["duration_ratio"] == pytest.approx(np.log(0.5), abs=0.01)
    assert terms(dry)["overlap"] == 0
    # Each note still sounds when the next one begins, but for the last, and the one before on the same key.
    assert terms(song(legato=1.5, accompaniment=False))["overlap"] == pytest.approx(np.log(2) * 30 / 32)


def test_pedal_written_into_the_ends_of_notes_gives_the_same_rating():
    for piece in (pedalled(song()), pedalled(shorter(song(), 0.3))):
        merged = replace(piece, key_up=sounding_offset(piece), pedal=NO_PEDAL)
        assert terms(merged) == pytest.approx(terms(piece))


def test_pedal_of_listened_performances_may_be_written_into_the_ends(kit):
    for file in sorted((kit / "percepiano" / "midi").glob("*.mid"))[::60]:
        piece = read_midi(file)
        merged = replace(piece, key_up=sounding_offset(piece), pedal=NO_PEDAL)
        assert value(merged) == pytest.approx(value(piece), abs=0.02)
        assert value(shorter(merged, 0.3)) > value(merged) + 0.5


def test_a_legato_violin_is_as_legato_as_a_piano():
    violin = replace(song(legato=1.3), program={0: 40})
    assert value(violin) == value(song(legato=1.3))
    assert value(shorter(violin, 0.3)) > value(violin) + 1


def test_a_plucked_note_is_over_when_it_has_died_away():
    piano = song(beat=1.0)
    assert 45 in DIES_AFTER
    pizzicato = replace(piano, program={0: 45})
    assert value(pizzicato) > value(replace(piano, program={0: 40}))
    np.testing.assert_allclose(sounding_durations(pizzicato).max(), DIES_AFTER[45])


def test_louder_is_a_little_more_staccato():
    louder = replace(song(), velocity=song().velocity + 30)
    assert 0 < value(louder) - value(song()) < 0.3
