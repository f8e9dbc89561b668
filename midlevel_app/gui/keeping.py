"""Keeping: the session of the open recording; saved, opened, kept against crashes, asked about before it is lost."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from midlevel_app.errors import MidlevelError, SessionAudioMissing
from midlevel_app.gui.autosave import Autosave
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.dialogs import choose_recording, choose_session
from midlevel_app.report import displayed
from midlevel_app.session import Session, load, save

AUTOSAVE_MS = 1000  # from a change to its autosave

View = Mapping[str, Any]


class Keeper(QObject):
    """Keeps what the user made of a recording.

    Parameters
    ----------
    controller : Controller
    folder : Path
        For autosaves.
    view : callable
        Returns the window's view as JSON-ready values.
    window : QWidget
        Whom dialogs belong to.
    """

    restored = Signal(object)
    """The view (a mapping) that a session holds; its recording is open and its marks are there."""

    saved = Signal(object)
    """The session's file."""

    problem = Signal(object)
    """A `Problem`."""

    def __init__(self, controller: Controller, folder: Path, view: Callable[[], View], window: QWidget) -> None:
        super().__init__(window)
        self.path: Path | None = None  # of the session
        self._controller = controller
        self._view = view
        self._window = window
        self._autosave = Autosave(folder)
        self._expected: str | None = None  # hash of the recording that the open session was made with
        self._coming: tuple[Session, Path | None] | None = None  # applied once its recording is open
        self._timer = QTimer(self, interval=AUTOSAVE_MS, singleShot=True)
        self._timer.timeout.connect(self._keep)
        controller.marks.marked.connect(self._timer.start)
        controller.opened.connect(self._on_opened)
        controller.opening.connect(self._on_opening)
        controller.hashed.connect(self._on_hash)

    @property
    def unsaved(self) -> bool:
        """There are markers, or were, that no session file has."""
        return not self._controller.marks.undo_stack.isClean()

    def open(self, path: Path) -> None:
        """Open a session and its recording."""
        try:
            session = load(path)
        except SessionAudioMissing as error:
            self._tell(error)
            audio = choose_recording(self._window, path.parent)
            if audio is None:
                return
            session = replace(error.session, audio=audio)
        except MidlevelError as error:
            self._tell(error)
            return
        self._open(session, path)

    def restore(self) -> bool:
        """Take up what a window that crashed left behind, the latest; tell whether there was something."""
        for path in self._autosave.orphans():
            try:
                session = load(path)
            except MidlevelError:
                continue  # its recording is gone: it stays until that is back
            self._open(session, None)
            path.unlink(missing_ok=True)
            works = "Save the session (Ctrl+S) to keep it."
            self.problem.emit(Problem("The program ended unexpectedly last time; your markers are restored.", works))
            return True
        return False

    def save(self) -> bool:
        """Save to the session's file, or ask for one; tell whether it was done."""
        return self.save_as() if self.path is None else self._save(self.path)

    def save_as(self) -> bool:
        """Ask for a file and save there; tell whether it was done."""
        recording = self._controller.recording
        path = None if recording is None else choose_session(self._window, recording.path)
        return path is not None and self._save(path)

    def may_leave(self) -> bool:
        """Ask what to do with unsaved markers; False if the user wants to stay."""
        if not self.unsaved:
            return True
        answer = QMessageBox.question(
            self._window,
            "Save the markers?",
            f"The markers of {self._name()} are not saved.",
            QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Save,
        )
        if answer == QMessageBox.StandardButton.Save:
            return self.save()
        return answer == QMessageBox.StandardButton.Discard

    def close(self) -> None:
        """The window ends, and all is saved or given up."""
        self._timer.stop()
        self._autosave.close()

    def _open(self, session: Session, path: Path | None) -> None:
        self._controller.open(session.audio)
        self._coming = session, path

    def _session(self) -> Session | None:
        recording, card = self._controller.recording, self._controller.card
        if recording is None or recording.facts is None:
            return None
        marks = self._controller.marks
        return Session(
            recording.path,
            self._controller.sha256,
            recording.facts.duration,
            "none" if card is None else card.name,
            self._controller.model_sha256 or "none",
            self._view(),
            marks.markers,
            marks.selection,
        )

    def _save(self, path: Path) -> bool:
        session = self._session()
        if session is None:
            return False
        try:
            save(path, session)
        except MidlevelError as error:
            self._tell(error)
            return False
        self.path = path
        self._controller.marks.undo_stack.setClean()
        self._autosave.clear()
        self.saved.emit(path)
        return True

    def _name(self) -> str:
        path = self._controller.path
        return "the recording" if path is None else displayed(path.name)

    def _tell(self, error: MidlevelError) -> None:
        self.problem.emit(Problem(str(error), "What is open stays as it is."))

    @Slot()
    def _keep(self) -> None:
        session = self._session()
        if self.unsaved:
            if session is not None:
                self._autosave.write(session)
        else:
            self._autosave.clear()

    @Slot()
    def _on_opening(self) -> None:
        self.path = self._expected = None
        self._autosave.clear()
        if self._coming is not None and self._controller.path != self._coming[0].audio:
            self._coming = None

    @Slot()
    def _on_opened(self) -> None:
        if self._coming is None:
            return
        session, self.path = self._coming
        self._coming = None
        marks = self._controller.marks
        marks.load(session.selection, session.markers)
        self._controller.select(session.selection)
        self._expected = session.sha256
        if self.path is None and session.markers:  # from a crash: no file has them
            marks.undo_stack.resetClean()
            self._timer.start()
        self.restored.emit(session.view)

    @Slot()
    def _on_hash(self) -> None:
        """Say if the recording is not the one that the session was made with."""
        found = self._controller.sha256
        if None not in (found, self._expected) and found != self._expected:
            what = f"{self._name()} is not the recording that this session was made with"
            works = "Markers may be in the wrong places. Put the right recording beside the session and open it again."
            self.problem.emit(Problem(what, works))
