"""Works of the data kit that clips are cut from: what each is, its licence, and its side of the split."""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from training.notes import Integers, Notes, NotesError, read_maps, read_midi
from training.ratings.clusters import clusters

TRAINING, VALIDATION, TEST = "training", "validation", "test"

_GRAM = 8  # intervals in one fingerprint of a melody
_SHARED = 0.02  # share of the smaller work's fingerprints that two performances of one piece have in common
_SHARED_LEAST = 5


@dataclass(frozen=True)
class Collection:
    """A folder of the data kit.

    Attributes
    ----------
    folder, pattern : str
        Where its files are.
    licence, origin : str
        Under which licence it may be used, and where it comes from.
    trains : bool
        Whether a model that ships may learn from it.
    """

    folder: str
    pattern: str
    licence: str
    origin: str
    trains: bool


COLLECTIONS: Mapping[str, Collection] = {
    "piano_rolls": Collection("piano_rolls", "*.mid", "MIT", "pianoroll/pianolatron-data", True),
    "freedoom": Collection("freedoom", "*.mid", "BSD-3-Clause", "freedoom/freedoom", True),
    "lieder": Collection("lieder", "*.mxl", "CC0", "OpenScore/Lieder", True),
    "percepiano": Collection("percepiano/midi", "*.mid", "MIT", "JonghoKimSNU/PercePiano", True),
    "maps_disklavier": Collection("maps_disklavier", "*.tsv", "CC BY-NC-SA 2.0 FR", "MAPS, ENSTDkCl", False),
}


EVALUATED = ("maps_disklavier", "percepiano")
"""Collections that models are only tested on."""


@dataclass(frozen=True)
class Work:
    """One file of a collection, and the side of the split that it and all other versions of its piece are on."""

    collection: str
    path: Path
    split: str

    @property
    def name(self) -> str:
        """Identifier: ``collection/stem``."""
        return f"{self.collection}/{self.path.stem}"


def read_notes(path: Path) -> Notes:
    """Notes of a performance, whatever its format; `NotesError` names a file that cannot be used."""
    return read_maps(path) if path.suffix == ".tsv" else read_midi(path)


@lru_cache(maxsize=8)
def works(data: Path, collection: str) -> tuple[Work, ...]:
    """Works of one collection with their split, in the order of their names.

    The split hangs on a hash of the name alone: 10 % test, 10 % validation. Piano performances that share
    melodies are versions of one piece and stand on one side; the pieces of the collections that are kept for
    evaluation (MAPS and PercePiano) are always test.
    """
    files = _files(data, collection)
    if collection in EVALUATED:
        return tuple(Work(collection, path, TEST) for path in files)
    if collection != "piano_rolls":
        return tuple(Work(collection, path, _split(f"{collection}/{path.stem}")) for path in files)
    everything = [*files, *(path for evaluated in EVALUATED for path in _files(data, evaluated))]
    first = _pieces([_fingerprints(path) for path in everything])
    tested = set(first[len(files) :])
    split = {
        path: TEST if first[i] in tested else _split(f"piano_rolls/{everything[first[i]].stem}")
        for i, path in enumerate(files)
    }
    return tuple(Work(collection, path, split[path]) for path in files)


def _files(data: Path, collection: str) -> list[Path]:
    place = COLLECTIONS[collection]
    files = sorted((data / place.folder).glob(place.pattern))
    if not files:
        raise NotesError(f"{data / place.folder} holds no {place.pattern}: give the data kit's folder as --data")
    return files


def _split(name: str) -> str:
    digit = hashlib.sha256(name.encode()).digest()[0] % 10
    return TEST if digit == 0 else VALIDATION if digit == 1 else TRAINING


def _fingerprints(path: Path) -> set[int]:
    """Hashes of the runs of 8 melodic intervals in the top line: the same for any transposition and tempo."""
    try:
        notes = read_notes(path)
    except NotesError:
        return set()
    steps = np.diff(_top_line(notes)).astype(np.int8)
    runs = (steps[i : i + _GRAM] for i in range(len(steps) - _GRAM))
    return {zlib.crc32(run.tobytes()) for run in runs if len(set(run.tolist())) > 3}


def _top_line(notes: Notes) -> Integers:
    """Highest pitch of each onset cluster."""
    index = clusters(notes).index
    return np.maximum.reduceat(notes.pitch, np.flatnonzero(np.diff(index, prepend=-1)))


def _pieces(fingerprints: Sequence[set[int]]) -> list[int]:
    """For each work the index of the first work that is a version of the same piece."""
    holders: dict[int, list[int]] = defaultdict(list)
    for work, prints in enumerate(fingerprints):
        for one in prints:
            holders[one].append(work)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for group in holders.values():
        for second in range(len(group)):
            for first in range(second):
                shared[group[first], group[second]] += 1
    piece = list(range(len(fingerprints)))

    def root(work: int) -> int:
        while piece[work] != work:
            work = piece[work]
        return work

    for (first, second), count in shared.items():
        smaller = min(len(fingerprints[first]), len(fingerprints[second]))
        if count >= _SHARED_LEAST and count > _SHARED * smaller:
            low, high = sorted((root(first), root(second)))
            piece[high] = low
    return [root(work) for work in range(len(fingerprints))]
