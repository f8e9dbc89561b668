"""Print the table of measurements: ./run bench [--quick]."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import live
from bench.measures import Row, memory, speed, starts
from bench.window import FULL, QUICK, window_rows
from tests import sound_server

HEADINGS = ("measure", "midlevel", "reference", "target", "")


def main() -> None:
    """Measure everything, then print one table."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short recordings, measured once: runs everything, judges nothing"
    )
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="midlevel-bench-") as name:
        folder = Path(name)
        rows = speed(folder, seconds=30 if quick else 600, rounds=1 if quick else 2)
        rows += memory(folder, seconds=60 if quick else 3 * 3600)
        if sound_server.can_run():
            rows += window_rows(folder, QUICK if quick else FULL)
            rows += live.live_rows(folder, live.QUICK if quick else live.FULL)
    rows += starts(repeats=1 if quick else 5)
    if quick:  # starting the program outweighs short recordings
        rows = [replace(row, met=None) for row in rows]
    print(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns."""
    verdict = {True: "met", False: "MISSED", None: ""}
    cells = [HEADINGS]
    cells += [(row.measure, row.value, row.reference, row.target, verdict[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = []
    for measure, *rest in cells:
        right = [text.rjust(width) for text, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([measure.ljust(widths[0]), *right]).rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    main()
