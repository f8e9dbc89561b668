"""Overview: the waveform of the whole recording, with what is shown of it, selected in it and heard from it."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from midlevel_app.gui.accessible import speak
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.theme import LIGHT, Theme
from midlevel_app.gui.timeview import TimeView
from midlevel_app.language import tr
from midlevel_app.report import clock

HEIGHT = 44
_LEAST_BOX = 6.0  # pixels of the window box, so that it can be found in a recording of hours


class Overview(QWidget):
    """The whole recording in one strip. Dragging moves what is shown; a click goes there."""

    seek_requested = Signal(float)
    """Seconds."""

    view_requested = Signal(float)
    """Seconds at which to start showing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Overview of the whole recording"))
        speak(self, QAccessible.Role.Chart, self.spoken)
        self._theme = LIGHT
        self._view = TimeView()
        self._envelope = Envelope()
        self._described = 0.0
        self._seconds: float | None = None
        self._selection: tuple[float, float] | None = None
        self._wave: QPixmap | None = None
        self._held: float | None = None  # seconds from the start of what is shown to where it is held
        self._moved = False

    def sizeHint(self) -> QSize:
        """As wide as can be."""
        return QSize(400, HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self._forget()

    def set_view(self, view: TimeView) -> None:
        """Show which stretch is shown."""
        if view.extent != self._view.extent:
            self._wave = None
        self._view = view
        self.update()

    def show_waveform(self, envelope: Envelope, described: float) -> None:
        """Draw the waveform; up to ``described`` seconds there are curves."""
        self._envelope, self._described = envelope, described
        self._forget()

    def set_position(self, seconds: float | None) -> None:
        """Show the time heard."""
        if seconds is None or self._seconds is None or round(self._x(seconds)) != round(self._x(self._seconds)):
            self.update()
        self._seconds = seconds

    def set_selection(self, selection: tuple[float, float] | None) -> None:
        """Show what is selected."""
        self._selection = selection
        self.update()

    def spoken(self) -> str:
        """What is shown of the recording, in words."""
        view = self._view
        sentence = tr("shows all of {extent}") if view.is_whole else tr("shows {start} to {stop} of {extent}")
        return sentence.format(start=clock(view.start, 1), stop=clock(view.stop, 1), extent=clock(view.extent, 1))

    def let_go(self) -> None:
        """Move nothing any more: what was pressed on is gone."""
        self._held = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew."""
        self._forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it all."""
        painter = QPainter(self)
        theme, height = self._theme, self.height()
        painter.fillRect(self.rect(), QColor(theme.plot))
        if self._wave is None:
            self._wave = self._drawn_wave()
        painter.drawPixmap(0, 0, self._wave)
        shade = QColor(theme.window)
        shade.setAlpha(190)
        left, right = self._box()
        if not self._view.is_whole:
            painter.fillRect(QRectF(0, 0, left, height), shade)
            painter.fillRect(QRectF(right, 0, self.width() - right, height), shade)
        if self._selection is not None:
            start, stop = (self._x(seconds) for seconds in self._selection)
            painter.fillRect(QRectF(start, height - 4, max(stop - start, 2.0), 4), QColor(theme.accent))
        if not self._view.is_whole:
            painter.setPen(QPen(QColor(theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(left + 1, 1, right - left - 2, height - 2), 3, 3)
        if self._seconds is not None:
            painter.fillRect(QRectF(round(self._x(self._seconds)), 0, 1, height), QColor(theme.accent))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the window box, or of a place outside, to which it comes."""
        if event.button() == Qt.MouseButton.LeftButton:
            left, right = self._box()
            x = event.position().x()
            inside = left <= x <= right and not self._view.is_whole
            self._held = self._time(x) - self._view.start if inside else self._view.length / 2
            self._moved = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is shown."""
        if self._held is not None and not self._view.is_whole:
            self._moved = True
            self.view_requested.emit(self._time(event.position().x()) - self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go where the click was."""
        if self._held is not None and not self._moved:
            self.seek_requested.emit(self._time(event.position().x()))
        self._held = None

    def _forget(self) -> None:
        self._wave = None
        self.update()

    def _x(self, seconds: float) -> float:
        return seconds / self._view.extent * self.width()

    def _time(self, x: float) -> float:
        return x / max(self.width(), 1) * self._view.extent

    def _box(self) -> tuple[float, float]:
        """Pixels of the ends of the window box."""
        left, right = self._x(self._view.start), self._x(self._view.stop)
        lacking = max(0.0, _LEAST_BOX - (right - left)) / 2
        return left - lacking, right + lacking

    def _drawn_wave(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        picture = np.zeros((height, width), dtype=np.uint32)  # a colour for each pixel; 0 is transparent
        columns = self._envelope.columns(0.0, self._view.extent, width)
        if len(columns.times):
            scale = 0.45 * height / max(self._envelope.peak, 1e-6)
            top = np.floor(height / 2 - columns.high * scale)
            bottom = np.maximum(height / 2 - columns.low * scale, top + 1)
            described, other = (QColor(colour).rgba() for colour in (self._theme.wave, self._theme.border))
            colours = np.where(columns.times <= self._described, described, other)
            rows = np.arange(height)[:, None]
            x = np.minimum((columns.times / self._view.extent * width).astype(int), width - 1)
            picture[:, x] = np.where((rows >= top) & (rows < bottom), colours, 0)
        image = QImage(picture.data, width, height, QImage.Format.Format_ARGB32)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
