"""Watching: notices that the file of the open recording went away, came back, or is another one now."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from midlevel_app.stamp import Stamp, take_stamp

SETTLE_MS = 300  # a program that replaces a file takes the old one away first
RETURN_MS = 1000  # how often it is looked for while it is away


class FileWatch(QObject):
    """Compares a file with the one that was opened whenever the system says that something happened to it.

    Parameters
    ----------
    path : Path
    stamp : Stamp
        Of the file that was opened.
    """

    told = Signal(str)
    """``gone``, ``changed`` (another file has its name, or its content was written anew) or ``there`` again."""

    def __init__(self, path: Path, stamp: Stamp, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path, self._stamp = path, stamp
        self._state = "there"
        self._watcher = QFileSystemWatcher([str(path)], self)
        self._watcher.fileChanged.connect(self._wait)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)

    @Slot()
    def _wait(self) -> None:
        self._timer.start(SETTLE_MS)

    @Slot()
    def _look(self) -> None:
        stamp = take_stamp(self._path)
        if stamp is None:
            self._timer.start(RETURN_MS)
            self._tell("gone")
            return
        self._watcher.addPath(str(self._path))  # another file of this name is not watched yet
        self._tell("there" if _same(stamp, self._stamp) else "changed")

    def _tell(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.told.emit(state)


def _same(one: Stamp, other: Stamp) -> bool:
    """Tell whether it is the same content; rights and name may have changed."""
    return (one.inode, one.size, one.modified) == (other.inode, other.size, other.modified)
