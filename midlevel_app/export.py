"""Curves to files: CSV with a sidecar that says where they come from, JSON or Parquet; whole or not at all.

The command and the window both export through `export`, so that they write the same bytes.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from midlevel_app import __version__
from midlevel_app.audio.decode import AudioFacts
from midlevel_app.curves import Curves, at_moments, resample, smooth, span
from midlevel_app.errors import ExportError
from midlevel_app.files import check_writable, file_sha256, placed, write_whole
from midlevel_app.formats import (
    TIME_DECIMALS,
    check_parquet,
    columns,
    csv_text,
    json_line,
    parquet_bytes,
    spread_columns,
)
from midlevel_app.formats import read_csv as read_csv
from midlevel_app.language import decimal, tr
from midlevel_app.model import Model


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
    start, stop : float or None
        Only values with ``start <= time <= stop`` (seconds), cut out last; None for no limit.
    at : tuple of float or None
        Values at these moments (seconds) only, each the nearest in time: one row a moment, in order of time, empty
        where there is no value. None for all values.
    decimals : str
        One of `batch.DECIMALS`, for CSV: ``point``, or ``comma`` with semicolons between the cells.
    """

    format: str = "csv"
    rate: float | None = None
    window: float = 0.0
    start: float | None = None
    stop: float | None = None
    at: tuple[float, ...] | None = None
    decimals: str = "point"


def chosen(curves: Curves, choices: Choices) -> Curves:
    """Return what was chosen of the curves: smoothed, then read at the rate or the moments, then cut to the span.

    Raises
    ------
    ExportError
        If there are values, and the rate or the span meets none.
    """
    smoothed = smooth(curves, choices.window)
    read = smoothed
    if choices.rate is not None:
        read = resample(smoothed, choices.rate)
        if _has_values(smoothed) and not _has_values(read):
            raise ExportError(
                tr("{rate} values a second are too few for a recording of {length} s: choose a higher rate").format(
                    rate=decimal(choices.rate, "g"), length=decimal(_end(curves), ".1f")
                )
            )
    if choices.at is not None:
        read = at_moments(read, choices.at)
    if choices.start is None and choices.stop is None:
        return read
    start, stop = _limits(choices)
    cut = span(read, start, stop)
    if not len(cut) or (_has_values(read) and not _has_values(cut)):
        limits = []
        if choices.start is not None:
            limits.append(tr("from {start} s").format(start=decimal(start, "g")))
        if choices.stop is not None:
            limits.append(tr("to {stop} s").format(stop=decimal(stop, "g")))
        raise ExportError(
            tr("there are no values {limits} in a recording of {length} s: choose another span").format(
                limits=" ".join(limits), length=decimal(_end(curves), ".1f")
            )
        )
    return cut


def _end(curves: Curves) -> float:
    return float(curves.times[-1]) if len(curves) else 0.0


def _has_values(curves: Curves) -> bool:
    return bool(np.isfinite(curves.values).any())


def _limits(choices: Choices) -> tuple[float, float]:
    return -np.inf if choices.start is None else choices.start, np.inf if choices.stop is None else choices.stop


def identified(audio: AudioFacts) -> AudioFacts:
    """Return what is known of a recording with its hash, which is computed unless it is there.

    `ExportError` if the file can no longer be read.
    """
    if audio.sha256 is not None:
        return audio
    try:
        return replace(audio, sha256=file_sha256(audio.path))
    except OSError as error:
        raise ExportError(
            tr("{path} can no longer be read for its hash ({reason}): it was moved or deleted").format(
                path=audio.path, reason=error.strerror
            )
        ) from error


def provenance(audio: AudioFacts, model: Model, result: Curves, choices: Choices) -> dict[str, Any]:
    """Tell where curves come from: program, audio, model and choices, ready for JSON.

    ``result`` are the curves as exported. `ExportError` if the audio's hash is to be computed and it can no longer be
    read; a hash that cannot be known any more is null.
    """
    audio = identified(audio)
    step = model.card.step_seconds if choices.rate is None else 1.0 / choices.rate
    curves = {
        "values": len(result),
        "step_seconds": None if choices.at is not None else round(step, TIME_DECIMALS),
        "window_seconds": choices.window,
        **_unusual(choices),
    }
    return origin(audio_origin(audio, audio.sha256 or None), model, curves)


def origin(audio: Mapping[str, Any], model: Model, curves: Mapping[str, Any]) -> dict[str, Any]:
    """Tell which program and which model made curves of which audio, ready for JSON."""
    card = model.card
    return {
        "program": "midlevel",
        "program_version": __version__,
        "audio": dict(audio),
        "model": {
            "name": card.name,
            "version": card.version,
            "sha256": model.sha256,
            "rating_kind": card.rating_kind,
            "receptive_field_seconds": round(card.field_seconds, TIME_DECIMALS),
            "step_seconds": round(card.step_seconds, TIME_DECIMALS),
        },
        "curves": dict(curves),
    }


def audio_origin(audio: AudioFacts, sha256: str | None, kept: bool = True) -> dict[str, Any]:
    """Tell which audio was heard, ready for JSON; with no name for audio that was not ``kept``."""
    return {
        "file": None if not kept else os.fsencode(audio.path.name).decode("utf-8", "replace"),
        "sha256": sha256,
        "duration_seconds": None if audio.duration is None else round(audio.duration, TIME_DECIMALS),
        "sample_rate": audio.rate,
        "channels": audio.channels,
        "decoder": audio.decoder,
        "complete": audio.complete,
    }


def _unusual(choices: Choices) -> dict[str, Any]:
    """Rate, span, moments and decimals, as far as they differ from the default."""
    found = {
        "rate_per_second": choices.rate,
        "from_seconds": choices.start,
        "to_seconds": choices.stop,
        "at_seconds": None if choices.at is None else sorted(choices.at),
        "decimals": choices.decimals if choices.format == "csv" and choices.decimals != Choices.decimals else None,
    }
    return {name: choice for name, choice in found.items() if choice is not None}


def render(audio: AudioFacts, model: Model, curves: Curves, choices: Choices) -> tuple[bytes, bytes | None]:
    """Return an export as bytes: the main file, and the sidecar that goes with CSV (None for other formats).

    The sidecar holds the `provenance`. JSON holds the same and, in its ``curves``, lists of equal length: ``time``,
    each feature by name and, from a model that has it, ``spread``, in which each feature has a list again. Numbers
    are rounded as in `formats.csv_text`; null where there is no value. Parquet: see `formats.parquet_bytes`.
    """
    result = chosen(curves, choices)
    origins = provenance(audio, model, result, choices)
    if choices.format == "csv":
        return csv_text(result, choices.decimals).encode(), sidecar_bytes(origins)
    if choices.format == "parquet":
        return parquet_bytes(result, origins), None
    spread = {} if result.spread is None else {"spread": spread_columns(result)}
    return json_line({**origins, "curves": {**origins["curves"], **columns(result), **spread}}), None


def sidecar_bytes(origins: Mapping[str, Any]) -> bytes:
    """Return the content of a sidecar."""
    return (json.dumps(origins, ensure_ascii=False, indent=1) + "\n").encode()


def outputs(target: Path, choices: Choices) -> tuple[Path, ...]:
    """Files that an export to ``target`` writes: it and, beside CSV, its sidecar ``NAME.csv.json``."""
    if choices.format == "csv":
        return target, target.with_name(f"{target.name}.json")
    return (target,)


def check_target(target: Path, choices: Choices, force: bool = False) -> None:
    """Raise `ExportError` for a target that cannot be written, before the work: see `export`."""
    check_format(choices)
    try:
        target = placed(target)
    except OSError as error:  # a loop of links
        raise ExportError(
            tr("{target} cannot be written ({reason}): choose another name").format(
                target=target, reason=error.strerror
            )
        ) from error
    check_writable(outputs(target, choices), force)


def check_format(choices: Choices) -> None:
    """Raise `ExportError` for a format that needs a library which is not installed."""
    if choices.format == "parquet":
        check_parquet()


def export(
    target: Path, audio: AudioFacts, model: Model, curves: Curves, choices: Choices, force: bool = False
) -> tuple[Path, ...]:
    """Write curves to ``target``, and beside CSV the sidecar; return the files written.

    No half-written file ever bears the final name: see `files.write_whole`.

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
    paths = outputs(placed(target), choices)
    contents = [part for part in render(audio, model, curves, choices) if part is not None]
    write_whole(dict(zip(paths, contents, strict=True)))
    return paths
