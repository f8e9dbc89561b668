"""Tables that come with data sets, read with the line of every row, so that each problem has a place."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.errors import DataError

SHOWN = 10
"""Problems listed in one error."""


@dataclass(frozen=True)
class Row:
    """A row of a table: its line in the file, counted from 1, and its cells without the space around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with a header.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        The header.
    rows : tuple of Row
        As many cells each as there are columns.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def place(self, row: Row) -> str:
        """Return where a row stands, to begin a problem with."""
        return f"{self.path}, line {row.line}"

    def index(self, name: str) -> int:
        """Return which column has a name; case, spaces and underscores do not matter.

        Raises
        ------
        DataError
            If there is none.
        """
        plain = [letters(column) for column in self.columns]
        if letters(name) not in plain:
            raise DataError(f"{self.path}, line 1: there is no column {name!r}, only {', '.join(self.columns)}")
        return plain.index(letters(name))


def letters(text: str) -> str:
    """Return a name's letters alone, in lower case, by which spellings of one name are the same."""
    return re.sub("[^a-z]", "", text.lower())


def read_table(path: Path, delimiters: str, problems: list[str]) -> Table:
    """Read a table in UTF-8, with or without a byte order mark; empty lines are passed over.

    Parameters
    ----------
    path : Path
    delimiters : str
        What may stand between cells; of several the one that the header has most of.
    problems : list of str
        Gets a line for each row whose number of cells is not that of the header; such a row is left out.

    Raises
    ------
    DataError
        If the file cannot be read, is not text, or is empty.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        delimiter = max(delimiters, key=text.partition("\n")[0].count)
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        found = [Row(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader]
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the folder and its layout") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a table in UTF-8 ({error}): get it again") from error
    filled = [row for row in found if any(row.cells)]
    if not filled:
        raise DataError(f"{path} is empty: get it again")
    header, *rows = filled
    table = Table(path, header.cells, tuple(row for row in rows if len(row.cells) == len(header.cells)))
    problems += [
        f"{table.place(row)}: {len(row.cells)} cells where the header has {len(header.cells)}"
        for row in rows
        if len(row.cells) != len(header.cells)
    ]
    return table


def check(problems: Sequence[str]) -> None:
    """Raise `DataError` if there are problems, with the first ten of them, a line each."""
    if not problems:
        return
    listed = [*problems[:SHOWN], *([f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else [])]
    raise DataError("\n".join(["The data set is not as it should be:", *listed]))
