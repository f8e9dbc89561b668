"""Edits of what sounds together: the top line, doublings, clusters, close and open voicing."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from training.notes import HIGHEST, LOWEST, Integers, Notes
from training.ratings.clusters import clusters
from training.ratings.melodiousness import top_line

_CLUSTER = 4  # adjacent semitones


def melody(notes: Notes) -> npt.NDArray[np.bool_]:
    """Return which notes are on the top line (n,) as the ratings find it; drums are not among them."""
    pitched = np.flatnonzero(~notes.drum)
    found = np.zeros(len(notes), np.bool_)
    if len(pitched):
        found[pitched[top_line(notes.select(pitched))]] = True
    return found


def only_top(notes: Notes) -> Notes:
    """Leave out all but the top line and the drums."""
    return notes.select(melody(notes) | notes.drum)


def without_top(notes: Notes) -> Notes:
    """Leave out the top line, unless it is all there is."""
    kept = ~melody(notes)
    return notes.select(kept) if (kept & ~notes.drum).any() else notes


def move_octaves(notes: Notes, octaves: Integers) -> Notes:
    """Move each note by so many octaves (n,): the other way where the keyboard ends, not at all where both ends do."""
    pitch = notes.pitch.copy()
    for way in (-12, 12):  # the second one wins
        moved = notes.pitch + way * octaves
        pitch = np.where((moved >= LOWEST) & (moved <= HIGHEST), moved, pitch)
    return replace(notes, pitch=np.where(octaves == 0, notes.pitch, pitch)).ordered()


def scatter_octaves(notes: Notes, share: float, rng: np.random.Generator) -> Notes:
    """Move a share of the top line by one or two octaves up or down."""
    octaves = rng.choice([-2, -1, 1, 2], len(notes))
    return move_octaves(notes, octaves * (melody(notes) & (rng.random(len(notes)) < share)))


def louder(notes: Notes, chosen: npt.NDArray[np.bool_], steps: float) -> Notes:
    """Strike the chosen notes (n,) ``steps`` velocity steps louder, or softer below 0."""
    return replace(notes, velocity=np.clip(np.round(notes.velocity + steps * chosen), 1, 127).astype(np.int64))


def voice_top(notes: Notes, steps: float) -> Notes:
    """Play the top line ``steps`` velocity steps louder (softer below 0), the rest a quarter as much the other way."""
    top = melody(notes)
    return louder(louder(notes, top, steps), ~top & ~notes.drum, -steps / 4)


def thicken(notes: Notes, below: int, share: float, rng: np.random.Generator) -> Notes:
    """Double a share of the top line ``below`` semitones lower, a little softer."""
    chosen = notes.select(melody(notes) & (rng.random(len(notes)) < share) & (notes.pitch - below >= LOWEST))
    added = replace(chosen, pitch=chosen.pitch - below, velocity=np.maximum(1, chosen.velocity - 6))
    return together(notes, added)


def add_clusters(notes: Notes, share: float, rng: np.random.Generator) -> Notes:
    """Add four adjacent semitones from its lowest note up to a share of the onsets."""
    pitched = notes.select(~notes.drum)
    first = np.flatnonzero(np.diff(clusters(pitched).index, prepend=-1))
    chosen = pitched.select(first[rng.random(len(first)) < share])
    step = np.tile(np.arange(1, _CLUSTER), len(chosen))
    stack = chosen.select(np.repeat(np.arange(len(chosen)), _CLUSTER - 1))
    stack = replace(stack, pitch=stack.pitch + step)
    return together(notes, stack.select(stack.pitch <= HIGHEST))


def closer(notes: Notes) -> Notes:
    """Raise the notes of each chord by octaves until all are less than an octave below its highest note."""
    pitched = np.flatnonzero(~notes.drum)
    pitch = notes.pitch.copy()
    if len(pitched):
        index = clusters(notes.select(pitched)).index
        top = np.maximum.reduceat(pitch[pitched], np.flatnonzero(np.diff(index, prepend=-1)))[index]
        pitch[pitched] += (top - pitch[pitched]) // 12 * 12
    return replace(notes, pitch=pitch).ordered()


def wider(notes: Notes) -> Notes:
    """Lower every second note of each chord, from the second highest on, by an octave: open position."""
    pitched = np.flatnonzero(~notes.drum)
    index = clusters(notes.select(pitched)).index
    order = np.lexsort((-notes.pitch[pitched], index))
    starts = np.flatnonzero(np.diff(index[order], prepend=-1))
    rank = np.arange(len(order)) - starts[index[order]] if len(order) else order
    lowered = pitched[order[rank % 2 == 1]]
    lowered = lowered[notes.pitch[lowered] - 12 >= LOWEST]
    pitch = notes.pitch.copy()
    pitch[lowered] -= 12
    return replace(notes, pitch=pitch).ordered()


def together(first: Notes, second: Notes) -> Notes:
    """Both sets of notes at once, with the first's pedal and programs."""
    return replace(
        first,
        onset=np.concatenate([first.onset, second.onset]),
        key_up=np.concatenate([first.key_up, second.key_up]),
        pitch=np.concatenate([first.pitch, second.pitch]),
        velocity=np.concatenate([first.velocity, second.velocity]),
        track=np.concatenate([first.track, second.track]),
        drum=np.concatenate([first.drum, second.drum]),
    ).ordered()
