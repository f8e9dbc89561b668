"""Cache: finished analyses under the user's cache folder, so that a recording opens at once the second time.

A recording is known by the SHA-256 of its content. Hashing hours of audio takes seconds, so a file whose stamp
(`stamp`) is that of an entry is taken for unchanged without a look inside; any other file is hashed, and only if
some entry is of its size. So a file that was merely touched, copied or moved is found again, and a changed one
is not; `stamp` says what could fool this.
"""

import hashlib
import json
import os
import re
import secrets
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from midlevel_app import __version__
from midlevel_app.curves import Curves
from midlevel_app.files import file_sha256
from midlevel_app.stamp import Stamp, take_stamp

FORMAT = 1
"""Goes up with the layout of entries, and whenever the same audio and model come to give other curves."""

DEFAULT_LIMIT = 200_000_000
"""Bytes that all entries together may take."""

LEFTOVER_SECONDS = 3600.0
"""An unfinished entry older than this was left by a process that died."""

_ENTRY_NAME = re.compile(r"\d+-[0-9a-f]{16}-[0-9a-f]{32}-[0-9a-f]{16}\.npz")
_PART_NAME = re.compile(r"\.midlevel-[0-9a-f]{16}\.part")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    NotImplementedError,  # a damaged header may name a compression that does not exist,
    RuntimeError,  # or encryption,
    MemoryError,  # or a shape beyond all memory
)


@dataclass(frozen=True)
class Entry:
    """A finished analysis.

    Attributes
    ----------
    curves : Curves
    duration : float or None
        Seconds that were read.
    complete : bool
        The recording was read to its end.
    problem : str or None
        Why there is less than a whole recording's curves.
    arrays : mapping of str to ndarray
        Whatever else belongs to it, the waveform's envelope for example.
    """

    curves: Curves
    duration: float | None
    complete: bool
    problem: str | None = None
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def user_cache_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """Return the folder for this user's entries, which may not exist yet; None where the system names no home."""
    try:
        if platform == "win32":
            base = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
            return base / "midlevel" / "Cache"
        if platform == "darwin":
            return Path.home() / "Library" / "Caches" / "midlevel"
        named = Path(environment.get("XDG_CACHE_HOME", ""))
        return (named if named.is_absolute() else Path.home() / ".cache") / "midlevel"
    except RuntimeError:
        return None


class Cache:
    """Finished analyses in a folder; nothing that goes wrong with that folder is an error.

    Several processes may share a folder: entries appear and vanish whole.

    Parameters
    ----------
    folder : Path
        Made when the first entry is stored.
    limit : int
        Bytes; beyond them the entries go that were not used for longest.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def find(self, path: Path, model_sha256: str) -> Entry | None:
        """Return the analysis of a recording by a model, if it was kept and the recording has not changed.

        Takes milliseconds for an unchanged file; one that was touched, moved or copied is read once for its hash,
        as is one that only has the size of a kept one.
        """
        stamp = take_stamp(path)
        if stamp is None:
            return None
        family = _family(stamp.size, model_sha256)
        for file in self._entries(f"{family}-*-{stamp.key}.npz"):
            if (entry := _read(file, stamp)) is not None:
                return entry
        if not self._entries(f"{family}-*.npz"):
            return None
        content = _content(path, stamp)
        if content is None:
            return None
        for file in self._entries(f"{family}-{content}-*.npz"):
            if (entry := _read(file, stamp)) is not None:
                if stamp.settled:
                    _rename(file, self.folder / f"{family}-{content}-{stamp.key}.npz")
                return entry
        return None

    def store(self, path: Path, model_sha256: str, entry: Entry, since: Stamp) -> bool:
        """Keep an analysis; tell whether it was kept.

        Reads the recording once for its hash.

        Parameters
        ----------
        path : Path
        model_sha256 : str
        entry : Entry
        since : Stamp
            The recording's, taken before the analysis began to read it. Nothing is kept if the file has changed
            since, or had been changed so shortly before that a further change might not show.
        """
        content = _content(path, since) if since.settled else None
        if content is None:
            return False
        target = self.folder / f"{_family(since.size, model_sha256)}-{content}-{since.key}.npz"
        part = self.folder / f".midlevel-{secrets.token_hex(8)}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                _write(part, entry, since.path)
                if part.stat().st_size > self.limit:
                    return False
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        except OSError:
            return False
        for other in self._entries(f"{target.name.rpartition('-')[0]}-*.npz"):
            if other != target:
                _remove(other)
        self._trim()
        return target.exists()

    def size(self) -> int:
        """Bytes that the entries take."""
        return sum(size for _, size, _ in self._files())

    def clear(self) -> bool:
        """Remove all entries and nothing else; tell whether they are gone."""
        for _, _, file in self._files():
            _remove(file)
        return not self._files()

    def _entries(self, pattern: str) -> list[Path]:
        try:
            return [file for file in sorted(self.folder.glob(pattern)) if _ENTRY_NAME.fullmatch(file.name)]
        except OSError:
            return []

    def _files(self) -> list[tuple[int, int, Path]]:
        """Time of the last use (ns), size (bytes) and path of every file of ours, least recently used first."""
        try:
            files = list(self.folder.iterdir())
        except OSError:  # no folder yet
            return []
        ours = [file for file in files if _ENTRY_NAME.fullmatch(file.name) or _PART_NAME.fullmatch(file.name)]
        stamps = [(file, take_stamp(file)) for file in ours]
        return sorted((stamp.modified, stamp.size, file) for file, stamp in stamps if stamp is not None)

    def _trim(self) -> None:
        """Remove leftovers, then the least recently used, until the rest fits."""
        files = self._files()
        total = sum(size for _, size, _ in files)
        old = time.time_ns() - LEFTOVER_SECONDS * 1e9
        leftovers = [one for one in files if _PART_NAME.fullmatch(one[2].name) and one[0] < old]
        entries = [one for one in files if _ENTRY_NAME.fullmatch(one[2].name)]
        for number, (_, size, file) in enumerate([*leftovers, *entries]):
            if number >= len(leftovers) and total <= self.limit:
                return
            _remove(file)
            total -= size


def _family(size: int, model_sha256: str) -> str:
    """First part of the names of all entries for files of a size, by this model, this program and its libraries."""
    context = hashlib.sha256(f"{FORMAT} {__version__} {model_sha256} {_libraries()}".encode()).hexdigest()[:16]
    return f"{size}-{context}"


@lru_cache(maxsize=1)
def _libraries() -> str:
    """Versions of what decodes, resamples and computes: others may give slightly other curves."""
    found = []
    for name in ("soundfile", "av", "soxr", "numpy", "onnxruntime"):
        with suppress(PackageNotFoundError):  # a packed program may not tell
            found.append(f"{name} {version(name)}")
    return ", ".join(found)


def _content(path: Path, stamp: Stamp) -> str | None:
    """Thirty-two hexadecimal digits of the content's hash; None if the file is not the one of the stamp."""
    try:
        digest = file_sha256(path)
    except OSError:
        return None
    return digest[:32] if take_stamp(path) == stamp else None


def _members(entry: Entry, path: str) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    curves = entry.curves
    about = {
        "path": path,
        "features": curves.features,
        "duration": entry.duration,
        "complete": entry.complete,
        "problem": entry.problem,
        "spread": curves.spread is not None,
        "arrays": list(entry.arrays),
    }
    yield "about", np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    yield "times", curves.times
    yield "values", curves.values
    if curves.spread is not None:
        yield "spread", curves.spread
    for name, array in entry.arrays.items():
        yield f"array {name}", np.asarray(array)


def _write(file: Path, entry: Entry, path: str) -> None:
    """Write an entry as ``.npz``; unlike `numpy.savez` it takes any name, and no array of objects."""
    with zipfile.ZipFile(file, "x") as archive:
        for name, array in _members(entry, path):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _read(file: Path, stamp: Stamp) -> Entry | None:
    """Read an entry and note its use; a damaged one is removed. A problem's text names a path, so it holds there only.

    The archive's checksums tell a damaged array.
    """
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            about = json.loads(archive["about"].tobytes())
            if about["problem"] is not None and about["path"] != stamp.path:
                return None
            spread = archive["spread"] if about["spread"] else None
            curves = Curves(archive["times"], archive["values"], tuple(about["features"]), spread)
            extra = {name: archive[f"array {name}"] for name in about["arrays"]}
            entry = Entry(curves, about["duration"], about["complete"], about["problem"], extra)
    except OSError:
        return None
    except _DAMAGE:
        _remove(file)
        return None
    with suppress(OSError):  # a cache that may only be read
        os.utime(file)
    return entry


def _rename(file: Path, target: Path) -> None:
    with suppress(OSError):  # a cache that may only be read
        file.replace(target)


def _remove(file: Path) -> None:
    with suppress(OSError):  # a cache that may only be read
        file.unlink(missing_ok=True)
