"""Verdicts on given values: signs, ladders, small changes, rank order."""

import numpy as np
import pytest

from midlevel_app.features import NAMES
from training.claims.judging import DOWN, UP, moves, moves_less, same_order, stays


def values(*cases):
    """Return (cases, versions, features) from each version's articulation and minorness; all else is 5."""
    result = np.full((len(cases), len(cases[0]), len(NAMES)), 5.0)
    for number, case in enumerate(cases):
        for version, (articulation, minorness) in enumerate(case):
            result[number, version, NAMES.index("articulation")] = articulation
            result[number, version, NAMES.index("minorness")] = minorness
    return result


def test_a_move_needs_its_sign_at_every_step():
    asked = values([(3, 5), (4, 5), (6, 5)], [(3, 5), (6, 5), (5, 5)], [(3, 5), (3, 5), (3, 5)])
    assert moves("articulation", UP).decide(asked).held.tolist() == [True, False, False]
    assert moves("articulation", UP).decide(asked).change.tolist() == [3, 2, 0]
    assert moves("articulation", DOWN).decide(asked[:, ::-1]).held.tolist() == [True, False, False]


def test_a_move_too_small_to_see_does_not_count():
    asked = values([(3, 5), (3.05, 5), (3.09, 5)], [(3, 5), (3.05, 5), (3.2, 5)])
    assert moves("articulation", UP).decide(asked).held.tolist() == [False, True]


def test_small_changes_are_those_below_the_margin_in_every_version():
    asked = values([(3, 5), (3.2, 5), (2.7, 5)], [(3, 5), (3.0, 5.0), (3.0, 5.5)])
    assert stays(NAMES, 0.5).decide(asked).held.tolist() == [True, False]
    assert stays(("articulation",), 0.5).decide(asked).held.tolist() == [True, True]
    assert stays(NAMES, 0.5).decide(asked).change == pytest.approx([0.3, 0.5])


def test_one_feature_moves_less_than_another():
    asked = values([(3, 5), (6, 4)], [(3, 5), (3.5, 8)])
    assert moves_less("minorness", "articulation").decide(asked).held.tolist() == [True, False]


def test_rank_order_is_judged_by_feature_and_version():
    rng = np.random.default_rng(0)
    first = rng.normal(5, 1, (30, len(NAMES)))
    near, far = first + rng.normal(0, 0.1, first.shape), rng.normal(5, 1, first.shape)
    verdict = same_order(0.8).decide(np.stack([first, near, far], axis=1))
    assert verdict.held.tolist() == [True] * 7 + [False] * 7
    constant = same_order(0.8).decide(np.stack([first, first * 2 + 1], axis=1))
    assert constant.change == pytest.approx(np.ones(7))
