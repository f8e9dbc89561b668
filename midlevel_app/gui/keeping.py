"""Keeping: the session of the open recording; saved, opened, kept against crashes, asked about before it is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from midlevel_app.errors import MidlevelError, SessionAudioMissing
from midlevel_app.gui.autosave import Autosave
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.dialogs import choose_recording, choose_session
from midlevel_app.gui.watching import Watching
from midlevel_app.language import tr
from midlevel_app.report import displayed
from midlevel_app.session import Session, load, save

AUTOSAVE_MS = 1000  # from a change to its autosave

View = Mapping[str, Any]


@dataclass(frozen=True)
class _Coming:
    """A session whose recording is being opened, and the file that it is from; a crash left it, or a user saved it."""

    session: Session
    file: Path
    crashed: bool = False
    moved: bool = False  # its recording is elsewhere now


class Keeper(QObject):
    """Keeps what the user made of a recording.

    Parameters
    ----------
    controller : Controller
    folder : Path
        For autosaves.
    watching : Watching
        Knows the recording's hash.
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

    def __init__(
        self, controller: Controller, watching: Watching, folder: Path, view: Callable[[], View], window: QWidget
    ) -> None:
        super().__init__(window)
        self.path: Path | None = None  # of the session
        self._controller = controller
        self._view = view
        self._window = window
        self._autosave = Autosave(folder)
        self._coming: _Coming | None = None  # applied once its recording is open
        self._made_with: str | None = None  # hash of the recording that the session was made with
        self._unidentified: tuple[Path, Session] | None = None  # saved before the recording's hash was known
        self._timer = QTimer(self, interval=AUTOSAVE_MS, singleShot=True)
        self._timer.timeout.connect(self._keep)
        controller.marks.marked.connect(self._timer.start)
        controller.opened.connect(self._on_opened)
        controller.opening.connect(self._on_opening)
        watching.identified.connect(self._on_identified)

    @property
    def unsaved(self) -> bool:
        """There are markers, or were, that no session file has."""
        return not self._controller.marks.undo_stack.isClean()

    def open(self, path: Path) -> None:
        """Open a session and its recording."""
        moved = False
        try:
            session = load(path)
        except SessionAudioMissing as error:
            self._tell(error)
            audio = choose_recording(self._window, path.parent)
            if audio is None:
                return
            session, moved = replace(error.session, audio=audio), True
        except MidlevelError as error:
            self._tell(error)
            return
        self._open(_Coming(session, path, moved=moved))

    def restore(self) -> bool:
        """Take up what a window that crashed left behind, the latest; tell whether there was something."""
        for path in self._autosave.orphans():
            try:
                session = load(path)
            except MidlevelError:
                continue  # its recording is gone: it stays until that is back
            self._open(_Coming(session, path, crashed=True))
            return True
        return False

    def save(self) -> bool:
        """Save to the session's file, or ask for one; tell whether it was done."""
        return self.save_as() if self.path is None else self._save(self.path)

    def save_as(self) -> bool:
        """Ask for a file and save there; tell whether it was done."""
        recording = self._controller.recording
        path = None if recording is None else choose_session(self._window, recording.path)
        return path is not None and recording is self._controller.recording and self._save(path)

    def may_leave(self) -> bool:
        """Ask what to do with unsaved markers; False if the user wants to stay."""
        if not self.unsaved:
            return True
        answer = QMessageBox.question(
            self._window,
            tr("Save the markers?"),
            tr("The markers of {name} are not saved.").format(name=self._name()),
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

    def _open(self, coming: _Coming) -> None:
        self._controller.open(coming.session.audio)
        self._coming = coming

    def _session(self) -> Session | None:
        recording, card = self._controller.recording, self._controller.card
        if recording is None or recording.facts is None:
            return None
        marks = self._controller.marks
        return Session(
            recording.path,
            recording.sha256 or None,
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
        self._unidentified = None if session.sha256 else (path, session)
        self.path = path
        self._controller.marks.undo_stack.setClean()
        self._autosave.clear()
        self.saved.emit(path)
        return True

    def _name(self) -> str:
        path = self._controller.path
        return tr("the recording") if path is None else displayed(path.name)

    def _tell(self, error: MidlevelError) -> None:
        self.problem.emit(Problem(str(error), tr("What is open stays as it is.")))

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
        self.path = self._unidentified = self._made_with = None
        self._autosave.clear()
        if self._coming is not None and self._controller.path != self._coming.session.audio:
            self._coming = None

    @Slot()
    def _on_opened(self) -> None:
        if self._coming is None:
            return
        coming, self._coming = self._coming, None
        session = coming.session
        self._made_with = session.sha256
        if self._controller.recording is not None:
            self._controller.recording.expect(session.duration)
        self._controller.marks.load(session.selection, session.markers)
        self._controller.select(session.selection)
        self.restored.emit(session.view)
        if coming.crashed:
            self._take_over(coming)
        else:
            self.path = coming.file
            if coming.moved:
                self._controller.marks.undo_stack.resetClean()  # saving keeps where the recording is now

    def _take_over(self, coming: _Coming) -> None:
        """Let what a crash left behind be this window's, unsaved."""
        session = self._session()
        if coming.session.markers:
            self._controller.marks.undo_stack.resetClean()
        if session is not None and (not session.markers or self._autosave.write(session)):
            coming.file.unlink(missing_ok=True)
        works = tr("Save the session (Ctrl+S) to keep it.")
        self.problem.emit(Problem(tr("The program ended unexpectedly last time; your markers are restored."), works))

    @Slot()
    def _on_identified(self) -> None:
        """Compare the recording with the session's, and write its hash into one that was saved without it."""
        recording = self._controller.recording
        if recording is None or not recording.sha256:
            return
        if self._made_with is not None and recording.sha256 != self._made_with:
            self.problem.emit(
                Problem(
                    tr("{path} is not the recording that this session was made with: its content differs.").format(
                        path=recording.path
                    ),
                    tr(
                        "The markers are there, but may not fit. Put the right recording in its place, and open "
                        "the session again."
                    ),
                )
            )
        if self._unidentified is None:
            return
        path, session = self._unidentified
        self._unidentified = None
        try:
            save(path, replace(session, sha256=recording.sha256))
        except MidlevelError as error:
            self._tell(error)
