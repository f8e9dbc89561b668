"""The command ``midlevel``: recordings in, curves out. Heavy imports wait until a command needs them."""

import argparse
import math
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from midlevel_app import __version__
from midlevel_app.batch import DECIMALS, FORMATS, CallError, Job, is_folder, make_plan
from midlevel_app.console import own_standard_error, say, write_out
from midlevel_app.errors import AudioFileError, MidlevelError
from midlevel_app.report import Progress, SummaryRow, displayed, model_description, model_line, summary_table

if TYPE_CHECKING:
    from midlevel_app.export import Choices
    from midlevel_app.model import Model

DONE, SOME_FAILED, WRONG_CALL, STOPPED = 0, 1, 2, 130

HIGHEST_RATE = 1000.0
"""Values a second beyond which a rate is taken for a mistake."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midlevel",
        description="Describe piano recordings by seven curves: how melodious, staccato, complex, steady, "
        "dissonant, settled in a key and minor they sound.",
    )
    parser.add_argument("--version", action="version", version=f"midlevel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_analyze(commands)
    _add_live(commands)
    commands.add_parser("devices", help="list the sound inputs and outputs")
    models = commands.add_parser("models", help="list the models, or describe one")
    actions = models.add_subparsers(dest="action", metavar="info")
    info = actions.add_parser("info", help="describe a model: training data, scores, limits")
    info.add_argument("name", metavar="NAME", help="a name from the list, or an .onnx file")
    return parser


def _add_analyze(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    analyze = commands.add_parser(
        "analyze",
        help="write the curves of recordings",
        description="Write the curves of recordings as CSV, JSON or Parquet. One recording without -o goes to standard "
        "output. Exit status: 0 if every file was done, 1 if some failed, 2 for a wrong call, 130 if stopped.",
    )
    analyze.add_argument("paths", nargs="+", metavar="PATH", help="a recording, or a folder of recordings")
    analyze.add_argument(
        "-o",
        dest="out",
        metavar="OUT",
        help="output file for one recording (or a folder that exists); else the folder that gets STEM.csv for each",
    )
    analyze.add_argument("-r", dest="recursive", action="store_true", help="search folders with their subfolders")
    analyze.add_argument("--format", choices=FORMATS, help="csv (default) comes with a sidecar, .csv.json")
    analyze.add_argument("--rate", type=_rate, metavar="HZ", help="values a second (default: the model's own)")
    analyze.add_argument("--window", type=_seconds, metavar="S", help="smooth with a moving average of S seconds")
    analyze.add_argument("--from", dest="start", type=_seconds, metavar="S", help="only values from S seconds on")
    analyze.add_argument("--to", dest="stop", type=_seconds, metavar="S", help="only values up to S seconds")
    analyze.add_argument(
        "--decimals", choices=DECIMALS, help="comma: CSV with semicolons and decimal commas, for spreadsheets"
    )
    analyze.add_argument(
        "--summary",
        action="store_true",
        help="print the mean of each feature, over the span if one is given, for each file; alone, write no curves",
    )
    analyze.add_argument("--model", metavar="NAME", help="a model's name (see: midlevel models) or an .onnx file")
    analyze.add_argument("--force", action="store_true", help="replace outputs that exist")
    analyze.add_argument("-q", dest="quiet", action="store_true", help="say nothing but errors")


def _add_live(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    live = commands.add_parser(
        "live",
        help="describe what a microphone hears",
        description="Write the curves of what a microphone hears, each row as soon as it is known: to standard output "
        "unless --csv or --osc is given. Ctrl+C stops, and all is written. Exit status: 0 if all that was heard was "
        "written, 1 if not, 2 for a wrong call.",
    )
    live.add_argument("--device", metavar="NAME", help="the input (see: midlevel devices; default: the system's)")
    live.add_argument("--seconds", type=_length, metavar="N", help="stop after N seconds")
    live.add_argument("--csv", metavar="FILE", help="write the rows to FILE, with a sidecar; - for standard output")
    live.add_argument("--wav", metavar="FILE", help="record to FILE, .wav or .flac, in 24 bits")
    live.add_argument(
        "--osc", type=_address, metavar="HOST:PORT", help="send each row as a message of Open Sound Control"
    )
    live.add_argument("--model", metavar="NAME", help="a model's name (see: midlevel models) or an .onnx file")
    live.add_argument("--force", action="store_true", help="replace files that exist")


def _length(text: str) -> float:
    seconds = _seconds(text)
    if seconds == 0:
        raise argparse.ArgumentTypeError(f"{text} is no length of time")
    return seconds


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text} is no HOST:PORT, such as localhost:9000")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _rate(text: str) -> float:
    rate = _number(text)
    if not 0 < rate <= HIGHEST_RATE:
        raise argparse.ArgumentTypeError(f"{text} is not a rate above 0 and up to {HIGHEST_RATE:g} Hz")
    return rate


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    sounds = options.command in {"live", "devices"}
    with own_standard_error() if sounds else nullcontext():
        status = _status(options, parser)
        if sounds:
            _end_if_frozen(status)
    return status


def _status(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command that was chosen; say what goes wrong, and return the exit status."""
    try:
        return _run(options)
    except CallError as error:
        parser.error(displayed(str(error)))
    except MidlevelError as error:
        say(str(error))
        return SOME_FAILED
    except BrokenPipeError:  # who read standard output went away: no reason to complain
        return SOME_FAILED
    except KeyboardInterrupt:
        say("stopped; results that were finished are kept")
        return STOPPED


def _run(options: argparse.Namespace) -> int:
    if options.command == "analyze":
        return _analyze(options)
    if options.command == "live":
        return _live(options)
    if options.command == "devices":
        write_out(_device_list())
    else:
        write_out(_model_info(options.name) if options.action == "info" else _model_list())
    return DONE


def _end_if_frozen(status: int) -> None:
    """End the process at once where a frozen sound system would keep the interpreter from ending."""
    from midlevel_app.audio.devices import hanging

    if hanging():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@dataclass(frozen=True)
class _Task:
    """What an ``analyze`` call asks to be done with each recording."""

    model: "Model"
    choices: "Choices"
    force: bool
    summary: bool
    quiet: bool


def _analyze(options: argparse.Namespace) -> int:
    out = None if options.out in (None, "-") else Path(options.out)
    suffix = out.suffix.lower().removeprefix(".") if out is not None else ""
    format_ = options.format or (suffix if suffix in FORMATS else "csv")
    _check_call(options, out, format_)
    paths = [Path(path) for path in options.paths]
    as_folder = out is not None and options.out.endswith(("/", os.sep))
    plan = make_plan(paths, out, options.recursive, format_, as_folder)
    if out is None and not options.summary and (len(paths) > 1 or is_folder(paths[0])):
        raise CallError("the curves of several recordings need a folder: add -o FOLDER")

    with _ending_at_once():
        from midlevel_app.analysis import analyse  # noqa: F401  # `_do` needs it
        from midlevel_app.export import Choices, check_format
        from midlevel_app.model import Model, find_model

    choices = Choices(
        format_,
        options.rate,
        options.window or 0.0,
        options.start,
        options.stop,
        decimals=options.decimals or Choices.decimals,
    )
    check_format(choices)
    model = Model(find_model(options.model))
    task = _Task(model, choices, options.force, options.summary, options.quiet)
    failures = [str(problem) for problem in plan.problems]
    rows = []
    try:
        for number, job in enumerate(plan.jobs, 1):
            try:
                rows.append(_do(job, task, f"[{number}/{len(plan.jobs)}] " if len(plan.jobs) > 1 else ""))
            except MidlevelError as error:
                failures.append(str(error))
                if len(plan.jobs) > 1 and not options.quiet:
                    say(f"failed {job.audio}")
    finally:  # also of those that were done when Ctrl+C was pressed
        if options.summary and rows:
            columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            write_out(summary_table(rows, columns))
    _report(failures, len(plan.jobs) + len(plan.problems))
    return SOME_FAILED if failures else DONE


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """While libraries load, Ctrl+C ends the process without a word: their imports cannot be interrupted cleanly."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored, as in the background of a shell, or another's
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_call(options: argparse.Namespace, out: Path | None, format_: str) -> None:
    """Refuse options that would have no effect, or could not be meant."""
    if "" in (*options.paths, options.out):
        raise CallError("an empty name is no recording, no folder and no file: see whether a variable is unset")
    if options.start is not None and options.stop is not None and options.start > options.stop:
        raise CallError(f"--from {options.start:g} lies after --to {options.stop:g}: exchange them")
    if options.decimals and format_ != "csv":
        raise CallError(f"--decimals is for CSV, and these curves are written as {format_}: leave it out")
    if out is not None:
        return
    if options.force:
        raise CallError("--force replaces output files, and without -o there are none")
    if options.summary and (options.format or options.rate or options.window or options.decimals):
        raise CallError("--summary without -o writes no curves, so --format, --rate, --window and --decimals need -o")
    if format_ == "parquet" and sys.stdout.isatty():
        raise CallError("Parquet is nothing to read on a terminal: add -o FILE")


def _do(job: Job, task: _Task, prefix: str) -> SummaryRow:
    """Analyse one recording, write its curves where they belong, and return its line of the summary."""
    from midlevel_app.analysis import analyse
    from midlevel_app.audio.decode import open_audio
    from midlevel_app.curves import statistics
    from midlevel_app.export import Choices, check_target, chosen, export, identified, render
    from midlevel_app.stamp import take_stamp

    if job.target is not None:
        check_target(job.target, task.choices, task.force)
    watched = not task.quiet and sys.stderr is not None and sys.stderr.isatty()
    progress = Progress(sys.stderr) if watched else None
    stamp = take_stamp(job.audio)
    with open_audio(job.audio) as reader, progress or nullcontext():
        blocks = reader.blocks()
        if progress is not None:
            blocks = progress.watch(blocks, f"{prefix}{job.audio.name}", reader.duration)
        curves = analyse(blocks, task.model, str(job.audio))
        facts = reader.facts
    if not (task.summary and job.target is None):
        facts = identified(facts)
    if take_stamp(job.audio) != stamp:
        raise AudioFileError(f"{job.audio} changed while it was read: analyze it again")
    summed = curves
    if task.summary:
        summed = chosen(curves, Choices(start=task.choices.start, stop=task.choices.stop))
    if job.target is not None:
        written = export(job.target, facts, task.model, curves, task.choices, task.force)
        if not task.quiet:
            say(f"{prefix}wrote {written[0]}")
    elif not task.summary:
        write_out(render(facts, task.model, curves, task.choices)[0])
    return SummaryRow(job.audio, facts.duration or 0.0, tuple(statistics(summed).mean.tolist()))


def _live(options: argparse.Namespace) -> int:
    take = None if options.wav is None else Path(options.wav)
    csv = None if options.csv in (None, "-") else Path(options.csv)
    if options.force and take is None and csv is None:
        raise CallError("--force replaces files, and without --csv FILE or --wav there are none")
    if take is not None and take.suffix not in (".wav", ".flac"):
        raise CallError(f"--wav {take} is to end in .wav or .flac")
    with _ending_at_once():
        from midlevel_app.live.command import Outputs, listen
        from midlevel_app.live.state import LiveSettings
        from midlevel_app.model import Model, find_model

    to_output = options.csv == "-" or (options.csv is None and options.osc is None)
    settings = LiveSettings(options.device, take, csv, options.force, options.seconds)
    done = listen(Model(find_model(options.model)), settings, Outputs(to_output, options.osc))
    return DONE if done else SOME_FAILED


def _device_list() -> str:
    from midlevel_app.audio.listing import device_list

    return device_list()


def _report(failures: Sequence[str], total: int) -> None:
    """List what failed, at the end, where it is seen."""
    if total > 1 and failures:
        say(f"{len(failures)} of {total} failed:")
    for failure in failures:
        say(failure)


def _model_list() -> str:
    from midlevel_app.model import Model, shipped_models

    return "".join(model_line(name, Model(path).card) for name, path in shipped_models().items())


def _model_info(name: str) -> str:
    from midlevel_app.model import Model, find_model

    return model_description(Model(find_model(name)).card)
