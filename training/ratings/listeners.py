"""What listeners said, beside the terms of what they heard: PercePiano's performances and rated chords."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import NotesError
from training.notes import Floats, Notes, read_midi
from training.ratings import dissonance
from training.ratings.sounding import sounding
from training.ratings.terms import raw_terms

Labels = list[str]
Mask = npt.NDArray[np.bool_]

FITTED_WORK = "Schubert"  # of PercePiano's two; the other is kept for evaluation


@dataclass(frozen=True)
class Performances:
    """PercePiano: 514 performances of passages of two works, with the means of about twelve listeners' ratings.

    Attributes
    ----------
    terms : (clips, terms) float64
        As in `raw_terms`.
    passage : list of str
        Which passage each clip is of.
    material : list of str
        The same for passages that share notes: a fold never meets the notes its weights were fitted on.
    fitted : (clips,) bool
        True for the work on which weights may be fitted, False for the one kept for evaluation.
    scales : dict
        Listeners' means, 0 to 1, by the name of the scale.
    """

    terms: Floats
    passage: Labels
    material: Labels
    fitted: Mask
    scales: dict[str, Floats]


@dataclass(frozen=True)
class Chords:
    """Rated chords of several experiments; everything is standardised within its experiment.

    Attributes
    ----------
    terms : (chords, 4) float64
        Those of dissonance.
    unpleasant : (chords,) float64
        Minus the consonance rating.
    dataset : list of str
    """

    terms: Floats
    unpleasant: Floats
    dataset: Labels


@lru_cache(maxsize=2)
def read_percepiano(folder: Path) -> Performances:
    """Return PercePiano's terms and listeners' ratings.

    Its Schubert passages of 16 bars hold two of 8 bars each; the three share one `material`.

    Raises
    ------
    NotesError
        If its files are missing or damaged.
    """
    rows = _read_table(folder / "ratings.csv")
    passage, material = [], []
    for row in rows:
        match = re.fullmatch(r"(.+)_(8|16)bars_\w+?_(\d+)\.mid", row["midi"])
        if match is None:
            raise NotesError(f"{folder / 'ratings.csv'} names {row['midi']}, which is not a passage of PercePiano.")
        work, bars, number = match.group(1), match.group(2), int(match.group(3))
        passage.append(f"{work} {bars} {number}")
        pair = bars == "8" and FITTED_WORK in work
        material.append(f"{work} {(number + 1) // 2 if pair else number}")
    return Performances(
        terms=np.array([raw_terms(read_midi(folder / "midi" / row["midi"])) for row in rows]),
        passage=passage,
        material=material,
        fitted=np.array([FITTED_WORK in name for name in passage]),
        scales={scale: np.array([float(row[scale]) for row in rows]) for scale in rows[0] if scale != "midi"},
    )


def read_chords(path: Path) -> Chords:
    """Return the rated chords.

    Raises
    ------
    NotesError
        If the table cannot be read.
    """
    rows = _read_table(path)
    dataset = [row["dataset"] for row in rows]
    found = [dissonance.terms(sounding(chord(row["midi_pitches"]))) for row in rows]
    terms = [np.array([values[name] for values in found]) for name in dissonance.WEIGHTS]
    unpleasant = -np.array([float(row["consonance_rating"]) for row in rows])
    return Chords(
        terms=np.column_stack([standardised_within(dataset, term) for term in terms]),
        unpleasant=standardised_within(dataset, unpleasant),
        dataset=dataset,
    )


def less_means(group: Labels, value: Floats) -> Floats:
    """Return values less the means of their groups."""
    _, index = np.unique(group, return_inverse=True)
    return np.asarray(value - (np.bincount(index, value) / np.bincount(index))[index])


def standardised_within(group: Labels, value: Floats) -> Floats:
    """Return values less the means of their groups, over their groups' standard deviations."""
    centred = less_means(group, value)
    _, index = np.unique(group, return_inverse=True)
    return np.asarray(centred / np.sqrt(np.bincount(index, centred**2) / np.bincount(index))[index])


def chord(pitches: str) -> Notes:
    """Return a chord of one second from MIDI pitches joined by "-"."""
    pitch = np.sort(np.array([int(number) for number in pitches.split("-")]))
    size = len(pitch)
    return Notes(
        onset=np.zeros(size),
        key_up=np.ones(size),
        pitch=pitch,
        velocity=np.full(size, 80),
        track=np.zeros(size, np.int64),
        drum=np.zeros(size, np.bool_),
        program={0: 0},
    )


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise NotesError(f"{path} cannot be read: {error.strerror}. Is --data the data kit?") from error
    if not rows:
        raise NotesError(f"{path} holds no ratings. Is --data the data kit?")
    return rows
