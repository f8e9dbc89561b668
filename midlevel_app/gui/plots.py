"""Plots: what all have in common, and the waveform; drawn by pyqtgraph on a time axis that others move."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.theme import LIGHT, Theme
from midlevel_app.gui.timeview import TimeView


class Plot(pg.GraphicsView):  # type: ignore[misc]
    """A plot without axes that fills its widget: time across, ``low`` to ``high`` upwards."""

    def __init__(self, low: float, high: float, levels: tuple[float, ...]) -> None:
        super().__init__(useOpenGL=False)
        self.theme = LIGHT
        self.view = TimeView()
        self._span = (low, high)
        self._levels = levels
        self._ticks: list[float] = []
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self.box.disableAutoRange()
        self.box.setYRange(low, high, padding=0)
        self.setCentralItem(self.box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(120, 16)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self.theme = theme
        self.setBackground(QColor(theme.plot))

    def set_levels(self, low: float, high: float, levels: tuple[float, ...]) -> None:
        """Let the height reach from ``low`` to ``high``, with grid lines at ``levels``."""
        if ((low, high), levels) == (self._span, self._levels):
            return
        self._span, self._levels = (low, high), levels
        self.box.setYRange(low, high, padding=0)
        self.resetCachedContent()
        self.viewport().update()

    def set_view(self, view: TimeView, ticks: list[float]) -> None:
        """Show this stretch of time, with grid lines at ``ticks``."""
        self.view = view
        self._ticks = ticks
        self.box.setXRange(view.start, view.stop, padding=0)
        self.resetCachedContent()
        self.viewport().update()

    def levels(self) -> list[tuple[float, int]]:
        """Grid levels, and the pixels from the top at which they lie."""
        low, high = self._span
        return [(level, round((high - level) / (high - low) * self.viewport().height())) for level in self._levels]

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        """Fill, and draw the grid."""
        super().drawBackground(painter, rect)
        width, height = self.viewport().width(), self.viewport().height()
        painter.setPen(QColor(self.theme.grid))
        lines = [QLineF(0, y + 0.5, width, y + 0.5) for _, y in self.levels()]
        for tick in self._ticks:
            x = round((tick - self.view.start) / self.view.length * width) + 0.5
            lines.append(QLineF(x, 0, x, height))
        painter.drawLines(lines)


class WaveformPlot(Plot):
    """The waveform: one vertical line a pixel, from the lowest to the highest sample.

    The loudest sample fills the height, so that quiet recordings can be read, too.
    """

    def __init__(self) -> None:
        super().__init__(-1.0, 1.0, (0.0,))
        self._envelope = Envelope()
        self.bars = pg.PlotCurveItem(connect="pairs")
        self.box.addItem(self.bars)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        super().set_theme(theme)
        self.bars.setPen(pg.mkPen(theme.wave, width=1))

    def set_view(self, view: TimeView, ticks: list[float]) -> None:
        """Show this stretch of time."""
        super().set_view(view, ticks)
        self.show_waveform(self._envelope)

    def show_waveform(self, envelope: Envelope) -> None:
        """Draw the part of ``envelope`` in view."""
        self._envelope = envelope
        most = max(1, round(self.viewport().width() * self.devicePixelRatioF()))
        columns = envelope.columns(self.view.start, self.view.stop, most)
        scale = 0.94 / max(envelope.peak, 1e-6)
        ends = np.stack([columns.low, columns.high], axis=1) * scale
        ends[:, 1] = np.maximum(ends[:, 1], ends[:, 0] + 0.01)  # silence is a line
        self.bars.setData(np.repeat(columns.times, 2), ends.ravel())
