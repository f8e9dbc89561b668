"""Command line of the training package: ``python -m training COMMAND``."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midlevel_app.errors import MidlevelError
from training.errors import RunError

if TYPE_CHECKING:
    from training.fit import FitConfig


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; ends the program for ``--help`` and a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m training", description="Make the model, from notes to ONNX.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _corpus_arguments(commands.add_parser("corpus", help="build it, report on it, or make a clip again"))

    ratings = commands.add_parser("ratings", help="compare the computed ratings with listeners'")
    ratings.add_argument("action", choices=["check"])
    ratings.add_argument("--data", type=Path, required=True, help="folder of the data kit")

    claims = commands.add_parser("claims", help="test a model, and the ratings, on 36 statements that must hold")
    _add_data(claims)
    claims.add_argument("--model", type=Path, help="the .onnx file; without it only the ratings are tested")
    claims.add_argument("--corpus", type=Path, default=Path("work/corpus"), help="corpus whose scale the ratings have")
    claims.add_argument("--save", action="store_true", help="write what the model kept into its card")

    fit = commands.add_parser("fit", help="train a network on the corpus")
    _add_run(fit)

    adapt = commands.add_parser("adapt", help="train a network and adapt it to piano; default settings as published")
    _add_run(adapt)

    refine = commands.add_parser("refine", help="train a student on what teachers say of unlabelled piano")
    _add_run(refine)
    refine.add_argument("--teachers", type=Path, nargs="+", required=True, help="folders of finished runs")
    refine.add_argument(
        "--best", type=int, default=0, help="take so many of them, the best by validation (default: all)"
    )

    table = commands.add_parser("table", help="run an experiment of many runs, and write its table and figures")
    _add_data(table)
    table.add_argument("experiment", type=Path, help="TOML file, such as training/experiments/table.toml")
    table.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    table.add_argument("--recordings", type=Path, help="folder of piano recordings, part of the unlabelled target")
    table.add_argument("--out", type=Path, default=Path("work/table"), help="folder of the runs, table and figures")
    table.add_argument("--jobs", type=int, default=2, help="processes; with a GPU, 1")

    export = commands.add_parser("export", help="write a trained network as ONNX, with its card and scores")
    _add_data(export)
    export.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    export.add_argument("--run", type=Path, default=Path("work/run"))
    export.add_argument(
        "--credits",
        type=Path,
        default=Path(__file__).with_name("credits.toml"),
        help="TOML file: who plays in the recordings that it heard",
    )
    export.add_argument("--out", type=Path, required=True, help="the .onnx file to write")

    evaluate = commands.add_parser("evaluate", help="score an exported model on every test")
    _add_data(evaluate)
    evaluate.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    evaluate.add_argument("--model", type=Path, required=True)

    example = commands.add_parser("example", help="perform and render the example recording")
    example.add_argument("--out", type=Path, required=True)

    poles = commands.add_parser("poles", help="perform and render the two sounds of each feature")
    poles.add_argument("--out", type=Path, required=True, help="folder, such as midlevel_app/assets/poles")

    return parser.parse_args(arguments)


def _corpus_arguments(corpus: argparse.ArgumentParser) -> None:
    actions = corpus.add_subparsers(dest="action", required=True, metavar="ACTION")

    build = actions.add_parser(
        "build",
        help="compose, choose, render and rate the clips; run again to resume",
        description="Without --data the scores that come with music21 are used; a model that learns from them is for "
        "your own use only.",
    )
    _add_data(build, required=False)
    build.add_argument("--out", type=Path, default=Path("work/corpus"), help="folder of the corpus")
    build.add_argument("--scale", type=float, default=1.0, help="factor on the number of clips")
    build.add_argument("--seed", type=int, default=1)
    build.add_argument("--jobs", type=int, default=2, help="processes")

    report = actions.add_parser("report", help="write one HTML page with figures and clips to hear")
    report.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    report.add_argument("--out", type=Path, required=True, help="the .html file to write")

    remake = actions.add_parser("remake", help="make one clip again from its line of the manifest")
    _add_data(remake, required=False)
    remake.add_argument("name", help="the clip's name")
    remake.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    remake.add_argument("--out", type=Path, required=True, help="the .flac file to write")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = parse_arguments(arguments)
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    try:
        _COMMANDS[given.command](given)
    except (MidlevelError, OSError) as error:
        print(f"python -m training {given.command}: {error}", file=sys.stderr)
        return 1
    return 0


def _add_data(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--data", type=Path, required=required, help="folder of the data kit")
    parser.add_argument(
        "--soundfonts", type=Path, nargs="*", default=[], help="folders with soundfonts, besides the system's"
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    parser.add_argument("--recordings", type=Path, help="folder of piano recordings, part of the unlabelled target")
    parser.add_argument(
        "--run", type=Path, default=Path("work/run"), help="folder of the run; resumes an unfinished one"
    )
    parser.add_argument("--config", type=Path, help="TOML file; what it leaves out has its default")
    parser.add_argument("--start", type=Path, help="finished run whose network it learns on from")


def _corpus(given: argparse.Namespace) -> None:
    _CORPUS_ACTIONS[given.action](given)


def _corpus_build(given: argparse.Namespace) -> None:
    from training.corpus.build import build
    from training.corpus.clips import PARTS, SCORES_PARTS

    data, parts = (given.data, PARTS) if given.data else (Path(), SCORES_PARTS)
    build(data, given.out, _soundfonts(given), given.seed, given.scale, given.jobs, parts)


def _corpus_report(given: argparse.Namespace) -> None:
    from training.corpus.report import write_report

    write_report(given.corpus, given.out)


def _corpus_remake(given: argparse.Namespace) -> None:
    import soundfile

    from training.corpus.remake import RATE, remake

    given.out.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(given.out, remake(given.corpus, given.name, given.data or Path(), _soundfonts(given)), RATE)


def _soundfonts(given: argparse.Namespace) -> tuple[Path, ...]:
    """Folders named on the command line, then the one beside the data kit."""
    return (*given.soundfonts, *([given.data.parent / "soundfonts"] if given.data else []))


def _ratings(given: argparse.Namespace) -> None:
    from training.ratings.check import check, print_table

    print_table(check(given.data))


def _claims(given: argparse.Namespace) -> None:
    from midlevel_app.model import Model
    from training.card import save_claims
    from training.claims import print_claims, run
    from training.ratings import Calibration

    if given.save and not given.model:
        raise RunError("--save writes into the card of a model: name it with --model")
    model = Model(given.model) if given.model else None
    results = run(given.data, Calibration.load(given.corpus / "calibration.json"), model, _soundfonts(given))
    print_claims(results)
    if given.save:
        save_claims(results, given.model)


def _fit(given: argparse.Namespace) -> None:
    from training.fit import FitConfig

    _train(given, FitConfig())


def _adapt(given: argparse.Namespace) -> None:
    from training.fit import PUBLISHED

    _train(given, PUBLISHED)


def _train(given: argparse.Namespace, default: "FitConfig") -> None:
    from training.config import read_config
    from training.fit import fit
    from training.lessons import corpus_lessons

    config = read_config(given.config, default)
    fit(config, corpus_lessons(given.corpus, given.recordings, config.frontend), given.run, given.start)


def _refine(given: argparse.Namespace) -> None:
    from training.config import read_config
    from training.fit import FitConfig
    from training.lessons import corpus_lessons
    from training.refine import best_runs, refine

    config = read_config(given.config, FitConfig())
    lessons = corpus_lessons(given.corpus, given.recordings, config.frontend)
    refine(config, lessons, best_runs(given.teachers, given.best), given.run, given.start)


def _table(given: argparse.Namespace) -> None:
    from training.experiment import Place, read_experiment, run_experiment
    from training.table import write_table

    place = Place(given.corpus, given.data, given.recordings, _soundfonts(given), given.out)
    experiment = read_experiment(given.experiment)
    run_experiment(experiment, place, given.jobs)
    write_table(experiment, place)


def _export(given: argparse.Namespace) -> None:
    from training.card import read_credits
    from training.export import export_run

    export_run(given.run, given.corpus, given.data, _soundfonts(given), read_credits(given.credits), given.out)


def _evaluate(given: argparse.Namespace) -> None:
    from midlevel_app.model import Model
    from training.evaluate import evaluate, listener_of_model, print_scores
    from training.trials import gather

    model = Model(given.model)
    trials = gather(given.corpus, given.data, _soundfonts(given), model.card.frontend)
    print_scores(evaluate(listener_of_model(model), trials).scores)


def _example(given: argparse.Namespace) -> None:
    from training.corpus.instruments import find_soundfont
    from training.example import PIANO, write_example

    write_example(given.out, find_soundfont(PIANO, ()))


def _poles(given: argparse.Namespace) -> None:
    from training.corpus.instruments import find_soundfont
    from training.example import PIANO
    from training.poles import write_poles

    write_poles(given.out, find_soundfont(PIANO, ()))


_CORPUS_ACTIONS = {"build": _corpus_build, "report": _corpus_report, "remake": _corpus_remake}
_COMMANDS = {
    "corpus": _corpus,
    "ratings": _ratings,
    "claims": _claims,
    "fit": _fit,
    "adapt": _adapt,
    "refine": _refine,
    "table": _table,
    "export": _export,
    "evaluate": _evaluate,
    "example": _example,
    "poles": _poles,
}

if __name__ == "__main__":
    sys.exit(main())
