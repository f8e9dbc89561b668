"""Each manipulation changes what it says, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from training.claims import manipulations as made
from training.claims import studies
from training.claims.material import SCORE, Piece, performed, piano
from training.corpus import textures
from training.notes import sounding_offset

BEAT = 0.5


@pytest.fixture
def piece():
    """Seven bars of four beats: a chord of two notes on each beat, and a high note after every second one."""
    beats = np.arange(28)
    onset = np.concatenate([beats, beats, beats[::2] + 0.5]) * BEAT
    pitch = np.concatenate([48 + beats % 5, 64 + beats % 7, 79 + beats[::2] % 3])
    order = np.lexsort((pitch, onset))
    notes = piano(onset[order], onset[order] + 0.4 * BEAT, pitch[order], np.full(len(order), 60))
    return Piece("made", SCORE, notes, (pitch >= 79)[order], np.arange(28) * BEAT, 4 * BEAT)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def rows(notes, *names):
    return sorted(zip(*(np.round(getattr(notes, name), 6).tolist() for name in names), strict=True))


def test_shorter_notes_sound_for_a_share_of_what_the_pedal_made_them(piece):
    pedalled = replace(piece.notes, pedal=np.array([[0.1, 6.0]]))
    shorter = made.sounding_shorter(pedalled, 0.3)
    before, after = (sounding_offset(notes) - notes.onset for notes in (pedalled, shorter))
    assert after == pytest.approx(np.maximum(0.3 * before, 0.03))
    assert before.max() > 0.5  # the pedal did hold some
    assert not len(shorter.pedal)
    assert rows(shorter, "onset", "pitch", "velocity") == rows(pedalled, "onset", "pitch", "velocity")


def test_a_third_of_the_notes_on_beats_moves_by_an_eighth(piece, rng):
    moved = made.syncopated(piece, 1 / 3, rng)
    on_beat = int((np.abs(piece.notes.onset % BEAT) < 1e-9).sum())
    stayed = set(rows(piece.notes, "onset", "pitch")) & set(rows(moved, "onset", "pitch"))
    new = set(rows(moved, "onset", "pitch")) - stayed
    assert len(new) == round(on_beat / 3)
    assert {(round(onset - BEAT / 2, 6), pitch) for onset, pitch in new} <= set(rows(piece.notes, "onset", "pitch"))
    assert np.all(moved.onset[:-1] <= moved.onset[1:])


def test_three_against_two_is_even_and_low(piece):
    more = made.three_against_two(piece)
    added = sorted(set(rows(more, "onset", "pitch")) - set(rows(piece.notes, "onset", "pitch")))
    onsets = np.array([onset for onset, _ in added])
    assert np.diff(onsets) == pytest.approx(2 * BEAT / 3, abs=1e-4)
    assert max(pitch for _, pitch in added) < 60
    assert set(rows(piece.notes, "onset", "pitch")) <= set(rows(more, "onset", "pitch"))


def test_mixed_intervals_play_the_same_notes_in_the_same_time(piece, rng):
    equal, mixed = made.equal_quarters(piece.notes), made.mixed_intervals(piece.notes, rng)
    assert rows(equal, "pitch", "velocity") == rows(mixed, "pitch", "velocity")
    steps, others = (np.unique(np.round(np.diff(np.unique(notes.onset)), 6)) for notes in (equal, mixed))
    assert steps == pytest.approx([made.QUARTER])
    assert others == pytest.approx(np.unique(made.INTERVALS))
    assert np.mean(made.INTERVALS) == made.QUARTER


def test_every_other_three_seconds_are_a_tritone_away(piece):
    shifted = made.tritone_shifts(piece.notes, 3.0)
    for notes_pitch, onset in rows(piece.notes, "pitch", "onset"):
        expected = notes_pitch - 6 if onset // 3 % 2 else notes_pitch
        assert (expected, onset) in rows(shifted, "pitch", "onset")


def test_melody_is_louder_or_scattered_alone(piece, rng):
    loud = textures.louder(piece.notes, piece.melody, 25)
    assert set((loud.velocity - piece.notes.velocity)[piece.melody]) == {25}
    assert set((loud.velocity - piece.notes.velocity)[~piece.melody]) == {0}
    assert textures.louder(piece.notes, piece.melody, 100).velocity.max() == 127
    scattered = made.scattered_by_octaves(piece.notes, piece.melody, rng)
    others = rows(piece.notes.select(~piece.melody), "onset", "pitch")
    assert set(others) <= set(rows(scattered, "onset", "pitch"))
    assert sorted(scattered.pitch % 12) == sorted(piece.notes.pitch % 12)
    assert scattered.pitch.max() <= 108
    assert rows(scattered, "onset", "pitch") != rows(piece.notes, "onset", "pitch")


def test_shuffled_bars_hold_the_same_notes(piece, rng):
    shuffled = made.bars_shuffled(piece, rng)
    assert rows(shuffled, "pitch", "velocity") == rows(piece.notes, "pitch", "velocity")

    def bars(notes):
        number = np.floor(notes.onset / piece.bar + 1e-6)
        return [rows(notes.select(number == bar), "pitch") for bar in range(7)]

    assert bars(shuffled) != bars(piece.notes)
    assert sorted(bars(shuffled)) == sorted(bars(piece.notes))
    lengths = [np.round(np.sort(notes.key_up - notes.onset), 6).tolist() for notes in (shuffled, piece.notes)]
    assert lengths[0] == lengths[1]


def test_expression_bends_time_and_keeps_the_notes(piece, rng):
    free = made.expressive(piece, rng)
    assert rows(free, "pitch", "velocity") == rows(piece.notes, "pitch", "velocity")
    steps = np.diff(np.unique(np.round(free.onset[np.isin(free.pitch, range(64))], 3)))
    assert steps[steps > 0.1].std() > 0.03
    assert (free.onset >= 0).all()


def test_melody_and_beats_of_a_performance_are_found():
    march = studies.march(np.random.default_rng(0))
    again = performed(march.notes, "march", "composed")
    assert 0.1 < again.melody.mean() < 0.6
    assert np.diff(again.beats).std() < 0.02
