"""Cases of a claim: the versions of a piece, or the two pieces, that it compares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.claims.material import SECONDS, Piece
from training.corpus.instruments import TEST_PIANO
from training.notes import Notes, cut

OTHER_PIANO = "timgm"
PAIRS = 24

Change = Callable[[Piece, np.random.Generator], Notes]
Composer = Callable[[np.random.Generator], Piece]


@dataclass(frozen=True)
class Sound:
    """How notes become sound: with which piano, how many dB louder, and whether in a reverberant room."""

    piano: str = TEST_PIANO
    gain: float = 0.0
    room: bool = False


DRY = Sound()


@dataclass(frozen=True)
class Version:
    """What is rated once: notes, and how they sound."""

    notes: Notes
    sound: Sound = DRY


@dataclass(frozen=True)
class Case:
    """What a claim is decided on once.

    Attributes
    ----------
    work, kind : str
        What it is made from, as in `Piece`.
    versions : tuple of Version
        In the order in which a claim compares them.
    """

    work: str
    kind: str
    versions: tuple[Version, ...]


def edited(pieces: Sequence[Piece], *changes: Change) -> list[Case]:
    """Return each piece with its changes: the piece first. All changes of a piece get the same random numbers.

    What a change moves beyond a clip's 15 s is cut off.
    """
    return [
        Case(piece.work, piece.kind, (Version(piece.notes), *(_changed(piece, change, number) for change in changes)))
        for number, piece in enumerate(pieces)
    ]


def _changed(piece: Piece, change: Change, seed: int) -> Version:
    return Version(cut(change(piece, np.random.default_rng(seed)), 0.0, SECONDS))


def played(pieces: Sequence[Piece], *sounds: Sound) -> list[Case]:
    """Return each piece as it is, then in other sounds."""
    return [
        Case(piece.work, piece.kind, tuple(Version(piece.notes, sound) for sound in (DRY, *sounds))) for piece in pieces
    ]


def compared(*rows: Sequence[Piece]) -> list[Case]:
    """Return a case for each place of the rows of pieces, which are of one length."""
    return [
        Case(
            " / ".join(dict.fromkeys(piece.work for piece in column)),
            column[-1].kind,
            tuple(Version(piece.notes) for piece in column),
        )
        for column in zip(*rows, strict=True)
    ]


def composed(composer: Composer, count: int = PAIRS) -> list[Piece]:
    """Return so many pieces by the rules of one kind, each a work of its own."""
    pieces = [composer(np.random.default_rng(number)) for number in range(count)]
    return [replace(piece, work=f"{piece.work} {number}") for number, piece in enumerate(pieces, 1)]


def taken(pieces: Sequence[Piece], count: int = PAIRS) -> list[Piece]:
    """Return so many of the pieces in turn, from the first again when they are used up."""
    return [pieces[number % len(pieces)] for number in range(count)]


def distinct(cases: Sequence[Case]) -> list[Version]:
    """Return the versions of the cases, each that sounds the same once."""
    return list({identity(version): version for case in cases for version in case.versions}.values())


def identity(version: Version) -> tuple[object, ...]:
    """Return what tells versions apart: their notes' content, and their sound."""
    notes = version.notes
    arrays = (notes.onset, notes.key_up, notes.pitch, notes.velocity, notes.pedal)
    return (version.sound, *(array.tobytes() for array in arrays))
