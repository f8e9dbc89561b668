"""Ruler: time marks over the plots, and the markers' flags."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from midlevel_app.gui.accessible import speak
from midlevel_app.gui.theme import LIGHT, Theme, scaled
from midlevel_app.gui.timeview import TimeView
from midlevel_app.language import tr
from midlevel_app.markers import Marker
from midlevel_app.report import clock


class Ruler(QWidget):
    """Time marks over the plots."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.setFixedHeight(height)
        self._theme = LIGHT
        self._view = TimeView()
        self._ticks: list[tuple[float, str]] = []
        self._markers: tuple[Marker, ...] = ()
        self.setAccessibleName(tr("Time ruler"))
        speak(self, QAccessible.Role.Graphic, self.spoken)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_view(self, view: TimeView, ticks: list[tuple[float, str]]) -> None:
        """Show this stretch of time with marks at ``ticks``: seconds and text."""
        self._view, self._ticks = view, ticks
        self.update()

    def set_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show flags with the markers' texts."""
        self._markers = markers
        self.update()

    def marker_at(self, x: float, y: float) -> Marker | None:
        """Return the marker whose flag is at these pixels, the last drawn of several."""
        found = [marker for marker, flag, _ in self._flags() if flag.contains(x, y)]
        return found[-1] if found else None

    def spoken(self) -> str:
        """The markers in words."""
        return "; ".join(
            tr("{marker} at {time}").format(marker=marker.text, time=clock(marker.seconds, 1))
            for marker in self._markers
        ) or tr("no markers")

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
                place = QRectF(x + 5, 0, 100, self.height() - 1)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
        self._paint_markers(painter)

    def _paint_markers(self, painter: QPainter) -> None:
        """Draw a flag for each."""
        painter.setFont(self._flag_font())
        for _, flag, text in self._flags():
            painter.fillRect(flag, QColor(self._theme.notice))
            painter.fillRect(QRectF(flag.x(), 0, 2, self.height()), QColor(self._theme.on_notice))
            painter.setPen(QColor(self._theme.on_notice))
            painter.drawText(
                flag.adjusted(5, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text
            )

    def _flags(self) -> list[tuple[Marker, QRectF, str]]:
        """The markers in view, their flags and texts; a text that would reach into the next is cut."""
        metrics = QFontMetrics(self._flag_font())
        places = [
            round((marker.seconds - self._view.start) / self._view.length * self.width()) for marker in self._markers
        ]
        found = []
        for marker, x, following in zip(self._markers, places, [*places, self.width() + 400][1:], strict=True):
            if -200 < x <= self.width():
                room = max(0, min(160, following - x - 10))
                text = metrics.elidedText(marker.text, Qt.TextElideMode.ElideRight, room)
                found.append((marker, QRectF(x, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 1), text))
        return found

    def _flag_font(self) -> QFont:
        return scaled(self.font(), 0.85)
