"""The top line, and how singable it is."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.ratings.pieces import MELODY, make, song, together
from training.ratings import melodiousness
from training.ratings.sounding import sounding


def terms(notes):
    return melodiousness.terms(notes, sounding(notes))


def value(notes):
    """Sum of the line's terms by their weights, each over its spread in the corpus."""
    found = terms(notes)
    return sum(weight * found[name] / melodiousness.SPREAD[name] for name, weight in melodiousness.WEIGHTS.items())


def test_the_melody_is_the_top_line():
    piece = song()
    line = melodiousness.top_line(piece)
    assert len(line) == len(MELODY)
    assert (piece.velocity[line] == 80).all()


def test_held_melody_notes_hide_what_moves_below():
    below = [(time, 0.2, 64 + time % 2, 50) for time in np.arange(0, 8, 0.25)]
    above = [(time, 0.98, 76 + time % 3, 80) for time in range(8)]
    piece = make(below + above)
    np.testing.assert_array_equal(piece.velocity[melodiousness.top_line(piece)], np.full(8, 80))


def test_a_louder_melody_is_more_melodious():
    assert value(song(melody_velocity=105)) > value(song()) + 0.3
    assert terms(song(melody_velocity=105))["louder"] == pytest.approx(terms(song())["louder"] + 25)


def test_a_scattered_melody_is_less_melodious():
    piece = song()
    line = melodiousness.top_line(piece)
    pitch = piece.pitch.copy()
    pitch[line] += 12 * np.random.default_rng(0).integers(-1, 2, len(line))
    assert value(replace(piece, pitch=pitch).ordered()) < value(piece) - 0.3


def test_without_its_melody_it_is_less_melodious():
    assert value(song(melody=False)) < value(song()) - 0.5


def test_voices_sing_from_g3_to_g5():
    def fit(pitch):
        return terms(make([(time, 0.5, pitch, 64) for time in range(4)]))["voice_range"]

    assert [fit(pitch) for pitch in (55, 60, 79)] == [1, 1, 1]
    assert [fit(pitch) for pitch in (36, 43, 91, 100)] == [0, 0, 0, 0]
    assert fit(49) == fit(85) == 0.5


def test_voices_sing_one_to_five_notes_a_second():
    assert terms(song(accompaniment=False))["rate"] == 1
    assert terms(song(beat=0.08, accompaniment=False))["rate"] == 0


def test_the_line_is_compared_with_the_lowest_of_its_accompaniment():
    tune = make([(time, 0.5, 76, 64) for time in range(8)])
    bass, inner = (make([(time, 0.5, pitch, 64) for time in range(8)]) for pitch in (40, 60))
    assert terms(together(tune, inner))["higher"] == 16
    assert terms(together(tune, inner, bass))["higher"] == 36
    assert terms(tune)["higher"] == melodiousness.ALONE["higher"]


def test_repeated_notes_are_no_steps():
    same = make([(time, 0.5, 72, 64) for time in range(10)])
    scale = make([(time, 0.5, 65 + 2 * (time % 6), 64) for time in range(6)])
    assert terms(same)["small_steps"] == 0
    assert terms(scale)["small_steps"] == 1


def test_leaps_surprise():
    random = np.random.default_rng(0).permutation(np.tile([60, 62, 64, 65, 67, 69, 71, 72, 79, 84], 3))
    leaping = make([(number * 0.5, 0.4, pitch, 64) for number, pitch in enumerate(random)])
    assert terms(leaping)["surprise"] > terms(song(accompaniment=False))["surprise"] + 1
