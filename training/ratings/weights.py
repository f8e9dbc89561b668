"""Weights of the terms, fitted to listeners by least squares that stay near a recipe and keep its signs.

What is fitted are differences within a passage, between performances of the same notes, or within an experiment: what
pieces differ by besides is not the performer's doing. The data is small (two works, 166 chords), so that a free fit
would learn those. The weights therefore minimise

    mean((y - Z w)^2) + ridge * |w - s r|^2    with w_i r_i >= 0,

Z the differences of the terms in standard deviations of the corpus, the scale on which ratings add them up, y those of
the judgements, r the recipe's weights and s the factor that suits them best.
The ridge is chosen by cross-validation with pieces as folds and the rule of one standard error: the largest whose
error out of fold is within one standard error of the least (Hastie, Tibshirani & Friedman 2009, section 7.10). It is
1 at most, where the recipe counts as much as listeners to terms that differ as in the corpus.

Only Schubert's passages of PercePiano are fitted to; the forms of the terms were chosen with all of it in view.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.notes import Floats
from training.ratings import articulation, dissonance, rhythmic_stability
from training.ratings.listeners import (
    SCALES,
    Chords,
    Labels,
    Mask,
    Performances,
    less_means,
    read_chords,
    read_percepiano,
)
from training.ratings.terms import TERM_NAMES, standardised

RIDGES = (1.0, 0.3, 0.1, 0.03)

RECIPES = {"articulation": articulation.RECIPE, "rhythmic_stability": rhythmic_stability.RECIPE}


@dataclass(frozen=True)
class Evidence:
    """What weights are fitted to.

    Attributes
    ----------
    terms : (n, terms) float64
        Of the clips or chords, on the corpus' scale.
    human : (n,) float64
        Listeners' judgements of the feature.
    group : list of str
        What is compared: passages, or experiments.
    fold : list of str
        What is held out together.
    recipe : dict
        Weights of the terms that the fit stays near to.
    """

    terms: Floats
    human: Floats
    group: Labels
    fold: Labels
    recipe: dict[str, float]

    def differences(self) -> "Evidence":
        """Return the evidence less the means of its groups, the judgements standardised."""
        terms = np.column_stack([less_means(self.group, term) for term in self.terms.T])
        human = less_means(self.group, self.human)
        return replace(self, terms=terms, human=human / human.std())

    def select(self, keep: Mask) -> "Evidence":
        """Return the clips under a mask."""
        group, fold = (np.array(labels)[keep].tolist() for labels in (self.group, self.fold))
        return replace(self, terms=self.terms[keep], human=self.human[keep], group=group, fold=fold)


def evidence(performances: Performances, name: str) -> Evidence:
    """Return what PercePiano's listeners say of articulation or rhythmic stability."""
    own = np.array([term.split(".")[0] == name for term in TERM_NAMES])
    terms, human = standardised(performances.terms[:, own], (name,)), -performances.scales[SCALES[name]]
    return Evidence(terms, human, performances.passage, performances.material, RECIPES[name])


def chord_evidence(chords: Chords) -> Evidence:
    """Return what listeners say of chords."""
    terms = standardised(chords.terms, ("dissonance",))
    return Evidence(terms, chords.unpleasant, chords.dataset, chords.dataset, dissonance.RECIPE)


def fitted_weights(data: Path) -> dict[str, dict[str, float]]:
    """Return the weights that the data kit's listeners give, of each feature fitted; |w| sums to 1, two decimals.

    Those of articulation and rhythmic stability come from PercePiano's Schubert alone; those of dissonance from all
    chords.

    Raises
    ------
    NotesError
        If the kit's files are missing or damaged.
    """
    performances = read_percepiano(data / "percepiano")
    heard = {name: evidence(performances, name).select(performances.fitted) for name in SCALES}
    heard["dissonance"] = chord_evidence(read_chords(data / "chords" / "ratings.csv"))
    return {name: _rounded(found.recipe, _fitted(found)) for name, found in heard.items()}


def out_of_fold(found: Evidence) -> Floats:
    """Return what the terms add up to, (n,), in each fold with ridge and weights from all other folds."""
    fold = np.array(found.fold)
    result = np.zeros(len(fold))
    for held_out in np.unique(fold):
        out = fold == held_out
        weights = _fitted(found.select(~out))
        result[out] = found.terms[out] @ (weights / np.abs(weights).sum())
    return result


def choose_ridge(found: Evidence) -> float:
    """Return the largest ridge whose error out of fold is within one standard error of the least."""
    compared = found.differences()
    fold = np.array(found.fold)
    errors = np.array([[_error(compared, fold == out, ridge) for out in np.unique(fold)] for ridge in RIDGES])
    mean = errors.mean(axis=1)
    least = int(np.argmin(mean))
    limit = mean[least] + errors[least].std(ddof=1) / np.sqrt(errors.shape[1])
    return next(ridge for ridge, error in zip(RIDGES, mean, strict=True) if error <= limit)


def _error(compared: Evidence, out: Mask, ridge: float) -> float:
    """Return the mean squared error on one fold of weights fitted on the others."""
    weights = near_recipe(compared.select(~out), ridge)
    return float(np.mean((compared.terms[out] @ weights - compared.human[out]) ** 2))


def near_recipe(compared: Evidence, ridge: float) -> Floats:
    """Return the weights (terms,) of compared evidence at a ridge: the minimum above."""
    from scipy.optimize import nnls

    prior = np.array(list(compared.recipe.values()))
    sign = np.sign(prior)
    guess = compared.terms @ prior
    scale = max(float(guess @ compared.human / (guess @ guess)), 0.0)
    pull = np.sqrt(ridge * len(guess))
    rows = np.vstack([compared.terms * sign, pull * np.eye(len(prior))])
    return np.asarray(sign * nnls(rows, np.concatenate([compared.human, pull * scale * np.abs(prior)]))[0])


def _fitted(found: Evidence) -> Floats:
    return near_recipe(found.differences(), choose_ridge(found))


def _rounded(recipe: dict[str, float], weights: Floats) -> dict[str, float]:
    """Return weights by name whose absolute values sum to 1, in hundredths; the largest takes what rounding leaves."""
    hundredths = np.round(100 * weights / np.abs(weights).sum())
    largest = int(np.argmax(np.abs(hundredths)))
    hundredths[largest] += np.sign(hundredths[largest]) * (100 - np.abs(hundredths).sum())
    return dict(zip(recipe, (hundredths / 100).tolist(), strict=True))
