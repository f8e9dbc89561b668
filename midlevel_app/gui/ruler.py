"""Ruler: time marks over the plots, and the markers' flags."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from midlevel_app.gui.theme import LIGHT, Theme
from midlevel_app.gui.timeview import TimeView


class Ruler(QWidget):
    """Time marks over the plots."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.setFixedHeight(height)
        self._theme = LIGHT
        self._view = TimeView()
        self._ticks: list[tuple[float, str]] = []

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_view(self, view: TimeView, ticks: list[tuple[float, str]]) -> None:
        """Show this stretch of time with marks at ``ticks``: seconds and text."""
        self._view, self._ticks = view, ticks
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the marks; a text that would be cut off at the right is left out."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.window))
        metrics = painter.fontMetrics()
        for seconds, text in self._ticks:
            x = round((seconds - self._view.start) / self._view.length * self.width())
            painter.setPen(QColor(self._theme.border))
            painter.drawLine(x, self.height() - 6, x, self.height())
            painter.setPen(QColor(self._theme.muted))
            if x + 5 + metrics.horizontalAdvance(text) <= self.width():
                place = QRectF(x + 5, 0, 100, self.height() - 2)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
