"""Which works are versions of one piece: they share melodies, whatever their key, tempo and player."""

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.errors import NotesError
from training.notes import Integers, read_maps, read_midi
from training.ratings.clusters import clusters

_GRAM = 8  # intervals in one fingerprint of a melody
_SHARED_LEAST = 5  # fingerprints that two versions of a piece have in common
_STEPS = {b"C": 0, b"D": 2, b"E": 4, b"F": 5, b"G": 7, b"A": 9, b"B": 11}
_PITCH = re.compile(rb"<pitch>\s*<step>([A-G])</step>\s*(?:<alter>([-0-9.]+)</alter>\s*)?<octave>(\d)</octave>")


def fingerprints(path: Path) -> set[int]:
    """Return hashes of the runs of 8 melodic intervals in a work's melody: transposition leaves them as they are.

    The melody is the first part of a score (MusicXML), or the highest note of each onset of a performance, without
    drums. A file that cannot be read has none.
    """
    try:
        if path.suffix in (".mxl", ".xml"):
            melody = _first_part(path)
        else:
            notes = read_maps(path) if path.suffix == ".tsv" else read_midi(path)
            notes = notes.select(~notes.drum)
            index = clusters(notes).index
            melody = np.maximum.reduceat(notes.pitch, np.flatnonzero(np.diff(index, prepend=-1)))
    except (NotesError, OSError, StopIteration, zipfile.BadZipFile):
        return set()
    return _hashes(melody)


def _hashes(melody: Integers) -> set[int]:
    """Return hashes of the runs of intervals, but for those that repeat or alternate a few."""
    steps = np.diff(melody).astype(np.int8)
    runs = (steps[i : i + _GRAM] for i in range(len(steps) - _GRAM + 1))
    return {zlib.crc32(run.tobytes()) for run in runs if len(set(run.tolist())) > 3}


def _first_part(path: Path) -> Integers:
    """Return the pitches of a score's first part as they stand in the text: a parse takes a hundred times longer."""
    if path.suffix == ".mxl":
        with zipfile.ZipFile(path) as archive:
            text = archive.read(next(name for name in archive.namelist() if not name.startswith("META-INF")))
    else:
        text = path.read_bytes()
    found = _PITCH.findall(text[: text.find(b"</part>")])
    return np.array([12 * int(octave) + _STEPS[step] + float(alter or 0) for step, alter, octave in found], np.int64)


def same_piece(prints: Sequence[set[int]], shares: Sequence[float]) -> list[int]:
    """Return for each work the index of the first work that is a version of the same piece.

    Two works are versions if they have at least 5 fingerprints in common, and over a share of the smaller one's: the
    larger of the two works' ``shares``. Versions of a version count as well.
    """
    holders: dict[int, list[int]] = defaultdict(list)
    for work, own in enumerate(prints):
        for one in own:
            holders[one].append(work)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for group in holders.values():
        for second in range(len(group)):
            for first in range(second):
                shared[group[first], group[second]] += 1
    piece = list(range(len(prints)))

    def root(work: int) -> int:
        while piece[work] != work:
            work = piece[work]
        return work

    for (first, second), count in shared.items():
        smaller = min(len(prints[first]), len(prints[second]))
        if count >= _SHARED_LEAST and count > max(shares[first], shares[second]) * smaller:
            low, high = sorted((root(first), root(second)))
            piece[high] = low
    return [root(work) for work in range(len(prints))]
