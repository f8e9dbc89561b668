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
Row = tuple[int, dict[str, str]]  # a line's number and its cells

FITTED_WORK = "Schubert"  # of PercePiano's two; the weights are not fitted on the other
# Features that PercePiano's listeners were asked about, and the scale, whose other pole the feature is.
SCALES = {"articulation": "articulation_short_long", "rhythmic_stability": "timing_stable_unstable"}
DARK = "mood_pleasant_dark"  # its high pole goes with minorness


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
        True for the work on which weights are fitted, False for the other. The forms of the terms were chosen with
        both in view.
    scales : dict
        Listeners' means, 0 to 1, by the name of the scale: those of ``SCALES``, and ``DARK``.
    """

    terms: Floats
    passage: Labels
    material: Labels
    fitted: Mask
    scales: dict[str, Floats]


@dataclass(frozen=True)
class Chords:
    """Rated chords of several experiments.

    Attributes
    ----------
    terms : (chords, 4) float64
        Those of dissonance.
    unpleasant : (chords,) float64
        Minus the consonance rating, standardised within its experiment.
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
    path, wanted = folder / "ratings.csv", (*SCALES.values(), DARK)
    rows = _read_table(path, ("midi", *wanted))
    passage, material = [], []
    for line, row in rows:
        match = re.fullmatch(r"(.+)_(8|16)bars_\w+?_(\d+)\.mid", row["midi"])
        if match is None:
            raise NotesError(f"{path}, line {line}: {row['midi']!r} is not a passage of PercePiano.", "not a table")
        work, bars, number = match.group(1), match.group(2), int(match.group(3))
        passage.append(f"{work} {bars} {number}")
        pair = bars == "8" and FITTED_WORK in work
        material.append(f"{work} {(number + 1) // 2 if pair else number}")
    return Performances(
        terms=np.array([raw_terms(read_midi(folder / "midi" / row["midi"])) for _, row in rows]),
        passage=passage,
        material=material,
        fitted=np.array([FITTED_WORK in name for name in passage]),
        scales={scale: _ratings(path, rows, scale) for scale in wanted},
    )


def read_chords(path: Path) -> Chords:
    """Return the rated chords.

    Raises
    ------
    NotesError
        If the table cannot be read or is damaged.
    """
    rows = _read_table(path, ("dataset", "midi_pitches", "consonance_rating"))
    dataset = [row["dataset"] for _, row in rows]
    terms = []
    for line, row in rows:
        try:
            notes = chord(row["midi_pitches"])
        except ValueError as error:
            raise NotesError(f"{path}, line {line}: {error}.", "not a table") from error
        found = dissonance.terms(sounding(notes))
        terms.append([found[name] for name in dissonance.WEIGHTS])
    unpleasant = standardised_within(dataset, -_ratings(path, rows, "consonance_rating"))
    return Chords(terms=np.array(terms), unpleasant=unpleasant, dataset=dataset)


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
    """Return a chord of one second from MIDI pitches joined by "-"; `ValueError` if they are not."""
    if not re.fullmatch(r"\d+(-\d+)*", pitches):
        raise ValueError(f"{pitches!r} are not MIDI pitches joined by '-'")
    pitch = np.sort(np.array([int(number) for number in pitches.split("-")]))
    if pitch[-1] > 127:
        raise ValueError(f"{pitches!r} goes beyond pitch 127")
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


def _read_table(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Return the rows of a CSV file that has at least these columns."""
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotesError(f"{path} cannot be read: {error}. Is --data the data kit?", "cannot be read") from error
    if not rows:
        raise NotesError(f"{path} holds no ratings. Is --data the data kit?", "not a table")
    missing = [name for name in columns if name not in rows[0][1]]
    if missing:
        raise NotesError(f"{path}, line 1: there is no column {', '.join(missing)}.", "not a table")
    for line, row in rows:
        if None in row or None in row.values():
            raise NotesError(f"{path}, line {line}: there are not as many cells as in line 1.", "not a table")
    return rows


def _ratings(path: Path, rows: list[Row], column: str) -> Floats:
    """Return a column of ratings."""
    values = []
    for line, row in rows:
        try:
            values.append(float(row[column]))
        except ValueError as error:
            raise NotesError(
                f"{path}, line {line}: {row[column]!r} under {column} is not a number.", "not a table"
            ) from error
        if not np.isfinite(values[-1]):
            raise NotesError(f"{path}, line {line}: {row[column]!r} under {column} is no rating.", "not a table")
    return np.array(values)
