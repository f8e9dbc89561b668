"""The top line, and how singable it is."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.ratings.pieces import MELODY, make, song
from training.ratings import melodiousness
from training.ratings.sounding import sounding

SPREAD = {"louder": 6.7, "higher": 4.5, "small_steps": 0.2, "surprise": 1.6, "voice_range": 0.14, "rate": 0.26}


def terms(notes):
    return melodiousness.terms(notes, sounding(notes))


def value(notes):
    """Sum of the line's terms by their weights, each over its usual spread."""
    found = terms(notes)
    return sum(weight * found[name] / SPREAD[name] for name, weight in melodiousness.WEIGHTS.items())


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


def test_a_line_is_sung_best_high_in_a_voice_at_a_voice_s_pace():
    middle, low = (terms(song(tonic=tonic, accompaniment=False)) for tonic in (67, 24))
    assert middle["voice_range"] > 0.85
    assert low["voice_range"] < 0.1
    assert middle["rate"] == 1
    assert terms(song(beat=0.08, accompaniment=False))["rate"] == 0


def test_repeated_notes_are_no_steps():
    same = make([(time, 0.5, 72, 64) for time in range(10)])
    scale = make([(time, 0.5, 65 + 2 * (time % 6), 64) for time in range(6)])
    assert terms(same)["small_steps"] == 0
    assert terms(scale)["small_steps"] == 1


def test_leaps_surprise():
    random = np.random.default_rng(0).permutation(np.tile([60, 62, 64, 65, 67, 69, 71, 72, 79, 84], 3))
    leaping = make([(number * 0.5, 0.4, pitch, 64) for number, pitch in enumerate(random)])
    assert terms(leaping)["surprise"] > terms(song(accompaniment=False))["surprise"] + 1
