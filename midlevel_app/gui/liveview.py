"""Live view: what the microphone hears; articulation to be read from the music stand, the others small below it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from midlevel_app.articulation import FEATURE, WORDS, Band, Calibration, share_within, word
from midlevel_app.curves import Curves, join, span
from midlevel_app.features import FEATURES, NAMES
from midlevel_app.gui.livechoices import LENGTHS
from midlevel_app.gui.livecurve import LiveCurve
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled
from midlevel_app.language import decimal, tr

_COLUMNS = 3  # of small curves
_SMALL_EVERY = 4  # times that the large curve is drawn, the small ones are: nobody sees them move
_STAND_FACTOR = 1.7  # by which texts grow for the music stand


@dataclass(frozen=True)
class Heard:
    """What is shown of the input.

    Attributes
    ----------
    curves : Curves
        At least the last of `LENGTHS` seconds.
    onsets : (n,) float64
        Seconds.
    now : float
        Seconds heard so far.
    """

    curves: Curves
    onsets: npt.NDArray[np.float64]
    now: float


NOTHING = Heard(join([]), np.empty(0), 0.0)


class LiveView(QWidget):
    """Articulation large, with its band and its word, and the other features below."""

    seconds_requested = Signal(int)
    """How much is to be shown at once, one of `LENGTHS`."""

    stand_requested = Signal(bool)
    """Fill the screen, or no longer."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._heard = NOTHING
        self._band: Band | None = None
        self._calibration: Calibration | None = None
        self._in_stand = False
        self._shown = 0  # times since there was nothing to show
        others = [feature for feature in FEATURES if feature.name != FEATURE]
        self.large = LiveCurve(FEATURES[NAMES.index(FEATURE)], large=True)
        self.small = {feature.name: LiveCurve(feature) for feature in others}
        self.names = {feature.name: QLabel(tr(feature.label)) for feature in others}
        self.values = {feature.name: QLabel() for feature in others}
        self.title = QLabel(tr(self.large.feature.label))
        self.value, self.word, self.within = QLabel(), QLabel(), QLabel()
        self.lengths = [_length_button(seconds) for seconds in LENGTHS]
        self.stand = QToolButton()
        self.stand.setText(tr("Music stand"))
        self.stand.setCheckable(True)
        self.stand.setToolTip(tr("Fill the screen, to be read from afar (F11)"))
        self.stand.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.stand.clicked.connect(self.stand_requested)
        for button, seconds in zip(self.lengths, LENGTHS, strict=True):
            button.clicked.connect(lambda checked, seconds=seconds: self.seconds_requested.emit(seconds))
        self._lay_out()
        self._set_fonts()
        self.set_seconds(self.large.seconds)
        self.show_heard(NOTHING)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        for curve in (self.large, *self.small.values()):
            curve.set_theme(theme)
        for label, feature in [(self.title, self.large.feature)] + [
            (self.names[name], curve.feature) for name, curve in self.small.items()
        ]:
            label.setStyleSheet(f"color: {readable(feature.colour, theme.window)};")
        self.within.setStyleSheet(f"color: {theme.muted};")
        self._set_fonts()  # another style sheet brought back those of before

    def set_seconds(self, seconds: int) -> None:
        """Show so much at once."""
        for curve in (self.large, *self.small.values()):
            curve.set_seconds(seconds)
        for button, length in zip(self.lengths, LENGTHS, strict=True):
            button.setChecked(length == seconds)

    def set_goal(self, band: Band | None, calibration: Calibration | None) -> None:
        """Show what to stay within; words are said only where there is a calibration."""
        self._band, self._calibration = band, calibration
        self.large.set_band(band)
        self.show_heard(self._heard)

    def set_stand(self, in_stand: bool) -> None:
        """Show it for a music stand."""
        self._in_stand = in_stand
        self.stand.setChecked(in_stand)
        for button in self.lengths:
            button.setVisible(not in_stand)
        self._set_fonts()

    def show_heard(self, heard: Heard) -> None:
        """Show the curves up to now, and their newest values."""
        self._heard = heard
        self.large.show_now(heard.curves, heard.onsets, heard.now)
        self._show(self.value, _number(self.large.value))
        self._shown = 0 if heard is NOTHING else self._shown + 1
        if self._shown % _SMALL_EVERY == 0:
            for name, curve in self.small.items():
                curve.show_now(heard.curves, heard.onsets, heard.now)
                self._show(self.values[name], _number(curve.value))
        said = None
        if self._band is not None and self._calibration is not None:
            said = word(self.large.value, self._band, self._calibration)
        self._show(self.word, "" if said is None else tr(WORDS[said]))
        share = None
        if self._band is not None:
            share = share_within(span(heard.curves, heard.now - self.large.seconds, heard.now), self._band)
        self._show(
            self.within,
            ""
            if share is None
            else tr("{share} of {seconds} s in the band").format(
                share=f"{100 * share:.0f} %", seconds=self.large.seconds
            ),
        )

    def _show(self, label: QLabel, text: str) -> None:
        if label.text() != text:
            label.setText(text)

    def _lay_out(self) -> None:
        head, now = QHBoxLayout(), QHBoxLayout()
        for line, labels in ((head, (self.title, self.within)), (now, (self.value, self.word))):
            line.setSpacing(18)
            for label in labels:
                line.addWidget(label, alignment=Qt.AlignmentFlag.AlignBaseline)
            line.addStretch(1)
        for button in (*self.lengths, self.stand):
            head.addWidget(button, alignment=Qt.AlignmentFlag.AlignVCenter)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        for number, (name, curve) in enumerate(self.small.items()):
            row, column = 2 * (number // _COLUMNS), number % _COLUMNS
            line = QHBoxLayout()
            line.addWidget(self.names[name])
            line.addStretch(1)
            line.addWidget(self.values[name])
            grid.addLayout(line, row, column)
            grid.addWidget(curve, row + 1, column)
            grid.setRowStretch(row + 1, 1)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(14, 6, 14, 10)
        page.addLayout(head)
        page.addLayout(now)
        page.addWidget(self.large, 3)
        page.addSpacing(8)
        page.addLayout(grid, 2)

    def _set_fonts(self) -> None:
        factor = _STAND_FACTOR if self._in_stand else 1.0
        demi = QFont.Weight.DemiBold
        self.title.setFont(scaled(self.font(), 1.5 * factor, demi))
        self.value.setFont(scaled(self.font(), 2.6 * factor, demi))
        self.word.setFont(scaled(self.font(), 2.6 * factor, demi))
        self.within.setFont(scaled(self.font(), 1.2 * factor))
        for label in (*self.names.values(), *self.values.values()):
            label.setFont(scaled(self.font(), factor))
        width = self.value.fontMetrics().horizontalAdvance("10.0")
        self.value.setMinimumWidth(width)  # so that nothing beside it moves
        self.value.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)


def _length_button(seconds: int) -> QToolButton:
    button = QToolButton()
    button.setText(f"{seconds} s")
    button.setCheckable(True)
    button.setToolTip(tr("Show the last {seconds} seconds").format(seconds=seconds))
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def _number(value: float) -> str:
    return "–" if np.isnan(value) else decimal(value, ".1f")
