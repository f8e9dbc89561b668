"""Markers: named moments of a recording, and the label tracks of Audacity that hold such."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from midlevel_app.errors import ExportError
from midlevel_app.language import tr

_BREAKS = re.compile("[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DECIMALS = 6  # as Audacity writes seconds

LARGEST_LABELS = 2_000_000
"""Bytes: a larger file is no label track."""


@dataclass(frozen=True)
class Marker:
    """A moment, in seconds from the start of the recording, and what a user calls it."""

    seconds: float
    text: str


def label_text(markers: Iterable[Marker]) -> str:
    """Return markers as a label track of Audacity: start, end and text of each, with tabs between.

    Both times are the marker's, with six decimals. Tabs and line breaks in a text become spaces.
    """
    return "".join(
        f"{marker.seconds:.{_DECIMALS}f}\t{marker.seconds:.{_DECIMALS}f}\t{_BREAKS.sub(' ', marker.text)}\n"
        for marker in markers
    )


def read_labels(path: Path) -> tuple[Marker, ...]:
    """Read a label track of Audacity; each label, be it a moment or a span, becomes a marker at its start.

    Decimal commas are understood. Lines that begin with a backslash (frequencies of the label before) are passed over,
    empty ones too.

    Raises
    ------
    ExportError
        If the file cannot be read or is no label track.
    """
    try:
        if path.stat().st_size > LARGEST_LABELS:
            raise ExportError(
                tr("{path} is not a label track: it is too large; choose a file that Audacity exported").format(
                    path=path
                )
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ExportError(
            tr("{path} cannot be read ({reason}): check the name").format(path=path, reason=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise ExportError(tr("{path} is not a label track: it is not text in UTF-8").format(path=path)) from error
    lines = enumerate(text.split("\n"), 1)  # universal newlines: reading made every line end so
    return tuple(_marker(line, number, path) for number, line in lines if line.strip() and not line.startswith("\\"))


def _marker(line: str, number: int, path: Path) -> Marker:
    start, *rest = line.split("\t", 2)
    try:
        times = [float(cell.replace(",", ".")) for cell in (start, rest[0])]
    except (ValueError, IndexError) as error:
        raise _no_labels(path, number, tr("does not hold start, end and text with tabs between")) from error
    if not all(math.isfinite(time) and time >= 0 for time in times):
        raise _no_labels(path, number, tr("holds no time in seconds"))
    return Marker(times[0], rest[1].strip() if len(rest) > 1 else "")


def _no_labels(path: Path, number: int, why: str) -> ExportError:
    return ExportError(
        tr("{path} is not a label track: line {number} {why}; choose a file that Audacity exported as labels").format(
            path=path, number=number, why=why
        )
    )
