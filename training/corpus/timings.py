"""Edits of when things happen: rubato, a tempo that drifts, three against two."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from training.corpus.textures import together
from training.notes import Floats, Notes
from training.ratings.clusters import clusters

_SHORTEST, _LONGEST = 0.45, 1.3  # seconds that three notes may take
_SOFTER = 4  # velocity steps of the added notes below what they are added to


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


def three_against_two(notes: Notes) -> Notes:
    """Add an even three to every two of the commonest steps between onsets (see `add_threes`).

    Music of fewer than three onsets stays as it is.
    """
    event = clusters(notes.select(~notes.drum))
    if len(event.time) < 3:
        return notes
    span = 2 * float(np.median(np.diff(event.time)))
    span *= 2.0 ** np.ceil(np.log2(_SHORTEST / span)) if span < _SHORTEST else 1.0
    span = min(span, _LONGEST)
    start = np.arange(event.time[0], notes.end, span)
    return add_threes(notes, np.stack([start, start + span], axis=1))


def add_threes(notes: Notes, spans: Floats) -> Notes:
    """Add three equal notes to each span (k, 2) of seconds, as a broken chord of the lowest note of the last onset."""
    pitched = notes.select(~notes.drum)
    if not len(pitched):
        return notes
    event = clusters(pitched)
    first = np.flatnonzero(np.diff(event.index, prepend=-1))  # the lowest note of each event: they are ordered so
    start, third = spans[:, 0], np.diff(spans, axis=1) / 3
    onset = (start[:, None] + third * np.arange(3)).ravel()
    under = first[np.maximum(0, np.searchsorted(event.time, np.repeat(start, 3) + 0.03) - 1)]
    low = pitched.select(under)
    shift = np.tile([0, 7, 12], len(start))
    added = replace(
        low,
        onset=onset,
        key_up=onset + 0.9 * np.repeat(third, 3),
        pitch=low.pitch + np.where(low.pitch < 48, shift, -shift[::-1]),
        velocity=np.maximum(1, low.velocity - _SOFTER),
    )
    return together(notes, added.select(onset < notes.end))
