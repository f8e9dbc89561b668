"""Live curve: the last minute of one feature, as it comes; with a band to stay within and the notes' onsets below."""

import numpy as np
import numpy.typing as npt
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from midlevel_app.articulation import Band
from midlevel_app.curves import Curves, Values, join, span
from midlevel_app.features import Feature
from midlevel_app.gui.scale import MODEL_SCALE, Number
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled
from midlevel_app.language import decimal, tr

_TICK_SECONDS = 10
_ONSET_SHARE = 0.07  # of the height
_POINT_PIXELS = 3.0  # from one point that is drawn to the next: a curve moves slowly, and wide lines take long


class LiveCurve(QWidget):
    """One feature over the last `seconds`; what is played now arrives at the right edge.

    The curve ends where it is known: a value describes the sound half a receptive field to either side, so the
    stretch up to now has none yet and is shaded.

    Parameters
    ----------
    feature : Feature
    large : bool
        To be read from a music stand: thick, with its scale and poles written on it.
    """

    def __init__(self, feature: Feature, large: bool = False) -> None:
        super().__init__()
        self.feature = feature
        self.seconds = 60
        self._large = large
        self._theme = LIGHT
        self._curves = join([])
        self._onsets: npt.NDArray[np.float64] = np.empty(0)
        self._now = 0.0
        self._band: Band | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140 if large else 44)
        self.setAccessibleName(tr(feature.label))

    def sizeHint(self) -> QSize:
        """As much as there is; the large one wants more."""
        return QSize(400, 320 if self._large else 80)

    @property
    def value(self) -> float:
        """The newest value; NaN for none."""
        column = self._column(self._curves)
        return float(column[-1]) if len(column) else float("nan")

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_seconds(self, seconds: int) -> None:
        """Show so much at once."""
        self.seconds = seconds
        self.update()

    def set_band(self, band: Band | None) -> None:
        """Show what to stay within."""
        self._band = band
        self.update()

    def show_now(self, curves: Curves, onsets: npt.NDArray[np.float64], now: float) -> None:
        """Show values and onsets (seconds) up to ``now``; of the curves, what is seen is enough."""
        self._curves, self._onsets, self._now = curves, onsets, now
        self.update()

    def x_of(self, seconds: Number) -> Number:
        """Pixels from the left."""
        return self.width() * (1.0 - (self._now - seconds) / self.seconds)

    def y_of(self, value: Number) -> Number:
        """Pixels from the top."""
        return MODEL_SCALE.height_of(value, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw background, band, onsets and curve."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.plot))
        self._paint_grid(painter)
        if self._band is not None:
            self._paint_band(painter, self._band)
        self._paint_unknown(painter)
        if self._large:
            self._paint_onsets(painter)
            self._paint_scale(painter)
        self._paint_curve(painter)

    def _paint_grid(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._theme.grid))
        lines = [QLineF(0, self.y_of(tick), self.width(), self.y_of(tick)) for tick in MODEL_SCALE.ticks]
        first = np.ceil(max(self._now - self.seconds, 0.0) / _TICK_SECONDS) * _TICK_SECONDS
        places = map(self.x_of, np.arange(first, self._now, _TICK_SECONDS).tolist())
        lines += [QLineF(x, 0, x, self.height()) for x in places]
        painter.drawLines(lines)

    def _paint_band(self, painter: QPainter, band: Band) -> None:
        colour = QColor(self._theme.accent)
        top, bottom = self.y_of(band.high), self.y_of(band.low)
        colour.setAlpha(40 if self._theme.dark else 30)
        painter.fillRect(QRectF(0, top, self.width(), bottom - top), colour)
        colour.setAlpha(170)
        painter.setPen(QPen(colour, 2 if self._large else 1))
        painter.drawLines([QLineF(0, y, self.width(), y) for y in (top, bottom)])

    def _paint_unknown(self, painter: QPainter) -> None:
        """Shade what is heard already and not described yet."""
        if not len(self._curves):
            return
        left = self.x_of(float(self._curves.times[-1]))
        if left < self.width():
            shade = QColor(self._theme.text)
            shade.setAlpha(14)
            painter.fillRect(QRectF(left, 0, self.width() - left, self.height()), shade)

    def _paint_onsets(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self._theme.muted), 2))
        bottom, height = self.height(), self.height() * _ONSET_SHARE
        recent = self._onsets[self._onsets > self._now - self.seconds]
        painter.drawLines([QLineF(x, bottom - height, x, bottom) for x in map(self.x_of, recent.tolist())])

    def _paint_scale(self, painter: QPainter) -> None:
        font = scaled(self.font(), 1.1)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.muted))
        line = QFontMetricsF(font).height()
        for tick in MODEL_SCALE.ticks:
            painter.drawText(QPointF(8, self.y_of(tick) - 4), decimal(tick, "g"))
        poles = ((MODEL_SCALE.high, tr(self.feature.high)), (MODEL_SCALE.low, tr(self.feature.low)))
        painter.setFont(scaled(self.font(), 1.4, QFont.Weight.DemiBold))
        for level, pole in poles:
            painter.drawText(QPointF(8 + 2.2 * line, self.y_of(level) - 4), pole)

    def _paint_curve(self, painter: QPainter) -> None:
        part = span(self._curves, self._now - self.seconds - 1.0, self._now)
        column = self._column(part)
        colour = QColor(readable(self.feature.colour, self._theme.plot))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour, 4.0 if self._large else 1.5)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        present = np.flatnonzero(np.isfinite(column))
        every = max(1, int(_POINT_PIXELS * self.seconds / self.width() / part.step)) if part.step else 1
        kept = np.round(part.times / (part.step or 1.0)).astype(np.int64) % every == 0  # the same in each picture
        for run in np.split(present, np.flatnonzero(np.diff(present) > 1) + 1):
            if len(run):
                shown = run[kept[run] | (run == run[0]) | (run == run[-1])]
                painter.drawPolyline(arrayToQPolygonF(self.x_of(part.times[shown]), self.y_of(column[shown])))
        if len(column) and np.isfinite(column[-1]):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            radius = 8.0 if self._large else 3.0
            painter.drawEllipse(QPointF(self.x_of(part.times[-1]), self.y_of(column[-1])), radius, radius)

    def _column(self, curves: Curves) -> Values:
        return curves.values[:, curves.features.index(self.feature.name)]
