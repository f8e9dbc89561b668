"""Clips: which work, instruments and edits each is made from, and its notes. The same plan gives the same notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from training.corpus.arrange import Score, arrange, read_song
from training.corpus.edits import EDITS, change_tempo, transpose
from training.corpus.instruments import PIANO, SOLO
from training.corpus.perform import perform
from training.corpus.sources import TEST, TRAINING, VALIDATION, Work, read_notes
from training.notes import Notes, NotesError, cut

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
        Share of clips with one or two edits.
    """

    domain: str
    split: str
    shares: dict[str, float]
    soundfonts: tuple[str, ...]
    clips: int
    edited: float = 0.6


_MIX = {"lieder": 0.4, "piano_rolls": 0.35, "freedoom": 0.25}

PARTS = (
    Part(SOURCE, TRAINING, _MIX, ("fluid", "musescore"), 4800),
    Part(SOURCE, VALIDATION, _MIX, ("timgm",), 480),
    Part(SOURCE, TEST, _MIX, ("timgm",), 480),
    Part(PIANO_DOMAIN, VALIDATION, {"piano_rolls": 1.0}, ("fluid",), 400),
    Part(PIANO_DOMAIN, TEST, {"piano_rolls": 1.0}, ("kawai", "musescore", "timgm", "honkytonk"), 800),
)
"""The small corpus. No sample set of the source's training plays in another part of the source, and no
acoustic piano in its training at all; works stand on one side only."""


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
    """One or two edits for a ``share`` of the clips, none for the rest."""
    if rng.random() >= share:
        return ()
    count = 1 if rng.random() < 0.6 else 2
    return tuple(str(name) for name in rng.choice(list(EDITS), count, replace=False))


def make_notes(work: Work, clip: Clip) -> Notes:
    """Notes of a clip, from ``PREROLL`` seconds before it to its end.

    Raises
    ------
    NotesError
        If no stretch of the work has enough notes.
    """
    rng = np.random.default_rng(clip.seed)
    length = PREROLL + CLIP_SECONDS
    for _ in range(_TRIES):
        if work.collection == "lieder":
            notes = perform(arrange(_song(work.path), rng), length, rng)
        else:
            tempo = float(np.exp(rng.normal(0, 0.2)))
            whole = _performance(work.path)
            start = rng.uniform(0, max(0.1, whole.end - length * tempo))
            notes = change_tempo(cut(whole, start, start + length * tempo), tempo)
            notes = _instruments(notes, clip.domain, rng)
        if len(notes) < _LEAST_NOTES or notes.end < 0.8 * length:
            continue
        notes = transpose(notes, int(rng.integers(-5, 6)))
        for name in clip.edits:
            notes = EDITS[name](notes, rng)
        notes = cut(notes, 0.0, length)
        if (~cut(notes, PREROLL, length).drum).sum() >= _LEAST_NOTES:
            return notes
    raise NotesError(f"{work.path} has no stretch of {length:.0f} s with {_LEAST_NOTES} notes.")


def _instruments(notes: Notes, domain: str, rng: np.random.Generator) -> Notes:
    """Give a performance its instruments: piano, or anything but."""
    tracks = [int(track) for track in np.unique(notes.track)]
    if domain == PIANO_DOMAIN:
        return replace(notes, track=np.zeros_like(notes.track), program={0: PIANO})
    if notes.drum.any() or len(tracks) > 2:  # a band's own programs, its pianos made electric
        return replace(notes, program={track: max(4, notes.program.get(track, 4)) for track in tracks})
    if rng.random() < 0.6:
        return replace(notes, track=np.zeros_like(notes.track), program={0: int(rng.choice(SOLO))})
    high = notes.pitch >= np.median(notes.pitch)
    programs = {0: int(rng.choice(SOLO)), 1: int(rng.choice(SOLO))}
    return replace(notes, track=np.where(high, 0, 1), program=programs)


@lru_cache(maxsize=4)
def _song(path: Path) -> Score:
    return read_song(path)


@lru_cache(maxsize=4)
def _performance(path: Path) -> Notes:
    return read_notes(path)


def draw_works(works: Sequence[Work], count: int, rng: np.random.Generator) -> list[Work]:
    """Return ``count`` works in runs of a few clips each, every work once before any comes again."""
    runs = -(-count // _CLIPS_A_WORK)
    rounds = -(-runs // len(works))
    order = np.concatenate([rng.permutation(len(works)) for _ in range(rounds)])[:runs]
    return [works[index] for index in np.repeat(order, _CLIPS_A_WORK)[:count]]
