"""Opening: recordings, folders and sessions, chosen, dropped, recent or the example; all ways lead to `open`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from midlevel_app.batch import is_folder
from midlevel_app.gui.actions import Actions
from midlevel_app.gui.controller import Controller
from midlevel_app.gui.dialogs import choose_folder, choose_recording
from midlevel_app.gui.filelist import FileList
from midlevel_app.gui.keeping import Keeper
from midlevel_app.gui.screens import example_recording
from midlevel_app.language import tr
from midlevel_app.report import displayed
from midlevel_app.session import SUFFIX

RECENT = 10  # recordings offered again


@dataclass(frozen=True)
class Opened:
    """What was opened before: the folder to start from, and recordings, the latest first."""

    folder: Path | None = None
    recent: tuple[Path, ...] = ()

    def remembering(self, path: Path) -> "Opened":
        """Remember ``path`` as the recording opened last."""
        others = tuple(other for other in self.recent if other != path)
        return Opened(path.parent, (path, *others)[:RECENT])


class Opening(QObject):
    """Opens what the user asks for, once unsaved markers are saved or given up."""

    def __init__(
        self, actions: Actions, controller: Controller, keeper: Keeper, files: FileList, before: Opened, window: QWidget
    ) -> None:
        super().__init__(window)
        self.before = before
        self._actions = actions
        self._controller = controller
        self._keeper = keeper
        self._files = files
        self._window = window
        actions.open.triggered.connect(self.choose_recording)
        actions.open_folder.triggered.connect(self.choose_folder)
        actions.example.triggered.connect(self.open_example)
        actions.recent.aboutToShow.connect(self._fill_recent)
        actions.previous.triggered.connect(lambda: self._open_beside(-1))
        actions.next.triggered.connect(lambda: self._open_beside(1))
        files.open_requested.connect(lambda path: self.open([path]))
        controller.listed.connect(self._open_listed)
        controller.opening.connect(lambda: files.set_current(controller.path))
        controller.opened.connect(self._remember)

    def open(self, paths: Sequence[Path]) -> None:
        """Open a session, a recording, or the first of several with the list of all, if the user lets go."""
        if not paths:
            return
        is_session = paths[0].suffix == SUFFIX
        if not is_session and (len(paths) > 1 or is_folder(paths[0])):
            self._controller.list_all(paths)
        elif self._keeper.may_leave():
            (self._keeper.open if is_session else self._controller.open)(paths[0])

    @Slot(object)
    def _open_listed(self, paths: Sequence[Path]) -> None:
        """Open the first of those that were found; only now, since finding them may have taken a while."""
        if self._keeper.may_leave():
            self._files.set_paths(paths)
            self._controller.open(paths[0])

    @Slot()
    def choose_recording(self) -> None:
        """Ask for a recording or a session, and open it."""
        path = choose_recording(self._window, self.before.folder)
        if path is not None:
            self.open([path])

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder, and open its recordings."""
        path = choose_folder(self._window, tr("Open a folder of recordings"), self.before.folder)
        if path is not None:
            self.open([path])

    @Slot()
    def open_example(self) -> None:
        """Open the recording that comes with the program."""
        path = example_recording()
        if path is not None:
            self.open([path])

    def _open_beside(self, step: int) -> None:
        path = self._files.beside(step)
        if path is not None:
            self.open([path])

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._actions.recent
        menu.clear()
        for path in self.before.recent:
            made = menu.addAction(displayed(path.name).replace("&", "&&"))
            made.setToolTip(displayed(str(path)))
            made.triggered.connect(lambda checked=False, path=path: self.open([path]))
        if not self.before.recent:
            menu.addAction(tr("None yet")).setEnabled(False)

    @Slot()
    def _remember(self) -> None:
        path = self._controller.path
        if path is not None and path != example_recording():
            self.before = self.before.remembering(path)
