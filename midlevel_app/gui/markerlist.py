"""Marker list: the markers as a table; texts can be edited, times lead to their place."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from midlevel_app.gui.theme import scaled
from midlevel_app.language import tr
from midlevel_app.markers import Marker
from midlevel_app.report import clock

_TIME, _TEXT = range(2)
_ROWS = 6  # that show without scrolling
STEP_SECONDS = 0.1  # by which a key moves a marker


class MarkerList(QTableWidget):
    """Shows markers and reports what the user wants to do with them."""

    seek_requested = Signal(float)
    """Seconds."""

    rename_requested = Signal(object, str)
    """A `Marker` and its new text."""

    remove_requested = Signal(object)
    """A `Marker`."""

    move_requested = Signal(object, float)
    """A `Marker` and the seconds to which it shall go."""

    def __init__(self) -> None:
        super().__init__(0, 2)
        self._markers: tuple[Marker, ...] = ()
        self._followed: Marker | None = None  # that was moved, and so may have another row
        self.setAccessibleName(tr("Markers"))
        self.setFont(scaled(self.font(), 0.9))
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(_TIME, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(_TEXT, QHeaderView.ResizeMode.Stretch)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setTabKeyNavigation(False)
        self.itemClicked.connect(self._on_click)
        self.itemChanged.connect(self._on_change)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.6))
        self.show_markers(())

    def sizeHint(self) -> QSize:
        """Room for some rows."""
        rows = min(max(self.rowCount(), 1), _ROWS)
        return QSize(200, rows * self.verticalHeader().defaultSectionSize() + 4)

    def show_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show these markers."""
        self.blockSignals(True)
        row = self.currentRow() if self._followed not in markers else markers.index(self._followed)
        self._followed = None
        self._markers = markers
        self.setRowCount(len(markers))
        for number, marker in enumerate(markers):
            time = QTableWidgetItem(clock(marker.seconds, 1))
            time.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
            text = QTableWidgetItem(marker.text)
            text.setToolTip(tr("Double-click or F2 to rename, Delete to remove, Alt with ← or → to move"))
            self.setItem(number, _TIME, time)
            self.setItem(number, _TEXT, text)
        if row >= 0 and markers:
            self.setCurrentCell(min(row, len(markers) - 1), _TEXT)
        self.blockSignals(False)
        self.setFixedHeight(self.sizeHint().height())
        self.setVisible(bool(markers))

    def event(self, event: QEvent) -> bool:
        """Keep F2 for itself where there is something to rename: elsewhere it shows the keys."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_F2
            and self.currentRow() >= 0
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove with Delete, go there with Return, move with Alt and an arrow."""
        row = self.currentRow()
        known = 0 <= row < len(self._markers)
        steps = {Qt.Key.Key_Left: -STEP_SECONDS, Qt.Key.Key_Right: STEP_SECONDS}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps and known:
            self._move(self._markers[row], steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and known:
            self.remove_requested.emit(self._markers[row])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and known:
            self.seek_requested.emit(self._markers[row].seconds)
        else:
            super().keyPressEvent(event)

    def _move(self, marker: Marker, step: float) -> None:
        """Ask to move a marker, and stay with it."""
        seconds = max(0.0, marker.seconds + step)
        self._followed = replace(marker, seconds=seconds)
        self.move_requested.emit(marker, seconds)

    @Slot(QTableWidgetItem)
    def _on_click(self, item: QTableWidgetItem) -> None:
        self.seek_requested.emit(self._markers[item.row()].seconds)

    @Slot(QTableWidgetItem)
    def _on_change(self, item: QTableWidgetItem) -> None:
        if item.column() == _TEXT:
            self.rename_requested.emit(self._markers[item.row()], item.text())
