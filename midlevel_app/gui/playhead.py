"""Playhead: a clear widget over all plots that shows the time heard, and takes clicks and the wheel."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from midlevel_app.gui.theme import LIGHT, Theme
from midlevel_app.gui.timeview import TimeView

ZOOM_STEP = 1.25  # for one notch of the wheel
_NOTCH = 120  # Qt's units of a wheel's notch


class Playhead(QWidget):
    """The line of what is heard now, with a bracket over what a value there describes.

    An overlay, so that moving it repaints three thin strips and not the plots. ``ruler`` is the height in
    pixels of the time ruler at its top, where the bracket is drawn.
    """

    seek_requested = Signal(float)
    """Seconds."""

    zoom_requested = Signal(float, float)
    """Factor of the length shown, and the second to stay in place."""

    scroll_requested = Signal(float)
    """Seconds to the right."""

    def __init__(self, parent: QWidget, ruler: int) -> None:
        super().__init__(parent)
        self._ruler = ruler
        self._theme = LIGHT
        self._view = TimeView()
        self.seconds: float | None = None  # what is shown; None for nothing
        self._field = 0.0

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_view(self, view: TimeView) -> None:
        """Show this stretch of time."""
        self._view = view
        self.update()

    def set_field(self, seconds: float) -> None:
        """Say how much sound a value describes; 0 draws no bracket."""
        self._field = seconds
        self.update()

    def set_position(self, seconds: float | None) -> None:
        """Move to ``seconds``; None takes it away."""
        if seconds is None or self.seconds is None:
            self.seconds = seconds
            self.update()
            return
        before = self._places()
        self.seconds = seconds
        after = self._places()
        if before != after:
            for old, new in zip(before, after, strict=True):
                first, last = min(old, new), max(old, new)
                self.update(QRect(first - 2, 0, last - first + 4, self.height()))
            first, last = min(before[0], after[0]), max(before[0], after[0])
            self.update(QRect(first - 8, 0, last - first + 17, self._ruler))

    def x_of(self, seconds: float) -> float:
        """Pixels from the left."""
        return (seconds - self._view.start) / self._view.length * self.width()

    def time_at(self, x: float) -> float:
        """Seconds at ``x`` pixels from the left."""
        return self._view.start + x / max(self.width(), 1) * self._view.length

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw band, bracket and line."""
        if self.seconds is None:
            return
        painter = QPainter(self)
        accent = QColor(self._theme.accent)
        bottom, ruler = self.height(), self._ruler
        x, left, right = self._places()
        if self._field:
            faint = QColor(accent)
            faint.setAlpha(26 if self._theme.dark else 18)
            painter.fillRect(QRect(left, ruler, right - left, bottom - ruler), faint)
            painter.fillRect(QRect(left, ruler - 2, right - left, 2), accent)
            for end in (left, right - 2):
                painter.fillRect(QRect(end, ruler - 7, 2, 7), accent)
        painter.fillRect(QRect(x, ruler - 7, 1, bottom), accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        centre = x + 0.5
        corners = [QPointF(centre - 6, ruler - 13), QPointF(centre + 6, ruler - 13), QPointF(centre, ruler - 5)]
        painter.drawPolygon(QPolygonF(corners))

    def event(self, event: QEvent) -> bool:
        """Explain the bracket where it is drawn."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if event.pos().y() <= self._ruler:
                text = f"A value describes the {self._field:.1f} s of sound between the ends of the bracket."
                QToolTip.showText(event.globalPos(), text if self._field else "Click to go there.", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask to go where the click was."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.seek_requested.emit(self.time_at(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ask to zoom at the cursor; sideways or with Shift, to scroll."""
        turn = event.angleDelta()
        sideways = turn.x() or (turn.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self.scroll_requested.emit(-sideways / _NOTCH * 0.1 * self._view.length)
        elif turn.y():
            factor = ZOOM_STEP ** (-turn.y() / _NOTCH)
            self.zoom_requested.emit(factor, self.time_at(event.position().x()))
        event.accept()

    def _places(self) -> tuple[int, int, int]:
        """Pixels of the line and of the bracket's ends."""
        seconds = self.seconds or 0.0
        ends = (self.x_of(seconds + side * self._field / 2) for side in (-1, 1))
        x, left, right = (round(place) for place in (self.x_of(seconds), *ends))
        return x, left, right


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
