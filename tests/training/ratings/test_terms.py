"""The terms of clips: always numbers, whatever is played; and their windows over time."""

from dataclasses import replace

import numpy as np
import pytest

from midlevel_app.features import NAMES
from tests.training.ratings.pieces import jittered, make, song, together, transposed
from training.errors import NotesError
from training.notes import cut
from training.ratings import TERM_NAMES, raw_terms, windowed_terms
from training.ratings.terms import MODULES, composites, standardised

ODD = {
    "four notes at once": [(0, 1, pitch, 64) for pitch in (60, 64, 67, 72)],
    "four equal notes": [(time, 0.5, 60, 64) for time in range(4)],
    "no length": [(time, 0.0, 60 + time, 64) for time in range(8)],
    "very fast": [(0.01 * time, 0.01, 40 + time, 64) for time in range(50)],
    "very slow": [(5 * time, 4, 60 + time, 64) for time in range(4)],
    "all keys at once": [(0.5 * time, 5, pitch, 127) for time in range(5) for pitch in range(21, 109)],
    "the edges of the range": [(time, 1, 127 * (time % 2), 1) for time in range(8)],
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_terms_are_numbers_whatever_is_played(rows):
    found = raw_terms(make(rows))
    assert found.shape == (len(TERM_NAMES),)
    assert np.isfinite(found).all()


def test_three_notes_cannot_be_rated():
    with pytest.raises(NotesError, match="3 pitched notes cannot be rated"):
        raw_terms(make([(time, 1, 60, 64) for time in range(3)]))
    drums = make([(time * 0.1, 0.1, 38, 64) for time in range(50)], drum=True)
    with pytest.raises(NotesError, match="3 pitched notes"):
        raw_terms(together(make([(time, 1, 60, 64) for time in range(3)]), drums))


def test_drums_change_the_rhythm_alone():
    drums = make([(time, 0.1, 38, 100) for time in np.arange(0.25, 15, 0.5)], drum=True)
    plain, beaten = raw_terms(song()), raw_terms(together(song(), drums))
    rhythm = np.array([name.startswith("rhythmic") for name in TERM_NAMES])
    np.testing.assert_allclose(plain[~rhythm], beaten[~rhythm])
    assert not np.allclose(plain[rhythm], beaten[rhythm])


def test_the_order_of_the_notes_does_not_matter():
    piece = song()
    np.testing.assert_allclose(raw_terms(piece.select(np.arange(len(piece))[::-1])), raw_terms(piece))


def test_time_of_the_clip_does_not_matter():
    piece = song()
    later = replace(piece, onset=piece.onset + 7.3, key_up=piece.key_up + 7.3)
    np.testing.assert_allclose(raw_terms(later), raw_terms(piece), rtol=0.02, atol=0.02)


def test_every_feature_has_weights_and_typical_values():
    assert tuple(MODULES) == NAMES
    for module in MODULES.values():
        assert module.WEIGHTS.keys() == module.TYPICAL.keys() == module.SPREAD.keys()
        assert min(module.SPREAD.values()) > 0


def test_standardised_terms_are_in_spreads_from_what_is_typical():
    typical, spread = (
        np.array([getattr(module, constant)[term] for module in MODULES.values() for term in module.WEIGHTS])
        for constant in ("TYPICAL", "SPREAD")
    )
    np.testing.assert_allclose(
        standardised(typical + [[-9], [-2], [0], [1]] * spread), np.outer([-4, -2, 0, 1], 1 + 0 * spread)
    )
    own = np.array([name.startswith("articulation") for name in TERM_NAMES])
    np.testing.assert_allclose(standardised((typical + 2 * spread)[None, own], ("articulation",)), [[2] * own.sum()])


def test_composites_follow_the_weights_and_limit_extremes():
    for index, name in enumerate(TERM_NAMES):
        feature, term = name.split(".")
        one = np.zeros((1, len(TERM_NAMES)))
        one[0, index] = 1
        assert composites(one)[0, NAMES.index(feature)] == pytest.approx(MODULES[feature].WEIGHTS[term])
        np.testing.assert_allclose(composites(100 * one), composites(4 * one))


def test_dissonance_takes_from_melodiousness_and_a_key_adds():
    for feature, sign in (("dissonance", -1), ("tonal_stability", 1)):
        terms = np.array([[np.sign(MODULES[feature].WEIGHTS.get(name.split(".")[1], 0)) for name in TERM_NAMES]])
        own = np.array([name.startswith(feature) for name in TERM_NAMES])
        assert sign * composites(terms * own)[0, NAMES.index("melodiousness")] > 0.1


def test_transposition_leaves_rhythm_articulation_and_harmony():
    moved = dict(zip(TERM_NAMES, raw_terms(transposed(song(), 3)) - raw_terms(song()), strict=True))
    for name, change in moved.items():
        if not name.startswith(("melodiousness.voice_range", "dissonance.roughness")):
            assert change == pytest.approx(0, abs=1e-3), name


def test_windows_follow_a_change_in_the_middle():
    short = song(legato=0.2)
    piece = together(song(legato=0.9), replace(short, onset=short.onset + 16, key_up=short.key_up + 16))
    times, found = windowed_terms(piece, 32.0, 1.0)
    np.testing.assert_allclose(times, np.arange(32) + 0.5)
    ratio = found[:, TERM_NAMES.index("articulation.duration_ratio")]
    np.testing.assert_allclose(ratio[:14], np.log(0.9), atol=0.1)
    np.testing.assert_allclose(ratio[18:], np.log(0.2), atol=0.1)


def test_each_window_is_rated_as_a_clip_of_its_own():
    times, found = windowed_terms(song(), 15.0, 1.0)
    for row, feature, start, stop in (
        (7, "articulation", 6, 9),
        (7, "tonal_stability", 3.5, 11.5),
        (0, "minorness", 0, 3),
    ):
        own = np.array([name.startswith(feature) for name in TERM_NAMES])
        assert times[row] == row + 0.5
        np.testing.assert_allclose(found[row, own], raw_terms(cut(song(), start, stop))[own])


def test_windows_at_the_ends_are_shifted_inside():
    _, found = windowed_terms(jittered(song(), 0.05), 15.0, 1.0)
    rhythm = np.array([name.startswith("rhythmic") for name in TERM_NAMES])
    for row in (1, 2, 3):  # centred before 4 s, so that their 8 s are the first ones
        np.testing.assert_array_equal(found[row, rhythm], found[0, rhythm])
    assert not np.allclose(found[5, rhythm], found[0, rhythm])


@pytest.mark.parametrize("hop", [0.5, 1.0])
def test_silence_is_rated_by_the_nearest_notes(hop):
    piece = together(song(), replace(song(), onset=song().onset + 40, key_up=song().key_up + 40))
    times, found = windowed_terms(piece, 56.0, hop)
    assert len(times) == 56 / hop
    assert np.isfinite(found).all()


def test_a_passage_of_three_notes_has_no_windows():
    with pytest.raises(NotesError, match="3 pitched notes"):
        windowed_terms(make([(time, 1, 60, 64) for time in range(3)]), 15.0, 1.0)
