"""Take list: what was recorded since the window was opened, with the mean of each take's articulation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem

from midlevel_app.curves import Curves
from midlevel_app.gui.theme import scaled
from midlevel_app.language import decimal, tr
from midlevel_app.report import clock, displayed

_NAME, _LENGTH, _MEAN = range(3)


@dataclass(frozen=True)
class TakeFacts:
    """A finished take.

    Attributes
    ----------
    path : Path
        The recording.
    seconds : float
    articulation : float
        Mean over the take; NaN where there are no values.
    curves : Curves
    """

    path: Path
    seconds: float
    articulation: float
    curves: Curves


class TakeList(QTableWidget):
    """Shows takes, the newest last, and reports what the user wants with one."""

    open_requested = Signal(object)
    """A `TakeFacts` to open as an ordinary recording."""

    band_requested = Signal(object)
    """A `TakeFacts` whose articulation is to be stayed within."""

    def __init__(self) -> None:
        super().__init__(0, 3)
        self._takes: tuple[TakeFacts, ...] = ()
        self.setAccessibleName(tr("Takes"))
        self.setFont(scaled(self.font(), 0.9))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)  # names differ at their ends
        self.setHorizontalHeaderLabels([tr("Take"), tr("Length"), tr("Articulation")])
        self.verticalHeader().hide()
        across = self.horizontalHeader()
        across.setSectionsClickable(False)
        across.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        across.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.7))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.itemDoubleClicked.connect(lambda item: self.open_requested.emit(self._takes[item.row()]))

    @property
    def chosen(self) -> TakeFacts | None:
        """The take that is selected."""
        row = self.currentRow()
        return self._takes[row] if 0 <= row < len(self._takes) else None

    def show_takes(self, takes: Sequence[TakeFacts]) -> None:
        """Show these takes and select the last."""
        self._takes = tuple(takes)
        self.setRowCount(len(takes))
        for row, take in enumerate(takes):
            mean = "–" if take.articulation != take.articulation else decimal(take.articulation, ".1f")
            for column, text in enumerate((displayed(take.path.stem), clock(take.seconds), mean)):
                item = QTableWidgetItem(text)
                item.setToolTip(displayed(str(take.path)) + "\n" + tr("Double-click or Return to open"))
                self.setItem(row, column, item)
        if takes:
            self.setCurrentCell(len(takes) - 1, _NAME)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen is not None:
            self.open_requested.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        take = self.chosen
        if take is None:
            return
        menu = QMenu(self)
        menu.addAction(tr("Open"), lambda: self.open_requested.emit(take))
        menu.addAction(tr("Stay within this take"), lambda: self.band_requested.emit(take))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(place))
