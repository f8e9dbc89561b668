"""Lanes: overview, time ruler, picture of the sound and the curves, one above the other on one time axis."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollBar, QStackedWidget, QWidget

from midlevel_app.curves import Curves, Values
from midlevel_app.features import FEATURES
from midlevel_app.gui.curveplots import CurvePlot, OverlaidPlot
from midlevel_app.gui.envelope import Envelope
from midlevel_app.gui.frames import FrameStore
from midlevel_app.gui.header import MARGIN, WIDTH, Header, WaveformHeader
from midlevel_app.gui.look import Look
from midlevel_app.gui.overview import Overview
from midlevel_app.gui.playhead import ZOOM_STEP, Playhead
from midlevel_app.gui.plots import Plot, WaveformPlot
from midlevel_app.gui.readout import ReadOut
from midlevel_app.gui.ruler import Ruler
from midlevel_app.gui.scale import MODEL_SCALE, piece_scale
from midlevel_app.gui.spectrogram import SpectrogramPlot
from midlevel_app.gui.theme import Theme, scaled
from midlevel_app.gui.timeview import TimeView
from midlevel_app.language import decimal, tr
from midlevel_app.markers import Marker
from midlevel_app.report import clock

RULER_HEIGHT = 30
LEAST_LANE = 22  # pixels; a line of text
TICK_PIXELS = 90  # least room for a time mark
REDRAW_MS = 80  # least time between two drawings of new results
SCROLL_UNITS = 1000  # of the scroll bar, a second
_RULER, _PICTURE, _FIRST_LANE = 0, 1, 2  # rows of the grid
_SCROLL_BAR = _FIRST_LANE + len(FEATURES)


class Lanes(QWidget):
    """Shows a recording's sound and curves; reports where the user wants to go and what to select."""

    seek_requested = Signal(float)
    """Seconds."""

    selection_requested = Signal(object)
    """Start and stop in seconds."""

    marker_move_requested = Signal(object, float)
    """A `Marker` and the seconds to which it was dragged."""

    look_requested = Signal(object)
    """A `Look`."""

    about_requested = Signal(str)
    """Name of the feature to explain."""

    pointed = Signal(object)
    """Seconds under the pointer, or None."""

    menu_requested = Signal(float, QPoint)
    """Seconds under the pointer, and where to open a menu."""

    following_changed = Signal(bool)
    """The page turns with the music, or does not any more."""

    view_changed = Signal(object)
    """The `TimeView` shown now."""

    def __init__(self) -> None:
        super().__init__()
        self.view = TimeView()
        self.look = Look()
        self.following = True  # the page turns with the music
        self._free = False  # it does not, because the user wants so
        self._envelope, self._frames = Envelope(), FrameStore()
        self._described = 0.0
        self._curves: Curves | None = None
        self._scaled: Curves | None = None  # what the scales were set for
        self._redraw = QTimer(self, interval=REDRAW_MS, singleShot=True)
        self._redraw.timeout.connect(self._draw)
        self._drawn: dict[CurvePlot | OverlaidPlot, Curves | None] = {}
        self._next_lane = QTimer(self, interval=0, singleShot=True)
        self._next_lane.timeout.connect(self._draw_lane)
        self.overview = Overview()
        self.scale_note = QLabel()
        self.scale_note.setFont(scaled(self.font(), 0.85))
        self.scale_note.setIndent(MARGIN)
        self.ruler = Ruler(RULER_HEIGHT)
        self.waveform_header = WaveformHeader()
        self.waveform, self.spectrogram = WaveformPlot(), SpectrogramPlot()
        self.picture = QStackedWidget()
        self.headers = [Header(feature) for feature in FEATURES]
        self.curve_plots = [CurvePlot(feature) for feature in FEATURES]
        self.overlaid = OverlaidPlot()
        self.scroll_bar = QScrollBar(Qt.Orientation.Horizontal)
        self.corner = QWidget()
        self.bottom = QWidget()  # an empty last row: the plots end where it begins
        self.playhead = Playhead(self, self.ruler)
        self.read_out = ReadOut(self.playhead)
        self._lay_out()
        self._connect()
        self.set_look(self.look)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        palette = self.palette()
        palette.setColor(self.backgroundRole(), theme.border)
        self.setPalette(palette)
        self.scale_note.setStyleSheet(f"background: {theme.window}; color: {theme.muted};")
        self.corner.setStyleSheet(f"background: {theme.window};")
        self.ruler.set_theme(theme)
        self.playhead.set_theme(theme)
        self.overview.set_theme(theme)
        self.read_out.set_theme(theme)
        self.waveform_header.set_theme(theme)
        for header in self.headers:
            header.set_theme(theme)
        for plot in self._plots():
            plot.set_theme(theme)

    def set_look(self, look: Look) -> None:
        """Show the curves as ``look`` says."""
        self.look = look
        strips, overlaid = look.layout == "strips", look.layout == "overlaid"
        grid = self._grid
        for row, header, plot in zip(range(_FIRST_LANE, _SCROLL_BAR), self.headers, self.curve_plots, strict=True):
            name = header.feature.name
            shown = look.shows(name)
            header.setVisible(shown)
            header.set_marked(name in look.pinned, look.solo == name)
            plot.setVisible(shown and not overlaid)
            plot.set_look(strips, look.band)
            grid.setRowStretch(row, (8 if name in look.pinned else 4) if shown else 0)
            grid.setRowMinimumHeight(row, LEAST_LANE if shown else 0)
        self.overlaid.setVisible(overlaid)
        self.overlaid.set_shown(tuple(feature.name for feature in FEATURES if look.shows(feature.name)))
        self.picture.setCurrentWidget(self.spectrogram if look.picture == "spectrogram" else self.waveform)
        self.waveform_header.set_frequencies(self._frames.frontend if look.picture == "spectrogram" else None)
        self._set_scales()
        self._draw()

    def set_recording(self, name: str, facts: str) -> None:
        """Show what is open."""
        self.waveform_header.set_recording(name, facts)

    def clear(self) -> None:
        """Show nothing, all of it."""
        self._envelope, self._frames, self._curves, self._described = Envelope(), FrameStore(), None, 0.0
        self._set_following(not self._free)
        self.playhead.let_go()
        self.set_rest(None)
        self.overview.let_go()
        self._show(TimeView())
        self.set_position(None)
        self.set_selection(None)
        self.show_values(None)
        self._draw()

    def set_extent(self, seconds: float) -> None:
        """Take the length of the recording."""
        if seconds != self.view.extent:
            self._show(self.view.lasting(seconds))

    def set_rest(self, seconds: float | None) -> None:
        """Mark what comes after this time as not analysed; None if all of it is, or will be."""
        self.playhead.set_rest(seconds)

    def set_field(self, seconds: float) -> None:
        """Say how much sound a value describes."""
        self.playhead.set_field(seconds)

    def set_selection(self, selection: tuple[float, float] | None) -> None:
        """Show what is selected."""
        self.playhead.set_selection(selection)
        self.overview.set_selection(selection)

    def set_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show what is marked."""
        self.playhead.set_markers(markers)

    def show_results(self, envelope: Envelope, frames: FrameStore, curves: Curves, described: float) -> None:
        """Draw sound and curves soon, with what else comes until then; there are curves up to ``described`` s."""
        self._envelope, self._frames, self._curves, self._described = envelope, frames, curves, described
        if not self._redraw.isActive():
            self._redraw.start()

    def show_values(self, values: Values | None) -> None:
        """Show the values at the playhead."""
        for index, header in enumerate(self.headers):
            header.set_value(float("nan") if values is None else float(values[index]))

    def show_pointed(self, seconds: float | None, values: Values | None) -> None:
        """Show the values under the pointer; None for none."""
        if seconds is None or values is None:
            self.read_out.hide()
            return
        shown = tuple(feature.name for feature in FEATURES if self.look.shows(feature.name))
        self.read_out.show_values(seconds, values, shown, self.playhead.mapFromGlobal(QCursor.pos()))

    def set_position(self, seconds: float | None, follow: bool = False) -> None:
        """Move the playhead; ``follow`` turns the page when it leaves the view, unless the user looks elsewhere."""
        if seconds is not None:
            if self.view.start <= seconds <= self.view.stop:
                self._set_following(not self._free)
            if follow and self.following:
                self._show(self.view.following(seconds))
        self.playhead.set_position(seconds)
        self.overview.set_position(seconds)

    def zoom_in(self) -> None:
        """Show less time, around the playhead or, where it is out of view, around the middle."""
        self._zoom(1 / ZOOM_STEP**2, self._centre())

    def zoom_out(self) -> None:
        """Show more time."""
        self._zoom(ZOOM_STEP**2, self._centre())

    def show_whole(self) -> None:
        """Show the whole recording."""
        self._show(self.view.whole())

    def show_span(self, start: float, stop: float) -> None:
        """Show this stretch (seconds), with a little around it."""
        around = 0.05 * (stop - start)
        self._look_at(replace(self.view, start=start - around, stop=stop + around).zoomed(1.0, start))

    def follow(self, follows: bool) -> None:
        """Show where the playhead is, and turn the page with it; or stay, until that is asked for again."""
        self._free = not follows
        self._set_following(follows)
        if follows and self.playhead.seconds is not None:
            self._show(self.view.following(self.playhead.seconds))

    def set_view(self, start: float, stop: float) -> None:
        """Show this stretch (seconds), as far as the recording goes."""
        self._look_at(replace(self.view, start=start, stop=stop).zoomed(1.0, start))

    def page(self, share: float) -> None:
        """Move by ``share`` of what is shown: positive to the right."""
        self._look_at(self.view.at(self.view.start + share * self.view.length))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the playhead over the plots."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            top, bottom = self.ruler.geometry(), self.bottom.geometry()
            self.playhead.setGeometry(QRect(top.topLeft(), QPoint(top.right(), bottom.top() - 2)))
            self._show(self.view, resized=True)
        return False

    def _centre(self) -> float:
        position = self.playhead.seconds
        if position is not None and self.view.start <= position <= self.view.stop:
            return position
        return (self.view.start + self.view.stop) / 2

    def _lay_out(self) -> None:
        self._grid = grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(1)  # through which the border's colour shows
        grid.setColumnStretch(1, 1)
        whole = QGridLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(1)
        whole.addWidget(self.overview, 0, 0)
        whole.addLayout(grid, 1, 0)
        self.setAutoFillBackground(True)
        self.scale_note.setFixedWidth(WIDTH)
        self.picture.addWidget(self.waveform)
        self.picture.addWidget(self.spectrogram)
        self.picture.setSizePolicy(self.waveform.sizePolicy())
        self.picture.setMinimumHeight(LEAST_LANE)
        grid.addWidget(self.scale_note, _RULER, 0)
        grid.addWidget(self.ruler, _RULER, 1)
        grid.addWidget(self.waveform_header, _PICTURE, 0)
        grid.addWidget(self.picture, _PICTURE, 1)
        grid.setRowStretch(_PICTURE, 5)
        grid.setRowMinimumHeight(_PICTURE, LEAST_LANE)
        grid.addWidget(self.overlaid, _FIRST_LANE, 1, len(FEATURES), 1)
        for row, header, plot in zip(range(_FIRST_LANE, _SCROLL_BAR), self.headers, self.curve_plots, strict=True):
            grid.addWidget(header, row, 0)
            grid.addWidget(plot, row, 1)
        self.bottom.setFixedHeight(0)
        grid.addWidget(self.bottom, _SCROLL_BAR, 0, 1, 2)
        grid.addWidget(self.corner, _SCROLL_BAR + 1, 0)
        grid.addWidget(self.scroll_bar, _SCROLL_BAR + 1, 1)
        self.playhead.raise_()

    def _connect(self) -> None:
        for watched in (self.ruler, self.bottom):
            watched.installEventFilter(self)
        head = self.playhead
        head.seek_requested.connect(self.seek_requested)
        head.selection_requested.connect(self.selection_requested)
        head.marker_move_requested.connect(self.marker_move_requested)
        head.zoom_requested.connect(self._zoom)
        head.scroll_requested.connect(self._scroll)
        head.pointed.connect(self.pointed)
        head.menu_requested.connect(self.menu_requested)
        self.overview.seek_requested.connect(self.seek_requested)
        self.overview.view_requested.connect(lambda start: self._look_at(self.view.at(start)))
        self.scroll_bar.valueChanged.connect(self._on_scroll_bar)
        for header in self.headers:
            self._connect_header(header)

    def _connect_header(self, header: Header) -> None:
        name = header.feature.name
        header.about_requested.connect(lambda: self.about_requested.emit(name))
        header.hide_requested.connect(lambda: self.look_requested.emit(self.look.toggling(name)))
        header.pin_requested.connect(lambda: self.look_requested.emit(self.look.pinning(name)))
        header.solo_requested.connect(lambda: self.look_requested.emit(self.look.soloing(name)))

    def _plots(self) -> list[Plot]:
        return [self.waveform, self.spectrogram, self.overlaid, *self.curve_plots]

    def _look_at(self, view: TimeView) -> None:
        """Show what the user wants to see, and stay there even when the playhead is elsewhere."""
        self._show(view)
        position = self.playhead.seconds
        seen = position is None or self.view.start <= position <= self.view.stop
        self._set_following(seen and not self._free)

    def _set_following(self, following: bool) -> None:
        if following != self.following:
            self.following = following
            self.following_changed.emit(following)

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
        self.overview.set_view(view)
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

    def _set_scales(self) -> None:
        """Let the lanes' heights mean what the look says."""
        curves, look = self._curves, self.look
        of_piece = look.scale == "piece" and curves is not None
        overlaid = look.layout == "overlaid"
        for column, (header, plot) in enumerate(zip(self.headers, self.curve_plots, strict=True)):
            scale = piece_scale(curves.values[:, column]) if of_piece and curves is not None else MODEL_SCALE
            plot.set_scale(scale)
            header.set_scale(scale, labelled=not overlaid)
        if overlaid:
            shown = [column for column, feature in enumerate(FEATURES) if look.shows(feature.name)]
            common = piece_scale(curves.values[:, shown].ravel()) if of_piece and curves is not None else MODEL_SCALE
            self.overlaid.set_levels(common.bottom, common.top, common.ticks)
        note = tr("Within this piece") if look.scale == "piece" else tr("Model scale 1 to 10")
        if overlaid and of_piece:
            note = tr("Within this piece: {low} to {high}").format(
                low=decimal(common.low, ".1f"), high=decimal(common.high, ".1f")
            )
        has_band = curves is not None and curves.spread is not None and look.layout == "stacked" and look.band
        self.scale_note.setText(note + " · " + tr("band: teachers differ") if has_band else note)
        self.scale_note.setToolTip(
            tr(
                "The band shows how far the networks that taught the model differed. It is not an error "
                "bar: they can err alike."
            )
            if has_band
            else ""
        )

    @Slot()
    def _draw(self) -> None:
        if self.look.picture == "spectrogram":
            self.spectrogram.show_frames(self._frames)
        else:
            self.waveform.show_waveform(self._envelope)
        self.overview.show_waveform(self._envelope, self._described)
        if self._curves is not self._scaled:
            self._scaled = self._curves
            self._set_scales()
        self._next_lane.start()

    @Slot()
    def _draw_lane(self) -> None:
        """Draw the curves of one lane that is seen, and let the window work before the next: each takes a while."""
        for plot in (*self.curve_plots, self.overlaid):
            if not plot.isHidden() and self._drawn.get(plot) is not self._curves:
                self._drawn[plot] = self._curves
                plot.show_curves(self._curves)
                self._next_lane.start()
                return

    @Slot(float, float)
    def _zoom(self, factor: float, centre: float) -> None:
        self._look_at(self.view.zoomed(factor, centre))

    @Slot(float)
    def _scroll(self, seconds: float) -> None:
        self._look_at(self.view.at(self.view.start + seconds))

    @Slot(int)
    def _on_scroll_bar(self, value: int) -> None:
        self._look_at(self.view.at(value / SCROLL_UNITS))
