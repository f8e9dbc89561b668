"""Exporting: from the user's wish to files, by the same functions that the command uses."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from midlevel_app.gui.actions import Actions
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.dialogs import choose_target, may_replace
from midlevel_app.gui.exportdialog import PICTURES, Wish, ask
from midlevel_app.gui.look import Look
from midlevel_app.language import tr

Job = Callable[[], tuple[Path, ...]]


class Exporting(QObject):
    """Asks for a wish and a file, or takes the last ones, and lets the controller write.

    Parameters
    ----------
    look : callable
        Returns how the curves are shown now: pictures show the same features, and the first export is smoothed alike.
    """

    def __init__(self, actions: Actions, controller: Controller, look: Callable[[], Look], window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._look = look
        self._window = window
        self._last: Wish | None = None
        actions.export.triggered.connect(self.ask)
        actions.quick_export.triggered.connect(self.quick)

    @Slot()
    def ask(self) -> None:
        """Ask what to export and where to, and do it."""
        card, recording = self._controller.card, self._controller.recording
        if not self._controller.exportable or card is None or recording is None:
            return
        marks = self._controller.marks
        start = self._last or Wish(window=self._look().smoothing)
        if self._last is None and marks.selection is not None:
            start = replace(start, part="selection")
        wish = ask(start, 1 / card.step_seconds, marks.selection is not None, bool(marks.markers), self._window)
        if wish is None or recording is not self._controller.recording:
            return
        target = choose_target(self._window, recording.path.with_suffix(wish.suffix), wish.suffix)
        if target is not None and recording is self._controller.recording and self._write(target, wish):
            self._last = wish

    @Slot()
    def quick(self) -> None:
        """Export as last time, the whole as CSV the first time, beside the recording; ask where that cannot be."""
        recording, marks = self._controller.recording, self._controller.marks
        if self._controller.exportable and recording is not None:
            wish = self._last or Wish(window=self._look().smoothing)
            of_markers = wish.part == "markers" or wish.form == "labels"
            if (wish.part == "selection" and marks.selection is None) or (of_markers and not marks.markers):
                self.ask()
                return
            self._write(recording.path.with_suffix(wish.suffix), wish)

    def _write(self, target: Path, wish: Wish) -> bool:
        """Write, unless something would be replaced that the user wants to keep; tell whether it began."""
        from midlevel_app.export import Choices, outputs

        form = "csv" if wish.form == "csv-comma" else wish.form
        table = form not in ("labels", *PICTURES)
        files = outputs(target, Choices(format=form)) if table else (target,)
        recording = self._controller.recording
        if recording is not None and os.path.realpath(recording.path) in map(os.path.realpath, files):
            self._controller.problem.emit(
                Problem(
                    tr("{path} is the recording itself: choose another name").format(path=target),
                    tr("Nothing was written; playing and the curves still work."),
                )
            )
            return False
        job = self._table(target, wish, form) if table else self._other(target, wish)  # of what is open now
        if job is None or not may_replace(self._window, files):
            return False
        self._controller.export(job)
        return True

    def _table(self, target: Path, wish: Wish, form: str) -> Job | None:
        from midlevel_app.export import Choices, export

        snapshot = self._controller.snapshot()
        if snapshot is None:
            return None
        marks = self._controller.marks
        start, stop = (None, None) if wish.part != "selection" or marks.selection is None else marks.selection
        moments = tuple(marker.seconds for marker in marks.markers) if wish.part == "markers" else None
        decimals = "comma" if wish.form == "csv-comma" else "point"
        choices = Choices(form, wish.rate, wish.window, start, stop, moments, decimals)
        return lambda: export(target, snapshot.facts, snapshot.model, snapshot.curves, choices, force=True)

    def _other(self, target: Path, wish: Wish) -> Job | None:
        snapshot = self._controller.snapshot()
        marks = self._controller.marks
        if snapshot is None:
            return None
        if wish.form == "labels":
            markers = marks.markers

            def write_labels() -> tuple[Path, ...]:
                from midlevel_app.files import placed, write_whole
                from midlevel_app.markers import label_text

                write_whole({placed(target): label_text(markers).encode()})
                return (target,)

            return write_labels
        look = self._look()
        start, stop = (None, None) if wish.part != "selection" or marks.selection is None else marks.selection
        shown = tuple(name for name in snapshot.curves.features if look.shows(name))

        def write_picture() -> tuple[Path, ...]:
            from midlevel_app.figure import Drawn, caption, figure

            drawn = Drawn(shown, wish.window, start, stop, marks.markers)
            figure(target, snapshot.curves, caption(snapshot.facts, snapshot.model.card), drawn, force=True)
            return (target,)

        return write_picture
