"""Playhead: a clear widget over all plots that shows time heard and selection, and takes clicks and the wheel."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QBrush,
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from midlevel_app.gui.accessible import paint_focus, speak
from midlevel_app.gui.ruler import Ruler
from midlevel_app.gui.theme import LIGHT, Theme
from midlevel_app.gui.timeview import TimeView
from midlevel_app.language import decimal, tr
from midlevel_app.markers import Marker
from midlevel_app.report import clock

ZOOM_STEP = 1.25  # for one notch of the wheel
_NOTCH = 120  # Qt's units of a wheel's notch
_DRAG_PIXELS = 4  # less is a click
_GRIP_PIXELS = 5  # how near to the selection's end one can take hold of it
_LINE_PIXELS = 3  # the same of a marker's line

Span = tuple[float, float]


class Playhead(QWidget):
    """The line of what is heard now, with a bracket over what a value there describes.

    An overlay, so that moving it repaints three thin strips and not the plots. ``ruler`` is the time ruler under its
    top, where the bracket is drawn and the markers have their flags.
    """

    seek_requested = Signal(float)
    """Seconds."""

    zoom_requested = Signal(float, float)
    """Factor of the length shown, and the second to stay in place."""

    scroll_requested = Signal(float)
    """Seconds to the right."""

    selection_requested = Signal(object)
    """A `Span` in seconds, once it was drawn."""

    marker_move_requested = Signal(object, float)
    """A `Marker` and the seconds to which it was dragged."""

    pointed = Signal(object)
    """Seconds under the pointer; None when it leaves."""

    menu_requested = Signal(float, QPoint)
    """Seconds under the pointer, and where to open a menu on the screen."""

    def __init__(self, parent: QWidget, ruler: Ruler) -> None:
        super().__init__(parent)
        self._flags = ruler
        self._ruler = ruler.height()
        self._theme = LIGHT
        self._view = TimeView()
        self.seconds: float | None = None  # what is shown; None for nothing
        self._field = 0.0
        self._selection: Span | None = None
        self._drawing: Span | None = None  # shown in its place while the pointer draws it
        self._markers: tuple[Marker, ...] = ()
        self._held: Marker | None = None  # by the pointer
        self._moved: Marker | None = None  # as it is shown while it is dragged
        self._rest: float | None = None  # seconds from which on nothing was analysed
        self._pressed: float | None = None  # pixels from the left
        self._anchor: float | None = None  # the end of a selection that stays while the other is drawn, seconds
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # by clicks, too, for Escape
        self.setAccessibleName(tr("Curves"))
        self.setAccessibleDescription(tr("Arrow keys move, Space plays, I and O select from and to here."))
        speak(self, QAccessible.Role.Chart, self.spoken)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def set_view(self, view: TimeView) -> None:
        """Show this stretch of time."""
        self._view = view
        self.update()

    def set_field(self, seconds: float) -> None:
        """Say how much sound a value describes; 0 draws no bracket."""
        self._field = seconds
        self.update()

    def set_selection(self, selection: Span | None) -> None:
        """Show what is selected."""
        self._selection = selection
        self.update()

    def set_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show a flag and a line for each of these, in order of time."""
        self._markers = markers
        self.let_go()

    def set_rest(self, seconds: float | None) -> None:
        """Mark what comes after this time as not analysed; None if all of it is, or will be."""
        if seconds != self._rest:
            self._rest = seconds
            self.update()

    def set_position(self, seconds: float | None) -> None:
        """Move to ``seconds``; None takes it away."""
        if seconds is None or self.seconds is None:
            self.seconds = seconds
            self.update()
            return
        before = self._places()
        self.seconds = seconds
        after = self._places()
        if before != after:
            for old, new in zip(before, after, strict=True):
                first, last = min(old, new), max(old, new)
                self.update(QRect(first - 2, 0, last - first + 4, self.height()))
            first, last = min(before[0], after[0]), max(before[0], after[0])
            self.update(QRect(first - 8, 0, last - first + 17, self._ruler))

    def spoken(self) -> str:
        """Time, selection and markers in words."""
        if self.seconds is None:
            return tr("nothing is open")
        view = self._view
        parts = [tr("{now} of {extent}").format(now=clock(self.seconds, 1), extent=clock(view.extent, 1))]
        if not view.is_whole:
            parts.append(
                tr("shown from {start} to {stop}").format(start=clock(view.start, 1), stop=clock(view.stop, 1))
            )
        if self._selection is not None:
            parts.append(
                tr("selected from {start} to {stop}").format(
                    start=clock(self._selection[0], 1), stop=clock(self._selection[1], 1)
                )
            )
        if self._markers:
            parts.append(
                tr("markers at {times}").format(times=", ".join(clock(marker.seconds, 1) for marker in self._markers))
            )
        if self._rest is not None:
            parts.append(tr("not analysed from {time} on").format(time=clock(self._rest, 1)))
        return "; ".join(parts)

    def x_of(self, seconds: float) -> float:
        """Pixels from the left."""
        return (seconds - self._view.start) / self._view.length * self.width()

    def time_at(self, x: float) -> float:
        """Seconds at ``x`` pixels from the left."""
        return self._view.start + x / max(self.width(), 1) * self._view.length

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw selection, band, bracket and line."""
        paint_focus(self, self._theme)
        painter = QPainter(self)
        if (selection := self._drawing or self._selection) is not None:
            self._paint_selection(painter, *selection)
        if self._rest is not None:
            self._paint_rest(painter, self._rest)
        marker = QColor(self._theme.on_notice)
        marker.setAlpha(110)
        for one in self._shown_markers():
            painter.fillRect(QRect(round(self.x_of(one.seconds)), self._ruler, 1, self.height() - self._ruler), marker)
        if self.seconds is None:
            return
        accent = QColor(self._theme.accent)
        bottom, ruler = self.height(), self._ruler
        x, left, right = self._places()
        if self._field:
            faint = QColor(accent)
            faint.setAlpha(26 if self._theme.dark else 18)
            painter.fillRect(QRect(left, ruler, right - left, bottom - ruler), faint)
            painter.fillRect(QRect(left, ruler - 2, right - left, 2), accent)
            for end in (left, right - 2):
                painter.fillRect(QRect(end, ruler - 7, 2, 7), accent)
        painter.fillRect(QRect(x, ruler - 7, 1, bottom), accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        centre = x + 0.5
        corners = [QPointF(centre - 6, ruler - 13), QPointF(centre + 6, ruler - 13), QPointF(centre, ruler - 5)]
        painter.drawPolygon(QPolygonF(corners))

    def event(self, event: QEvent) -> bool:
        """Explain the bracket where it is drawn; let Escape end a drag, and nothing else meanwhile."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._ends_drag(event):
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if event.pos().y() <= self._ruler:
                text = tr("A value describes the {seconds} s of sound between the ends of the bracket.").format(
                    seconds=decimal(self._field, ".1f")
                )
                QToolTip.showText(event.globalPos(), text if self._field else tr("Click to go there."), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold: of a marker, of an end of the selection, or of a place from which to draw a new one."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = event.position().x()
        self._held = self._marker_at(event.position())
        self._anchor = None if self._held is not None else self._grip(self._pressed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what the pointer is on; move the marker, or draw the selection."""
        x = event.position().x()
        self.pointed.emit(self.time_at(x))
        if self._pressed is None:
            near = self._marker_at(event.position()) is not None or self._grip(x) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)
            return
        if self._held is not None:
            if self._moved is not None or abs(x - self._pressed) >= _DRAG_PIXELS:
                seconds = self._within(self._held.seconds + self.time_at(x) - self.time_at(self._pressed))
                self._moved = replace(self._held, seconds=seconds)
                self._flags.set_markers(self._shown_markers())
                self.update()
            return
        if self._anchor is None and abs(x - self._pressed) >= _DRAG_PIXELS:
            self._anchor = self._within(self.time_at(self._pressed))
        if self._anchor is not None:
            self._drawing = self._drawn(x)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask to move a marker, to select what was drawn, or to go where the click was."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        x, pressed, anchor, held, moved = event.position().x(), self._pressed, self._anchor, self._held, self._moved
        drawn = None if anchor is None or abs(x - pressed) < _DRAG_PIXELS else self._drawn(x)
        self.let_go()
        if held is not None and moved is not None:
            self.marker_move_requested.emit(held, moved.seconds)
        elif held is not None:
            self.seek_requested.emit(held.seconds)
        elif drawn is not None:
            self.selection_requested.emit(drawn)
        elif anchor is None:
            self.seek_requested.emit(self.time_at(x))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let go with Escape of what is dragged; nothing has changed then."""
        if self._ends_drag(event):
            self.let_go()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self.pointed.emit(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu, by key for the place that is heard."""
        seconds, place = self.time_at(event.pos().x()), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.seconds is not None:
            seconds, place = self.seconds, self.mapToGlobal(QPoint(round(self.x_of(self.seconds)), self._ruler))
        self.menu_requested.emit(self._within(seconds), place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ask to zoom at the cursor; sideways or with Shift, to scroll."""
        turn = event.angleDelta()
        sideways = turn.x() or (turn.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self.scroll_requested.emit(-sideways / _NOTCH * 0.1 * self._view.length)
        elif turn.y():
            factor = ZOOM_STEP ** (-turn.y() / _NOTCH)
            self.zoom_requested.emit(factor, self.time_at(event.position().x()))
        event.accept()

    def _places(self) -> tuple[int, int, int]:
        """Pixels of the line and of the bracket's ends."""
        seconds = self.seconds or 0.0
        ends = (self.x_of(seconds + side * self._field / 2) for side in (-1, 1))
        x, left, right = (round(place) for place in (self.x_of(seconds), *ends))
        return x, left, right

    def _ends_drag(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Escape and self._pressed is not None

    def let_go(self) -> None:
        """Hold and draw nothing any more, and show all as it is."""
        self._pressed = self._anchor = self._drawing = self._held = self._moved = None
        self._flags.set_markers(self._markers)
        self.update()

    def _shown_markers(self) -> tuple[Marker, ...]:
        """Return the markers with the one that is dragged where it is now."""
        if self._moved is None:
            return self._markers
        others = [marker for marker in self._markers if marker is not self._held]
        return tuple(sorted([*others, self._moved], key=lambda marker: marker.seconds))

    def _marker_at(self, place: QPointF) -> Marker | None:
        """Return the marker whose flag or line is at ``place``; the ends of the selection come before lines."""
        if place.y() < self._ruler and (flagged := self._flags.marker_at(place.x(), place.y())) is not None:
            return flagged
        if not self._markers or self._grip(place.x()) is not None:
            return None
        nearest = min(self._markers, key=lambda marker: abs(self.x_of(marker.seconds) - place.x()))
        return nearest if abs(self.x_of(nearest.seconds) - place.x()) <= _LINE_PIXELS else None

    def _within(self, seconds: float) -> float:
        return min(max(seconds, 0.0), self._view.extent)

    def _drawn(self, x: float) -> Span:
        """Selection between the end that stays and ``x`` pixels from the left."""
        assert self._anchor is not None
        other = self._within(self.time_at(x))
        return min(self._anchor, other), max(self._anchor, other)

    def _grip(self, x: float) -> float | None:
        """Return the end opposite to the selection's end at ``x``; None where there is none."""
        if self._selection is None:
            return None
        start, stop = self._selection
        distances = {stop: abs(self.x_of(start) - x), start: abs(self.x_of(stop) - x)}
        opposite = min(distances, key=lambda end: distances[end])
        return opposite if distances[opposite] <= _GRIP_PIXELS else None

    def _paint_rest(self, painter: QPainter, start: float) -> None:
        left, right = max(0, round(self.x_of(start))), round(self.x_of(self._view.extent))
        place = QRect(left, self._ruler, right - left, self.height() - self._ruler)
        painter.fillRect(place, QBrush(QColor(self._theme.border), Qt.BrushStyle.BDiagPattern))
        text, margin = tr("Not analysed"), 8
        words = painter.fontMetrics().boundingRect(text).adjusted(-margin, -4, margin, 4)
        if words.width() < min(right, self.width()) - left:
            words.moveTopLeft(QPoint(left + margin, self._ruler + margin))
            painter.fillRect(words, QColor(self._theme.plot))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_selection(self, painter: QPainter, start: float, stop: float) -> None:
        text = QColor(self._theme.text)
        left, right = (round(self.x_of(seconds)) for seconds in (start, stop))
        text.setAlpha(30 if self._theme.dark else 22)
        painter.fillRect(QRect(left, 0, right - left, self.height()), text)
        text.setAlpha(140)
        for x in (left, right):
            painter.fillRect(QRect(x, 0, 1, self.height()), text)
