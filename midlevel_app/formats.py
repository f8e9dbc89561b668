"""Curves in the formats of files: CSV, which can be read back, lists for JSON, and Parquet."""

import io
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from midlevel_app.curves import Curves, Values
from midlevel_app.errors import ExportError
from midlevel_app.language import tr

TIME_DECIMALS = 6
"""Of seconds: exact to a microsecond at any rate of values."""

VALUE_DECIMALS = 3
"""Of values on the scale 1 to 10; far finer than the model is sure of."""

PARQUET_KEY = b"midlevel"
"""Under which the metadata of a Parquet file's schema tell where its curves come from, as JSON."""

SPREAD_SUFFIX = "_spread"
"""Of the columns in a Parquet file that hold the spread of a feature."""

_COMMA, _SEMICOLON = ",", ";"


def csv_text(curves: Curves, decimals: str = "point") -> str:
    """Return curves as CSV.

    One header line, ``time`` and the features; then a line for each value: seconds at the centre of what it
    describes with `TIME_DECIMALS` decimals, values with `VALUE_DECIMALS`, nothing where there is no value.
    Comma, line feed and decimal dot in every locale; with ``decimals="comma"`` semicolon and decimal comma.
    """
    return csv_header(curves.features, decimals) + csv_rows(curves, decimals)


def csv_header(features: tuple[str, ...], decimals: str = "point") -> str:
    """Return the first line of `csv_text`."""
    return (_SEMICOLON if decimals == "comma" else _COMMA).join(("time", *features)) + "\n"


def csv_rows(curves: Curves, decimals: str = "point") -> str:
    """Return the lines of `csv_text` after the first."""
    separator = _SEMICOLON if decimals == "comma" else _COMMA
    lines = []
    for time, row in zip(curves.times.tolist(), curves.values.tolist(), strict=True):
        cells = ("" if np.isnan(value) else f"{value:z.{VALUE_DECIMALS}f}" for value in row)
        line = separator.join((f"{time:.{TIME_DECIMALS}f}", *cells))
        lines.append((line.replace(".", ",") if decimals == "comma" else line) + "\n")
    return "".join(lines)


def read_csv(path: Path) -> Curves:
    """Read curves back from a file that `csv_text` made, in either form; `ExportError` if it is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ExportError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{path} is not a table of curves: it is not text") from error
    separator = _SEMICOLON if lines and lines[0].startswith(f"time{_SEMICOLON}") else _COMMA
    header = lines[0].split(separator) if lines else []
    if len(header) < 2 or header[0] != "time":
        raise ExportError(f"{path} is not a table of curves: line 1 must name time and the features")
    rows = np.empty((len(lines) - 1, len(header)))
    for number, line in enumerate(lines[1:]):
        try:
            cells = line.split(separator)
            if len(cells) != len(header):
                raise ValueError(line)
            rows[number] = [_number(cell, separator) if cell else np.nan for cell in cells]
        except ValueError as error:
            raise ExportError(
                f"{path} is not a table of curves: line {number + 2} does not hold {len(header)} numbers"
            ) from error
    return Curves(rows[:, 0], rows[:, 1:], tuple(header[1:]))


def _number(cell: str, separator: str) -> float:
    """Read a cell; a dot beside decimal commas might group thousands, and is none of ours."""
    if separator == _SEMICOLON:
        if "." in cell:
            raise ValueError(cell)
        cell = cell.replace(",", ".")
    return float(cell)


def columns(curves: Curves) -> dict[str, list[float | None]]:
    """Lists of equal length, ``time`` and each feature by name, rounded as in `csv_text`; None for no value."""
    return {
        "time": [round(time, TIME_DECIMALS) for time in curves.times.tolist()],
        **_lists(curves.features, curves.values),
    }


def spread_columns(curves: Curves) -> dict[str, list[float | None]]:
    """Lists of the spread by feature, as `columns`; empty without a spread."""
    return {} if curves.spread is None else _lists(curves.features, curves.spread)


def _lists(features: tuple[str, ...], values: Values) -> dict[str, list[float | None]]:
    return {
        name: [None if np.isnan(value) else round(value, VALUE_DECIMALS) + 0.0 for value in column]
        for name, column in zip(features, values.T.tolist(), strict=True)
    }


def json_line(document: Mapping[str, Any]) -> bytes:
    """Return a document as one line of JSON in UTF-8."""
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parquet_bytes(curves: Curves, origin: Mapping[str, Any]) -> bytes:
    """Return curves as a Parquet file.

    The `columns` as float64 with nulls, then the `spread_columns` under ``FEATURE_spread``; ``origin`` as JSON in the
    schema's metadata under `PARQUET_KEY`. `ExportError` where the library for it is missing.
    """
    check_parquet()
    import pyarrow
    from pyarrow import parquet

    spread = {f"{name}{SPREAD_SUFFIX}": column for name, column in spread_columns(curves).items()}
    lists = {**columns(curves), **spread}
    table = pyarrow.table({name: pyarrow.array(column, pyarrow.float64()) for name, column in lists.items()})
    table = table.replace_schema_metadata({PARQUET_KEY: json_line(origin).rstrip()})
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def check_parquet() -> None:
    """Raise `ExportError` where the library that writes Parquet is missing."""
    if find_spec("pyarrow") is None:
        raise ExportError(
            tr(
                "Parquet files need the library pyarrow, which is not installed: "
                "install it (python -m pip install pyarrow), or choose csv or json"
            )
        )
