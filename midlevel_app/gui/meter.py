"""Meter: how loud the microphone is, with its recent peak, and a mark that stays lit after clipping."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from midlevel_app.gui.theme import LIGHT, Theme, scaled
from midlevel_app.language import tr
from midlevel_app.live.level import decibels

FLOOR_DB = -60.0
LOUD_DB = -6.0
"""From here to full scale the bar warns."""

_CLIP_WIDTH = 46


class Meter(QWidget):
    """A bar for the root mean square, a line for the peak, and a mark for clipping that a click puts out."""

    reset_requested = Signal()
    """The clip mark was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._rms, self._peak, self._clipped = 0.0, 0.0, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr("Level of the input; a click on CLIP puts it out"))
        self.show_level(0.0, 0.0, clipped=False)

    def sizeHint(self) -> QSize:
        """A bar and the mark."""
        return QSize(190, 24)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def show_level(self, rms: float, peak: float, clipped: bool) -> None:
        """Show levels, 1 for full scale."""
        self._rms, self._peak, self._clipped = rms, peak, clipped
        level = tr("silent") if peak <= 0 else f"{decibels(peak):.0f} dB"
        said = level + ", " + tr("clipped") if clipped else level
        self.setAccessibleName(tr("Input level: {level}").format(level=said))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask to put the mark out."""
        if event.position().x() >= self.width() - _CLIP_WIDTH:
            self.reset_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar, peak and mark."""
        theme, painter = self._theme, QPainter(self)
        width, height = self.width() - _CLIP_WIDTH - 6, self.height()
        bar = QRectF(0, 7, width, height - 14)
        painter.fillRect(bar, QColor(theme.border))
        colour = QColor(theme.on_notice if decibels(self._peak) >= LOUD_DB else theme.accent)
        painter.fillRect(QRectF(0, bar.top(), width * _share(self._rms), bar.height()), colour)
        if self._peak > 0:
            painter.fillRect(QRectF(width * _share(self._peak) - 1, bar.top() - 2, 2, bar.height() + 4), colour)
        mark = QRectF(self.width() - _CLIP_WIDTH, 2, _CLIP_WIDTH, height - 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor("#c8372d") if self._clipped else QColor(theme.plot))
        painter.drawRoundedRect(mark, 4, 4)
        painter.setPen(QColor("#ffffff" if self._clipped else theme.muted))
        painter.setFont(scaled(self.font(), 0.85))
        painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, tr("CLIP"))


def _share(level: float) -> float:
    return 1.0 - max(decibels(level), FLOOR_DB) / FLOOR_DB
