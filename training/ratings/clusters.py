"""Onset clusters: notes struck together count as one event."""

from dataclasses import dataclass

import numpy as np

from training.notes import Floats, Integers, Notes

TOGETHER = 0.05  # seconds; onsets closer than this to the first of their cluster belong to it


@dataclass(frozen=True)
class Clusters:
    """Events of notes struck together.

    Attributes
    ----------
    time : (c,) float64
        Mean onset in seconds, ascending.
    accent : (c,) float64
        Root of the summed squared velocities, 1 for one note of velocity 64.
    index : (n,) int64
        The cluster of each note.
    """

    time: Floats
    accent: Floats
    index: Integers


def clusters(notes: Notes) -> Clusters:
    """Return the onset clusters of notes that are in order of onset."""
    index = np.zeros(len(notes), np.int64)
    first, number = -np.inf, -1
    for position, onset in enumerate(notes.onset.tolist()):
        if onset - first > TOGETHER:
            first, number = onset, number + 1
        index[position] = number
    size = np.bincount(index, minlength=number + 1)
    time = np.bincount(index, notes.onset, number + 1) / np.maximum(size, 1)
    energy = np.bincount(index, (notes.velocity / 64.0) ** 2, number + 1)
    return Clusters(time=time, accent=np.sqrt(energy), index=index)
