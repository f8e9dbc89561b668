"""An experiment: rows of a table, each a way of training, run from several seeds; read from TOML, resumable."""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from midlevel_app.frontend import FrontEnd
from training import runs
from training.adapt import adapt_norms
from training.config import overridden, read_toml
from training.corpus.clips import PIANO_DOMAIN
from training.corpus.processes import each
from training.corpus.sources import TRAINING
from training.datasets.corpus import load_corpus
from training.datasets.rated import joined
from training.errors import RunError
from training.evaluate import evaluate, listener_of_network, score_spread, score_windows
from training.fit import FitConfig, fit, load_network
from training.lessons import corpus_lessons, drawn, fewer
from training.networks import Network, NetworkConfig, rf_resnet, vggish
from training.predict import batches, predict
from training.refine import best_runs, refine
from training.trials import Trials, gather

SCORES = "scores.json"

Layout = Literal["", "rf-resnet", "vgg-ish"]
OWN_LAYOUT, RF_RESNET, VGGISH = get_args(Layout)
Labels = Literal["source", "teachers", "target"]
SOURCE_LABELS, TEACHERS_LABELS, TARGET_LABELS = get_args(Labels)


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    name : str
    fit : FitConfig
        With the seed still to be set.
    layout : str
        ``"rf-resnet"`` or ``"vgg-ish"``: start from the network of `rf_resnet` or `vggish`, of ``width`` channels and,
        for the first, with the receptive field that ``rho`` sets, and not from that of all rows.
    width, rho : int
    labels : str
        What is learnt from: ``"source"``; ``"teachers"`` (the source, and the target as networks of other rows rate
        it); ``"target"`` (both with their ratings: an upper bound, since an adapted network may not look at them).
    start : str
        Name of the row whose network of the same seed it learns on from; empty for none.
    teachers : tuple of str
        Names of the rows whose networks rate the target.
    best : int
        How many of these networks, the best by validation; 0 for all.
    norms : bool
        Not trained: the network of ``start``, with statistics of batch normalisation from the target.
    """

    name: str
    fit: FitConfig = field(default_factory=FitConfig)
    layout: Layout = ""
    width: int = 32
    rho: int = 6
    labels: Labels = "source"
    start: str = ""
    teachers: tuple[str, ...] = ()
    best: int = 0
    norms: bool = False


@dataclass(frozen=True)
class Experiment:
    """Rows to be compared.

    Attributes
    ----------
    title : str
    seeds : tuple of int
        Each row is run from each.
    source_clips, target_clips : int
        How many clips of the corpus are learnt from; 0 for all.
    rows : tuple of Row
    """

    title: str
    seeds: tuple[int, ...]
    source_clips: int
    target_clips: int
    rows: tuple[Row, ...]

    def row(self, name: str) -> Row:
        """Return a row by its name."""
        return next(row for row in self.rows if row.name == name)


@dataclass(frozen=True)
class Place:
    """Where an experiment finds its data and leaves its results.

    Attributes
    ----------
    corpus, data : Path
        The built corpus; the data kit.
    recordings : Path or None
        Folder of recordings of the target.
    soundfonts : tuple of Path
        Folders of sample sets, besides the system's.
    out : Path
        Folder of the runs, a folder each, and of the table.
    """

    corpus: Path
    data: Path
    recordings: Path | None
    soundfonts: tuple[Path, ...]
    out: Path

    def run(self, row: Row, seed: int) -> Path:
        """Return the folder of a run."""
        return self.out / "runs" / f"{_folder_name(row)}-{seed}"


def _folder_name(row: Row) -> str:
    return re.sub("[^a-z0-9]+", "-", row.name.lower()).strip("-")


def read_experiment(path: Path) -> Experiment:
    """Read an experiment from TOML.

    ``title``, ``seeds``, ``source_clips``, ``target_clips``; ``[fit]``, settings of all rows; and ``[[rows]]``, each
    with the fields of `Row`, in ``fit`` only what differs. A row may refer only to rows before it.

    Raises
    ------
    RunError
        For a file that cannot be read, an unknown key, a value of the wrong type, or rows that do not fit together.
    """
    content = read_toml(path)
    base = Row("", overridden(FitConfig(), content.pop("fit", {}), f"{path}, fit"))
    plain_rows = content.pop("rows", None)
    if not plain_rows or not isinstance(plain_rows, list):
        raise RunError(f"{path}: there are no rows: an experiment has at least one [[rows]]")
    rows = tuple(_read_row(base, plain, f"{path}, rows[{place}]") for place, plain in enumerate(plain_rows))
    experiment = overridden(Experiment(path.stem, (0,), 0, 0, rows), content, str(path))
    if not experiment.seeds or len(set(experiment.seeds)) < len(experiment.seeds):
        raise RunError(f"{path}: seeds must be at least one, each another")
    for place in range(len(rows)):
        problem = _problem(experiment, place)
        if problem:
            raise RunError(f"{path}, rows[{place}]: {problem}")
    return experiment


def _read_row(base: Row, content: Any, where: str) -> Row:
    """Read a row; what it sets of the network holds within its layout, too."""
    row = overridden(base, content, where)
    if not row.layout:
        return row
    if row.width < 1 or row.rho < 0:
        raise RunError(f"{where}: width must be at least 1, and rho at least 0")
    network = rf_resnet(row.width, row.rho) if row.layout == RF_RESNET else vggish(row.width)
    return overridden(replace(base, fit=replace(base.fit, network=network)), content, where)


def _problem(experiment: Experiment, place: int) -> str:
    """Say why a row cannot be run after those before it; empty if it can."""
    row, before = experiment.rows[place], experiment.rows[:place]
    missing = {name for name in (row.start, *row.teachers) if name} - {other.name for other in before}
    if missing:
        return f"there is no row {', '.join(sorted(missing))} before it"
    if not _folder_name(row) or _folder_name(row) in map(_folder_name, before):
        return "each row needs a name of its own, in letters or digits"
    if row.layout == OWN_LAYOUT and (row.width, row.rho) != (Row.width, Row.rho):
        return "width and rho need a layout"
    if (row.labels == TEACHERS_LABELS) != bool(row.teachers) or (row.best and not row.teachers):
        return 'labels = "teachers", teachers, and best go together'
    teachers = len(row.teachers) * len(experiment.seeds)
    if row.teachers and (row.best == 1 or teachers < 2):
        return "a spread needs at least two teachers: other rows, or several seeds"
    if not 0 <= row.best <= teachers:
        return f"best must lie between 0 and the number of teachers, {teachers}"
    if any(experiment.row(name).fit.frontend != row.fit.frontend for name in row.teachers):
        return "its teachers hear through another front end"
    if row.best and any(experiment.row(name).norms for name in row.teachers):
        return "rows with norms are not trained, so none of them is the best by validation"
    if row.norms and (not row.start or row.labels != SOURCE_LABELS):
        return "norms need a start and no labels"
    if row.start and _shape(experiment.row(row.start)) != _shape(row):
        return f"its network has another shape than that of {row.start}, which it learns on from"
    return ""


def _shape(row: Row) -> tuple[NetworkConfig, FrontEnd]:
    """Return what a row and the one it learns on from have in common."""
    return replace(row.fit.network, spread=False), row.fit.frontend


def run_experiment(experiment: Experiment, place: Place, jobs: int) -> None:
    """Do all runs that are not done, and score each; runs that others build on come first.

    A run's folder gets what `fit` leaves there, and ``scores.json``. Stopped at any moment, it goes on there.
    `RunError` if the folder of a run holds the scores of one that was made otherwise.

    Parameters
    ----------
    experiment : Experiment
    place : Place
    jobs : int
        Processes, of one thread each.
    """
    for frontend in {row.fit.frontend for row in experiment.rows}:  # once, before the processes
        corpus_lessons(place.corpus, place.recordings, frontend)
        gather(place.corpus, place.data, place.soundfonts, frontend)
    levels: dict[str, int] = {}
    for row in experiment.rows:
        levels[row.name] = 1 + max((levels[name] for name in (row.start, *row.teachers) if name), default=-1)
    tasks = [(experiment, place, row.name, seed) for seed in experiment.seeds for row in experiment.rows]
    missing = [task for task in tasks if not _done(task)]
    for level in range(max(levels.values()) + 1):
        each(f"level {level}", _run, [task for task in missing if levels[task[2]] == level], jobs)


def _done(task: tuple[Experiment, Place, str, int]) -> bool:
    """Whether a run is scored; `RunError` if what is scored there is another."""
    experiment, place, name, seed = task
    path = place.run(experiment.row(name), seed) / SCORES
    if not path.exists():
        return False
    if runs.read_json(path).get("made of") != _made_of(experiment, name):
        raise RunError(f"{path.parent} holds a run that was made otherwise: name another folder, or remove it")
    return True


def _made_of(experiment: Experiment, name: str) -> dict[str, Any]:
    """Return what decides a run, apart from its seed, as it is read from JSON: with the runs that it builds on."""
    row = experiment.row(name)
    before = [_made_of(experiment, other) for other in (row.start, *row.teachers) if other]
    made_of = {
        "row": asdict(row),
        "clips": [experiment.source_clips, experiment.target_clips],
        "seeds": experiment.seeds if row.teachers else [],
        "before": before,
    }
    content: dict[str, Any] = json.loads(json.dumps(made_of))
    return content


def _run(experiment: Experiment, place: Place, name: str, seed: int) -> None:
    """Do one run and score it."""
    row = experiment.row(name)
    config = replace(row.fit, seed=seed)
    folder = place.run(row, seed)
    lessons = fewer(
        corpus_lessons(place.corpus, place.recordings, config.frontend),
        experiment.source_clips,
        experiment.target_clips,
        seed,
    )
    start = place.run(experiment.row(row.start), seed) if row.start else None
    if row.norms and start is not None and lessons.target is not None:
        network = load_network(start)
        weights = runs.weights_fingerprint(network)
        runs.take_run(folder, config, lessons.origin(True, runs.recorded_origin(start), weights))
        adapt_norms(network, batches(lessons.target, next(network.parameters()).device))
        runs.finish(folder, network)
    elif row.labels == TEACHERS_LABELS:
        teachers = [place.run(experiment.row(other), one) for other in row.teachers for one in experiment.seeds]
        network = refine(config, lessons, best_runs(teachers, row.best), folder, start, devices=1)
    else:
        if row.labels == TARGET_LABELS:
            piano = load_corpus(place.corpus, config.frontend).part(PIANO_DOMAIN, TRAINING)
            labelled = drawn(piano, experiment.target_clips, seed)
            lessons = replace(lessons, training=joined([lessons.training, labelled]), piano=runs.RATED)
        network = fit(config, lessons, folder, start, devices=1)
    trials = gather(place.corpus, place.data, place.soundfonts, config.frontend)
    runs.write_json(folder / SCORES, {"made of": _made_of(experiment, name), **scored(network, trials)})


def scored(network: Network, trials: Trials) -> dict[str, Any]:
    """Return everything that is measured of a network, as plain data.

    ``scores``: a list of `Score`; ``discrepancy``: the distance |mean(source) - mean(piano)| of what it says on average
    of the two domains' test clips, in rating points; ``spread``: a `SpreadScore` or None.
    """
    listener = listener_of_network(network, trials.frontend)
    heard = predict(network, trials.windows, trials.frontend)
    found = evaluate(listener, trials)
    spread = score_spread(heard, trials)
    return {
        "scores": [asdict(score) for score in [*found.scores, score_windows(heard, trials)]],
        "discrepancy": found.discrepancy,
        "spread": None if spread is None else asdict(spread),
    }
