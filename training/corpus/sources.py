"""Works that clips are cut from: what each is, its licence, and its side of the split."""

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from training.corpus.versions import fingerprints, same_piece
from training.errors import NotesError
from training.notes import Notes, read_maps, read_midi

TRAINING, VALIDATION, TEST = "training", "validation", "test"

MUSIC21 = "music21"


@dataclass(frozen=True)
class Collection:
    """A folder of the data kit, or the scores that come with the package music21.

    Attributes
    ----------
    folder : str
        Where its files are: within the data kit, or within music21's ``corpus``.
    patterns : tuple of str
        Which files of the folder belong to it.
    licence, origin : str
        Under which licence it may be used, and where it comes from.
    trains : bool
        Whether a model that ships may learn from it.
    """

    folder: str
    patterns: tuple[str, ...]
    licence: str
    origin: str
    trains: bool


_MUSIC21_SCORES = (
    "bach/*.mxl",
    "beethoven/*.mxl",
    "beethoven/*/*.mxl",
    "corelli/*/*.xml",
    "handel/*/*.mxl",
    "haydn/*/*.mxl",
    "joplin/*.mxl",
    "liliuokalani/*.mxl",
    "mozart/*/*.mxl",
    "schoenberg/*/*.mxl",
    "schumann_robert/*.mxl",
    "schumann_robert/*/*.mxl",
    "verdi/*.mxl",
    "weber/*.mxl",
)
_MUSIC21_KEYBOARD = (
    "music21/bach-bwv846",
    "music21/joplin-maple_leaf_rag",
    "music21/liliuokalani-aloha_oe",
    "music21/mozart-k545-movement1_exposition",
    "music21/schoenberg-opus19-movement2",
    "music21/schoenberg-opus19-movement6",
    "music21/schumann_robert-opus48no2",
    "music21/verdi-laDonnaEMobile",
)

COLLECTIONS: Mapping[str, Collection] = {
    "piano_rolls": Collection("piano_rolls", ("*.mid",), "MIT", "pianoroll/pianolatron-data", True),
    "freedoom": Collection("freedoom", ("*.mid",), "BSD-3-Clause", "freedoom/freedoom", True),
    "lieder": Collection("lieder", ("*.mxl",), "CC0", "OpenScore/Lieder", True),
    "percepiano": Collection("percepiano/midi", ("*.mid",), "MIT", "JonghoKimSNU/PercePiano", True),
    "maps_disklavier": Collection("maps_disklavier", ("*.tsv",), "CC BY-NC-SA 2.0 FR", "MAPS, ENSTDkCl", False),
    MUSIC21: Collection(
        ".",
        _MUSIC21_SCORES,
        "music in the public domain, encodings with permission (corelli: CC BY)",
        "scores of the package music21",
        False,
    ),
}
"""Of music21's scores, those in MusicXML by composers who died before 1952 and without a reservation of rights."""

SCORES = ("lieder", MUSIC21)
"""Collections of scores, to be arranged and performed; the others are performances."""


_EVALUATED = ("maps_disklavier", "percepiano")
# Share of the smaller work's fingerprints that versions of one piece have in common, by the kit's files. A roll and a
# song that share a run of 22 intervals have 0.15, others up to 0.125 of runs in scales and trills. Between two long
# performances chance reaches 0.02; versions of a piece differ in the top line, but hold thousands. The chorales of
# music21, of some thirty fingerprints each, share more cadences.
_SHARED: Mapping[str, float] = {
    "maps_disklavier": 0.02,
    "percepiano": 0.02,
    "piano_rolls": 0.02,
    "freedoom": 0.13,
    "lieder": 0.13,
    MUSIC21: 0.2,
}


@dataclass(frozen=True)
class Work:
    """One file of a collection.

    Attributes
    ----------
    collection : str
    path : Path
    split : str
        The side that it and all other versions of its piece are on.
    name : str
        Identifier: ``collection/stem``; for music21 ``music21/composer-folder-stem``.
    """

    collection: str
    path: Path
    split: str
    name: str


def read_notes(path: Path) -> Notes:
    """Notes of a performance, whatever its format; `NotesError` names a file that cannot be used."""
    return read_maps(path) if path.suffix == ".tsv" else read_midi(path)


@lru_cache(maxsize=8)
def works(data: Path, collection: str) -> tuple[Work, ...]:
    """Works of one collection with their split, in the order of their names.

    10 % test, 10 % validation, by a hash of the name of the first version of the piece: works that share melodies
    (`training.corpus.versions`), of whatever collections, are versions of one piece. Besides:

    - MAPS is test. In PercePiano, Beethoven's WoO 80 is test and Schubert's D 960 training. Other versions of these
      pieces stand on their side.
    - A score of music21 takes the side of the kit's versions of its piece, test before validation before training;
      it never decides theirs. Without one, what is for the keyboard is test, and the movements of one work stand
      together.

    Comparing melodies takes a few seconds, once a process.

    Raises
    ------
    NotesError
        If the folder holds no such files, or music21 is not installed.
    """
    files = _files(data, collection)
    if collection in _EVALUATED:
        sides = {name: _side(name) for name in files}
    elif collection == MUSIC21:
        sides = _sides_of_music21(data, files)
    else:
        sides = _sides_of_kit(data)
    return tuple(Work(collection, path, sides[name], name) for name, path in files.items())


@lru_cache(maxsize=1)
def _prints_of_kit(data: Path) -> dict[str, set[int]]:
    """Return the fingerprints of the kit's pieces by name, those kept for evaluation first."""
    prints: dict[str, set[int]] = {}
    others = (name for name in COLLECTIONS if name not in (*_EVALUATED, MUSIC21))
    for collection in (*_EVALUATED, *others):
        for name, path in _found(data, collection).items():
            # Of PercePiano's names the first two parts are composer and work, of which the file is a passage.
            piece = "_".join(name.split("_")[:2]) if collection == "percepiano" else name
            prints[piece] = prints.get(piece, set()) | fingerprints(path)
    return prints


def _first_versions(prints: dict[str, set[int]]) -> dict[str, str]:
    """Return for each work the name of the first version of its piece."""
    names = list(prints)
    shares = [_SHARED[name.split("/")[0]] for name in names]
    return {name: names[first] for name, first in zip(names, same_piece(list(prints.values()), shares), strict=True)}


@lru_cache(maxsize=1)
def _sides_of_kit(data: Path) -> dict[str, str]:
    """Return the sides of the kit's pieces by that of the first version, the pieces kept for evaluation before all."""
    return {name: _side(first) for name, first in _first_versions(_prints_of_kit(data)).items()}


def _sides_of_music21(data: Path, files: dict[str, Path]) -> dict[str, str]:
    """Return the sides of music21's scores by the kit's versions of their pieces, else by their own first version."""
    kit = _sides_of_kit(data)
    firsts = _first_versions(_prints_of_kit(data) | {name: fingerprints(path) for name, path in files.items()})
    taken: dict[str, set[str]] = {}
    for name, side in kit.items():
        taken.setdefault(firsts[name], set()).add(side)
    sides = {first: next(side for side in (TEST, VALIDATION, TRAINING) if side in of) for first, of in taken.items()}
    return {name: sides.get(firsts[name]) or _side(firsts[name]) for name in files}


def _files(data: Path, collection: str) -> dict[str, Path]:
    """Return the files of a collection as `_found` does; none are an error."""
    files = _found(data, collection)
    if not files:
        place = COLLECTIONS[collection]
        raise NotesError(
            f"{data / place.folder} holds no {' or '.join(place.patterns)}: give the data kit's folder as --data",
            "cannot be read",
        )
    return files


def _found(data: Path, collection: str) -> dict[str, Path]:
    """Return the files of a collection by the names of their works, in order."""
    place = COLLECTIONS[collection]
    folder = _music21_corpus() if collection == MUSIC21 else data / place.folder
    paths = [path for pattern in place.patterns for path in folder.glob(pattern)]
    named = {f"{collection}/{'-'.join(path.relative_to(folder).with_suffix('').parts)}": path for path in paths}
    return dict(sorted(named.items()))


def _music21_corpus() -> Path:
    """Return the folder of music21's scores, without importing music21."""
    found = importlib.util.find_spec("music21")
    if found is None or not found.submodule_search_locations:
        raise NotesError(
            "The package music21, whose scores are asked for, is not installed: pip install music21", "package missing"
        )
    return Path(found.submodule_search_locations[0]) / "corpus"


def _side(name: str) -> str:
    """Return the side of a work that stands alone or comes first among the versions of its piece."""
    if name.startswith("maps_disklavier/") or name in _MUSIC21_KEYBOARD:
        return TEST
    if name.startswith("percepiano/"):
        return TRAINING if name.startswith("percepiano/Schubert_D960") else TEST
    if name.startswith(f"{MUSIC21}/"):
        name = name.rsplit("-movement", 1)[0]
    digit = hashlib.sha256(name.encode()).digest()[0] % 10
    return TEST if digit == 0 else VALIDATION if digit == 1 else TRAINING
