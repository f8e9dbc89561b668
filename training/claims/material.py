"""The pieces that claims are checked on: stretches of 15 s of works that train no model, as notes."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.corpus.edits import best_key
from training.corpus.scores import MELODY, Score, read_score
from training.corpus.sources import MUSIC21, TEST, Work, read_notes, works
from training.corpus.textures import melody
from training.errors import NotesError
from training.notes import Floats, Notes, cut, read_midi
from training.ratings.clusters import clusters
from training.ratings.keys import KRUMHANSL, correlations
from training.ratings.pulse import pulse

SECONDS = 15.0
SCORE, ROLL, DISKLAVIER, PASSAGE, COMPOSED = "score", "roll", "disklavier", "passage", "composed"

_SONGS, _ROLLS = 36, 60  # of the test side
_FEWEST, _MOST = 40, 300  # notes of a stretch
_SKIPPED = 20.0  # seconds at the beginning of a roll
_CLEAR = 0.08  # by how much the best key must fit better than its relative
_CHORALES = 8  # of Bach's
_PRELUDE, _RAG = "music21/bach-bwv846", "music21/joplin-maple_leaf_rag"
_SONATA, _SONATA_3 = "music21/mozart-k545-movement1_exposition", "maps_disklavier/MAPS_MUS-mz_545_3_ENSTDkCl"
_SCHOENBERG = ("music21/schoenberg-opus19-movement2", "music21/schoenberg-opus19-movement6")


@dataclass(frozen=True)
class Piece:
    """A stretch of a work as one pianist plays it.

    Attributes
    ----------
    work : str
        Which work it is of.
    kind : str
        `SCORE` (played as written), `ROLL`, `DISKLAVIER`, `PASSAGE` (of PercePiano) or `COMPOSED`.
    notes : Notes
        At most 15 s, all on one track.
    melody : (n,) bool
        Which notes are the melody: as written where the score says so, else the top line.
    beats : (b,) float64
        Times of the beats in seconds: as written, else tracked.
    bar : float
        Length of a bar in seconds; nan where nothing is written.
    """

    work: str
    kind: str
    notes: Notes
    melody: npt.NDArray[np.bool_]
    beats: Floats
    bar: float


@dataclass(frozen=True)
class Material:
    """What all claims draw on.

    Attributes
    ----------
    songs, rolls, disklavier : tuple of Piece
        One stretch of each work. Songs include the scores of music21.
    passages : tuple of (Piece, Piece)
        PercePiano's Beethoven: the passage as written, and as somebody played it.
    preludes, rags, mozart, schoenberg : tuple of Piece
        Several stretches each of the C major prelude of the Well-Tempered Clavier, the Maple Leaf Rag, the sonata
        K. 545, and Schoenberg's op. 19.
    """

    songs: tuple[Piece, ...]
    rolls: tuple[Piece, ...]
    disklavier: tuple[Piece, ...]
    passages: tuple[tuple[Piece, Piece], ...]
    preludes: tuple[Piece, ...]
    rags: tuple[Piece, ...]
    mozart: tuple[Piece, ...]
    schoenberg: tuple[Piece, ...]

    @cached_property
    def mixed(self) -> tuple[Piece, ...]:
        """Thirty pieces of all kinds."""
        return (*self.rolls[:12], *self.disklavier[:6], *self.songs[::3][:12])

    @cached_property
    def steady(self) -> tuple[Piece, ...]:
        """Pieces with a beat: scores, the performances with the clearest pulse, and a few free ones."""
        played = sorted((*self.rolls, *self.disklavier), key=lambda piece: -pulse(clusters(piece.notes)).clarity)
        return (*self.songs[::2][:16], *played[:10], *played[len(played) // 2 :: 10][:4])

    @cached_property
    def keyed(self) -> tuple[Piece, ...]:
        """Pieces of which it is known how long the keys are held, the pedal apart."""
        return (*self.rolls[:14], *self.songs[::2][:14])

    @cached_property
    def pedalled(self) -> tuple[Piece, ...]:
        """The fourteen rolls with the most pedal."""
        return tuple(sorted(self.rolls, key=lambda piece: -float(np.diff(piece.notes.pedal).sum()))[:14])

    def in_mode(self, minor: bool) -> tuple[Piece, ...]:
        """Thirty pieces of all kinds whose best key is clear, and is minor or major."""
        kinds = (self.rolls, self.disklavier, self.songs)
        found = [[piece for piece in pieces if _mode(piece.notes) is minor] for pieces in kinds]
        return (*found[0][:12], *found[1][:6], *found[2][:12])


def gather(data: Path) -> Material:
    """Return the pieces for all claims.

    Parameters
    ----------
    data : Path
        The data kit. Of its songs and piano rolls only those on the test side are used.

    Raises
    ------
    NotesError
        If the kit's files or the scores of music21 are missing.
    """
    lieder, rolls, scores = (_tested(data, collection) for collection in ("lieder", "piano_rolls", MUSIC21))
    named = {work.name: work for work in scores}
    chorales = [work for work in scores if work.name.startswith("music21/bach-bwv") and work.name != _PRELUDE]
    keyboard = [named[name] for name in (_SONATA, _PRELUDE, _RAG)]
    disklavier = tuple(_performed(works(data, "maps_disklavier"), DISKLAVIER))
    return Material(
        songs=(*_first_stretches([*keyboard, *chorales[:_CHORALES]]), *_first_stretches(_spread(lieder, _SONGS))),
        rolls=tuple(_performed(_spread(rolls, _ROLLS), ROLL)),
        disklavier=disklavier,
        passages=tuple(_passages(data)),
        preludes=tuple(_stretches(named[_PRELUDE], (0.6, 0.75, 0.9), 4)),
        rags=tuple(_stretches(named[_RAG], (0.6, 0.7), 6)),
        mozart=(
            *_stretches(named[_SONATA], (0.45, 0.55), 3),
            *(piece for piece in disklavier if piece.work == _SONATA_3),
        ),
        schoenberg=tuple(piece for name in _SCHOENBERG for piece in _stretches(named[name], (0.7, 0.9), 3)),
    )


def _tested(data: Path, collection: str) -> list[Work]:
    return [work for work in works(data, collection) if work.split == TEST]


def _spread(listed: Sequence[Work], count: int) -> list[Work]:
    """Return so many works from all over a list."""
    return [listed[place] for place in np.unique(np.linspace(0, len(listed) - 1, count).astype(np.int64))]


def _first_stretches(listed: Sequence[Work]) -> Iterator[Piece]:
    """Yield a lively stretch of each score that has one, at a tempo of its own, as written."""
    for number, work in enumerate(listed):
        with suppress(NotesError):
            score = read_score(work.path)
            beat = float(np.random.default_rng(number).uniform(0.45, 0.7))
            bars = int(score.onset.max() / score.bar)
            pieces = (played_as_written(score, bar, beat, work.name) for bar in range(bars // 4, max(bars - 3, 1)))
            piece = next((piece for piece in pieces if _lively(piece)), None)
            if piece is not None:
                yield piece


def _lively(piece: Piece) -> bool:
    """Whether a stretch is full, its beats are struck, more often than the places between, and it has a melody."""
    if not _FEWEST <= len(piece.notes) <= _MOST or piece.notes.onset[-1] < SECONDS - 2:
        return False
    half = np.diff(piece.beats).mean() / 2
    on, off = (_struck(piece.notes, times) for times in (piece.beats, piece.beats + half))
    return bool(on >= 0.75 and on > off + 0.1 and 0.1 <= piece.melody.mean() <= 0.7)


def _struck(notes: Notes, times: Floats) -> float:
    return float((np.abs(notes.onset[None, :] - times[:, None]).min(axis=1) < 0.01).mean())


def _stretches(work: Work, beats: Sequence[float], count: int) -> Iterator[Piece]:
    """Yield stretches of a score from ``count`` places on, at each of the given seconds a beat."""
    score = read_score(work.path)
    for beat in beats:
        last = max(0.0, (score.onset.max() - SECONDS / beat * score.beat) / score.bar)
        for start in sorted({int(place) for place in np.linspace(0, last, count)}):
            yield played_as_written(score, start, beat, work.name)


def played_as_written(score: Score, bar: int, beat: float, work: str) -> Piece:
    """Return 15 s of a score from a bar on, strictly in time, without pedal, ``beat`` seconds a beat.

    Notes are held for 95 % of their written length; velocity 64, 8 more for the melody, 6 for a beat, 6 for a bar.
    """
    pace = beat / score.beat  # seconds a quarter
    start = bar * score.bar
    # One key cannot be struck twice at once: the melody's note stays, else the longer one.
    order = np.lexsort((-score.duration, score.part != MELODY))
    _, first = np.unique(np.stack([score.onset[order], score.pitch[order]]), axis=1, return_index=True)
    own = order[first]
    own = own[(score.onset[own] >= start - 1e-6) & (score.onset[own] < start + SECONDS / pace)]
    place, part = score.onset[own] - start, score.part[own]
    velocity = 64 + 8 * (part == MELODY) + 6 * _multiple(place, score.beat) + 6 * _multiple(place, score.bar)
    onset = place * pace
    notes = piano(onset, onset + 0.95 * pace * score.duration[own], score.pitch[own], velocity)
    order = np.lexsort((notes.pitch, notes.onset))
    notes, voice = cut(notes.select(order), 0.0, SECONDS), (part == MELODY)[order]
    single = len(np.unique(notes.onset[voice])) > 0.9 * voice.sum()
    if len(notes) and not (voice.any() and single):  # the upper staff of a keyboard piece is more than its melody
        voice = melody(notes)
    beats = np.arange(0.0, SECONDS, beat)
    return Piece(work, SCORE, notes, voice, beats, score.bar * pace)


def _multiple(place: Floats, length: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs((place + length / 2) % length - length / 2) < 1e-3)


def piano(onset: npt.ArrayLike, key_up: npt.ArrayLike, pitch: npt.ArrayLike, velocity: npt.ArrayLike) -> Notes:
    """Return notes of one piano, without pedal, in the order given."""
    size = len(np.asarray(onset))
    return Notes(
        onset=np.asarray(onset, np.float64),
        key_up=np.asarray(key_up, np.float64),
        pitch=np.asarray(pitch, np.int64),
        velocity=np.asarray(velocity, np.int64),
        track=np.zeros(size, np.int64),
        drum=np.zeros(size, np.bool_),
        program={0: 0},
    )


def _performed(listed: Sequence[Work], kind: str) -> Iterator[Piece]:
    """Yield the first full stretch of each performance, after its beginning."""
    for work in listed:
        notes = read_notes(work.path)
        starts = np.arange(_SKIPPED if notes.end > 60 else 0.0, notes.end - SECONDS, SECONDS)
        parts = (cut(notes, start, start + SECONDS) for start in starts)
        full = (part for part in parts if _FEWEST <= len(part) <= _MOST and part.onset[-1] > SECONDS - 2)
        part = next(full, None)
        if part is not None:
            yield performed(part, work.name, kind)


def performed(notes: Notes, work: str, kind: str) -> Piece:
    """Return a performance as a piece: on one piano, its melody and beats found in the notes."""
    alone = replace(notes, track=np.zeros_like(notes.track), program={0: 0}).ordered()
    return Piece(work, kind, alone, melody(alone), pulse(clusters(alone)).beats, np.nan)


def _passages(data: Path) -> Iterator[tuple[Piece, Piece]]:
    """Yield each passage of PercePiano's Beethoven as written, with two of its performances."""
    files = sorted((data / "percepiano" / "midi").glob("Beethoven*.mid"))
    for written in (file for file in files if "_Score2_" in file.name):
        head, tail = written.name.split("_Score2_")
        players = [file for file in files if file.name.startswith(f"{head}_") and file.name.endswith(f"_{tail}")]
        human = [file for file in players if "Score" not in file.name]
        for chosen in human[:: max(1, len(human) - 1)][:2]:
            plain, free = (cut(read_midi(file), 0.0, SECONDS) for file in (written, chosen))
            yield performed(plain, head, PASSAGE), performed(free, head, PASSAGE)


def _mode(notes: Notes) -> bool | None:
    """Return whether the notes are in minor; None where the best key is hardly better than its relative."""
    tonic, minor = best_key(notes)
    share = np.bincount(notes.pitch % 12, np.minimum(notes.key_up - notes.onset, 1.0), 12)
    fit = correlations(share.astype(np.float64), KRUMHANSL)
    relative = (tonic + 3) % 12 if minor else 12 + (tonic - 3) % 12
    best = tonic + 12 * minor
    return minor if fit[best] - fit[relative] > _CLEAR else None
