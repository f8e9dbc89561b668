"""What claims do to a piece beyond the corpus' edits: each changes one thing and leaves the rest as it was."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from training.claims.material import SECONDS, Piece
from training.corpus.edits import scale_durations, without_pedal
from training.corpus.textures import move_octaves
from training.corpus.timings import add_threes
from training.notes import LOWEST, Floats, Notes, sounding_offset
from training.ratings.clusters import clusters

QUARTER = 0.5  # seconds, of `equal_quarters`
# Seconds between the notes of `mixed_intervals`, drawn in random order; their mean is a quarter.
INTERVALS = (0.25, 0.25, 0.375, 0.5, 0.75, 0.875)
_QUARTERS = round(SECONDS / QUARTER)
_TOUCH = 0.9  # share of an interval for which a key is held
_ON_BEAT = 0.05  # seconds within which a note is on a beat


def sounding_shorter(notes: Notes, factor: float) -> Notes:
    """Sound each note for ``factor`` of the time it sounds with the pedal, without pedal."""
    return scale_durations(without_pedal(replace(notes, key_up=sounding_offset(notes))), factor)


def expressive(piece: Piece, rng: np.random.Generator) -> Notes:
    """Play a piece freely: each beat longer or shorter than the one before, and the bars' ends held back.

    The logarithm of the beats' lengths is a random walk that returns to its mean, of a standard deviation of 18 %,
    plus 20 % on the last beat of every fourth bar; onset clusters move by 15 ms around that.
    """
    beats = piece.beats
    pace = np.zeros(len(beats))
    for index in range(1, len(beats)):
        pace[index] = 0.6 * pace[index - 1] + rng.normal(0, 0.18 * 0.8)
    phrase = max(2, round(4 * piece.bar / np.diff(beats).mean()))
    pace[phrase - 1 :: phrase] += 0.2
    steps = np.diff(beats, append=2 * beats[-1] - beats[-2]) * np.exp(pace)
    played = np.concatenate([[0.0], np.cumsum(steps)])
    written = np.append(beats, 2 * beats[-1] - beats[-2])
    notes = piece.notes
    cluster = clusters(notes).index
    onset = np.interp(notes.onset, written, played) + rng.normal(0, 0.015, cluster[-1] + 1)[cluster]
    length = np.interp(notes.key_up, written, played) - np.interp(notes.onset, written, played)
    return replace(notes, onset=np.maximum(onset, 0), key_up=np.maximum(onset, 0) + length).ordered()


def syncopated(piece: Piece, share: float, rng: np.random.Generator) -> Notes:
    """Move a share of the notes on a beat later by half a beat, an eighth where the beat is a quarter."""
    notes, beats = piece.notes, piece.beats
    nearest = np.abs(notes.onset[:, None] - beats[None, :]).argmin(axis=1)
    on = np.flatnonzero(np.abs(notes.onset - beats[nearest]) <= _ON_BEAT)
    moved = rng.choice(on, round(share * len(on)), replace=False)
    length = np.diff(beats, append=2 * beats[-1] - beats[-2])
    onset = notes.onset.copy()
    onset[moved] += length[nearest[moved]] / 2
    return replace(notes, onset=onset, key_up=onset + notes.key_up - notes.onset).ordered()


def three_against_two(piece: Piece) -> Notes:
    """Add three equal notes in the time of every two beats, below."""
    return add_threes(piece.notes, np.stack([piece.beats[:-2:2], piece.beats[2::2]], axis=1))


def equal_quarters(notes: Notes) -> Notes:
    """Play the onset clusters of the notes one after the other in equal quarters of 0.5 s, for a clip's length."""
    return _with_intervals(notes, np.full(_QUARTERS, QUARTER))


def mixed_intervals(notes: Notes, rng: np.random.Generator) -> Notes:
    """Play the same onset clusters as `equal_quarters` in the same time, at intervals from `INTERVALS`."""
    return _with_intervals(notes, np.concatenate([rng.permutation(INTERVALS) for _ in range(_QUARTERS // 6)]))


def _with_intervals(notes: Notes, intervals: Floats) -> Notes:
    index = clusters(notes).index
    played = notes.select(index < len(intervals))
    index = index[index < len(intervals)]
    onset = np.concatenate([[0.0], np.cumsum(intervals)])[index]
    return replace(played, onset=onset, key_up=onset + _TOUCH * intervals[index], pedal=np.empty((0, 2))).ordered()


def tritone_shifts(notes: Notes, period: float) -> Notes:
    """Transpose every other ``period`` seconds down by a tritone (up, where that would leave the keyboard)."""
    second = notes.onset // period % 2 == 1
    shift = -6 if notes.pitch.min() - 6 >= LOWEST else 6
    return replace(notes, pitch=notes.pitch + shift * second).ordered()


def scattered_by_octaves(notes: Notes, chosen: npt.NDArray[np.bool_], rng: np.random.Generator) -> Notes:
    """Move each chosen note by one or two octaves up or down, or not at all, within the keyboard."""
    return move_octaves(notes, rng.integers(-2, 3, len(notes)) * chosen)


def bars_shuffled(piece: Piece, rng: np.random.Generator) -> Notes:
    """Play the whole bars of a stretch in another order; a note goes with the bar it begins in."""
    notes = piece.notes
    bar = np.floor(notes.onset / piece.bar + 1e-6).astype(np.int64)
    whole = int(notes.end / piece.bar + 0.01)
    order = rng.permutation(whole)
    place = np.arange(max(int(bar.max()) + 1, whole))
    place[order] = np.arange(whole)
    shift = (place[bar] - bar) * piece.bar
    return replace(notes, onset=notes.onset + shift, key_up=notes.key_up + shift).ordered()
