"""Read-out: time and values under the pointer, in a small box beside it."""

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from midlevel_app.curves import Values
from midlevel_app.features import FEATURES
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled
from midlevel_app.language import decimal, tr
from midlevel_app.report import clock

_MARGIN = 8
_GAP = 14  # between pointer and box


class ReadOut(QWidget):
    """The box; it lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = LIGHT
        self._lines: list[tuple[str, str, str]] = []  # colour, label, text
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme

    @property
    def text(self) -> str:
        """What it says, a line for each value."""
        return "\n".join(f"{label} {text}" for _, label, text in self._lines)

    def show_values(self, seconds: float, values: Values, shown: tuple[str, ...], at: QPoint) -> None:
        """Show time and the values (7,) of the features ``shown`` beside ``at``, within the parent."""
        self._lines = [(self._theme.text, clock(seconds, 1), "")]
        for feature, value in zip(FEATURES, values, strict=True):
            if feature.name in shown:
                colour = readable(feature.colour, self._theme.raised)
                self._lines.append((colour, tr(feature.label), "–" if np.isnan(value) else decimal(value, ".1f")))
        metrics = QFontMetricsF(self._font())
        width = max(metrics.horizontalAdvance(label) for _, label, _ in self._lines) + metrics.horizontalAdvance(
            "  10.0"
        )
        self.resize(round(width) + 2 * _MARGIN, round(metrics.height() * len(self._lines)) + 2 * _MARGIN)
        parent = self.parentWidget()
        assert parent is not None
        area = parent.rect()
        x = at.x() + _GAP if at.x() + _GAP + self.width() <= area.right() else at.x() - _GAP - self.width()
        y = min(max(at.y() - self.height() // 2, area.top()), area.bottom() - self.height())
        self.move(x, y)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(QColor(self._theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(self._font())
        line = QFontMetricsF(self._font()).height()
        width = self.width() - 2 * _MARGIN
        for number, (colour, label, text) in enumerate(self._lines):
            place = QRectF(_MARGIN, _MARGIN + number * line, width, line)
            painter.setPen(QColor(colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _font(self) -> QFont:
        return scaled(self.font(), 0.9)
