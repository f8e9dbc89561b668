"""Watching: whether the file of the open recording is still there and still what was opened, and its hash."""

import hashlib
import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from midlevel_app.files import file_blocks
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.language import tr
from midlevel_app.stamp import Stamp, take_stamp

if TYPE_CHECKING:  # loaded by the controller, off the window's thread
    from midlevel_app.gui.recording import Recording

WATCH_MS = 2000  # from one look at the file to the next


class State(Enum):
    """What is at the recording's place."""

    SAME = "same"
    GONE = "gone"
    CHANGED = "changed"


class Look(QThread):
    """Takes the stamp of a file, which on a disk that does not answer may take long."""

    found = Signal(object, object)
    """This thread, and the file's `Stamp`, or None where there is none."""

    def __init__(self, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path

    def run(self) -> None:
        """Look and report."""
        self.found.emit(self, take_stamp(self._path))


class Identity(QThread):
    """Computes the hash of a file that is and stays as its stamp says; it may be moved or deleted meanwhile."""

    found = Signal(object, str)
    """This thread, and the SHA-256 in hexadecimal; empty if the file is not or does not stay what it was."""

    def __init__(self, path: Path, stamp: Stamp, parent: QObject) -> None:
        super().__init__(parent)
        self.stamp = stamp
        self._path = path

    def run(self) -> None:
        """Read and report; nothing if the thread was interrupted."""
        digest = hashlib.sha256()
        unchanged = False
        try:
            with self._path.open("rb") as file:
                before = os.fstat(file.fileno())
                for block in file_blocks(file):
                    if self.isInterruptionRequested():
                        return
                    digest.update(block)
                unchanged = self.stamp.is_of(before) and self.stamp.is_of(os.fstat(file.fileno()))
        except OSError:
            unchanged = False
        self.found.emit(self, digest.hexdigest() if unchanged else "")


class Watching(QObject):
    """Looks after the file of the open recording, on threads of its own; the curves stay whatever becomes of it."""

    identified = Signal()
    """The open recording's `sha256` is known."""

    problem = Signal(object)
    """A `Problem`."""

    solved = Signal(object)
    """A `Problem` that was told and is over."""

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self.state = State.SAME
        self._controller = controller
        self._recording: Recording | None = None
        self._seen: Stamp | None = None  # at the last look
        self._other: Stamp | None = None  # known to be of another content
        self._looker: Look | None = None
        self._identity: Identity | None = None
        self._told: Problem | None = None
        self._timer = QTimer(self, interval=WATCH_MS)
        self._timer.timeout.connect(self._look)
        controller.opened.connect(self._begin)
        controller.opening.connect(self.end)
        controller.failed.connect(self.end)

    @Slot()
    def end(self) -> None:
        """Look after nothing any more."""
        self._timer.stop()
        if self._identity is not None:
            self._identity.requestInterruption()
        self.state, self._recording, self._identity, self._told = State.SAME, None, None, None
        self._looker = None  # one that still looks may never come back

    @Slot()
    def _begin(self) -> None:
        self.end()
        recording = self._controller.recording
        if recording is not None and recording.stamp is not None:
            self._recording = recording
            self._identify(recording.stamp)
            self._timer.start()

    def _identify(self, stamp: Stamp) -> None:
        if self._recording is not None:
            self._identity = Identity(self._recording.path, stamp, self)
            self._identity.found.connect(self._on_hash)
            self._controller.launch(self._identity)

    @Slot()
    def _look(self) -> None:
        if self._recording is not None and self._looker is None:
            self._looker = Look(self._recording.path, self)
            self._looker.found.connect(self._on_look)
            self._controller.launch(self._looker)

    @Slot(object, object)
    def _on_look(self, look: Look, stamp: Stamp | None) -> None:
        recording = self._recording
        if look is not self._looker or recording is None or recording.stamp is None:
            return
        self._looker = None
        settled, self._seen = stamp == self._seen, stamp
        if stamp is None:
            self._tell(State.GONE)
        elif stamp.alike(recording.stamp):
            self._tell(State.SAME)
        elif stamp.size != recording.stamp.size or recording.sha256 == "":
            self._tell(State.CHANGED)
        elif settled and self._identity is None and stamp != self._other:  # touched, or copied back
            self._identify(stamp)

    @Slot(object, str)
    def _on_hash(self, identity: Identity, sha256: str) -> None:
        recording = self._recording
        if identity is not self._identity or recording is None:
            return
        self._identity = None
        if recording.sha256 is None:
            recording.sha256 = sha256
            self.identified.emit()
        elif sha256 == recording.sha256:
            recording.stamp = identity.stamp
            self._tell(State.SAME)
        else:
            self._other = identity.stamp
            self._tell(State.CHANGED)

    def _tell(self, state: State) -> None:
        if state is self.state or self._recording is None:
            return
        self.state = state
        if self._told is not None:
            self.solved.emit(self._told)
        path = self._recording.path
        if state is State.GONE:
            self._told = Problem(
                tr("{path} is no longer there: it was moved, renamed or deleted, or its disk was removed.").format(
                    path=path
                ),
                tr("Curves, markers and export still work. Once it is back, so does playing."),
            )
        elif state is State.CHANGED and self._controller.reading:
            self._told = Problem(
                tr("{path} was changed while it was read: its curves may be of neither version.").format(path=path),
                tr("Your markers stay. Open it again to describe what is there now."),
            )
        elif state is State.CHANGED:
            self._told = Problem(
                tr("{path} has changed since it was opened: what plays may not be what the curves describe.").format(
                    path=path
                ),
                tr("Curves and markers stay as they are. Open it again to describe what is there now."),
            )
        else:
            self._told = None
        if self._told is not None:
            self.problem.emit(self._told)
