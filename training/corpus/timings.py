"""Edits of when things happen: rubato, a tempo that drifts, three against two."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from training.corpus.textures import together
from training.notes import Floats, Notes
from training.ratings.clusters import clusters

_SHORTEST, _LONGEST = 0.45, 1.3  # seconds that three notes may take


def rubato(notes: Notes, depth: float, period: float, phase: float) -> Notes:
    """Let the tempo swing by up to ``depth`` of itself (below 1) each way, once in ``period`` seconds."""
    pulse = 2 * np.pi / period
    return _bent(notes, lambda time: time + depth / pulse * (np.sin(pulse * time + phase) - np.sin(phase)))


def drift(notes: Notes, ratio: float) -> Notes:
    """Let the tempo go steadily to ``ratio`` (not 1) times what it was at the start; the whole lasts as long."""
    whole = max(notes.end, float(notes.pedal.max(initial=1e-3)))
    return _bent(notes, lambda time: np.log1p((ratio - 1) * time / whole) / np.log(ratio) * whole)


def _bent(notes: Notes, clock: Callable[[Floats], Floats]) -> Notes:
    onset, key_up = clock(notes.onset), clock(notes.key_up)
    return replace(notes, onset=onset, key_up=key_up, pedal=clock(notes.pedal))


def three_against_two(notes: Notes, rng: np.random.Generator) -> Notes:
    """Add an even three to every two of the commonest steps between onsets, as a broken chord of the lowest notes.

    Music of fewer than three onsets stays as it is.
    """
    pitched = notes.select(~notes.drum)
    event = clusters(pitched)
    if len(event.time) < 3:
        return notes
    span = 2 * float(np.median(np.diff(event.time)))
    span *= 2.0 ** np.ceil(np.log2(_SHORTEST / span)) if span < _SHORTEST else 1.0
    span = min(span, _LONGEST)
    first = np.flatnonzero(np.diff(event.index, prepend=-1))  # the lowest note of each event: they are ordered so
    start = np.arange(event.time[0], notes.end, span)
    onset = (start[:, None] + span / 3 * np.arange(3)).ravel()
    under = first[np.maximum(0, np.searchsorted(event.time, np.repeat(start, 3) + 0.03) - 1)]
    low = pitched.select(under)
    shift = np.tile([0, 7, 12], len(start))
    pitch = low.pitch + np.where(low.pitch < 48, shift, -shift[::-1])
    added = replace(
        low,
        onset=onset,
        key_up=onset + 0.9 * span / 3,
        pitch=pitch,
        velocity=np.clip(low.velocity + rng.integers(-12, 5), 1, 127),
    )
    return together(notes, added.select(onset < notes.end))
