"""Many recordings in one call: which files are meant, and where the result of each goes. Touches no audio."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from midlevel_app.errors import AudioFileError
from midlevel_app.language import tr

AUDIO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "aif", "aifc", "aiff", "au", "caf", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "oga"),
        *("ogg", "opus", "rf64", "snd", "w64", "wav", "wave", "webm", "wma"),
    )
)
"""What counts as a recording in a folder; a file named in the call may end in anything."""

FORMATS = ("csv", "json", "parquet")
"""Of outputs; each is also the extension of their names."""

DECIMALS = ("point", "comma")
"""How numbers in CSV are written."""


class CallError(Exception):
    """A call that cannot be meant: what is wrong with it, for the user."""


@dataclass(frozen=True)
class Job:
    """One recording and the file its curves go to (None: to standard output, or nowhere)."""

    audio: Path
    target: Path | None


@dataclass(frozen=True)
class Plan:
    """What a call comes to: the jobs, and the folders that cannot be searched or hold nothing."""

    jobs: tuple[Job, ...]
    problems: tuple[AudioFileError, ...]


@dataclass(frozen=True)
class _Found:
    """A recording and its place below the output folder."""

    audio: Path
    place: Path


def make_plan(
    paths: Sequence[Path], out: Path | None, recursive: bool, extension: str, out_is_folder: bool = False
) -> Plan:
    """Find the recordings that ``paths`` mean, and give each its output file.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders. A missing file stays in the plan: opening it tells what is wrong.
    out : Path or None
        For a single file the output file, or a folder if it exists; else the folder for all outputs, in
        which the tree below each named folder is kept. None: no output files.
    recursive : bool
        Search folders with all their subfolders, not only directly.
    extension : str
        Of the outputs, without a dot.
    out_is_folder : bool
        Take ``out`` for a folder though it does not exist yet.

    Raises
    ------
    CallError
        If two recordings would write the same file, or an output is one of the recordings.
    """
    found: dict[Path, _Found] = {}  # by absolute path: what is named twice is done once
    problems: list[AudioFileError] = []
    for path in paths:
        if not is_folder(path):
            found.setdefault(path.absolute(), _Found(path, Path(path.name)))
            continue
        for recording in _recordings(path, recursive, problems):
            found.setdefault(recording.absolute(), _Found(recording, recording.relative_to(path)))
    recordings = list(found.values())
    if out is None:
        return Plan(tuple(Job(recording.audio, None) for recording in recordings), tuple(problems))
    if len(paths) == 1 and not (out_is_folder or is_folder(paths[0]) or is_folder(out)):
        targets = [out]
    elif os.path.lexists(out) and not is_folder(out):
        raise CallError(f"-o {out} is a file, and these recordings need a folder")
    else:
        names = _output_names([recording.place for recording in recordings], extension)
        targets = [out / name for name in names]
    audios = [recording.audio for recording in recordings]
    _check_distinct(audios, targets)
    jobs = tuple(Job(audio, target) for audio, target in zip(audios, targets, strict=True))
    return Plan(jobs, tuple(problems))


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder; False where it cannot be looked at."""
    try:
        return path.is_dir()
    except OSError:  # not to be looked at, or too long a name: whoever opens it says so
        return False


def _recordings(folder: Path, recursive: bool, problems: list[AudioFileError]) -> list[Path]:
    """Recordings in a folder, sorted; hidden ones are passed over; adds to ``problems`` what goes wrong."""
    found: list[Path] = []
    before = len(problems)

    def note(error: OSError) -> None:
        problems.append(
            AudioFileError(
                tr("{path} cannot be searched ({reason}): change its permissions or leave it out").format(
                    path=error.filename, reason=error.strerror
                )
            )
        )

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        found += [
            Path(place, name)
            for name in files
            if Path(name).suffix.lower() in AUDIO_SUFFIXES and not name.startswith(".")
        ]
    if not found and len(problems) == before:
        sentence = (
            tr("{folder} holds no recordings (wav, flac, mp3, m4a and the like): name another folder")
            if recursive
            else tr(
                "{folder} holds no recordings (wav, flac, mp3, m4a and the like): name another one, or search its "
                "subfolders with -r"
            )
        )
        problems.append(AudioFileError(sentence.format(folder=folder)))
    return sorted(found)


def _output_names(places: Sequence[Path], extension: str) -> list[Path]:
    """``STEM.csv`` for each recording; those that would collide keep their extension, ``STEM.EXT.csv``."""
    names = [place.with_name(f"{place.stem}.{extension}") for place in places]
    while True:
        count = Counter(_alike(name) for name in names)
        longer = [
            place.with_name(f"{place.name}.{extension}") if count[_alike(name)] > 1 else name
            for place, name in zip(places, names, strict=True)
        ]
        if longer == names:
            return names
        names = longer


def _alike(name: Path) -> str:
    """Return a name as disks compare it that know no capitals and no two ways to write an accent."""
    return unicodedata.normalize("NFC", str(name)).casefold()


def _check_distinct(audios: Sequence[Path], targets: Sequence[Path]) -> None:
    inputs = {os.path.realpath(audio): audio for audio in audios}
    owners: dict[str, Path] = {}
    for audio, target in zip(audios, targets, strict=True):
        for path in (target, target.with_name(f"{target.name}.json")):
            if (place := os.path.realpath(path)) in inputs:
                raise CallError(f"{path} would overwrite the recording {inputs[place]}: choose another -o")
        first = owners.setdefault(os.path.realpath(target), audio)
        if first != audio:
            raise CallError(
                f"{first} and {audio} would both be written to {target}: analyze them in two calls with different -o"
            )
