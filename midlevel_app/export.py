"""Curves to files: CSV with a sidecar that says where they come from, or JSON; whole or not at all.

The command and the window both export through `export`, so that they write the same bytes.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from midlevel_app import __version__
from midlevel_app.audio.decode import AudioFacts
from midlevel_app.curves import Curves, Values, resample, smooth
from midlevel_app.errors import ExportError
from midlevel_app.model import Model

TIME_DECIMALS = 6
"""Of seconds: exact to a microsecond at any rate of values."""

VALUE_DECIMALS = 3
"""Of values on the scale 1 to 10; far finer than the model is sure of."""

_HASH_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True)
class Choices:
    """What a user chooses about an export.

    Attributes
    ----------
    format : str
        One of `batch.FORMATS`.
    rate : float or None
        Values a second; None keeps the model's own.
    window : float
        Seconds of the centred moving average that smooths the curves; 0 for none.
    """

    format: str = "csv"
    rate: float | None = None
    window: float = 0.0


def chosen(curves: Curves, choices: Choices) -> Curves:
    """Return the curves smoothed and read at the chosen rate; `ExportError` if that rate meets no value."""
    smoothed = smooth(curves, choices.window)
    if choices.rate is None:
        return smoothed
    read = resample(smoothed, choices.rate)
    if np.isfinite(smoothed.values).any() and not np.isfinite(read.values).any():
        raise ExportError(
            f"{choices.rate:g} values a second are too few for a recording of {curves.times[-1]:.1f} s: "
            "choose a higher rate"
        )
    return read


def csv_text(curves: Curves) -> str:
    """Return curves as CSV.

    One header line, ``time`` and the features; then a line for each value: seconds at the centre of what it
    describes with `TIME_DECIMALS` decimals, values with `VALUE_DECIMALS`, nothing where there is no value.
    Comma, line feed and decimal dot in every locale.
    """
    lines = [",".join(("time", *curves.features))]
    for time, row in zip(curves.times.tolist(), curves.values.tolist(), strict=True):
        cells = ("" if np.isnan(value) else f"{value:z.{VALUE_DECIMALS}f}" for value in row)
        lines.append(",".join((f"{time:.{TIME_DECIMALS}f}", *cells)))
    return "\n".join(lines) + "\n"


def read_csv(path: Path) -> Curves:
    """Read curves back from a file that `csv_text` made; `ExportError` if it is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ExportError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{path} is not a table of curves: it is not text") from error
    header = lines[0].split(",") if lines else []
    if len(header) < 2 or header[0] != "time":
        raise ExportError(f"{path} is not a table of curves: line 1 must name time and the features")
    rows = np.empty((len(lines) - 1, len(header)))
    for number, line in enumerate(lines[1:]):
        try:
            rows[number] = [float(cell) if cell else np.nan for cell in line.split(",")]
        except ValueError as error:
            raise ExportError(
                f"{path} is not a table of curves: line {number + 2} does not hold {len(header)} numbers"
            ) from error
    return Curves(rows[:, 0], rows[:, 1:], tuple(header[1:]))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def provenance(audio: AudioFacts, model: Model, result: Curves, choices: Choices) -> dict[str, Any]:
    """Tell where curves come from: program, audio, model and choices, ready for JSON.

    ``result`` are the curves as exported. `ExportError` if the audio can no longer be read for its hash.
    """
    try:
        audio_hash = file_sha256(audio.path)
    except OSError as error:
        raise ExportError(
            f"{audio.path} can no longer be read for its hash ({error.strerror}): it was moved or deleted"
        ) from error
    card = model.card
    return {
        "program": "midlevel",
        "program_version": __version__,
        "audio": {
            "file": os.fsencode(audio.path.name).decode("utf-8", "replace"),
            "sha256": audio_hash,
            "duration_seconds": None if audio.duration is None else round(audio.duration, TIME_DECIMALS),
            "sample_rate": audio.rate,
            "channels": audio.channels,
            "decoder": audio.decoder,
            "complete": audio.complete,
        },
        "model": {
            "name": card.name,
            "version": card.version,
            "sha256": model.sha256,
            "rating_kind": card.rating_kind,
            "receptive_field_seconds": round(card.field_seconds, TIME_DECIMALS),
            "step_seconds": round(card.step_seconds, TIME_DECIMALS),
        },
        "curves": {
            "values": len(result),
            "step_seconds": round(result.step, TIME_DECIMALS),
            "window_seconds": choices.window,
        },
    }


def render(audio: AudioFacts, model: Model, curves: Curves, choices: Choices) -> tuple[bytes, bytes | None]:
    """Return an export as bytes: the main file, and the sidecar that goes with CSV (None for JSON).

    The sidecar holds the `provenance`. JSON holds the same and, in its ``curves``, lists of equal length: ``time``,
    each feature by name and, from a model that has it, ``spread``, in which each feature has a list again. Numbers
    are rounded as in `csv_text`; null where there is no value.
    """
    result = chosen(curves, choices)
    origin = provenance(audio, model, result, choices)
    if choices.format == "csv":
        return csv_text(result).encode(), (json.dumps(origin, ensure_ascii=False, indent=1) + "\n").encode()
    times = [round(time, TIME_DECIMALS) for time in result.times.tolist()]
    lists = {"time": times, **_lists(result.features, result.values)}
    spread = {} if result.spread is None else {"spread": _lists(result.features, result.spread)}
    document = {**origin, "curves": {**origin["curves"], **lists, **spread}}
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode(), None


def _lists(features: tuple[str, ...], columns: Values) -> dict[str, list[float | None]]:
    """Rounded columns by feature, (n, features), ready for JSON."""
    return {
        name: [None if np.isnan(value) else round(value, VALUE_DECIMALS) + 0.0 for value in column]
        for name, column in zip(features, columns.T.tolist(), strict=True)
    }


def outputs(target: Path, choices: Choices) -> tuple[Path, ...]:
    """Files that an export to ``target`` writes: it and, beside CSV, its sidecar ``NAME.csv.json``."""
    if choices.format == "csv":
        return target, target.with_name(f"{target.name}.json")
    return (target,)


def check_target(target: Path, choices: Choices, force: bool = False) -> None:
    """Raise `ExportError` for a target that cannot be written, before the work: see `export`."""
    try:
        target = _placed(target)
        for path in outputs(target, choices):
            if path.exists() and not path.is_file():
                raise ExportError(f"{path} is not a regular file: choose another name for the output")
            if not force and (path.exists() or path.is_symlink()):
                raise ExportError(f"{path} exists already: choose another name, or replace it with --force")
        folder = target.parent
        while not folder.exists():
            folder = folder.parent
    except OSError as error:  # a name too long, or a loop of links
        raise ExportError(f"{target} cannot be written ({error.strerror}): choose another name") from error
    if not folder.is_dir():
        raise ExportError(f"{target} cannot be written ({folder} is not a folder): choose another folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"{target} cannot be written ({folder} is read-only): choose another folder")


def _placed(target: Path) -> Path:
    """Return the target with its folder resolved, so that making that folder changes no meaning of ``..``."""
    return target.parent.resolve() / target.name


def export(
    target: Path, audio: AudioFacts, model: Model, curves: Curves, choices: Choices, force: bool = False
) -> tuple[Path, ...]:
    """Write curves to ``target``, and beside CSV the sidecar; return the files written.

    Everything is first written under other names in the same folder (made where it is missing), then
    renamed, so that no half-written file ever bears the final name.

    Parameters
    ----------
    target : Path
    audio : AudioFacts
        Of the recording, from the reader that decoded it.
    model : Model
        The model that made the curves.
    curves : Curves
        As the model made them, neither smoothed nor resampled.
    choices : Choices
    force : bool
        Replace files that exist.

    Raises
    ------
    ExportError
        If a file exists and ``force`` is not set, or if writing fails; then nothing was left behind.
    """
    check_target(target, choices, force)
    target = _placed(target)
    content, sidecar = render(audio, model, curves, choices)
    paths = outputs(target, choices)
    contents = [content] if sidecar is None else [content, sidecar]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(dict(zip(paths, contents, strict=True)))
    except OSError as error:
        raise ExportError(
            f"{target} could not be written ({error.strerror}): make room or choose another folder"
        ) from error
    return paths


def _write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write all files or, whatever happens on the way, none."""
    parts = {target: target.with_name(f".midlevel-{os.getpid()}-{secrets.token_hex(4)}.part") for target in contents}
    made: list[Path] = []
    try:
        for target, part in parts.items():
            with part.open("xb") as file:
                file.write(contents[target])
                file.flush()
                os.fsync(file.fileno())
        for target, part in parts.items():
            if not target.exists():
                made.append(target)
            part.replace(target)
    except BaseException:
        for path in (*parts.values(), *made):
            path.unlink(missing_ok=True)
        raise
