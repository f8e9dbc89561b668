"""Choosing clips so that their ratings correlate as listeners' do, and that no work gives too many."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.special

from midlevel_app.features import NAMES
from training.errors import CorpusError
from training.notes import Floats, Integers
from training.ratings.calibration import CENTRE, SPREAD, Calibration

_TARGET = {
    ("melodiousness", "tonal_stability"): 0.55,
    ("melodiousness", "dissonance"): -0.60,
    ("melodiousness", "rhythmic_stability"): 0.30,
    ("melodiousness", "rhythmic_complexity"): -0.40,
    ("melodiousness", "articulation"): -0.35,
    ("melodiousness", "minorness"): -0.20,
    ("tonal_stability", "dissonance"): -0.55,
    ("tonal_stability", "rhythmic_stability"): 0.30,
    ("tonal_stability", "rhythmic_complexity"): -0.40,
    ("tonal_stability", "articulation"): -0.30,
    ("tonal_stability", "minorness"): -0.20,
    ("dissonance", "rhythmic_complexity"): 0.45,
    ("dissonance", "articulation"): 0.40,
    ("dissonance", "minorness"): 0.15,
    ("dissonance", "rhythmic_stability"): -0.25,
    ("rhythmic_complexity", "articulation"): 0.45,
    ("rhythmic_complexity", "rhythmic_stability"): -0.20,
    ("rhythmic_complexity", "minorness"): 0.0,
    ("articulation", "rhythmic_stability"): 0.10,
    ("articulation", "minorness"): -0.15,
    ("rhythmic_stability", "minorness"): -0.25,
}
"""Correlations between listeners' ratings, estimated from ratings of emotion: signs are solid, sizes are not."""

_MOST_OF_A_WORK = 2.0  # times the mean number of clips a work of its collection gives
_RIDGE = 1e-2
_LEAST = 1e-9  # chance of a candidate, so that every sum can be divided by


def human_target() -> Floats:
    """Return the (7, 7) correlations between listeners' ratings, in the order of the features."""
    matrix = np.eye(len(NAMES))
    for (first, second), value in _TARGET.items():
        row, column = NAMES.index(first), NAMES.index(second)
        matrix[row, column] = matrix[column, row] = value
    return matrix


def correlations_of(ratings: npt.ArrayLike) -> Floats:
    """Return the (7, 7) Pearson correlations between the columns of ratings (n, 7)."""
    return np.asarray(np.corrcoef(np.asarray(ratings, dtype=np.float64), rowvar=False))


def self_correlations(calibration: Calibration, terms: Floats) -> Floats:
    """Return Pearson's r between each rating and its uncalibrated composite over clips (n, terms), (7,).

    The rank order is the same by construction; r falls where few clips lie far from the others.
    """
    pairs = zip(calibration.rate(terms).T, calibration.composites(terms).T, strict=True)
    return np.array([np.corrcoef(rating, composite)[0, 1] for rating, composite in pairs])


def choose(
    ratings: Floats,
    works: Sequence[str],
    collections: Sequence[str],
    shares: dict[str, float],
    wanted: int,
    rng: np.random.Generator,
) -> Integers:
    """Choose clips so that the correlations between their ratings come near `human_target`.

    Each candidate gets a chance to be chosen, then candidates are drawn without replacement by systematic sampling in
    the order of their works. The chances have the greatest entropy among those whose expected second moments of the
    standardised ratings are the target, whose means are 0, and whose collections have their shares:

        p_i = logistic(c + b' z_i + z_i' A z_i + s[collection_i])

    with c, b, A, s from the convex dual problem and a small ridge on b, A and s, so that a target that the candidates
    cannot reach is approached without chances of 0 and 1 only. No work gives more than twice the mean of its
    collection's works.

    Parameters
    ----------
    ratings : (n, 7) float64
        1 to 10.
    works, collections : sequence of str
        Of each candidate.
    shares : dict
        Share of the chosen clips for each collection.
    wanted : int
        How many to choose.
    rng : Generator

    Returns
    -------
    (wanted,) int64
        Indices of the chosen candidates, ascending.

    Raises
    ------
    CorpusError
        If there are fewer candidates than wanted.
    """
    if len(ratings) < wanted:
        raise CorpusError(f"only {len(ratings)} candidates could be made for {wanted} clips")
    names, collection = np.unique(np.asarray(collections), return_inverse=True)
    share = np.array([shares[name] for name in names])
    chance = _chances((ratings - CENTRE) / SPREAD, collection, share / share.sum(), wanted)
    _, work = np.unique(np.asarray(works), return_inverse=True)
    chance = _bounded(chance, work, collection, wanted)
    return _systematic(chance, np.lexsort((work, collection)), wanted, rng)


def choose_evenly(count: int, wanted: int) -> Integers:
    """Return ``wanted`` of ``count`` indices, evenly spaced, ascending.

    Raises
    ------
    CorpusError
        If there are fewer than wanted.
    """
    if count < wanted:
        raise CorpusError(f"only {count} candidates could be made for {wanted} clips")
    return np.arange(wanted) * count // wanted


def _chances(z: Floats, collection: Integers, share: Floats, wanted: int) -> Floats:
    """Chance of each candidate to be chosen, (n,)."""
    upper = np.triu_indices(z.shape[1])
    moments = np.concatenate(
        [np.ones((len(z), 1)), z, z[:, upper[0]] * z[:, upper[1]], np.eye(len(share))[collection]], axis=1
    )
    goal = wanted * np.concatenate([[1.0], np.zeros(z.shape[1]), human_target()[upper], share])
    ridge = wanted * _RIDGE * np.concatenate([[0.0], np.ones(moments.shape[1] - 1)])

    def dual(weights: Floats) -> tuple[float, Floats]:
        score = moments @ weights
        value = np.logaddexp(0, score).sum() - goal @ weights + ridge @ weights**2 / 2
        return float(value), moments.T @ scipy.special.expit(score) - goal + ridge * weights

    found = scipy.optimize.minimize(dual, np.zeros(moments.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(scipy.special.expit(moments @ found.x))


def _bounded(chance: Floats, work: Integers, collection: Integers, wanted: int) -> Floats:
    """Chances that add up to ``wanted``, none above 1, lowered for works that would give too many clips."""
    chance = np.maximum(chance, _LEAST)
    clips_of_collection = np.bincount(collection, chance)
    works_of_collection = np.bincount(collection[np.unique(work, return_index=True)[1]])
    most = np.maximum(1.0, _MOST_OF_A_WORK * clips_of_collection / works_of_collection)[collection]
    for _ in range(50):  # what is cut off goes to the others, which may then pass their bounds
        chance = np.minimum(chance, 1.0)
        chance *= np.minimum(1.0, most / np.bincount(work, chance)[work])
        free = (chance < 1.0) & (np.bincount(work, chance)[work] < most * (1 - 1e-9))
        missing = wanted - chance.sum()
        if missing < 1e-9 * wanted or not free.any():
            break
        chance[free] *= 1 + missing / chance[free].sum()
    chance = np.minimum(chance, 1.0)
    missing = max(0.0, wanted - chance.sum())  # where the works are too few, all candidates share it
    return np.asarray(chance + (1 - chance) * missing / max(len(chance) - chance.sum(), 1e-9))


def _systematic(chance: Floats, order: Integers, wanted: int, rng: np.random.Generator) -> Integers:
    """Draw ``wanted`` candidates: equal steps with a random start along the chances, added up in this order."""
    edges = np.cumsum(chance[order])
    marks = (rng.random() + np.arange(wanted)) * (edges[-1] / wanted)
    return np.sort(order[np.searchsorted(edges, marks, side="right")])
