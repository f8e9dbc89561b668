"""Autosave: the work at hand kept on the disk, so that a crash loses none of it."""

import uuid
from pathlib import Path

from PySide6.QtCore import QLockFile

from midlevel_app.errors import MidlevelError
from midlevel_app.session import SUFFIX, Session, save


class Autosave:
    """One window's autosave file. A file whose window is gone without clearing it is an orphan: there was a crash.

    Parameters
    ----------
    folder : Path
        Made when it is first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        self._lock: QLockFile | None = None

    def write(self, session: Session) -> bool:
        """Keep ``session`` in place of what was kept; tell whether it could be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _lock_of(self.path)
                self._lock.tryLock(0)
            save(self.path, session)
        except (MidlevelError, OSError):
            return False
        return True

    def clear(self) -> None:
        """Keep nothing: it was saved elsewhere, or was not wanted."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Clear, and let go of the lock."""
        self.clear()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def orphans(self) -> list[Path]:
        """Files that other windows left behind, the latest first."""
        try:
            found = [path for path in self._folder.glob(f"*{SUFFIX}") if path != self.path and _is_orphan(path)]
            return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
        except OSError:
            return []


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # only the end of its process makes a lock stale, not its age
    return lock


def _is_orphan(path: Path) -> bool:
    lock = _lock_of(path)
    if not lock.tryLock(0):
        return False
    lock.unlock()
    return True
