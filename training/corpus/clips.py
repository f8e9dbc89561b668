"""Clips: which work, instruments and edits each is made from, and its notes. The same plan gives the same notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from training.corpus.arrange import arrange
from training.corpus.edits import EDITS, change_tempo, tidy, transpose
from training.corpus.instruments import PIANO, SOLO
from training.corpus.perform import perform, stretch
from training.corpus.scores import Score, song
from training.corpus.sources import MUSIC21, SCORES, TEST, TRAINING, VALIDATION, Work, read_notes
from training.errors import NotesError
from training.notes import Notes, cut

CLIP_SECONDS = 15.0
PREROLL = 1.0
"""Music before a clip that is played but not kept, so that a clip may begin amid sounding notes."""

SOURCE, PIANO_DOMAIN = "source", "piano"

_LEAST_NOTES = 12
_TRIES = 12
_CLIPS_A_WORK = 4  # consecutive clips from one work, so that a score is parsed once for several


@dataclass(frozen=True)
class Part:
    """One part of the corpus.

    Attributes
    ----------
    domain : str
        ``"source"`` (no acoustic piano) or ``"piano"``.
    split : str
        Side of the split.
    shares : dict
        Collections and their shares of the clips.
    soundfonts : tuple of str
        Sample sets, drawn in turn.
    clips : int
        Number of clips.
    edited : float
        Share of clips with one to three edits.
    ships : bool
        Whether a model that learns from the corpus may ship: then a part on the training side may hold only
        collections with `Collection.trains`, and a plan that breaks this is refused.
    """

    domain: str
    split: str
    shares: dict[str, float]
    soundfonts: tuple[str, ...]
    clips: int
    edited: float = 0.6
    ships: bool = True


_SOURCE_MIX = {"lieder": 0.5, "piano_rolls": 0.3, "freedoom": 0.2}

PARTS = (
    Part(SOURCE, TRAINING, _SOURCE_MIX, ("fluid", "musescore"), 12000),
    Part(SOURCE, VALIDATION, _SOURCE_MIX, ("csound",), 480),
    Part(SOURCE, TEST, _SOURCE_MIX, ("timgm",), 480),
    Part(
        PIANO_DOMAIN,
        TRAINING,
        {"piano_rolls": 0.65, "lieder": 0.25, "percepiano": 0.1},
        ("fluid", "musescore", "honkytonk"),
        6000,
    ),
    Part(PIANO_DOMAIN, VALIDATION, {"piano_rolls": 0.65, "lieder": 0.35}, ("csound",), 400),
    Part(PIANO_DOMAIN, TEST, {"piano_rolls": 0.65, "lieder": 0.25, "percepiano": 0.1}, ("timgm", "kawai"), 800),
)
"""The corpus. Works and sample sets stand on one side only; the source has no acoustic piano in it at all."""

_FROM_FREEPATS = ("honkytonk", "kawai")

SCORES_PARTS = tuple(
    replace(
        part,
        shares={MUSIC21: 1.0},
        soundfonts=tuple(font for font in part.soundfonts if font not in _FROM_FREEPATS),
        ships=False,
    )
    for part in PARTS
)
"""The same from music21's scores and Debian's sample sets alone, for those without the data kit; not for a model that
ships."""


@dataclass(frozen=True)
class Clip:
    """What a clip is made from; with the data kit it gives the same notes again.

    Attributes
    ----------
    name : str
        Identifier: ``domain-split-number``.
    domain, split, work, licence, soundfont : str
    edits : tuple of str
        Names from `edits.EDITS`.
    seed : int
        Seeds everything random about the clip.
    """

    name: str
    domain: str
    split: str
    work: str
    licence: str
    soundfont: str
    edits: tuple[str, ...]
    seed: int


def draw_edits(share: float, rng: np.random.Generator) -> tuple[str, ...]:
    """One to three edits for a ``share`` of the clips, none for the rest."""
    if rng.random() >= share:
        return ()
    count = int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))
    return tuple(str(name) for name in rng.choice(list(EDITS), count, replace=False))


def make_notes(work: Work, clip: Clip, cache: Path | None = None) -> Notes:
    """Notes of a clip, from ``PREROLL`` seconds before it to its end.

    The same work and clip give the same notes in any process, in any order, with and without a cache.

    Parameters
    ----------
    work : Work
    clip : Clip
    cache : Path, optional
        Folder in which parsed scores are kept (see `training.corpus.scores.song`); without it a score is parsed
        again whenever another work came between.

    Raises
    ------
    NotesError
        If the work cannot be read, or no stretch of it has enough notes.
    """
    rng = np.random.default_rng(clip.seed)
    length = PREROLL + CLIP_SECONDS
    for _ in range(_TRIES):
        if work.collection in SCORES:
            part = stretch(_score(work.path, cache), length, rng)
            if len(part.score.onset) < _LEAST_NOTES:  # all rests, say
                continue
            arranged = arrange(part.score, clip.domain == PIANO_DOMAIN, rng)
            notes = perform(arranged, part.rate, part.closes, rng)
            players = set(arranged.program.values())
            notes = _on_one_track(notes, players.pop()) if len(players) == 1 and not notes.drum.any() else notes
        else:
            tempo = float(np.exp(rng.normal(0, 0.2)))
            whole = _performance(work.path)
            start = rng.uniform(0, max(0.1, whole.end - length * tempo))
            notes = change_tempo(cut(whole, start, start + length * tempo), tempo)
            if len(notes) < _LEAST_NOTES:
                continue
            notes = _instruments(notes, clip.domain, rng)
        if len(notes) < _LEAST_NOTES or notes.end < 0.8 * length:
            continue
        notes = transpose(tidy(notes), int(rng.integers(-5, 6)))
        for name in clip.edits:
            notes = EDITS[name](notes, rng)
        notes = cut(notes, 0.0, length)
        if (~cut(notes, PREROLL, length).drum).sum() >= _LEAST_NOTES:
            return notes
    raise NotesError(f"{work.path} has no stretch of {length:.0f} s with {_LEAST_NOTES} notes.", "too few notes")


def _instruments(notes: Notes, domain: str, rng: np.random.Generator) -> Notes:
    """Give a performance its instruments: piano, or anything but."""
    tracks = [int(track) for track in np.unique(notes.track)]
    if domain == PIANO_DOMAIN:
        return _on_one_track(notes, PIANO)
    if notes.drum.any() or len(tracks) > 2:  # a band's own programs, its pianos made electric
        return replace(notes, program={track: max(4, notes.program.get(track, 4)) for track in tracks})
    if rng.random() < 0.6:
        return _on_one_track(notes, int(rng.choice(SOLO)))
    high = notes.pitch >= np.median(notes.pitch)
    programs = {0: int(rng.choice(SOLO)), 1: int(rng.choice(SOLO))}
    return replace(notes, track=np.where(high, 0, 1), program=programs)


def _on_one_track(notes: Notes, program: int) -> Notes:
    return replace(notes, track=np.zeros_like(notes.track), program={0: program})


@lru_cache(maxsize=4)
def _score(path: Path, cache: Path | None) -> Score:
    return song(path, cache)


@lru_cache(maxsize=4)
def _performance(path: Path) -> Notes:
    return read_notes(path)


def draw_works(works: Sequence[Work], count: int, rng: np.random.Generator) -> list[Work]:
    """Return ``count`` works in runs of a few clips each, every work once before any comes again."""
    runs = -(-count // _CLIPS_A_WORK)
    rounds = -(-runs // len(works))
    order = np.concatenate([rng.permutation(len(works)) for _ in range(rounds)])[:runs]
    return [works[index] for index in np.repeat(order, _CLIPS_A_WORK)[:count]]
