"""Lanes: time ruler, waveform and the seven curves, one above the other on one time axis."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollBar, QWidget

from midlevel_app.curves import Curves, Values
from midlevel_app.features import FEATURES
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.header import MARGIN, WIDTH, Header, WaveformHeader
from midlevel_app.gui.playhead import ZOOM_STEP, Playhead, Ruler
from midlevel_app.gui.plots import CurvePlot, Plot, WaveformPlot
from midlevel_app.gui.theme import Theme, scaled
from midlevel_app.gui.timeview import TimeView, clock

RULER_HEIGHT = 30
TICK_PIXELS = 90  # least room for a time mark
REDRAW_MS = 80  # least time between two drawings of new results
SCROLL_UNITS = 1000  # of the scroll bar, a second


class Lanes(QWidget):
    """Shows a recording's waveform and curves; reports where the user wants to go."""

    seek_requested = Signal(float)
    """Seconds."""

    view_changed = Signal(object)
    """The `TimeView` shown now."""

    def __init__(self) -> None:
        super().__init__()
        self.view = TimeView()
        self._envelope = Envelope()
        self._curves: Curves | None = None
        self._drawn: Curves | None = None
        self._redraw = QTimer(self, interval=REDRAW_MS, singleShot=True)
        self._redraw.timeout.connect(self._draw)
        self.scale_note = QLabel("Model scale 1 to 10")
        self.scale_note.setFont(scaled(self.font(), 0.85))
        self.scale_note.setIndent(MARGIN)
        self.ruler = Ruler(RULER_HEIGHT)
        self.waveform_header = WaveformHeader()
        self.waveform = WaveformPlot()
        self.headers = [Header(feature) for feature in FEATURES]
        self.curve_plots = [CurvePlot(feature) for feature in FEATURES]
        self.scroll_bar = QScrollBar(Qt.Orientation.Horizontal)
        self.corner = QWidget()
        self.playhead = Playhead(self, RULER_HEIGHT)
        self._lay_out()
        self.ruler.installEventFilter(self)
        self.curve_plots[-1].installEventFilter(self)
        self.playhead.seek_requested.connect(self.seek_requested)
        self.playhead.zoom_requested.connect(self._zoom)
        self.playhead.scroll_requested.connect(self._scroll)
        self.scroll_bar.valueChanged.connect(self._on_scroll_bar)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        palette = self.palette()
        palette.setColor(self.backgroundRole(), theme.border)
        self.setPalette(palette)
        self.scale_note.setStyleSheet(f"background: {theme.window}; color: {theme.muted};")
        self.corner.setStyleSheet(f"background: {theme.window};")
        self.ruler.set_theme(theme)
        self.playhead.set_theme(theme)
        self.waveform_header.set_theme(theme)
        for header in self.headers:
            header.set_theme(theme)
        for plot in self._plots():
            plot.set_theme(theme)

    def set_recording(self, name: str, facts: str) -> None:
        """Show what is open."""
        self.waveform_header.set_recording(name, facts)

    def clear(self) -> None:
        """Show nothing, all of it."""
        self._envelope, self._curves = Envelope(), None
        self._show(TimeView())
        self.set_position(None)
        self.show_values(None)
        self._draw()

    def set_extent(self, seconds: float) -> None:
        """Take the length of the recording."""
        if seconds != self.view.extent:
            self._show(self.view.lasting(seconds))

    def set_field(self, seconds: float) -> None:
        """Say how much sound a value describes."""
        self.playhead.set_field(seconds)

    def show_results(self, envelope: Envelope, curves: Curves) -> None:
        """Draw waveform and curves soon, together with what else comes until then."""
        self._envelope, self._curves = envelope, curves
        if not self._redraw.isActive():
            self._redraw.start()

    def show_values(self, values: Values | None) -> None:
        """Show the values at the playhead."""
        for index, header in enumerate(self.headers):
            header.set_value(float("nan") if values is None else float(values[index]))

    def set_position(self, seconds: float | None, follow: bool = False) -> None:
        """Move the playhead; ``follow`` turns the page when it leaves the view."""
        if seconds is not None and follow:
            self._show(self.view.following(seconds))
        self.playhead.set_position(seconds)

    def zoom_in(self) -> None:
        """Show less time, around the playhead or, where it is out of view, around the middle."""
        self._zoom(1 / ZOOM_STEP**2, self._centre())

    def zoom_out(self) -> None:
        """Show more time."""
        self._zoom(ZOOM_STEP**2, self._centre())

    def show_whole(self) -> None:
        """Show the whole recording."""
        self._show(self.view.whole())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the playhead over the plots."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            top, last = self.ruler.geometry(), self.curve_plots[-1].geometry()
            self.playhead.setGeometry(QRect(top.topLeft(), last.bottomRight()))
            self._show(self.view, resized=True)
        return False

    def _centre(self) -> float:
        position = self.playhead.seconds
        if position is not None and self.view.start <= position <= self.view.stop:
            return position
        return (self.view.start + self.view.stop) / 2

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)  # through which the border's colour shows
        grid.setColumnStretch(1, 1)
        self.setAutoFillBackground(True)
        self.scale_note.setFixedWidth(WIDTH)
        rows: list[tuple[QWidget, QWidget]] = [(self.scale_note, self.ruler)]
        rows.append((self.waveform_header, self.waveform))
        rows += zip(self.headers, self.curve_plots, strict=True)
        for number, (header, plot) in enumerate(rows):
            grid.addWidget(header, number, 0)
            grid.addWidget(plot, number, 1)
            if number:
                grid.setRowStretch(number, 5 if number == 1 else 4)
                grid.setRowMinimumHeight(number, 46)
        grid.addWidget(self.corner, len(rows), 0)
        grid.addWidget(self.scroll_bar, len(rows), 1)
        self.playhead.raise_()

    def _plots(self) -> list[Plot]:
        return [self.waveform, *self.curve_plots]

    def _show(self, view: TimeView, resized: bool = False) -> None:
        if view == self.view and not resized:
            return
        self.view = view
        step = view.tick_step(max(2, self.ruler.width() // TICK_PIXELS))
        ticks = view.ticks(step)
        self.ruler.set_view(view, [(tick, clock(tick, 1 if step < 1 else 0)) for tick in ticks])
        for plot in self._plots():
            plot.set_view(view, ticks)
        self.playhead.set_view(view)
        self._set_scroll_bar()
        self.view_changed.emit(view)

    def _set_scroll_bar(self) -> None:
        view, bar = self.view, self.scroll_bar
        bar.blockSignals(True)
        bar.setRange(0, round((view.extent - view.length) * SCROLL_UNITS))
        bar.setPageStep(round(view.length * SCROLL_UNITS))
        bar.setSingleStep(round(view.length * SCROLL_UNITS / 10))
        bar.setValue(round(view.start * SCROLL_UNITS))
        bar.blockSignals(False)
        bar.setVisible(not view.is_whole)
        self.corner.setVisible(not view.is_whole)

    @Slot()
    def _draw(self) -> None:
        self.waveform.show_waveform(self._envelope)
        if self._curves is not self._drawn:
            self._drawn = self._curves
            for plot in self.curve_plots:
                plot.show_curves(self._curves)

    @Slot(float, float)
    def _zoom(self, factor: float, centre: float) -> None:
        self._show(self.view.zoomed(factor, centre))

    @Slot(float)
    def _scroll(self, seconds: float) -> None:
        self._show(self.view.at(self.view.start + seconds))

    @Slot(int)
    def _on_scroll_bar(self, value: int) -> None:
        self._show(self.view.at(value / SCROLL_UNITS))
