"""The Mid-level dataset: clips of 15 s with listeners' ratings (Aljanaki & Soleymani, ISMIR 2018), for who has it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import numpy as np

from midlevel_app.features import NAMES
from training.datasets.audio import AudioClip, first_clip
from training.datasets.tables import Row, Table, check, letters, read_table
from training.errors import DataError

TEST_SHARE, VALIDATION_SHARE = 0.08, 0.05
LOWEST, HIGHEST = 1.0, 10.0

# How headers spell the features, as `letters` leaves them.
_SPELLINGS = MappingProxyType(
    {
        "melodiousness": ("melodiousness", "melody", "melodious"),
        "articulation": ("articulation",),
        "rhythmic_complexity": ("rhythmiccomplexity", "rhythmcomplexity"),
        "rhythmic_stability": ("rhythmicstability", "rhythmstability"),
        "dissonance": ("dissonance",),
        "tonal_stability": ("tonalstability", "tonality", "atonality"),
        "minorness": ("minorness", "minor", "mode", "modality"),
    }
)
_LIKENESS = 0.8  # of a header to a spelling (2 * letters in common / letters of both), to be taken for it


@dataclass(frozen=True)
class MidlevelClip:
    """A clip of the data set.

    Attributes
    ----------
    song_id : str
    artist, source : str
        Who plays, and the collection it was taken from; empty where unknown.
    path : Path
        The audio, an MP3 file.
    ratings : tuple of float
        Mean of the listeners, 1 to 10, in the order of the features.
    piano : bool
        Whether ``metadata_piano.csv`` lists it as solo piano.
    """

    song_id: str
    artist: str
    source: str
    path: Path
    ratings: tuple[float, ...]
    piano: bool


@dataclass(frozen=True)
class MidlevelSplit:
    """Sides of a split; ``piano`` is empty where piano clips stand among the others."""

    training: tuple[MidlevelClip, ...]
    validation: tuple[MidlevelClip, ...]
    test: tuple[MidlevelClip, ...]
    piano: tuple[MidlevelClip, ...]


def read_midlevel(folder: Path) -> tuple[MidlevelClip, ...]:
    """Read the tables of the data set, in the order of the annotations, and find its audio.

    The folder holds ``audio/<id>.mp3`` and in ``metadata_annotations`` (or, the last two, beside it):
    ``annotations.csv`` (comma; an id, then the ratings in the order of the features), ``metadata.csv`` (semicolon;
    ``song id``, ``Artist``, ``Source``) and, optionally, ``metadata_piano.csv`` (``song id``).

    Raises
    ------
    DataError
        With the path and line of up to ten problems: columns in another order, ratings that are no numbers from 1 to
        10, an id that stands twice, in one table only or without audio.
    """
    problems: list[str] = []
    annotations = read_table(folder / "metadata_annotations" / "annotations.csv", ",", problems)
    metadata = read_table(_beside(folder, "metadata.csv"), ";", problems)
    listed = _beside(folder, "metadata_piano.csv")
    piano = read_table(listed, ";,", problems) if listed.exists() else Table(listed, ("song id",), ())
    problems += _misnamed(annotations)
    artist, source = metadata.index("Artist"), metadata.index("Source")

    rated = _by_id(annotations, 0, problems)
    described = _by_id(metadata, metadata.index("song id"), problems)
    pianos = _by_id(piano, piano.index("song id"), problems)
    for table, rows, other in ((metadata, described, rated), (annotations, rated, described), (piano, pianos, rated)):
        missing = metadata.path if other is described else annotations.path
        problems += [
            f"{table.place(row)}: song {song} is not in {missing}" for song, row in rows.items() if song not in other
        ]
    clips = []
    for song, row in rated.items():
        audio = folder / "audio" / f"{song}.mp3"
        if not audio.is_file():
            problems.append(f"{annotations.place(row)}: the audio of song {song} is missing, {audio}")
        ratings = _ratings(annotations, row, problems)
        if song in described:
            cells = described[song].cells
            clips.append(MidlevelClip(song, cells[artist], cells[source], audio, ratings, song in pianos))
    check(problems)
    return tuple(clips)


def _beside(folder: Path, name: str) -> Path:
    """Return where a table is: with the annotations or, in some copies, in the data set's own folder."""
    plain = folder / name
    return plain if plain.exists() else folder / "metadata_annotations" / name


def _misnamed(annotations: Table) -> list[str]:
    """Return what is wrong with the header of the annotations, whose columns are taken by position."""
    place = f"{annotations.path}, line 1"
    if len(annotations.columns) != 1 + len(NAMES):
        return [f"{place}: {len(annotations.columns)} columns where there should be an id and {len(NAMES)} ratings"]
    features = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
    problems = []
    for number, (column, name) in enumerate(zip(annotations.columns[1:], NAMES, strict=True), start=2):
        near = get_close_matches(letters(column), features, 1, _LIKENESS)
        if not near:
            problems.append(f"{place}: column {number} should be {name} and is named {column!r}")
        elif features[near[0]] != name:
            problems.append(f"{place}: column {number} should be {name} and is {features[near[0]]} ({column!r})")
    return problems


def _by_id(table: Table, column: int, problems: list[str]) -> dict[str, Row]:
    """Rows by song; adds to ``problems`` those without an id or with one that was there before."""
    rows: dict[str, Row] = {}
    for row in table.rows:
        song = row.cells[column]
        if not song:
            problems.append(f"{table.place(row)}: the song has no id")
        elif song in rows:
            problems.append(f"{table.place(row)}: song {song} stands on line {rows[song].line} already")
        else:
            rows[song] = row
    return rows


def _ratings(table: Table, row: Row, problems: list[str]) -> tuple[float, ...]:
    values = []
    for column, cell in zip(table.columns[1:], row.cells[1:], strict=True):
        try:
            value = float(cell)
        except ValueError:
            problems.append(f"{table.place(row)}: {column} is {cell!r}, not a number")
            continue
        if not LOWEST <= value <= HIGHEST:  # True for NaN, too
            problems.append(f"{table.place(row)}: {column} is {cell}, outside {LOWEST:.0f} to {HIGHEST:.0f}")
        values.append(value)
    return tuple(values)


def artist_split(clips: Sequence[MidlevelClip], seed: int = 0) -> MidlevelSplit:
    """Split so that no artist stands on two sides.

    As published (Aljanaki & Soleymani 2018), 8 % are test clips, by artists of whom there is one clip only. Of the
    rest, whole artists with 5 % of the clips are for validation. Clips without an artist always train.

    Raises
    ------
    DataError
        If there are too few artists with one clip.
    """
    by_artist: dict[str, list[MidlevelClip]] = defaultdict(list)
    for clip in clips:
        if clip.artist:
            by_artist[clip.artist.casefold()].append(clip)
    order = [sorted(by_artist)[i] for i in np.random.default_rng(seed).permutation(len(by_artist))]
    single = [artist for artist in order if len(by_artist[artist]) == 1]
    wanted = round(TEST_SHARE * len(clips))
    if len(single) < wanted:
        raise DataError(f"{wanted} artists with one clip are needed for the test side; there are {len(single)}")
    tested = set(single[:wanted])
    validating: set[str] = set()
    reached = 0
    for artist in reversed(order):
        if artist not in tested and reached < VALIDATION_SHARE * len(clips):
            validating.add(artist)
            reached += len(by_artist[artist])
    held_out = tested | validating
    return MidlevelSplit(
        training=tuple(clip for clip in clips if clip.artist.casefold() not in held_out),
        validation=tuple(clip for clip in clips if clip.artist.casefold() in validating),
        test=tuple(clip for clip in clips if clip.artist.casefold() in tested),
        piano=(),
    )


def piano_split(clips: Sequence[MidlevelClip], seed: int = 0) -> MidlevelSplit:
    """Hold out all piano clips as the target domain (Chowdhury & Widmer 2021), and split the others by artist.

    As published, other clips by an artist of a piano clip stay with the others.

    Raises
    ------
    DataError
        If no clip is marked as piano, or there are too few artists with one clip.
    """
    piano = tuple(clip for clip in clips if clip.piano)
    if not piano:
        raise DataError("no clip is marked as piano: put metadata_piano.csv (a column 'song id') with the annotations")
    return replace(artist_split([clip for clip in clips if not clip.piano], seed), piano=piano)


def midlevel_audio(clips: Sequence[MidlevelClip], rate: int) -> Iterator[AudioClip]:
    """Yield the clips with their audio, mono at ``rate``, and ratings; `AudioFileError` for one that is damaged."""
    for clip in clips:
        ratings = np.array(clip.ratings, dtype=np.float32)
        yield AudioClip(clip.song_id, clip.artist or clip.song_id, first_clip(clip.path, rate), ratings)
