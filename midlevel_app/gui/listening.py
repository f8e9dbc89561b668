"""Listening: between the live page and live sessions; listens while it is shown, records takes, keeps the goal.

A take is a session of its own, recorded from its first sample. What is heard without a take is kept nowhere.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from midlevel_app.articulation import Calibration
from midlevel_app.curves import Curves, join, span
from midlevel_app.errors import MidlevelError
from midlevel_app.gui.controller import Controller, Problem
from midlevel_app.gui.dialogs import choose_folder
from midlevel_app.gui.goal import Goal
from midlevel_app.gui.live import LivePage, Room
from midlevel_app.gui.livechoices import LENGTHS, LiveChoices
from midlevel_app.gui.liveview import NOTHING, Heard
from midlevel_app.gui.livework import InputNames, UnfinishedTakes, take_facts
from midlevel_app.gui.takelist import TakeFacts
from midlevel_app.language import tr
from midlevel_app.report import displayed
from midlevel_app.session import SUFFIX

if TYPE_CHECKING:  # loaded when one listens for the first time
    from midlevel_app.live.level import InputCheck
    from midlevel_app.live.news import News
    from midlevel_app.live.session import LiveSession
    from midlevel_app.live.state import LiveSettings, Snapshot
    from midlevel_app.onsets import OnsetStream

PULL_MS = 40  # 25 pictures a second
LIST_MS = 5000  # between two looks for inputs that came or went
END_SECONDS = 10.0  # how long closing waits for what is still to be written

_MOST_PARTS = 500  # of a take's curves: more small arrays would take more room than what they hold
_KEPT_SECONDS = 3 * max(LENGTHS)  # of what was heard, to be shown and to make a band of


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

    recorded = Signal(object)
    """The file (`Path`) of a take that is whole, or the session that holds its markers."""

    pulled = Signal(object)
    """The `Snapshot` that is shown now; None when nothing is listened to any more."""

    said = Signal(str)
    """A sentence about the input."""

    def __init__(self, page: LivePage, controller: Controller, choices: LiveChoices, window: QWidget) -> None:
        super().__init__(window)
        self.choices = choices
        self.heard = NOTHING
        self.snapshot: Snapshot | None = None  # the last
        self._page, self._controller, self._window = page, controller, window
        self._session: LiveSession | None = None
        self._next: Callable[[], LiveSettings] | None = None  # what to listen for once the session has ended
        self._take: Path | None = None
        self._takes: list[TakeFacts] = []
        self._gain_db = 0.0
        self._names: list[str] | None = None  # of the inputs there were at the last look
        self._listens = False  # one wants to listen, whether that works or not
        self._check: InputCheck | None = None
        self._pulled = 0.0
        self._parts: list[Curves] = []  # all of the take
        self._recent: list[Curves] = []  # what is shown
        self._onset_parts: list[npt.NDArray[np.float64]] = []
        self._onsets: OnsetStream | None = None
        self._onset_start = self._next_frame = 0
        self._news: News | None = None
        self.goal = Goal(page, lambda: self.heard, window)
        self.goal.problem.connect(self.problem)
        self.goal.calibrated.connect(self._on_calibrated)
        self._timer = QTimer(self, interval=PULL_MS)
        self._timer.timeout.connect(self._pull)
        self._lister = QTimer(self, interval=LIST_MS)
        self._lister.timeout.connect(self._list_inputs)
        page.input_requested.connect(lambda name: self._choose(device=name))
        page.inputs_requested.connect(self._find_inputs)
        page.check_requested.connect(self._start_check)
        page.record_requested.connect(self.record)
        page.clip_reset_requested.connect(lambda: self._session and self._session.reset_clip())
        page.calibration_requested.connect(self._calibrate)
        page.view.seconds_requested.connect(lambda seconds: self._choose(seconds=seconds))
        page.view.set_seconds(choices.seconds)
        page.show_inputs([], choices.device)
        self.goal.set_calibration(choices.calibration)

    @property
    def recording(self) -> bool:
        """A take is being recorded."""
        return self._take is not None

    def start(self) -> None:
        """Listen, without recording; if what was listened to is still ending, once it has."""
        if self._controller.model is None or self.recording:
            return
        self._listens = True
        self._list_inputs()
        self._lister.start()
        if self._session is None:
            self._begin(self._plain())
        else:
            self._next = self._plain

    def stop(self) -> None:
        """Listen no more; a take goes on."""
        self._listens = False
        self._lister.stop()
        if not self.recording and self._session is not None:
            self._next = None
            self._session.stop()

    def close(self) -> bool:
        """End everything, and tell whether all was written."""
        self._listens = False
        self._timer.stop()
        self._lister.stop()
        session, self._session = self._session, None
        return session is None or session.close(END_SECONDS)

    @Slot()
    def record(self) -> None:
        """Begin a take, or end it."""
        if self._controller.model is None:
            return
        if self.recording:
            assert self._session is not None
            self._session.stop()
            self._next = self._plain
            return
        folder = self._folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = tr("{folder} cannot be made ({reason}), so takes cannot be kept there").format(
                folder=displayed(str(folder)), reason=error.strerror
            )
            self.problem.emit(Problem(what, tr("Listening goes on.")))
            return
        self._then(lambda: self._plain(take=_free(folder / f"take {datetime.now():%Y-%m-%d %H.%M.%S}.wav")))

    def mark(self) -> None:
        """Put a marker at what is heard now, if a take is recorded."""
        if self.recording and self._session is not None:
            self._session.mark(tr("Marker at {time:%H:%M:%S}").format(time=datetime.now()))

    def _folder(self) -> Path:
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(self.choices.folder) if self.choices.folder else Path(music or Path.home()) / "midlevel"

    def _plain(self, take: Path | None = None) -> "LiveSettings":
        from midlevel_app.live.state import LiveSettings

        csv = None if take is None else take.with_suffix(".csv")
        return LiveSettings(self.choices.device, take, csv, gain_db=self._gain_db)

    def _then(self, settings: "Callable[[], LiveSettings]") -> None:
        """Listen so, once what is listened to now has ended."""
        if self._session is None:
            self._begin(settings())
        else:
            self._next = settings
            self._session.stop()

    def _begin(self, settings: "LiveSettings") -> None:
        from midlevel_app.live.news import News
        from midlevel_app.live.session import LiveSession
        from midlevel_app.onsets import OnsetStream

        model = self._controller.model
        assert model is not None
        self._take = settings.take
        self._parts, self._recent, self._onset_parts, self._news = [], [], [], News()
        self._onsets = OnsetStream(model.card.frontend)
        self._onset_start = self._next_frame = 0
        self.heard = NOTHING
        self._session = LiveSession(model, settings)
        self._pulled = time.monotonic()
        self._timer.start()

    @Slot()
    def _pull(self) -> None:
        """Take what is new, and show it."""
        from midlevel_app.audio.lasting import State

        if self._session is None:
            return
        before = self.snapshot
        self.snapshot = found = self._session.snapshot()
        now = time.monotonic()
        passed, self._pulled = now - self._pulled, now
        self.pulled.emit(found)
        self._keep(found)
        self._page.view.show_heard(self.heard)
        if before is None or found.seconds != before.seconds or found.state is not State.LISTENING:
            peak, rms = (float(level.max()) if len(level) else 0.0 for level in (found.level.peak, found.level.rms))
            self._page.meter.show_level(rms, peak, bool(found.level.clipped.any()))
        room = None if found.seconds_left is None else Room(found.seconds_left / 60, displayed(str(self._folder())))
        self._page.show_recording(found.seconds if self.recording else None, room)
        if self._check is not None:
            self._check.add(found.level, passed)
            self._page.show_check(self._check.seconds)
            if self._check.done:
                self._end_check(self._check)
        assert self._news is not None
        for sentence in self._news.of(found):
            self._tell(sentence, found.state is State.LISTENING)
        if found.state in (State.STOPPED, State.FULL):
            self._ended(found)

    def _keep(self, found: "Snapshot") -> None:
        """Add new curves and onsets to what was heard."""
        assert self._onsets is not None
        if len(found.frames):
            if found.first_frame != self._next_frame:  # some were left out: begin anew behind them
                self._onsets = type(self._onsets)(self._onsets.frontend)
                self._onset_start = found.first_frame
            self._next_frame = found.first_frame + len(found.frames)
            onsets = self._onsets.push(found.frames) + float(self._onsets.frontend.times(self._onset_start))
            self._onset_parts.append(onsets)
        if len(found.curves):
            self._recent.append(found.curves)
            if self.recording:
                self._parts.append(found.curves)
                if len(self._parts) > _MOST_PARTS:
                    self._parts = [join(self._parts)]
        curves = span(join(self._recent), found.seconds - _KEPT_SECONDS, found.seconds)
        self._recent = [curves] if len(curves) else []
        onsets = np.concatenate(self._onset_parts) if self._onset_parts else np.empty(0)
        onsets = onsets[onsets > found.seconds - _KEPT_SECONDS]
        self._onset_parts = [onsets]
        self.heard = Heard(curves, onsets, found.seconds)

    def _tell(self, sentence: str, well: bool) -> None:
        if well:
            self.said.emit(sentence)
        else:
            works = (
                tr("The take goes on, with silence for the time without sound.")
                if self.recording
                else tr("It is waited for.")
            )
            self.problem.emit(Problem(sentence, works))

    def _ended(self, found: "Snapshot") -> None:
        """Make the take one of the list, and listen on as was asked."""
        take, self._take, self._session = self._take, None, None
        self._timer.stop()
        self.pulled.emit(None)
        self._page.show_recording(None, None)
        if take is not None and found.written:
            curves = join(self._parts)
            self._add_take(take_facts(found.written[0], found.seconds, curves))
            marked = (path for path in found.written if path.suffix == SUFFIX)  # the take with its markers
            self.recorded.emit(next(marked, found.written[0]))
        if found.error is not None:
            self._report(found.error, take is not None and bool(found.written))
        following, self._next = self._next, None
        if following is not None:
            self._begin(following())

    def _report(self, error: MidlevelError, kept: bool) -> None:
        works = tr("What was recorded is kept.") if kept else tr("Choose another input, or press Find inputs.")
        self.problem.emit(Problem(str(error), works))

    def _choose(self, **changes: Any) -> None:
        """Listen another way."""
        device = self.choices.device
        self.choices = replace(self.choices, **changes)
        self._page.view.set_seconds(self.choices.seconds)
        self.goal.set_calibration(self.choices.calibration)
        if self.choices.device != device:
            self._gain_db = 0.0  # was found for the other
            if not self.recording:
                self._then(self._plain)
        self.changed.emit(self.choices)

    @Slot()
    def _find_inputs(self) -> None:
        """Look for inputs now, and listen if there was none."""
        self._names = None
        self._list_inputs()

    @Slot()
    def _list_inputs(self) -> None:
        finder = InputNames(self)
        finder.found.connect(self._show_inputs)
        self._controller.launch(finder)

    @Slot(object)
    def _show_inputs(self, names: list[str]) -> None:
        """Offer the inputs if others came or went since; where none could be listened to, try again."""
        if names == self._names or self._page.inputs.view().isVisible():  # one is being chosen: not now
            return
        self._names = names
        self._page.show_inputs(names, self.choices.device)
        if self._listens and self._session is None and names:
            self._begin(self._plain())

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

    # The level check

    @Slot()
    def _start_check(self) -> None:
        from midlevel_app.live.level import InputCheck

        self._check = InputCheck() if self._check is None else None
        self._page.show_check(None if self._check is None else 0.0)

    def _end_check(self, check: "InputCheck") -> None:
        result = check.result()
        self._check = None
        self._page.show_check(None)
        self._gain_db = result.gain_db
        self.problem.emit(Problem(result.advice, tr("Takes are recorded as they come, whatever the analysis does.")))
        if not self.recording:
            self._then(self._plain)

    # What to stay within

    @Slot()
    def _calibrate(self) -> None:
        model = self._controller.model
        if self._session is not None and model is not None:
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
