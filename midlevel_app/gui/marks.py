"""Marks: what the user makes of a recording; the selection, and the markers with undo and redo."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from midlevel_app.language import tr
from midlevel_app.markers import Marker

Span = tuple[float, float]

SHORTEST_SELECTION = 0.2  # seconds; less is nothing, nor could it be played in a loop


class Marks(QObject):
    """Selection and markers of the open recording.

    Attributes
    ----------
    selection : Span or None
        Seconds.
    markers : tuple of Marker
        In order of time.
    undo_stack : QUndoStack
        Every change of the markers; clean while they are as they were loaded or saved.
    """

    selected = Signal()
    """`selection` is another."""

    marked = Signal()
    """`markers` are others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection: Span | None = None
        self.markers: tuple[Marker, ...] = ()
        self.undo_stack = QUndoStack(self)

    def select(self, selection: Span | None) -> None:
        """Select a stretch (seconds) or nothing; what is too short is nothing."""
        if selection is not None and selection[1] - selection[0] < SHORTEST_SELECTION:
            selection = None
        if selection != self.selection:
            self.selection = selection
            self.selected.emit()

    def select_from(self, seconds: float, extent: float) -> None:
        """Let the selection start here, and end where it did or with the recording."""
        stop = extent if self.selection is None or self.selection[1] <= seconds else self.selection[1]
        self.select((seconds, stop))

    def select_to(self, seconds: float) -> None:
        """Let the selection end here, and start where it did or with the recording."""
        start = 0.0 if self.selection is None or self.selection[0] >= seconds else self.selection[0]
        self.select((start, seconds))

    def add(self, seconds: float, text: str = "") -> None:
        """Add a marker; without a text it is numbered."""
        text = text or tr("Marker {number}").format(number=len(self.markers) + 1)
        self._change(tr("add a marker"), (*self.markers, Marker(seconds, text)))

    def add_all(self, markers: Iterable[Marker]) -> int:
        """Add those of these markers that are not there yet, all as one change; return how many."""
        there = {_as_label(marker) for marker in self.markers}
        found = {_as_label(marker): marker for marker in markers}
        new = tuple(marker for label, marker in found.items() if label not in there)
        if new:
            self._change(tr("import labels"), (*self.markers, *new))
        return len(new)

    def rename(self, marker: Marker, text: str) -> None:
        """Call a marker something else."""
        if text != marker.text:
            self._change(tr("rename a marker"), self._without(marker, Marker(marker.seconds, text)))

    def move(self, marker: Marker, seconds: float) -> None:
        """Put a marker elsewhere."""
        if marker in self.markers and seconds != marker.seconds:
            self._change(tr("move a marker"), self._without(marker, Marker(seconds, marker.text)))

    def remove(self, marker: Marker) -> None:
        """Take a marker away."""
        if marker in self.markers:
            self._change(tr("remove a marker"), self._without(marker))

    def beside(self, seconds: float, forward: bool) -> Marker | None:
        """Return the next marker after ``seconds``, or the last before it."""
        if forward:
            return next((marker for marker in self.markers if marker.seconds > seconds + 0.01), None)
        return next((marker for marker in reversed(self.markers) if marker.seconds < seconds - 0.01), None)

    def load(self, selection: Span | None = None, markers: Iterable[Marker] = ()) -> None:
        """Take over what was kept of a recording, or nothing; it cannot be undone."""
        self.undo_stack.clear()
        self._set(tuple(sorted(markers, key=lambda marker: marker.seconds)))
        self.select(selection)

    def _without(self, marker: Marker, *others: Marker) -> tuple[Marker, ...]:
        place = self.markers.index(marker)
        return (*self.markers[:place], *others, *self.markers[place + 1 :])

    def _change(self, name: str, markers: tuple[Marker, ...]) -> None:
        ordered = tuple(sorted(markers, key=lambda marker: marker.seconds))
        self.undo_stack.push(_Change(self, name, self.markers, ordered))

    def _set(self, markers: tuple[Marker, ...]) -> None:
        if markers != self.markers:
            self.markers = markers
            self.marked.emit()


class _Change(QUndoCommand):
    """From some markers to others."""

    def __init__(self, marks: Marks, name: str, before: tuple[Marker, ...], after: tuple[Marker, ...]) -> None:
        super().__init__(name)
        self._marks, self._before, self._after = marks, before, after

    def redo(self) -> None:
        """Have the others."""
        self._marks._set(self._after)

    def undo(self) -> None:
        """Have the first again."""
        self._marks._set(self._before)


def _as_label(marker: Marker) -> tuple[float, str]:
    """Return what is left of a marker once it was a label: microseconds, and a text without tabs and spaces around."""
    return round(marker.seconds, 6), " ".join(marker.text.split())
