"""Curve plots: one feature in a lane or as a strip of colour, and all seven in one plot."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from midlevel_app.curves import Curves, Values, span
from midlevel_app.features import FEATURES, Feature
from midlevel_app.gui.plots import Plot
from midlevel_app.gui.scale import MODEL_SCALE, Scale
from midlevel_app.gui.theme import Theme, readable, scaled
from midlevel_app.gui.timeview import TimeView
from midlevel_app.language import decimal


class CurveLine:
    """One feature's curve in a plot, with a band around it where the model says how far its teachers differed.

    Parameters
    ----------
    plot : Plot
        Where it is drawn.
    feature : Feature
    dashed : bool
        Give it the feature's dashes, by which curves in one plot are told apart without colours.
    """

    def __init__(self, plot: Plot, feature: Feature, dashed: bool = False) -> None:
        self.feature = feature
        self._plot = plot
        self._dashes = feature.dash if dashed else ()
        self._curves: Curves | None = None
        self._with_band = not dashed
        self.band = QGraphicsPathItem()
        self.band.setPen(QPen(Qt.PenStyle.NoPen))
        plot.box.addItem(self.band, ignoreBounds=True)
        # Half a sample a pixel: a curve has at most about as many points as there are pixels.
        self.curve = pg.PlotDataItem(connect="finite", antialias=True, autoDownsampleFactor=0.5)
        plot.box.addItem(self.curve)
        self.curve.setDownsampling(auto=True, method="peak")
        self.curve.setClipToView(True)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        colour = QColor(readable(self.feature.colour, theme.plot))
        pen = pg.mkPen(colour, width=1)
        if self._dashes:
            pen.setDashPattern(self._dashes)
        self.curve.setPen(pen)
        colour.setAlpha(64 if theme.dark else 44)
        self.band.setBrush(colour)

    def set_visible(self, curve: bool, band: bool) -> None:
        """Show or hide the curve, and with it the band."""
        self.curve.setVisible(curve)
        self._with_band = curve and band
        self.draw_band()

    def show_curves(self, curves: Curves | None) -> None:
        """Draw this feature's column; missing values are gaps."""
        self._curves = curves
        if curves is None:
            self.curve.clear()
        else:
            self.curve.setData(curves.times, curves.values[:, curves.features.index(self.feature.name)])
        self.draw_band()

    def draw_band(self) -> None:
        """Draw the part of the band in view, with at most about a corner for each pixel."""
        path = QPainterPath()
        curves, view = self._curves, self._plot.view
        if curves is not None and curves.spread is not None and self._with_band:
            part = span(curves, view.start - 2 * curves.step, view.stop + 2 * curves.step)
            assert part.spread is not None
            column = curves.features.index(self.feature.name)
            skip = max(1, 2 * len(part) // max(1, self._plot.width()))
            middle, spread = part.values[::skip, column], part.spread[::skip, column]
            for corners in _outlines(part.times[::skip], middle - spread, middle + spread):
                path.addPolygon(pg.functions.arrayToQPolygonF(*corners))
        self.band.setPath(path)


def _outlines(times: Values, low: Values, high: Values) -> Iterator[npt.NDArray[np.float64]]:
    """Corners of each unbroken stretch of a band: their times and values, (2, n)."""
    present = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    for run in np.split(present, np.flatnonzero(np.diff(present) > 1) + 1):
        if len(run) > 1:
            back = run[::-1]
            yield np.stack([np.concatenate([times[run], times[back]]), np.concatenate([high[run], low[back]])])


class CurvePlot(Plot):
    """One feature: a curve, or a strip whose colour is the value."""

    def __init__(self, feature: Feature) -> None:
        super().__init__(MODEL_SCALE.bottom, MODEL_SCALE.top, MODEL_SCALE.ticks)
        self.feature = feature
        self._curves: Curves | None = None
        self._scale = MODEL_SCALE
        self._as_strip = False
        self.line = CurveLine(self, feature)
        self.strip = pg.ImageItem(axisOrder="row-major")
        self.strip.setVisible(False)
        self.box.addItem(self.strip)

    @property
    def curve(self) -> pg.PlotDataItem:
        """The curve as it is drawn."""
        return self.line.curve

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        super().set_theme(theme)
        self.line.set_theme(theme)
        self._draw_strip()

    def set_look(self, as_strip: bool, band: bool) -> None:
        """Show a strip or a curve, with or without its band."""
        self._as_strip = as_strip
        self.strip.setVisible(as_strip)
        self.line.set_visible(not as_strip, band)
        self._show_scale()
        self._draw_strip()

    def set_scale(self, scale: Scale) -> None:
        """Let the height, or the colour of the strip, mean this."""
        self._scale = scale
        self._show_scale()
        self._draw_strip()

    def set_view(self, view: TimeView, ticks: list[float]) -> None:
        """Show this stretch of time."""
        super().set_view(view, ticks)
        self.line.draw_band()
        self._draw_strip()

    def show_curves(self, curves: Curves | None) -> None:
        """Draw this feature's column; missing values are gaps."""
        self._curves = curves
        self.line.show_curves(curves)
        self._draw_strip()

    def _show_scale(self) -> None:
        scale = self._scale
        self.set_levels(scale.bottom, scale.top, () if self._as_strip else scale.ticks)

    def _draw_strip(self) -> None:
        """Draw the values in view, from the plot's background for low to the feature's colour for high."""
        if not self._as_strip or self._curves is None or not len(self._curves):
            self.strip.clear()
            return
        curves, scale = self._curves, self._scale
        part = span(curves, self.view.start - curves.step, self.view.stop + curves.step)
        if not len(part):
            self.strip.clear()
            return
        skip = max(1, len(part) // max(1, self.width()))
        values = part.values[::skip, curves.features.index(self.feature.name)]
        share = np.clip((values - scale.low) / (scale.high - scale.low), 0.0, 1.0)[:, None]
        low, high = (
            np.array(pg.mkColor(colour).getRgb()[:3], dtype=np.float64)
            for colour in (self.theme.plot, readable(self.feature.colour, self.theme.plot))
        )
        pixels = np.zeros((1, len(values), 4), dtype=np.uint8)
        present = np.isfinite(values)
        pixels[0, present, :3] = (low + (high - low) * (0.06 + 0.94 * share[present])).round()
        pixels[0, present, 3] = 255
        self.strip.setImage(pixels, autoLevels=False)
        step = curves.step * skip
        start = float(part.times[0]) - curves.step / 2
        height = scale.top - scale.bottom
        self.strip.setRect(QRectF(start, scale.bottom + 0.06 * height, step * len(values), 0.88 * height))


class OverlaidPlot(Plot):
    """All features in one plot, on the model's scale."""

    def __init__(self) -> None:
        super().__init__(MODEL_SCALE.bottom, MODEL_SCALE.top, MODEL_SCALE.ticks)
        self.lines = [CurveLine(self, feature, dashed=True) for feature in FEATURES]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        super().set_theme(theme)
        for line in self.lines:
            line.set_theme(theme)

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        """Fill, draw the grid, and name its levels."""
        super().drawBackground(painter, rect)
        painter.setFont(scaled(self.font(), 0.85))
        painter.setPen(QColor(self.theme.muted))
        for level, y in self.levels():
            painter.drawText(6, y - 4, decimal(level, ".3g"))

    def set_shown(self, features: tuple[str, ...]) -> None:
        """Show the curves of these features."""
        for line in self.lines:
            line.set_visible(line.feature.name in features, band=False)

    def show_curves(self, curves: Curves | None) -> None:
        """Draw all columns; missing values are gaps."""
        for line in self.lines:
            line.show_curves(curves)
