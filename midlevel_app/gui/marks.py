"""Marks: what the user makes of a recording; the selection and the markers, with undo."""

from PySide6.QtCore import QObject, Signal

Span = tuple[float, float]

SHORTEST_SELECTION = 0.05  # seconds; less is nothing


class Marks(QObject):
    """Selection and markers of the open recording."""

    selected = Signal()
    """`selection` is another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection: Span | None = None

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

    def clear(self) -> None:
        """Forget all of it: another recording comes."""
        self.select(None)
