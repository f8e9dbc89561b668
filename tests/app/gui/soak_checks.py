"""What must hold at every step of a soak, and what a window may leave behind when it is closed."""

import ctypes
import gc
import math
import os
import statistics
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QDialog

from midlevel_app.gui.marks import SHORTEST_SELECTION
from midlevel_app.gui.mistake import report_text
from midlevel_app.gui.timeview import SHORTEST_SECONDS
from midlevel_app.gui.window import MainWindow
from midlevel_app.report import clock

_M_ARENA_MAX = -8  # of malloc.h
TINY = 1e-6  # seconds

GROWTH_MB = 6.0
"""How much more a closed window may leave in memory in the last third of a soak than in the middle one.

What is measured is the resident memory with no window, after a collection and with free pages given back. It wobbles
by some 3 MB, with the fonts, glyphs and pixmaps that happen to be cached. A recording that is kept costs 1 to 3 MB
each time, a window about 5 MB, and a third of ten minutes closes dozens of windows.
"""

LEAST_RESTS = 25
"""In a third of a soak: what is used for the first time, a font or a library, was then used by the middle third."""

GROWTH_FILES = 2
"""How many more files may be open, likewise: PortAudio opens its connection to the sound server when it is needed."""

_PLATFORM = ("This plugin does not support",)  # what the screen that is none says of itself


class WrongError(AssertionError):
    """Something that must hold does not."""


class Watch:
    """Gathers what goes wrong unasked: exceptions that nobody caught, on any thread, and what Qt warns of."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def install(self) -> None:
        """Take the place of Python's hooks and Qt's handler."""
        sys.excepthook = self._caught
        threading.excepthook = lambda caught: self._caught(
            caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
        )
        sys.unraisablehook = lambda caught: self._caught(
            caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
        )
        qInstallMessageHandler(self._said)

    def check(self) -> None:
        """Raise `WrongError` if something went wrong since the last time."""
        found, self.found = self.found, []
        if found:
            raise WrongError("\n".join(found))

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.found.append(report_text(error.with_traceback(trace)))

    def _said(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not text.startswith(_PLATFORM):
            self.found.append(f"Qt: {text}")


def check_window(window: MainWindow) -> None:
    """Raise `WrongError` where what the window shows, offers and knows does not fit together."""
    window._tick()
    controller, acts = window.controller, window.intents
    recording = controller.recording
    opened = recording is not None and recording.facts is not None
    _must(window.screens.currentWidget() is (window.stage if opened else window.empty), "the wrong screen")
    for action in acts.need_recording():
        offered = opened and not window.pages.shows_live
        _must(action.isEnabled() == offered, f"{action.text()!r} is enabled: {action.isEnabled()}, open: {opened}")
    for action in (acts.record, acts.mark_take, acts.stand):
        _must(action.isEnabled() == window.pages.shows_live, f"{action.text()!r} is enabled: {action.isEnabled()}")
    for action in (acts.export, acts.quick_export):
        _must(action.isEnabled() == controller.exportable, f"{action.text()!r}: exportable {controller.exportable}")
    marks = controller.marks
    selected, shown = marks.selection is not None, not window.pages.shows_live
    for action in (acts.to_selection, acts.select_none):
        _must(action.isEnabled() == (selected and shown), f"{action.text()!r}, selected: {marks.selection}")
    for action in (acts.stay_within, acts.loop):
        _must(action.isEnabled() == selected, f"{action.text()!r}, selected: {marks.selection}")
    _must(acts.undo.isEnabled() == (marks.undo_stack.canUndo() and shown), "undo")
    _must(acts.redo.isEnabled() == (marks.undo_stack.canRedo() and shown), "redo")
    _must(window.isWindowModified() == window.keeper.unsaved, "the mark of unsaved markers")
    look = window.looking.look
    _must(window._settings.look == look == window.stage.look, "three looks")
    _must(window.playing.playback == window._settings.playback, "two ways to play")
    _must(window.transport.volume.value() == round(100 * window.playing.playback.volume), "the volume")
    hidden = [dialog for dialog in window.findChildren(QDialog) if not dialog.isVisible()]
    _must(len(hidden) < 2, f"closed dialogs are kept: {hidden}")
    _must(len(controller._threads) < 20, "threads pile up")
    if opened:
        _check_opened(window)
    else:
        _must(marks.selection is None, f"selected without a recording: {marks.selection}")
        _must(not marks.markers, f"marked without a recording: {marks.markers}")
        _must(window.transport.position.text() == "", "a time without a recording")
        _must(window.stage.lanes.playhead.seconds is None, "a playhead without a recording")


def _check_opened(window: MainWindow) -> None:
    controller, stage, marks = window.controller, window.stage, window.controller.marks
    recording, lanes = controller.recording, window.stage.lanes
    extent, view = recording.extent, window.stage.lanes.view
    _must(recording.path.name[:8].isprintable() is False or recording.path.name[:8] in window.windowTitle(), "title")
    if recording.facts.complete or not recording.finished:  # else playing may get further than reading did
        _must(0 <= controller.position <= extent + TINY, f"at {controller.position} of {extent} s")
    _must(math.isclose(view.extent, max(extent, SHORTEST_SECONDS)), f"the view {view} of {extent} s")
    _must(-TINY <= view.start < view.stop <= view.extent + TINY, f"the view {view}")
    _must(view.length >= SHORTEST_SECONDS - TINY, f"the view {view}")
    if marks.selection is not None and extent:  # what is opened once more keeps it, and its length comes a moment later
        start, stop = marks.selection
        _must(0 <= start <= stop - SHORTEST_SELECTION + TINY, f"selected {marks.selection}")
        _must(stop <= extent + TINY, f"selected {marks.selection} of {extent} s")
    times = [marker.seconds for marker in marks.markers]
    _must(times == sorted(times), "markers out of order")
    _must(all(seconds >= 0 for seconds in times), f"markers at {times}")
    _must(lanes.playhead._selection == marks.selection or lanes.playhead._pressed is not None, "two selections")
    _must(stage.inspector.markers.rowCount() == len(times), "the list of markers")
    _must(stage.inspector.table.isColumnHidden(2) == (marks.selection is None), "the column of the selection")
    state = controller.player_state()
    _must(window.transport._playing == state.playing or state.ended or state.error is not None, "play or pause")
    if not state.playing and state.lag is None:
        seconds = lanes.playhead.seconds
        _must(
            math.isclose(seconds, controller.position, abs_tol=0.05), f"{seconds}, and {controller.position} is heard"
        )
        _must(window.transport.position.text() == clock(controller.position, 1), "the clock")
    paths = window.files.paths
    _must(not paths or controller.path in paths, "a list without the recording that is open")
    if window.files.isVisible():
        _must(paths[window.files.currentRow()] == controller.path, "the wrong line in the list")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise WrongError(what)


@dataclass(frozen=True)
class Rest:
    """What there is while no window is open: resident memory in MB, open files, names of threads."""

    memory: float
    files: int
    threads: tuple[str, ...]


def use_one_arena() -> None:
    """Let glibc keep all memory in one place, before any thread runs.

    Else each thread has its own, in which a few small pieces hold on to much that is free: what windows leave behind
    cannot be told from that.
    """
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def measure_rest() -> Rest:
    """Collect, give free memory back, and measure."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    files = len(list(Path("/proc/self/fd").iterdir()))
    names = tuple(sorted(thread.name for thread in threading.enumerate()))
    return Rest(pages * os.sysconf("SC_PAGESIZE") / 1e6, files, names)


def check_rests(rests: list[Rest]) -> str:
    """Compare the last third of the rests with the middle one; return a sentence, or raise `WrongError`."""
    _must(rests[-1].threads == ("MainThread",), f"threads are left over: {rests[-1].threads}")
    third = len(rests) // 3
    if third < LEAST_RESTS:
        return f"{len(rests)} windows were closed: too few to compare what they left behind."
    middle, last = rests[third : 2 * third], rests[-third:]
    memory = [statistics.median(rest.memory for rest in part) for part in (middle, last)]
    files = [statistics.median(rest.files for rest in part) for part in (middle, last)]
    told = (
        f"{len(rests)} windows were closed. Memory without one: {memory[0]:.1f} MB in the middle third, "
        f"{memory[1]:.1f} MB in the last; open files: {files[0]:g}, {files[1]:g}."
    )
    _must(memory[1] - memory[0] <= GROWTH_MB, f"memory grows. {told}")
    _must(files[1] - files[0] <= GROWTH_FILES, f"open files pile up. {told}")
    return told
