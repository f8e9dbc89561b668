"""Every edit does what its name says and nothing else."""

import numpy as np
import pytest

from training.corpus import edits
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


@pytest.mark.parametrize("name", edits.EDITS)
def test_edit_changes_the_notes_and_keeps_them_valid(tune, name):
    edited = edits.EDITS[name](tune, np.random.default_rng(4))
    assert len(edited) >= len(tune)
    assert (np.diff(edited.onset) >= 0).all()
    assert (edited.key_up > edited.onset).all()
    assert edited.pitch.min() >= 21
    assert edited.pitch.max() <= 108
    assert (edited.onset >= 0).all()
    assert edited.drum.sum() == tune.drum.sum()
    assert set(edited.pitch[edited.drum]) == {42}
    same = (
        len(edited) == len(tune)
        and np.array_equal(edited.onset, tune.onset)
        and np.array_equal(edited.key_up, tune.key_up)
        and np.array_equal(edited.pitch, tune.pitch)
        and np.array_equal(edited.pedal, tune.pedal)
    )
    assert same == (name == "diatonic")  # the tune holds no note outside its key


def test_key_and_mode(tune):
    assert edits.best_key(tune) == (0, False)
    minor = edits.change_mode(tune, np.random.default_rng(0))
    assert edits.best_key(minor) == (0, True)
    back = edits.change_mode(minor, np.random.default_rng(0))
    assert np.array_equal(back.pitch[~back.drum], tune.pitch[~tune.drum])


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
