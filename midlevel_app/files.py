"""Files that are whole or not there: whether they can be written, and writing them."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from midlevel_app.errors import ExportError
from midlevel_app.language import tr

_BLOCK = 1 << 20  # bytes


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in file_blocks(file):
            digest.update(block)
    return digest.hexdigest()


def file_blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of an open file in blocks."""
    while block := file.read(_BLOCK):
        yield block


def placed(target: Path) -> Path:
    """Return the target with its folder resolved, so that making that folder changes no meaning of ``..``."""
    return target.parent.resolve() / target.name


def check_writable(paths: Sequence[Path], force: bool = False) -> None:
    """Raise `ExportError` for files of one folder that cannot be written, before the work.

    Without ``force`` none of them may exist.
    """
    target = paths[0]
    try:
        for path in paths:
            if path.exists() and not path.is_file():
                raise ExportError(
                    tr("{path} is not a regular file: choose another name for the output").format(path=path)
                )
            if not force and (path.exists() or path.is_symlink()):
                raise ExportError(
                    tr("{path} exists already: choose another name, or replace it with --force").format(path=path)
                )
        folder = target.parent
        while not folder.exists():
            folder = folder.parent
    except OSError as error:  # a name too long, or a loop of links
        raise ExportError(
            tr("{target} cannot be written ({reason}): choose another name").format(
                target=target, reason=error.strerror
            )
        ) from error
    if not folder.is_dir():
        raise ExportError(
            tr("{target} cannot be written ({folder} is not a folder): choose another folder").format(
                target=target, folder=folder
            )
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(
            tr("{target} cannot be written ({folder} is read-only): choose another folder").format(
                target=target, folder=folder
            )
        )


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write all files, which are in one folder, or, whatever happens on the way, none.

    Everything is first written under other names in that folder (made where it is missing), then renamed, so that no
    half-written file ever bears the final name. What exists is replaced, one file after the other: where the system
    lets only some of them be replaced, as in a folder shared with others, those before stay replaced.

    Raises
    ------
    ExportError
        If writing fails; then nothing new was left behind.
    """
    target = next(iter(contents))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_and_rename(contents)
    except OSError as error:
        raise ExportError(
            tr("{target} could not be written ({reason}): make room or choose another folder").format(
                target=target, reason=error.strerror
            )
        ) from error


def _write_and_rename(contents: Mapping[Path, bytes]) -> None:
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
