"""Stage: the lanes with the inspector beside them; shows one recording as the look says."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from midlevel_app.curves import Curves, Statistics, span, statistics
from midlevel_app.gui.inspector import Inspector, Link
from midlevel_app.gui.lanes import Lanes
from midlevel_app.gui.look import Look
from midlevel_app.gui.recording import Recording
from midlevel_app.gui.status import file_text, level_text
from midlevel_app.gui.theme import Theme
from midlevel_app.language import tr
from midlevel_app.markers import Marker
from midlevel_app.report import displayed

Span = tuple[float, float]

LEAST_WITH_INSPECTOR = 860
"""Pixels of width below which the inspector leaves its room to the lanes."""


class Stage(QWidget):
    """What is seen of an open recording. It holds what it shows and nothing else."""

    seek_requested = Signal(float)
    """Seconds."""

    about_requested = Signal(str)
    """Name of the feature to explain."""

    menu_requested = Signal(float, QPoint)
    """Seconds under the pointer, and where to open a menu."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes, self.inspector = Lanes(), Inspector()
        self._recording: Recording | None = None
        self._selection: Span | None = None
        self._curves: Curves | None = None  # what is shown
        self._piece: Statistics | None = None  # of all of it, once it is not growing any more
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(self.lanes, 1)
        row.addWidget(self.inspector)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.lanes.seek_requested.connect(self.seek_requested)
        self.lanes.about_requested.connect(self.about_requested)
        self.lanes.menu_requested.connect(self.menu_requested)
        self.lanes.pointed.connect(self._point)
        self.inspector.markers.seek_requested.connect(self.seek_requested)
        self.inspector.span_requested.connect(self._go_to)

    @property
    def look(self) -> Look:
        """How the curves are shown."""
        return self.lanes.look

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self.lanes.set_theme(theme)
        self.inspector.set_theme(theme)

    def speaking(self) -> list[QWidget]:
        """Return what tells screen readers its value."""
        lanes = self.lanes
        shown = [header for header in lanes.headers if header.isVisible()]
        return [lanes.playhead, lanes.overview, lanes.ruler, *shown, self.inspector.profile]

    def set_look(self, look: Look) -> None:
        """Show the curves as ``look`` says."""
        self.lanes.set_look(look)
        self._place_inspector()
        self.show_results()

    def minimumSizeHint(self) -> QSize:
        """Room for the lanes: the inspector is left out where there is none for it."""
        return self.lanes.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the inspector where the lanes need the room."""
        super().resizeEvent(event)
        self._place_inspector()

    def _place_inspector(self) -> None:
        self.inspector.setVisible(self.look.inspector and self.width() >= LEAST_WITH_INSPECTOR)

    def set_recording(self, recording: Recording | None) -> None:
        """Show another recording, or none."""
        self._recording, self._curves, self._piece = recording, None, None
        self.set_selection(None)
        if recording is None:
            self.lanes.clear()
            self.inspector.show_piece(None, None)

    def set_selection(self, selection: Span | None) -> None:
        """Show what is selected."""
        self._selection = selection
        self.lanes.set_selection(selection)
        found = None
        sentences: list[str] = []
        if selection is not None and self._recording is not None:
            found = statistics(span(self._recording.smoothed(self.look.smoothing), *selection))
            comparison = self._recording.comparison
            if comparison is not None and comparison[0] == selection:
                sentences = comparison[1]
        self.inspector.show_selection(selection, found, sentences)

    def set_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show what is marked."""
        self.lanes.set_markers(markers)
        self.inspector.show_markers(markers)

    def show_results(self) -> None:
        """Show what is known of the recording by now."""
        recording = self._recording
        if recording is None or recording.facts is None:
            return
        peak = tr("{facts} · peak {level}").format(
            facts=file_text(recording.facts), level=level_text(recording.envelope.peak)
        )
        self.lanes.set_recording(displayed(recording.path.name), peak)
        self.lanes.set_extent(recording.extent)
        self.lanes.set_rest(recording.described if recording.stopped else None)
        curves = recording.smoothed(self.look.smoothing)
        self.lanes.show_results(recording.envelope, recording.frames, curves, recording.described)
        if curves is not self._curves:
            self._curves, self._piece = curves, None
            self.inspector.show_piece(None, None)
            self.set_selection(self._selection)
        if self._piece is None and (recording.finished or recording.stopped):
            self._piece = statistics(curves)
            self.show_words()

    def show_words(self) -> None:
        """Show what is known by now of what changes, and of how the selection differs."""
        recording = self._recording
        if recording is None or self._piece is None:
            return
        changes = recording.changes
        links = None if changes is None else [Link(change.text, change.start, change.stop) for change in changes]
        self.inspector.show_piece(self._piece, links)
        if recording.comparison is not None and recording.comparison[0] == self._selection:
            self.set_selection(self._selection)

    def show_position(self, seconds: float, playing: bool) -> None:
        """Show the time heard and the values there."""
        if self._recording is not None:
            values = self._recording.values_at(seconds, self.look.smoothing)
            self.lanes.set_position(seconds, follow=playing)
            self.lanes.show_values(values)
            self.inspector.show_now(values)

    @Slot(object)
    def _point(self, seconds: float | None) -> None:
        if self._recording is None or seconds is None or not 0 <= seconds <= self._recording.extent:
            self.lanes.show_pointed(None, None)
        else:
            self.lanes.show_pointed(seconds, self._recording.values_at(seconds, self.look.smoothing))

    @Slot(float, float)
    def _go_to(self, start: float, stop: float) -> None:
        self.seek_requested.emit(start)
        self.lanes.show_span(start, stop)
