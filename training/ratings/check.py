"""Computed ratings against what listeners said: PercePiano's performances and rated chords."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midlevel_app.features import NAMES
from training.notes import Floats
from training.ratings import dissonance
from training.ratings.listeners import (
    DARK,
    FITTED_WORK,
    SCALES,
    Labels,
    Mask,
    Performances,
    less_means,
    read_chords,
    read_percepiano,
    standardised_within,
)
from training.ratings.terms import composites, standardised
from training.ratings.weights import chord_evidence, evidence, out_of_fold

SHIPPED, NOT_FITTED_ON = "shipped", "shipped, not fitted on"
OUT_OF_FOLD, NONE_FITTED = "out of fold", "none fitted"
NOTE = f"""\
Weights are fitted on {FITTED_WORK}'s passages alone, and on all chords; the forms of the terms were chosen with all
performances in view, so that no row is fully blind.
"""
# Reliability of the mean of PercePiano's listeners; nothing can correlate with that mean by more than its root.
RELIABILITY = {"timing_stable_unstable": 0.83, "articulation_short_long": 0.80, DARK: 0.85}


@dataclass(frozen=True)
class Agreement:
    """How well a computed rating agrees with listeners, as Pearson's r.

    Attributes
    ----------
    feature, scale : str
        What was computed, and what listeners were asked ("-" before it: the opposite).
    weights : str
        `SHIPPED` weights, on all clips or on those they were not fitted on (`NOT_FITTED_ON`); weights fitted on all
        other passages or data sets (`OUT_OF_FOLD`); or a scale to which no weights are fitted (`NONE_FITTED`). The
        forms of the terms were chosen with all of PercePiano in view.
    overall : float
        Over all clips.
    within, between : float
        Over the clips' differences from the mean of their passage (or data set), and over those means (nan: the
        means tell nothing).
    ceiling : float
        Root of the reliability of the mean ratings: the largest r there can be; nan if unknown.
    clips : int
        How many.
    """

    feature: str
    scale: str
    weights: str
    overall: float
    within: float
    between: float
    ceiling: float
    clips: int


def check(data: Path) -> list[Agreement]:
    """Return the agreement of each feature for which the data kit has listeners' judgements.

    Terms are on the corpus' scale, as in the ratings that ship.

    Raises
    ------
    NotesError
        If the kit's files are missing or damaged.
    """
    performances = read_percepiano(data / "percepiano")
    values = composites(standardised(performances.terms))
    everything, others = np.ones(len(values), np.bool_), ~performances.fitted
    rows = []
    for name, scale in SCALES.items():
        human, computed = -performances.scales[scale], values[:, NAMES.index(name)]
        predicted = out_of_fold(evidence(performances, name))
        for weights, value, chosen in (
            (SHIPPED, computed, everything),
            (NOT_FITTED_ON, computed, others),
            (OUT_OF_FOLD, predicted, everything),
        ):
            rows.append(_on_percepiano(name, f"- {scale}", weights, value, human, performances, chosen))
    dark, computed = performances.scales[DARK], values[:, NAMES.index("minorness")]
    rows.append(_on_percepiano("minorness", DARK, NONE_FITTED, computed, dark, performances, everything))
    return rows + check_chords(data / "chords" / "ratings.csv")


def _on_percepiano(
    feature: str, scale: str, weights: str, computed: Floats, human: Floats, performances: Performances, chosen: Mask
) -> Agreement:
    passage = [name for name, keep in zip(performances.passage, chosen, strict=True) if keep]
    ceiling = float(np.sqrt(RELIABILITY[scale.removeprefix("- ")]))
    return agreement(feature, scale, weights, computed[chosen], human[chosen], passage, ceiling)


def agreement(
    feature: str, scale: str, weights: str, computed: Floats, human: Floats, group: Labels, ceiling: float
) -> Agreement:
    """Return Pearson's r of two values of the same clips: overall, within groups and between them."""
    _, index = np.unique(group, return_inverse=True)
    size = np.bincount(index)

    def means(value: Floats) -> Floats:
        return np.asarray(np.bincount(index, value) / size)

    return Agreement(
        feature=feature,
        scale=scale,
        weights=weights,
        overall=_pearson(computed, human),
        within=_pearson(less_means(group, computed), less_means(group, human)),
        between=_pearson(means(computed), means(human)),
        ceiling=ceiling,
        clips=len(human),
    )


def check_chords(path: Path) -> list[Agreement]:
    """Return the agreement of dissonance with rated chords, standardised within each data set."""
    chords = read_chords(path)
    found = chord_evidence(chords)
    shipped = found.terms @ np.array(list(dissonance.WEIGHTS.values()))
    rows = []
    for weights, value in ((SHIPPED, shipped), (OUT_OF_FOLD, out_of_fold(found))):
        r = _pearson(standardised_within(chords.dataset, value), chords.unpleasant)
        rows.append(
            Agreement("dissonance", "- consonance of chords", weights, r, r, np.nan, np.nan, len(chords.dataset))
        )
    return rows


def _pearson(first: Floats, second: Floats) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def print_table(rows: list[Agreement]) -> None:
    """Print the agreements, one row each."""
    print(NOTE, end="")
    print("Pearson's r with the mean of the listeners; the ceiling is the root of that mean's reliability.")
    print(
        f"{'feature':<20} {'listeners':<26} {'weights':<22} "
        f"{'all':>5} {'within':>7} {'between':>8} {'ceiling':>8} {'clips':>6}"
    )
    for row in rows:
        between, ceiling = (
            f"{value:8.2f}" if np.isfinite(value) else f"{'-':>8}" for value in (row.between, row.ceiling)
        )
        print(
            f"{row.feature:<20} {row.scale:<26} {row.weights:<22} "
            f"{row.overall:5.2f} {row.within:7.2f} {between} {ceiling} {row.clips:6d}"
        )
