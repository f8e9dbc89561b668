"""A take: what is heard, written to disk from the first sample on, so that neither a kill nor a full disk costs it.

While it is recorded, the take ``NAME.wav`` is the file ``NAME.unfinished.wav``, which any program can read; only when
it is whole it gets its name. What a kill leaves behind bears the other name still, and is mended to a take.
"""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from midlevel_app.audio.takefiles import BITS, TAKE_FILES, Quantised, TakeFile, is_being_written, mend
from midlevel_app.errors import DiskFullError, ExportError
from midlevel_app.files import check_writable, placed
from midlevel_app.language import tr

UNFINISHED = ".unfinished"
"""Stands in the name of a take that is being recorded, before its ending."""

SYNC_SECONDS = 1.0
"""The most of a take that a kill or a power failure costs."""

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What an ``OSError`` says where there is no room."""

_SPARE_SECONDS = 2.0  # of room that is left on the disk, to end the take and write what lies beside it
_SPARE_BYTES = 1 << 16


def check_take(target: Path, force: bool = False) -> None:
    """Raise `ExportError` for a take that cannot be recorded to ``target``, before the work."""
    if target.suffix not in TAKE_FILES:
        raise ExportError(
            tr("{target} is no name of a take: let it end in {endings}").format(
                target=target, endings=" or ".join(TAKE_FILES)
            )
        )
    check_writable((placed(target),), force)


class Take:
    """A take that is being recorded. For one thread.

    Attributes
    ----------
    path : Path
        Where it is now.
    """

    def __init__(self, target: Path, rate: int, channels: int, force: bool = False) -> None:
        """Begin it.

        Parameters
        ----------
        target : Path
            Its name when it is whole; the ending says which format.
        rate : int
            Samples a second.
        channels : int
        force : bool
            Replace a file of that name in the end; else it must not exist.

        Raises
        ------
        ExportError
            If it cannot be written there.
        """
        check_take(target, force)
        self._target = placed(target)
        self._force = force
        self._rate = rate
        self._bytes_a_second = rate * channels * BITS / 8  # FLAC takes less, how much shows later
        self._synced = 0  # frames
        self.path = unfinished_name(self._target)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                if is_being_written(self.path):
                    raise ExportError(
                        tr("{target} is being recorded already: choose another name").format(target=target)
                    )
                mended(self.path, beside=self._target)
            if not self._has_room():
                raise DiskFullError(
                    tr("{folder} has no room for a take: make room or choose another folder").format(
                        folder=self.path.parent
                    )
                )
            self._file: TakeFile = TAKE_FILES[target.suffix](self.path, rate, channels)
        except OSError as error:
            raise self._failure(error) from error

    @property
    def frames(self) -> int:
        """How many were written."""
        return self._file.frames

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self._file.frames / self._rate

    def write(self, samples: Quantised) -> None:
        """Append samples (n, channels); now and then, see that they survive.

        Raises
        ------
        DiskFullError
            If there is no room for more: the take is to be finished.
        ExportError
            If it cannot be written for another reason.
        """
        try:
            self._file.write(samples)
            if self._file.frames - self._synced >= SYNC_SECONDS * self._rate:
                self._synced = self._file.frames
                self._file.sync()
                if not self._has_room():
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._failure(error) from error

    def seconds_left(self) -> float:
        """How much longer it can get until the disk is full; `ExportError` if the disk does not answer."""
        return room_seconds(self.path.parent, self._rate_of_bytes())

    def finish(self) -> Path | None:
        """End it and give it its name, or another where that was taken meanwhile; None if nothing was recorded.

        Raises
        ------
        ExportError
            If that fails; then what could be written stays under the name of the unfinished take.
        """
        try:
            self._file.close()
            if self._force and self._file.frames:
                self.path.replace(self._target)
                return self._target
            return _named(self.path, self._file.frames, self._target)
        except OSError as error:
            raise ExportError(
                tr("{path} could not be finished ({reason}): it stays there").format(
                    path=self.path, reason=error.strerror
                )
            ) from error

    def _rate_of_bytes(self) -> float:
        if self.seconds > 10 * SYNC_SECONDS:
            with contextlib.suppress(FileNotFoundError):  # it was moved while it is written, which harms nothing
                return self.path.stat().st_size / self.seconds
        return self._bytes_a_second

    def _has_room(self) -> bool:
        free = shutil.disk_usage(self.path.parent).free
        return free >= _SPARE_SECONDS * self._bytes_a_second + _SPARE_BYTES

    def _failure(self, error: OSError) -> ExportError:
        if error.errno in FULL_DISK:
            return DiskFullError(
                tr("the disk is full: {target} ends here, and is kept; make room for the next one").format(
                    target=self._target
                )
            )
        return ExportError(
            tr("{target} could not be written any more ({reason}): what was is kept; choose another folder").format(
                target=self._target, reason=error.strerror
            )
        )


def room_seconds(folder: Path, bytes_a_second: float) -> float:
    """Seconds of audio that a disk has room for; `ExportError` if it does not answer."""
    try:
        return max(0.0, shutil.disk_usage(folder).free - _SPARE_BYTES) / bytes_a_second
    except OSError as error:
        raise ExportError(
            tr("{folder} cannot be looked at ({reason}): choose another folder").format(
                folder=folder, reason=error.strerror
            )
        ) from error


def unfinished_name(target: Path) -> Path:
    """Return the name that a take bears while it is recorded."""
    return target.with_name(f"{target.stem}{UNFINISHED}{target.suffix}")


def unfinished_takes(folder: Path) -> list[Path]:
    """Takes in a folder that were left unfinished, the latest first; those being recorded now are none."""
    try:
        found = [
            path
            for suffix in TAKE_FILES
            for path in folder.glob(f"*{UNFINISHED}{suffix}")
            if not is_being_written(path)
        ]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:  # a folder that is not there, or not to be looked into, offers nothing
        return []


def mended(path: Path, beside: Path | None = None) -> Path | None:
    """Make a take that was left unfinished an ordinary one; ``beside`` is a name that it must not get.

    Returns
    -------
    Path or None
        Its name now, as it was to be called, with a number where that is taken. None if nothing was recorded.

    Raises
    ------
    ExportError
        If it cannot be written; it then stays as it is.
    AudioFileError
        If it is something else.
    """
    target = path.with_name(f"{path.stem.removesuffix(UNFINISHED)}{path.suffix}")
    try:
        return _named(path, mend(path), target, beside)
    except OSError as error:
        raise ExportError(
            tr("{path} could not be mended ({reason}): change its permissions or copy it").format(
                path=path, reason=error.strerror
            )
        ) from error


def _named(path: Path, frames: int, target: Path, beside: Path | None = None) -> Path | None:
    """Give a whole file the first free name, or remove an empty one."""
    if not frames:
        path.unlink()
        return None
    number, free = 1, target
    while free.exists() or free == beside:
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    path.replace(free)
    return free
