"""The table of an experiment as CSV, Markdown and figures, from the scores that its runs left."""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from midlevel_app.features import FEATURES, NAMES
from midlevel_app.frontend import FrontEnd
from training import runs
from training.cost import network_cost
from training.errors import RunError
from training.evaluate import CURVE_OF_CLIPS, Score, SpreadScore
from training.experiment import SCORES, Experiment, Place
from training.figures import draw_bars, draw_dots, draw_groups
from training.fit import load_config
from training.networks import NetworkConfig
from training.notes import Floats
from training.trials import (
    CURVE_TEST,
    LISTENERS_TEST,
    PIANO_TEST,
    REAL_TEST,
    SAME_NOTES_TEST,
    SOURCE_TEST,
    UNEDITED_TEST,
)

TESTS = {
    "non-piano": SOURCE_TEST,
    "piano": PIANO_TEST,
    "unedited piano": UNEDITED_TEST,
    "Disklavier": REAL_TEST,
    "same notes rendered": SAME_NOTES_TEST,
    "listeners": LISTENERS_TEST,
    "curve, Disklavier": CURVE_TEST,
    "curve, piano": CURVE_OF_CLIPS,
}
"""The tests, by their names at the head of a column."""

_DRAWN = ("non-piano", "piano", "Disklavier")
_LABELS = {feature.name: feature.label.lower() for feature in FEATURES}
_DISCREPANCY = (
    "Mean discrepancy: the distance between what is said on average of the non-piano clips and of the piano clips, in "
    "rating points."
)
_COST = (
    "Field: seconds of sound that one value describes. Operations: multiplications, each with its addition, for a "
    "second of a long recording. Live: to compute each value alone, from its own field, as it falls due (torch, "
    "float32, one thread of the machine that wrote this table)."
)
_SPREAD = (
    "On the windows of the piano clips. rho: Spearman's correlation between spread and absolute error; error / spread: "
    "their root mean squares, 1 if the spread is as large as the error."
)


@dataclass(frozen=True)
class Measured:
    """One number of a row, measured of each of its seeds.

    Attributes
    ----------
    mean : float
    deviation : float or None
        Standard deviation over seeds (n - 1); None for one seed.
    """

    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Measured":
        """Return what the values of the seeds come to."""
        return cls(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)

    def __str__(self) -> str:
        """Return such as ``0.643 ± 0.012``."""
        return f"{self.mean:.3f}" + ("" if self.deviation is None else f" ± {self.deviation:.3f}")


@dataclass(frozen=True)
class RowScores:
    """What the runs of one row left.

    Attributes
    ----------
    name : str
    network : NetworkConfig
    frontend : FrontEnd
    scores : tuple of dict
        Of each seed: its scores by test.
    discrepancy : tuple of float
        Of each seed, in rating points.
    spreads : tuple of SpreadScore
        Of each seed; empty if the network says no spread.
    """

    name: str
    network: NetworkConfig
    frontend: FrontEnd
    scores: tuple[dict[str, Score], ...]
    discrepancy: tuple[float, ...]
    spreads: tuple[SpreadScore, ...]

    def mean_r(self, test: str) -> Measured:
        """Return the mean r over the features of a test."""
        return Measured.of([scores[test].mean_r for scores in self.scores])

    def r(self, test: str, feature: str) -> Measured:
        """Return r of one feature in a test that covers it."""
        return Measured.of([scores[test].r[feature] for scores in self.scores])


def write_table(experiment: Experiment, place: Place) -> None:
    """Write an experiment's table and figures into the folder of its runs.

    ``table.csv`` has a line for each row and test; ``table.md`` the tables to read; ``correlations``, ``features`` and
    ``discrepancy`` are figures, as PNG and as SVG.

    Raises
    ------
    RunError
        If runs are not scored yet (it names them), or their scores cannot be read.
    """
    rows = read_rows(experiment, place)
    _write_csv(rows, place.out / "table.csv")
    (place.out / "table.md").write_text(markdown(experiment, rows), encoding="utf-8")
    write_figures(rows, place.out)
    print(f"the table is in {place.out / 'table.md'}")


def read_rows(experiment: Experiment, place: Place) -> list[RowScores]:
    """Read the scores of all runs; `RunError` names the runs that have none."""
    missing = [
        f"{row.name}, seed {seed} ({place.run(row, seed)})"
        for row in experiment.rows
        for seed in experiment.seeds
        if not (place.run(row, seed) / SCORES).exists()
    ]
    if missing:
        raise RunError(f"not scored yet: {'; '.join(missing)}: run the experiment again, and it goes on there")
    rows = []
    for row in experiment.rows:
        folders = [place.run(row, seed) for seed in experiment.seeds]
        scores, discrepancies, spreads = zip(*[_read_scores(folder / SCORES) for folder in folders], strict=True)
        config = load_config(folders[0])
        said = tuple(spread for spread in spreads if spread is not None)
        rows.append(RowScores(row.name, config.network, config.frontend, scores, discrepancies, said))
    return rows


def _read_scores(path: Path) -> tuple[dict[str, Score], float, SpreadScore | None]:
    """Return the scores by test, the discrepancy and the score of the spread that `experiment.scored` left."""
    try:
        content = runs.read_json(path)
        scores = {entry["test"]: Score(**entry) for entry in content["scores"]}
        spread = content["spread"] and SpreadScore(**content["spread"])
        lacking = [test for test in TESTS.values() if test not in scores]
        if lacking:
            raise RunError(f"{path} lacks the test {'; '.join(lacking)}: remove it, and run the experiment again")
        return scores, float(content["discrepancy"]), spread
    except (KeyError, TypeError) as error:
        raise RunError(f"{path} holds no scores ({error}): remove it, and run the experiment again") from error


def _write_csv(rows: Sequence[RowScores], path: Path) -> None:
    header = ["row", "test", "ratings", "clips", "works", "seeds", "mean_r", "mean_r_sd"]
    header += [f"{name}_{what}" for name in NAMES for what in ("r", "r_sd")]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            for test in TESTS.values():
                score = row.scores[0][test]
                line: dict[str, Any] = {"row": row.name, "test": test, "ratings": score.ratings, "clips": score.clips}
                line |= {"works": score.works, "seeds": len(row.scores)}
                measured = {"mean_r": row.mean_r(test)} | {f"{name}_r": row.r(test, name) for name in score.r}
                for column, number in measured.items():
                    line |= {column: number.mean, f"{column}_sd": number.deviation}
                writer.writerow(line)


def markdown(experiment: Experiment, rows: Sequence[RowScores]) -> str:
    """Return the tables as Markdown: what was tested, the means, r by feature, the cost, and the spread of students."""
    parts = [f"# {experiment.title}", _tested(experiment, rows), "## Means", _means(rows)]
    for column in ("piano", "Disklavier"):
        lines = [[row.name, *(str(row.r(TESTS[column], name)) for name in NAMES)] for row in rows]
        parts += [f"## r by feature, {column}", _table(["", *_LABELS.values()], lines)]
    parts += ["## Cost", _costs(rows)]
    students = [row for row in rows if row.spreads]
    if students:
        parts += ["## How well a student's spread tells its error", _spreads(students)]
    return "\n\n".join(parts) + "\n"


def _tested(experiment: Experiment, rows: Sequence[RowScores]) -> str:
    """Say what the numbers are, and what each test is made of."""
    lines = []
    for column, test in TESTS.items():
        scores = [row.scores[0][test] for row in rows]
        things = "moments" if column.startswith("curve") else "clips"
        lines.append(
            f"* **{column}**: {test}; **{scores[0].ratings}** ratings; "
            f"{_range([score.clips for score in scores])} {things} of {_range([score.works for score in scores])} "
            f"work{'s' * any(score.works != 1 for score in scores)}"
        )
    seeds = len(experiment.seeds)
    shown = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "from one seed"
    return f"Pearson's r with the ratings, {shown}. Tests:\n\n" + "\n".join(lines)


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _means(rows: Sequence[RowScores]) -> str:
    heard = list(rows[0].scores[0][LISTENERS_TEST].r)
    clips = {column: test for column, test in TESTS.items() if test != LISTENERS_TEST}
    header = ["", "parameters", *clips, *(f"listeners: {_LABELS[name]}" for name in heard), "mean discrepancy"]
    lines = [
        [
            row.name,
            f"{network_cost(row.network, row.frontend).parameters:,}",
            *(str(row.mean_r(test)) for test in clips.values()),
            *(str(row.r(LISTENERS_TEST, name)) for name in heard),
            str(Measured.of(row.discrepancy)),
        ]
        for row in rows
    ]
    return f"{_table(header, lines)}\n\n{_DISCREPANCY}"


def _costs(rows: Sequence[RowScores]) -> str:
    lines = []
    for row in rows:
        cost = network_cost(row.network, row.frontend)
        numbers = (f"{cost.field:.2f}", f"{cost.rate:.4g}", f"{cost.operations:,.0f}", f"{100 * cost.live:.1f} %")
        lines.append([row.name, f"{cost.parameters:,}", *numbers])
    header = ["", "parameters", "field (s)", "values a second", "million operations", "live, of one core"]
    return f"{_table(header, lines)}\n\n{_COST}"


def _spreads(rows: Sequence[RowScores]) -> str:
    lines = []
    for row in rows:
        rho = [Measured.of([spread.rho[name] for spread in row.spreads]) for name in NAMES]
        ratio = [Measured.of([spread.error[name] / spread.spread[name] for spread in row.spreads]) for name in NAMES]
        lines += [[row.name, "rho", *map(str, rho)], [row.name, "error / spread", *map(str, ratio)]]
    return f"{_table(['', '', *_LABELS.values()], lines)}\n\n{_SPREAD}"


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, ["---"] * len(header), *lines])


def write_figures(rows: Sequence[RowScores], folder: Path) -> None:
    """Draw the mean r and the mean discrepancy of each row, and r by feature on piano."""
    names, seeds = [row.name for row in rows], len(rows[0].scores)
    note = f"(lines: ± standard deviation over {seeds} seeds)" if seeds > 1 else "(one seed)"
    drawn = {column: _array([row.mean_r(TESTS[column]) for row in rows]) for column in _DRAWN}
    title = f"Agreement with {rows[0].scores[0][PIANO_TEST].ratings} ratings"
    draw_dots(names, drawn, title, f"r, mean of the features {note}", folder / "correlations")
    by_row = {row.name: _array([row.r(PIANO_TEST, name) for name in NAMES]) for row in rows}
    draw_groups(list(_LABELS.values()), by_row, f"{title}, piano", f"r {note}", folder / "features")
    gaps = _array([Measured.of(row.discrepancy) for row in rows])
    title = "Mean discrepancy between non-piano and piano"
    draw_bars(names, gaps, title, f"rating points {note}", folder / "discrepancy")


def _array(measured: Sequence[Measured]) -> Floats:
    """Return (n, 2): means, and standard deviations, NaN for one seed."""
    return np.array([(one.mean, one.deviation) for one in measured], dtype=np.float64)
