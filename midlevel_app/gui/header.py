"""Header: what stands left of a plot; the feature's name, its value at the playhead, its poles and scale."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from midlevel_app.features import Feature
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled

WIDTH = 236
MARGIN = 14
LOWEST, HIGHEST = 1.0, 10.0  # the model's scale
PADDING = 1.0  # of the scale, above and below, so that its ends do not touch the lane's
TICKS = (1, 4, 7, 10)


@dataclass(frozen=True)
class ScaleMark:
    """A mark of the scale: ``value``, the ``number`` and the ``pole`` written there (either may be empty)."""

    value: float
    number: str
    pole: str


def height_of(value: float, height: float) -> float:
    """Pixels from the top of a lane of ``height`` pixels at which ``value`` lies."""
    return (HIGHEST + PADDING - value) / (HIGHEST - LOWEST + 2 * PADDING) * height


class Header(QWidget):
    """Name and value at the left, poles and scale at the right, level with the plot beside it."""

    def __init__(self, feature: Feature) -> None:
        super().__init__()
        self.feature = feature
        self._theme = LIGHT
        self._value = float("nan")
        self._text = ""
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self.setToolTip(
            f"<b>{feature.label}</b><br>{feature.question}<br>"
            f"{LOWEST:.0f} = {feature.low}, {HIGHEST:.0f} = {feature.high}"
        )
        self.set_value(float("nan"))

    def minimumSizeHint(self) -> QSize:
        """Room for name and value."""
        return QSize(WIDTH, 46)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_value(self, value: float) -> None:
        """Show the value at the playhead; NaN for none."""
        text = "–" if np.isnan(value) else f"{value:.1f}"
        if text != self._text:
            self._text = text
            self.setAccessibleName(f"{self.feature.label}: {'no value' if np.isnan(value) else text}")
            self.update()

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return self._text

    def marks(self) -> list[ScaleMark]:
        """Return the marks there is room for."""
        small = self.height() < 5 * QFontMetricsF(self._small()).height()
        poles = {TICKS[0]: self.feature.low, TICKS[-1]: self.feature.high}
        return [ScaleMark(tick, str(tick), poles.get(tick, "")) for tick in TICKS if not small or tick in poles]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it all."""
        painter = QPainter(self)
        theme, height = self._theme, float(self.height())
        colour = QColor(readable(self.feature.colour, theme.plot))
        painter.fillRect(self.rect(), QColor(theme.plot))
        painter.fillRect(QRectF(0, 0, 4, height), colour)
        name = scaled(self.font(), 1.0, QFont.Weight.DemiBold)
        number = scaled(self.font(), 1.7)
        name_height, number_height = QFontMetricsF(name).height(), QFontMetricsF(number).height()
        top = max(0.0, (height - name_height - number_height) / 2)
        painter.setFont(name)
        painter.setPen(colour)
        painter.drawText(QRectF(MARGIN, top, WIDTH, name_height), Qt.AlignmentFlag.AlignLeft, self.feature.label)
        painter.setFont(number)
        painter.setPen(QColor(theme.muted if self._text == "–" else theme.text))
        left = Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(MARGIN, top + name_height, 80, number_height), left, self._text)
        self._paint_scale(painter)

    def _paint_scale(self, painter: QPainter) -> None:
        small = self._small()
        painter.setFont(small)
        line = QFontMetricsF(small).height()
        painter.setPen(QColor(self._theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for mark in self.marks():
            y = height_of(mark.value, self.height()) - line / 2
            y = min(max(y, 0.0), self.height() - line)
            painter.drawText(QRectF(0, y, WIDTH - 6, line), right, mark.number)
            painter.drawText(QRectF(0, y, WIDTH - 26, line), right, mark.pole)

    def _small(self) -> QFont:
        return scaled(self.font(), 0.85)


class WaveformHeader(QWidget):
    """The recording's name and what it is."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._name = self._facts = ""
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_recording(self, name: str, facts: str) -> None:
        """Show a recording's name and a line about it."""
        self._name, self._facts = name, facts
        self.setToolTip(name)
        self.setAccessibleName(f"{name} {facts}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw two lines."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.plot))
        fonts = scaled(self.font(), 1.0, QFont.Weight.DemiBold), scaled(self.font(), 0.9)
        colours = self._theme.text, self._theme.muted
        metrics = [QFontMetricsF(font) for font in fonts]
        y = (self.height() - sum(metric.height() for metric in metrics) - 3) / 2
        for text, font, metric, colour in zip((self._name, self._facts), fonts, metrics, colours, strict=True):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            short = metric.elidedText(text, Qt.TextElideMode.ElideMiddle, WIDTH - 2 * MARGIN)
            painter.drawText(QRectF(MARGIN, y, WIDTH, metric.height()), Qt.AlignmentFlag.AlignLeft, short)
            y += metric.height() + 3
