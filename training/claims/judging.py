"""When a claim holds for a case: signs, ladders, small changes, rank order. Ratings in, verdicts out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.stats

from midlevel_app.features import NAMES
from training.notes import Floats

UP, DOWN = 1, -1
LEAST_MOVE = 0.1  # rating points; a smaller move in the right direction does not count


@dataclass(frozen=True)
class Verdict:
    """What came of the cases of a claim.

    Attributes
    ----------
    held : (n,) bool
        Whether the claim held; a value a case, for `same_order` a value a feature and version.
    change : (n,) float64
        What it was decided on.
    """

    held: npt.NDArray[np.bool_]
    change: Floats


@dataclass(frozen=True)
class Judge:
    """How a claim is decided.

    Attributes
    ----------
    feature : str
        The feature it is about, or ``"every feature"``.
    expected : str
        What `Verdict.change` must be: sign, or margin.
    decide : callable
        From the values of the cases' versions, (cases, versions, features), to a verdict.
    """

    feature: str
    expected: str
    decide: Callable[[Floats], Verdict]


def moves(feature: str, sign: int) -> Judge:
    """Hold where the feature moves in the direction ``sign`` from each version to the next, and by 0.1 in all.

    The change is the last version's rating minus the first's.
    """
    column = NAMES.index(feature)

    def decide(values: Floats) -> Verdict:
        own = values[:, :, column]
        change = own[:, -1] - own[:, 0]
        return Verdict(np.all(sign * np.diff(own, axis=1) > 0, axis=1) & (sign * change > LEAST_MOVE), change)

    return Judge(feature, f"> {LEAST_MOVE}" if sign > 0 else f"< -{LEAST_MOVE}", decide)


def stays(features: tuple[str, ...], margin: float) -> Judge:
    """Hold where no version moves any of the features by ``margin``; the change is the largest of their moves."""
    columns = [NAMES.index(name) for name in features]

    def decide(values: Floats) -> Verdict:
        own = values[:, :, columns]
        change = np.abs(own[:, 1:] - own[:, :1]).max(axis=(1, 2))
        return Verdict(change < margin, change)

    return Judge(features[0] if len(features) == 1 else "every feature", f"< {margin:g}", decide)


def moves_less(feature: str, other: str) -> Judge:
    """Hold where the feature moves less than the other; the change is the difference of their moves."""
    first, second = NAMES.index(feature), NAMES.index(other)

    def decide(values: Floats) -> Verdict:
        size = np.abs(values[:, -1] - values[:, 0])
        change = size[:, first] - size[:, second]
        return Verdict(change < 0, change)

    return Judge(feature, "< 0", decide)


def same_order(least: float) -> Judge:
    """Hold where Spearman's correlation of a version with the first is over ``least``, a value a feature and version.

    The change is that correlation.
    """

    def decide(values: Floats) -> Verdict:
        first = values[:, 0].T
        rho = [
            scipy.stats.spearmanr(plain, other).statistic
            for version in range(1, values.shape[1])
            for plain, other in zip(first, values[:, version].T, strict=True)
        ]
        change = np.nan_to_num(np.array(rho), nan=0.0)
        return Verdict(change > least, change)

    return Judge("every feature", f"rho > {least:g}", decide)
