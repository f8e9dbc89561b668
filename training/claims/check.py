"""The claims put to a model and to the ratings, and the table of what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from midlevel_app.model import Model
from training.claims.cases import Case, Version, distinct, identity
from training.claims.material import Material, gather
from training.claims.rating import rate_notes, rate_sounds
from training.claims.statements import STATEMENTS, Statement
from training.notes import Floats
from training.ratings import Calibration

Rate = Callable[[Sequence[Version]], Floats]
"""From versions to their ratings, (versions, features)."""


@dataclass(frozen=True)
class Outcome:
    """How one claim fared.

    Attributes
    ----------
    rate : float
        Share of the cases in which it held.
    change : float
        Median of what it was decided on, in rating points (rank correlation for the claim on rank order).
    by_kind : dict
        The rate by kind of piece; empty where it was not decided by piece.
    kept : bool
        Whether the rate is what the claim needs.
    by_construction : bool
        Whether it was not computed, because it cannot fail.
    """

    rate: float
    change: float
    by_kind: dict[str, float]
    kept: bool
    by_construction: bool = False


BY_CONSTRUCTION = Outcome(rate=1.0, change=0.0, by_kind={}, kept=True, by_construction=True)
"""Of ratings, for a claim about sound alone: they read notes."""


@dataclass(frozen=True)
class Result:
    """One claim with what it was decided on.

    Attributes
    ----------
    statement : Statement
    pieces, works : int
        How many cases, and of how many different works.
    ratings : Outcome
    model : Outcome or None
        None where no model was asked.
    """

    statement: Statement
    pieces: int
    works: int
    ratings: Outcome
    model: Outcome | None


def run(data: Path, calibration: Calibration, model: Model | None, soundfonts: tuple[Path, ...]) -> list[Result]:
    """Put all claims to the ratings and, if one is given, to a model.

    Parameters
    ----------
    data : Path
        The data kit.
    calibration : Calibration
        The scale of the computed ratings.
    model : Model or None
        Hears each clip, rendered dry on a piano that renders no clip of the training.
    soundfonts : tuple of Path
        Folders with soundfonts, besides the system's.
    """
    reads = partial(rate_notes, calibration=calibration)
    hears = partial(rate_sounds, model=model, soundfonts=soundfonts) if model is not None else None
    return check(gather(data), reads, hears)


def check(
    material: Material, reads: Rate, hears: Rate | None, statements: Sequence[Statement] = STATEMENTS
) -> list[Result]:
    """Return the result of each statement; ``reads`` rates notes, ``hears`` sound. Each version is rated once."""
    cases = {statement.number: statement.cases(material) for statement in statements}
    read = _table([case for s in statements if not s.of_sound for case in cases[s.number]], reads)
    heard = _table([case for found in cases.values() for case in found], hears) if hears else None
    return [
        Result(
            statement=statement,
            pieces=len(cases[statement.number]),
            works=len({case.work for case in cases[statement.number]}),
            ratings=BY_CONSTRUCTION if statement.of_sound else _outcome(statement, cases[statement.number], read),
            model=_outcome(statement, cases[statement.number], heard) if heard else None,
        )
        for statement in statements
    ]


def _table(cases: Sequence[Case], rate: Rate) -> dict[object, Floats]:
    """Return the ratings of all versions by their identity."""
    versions = distinct(cases)
    return dict(zip(map(identity, versions), rate(versions), strict=True))


def _outcome(statement: Statement, cases: Sequence[Case], rated: dict[object, Floats]) -> Outcome:
    values = np.array([[rated[identity(version)] for version in case.versions] for case in cases])
    verdict = statement.judge.decide(values)
    by_kind = {}
    if len(verdict.held) == len(cases):
        kinds = np.array([case.kind for case in cases])
        by_kind = {str(kind): float(verdict.held[kinds == kind].mean()) for kind in np.unique(kinds)}
    rate = float(verdict.held.mean())
    return Outcome(rate, float(np.median(verdict.change)), by_kind, rate >= statement.needed)


def print_claims(results: Sequence[Result]) -> None:
    """Print a line a claim, then how many were kept, and of those that were not the rates by kind of piece."""
    print(
        f"{'claim (H: backed by listeners)':<86} {'expected':<9} {'pieces':>6} {'works':>5}  "
        f"{'ratings':>8} {'change':>7} {'kept':<12} {'model':>6} {'change':>7} kept"
    )
    for result in results:
        said = result.statement
        name = f"{said.number:2d} {'H' if said.human else ' '} {said.text}"
        print(
            f"{name:<86} {said.judge.expected:<9} {result.pieces:6d} {result.works:5d}  "
            f"{_cells(result.ratings):<29} {_cells(result.model) if result.model else ''}".rstrip()
        )
    for side in ("ratings", "model"):
        outcomes = {result.statement.number: getattr(result, side) for result in results}
        if all(outcomes.values()):
            lost = {number: outcome for number, outcome in outcomes.items() if not outcome.kept}
            print(f"{side}: {len(results) - len(lost)} of {len(results)} kept")
            for number, outcome in lost.items():
                kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in outcome.by_kind.items())
                print(f"  not kept: {number}, {outcome.rate:.2f} of the cases{f' ({kinds})' if kinds else ''}")


def _cells(outcome: Outcome) -> str:
    if outcome.by_construction:
        return " holds by construction"
    return f"{outcome.rate:8.2f} {outcome.change:+7.2f} {'yes' if outcome.kept else 'NO'}"
