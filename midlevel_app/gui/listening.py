"""Listening: between the live page and live sessions; listens while it is shown, records takes, keeps the goal.

A take is a session of its own, recorded from its first sample. What is heard without a take is kept nowhere. Each
session goes on where the one before ended; that one is pulled until all of it is described and written.
"""

import errno
import os
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from midlevel_app.articulation import Calibration
from midlevel_app.errors import DeviceError, MidlevelError
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.devicenames import DeviceNames
from midlevel_app.gui.dialogs import choose_folder
from midlevel_app.gui.goal import Goal
from midlevel_app.gui.levelcheck import LevelCheck
from midlevel_app.gui.live import LivePage, Room
from midlevel_app.gui.livechoices import LiveChoices
from midlevel_app.gui.liveview import NOTHING, Heard
from midlevel_app.gui.livework import UnfinishedTakes, take_facts
from midlevel_app.gui.takelist import TakeFacts
from midlevel_app.language import tr
from midlevel_app.report import displayed
from midlevel_app.session import SUFFIX

if TYPE_CHECKING:  # loaded when one listens for the first time
    from midlevel_app.gui.hearing import Hearing
    from midlevel_app.live.level import CheckResult
    from midlevel_app.live.state import LiveSettings, Snapshot

PULL_MS = 40  # 25 pictures a second
LIST_MS = 5000  # between two looks for inputs that came or went
END_SECONDS = 10.0  # how long closing waits for what is still to be written


class Listening(QObject):
    """Lets the page's controls work.

    Parameters
    ----------
    page : LivePage
    controller : Controller
        Has the model.
    choices : LiveChoices
    window : QWidget
        Whom dialogs belong to.
    """

    changed = Signal(object)
    """`LiveChoices` that are others now."""

    problem = Signal(object)
    """A `Problem`."""

    solved = Signal(object)
    """A `Problem` that is over."""

    recorded = Signal(object)
    """The file (`Path`) of a take that is whole, or the session that holds its markers."""

    pulled = Signal(object)
    """The `Snapshot` that is shown now; None when nothing is listened to any more."""

    said = Signal(str)
    """A sentence about the input."""

    def __init__(self, page: LivePage, controller: Controller, choices: LiveChoices, window: QWidget) -> None:
        super().__init__(window)
        self.choices = choices
        self.snapshot: Snapshot | None = None  # the last
        self._page, self._controller, self._window = page, controller, window
        self._hearing: Hearing | None = None
        self._ending: list[Hearing] = []  # still to be described and written
        self._takes: list[TakeFacts] = []
        self._problem: Problem | None = None  # with the input, told and not over
        self._gain_db = 0.0
        self._names: list[str] | None = None  # of the inputs there were at the last look
        self._listens = False  # one wants to listen, whether that works or not
        self._pulled = 0.0
        self.goal = Goal(page, lambda: self.heard, window)
        self.goal.problem.connect(self.problem)
        self.goal.calibrated.connect(self._on_calibrated)
        self._timer = QTimer(self, interval=PULL_MS)
        self._timer.timeout.connect(self._pull)
        self._lister = QTimer(self, interval=LIST_MS)
        self._lister.timeout.connect(self._list_inputs)
        page.input_requested.connect(lambda name: self._choose(device=name))
        page.inputs_requested.connect(self._find_inputs)
        self._check = LevelCheck(page, self)
        self._check.done.connect(self._on_checked)
        page.check_requested.connect(lambda: self._check.toggle(self._hearing is not None))
        page.record_requested.connect(self.record)
        page.clip_reset_requested.connect(lambda: self._hearing and self._hearing.session.reset_clip())
        page.calibration_requested.connect(self._calibrate)
        page.view.seconds_requested.connect(lambda seconds: self._choose(seconds=seconds))
        page.view.set_seconds(choices.seconds)
        page.show_inputs([], choices.device)
        self.goal.set_calibration(choices.calibration)

    @property
    def recording(self) -> bool:
        """A take is being recorded."""
        return self._hearing is not None and self._hearing.take is not None

    @property
    def heard(self) -> Heard:
        """What is shown now."""
        return NOTHING if self._hearing is None else self._hearing.heard

    def start(self) -> None:
        """Listen, without recording; a take that is being recorded goes on."""
        self._listens = True
        self._list_inputs()
        self._lister.start()
        if self._hearing is None:
            self._begin()

    def stop(self) -> None:
        """Listen no more; a take goes on."""
        self._listens = False
        self._lister.stop()
        self._check.end()
        if not self.recording:
            self._end()

    def close(self) -> bool:
        """End everything, and tell whether all was written."""
        self._listens = False
        self._timer.stop()
        self._lister.stop()
        self._end()
        limit = time.monotonic() + END_SECONDS
        ended = [hearing.session.close(max(0.0, limit - time.monotonic())) for hearing in self._ending]
        return all(ended)

    @Slot()
    def record(self) -> None:
        """Begin a take, or end it."""
        if self.recording:
            if self._listens:
                self._begin()
            else:
                self._end()
            return
        if self._controller.model is None:
            self.said.emit(tr("There is no model to listen with yet"))
            return
        folder = self._folder()
        try:
            if self.choices.folder and not folder.is_dir():  # on a disk that is not connected, maybe
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = tr("Takes cannot be kept in {folder} ({reason})").format(
                folder=displayed(str(folder)), reason=error.strerror
            )
            self.problem.emit(Problem(what, tr("Listening goes on; the menu Live chooses another folder.")))
            return
        self._begin(_free(folder / f"take {datetime.now():%Y-%m-%d %H.%M.%S}.wav"))

    def mark(self) -> None:
        """Put a marker at what is heard now, if a take is recorded."""
        if self.recording and self._hearing is not None:
            self._hearing.session.mark(tr("Marker at {time:%H:%M:%S}").format(time=datetime.now()))

    def _folder(self) -> Path:
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(self.choices.folder) if self.choices.folder else Path(music or Path.home()) / "midlevel"

    def _settings(self, take: Path | None) -> "LiveSettings":
        from midlevel_app.live.state import LiveSettings

        csv = None if take is None else take.with_suffix(".csv")
        return LiveSettings(self.choices.device, take, csv, gain_db=self._gain_db)

    def _begin(self, take: Path | None = None) -> None:
        """Listen as is chosen from now on, and record a take if there is a path for it."""
        from midlevel_app.gui.hearing import Hearing

        model, before = self._controller.model, self._hearing
        if model is None:
            return
        self._hearing = Hearing(model, self._settings(take), before)
        if before is not None:
            self._ending.append(before)
        self._pulled = time.monotonic()
        self._page.view.show_heard(NOTHING)
        self._timer.start()

    def _end(self) -> None:
        """Listen no more."""
        if self._hearing is not None:
            self._hearing.session.stop()
            self._ending.append(self._hearing)
            self._hearing = None
            self._show_nothing()

    def _show_nothing(self) -> None:
        self._page.show_recording(None, None)
        self._page.show_state("")
        self.pulled.emit(None)

    @Slot()
    def _pull(self) -> None:
        """Take what is new, and show it."""
        from midlevel_app.gui.hearing import has_ended

        for ending in tuple(self._ending):
            if has_ended(found := ending.pull()):
                self._ending.remove(ending)
                if ending.take is not None:
                    self._finish(ending, found)
        hearing = self._hearing
        if hearing is None:
            if not self._ending:
                self._timer.stop()
            return
        before, self.snapshot = self.snapshot, hearing.pull()
        self._show(hearing, self.snapshot, before)
        if has_ended(self.snapshot):
            self._hearing = None
            self._check.end()
            self._show_nothing()
            self._finish(hearing, self.snapshot)
            if hearing.take is not None and self._listens:
                self._begin()

    def _show(self, hearing: "Hearing", found: "Snapshot", before: "Snapshot | None") -> None:
        from midlevel_app.audio.lasting import State
        from midlevel_app.gui.hearing import state_text

        now = time.monotonic()
        passed, self._pulled = now - self._pulled, now
        well = found.state is State.LISTENING
        self.pulled.emit(found)
        self._page.view.show_heard(hearing.heard)
        if before is None or found.seconds != before.seconds or not well:
            peak, rms = (float(level.max()) if len(level) else 0.0 for level in (found.level.peak, found.level.rms))
            self._page.meter.show_level(rms, peak, bool(found.level.clipped.any()))
        room = None if found.seconds_left is None else Room(found.seconds_left / 60, displayed(str(self._folder())))
        self._page.show_recording(None if hearing.take is None else found.seconds, room)
        self._page.show_state(state_text(found, self._ending))
        if well:
            self._check.hear(found.level, passed)
        if well and found.error is None:
            self._tell_of_input(None)
        for sentence in hearing.news.of(found):
            self._tell(sentence, found)

    def _tell(self, sentence: str, found: "Snapshot") -> None:
        from midlevel_app.audio.lasting import State

        if found.error is None:
            self.said.emit(sentence)
        elif found.state is State.LISTENING:  # something beside the take
            self.problem.emit(Problem(sentence, tr("The take itself goes on.")))
        else:
            works = (
                tr("The take goes on, with silence for the time without sound.")
                if self.recording
                else tr("It is waited for.")
            )
            self._tell_of_input(Problem(sentence, works))

    def _tell_of_input(self, problem: Problem | None) -> None:
        """Tell it in place of what was told before, until something is heard."""
        before, self._problem = self._problem, problem
        if before is not None:
            self.solved.emit(before)
        if problem is not None:
            self.problem.emit(problem)

    def _finish(self, hearing: "Hearing", found: "Snapshot") -> None:
        """Make a take one of the list, and tell what went wrong."""
        if found.written:
            self._add_take(take_facts(found.written[0], found.seconds, hearing.curves))
            marked = (path for path in found.written if path.suffix == SUFFIX)  # the take with its markers
            self.recorded.emit(next(marked, found.written[0]))
        elif hearing.take is not None and found.error is None:
            self.said.emit(tr("Nothing was recorded: the take ended before it had begun"))
        if found.error is not None:
            self._report(found.error, bool(found.written))

    def _report(self, error: MidlevelError, kept: bool) -> None:
        if isinstance(error, DeviceError):
            self._tell_of_input(Problem(str(error), tr("Choose another input, or press Find inputs.")))
        else:
            works = tr("What was recorded is kept.") if kept else tr("Nothing is recorded; listening goes on.")
            self.problem.emit(Problem(str(error), works))

    def _choose(self, **changes: Any) -> None:
        """Listen another way."""
        device = self.choices.device
        self.choices = replace(self.choices, **changes)
        self._page.view.set_seconds(self.choices.seconds)
        self.goal.set_calibration(self.choices.calibration)
        if self.choices.device != device:
            self._gain_db = 0.0  # was found for the other
            self._check.end()
            if self._listens and not self.recording:
                self._begin()
        self.changed.emit(self.choices)

    @Slot()
    def _find_inputs(self) -> None:
        """Look for inputs now, and listen if there was none."""
        self._names = None
        self._list_inputs()

    @Slot()
    def _list_inputs(self) -> None:
        if self.recording:  # nothing to choose now
            return
        finder = DeviceNames("input", self)
        finder.found.connect(self._show_inputs)
        self._controller.launch(finder)

    @Slot(object)
    def _show_inputs(self, names: list[str]) -> None:
        """Offer the inputs if others came or went since; where none could be listened to, try again."""
        if names == self._names or self._page.inputs.view().isVisible():  # one is being chosen: not now
            return
        from midlevel_app.audio.lasting import State

        self._names = names
        device, found = self.choices.device, self.snapshot
        heard = self._hearing is not None and found is not None and found.state is State.LISTENING
        if heard and device is not None and device not in names:  # some systems hide what is in use
            names = [*names, device]
        self._page.show_inputs(names, device)
        if self._listens and self._hearing is None and names:
            self._begin()

    # Takes

    def mend_takes(self) -> None:
        """Make takes that were left unfinished whole, add them to the list, and tell."""
        mender = UnfinishedTakes(self._folder(), self)
        mender.mended.connect(self._on_mended)
        mender.failed.connect(lambda sentence: self.problem.emit(Problem(sentence, tr("It stays as it is."))))
        self._controller.launch(mender)

    @Slot(object)
    def _on_mended(self, take: TakeFacts) -> None:
        self._add_take(take)
        what = tr(
            "The program ended while it recorded {path}: the take is whole again, but for its last second at most."
        )
        self.problem.emit(
            Problem(what.format(path=displayed(str(take.path))), tr("It is in the list of takes on the live page."))
        )

    def _add_take(self, take: TakeFacts) -> None:
        self._takes.append(take)
        self._page.takes.show_takes(self._takes)

    @Slot()
    def choose_folder(self) -> None:
        """Ask where takes are kept from now on."""
        folder = choose_folder(self._window, tr("Keep takes in a folder"), self._folder())
        if folder is not None:
            self._choose(folder=str(folder))
            self.mend_takes()

    @Slot(object)
    def _on_checked(self, result: "CheckResult") -> None:
        self._gain_db = result.gain_db
        self.problem.emit(Problem(result.advice, tr("Takes are recorded as they come, whatever the analysis does.")))
        if not self.recording:
            self._begin()

    # What to stay within

    @Slot()
    def _calibrate(self) -> None:
        model = self._controller.model
        if self._hearing is not None and model is not None:
            self._check.end()
            self.goal.calibrate(model.card.field_seconds / 2)

    @Slot(object)
    def _on_calibrated(self, calibration: Calibration) -> None:
        self.choices = self.choices.calibrated(calibration)
        self.goal.set_calibration(calibration)
        self.changed.emit(self.choices)


def _free(path: Path) -> Path:
    """Return the path, with a number if a file is there."""
    number, found = 1, path
    while found.exists() or found.with_suffix(".csv").exists():
        number += 1
        found = path.with_stem(f"{path.stem} {number}")
    return found
