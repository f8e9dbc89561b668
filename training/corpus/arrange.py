"""Songs with piano as scores, re-scored for other instruments: who plays which part, with or without drums."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.corpus.instruments import ENSEMBLES, SOLO
from training.notes import Floats, Integers, NotesError

_KICK, _SNARE, _CLOSED_HAT, _OPEN_HAT, _RIDE = 36, 38, 42, 46, 51


@dataclass(frozen=True)
class Score:
    """Notes as written.

    Attributes
    ----------
    onset, duration : (n,) float64
        Quarter notes.
    pitch : (n,) int64
    part : (n,) int64
        0 melody, 1 upper accompaniment, 2 bass.
    bar : float
        Length of a bar in quarter notes (of the first time signature).
    beat : float
        Length of a beat in quarter notes.
    """

    onset: Floats
    duration: Floats
    pitch: Integers
    part: Integers
    bar: float
    beat: float


@dataclass(frozen=True)
class Arrangement:
    """A score with its players.

    Attributes
    ----------
    score : Score
        With part 3 for the drums, if there are any.
    program : dict
        General MIDI program of each pitched part.
    """

    score: Score
    program: dict[int, int]


DRUMS = 3


def read_song(path: Path) -> Score:
    """Read a song for voice and piano from MusicXML; repeats are not played out.

    Raises
    ------
    NotesError
        If the score cannot be parsed or has under 30 notes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import partitura  # here, because it takes seconds to load and warns about its own dependencies

            parts = partitura.load_score(str(path)).parts
            arrays = [part.note_array(include_staff=True) for part in parts]
            signature = next(iter(parts[0].iter_all(partitura.score.TimeSignature)), None)
    except Exception as error:  # a parser over files from anywhere: whatever it meets, this score is unusable
        raise NotesError(f"{path} cannot be parsed: {error}") from error
    beats, beat_type = (signature.beats, signature.beat_type) if signature else (4, 4)
    onset = np.concatenate([array["onset_quarter"] for array in arrays]).astype(np.float64)
    duration = np.concatenate([array["duration_quarter"] for array in arrays]).astype(np.float64)
    pitch = np.concatenate([array["pitch"] for array in arrays]).astype(np.int64)
    role = np.concatenate([_role(array, first=i == 0 and len(arrays) > 1) for i, array in enumerate(arrays)])
    keep = (duration > 0) & np.isfinite(onset) & (pitch > 0)
    if keep.sum() < 30:
        raise NotesError(f"{path} holds only {keep.sum()} notes.")
    order = np.lexsort((pitch[keep], onset[keep]))
    compound = beat_type == 8 and beats % 3 == 0
    return Score(
        onset[keep][order] - onset[keep].min(),
        duration[keep][order],
        pitch[keep][order],
        role[keep][order],
        bar=beats * 4 / beat_type,
        beat=1.5 if compound else 4 / beat_type,
    )


def _role(array: np.ndarray, first: bool) -> Integers:
    """0 for the voice, 2 for the lowest staff of the piano, 1 for the rest."""
    if first:
        return np.zeros(len(array), np.int64)
    staff = array["staff"]
    return np.where(staff == staff.max(), 2, 1) if staff.max() > 1 else np.ones(len(array), np.int64)


def arrange(score: Score, rng: np.random.Generator) -> Arrangement:
    """Give the parts of a song to one instrument or to an ensemble, with drums for some."""
    if rng.random() < 0.2:
        program = int(rng.choice(SOLO))
        return Arrangement(score, {0: program, 1: program, 2: program})
    pools = ENSEMBLES[rng.integers(len(ENSEMBLES))]
    players = {part: int(rng.choice(pool)) for part, pool in enumerate(pools)}
    if rng.random() < 0.4:
        score = with_drums(score, rng)
    return Arrangement(score, players)


def with_drums(score: Score, rng: np.random.Generator) -> Score:
    """Add a drum pattern on the score's beats: sparse or busy, straight or with off-beats."""
    beats = np.arange(0.0, score.onset.max() + score.bar, score.beat)
    place = np.round((beats % score.bar) / score.beat).astype(np.int64)
    hits = [(beats[place == 0], _KICK), (beats[place % 2 == 1], _SNARE)]
    cymbal = int(rng.choice([_CLOSED_HAT, _RIDE, _OPEN_HAT]))
    density = rng.integers(1, 4)  # cymbals a beat
    hits += [(beats + k * score.beat / density, cymbal) for k in range(density)]
    if rng.random() < 0.5:  # a syncopated kick
        hits.append((beats[place == rng.integers(0, 4)] + score.beat * rng.choice([0.5, 0.75]), _KICK))
    onset = np.concatenate([times for times, _ in hits])
    pitch = np.concatenate([np.full(len(times), drum) for times, drum in hits])
    return Score(
        np.concatenate([score.onset, onset]),
        np.concatenate([score.duration, np.full(len(onset), 0.1)]),
        np.concatenate([score.pitch, pitch]),
        np.concatenate([score.part, np.full(len(onset), DRUMS)]),
        score.bar,
        score.beat,
    )
