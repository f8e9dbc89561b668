"""Every edit does what its name says and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.corpus.made import score
from training.corpus import edits
from training.corpus.arrange import arrange
from training.corpus.perform import perform
from training.corpus.sources import read_notes, works
from training.corpus.textures import closer, melody, only_top, thicken, together, voice_top, wider, without_top
from training.corpus.timings import drift, rubato, three_against_two
from training.notes import Notes, cut, sounding_offset


@pytest.fixture
def tune():
    """Eight bars of a C major melody over triads, with pedal, and a drum on the beats."""
    melody = [72, 74, 76, 77, 79, 77, 76, 74] * 8
    onset = np.arange(len(melody)) * 0.25
    chords = np.repeat(np.arange(0, 16.0, 1.0), 3)
    triads = np.tile([48, 52, 55, 53, 57, 60, 55, 59, 62, 48, 52, 55], 4)
    beats = np.arange(0, 16.0, 0.5)
    onset_all = np.concatenate([onset, chords, beats])
    pitch = np.concatenate([melody, triads, np.full(len(beats), 42)]).astype(np.int64)
    length = np.concatenate([np.full(len(onset), 0.2), np.full(len(chords), 0.9), np.full(len(beats), 0.1)])
    drum = np.concatenate([np.zeros(len(onset) + len(chords), bool), np.ones(len(beats), bool)])
    track = np.concatenate([np.zeros(len(onset)), np.ones(len(chords)), np.full(len(beats), 2)]).astype(np.int64)
    pedal = np.stack([np.arange(16) + 0.1, np.arange(16) + 0.95], axis=1)
    return Notes(
        onset_all, onset_all + length, pitch, np.full(len(pitch), 80), track, drum, pedal, {0: 73, 1: 24}
    ).ordered()


def check_valid(notes):
    assert (np.diff(notes.onset) >= 0).all()
    assert (notes.key_up > notes.onset).all()
    assert (notes.onset >= 0).all()
    assert np.isfinite(notes.key_up).all()
    assert np.isfinite(notes.pedal).all()
    assert (notes.pedal[:, 1] >= notes.pedal[:, 0]).all()
    pitched = notes.pitch[~notes.drum]
    assert ((pitched >= 21) & (pitched <= 108)).all()
    assert ((notes.velocity >= 1) & (notes.velocity <= 127)).all()
    for column in (notes.key_up, notes.pitch, notes.velocity, notes.track, notes.drum):
        assert len(column) == len(notes)
    for column in (notes.pitch, notes.velocity, notes.track):
        assert column.dtype == np.int64


UNCHANGED = ("diatonic", "major", "steady")  # the tune is in C major, has no note outside it, and is in time


@pytest.mark.parametrize("name", edits.EDITS)
def test_edit_changes_the_notes_and_keeps_them_valid(tune, name):
    edited = edits.EDITS[name](tune, np.random.default_rng(4))
    check_valid(edited)
    assert edited.drum.sum() == tune.drum.sum()
    assert set(edited.pitch[edited.drum]) == {42}
    columns = ("onset", "key_up", "pitch", "velocity", "pedal")
    pairs = [(getattr(edited, column), getattr(tune, column)) for column in columns]
    same = all(left.shape == right.shape and np.allclose(left, right, atol=1e-6) for left, right in pairs)
    assert same == (name in UNCHANGED)


def rough(seed):
    """Return random notes with what files hold at worst: doubled notes, no length, pitches off the keyboard."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 120))
    onset = np.sort(np.round(rng.uniform(0, 16, size), 1))
    return Notes(
        onset,
        onset + np.maximum(0, rng.normal(0.3, 0.5, size)),
        rng.integers(0, 128, size),
        rng.integers(1, 128, size),
        rng.integers(0, 3, size),
        rng.random(size) < rng.choice([0.0, 0.3, 1.0]),
        np.array([[0.0, 40.0]]) if rng.random() < 0.5 else np.empty((0, 2)),
    ).ordered()


def one(drum):
    yes = np.array([drum])
    return Notes(np.array([0.5]), np.array([0.6]), np.array([60]), np.array([80]), np.array([0]), yes)


@pytest.mark.parametrize("name", edits.EDITS)
def test_any_notes_come_out_valid(name):
    rng = np.random.default_rng(7)
    made = [arrange(score(), False, rng) for _ in range(5)]
    for notes in [one(False), one(True), *map(rough, range(25)), *(perform(played, 2.0, True, rng) for played in made)]:
        for seed in range(2):
            edited = edits.EDITS[name](notes, np.random.default_rng(seed))
            check_valid(edited)
            assert len(edited)


def test_real_performances_come_out_valid_after_several_edits(kit):
    rng = np.random.default_rng(2)
    for collection in ("piano_rolls", "freedoom", "percepiano"):
        for work in works(kit, collection)[::60]:
            notes = cut(read_notes(work.path), 5, 21)
            for name in rng.permutation(list(edits.EDITS))[:6]:
                notes = edits.EDITS[name](notes, rng)
                check_valid(notes)


def test_tidy_notes_stay_as_they_are(tune):
    again = edits.tidy(tune)
    for column in ("onset", "key_up", "pitch", "velocity", "track", "drum"):
        np.testing.assert_array_equal(getattr(again, column), getattr(tune, column))
    assert len(edits.tidy(tune.select(np.repeat(np.arange(len(tune)), 2)))) == len(tune)
    off = edits.tidy(replace(tune, pitch=np.where(tune.drum, tune.pitch, tune.pitch + 48)))
    assert off.pitch.max() <= 108
    assert set(off.pitch[~off.drum] % 12) == set(tune.pitch[~tune.drum] % 12)


def test_a_key_struck_again_at_once_is_one_note(tune):
    late = replace(tune, onset=tune.onset + 0.06, key_up=tune.key_up + 0.1, velocity=tune.velocity + 9)
    both = edits.tidy(together(tune, late))
    assert both.drum.sum() == 2 * tune.drum.sum()
    one = both.select(~both.drum)
    pitched = tune.select(~tune.drum)
    assert np.array_equal(one.onset, pitched.onset)
    assert one.key_up == pytest.approx(pitched.key_up + 0.1)
    assert set(one.velocity) == {89}


def test_steady_undoes_rubato_and_jitter(tune):
    mechanical = edits.steady(edits.jitter(rubato(tune, 0.1, 6.0, 1.0), 0.012, np.random.default_rng(2)))
    steps = np.diff(np.unique(np.round(mechanical.onset, 6)))
    assert np.median(steps) == pytest.approx(0.25, abs=0.01)
    assert (np.abs(steps - np.median(steps)) < 1e-4).mean() > 0.95
    assert np.array_equal(edits.steady(one(False)).onset, one(False).onset)  # no pulse


def test_key_and_mode(tune):
    assert edits.best_key(tune) == (0, False)
    minor = edits.change_mode(tune)
    assert edits.best_key(minor) == (0, True)
    back = edits.change_mode(minor)
    assert np.array_equal(back.pitch[~back.drum], tune.pitch[~tune.drum])
    assert np.array_equal(edits.to_mode(minor, minor=True).pitch, minor.pitch)
    assert np.array_equal(edits.to_mode(minor, minor=False).pitch, back.pitch)


def test_diatonic_pulls_notes_into_the_key(tune):
    wrong = edits.add_semitones(tune, 0.2, np.random.default_rng(0))
    pitched = edits.diatonic(wrong).select(~wrong.drum)
    assert np.isin(pitched.pitch % 12, edits.MAJOR_STEPS).all()


def test_durations_and_pedal(tune):
    short = edits.without_pedal(edits.scale_durations(tune, 0.3))
    held = edits.with_pedal(tune, 2.0)
    sounding = {name: (sounding_offset(n) - n.onset)[~n.drum].mean() for name, n in
                {"short": short, "tune": tune, "held": held}.items()}  # fmt: skip
    assert sounding["short"] < 0.5 * sounding["tune"]
    assert sounding["held"] > sounding["tune"]


def test_transposition_stays_on_the_keyboard(tune):
    assert np.array_equal(edits.transpose(tune, 3).pitch[~tune.drum], tune.pitch[~tune.drum] + 3)
    assert np.array_equal(edits.transpose(tune, 60).pitch, tune.pitch)


def test_tempo_scales_all_times(tune):
    fast = edits.change_tempo(tune, 2.0)
    assert np.allclose(fast.onset, tune.onset / 2)
    assert np.allclose(fast.pedal, tune.pedal / 2)
    assert len(cut(fast, 0, 8)) == len(tune)


def test_rubato_and_drift_bend_the_tempo_by_as_much_as_asked(tune):
    steps = np.unique(tune.onset)
    for bent, slow, fast in ((rubato(tune, 0.25, 4.0, 1.0), 1.25, 0.75), (drift(tune, 2.0), 1.44, 0.72)):
        ratio = np.diff(np.unique(bent.onset)) / np.diff(steps)
        assert ratio.max() == pytest.approx(slow, abs=0.05)
        assert ratio.min() == pytest.approx(fast, abs=0.05)
    assert drift(tune, 0.5).end == pytest.approx(tune.end)


def test_three_against_two_adds_an_even_three(tune):
    found = three_against_two(tune.select(~tune.drum))
    added = np.setdiff1d(np.round(found.onset, 6), np.round(tune.onset, 6))
    span = 2 * 0.25
    assert np.allclose(added / (span / 3), np.round(added / (span / 3)))
    assert len(added) == 2 * len(np.arange(0, 15.95, span))  # the first of each three falls on a note


def test_top_line(tune):
    top = melody(tune)
    assert set(tune.track[top]) == {0}
    assert top.sum() == 64
    assert set(only_top(tune).track) == {0, 2}
    assert set(without_top(tune).track) == {1, 2}
    alone = tune.select(top)
    assert len(without_top(alone)) == len(alone)
    louder = voice_top(tune, 20)
    assert set(louder.velocity[top]) == {100}
    assert set(louder.velocity[~top & ~tune.drum]) == {75}


def test_voicing(tune):
    chords = tune.select(tune.track == 1)
    assert np.ptp(wider(chords).pitch) > np.ptp(chords.pitch)
    back = closer(wider(chords))
    for onset in np.unique(back.onset):
        assert np.ptp(back.pitch[back.onset == onset]) < 12
    assert np.array_equal(np.sort(back.pitch % 12), np.sort(chords.pitch % 12))
    doubled = thicken(tune, 12, 1.0, np.random.default_rng(0))
    assert len(doubled) == len(tune) + 64
    assert (doubled.pitch[doubled.track == 0] >= 60).all()
