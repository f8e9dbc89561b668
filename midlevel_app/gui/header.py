"""Header: what stands left of a plot; the feature's name, its value at the playhead, its poles and scale."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from midlevel_app.features import Feature
from midlevel_app.frontend import FrontEnd
from midlevel_app.gui.accessible import paint_focus, speak
from midlevel_app.gui.scale import MODEL_SCALE, Scale
from midlevel_app.gui.theme import LIGHT, Theme, icon, readable, scaled
from midlevel_app.language import decimal, tr, translatable

WIDTH = 236
MARGIN = 14
_POLES_RIGHT = 26  # pixels between the words for the ends of the scale and the right edge
_BUTTONS = (
    ("about", translatable("What this means, and how it sounds")),
    ("hide", translatable("Hide; its key shows it again")),
    ("pin", translatable("Double height")),
    ("solo", translatable("Show this one alone")),
)


@dataclass(frozen=True)
class ScaleMark:
    """A mark of the scale: ``value``, the ``number`` and the ``pole`` written there (either may be empty)."""

    value: float
    number: str
    pole: str


class Header(QWidget):
    """Name and value at the left, poles and scale at the right, level with the plot beside it."""

    about_requested = Signal()
    hide_requested = Signal()
    pin_requested = Signal()
    solo_requested = Signal()

    def __init__(self, feature: Feature) -> None:
        super().__init__()
        self.feature = feature
        self._theme = LIGHT
        self._scale = MODEL_SCALE
        self._labelled = True
        self._value = float("nan")
        self._text = ""
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self.setToolTip(
            f"<b>{tr(feature.label)}</b><br>{tr(feature.question)}<br>"
            f"{MODEL_SCALE.low:.0f} = {tr(feature.low)}, {MODEL_SCALE.high:.0f} = {tr(feature.high)}"
        )
        self.buttons = QWidget(self)
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._button: dict[str, QToolButton] = {}
        signals = (self.about_requested, self.hide_requested, self.pin_requested, self.solo_requested)
        for (name, tip), asked in zip(_BUTTONS, signals, strict=True):
            button = QToolButton(self.buttons)
            button.setObjectName("small")
            button.setIconSize(QSize(16, 16))
            button.setToolTip(tr(tip))
            button.setAccessibleName(f"{tr(feature.label)}: {tr(tip)}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the menu offers the same
            button.setCheckable(name in ("pin", "solo"))
            button.clicked.connect(asked)
            row.addWidget(button)
            self._button[name] = button
        self.buttons.setBackgroundRole(QPalette.ColorRole.Base)
        self.buttons.setAutoFillBackground(True)
        self.buttons.hide()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr(feature.label))
        self.setAccessibleDescription(
            tr("{question} Low: {low}, high: {high}.").format(
                question=tr(feature.question), low=tr(feature.low), high=tr(feature.high)
            )
        )
        speak(self, QAccessible.Role.Indicator, self.spoken)
        self.set_value(float("nan"))

    def minimumSizeHint(self) -> QSize:
        """Room for name and value."""
        return QSize(WIDTH, 46)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        for name, button in self._button.items():
            button.setIcon(icon(name, theme))
        self.update()

    def set_scale(self, scale: Scale, labelled: bool = True) -> None:
        """Say what the height of the lane means; not ``labelled`` where the lane has no height of its own."""
        self._scale, self._labelled = scale, labelled
        self.update()

    def set_marked(self, pinned: bool, solo: bool) -> None:
        """Show what was chosen for this lane."""
        self._button["pin"].setChecked(pinned)
        self._button["solo"].setChecked(solo)

    def spoken(self) -> str:
        """The value in words."""
        return tr("no value") if self._text == "–" else self._text

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Offer the buttons."""
        super().focusInEvent(event)
        self.buttons.show()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the buttons away."""
        super().focusOutEvent(event)
        self.buttons.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Explain with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.about_requested.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer by name what the buttons do."""
        menu = QMenu(self)
        for (name, tip), button in zip(_BUTTONS, self._button.values(), strict=True):
            made = menu.addAction(tr(tip), button.click)
            made.setCheckable(name in ("pin", "solo"))
            made.setChecked(button.isChecked())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Offer the buttons."""
        self.buttons.show()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the buttons away."""
        if not self.hasFocus():
            self.buttons.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons right of the value, or over it where it stands at the right."""
        size = self.buttons.sizeHint()
        left = WIDTH - size.width() - 2 if self._is_low() else 66
        self.buttons.setGeometry(left, min(self._top()[1], self.height() - size.height()), size.width(), size.height())

    def set_value(self, value: float) -> None:
        """Show the value at the playhead; NaN for none."""
        text = "–" if np.isnan(value) else decimal(value, ".1f")
        if text != self._text:
            self._text = text
            self.update()

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return self._text

    def marks(self) -> list[ScaleMark]:
        """Return the marks there is room for."""
        if not self._labelled or self._is_low():
            return []
        metrics = QFontMetricsF(self._small())
        small = self.height() < 5 * metrics.height()
        ticks = self._scale.ticks
        poles = {ticks[0]: tr(self.feature.low), ticks[-1]: tr(self.feature.high)}
        upper_end = WIDTH - _POLES_RIGHT - metrics.horizontalAdvance(poles[ticks[-1]])
        if self._top()[0] < metrics.height() and self._name_end() > upper_end:  # the name would be written over
            poles[ticks[-1]] = ""
        return [
            ScaleMark(tick, decimal(tick, f".{self._scale.decimals}f"), poles.get(tick, ""))
            for tick in ticks
            if not small or tick in poles
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it all."""
        painter = QPainter(self)
        theme, height = self._theme, float(self.height())
        colour = QColor(readable(self.feature.colour, theme.plot))
        painter.fillRect(self.rect(), QColor(theme.plot))
        painter.fillRect(QRectF(0, 0, 4, height), colour)
        top, middle = self._top()
        left = Qt.AlignmentFlag.AlignLeft
        painter.setFont(self._name_font())
        painter.setPen(colour)
        painter.drawText(QRectF(MARGIN, top, WIDTH, height), left, tr(self.feature.label))
        painter.setFont(self._name_font() if self._is_low() else scaled(self.font(), 1.7))
        painter.setPen(QColor(theme.muted if self._text == "–" else theme.text))
        if self._is_low():  # name and value in a line
            painter.drawText(QRectF(0, middle, WIDTH - 48, height), Qt.AlignmentFlag.AlignRight, self._text)
        else:
            painter.drawText(QRectF(MARGIN, middle, 80, height), left, self._text)
        self._paint_scale(painter)
        if not self._labelled:  # the curves share a plot: show how this one is drawn there
            pen = QPen(colour, 2)
            if self.feature.dash:
                pen.setDashPattern(self.feature.dash)
            painter.setPen(pen)
            start = WIDTH - 40 if self._is_low() else max(WIDTH - 66, round(self._name_end()) + 6)
            painter.drawLine(start, self.height() // 2, WIDTH - 8, self.height() // 2)
        painter.end()
        paint_focus(self, theme)

    def _top(self) -> tuple[int, int]:
        """Pixels from the top to the name and to the value."""
        name = QFontMetricsF(self._name_font()).height()
        if self._is_low():
            top = max(0.0, (self.height() - name) / 2)
            return round(top), round(top)
        number = QFontMetricsF(scaled(self.font(), 1.7)).height()
        top = max(0.0, (self.height() - name - number) / 2)
        return round(top), round(top + name)

    def _is_low(self) -> bool:
        """There is no room for the value below the name."""
        return self.height() < self.minimumSizeHint().height() - 6

    def _name_end(self) -> float:
        """Pixels from the left to the end of the name."""
        return MARGIN + QFontMetricsF(self._name_font()).horizontalAdvance(tr(self.feature.label))

    def _name_font(self) -> QFont:
        return scaled(self.font(), 1.0, QFont.Weight.DemiBold)

    def _paint_scale(self, painter: QPainter) -> None:
        small = self._small()
        painter.setFont(small)
        line = QFontMetricsF(small).height()
        painter.setPen(QColor(self._theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for mark in self.marks():
            y = self._scale.height_of(mark.value, self.height()) - line / 2
            y = min(max(y, 0.0), self.height() - line)
            painter.drawText(QRectF(0, y, WIDTH - 6, line), right, mark.number)
            painter.drawText(QRectF(0, y, WIDTH - _POLES_RIGHT, line), right, mark.pole)

    def _small(self) -> QFont:
        return scaled(self.font(), 0.85)


class WaveformHeader(QWidget):
    """The recording's name and what it is."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._name = self._facts = ""
        self._frontend: FrontEnd | None = None
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_frequencies(self, frontend: FrontEnd | None) -> None:
        """Label the octaves of the spectrogram that this front end makes; None where the waveform stands."""
        self._frontend = frontend
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
        if self._frontend is not None:
            self._paint_octaves(painter, self._frontend)

    def _paint_octaves(self, painter: QPainter, frontend: FrontEnd) -> None:
        painter.setFont(scaled(self.font(), 0.85))
        painter.setPen(QColor(self._theme.muted))
        line = QFontMetricsF(painter.font()).height()
        free = float(self.height())  # pixels above which nothing is written yet
        for octave in range(0, frontend.bands, frontend.bands_per_octave):
            hertz = frontend.lowest * 2 ** (octave / frontend.bands_per_octave)
            y = self.height() * (1 - (octave + 0.5) / frontend.bands) - line / 2
            y = min(max(y, 0.0), self.height() - line)
            if y + line <= free:
                place = QRectF(0, y, WIDTH - 6, line)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{hertz:.0f} Hz")
                free = y
