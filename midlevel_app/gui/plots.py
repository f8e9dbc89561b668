"""Plots: the waveform and one curve, drawn by pyqtgraph on a time axis that others move."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from midlevel_app.curves import Curves
from midlevel_app.features import Feature
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.header import HIGHEST, LOWEST, PADDING, TICKS
from midlevel_app.gui.theme import LIGHT, Theme, readable
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
        self.setMinimumSize(120, 30)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self.theme = theme
        self.setBackground(QColor(theme.plot))

    def set_view(self, view: TimeView, ticks: list[float]) -> None:
        """Show this stretch of time, with grid lines at ``ticks``."""
        self.view = view
        self._ticks = ticks
        self.box.setXRange(view.start, view.stop, padding=0)
        self.resetCachedContent()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        """Fill, and draw the grid."""
        super().drawBackground(painter, rect)
        width, height = self.viewport().width(), self.viewport().height()
        low, high = self._span
        painter.setPen(QColor(self.theme.grid))
        lines = []
        for level in self._levels:
            y = round((high - level) / (high - low) * height) + 0.5
            lines.append(QLineF(0, y, width, y))
        for tick in self._ticks:
            x = round((tick - self.view.start) / self.view.length * width) + 0.5
            lines.append(QLineF(x, 0, x, height))
        painter.drawLines(lines)


class CurvePlot(Plot):
    """One feature's curve."""

    def __init__(self, feature: Feature) -> None:
        super().__init__(LOWEST - PADDING, HIGHEST + PADDING, TICKS)
        self.feature = feature
        # Half a sample a pixel: a curve has at most about as many points as there are pixels.
        self.curve = pg.PlotDataItem(connect="finite", antialias=True, autoDownsampleFactor=0.5)
        self.box.addItem(self.curve)
        self.curve.setDownsampling(auto=True, method="peak")
        self.curve.setClipToView(True)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        super().set_theme(theme)
        self.curve.setPen(pg.mkPen(readable(self.feature.colour, theme.plot), width=1))

    def show_curves(self, curves: Curves | None) -> None:
        """Draw this feature's column; missing values are gaps."""
        if curves is None:
            self.curve.clear()
            return
        self.curve.setData(curves.times, curves.values[:, curves.features.index(self.feature.name)])


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
