"""Rarity: how seldom a set of pitch classes sounds in a large body of piano music."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from training.notes import Floats, Integers, Notes, cut, read_midi
from training.ratings.sounding import sounding

AUDIBLE = 0.25  # of the loudest tone's amplitude; a weaker tone is not part of the chord
PART = 60.0  # seconds of a piece that are counted at a time
TABLE = Path(__file__).with_name("rarity.csv")


@cache
def _shapes() -> Integers:
    """Return the shape of every set of pitch classes, (4096,): the least of its 12 transpositions' numbers."""
    numbers = np.arange(4096)
    turns = [(numbers >> step | numbers << (12 - step)) & 4095 for step in range(12)]
    return np.asarray(np.minimum.reduce(turns))


def shapes(pitches: Floats) -> Integers:
    """Return the shape of the chord at each moment of (t, 128) amplitudes: a number of 12 bits, 0 for silence."""
    loud = (pitches > 0) & (pitches >= AUDIBLE * pitches.max(axis=1, keepdims=True, initial=0))
    present = np.pad(loud, ((0, 0), (0, 4))).reshape(len(pitches), 11, 12).any(axis=1)
    return np.asarray(_shapes()[present @ (1 << np.arange(12))])


def count_shapes(pieces: Iterable[Notes]) -> Integers:
    """Return how many moments of the pieces have each shape of chord, (4096,)."""
    total = np.zeros(4096, np.int64)
    for piece in pieces:
        total += np.bincount(shapes(sounding(piece).pitches), minlength=4096)
    total[0] = 0
    return total


def write_table(count: Integers, files: int, path: Path) -> None:
    """Write the shapes and their surprisal in bits, one added to each count, as CSV; first, in how many files."""
    every = np.unique(_shapes())[1:]
    bits = -np.log2((count[every] + 1) / (count[every] + 1).sum())
    lines = [f"{shape},{value:.2f}\n" for shape, value in zip(every.tolist(), bits.tolist(), strict=True)]
    path.write_text(f"# counted in {files} files\nshape,bits\n" + "".join(lines))


def rebuild_table(files: Sequence[Path], path: Path = TABLE) -> None:
    """Count the chords of performances and write the table (half a minute for the piano rolls for training)."""
    write_table(count_shapes(parts(files)), len(files), path)


def parts(files: Iterable[Path]) -> Iterator[Notes]:
    """Yield the pieces in parts of a minute."""
    for file in files:
        notes = read_midi(file)
        for start in np.arange(0.0, notes.end, PART):
            yield cut(notes, start, start + PART)


@cache
def _table() -> Floats:
    bits = np.zeros(4096)
    shape, value = np.loadtxt(TABLE, delimiter=",", skiprows=2, unpack=True)
    bits[shape.astype(np.int64)] = value
    return bits


def surprise(pitches: Floats) -> Floats:
    """Return the surprisal in bits of the chord at each moment of (t, 128) amplitudes, (t,); 0 in silence.

    The table was counted with `rebuild_table` on the piano rolls on the training side of the split.
    """
    return np.asarray(_table()[shapes(pitches)])
