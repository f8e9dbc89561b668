"""MAESTRO, versions 2 and 3: piano performances with the notes that were played (Hawthorne et al., ICLR 2019)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from training.corpus.clips import CLIP_SECONDS
from training.corpus.sources import TEST, TRAINING, VALIDATION
from training.datasets.audio import AudioClip, RealClip, consecutive_clips
from training.datasets.tables import Row, Table, check, read_table
from training.errors import DataError
from training.notes import cut, read_midi

_SPLITS = MappingProxyType({"train": TRAINING, "validation": VALIDATION, "test": TEST})
_COLUMNS = ("canonical_composer", "canonical_title", "split", "year", "midi_filename", "audio_filename", "duration")


@dataclass(frozen=True)
class Performance:
    """A recorded performance.

    Attributes
    ----------
    composer, title : str
    split : str
        The data set's own side of the split. It has every piece on one side only, whoever plays it.
    year : int
        Of the competition.
    midi, audio : Path
    duration : float
        Seconds.
    """

    composer: str
    title: str
    split: str
    year: int
    midi: Path
    audio: Path
    duration: float

    @property
    def work(self) -> str:
        """Identifier of the piece, the same for all who play it."""
        return f"{self.composer}: {self.title}"


def read_maestro(folder: Path) -> tuple[Performance, ...]:
    """Read the table ``maestro-v*.csv`` of a folder with the audio it names; MIDI may be missing.

    Raises
    ------
    DataError
        With the path and line of up to ten problems: no table or several, missing columns or audio, an unknown side
        of the split, a year or duration that is no number.
    """
    tables = sorted(folder.glob("maestro-v*.csv"))
    if len(tables) != 1:
        found = ", ".join(path.name for path in tables) or "none"
        raise DataError(f"{folder} should hold one table maestro-v*.csv, and has {found}: name MAESTRO's folder")
    problems: list[str] = []
    table = read_table(tables[0], ",", problems)
    columns = [table.index(name) for name in _COLUMNS]
    found_rows = [_performance(folder, table, row, columns, problems) for row in table.rows]
    check(problems)
    return tuple(found_rows)


def _performance(folder: Path, table: Table, row: Row, columns: Sequence[int], problems: list[str]) -> Performance:
    composer, title, split, year, midi, audio, duration = (row.cells[column] for column in columns)
    if split not in _SPLITS:
        problems.append(f"{table.place(row)}: split is {split!r}, not one of {', '.join(_SPLITS)}")
    if not year.isdecimal():
        problems.append(f"{table.place(row)}: year is {year!r}, not a number")
    seconds = _number(duration)
    if not 0 < seconds < math.inf:
        problems.append(f"{table.place(row)}: duration is {duration!r}, not a number of seconds")
    if not audio or not (folder / audio).is_file():
        problems.append(f"{table.place(row)}: the audio is missing, {folder / audio}")
    return Performance(
        composer,
        title,
        _SPLITS.get(split, ""),
        int(year) if year.isdecimal() else 0,
        folder / midi,
        folder / audio,
        seconds,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def maestro_audio(performances: Sequence[Performance], rate: int) -> Iterator[AudioClip]:
    """Yield the performances as consecutive unlabelled clips of 15 s, mono at ``rate``.

    Raises
    ------
    AudioFileError
        At a recording that is missing or damaged.
    """
    for performance in performances:
        for number, audio in enumerate(consecutive_clips(performance.audio, rate)):
            yield AudioClip(_name(performance, number), performance.work, audio, None)


def maestro_clips(performances: Sequence[Performance], rate: int) -> Iterator[RealClip]:
    """Yield the performances as consecutive clips of 15 s with the notes that begin in each.

    Raises
    ------
    AudioFileError, NotesError
        At a recording or a MIDI file that is missing or damaged.
    """
    for performance in performances:
        notes = read_midi(performance.midi)
        for number, audio in enumerate(consecutive_clips(performance.audio, rate)):
            start = number * CLIP_SECONDS
            part = cut(notes, start, start + CLIP_SECONDS)
            yield RealClip(_name(performance, number), performance.work, audio, None, part)


def _name(performance: Performance, number: int) -> str:
    return f"{performance.audio.stem}-{number:03d}"
