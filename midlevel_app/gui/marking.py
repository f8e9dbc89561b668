"""Marking: the actions that select and mark, and what they do to the open recording's marks."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from midlevel_app.errors import ExportError
from midlevel_app.gui.actions import Actions
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.dialogs import choose_labels
from midlevel_app.language import tr
from midlevel_app.markers import Marker, read_labels

if TYPE_CHECKING:  # loaded after the window is on the screen
    from midlevel_app.gui.stage import Stage


class Marking(QObject):
    """Lets actions change the marks at the playhead, and offers only what can be done."""

    moved = Signal()
    """The playhead went to a marker."""

    imported = Signal(int)
    """So many markers were added from a file."""

    problem = Signal(object)
    """A `Problem`."""

    def __init__(self, actions: Actions, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._stage: Stage | None = None
        self._actions = actions
        self._controller = controller
        self._marks = marks = controller.marks
        actions.mark.triggered.connect(lambda: marks.add(controller.position))
        actions.marker_before.triggered.connect(lambda: self._go(forward=False))
        actions.marker_after.triggered.connect(lambda: self._go(forward=True))
        actions.import_labels.triggered.connect(self.import_labels)
        actions.undo.triggered.connect(marks.undo_stack.undo)
        actions.redo.triggered.connect(marks.undo_stack.redo)
        actions.select_none.triggered.connect(lambda: marks.select(None))
        actions.select_all.triggered.connect(lambda: marks.select((0.0, controller.extent)))
        actions.select_from.triggered.connect(lambda: marks.select_from(controller.position, controller.extent))
        actions.select_to.triggered.connect(lambda: marks.select_to(controller.position))
        marks.selected.connect(self.offer)
        marks.marked.connect(self.offer)
        marks.undo_stack.indexChanged.connect(self.offer)
        self.offer()

    def serve(self, stage: "Stage") -> None:
        """Let the stage show the marks, and do what it asks with them."""
        self._stage = stage
        marks, listed = self._marks, stage.inspector.markers
        stage.menu_requested.connect(self._show_menu)
        stage.lanes.selection_requested.connect(self._controller.select)
        stage.lanes.marker_move_requested.connect(self.move)
        listed.rename_requested.connect(marks.rename)
        listed.remove_requested.connect(marks.remove)
        listed.move_requested.connect(self.move)
        marks.selected.connect(self.show)
        marks.marked.connect(self.show)
        self._actions.to_selection.triggered.connect(self._show_selection)

    @Slot()
    def show(self) -> None:
        """Show what is selected and marked."""
        if self._stage is not None:
            self._stage.set_selection(self._marks.selection)
            self._stage.set_markers(self._marks.markers)

    def offer(self) -> None:
        """Enable what can be done now, and name what would be undone."""
        acts, stack = self._actions, self._marks.undo_stack
        shown = acts.recording_page.isChecked()  # else nobody would see what happens
        selected = self._marks.selection is not None
        for action in (acts.to_selection, acts.select_none):
            action.setEnabled(selected and shown)
        acts.stay_within.setEnabled(selected)
        for action in (acts.marker_before, acts.marker_after):
            action.setEnabled(bool(self._marks.markers) and shown)
        undone, redone = stack.undoText(), stack.redoText()
        acts.undo.setText(tr("Undo {what}").format(what=undone) if undone else tr("Undo"))
        acts.redo.setText(tr("Redo {what}").format(what=redone) if redone else tr("Redo"))
        acts.undo.setEnabled(stack.canUndo() and shown)
        acts.redo.setEnabled(stack.canRedo() and shown)

    @Slot()
    def import_labels(self) -> None:
        """Ask for a label track of Audacity, and add its labels to the markers."""
        recording = self._controller.recording
        path = None if recording is None else choose_labels(self._window, recording.path.parent)
        if path is None or recording is not self._controller.recording:
            return
        try:
            labels = read_labels(path)
        except ExportError as error:
            self.problem.emit(Problem(str(error), tr("Your markers stay as they are.")))
            return
        self.imported.emit(self._marks.add_all(labels))

    @Slot(object, float)
    def move(self, marker: Marker, seconds: float) -> None:
        """Put a marker elsewhere, within the recording."""
        self._marks.move(marker, min(seconds, self._controller.extent))

    @Slot()
    def _show_selection(self) -> None:
        if self._marks.selection is not None and self._stage is not None:
            self._stage.lanes.show_span(*self._marks.selection)

    @Slot(float, QPoint)
    def _show_menu(self, seconds: float, place: QPoint) -> None:
        """Offer what can be done at this time."""
        acts = self._actions
        menu = QMenu(self._window)
        menu.addAction(tr("Add a marker here"), lambda: self._marks.add(seconds))
        menu.addAction(tr("Go here"), lambda: self._controller.seek(seconds))
        menu.addSeparator()
        menu.addActions([acts.to_selection, acts.select_all, acts.select_none])
        menu.addSeparator()
        menu.addActions([acts.whole, acts.export])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._controller.opening.connect(menu.close)  # it is about this recording
        menu.popup(place)

    def _go(self, forward: bool) -> None:
        marker = self._marks.beside(self._controller.position, forward)
        if marker is not None:
            self._controller.seek(marker.seconds)
            self.moved.emit()
