"""Weights fitted to listeners: what the fit finds, what it keeps to, and that the shipped weights are its result."""

import numpy as np
import pytest

from training.ratings.terms import MODULES
from training.ratings.weights import RIDGES, Evidence, choose_ridge, fitted_weights, near_recipe, out_of_fold

RECIPE = {"a": 0.6, "b": -0.3, "c": 0.1}


def made(weights, noise, seed=0, size=300):
    """Return evidence of ten groups whose terms add up by the weights."""
    random = np.random.default_rng(seed)
    group = [str(number % 10) for number in range(size)]
    level = np.array([float(name) for name in group])
    terms = random.normal(size=(size, 3)) + level[:, None]
    human = (
        (terms - level[:, None]) @ weights
        + noise * random.normal(size=size)
        + random.normal(size=10)[level.astype(int)]
    )
    return Evidence(terms, human, group, group, RECIPE)


def share(weights):
    return weights / np.abs(weights).sum()


def test_clear_evidence_is_learned_without_the_groups_levels():
    true = np.array([0.2, -0.7, 0.1])
    found = made(true, 0.05)
    assert choose_ridge(found) == min(RIDGES)
    np.testing.assert_allclose(share(near_recipe(found.differences(), 1e-6)), true, atol=0.02)


def test_vague_evidence_leaves_the_recipe():
    found = made(np.array([0.2, -0.7, 0.1]), 20.0)
    assert choose_ridge(found) == max(RIDGES)
    np.testing.assert_allclose(share(near_recipe(found.differences(), 1e6)), list(RECIPE.values()), atol=1e-3)


def test_no_weight_changes_its_sign():
    found = near_recipe(made(np.array([0.5, 0.5, -0.5]), 0.1).differences(), 1e-6)
    assert found[0] > 0
    np.testing.assert_allclose(found[1:], 0)


def test_predictions_out_of_fold_do_not_see_their_fold():
    found = made(np.array([0.2, -0.7, 0.1]), 0.5)
    other = found.human.copy()
    own = np.array(found.fold) == "3"
    other[own] = np.random.default_rng(1).normal(size=own.sum())
    changed = Evidence(found.terms, other, found.group, found.fold, RECIPE)
    np.testing.assert_allclose(out_of_fold(changed)[own], out_of_fold(found)[own])
    assert not np.allclose(out_of_fold(changed)[~own], out_of_fold(found)[~own])


def test_the_shipped_weights_are_the_fitted_ones(kit):
    fitted = fitted_weights(kit)
    assert fitted.keys() == {"articulation", "rhythmic_stability", "dissonance"}
    for name, weights in fitted.items():
        assert weights == pytest.approx(MODULES[name].WEIGHTS), name
        assert sum(map(abs, weights.values())) == pytest.approx(1)
