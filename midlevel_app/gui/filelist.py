"""File list: the recordings of a folder, or those that were opened together; one of them is open."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from midlevel_app.language import tr
from midlevel_app.report import displayed

WIDTH = 200


class FileList(QListWidget):
    """Shown only while it holds more than one recording."""

    open_requested = Signal(object)
    """A `Path`."""

    def __init__(self) -> None:
        super().__init__()
        self._current: Path | None = None
        self.setFixedWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Recordings"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.itemClicked.connect(self._ask)
        self.setSpacing(1)
        self.hide()

    def sizeHint(self) -> QSize:
        """As tall as the window lets it be."""
        return QSize(WIDTH, 100)

    @property
    def paths(self) -> list[Path]:
        """What is listed."""
        return [self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count())]

    def set_paths(self, paths: Sequence[Path]) -> None:
        """List these recordings instead."""
        self.clear()
        for path in paths:
            item = QListWidgetItem(displayed(path.name), self)
            item.setData(Qt.ItemDataRole.UserRole, path)
            item.setToolTip(displayed(str(path)))
        self.setVisible(len(paths) > 1)

    def set_current(self, path: Path | None) -> None:
        """Mark the one that is open; a recording from elsewhere empties the list."""
        self._current = path
        paths = self.paths
        if path in paths:
            self.setCurrentRow(paths.index(path))
        elif paths and path is not None:
            self.set_paths([])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the chosen one with Return."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self._ask(item)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark what is open again."""
        super().focusOutEvent(event)
        self.set_current(self._current)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for what was clicked; what is open stays marked if the user did not let go of it."""
        super().mouseReleaseEvent(event)
        self.set_current(self._current)

    def beside(self, step: int) -> Path | None:
        """Return the recording ``step`` places further, None beyond the ends."""
        paths = self.paths
        row = (paths.index(self._current) if self._current in paths else self.currentRow()) + step
        return paths[row] if 0 <= row < len(paths) else None

    @Slot(QListWidgetItem)
    def _ask(self, item: QListWidgetItem) -> None:
        self.open_requested.emit(item.data(Qt.ItemDataRole.UserRole))
