"""Roughness, harmonicity, sharp intervals and rarity of chords."""

from itertools import combinations

import numpy as np
import pytest

from tests.training.ratings.pieces import random_pitches, song, with_semitones
from training.corpus.sources import TRAINING, works
from training.ratings import dissonance, rarity
from training.ratings.sounding import DECAY, STEP, sounding


def chords(*chosen):
    """Return amplitudes (t, 128), one chord a moment."""
    pitches = np.zeros((len(chosen), 128))
    for row, chord in enumerate(chosen):
        pitches[row, list(chord)] = 1
    return pitches


def classes(pitches):
    return np.stack([pitches[:, start::12].sum(axis=1) for start in range(12)], axis=1)


def values(pitches):
    """Return the four terms of each chord, (t, 4)."""
    by_class = classes(pitches)
    terms = (
        dissonance.roughness(pitches),
        dissonance.harmonicity(by_class),
        rarity.surprise(pitches),
        dissonance.sharp_intervals(by_class),
    )
    return np.stack(terms, axis=1)


def test_c_major_has_the_published_roughness():
    assert dissonance.roughness(chords((60, 64, 67)))[0] == pytest.approx(0.120, abs=0.001)


def test_roughness_does_not_swell_below_the_cap():
    low, lower = dissonance.roughness(chords((48, 51), (36, 39)))
    assert low == pytest.approx(lower)


def test_roughness_does_not_depend_on_the_level():
    soft = chords((60, 61, 67)) * 0.2
    np.testing.assert_allclose(dissonance.roughness(soft), dissonance.roughness(soft * 5))
    np.testing.assert_allclose(dissonance.harmonicity(classes(soft)), dissonance.harmonicity(classes(soft * 5)))


def test_the_ladder_from_octave_to_cluster_rises():
    every = [(60, *(60 + step for step in steps)) for size in (1, 2, 3) for steps in combinations(range(1, 13), size)]
    reference = values(chords(*every))
    ladder = values(chords((60, 72), (60, 67), (60, 64, 67), (60, 63, 66), (60, 61, 62, 63)))
    standard = (ladder - reference.mean(axis=0)) / reference.std(axis=0)
    assert np.all(np.diff(standard @ list(dissonance.WEIGHTS.values())) > 0)


def test_one_tone_is_the_most_harmonic():
    found = dissonance.harmonicity(classes(chords((60,), (60, 67), (60, 64, 67), (60, 61, 62))))
    assert np.all(np.diff(found) < 0)


def test_sharp_intervals_are_shares_of_the_pairs():
    found = dissonance.sharp_intervals(classes(chords((60,), (60, 64, 67), (60, 61), (60, 66), (60, 62, 64))))
    np.testing.assert_allclose(found, [0, 0, 1, 0.5, 1 / 3])


def test_every_chord_is_as_rare_as_its_transpositions():
    base = chords((60, 64, 67, 70))
    moved = np.concatenate([np.roll(base, step, axis=1) for step in range(12)])
    assert len(set(rarity.surprise(moved).tolist())) == 1
    assert len(np.loadtxt(rarity.TABLE, delimiter=",", skiprows=2)) == 351


def test_a_faint_tone_is_not_part_of_the_chord():
    faint = chords((60, 64, 67))
    faint[0, 61] = 0.2
    np.testing.assert_array_equal(rarity.shapes(faint), rarity.shapes(chords((60, 64, 67))))
    assert rarity.shapes(np.zeros((1, 128)))[0] == 0
    assert rarity.surprise(np.zeros((1, 128)))[0] == 0


def test_the_table_can_be_written_again(tmp_path):
    count = rarity.count_shapes([song()])
    rarity.write_table(count, 1, tmp_path / "table.csv")
    shape, bits = np.loadtxt(tmp_path / "table.csv", delimiter=",", skiprows=2, unpack=True)
    assert (2.0**-bits).sum() == pytest.approx(1, abs=0.01)
    assert shape[np.argmin(bits)] == rarity.shapes(chords((60, 64, 67)))[0]


def test_the_table_was_counted_in_all_piano_rolls_for_training(kit):
    rolls = [work for work in works(kit, "piano_rolls") if work.split == TRAINING]
    assert rarity.TABLE.read_text().splitlines()[0] == f"# counted in {len(rolls)} files"


def test_the_kit_gives_the_table_that_is_there(kit):
    files = [work.path for work in works(kit, "piano_rolls") if work.split == TRAINING][::55]
    count = rarity.count_shapes(rarity.parts(files))
    shape, bits = np.loadtxt(rarity.TABLE, delimiter=",", skiprows=2, unpack=True)
    often = count[shape.astype(int)] > 30
    assert often.sum() > 50
    new = -np.log2(count[shape.astype(int)[often]] / count.sum())
    assert np.corrcoef(new, bits[often])[0, 1] > 0.9


def test_semitones_and_random_pitches_are_more_dissonant():
    plain = dissonance.terms(sounding(song()))
    for changed in (with_semitones(song()), random_pitches(song())):
        found = dissonance.terms(sounding(changed))
        assert found["roughness"] > plain["roughness"]
        assert found["harmonicity"] < plain["harmonicity"]
        assert found["rarity"] > plain["rarity"] + 1
        assert found["sharp_intervals"] > plain["sharp_intervals"]


def test_tones_decay_and_end():
    tones = sounding(song(beat=1.0, legato=0.9, accompaniment=False))
    first = tones.pitches[: round(0.9 / STEP), 74]
    np.testing.assert_allclose(first[1:] / first[:-1], np.exp(-STEP / DECAY))
    assert tones.loudness[round(0.9 / STEP)] == 0
