"""Computed ratings against what listeners said: PercePiano's performances and rated chords."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midlevel_app.features import NAMES
from training.notes import Floats, Notes, NotesError, read_midi
from training.ratings import dissonance
from training.ratings.calibration import Calibration
from training.ratings.sounding import sounding
from training.ratings.terms import TERM_NAMES, raw_terms

Labels = list[str]
# Feature, column of PercePiano, and whether the column's high pole is the feature's.
SCALES = (
    ("articulation", "articulation_short_long", False),
    ("rhythmic_stability", "timing_stable_unstable", False),
    ("minorness", "mood_pleasant_dark", True),
)
FITTED = ("articulation", "rhythmic_stability")  # features whose weights may be learned from the listeners


@dataclass(frozen=True)
class Agreement:
    """How well a computed rating agrees with listeners, as Pearson's r.

    Attributes
    ----------
    feature, scale : str
        What was computed, and what listeners were asked.
    overall : float
        Over all clips.
    within, between : float
        Over the clips' differences from the mean of their passage (or data set), and over those means.
    clips : int
        How many.
    """

    feature: str
    scale: str
    overall: float
    within: float
    between: float
    clips: int


@dataclass(frozen=True)
class Performances:
    """PercePiano: the terms of its performances (clips, terms), its passages, and listeners' means by scale."""

    terms: Floats
    passage: Labels
    material: Labels
    scales: dict[str, Floats]


def check(data: Path) -> list[Agreement]:
    """Return the agreement of each feature for which the data kit has listeners' judgements.

    Terms are standardised on the checked clips. Rows marked "fitted" have their weights learned by least
    squares from all other passages: their r is out of fold.

    Raises
    ------
    NotesError
        If the kit's files are missing or damaged.
    """
    performances = read_percepiano(data / "percepiano")
    values = Calibration.fit(performances.terms).composites(performances.terms)
    rows = []
    for name, scale, same in SCALES:
        human = performances.scales[scale] * (1 if same else -1)
        label = scale if same else f"- {scale}"
        rows.append(agreement(name, label, values[:, NAMES.index(name)], human, performances.passage))
        if name in FITTED:
            fitted = out_of_fold(name, performances, human)
            rows.append(agreement(f"{name} (fitted)", label, fitted, human, performances.passage))
    rows.append(check_chords(data / "chords" / "ratings.csv"))
    return rows


def agreement(feature: str, scale: str, computed: Floats, human: Floats, group: Labels) -> Agreement:
    """Return Pearson's r of two values of the same clips: overall, within groups and between them."""
    _, index = np.unique(group, return_inverse=True)
    size = np.bincount(index)

    def means(value: Floats) -> Floats:
        return np.asarray(np.bincount(index, value) / size)

    return Agreement(
        feature=feature,
        scale=scale,
        overall=_pearson(computed, human),
        within=_pearson(computed - means(computed)[index], human - means(human)[index]),
        between=_pearson(means(computed), means(human)),
        clips=len(human),
    )


def _pearson(first: Floats, second: Floats) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def read_percepiano(folder: Path) -> Performances:
    """Return PercePiano's terms and listeners' ratings.

    Its Schubert passages of 16 bars hold two of 8 bars each; the three share one `material`, so that a fold
    never meets the notes it was fitted on.
    """
    rows = _read_table(folder / "ratings.csv")
    terms = np.array([raw_terms(read_midi(folder / "midi" / row["midi"])) for row in rows])
    passage, material = [], []
    for row in rows:
        match = re.fullmatch(r"(.+)_(8|16)bars_\w+?_(\d+)\.mid", row["midi"])
        if match is None:
            raise NotesError(f"{folder / 'ratings.csv'} names {row['midi']}, which is not a passage of PercePiano.")
        work, bars, number = match.group(1), match.group(2), int(match.group(3))
        passage.append(f"{work} {bars} {number}")
        material.append(f"{work} {(number + 1) // 2 if bars == '8' and 'Schubert' in work else number}")
    scales = {scale: np.array([float(row[scale]) for row in rows]) for _, scale, _ in SCALES}
    return Performances(terms=terms, passage=passage, material=material, scales=scales)


def out_of_fold(name: str, performances: Performances, human: Floats) -> Floats:
    """Return predictions of a scale from a feature's terms, each passage's by weights from all the others."""
    columns = [index for index, term in enumerate(TERM_NAMES) if term.startswith(f"{name}.")]
    terms = performances.terms[:, columns]
    terms = np.column_stack([(terms - terms.mean(axis=0)) / terms.std(axis=0), np.ones(len(terms))])
    material = np.array(performances.material)
    result = np.zeros(len(human))
    for held_out in np.unique(material):
        out = material == held_out
        weights = np.linalg.lstsq(terms[~out], human[~out], rcond=None)[0]
        result[out] = terms[out] @ weights
    return result


def check_chords(path: Path) -> Agreement:
    """Return the agreement of dissonance with rated chords, standardised within each data set."""
    rows = _read_table(path)
    group = [row["dataset"] for row in rows]
    found = [dissonance.terms(sounding(chord(row["midi_pitches"]))) for row in rows]
    terms = np.array([[values[name] for name in dissonance.WEIGHTS] for values in found])
    human = -np.array([float(row["consonance_rating"]) for row in rows])
    standard = _within(group)
    weights = np.array(list(dissonance.WEIGHTS.values()))
    computed = np.column_stack([standard(column) for column in terms.T]) @ weights
    overall = _pearson(computed, standard(human))
    return Agreement("dissonance", "- consonance of chords", overall, overall, np.nan, len(rows))


def _within(group: Labels) -> Callable[[Floats], Floats]:
    """Return the function that standardises values within each group."""
    _, index = np.unique(group, return_inverse=True)
    size = np.bincount(index)

    def standard(value: Floats) -> Floats:
        centred = value - (np.bincount(index, value) / size)[index]
        return np.asarray(centred / np.sqrt(np.bincount(index, centred**2) / size)[index])

    return standard


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
            return list(csv.DictReader(file))
    except OSError as error:
        raise NotesError(f"{path} cannot be read: {error.strerror}. Is --data the data kit?") from error


def print_table(rows: list[Agreement]) -> None:
    """Print the agreements, one row each."""
    print(f"{'feature':<28} {'listeners':<26} {'all':>6} {'within':>7} {'between':>8} {'clips':>6}")
    for row in rows:
        between = f"{row.between:8.2f}" if np.isfinite(row.between) else f"{'-':>8}"
        print(f"{row.feature:<28} {row.scale:<26} {row.overall:6.2f} {row.within:7.2f} {between} {row.clips:6d}")
