"""Keys, tonal stability and minorness."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.ratings.pieces import MAJOR, MINOR, make, random_pitches, song, transposed, with_semitones
from training.ratings import minorness, tonal_stability
from training.ratings.keys import ALBRECHT, KRUMHANSL, correlations, cosines, smoothed, windows
from training.ratings.sounding import Sounding, sounding


def stability(notes):
    """Sum of the terms by their weights, each over its spread in the corpus."""
    found = tonal_stability.terms(sounding(notes))
    return sum(weight * found[name] / tonal_stability.SPREAD[name] for name, weight in tonal_stability.WEIGHTS.items())


def minor(notes):
    """Sum of the terms by their weights, each over its spread in the corpus."""
    found = minorness.terms(sounding(notes))
    return sum(weight * found[name] / minorness.SPREAD[name] for name, weight in minorness.WEIGHTS.items())


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("scale", "first"), [(MAJOR, 0), (MINOR, 12)])
def test_the_key_of_the_song_is_found(tonic, scale, first):
    classes = sounding(song(scale, tonic=60 + tonic)).classes.sum(axis=0)
    assert np.argmax(correlations(classes, KRUMHANSL)) == first + tonic
    assert np.argmax(cosines(classes, ALBRECHT)) == first + tonic


def test_a_profile_matches_itself():
    np.testing.assert_allclose(np.diag(correlations(KRUMHANSL, KRUMHANSL)), 1)
    np.testing.assert_allclose(np.diag(cosines(ALBRECHT, ALBRECHT)), 1)
    np.testing.assert_allclose(correlations(np.ones(12), KRUMHANSL), 0)


def test_windows_share_out_the_sound():
    tones = sounding(song())
    parts = windows(tones, 1.0, 1.0)
    assert len(parts) == 15
    np.testing.assert_allclose(parts.sum(axis=0) * 20, tones.classes[:300].sum(axis=0))
    assert len(windows(sounding(make([(0, 0.5, 60, 64)])), 3.0, 1.5)) == 1


def test_smoothing_keeps_a_constant_and_forgets_what_is_far():
    constant = Sounding(start=0.0, pitches=np.ones((200, 128)))
    np.testing.assert_allclose(smoothed(constant, 1.0, 0.5), constant.classes[:20])
    click = np.zeros((200, 128))
    click[100, 60] = 1
    found = smoothed(Sounding(start=0.0, pitches=click), 0.2, 0.25)
    assert found.shape[1] == 12
    assert len(found) < 15  # of the 40 places, those within reach
    assert np.argmax(found[:, 0]) == pytest.approx(len(found) / 2, abs=1)


def test_the_order_of_phrases_hardly_moves_minorness():
    piece = song(MINOR)
    swapped = replace(piece, onset=(piece.onset + 8) % 16, key_up=(piece.onset + 8) % 16 + piece.key_up - piece.onset)
    assert minor(swapped.ordered()) == pytest.approx(minor(piece), abs=0.2)


def test_semitones_random_pitches_and_key_changes_unsettle():
    plain = stability(song())
    leaping = replace(song(), pitch=song().pitch + 6 * (song().onset // 3 % 2 == 1).astype(int)).ordered()
    for changed in (with_semitones(song()), random_pitches(song()), leaping):
        assert stability(changed) < plain - 1


def test_out_of_key_is_the_share_of_foreign_sound():
    assert tonal_stability.terms(sounding(song()))["out_of_key"] == 0
    chromatic = make([(time, 0.5, 60 + time % 12, 64) for time in range(24)])
    assert tonal_stability.terms(sounding(chromatic))["out_of_key"] == pytest.approx(4.5 / 12, abs=0.06)


def test_minor_is_more_minor_than_major():
    assert minor(song(MINOR)) > minor(song(MAJOR)) + 1


@pytest.mark.parametrize(("chord", "third"), [((60, 63, 67), 3), ((60, 64, 67), 4), ((57, 60, 64, 69), 3)])
def test_triads_are_told_apart(chord, third):
    classes = np.zeros((1, 12))
    classes[0, [pitch % 12 for pitch in chord]] = 0.5
    assert minorness.triad_strength(classes, third)[0] == 1
    assert minorness.triad_strength(classes, 7 - third)[0] == 0


@pytest.mark.parametrize("semitones", [-3, 3, 7])
def test_transposition_moves_nothing(semitones):
    moved = transposed(song(), semitones)
    assert stability(moved) == pytest.approx(stability(song()))
    assert minor(moved) == pytest.approx(minor(song()))
