"""The window: puts the parts together, passes intents to the controller and shows what it knows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from midlevel_app.gui import settings
from midlevel_app.gui.accessible import Told
from midlevel_app.gui.actions import make_actions
from midlevel_app.gui.controller import Controller
from midlevel_app.gui.exporting import Exporting
from midlevel_app.gui.filelist import FileList
from midlevel_app.gui.keeping import Keeper
from midlevel_app.gui.look import Look
from midlevel_app.gui.looking import Looking
from midlevel_app.gui.marking import Marking
from midlevel_app.gui.opening import Opening
from midlevel_app.gui.pages import Pages
from midlevel_app.gui.playing import SPEEDS, Playback, Playing
from midlevel_app.gui.screens import Banner, EmptyScreen, example_recording
from midlevel_app.gui.status import Status
from midlevel_app.gui.telling import Telling
from midlevel_app.gui.theme import Theme
from midlevel_app.gui.theming import Theming
from midlevel_app.gui.transport import Transport
from midlevel_app.gui.watching import Watching
from midlevel_app.language import tr
from midlevel_app.report import displayed

if TYPE_CHECKING:  # loaded by `load`, after the window is on the screen
    from midlevel_app.gui.lanes import Lanes
    from midlevel_app.gui.livechoices import LiveChoices
    from midlevel_app.gui.stage import Stage
    from midlevel_app.live.state import Snapshot

PLAYING_MS = 33  # 30 moves of the playhead a second
WAITING_MS = 200


class MainWindow(QMainWindow):
    """Everything on the screen. It can be shown at once; `load` completes it when it has been `painted`.

    Parameters
    ----------
    store : QSettings
        Where the user's choices are kept.
    """

    painted = Signal()
    """It is on the screen for the first time."""

    def __init__(self, store: QSettings) -> None:
        super().__init__()
        self._store = store
        self._settings = settings.load(store)
        self._was_painted = False
        self._closed = False
        self.clean_end = True  # False if something still hung when the window closed
        self.controller = Controller(self)
        self.watching = Watching(self.controller, self)
        self.keeper = Keeper(self.controller, self.watching, settings.data_folder(store) / "autosave", self._view, self)
        self.intents = make_actions(self)
        acts = self.intents
        self.files = FileList()
        self.looking = Looking(acts, self._settings.look, self)
        self.marking = Marking(acts, self.controller, self)
        self.opening = Opening(acts, self.controller, self.keeper, self.files, self._settings.opened, self)
        self.playing = Playing(acts, self.controller, self._settings.playback, self)
        self.exporting = Exporting(acts, self.controller, lambda: self._settings.look, self)
        self.theming = Theming(acts, self._settings.theme, self)
        self.telling = Telling(acts, self.controller, lambda: self.theming.theme, self)
        others = [acts.recording_page, acts.live_page, acts.whole, acts.open, acts.export]
        self.transport = Transport(acts.start, acts.play, acts.end, acts.loop, acts.follow, others)
        self.banner = Banner()
        self.empty = EmptyScreen()
        self.stage: Stage | None = None
        self.status = Status()
        self._recording_page = QWidget()
        around = (self.menuBar(), self.transport, self.status)
        self.pages = Pages(acts, self.controller, self._recording_page, around, self)
        self.screens = QStackedWidget()
        self._told = Told()
        self._ticker = QTimer(self, interval=WAITING_MS)
        self._lay_out()
        self._connect_intents()
        self._connect_results()
        self._on_playback(self._settings.playback)
        self.theming.apply()
        self._show_state()

    @property
    def lanes(self) -> "Lanes | None":
        """The lanes, once the window is loaded."""
        return None if self.stage is None else self.stage.lanes

    def load(self, *paths: Path) -> None:
        """Load plots, model and libraries; then open ``paths``, if there are any. A closed window stays closed."""
        if self._closed:
            return
        if paths:
            self.empty.set_opening(displayed(paths[0].name))
            self.repaint()  # before the import below, which takes a while
        from midlevel_app.cache import Cache, user_cache_folder
        from midlevel_app.gui.stage import Stage

        folder = user_cache_folder()
        self.controller.cache = None if folder is None else Cache(folder)
        self.stage = Stage()
        self.stage.set_theme(self.theming.theme)
        self.screens.addWidget(self.stage)
        self._order_focus(self.stage)
        self._connect_stage(self.stage)
        self._load_live()
        self._ticker.start()
        self.controller.start()
        if paths:
            self.opening.open(paths)
        else:
            self.keeper.restore()

    def _load_live(self) -> None:
        """Make the live page work."""
        from midlevel_app.gui.livechoices import LiveChoices

        listening = self.pages.load(LiveChoices.from_dict(self._settings.live))
        self.pages.set_theme(self.theming.theme)
        listening.problem.connect(self.banner.show_problem)
        listening.solved.connect(self.banner.take_back)
        listening.said.connect(self.status.say)
        listening.pulled.connect(self._on_pulled)
        listening.recorded.connect(self._on_recorded)
        listening.changed.connect(self._on_live_choices)
        listening.mend_takes()

    @Slot(object)
    def _on_live_choices(self, choices: "LiveChoices") -> None:
        """Keep another way to listen."""
        self._settings = replace(self._settings, live=choices.to_dict())

    @Slot(object)
    def _on_pulled(self, snapshot: "Snapshot | None") -> None:
        if self.pages.shows_live:
            self.status.set_live(snapshot)

    @Slot(object)
    def _on_recorded(self, take: Path) -> None:
        """Make a take the recording that is open, unless that would lose something."""
        self.status.say(tr("Recorded {path}").format(path=displayed(str(take))))
        if not self.keeper.unsaved:
            self.opening.open([take])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell the first time."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the settings; stop sound and threads; stay if there are unsaved markers the user wants to keep."""
        if not self._closed and not self.keeper.may_leave():
            event.ignore()
            return
        self._closed = True
        self.keeper.close()
        self.watching.end()
        self._ticker.stop()
        self.pages.set_stand(False)  # the next start is not one
        geometry = bytes(self.saveGeometry().data())
        self._settings = replace(self._settings, geometry=geometry, opened=self.opening.before)
        settings.save(self._store, self._settings)
        self.hide()
        written = self.pages.close()
        self.clean_end = self.controller.shut_down() and written
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if _dropped(event):
            event.acceptProposedAction()
            self.empty.set_expecting(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Expect nothing any more."""
        self.empty.set_expecting(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files and folders dropped."""
        self.empty.set_expecting(False)
        if paths := _dropped(event):
            event.acceptProposedAction()
            self.opening.open(paths)

    def _view(self) -> dict[str, object]:
        """What a session keeps of the window."""
        return {**self.looking.view(), "position": self.controller.position}

    @Slot(object)
    def _on_restored(self, view: Mapping[str, object]) -> None:
        """Look at a session's recording as when it was saved."""
        self._on_opened()  # first, for its length: until that is known, there is little to look at
        self.looking.restore(view)
        if isinstance(position := view.get("position"), (int, float)):
            self.controller.seek(position)
        self._tick()

    def _lay_out(self) -> None:
        self.setWindowTitle("midlevel")
        self.setAcceptDrops(True)
        self.screens.addWidget(self.empty)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.banner)
        middle = QHBoxLayout(self._recording_page)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(1)
        middle.addWidget(self.files)
        middle.addWidget(self.screens, 1)
        column.addWidget(self.pages.stack, 1)
        self.setCentralWidget(body)
        self.setStatusBar(self.status)
        self.resize(1200, 800)
        if self._settings.geometry:
            self.restoreGeometry(self._settings.geometry)

    def _order_focus(self, stage: "Stage") -> None:
        """Let Tab go from above to below, and reach the status last."""
        self.setTabOrder(stage.inspector.markers, self.status.model)
        self.setTabOrder(self.status.model, self.status.stop)

    def _connect_intents(self) -> None:
        acts, controller = self.intents, self.controller
        acts.quit.triggered.connect(self.close)
        self.looking.changed.connect(self._on_look)
        acts.save.triggered.connect(self.keeper.save)
        acts.save_as.triggered.connect(self.keeper.save_as)
        self.playing.changed.connect(self._on_playback)
        self.transport.speed_requested.connect(lambda speed: self.playing.change(speed=speed))
        self.transport.volume_requested.connect(lambda volume: self.playing.change(volume=volume))
        for mover in (self.playing, self.marking):
            mover.moved.connect(self._tick)
        self.pages.changed.connect(self._show_state)
        self.marking.imported.connect(
            lambda count: self.status.say(tr("Markers imported: {count}").format(count=count))
        )
        controller.marks.undo_stack.cleanChanged.connect(lambda clean: self.setWindowModified(not clean))
        self.theming.changed.connect(self._on_theme)
        acts.clear_cache.triggered.connect(self._clear_cache)
        acts.languages.triggered.connect(self._on_language)
        for choice in acts.languages.actions():
            choice.setChecked(choice.data() == self._settings.language)
        self.status.card_requested.connect(self.telling.show_card)
        self.status.stop_requested.connect(controller.stop_reading)
        self.status.again_requested.connect(controller.read_again)
        self.empty.open_requested.connect(self.opening.choose_recording)
        self.empty.example_requested.connect(self.opening.open_example)

    def _connect_stage(self, stage: "Stage") -> None:
        stage.seek_requested.connect(self.controller.seek)
        stage.seek_requested.connect(self._tick)
        stage.about_requested.connect(self.telling.explain)
        self.controller.worded.connect(stage.show_words)
        self.marking.serve(stage)
        self.looking.serve(stage)

    def _connect_results(self) -> None:
        controller = self.controller
        controller.model_ready.connect(self._on_model)
        controller.opening.connect(self._on_opening)
        controller.opened.connect(self._on_opened)
        controller.changed.connect(self._show_results)
        controller.stopped.connect(self._show_state)
        controller.failed.connect(self._show_state)
        controller.exported.connect(lambda path: self.status.say(tr("Wrote {path}").format(path=displayed(str(path)))))
        for teller in (controller, self.watching, self.keeper, self.marking):
            teller.problem.connect(self.banner.show_problem)
        controller.solved.connect(self.banner.take_back)
        self.watching.solved.connect(self.banner.take_back)
        self.keeper.restored.connect(self._on_restored)
        self.keeper.saved.connect(lambda path: self.status.say(tr("Saved {path}").format(path=displayed(str(path)))))
        self._ticker.timeout.connect(self._tick)

    @Slot(object)
    def _on_theme(self, theme: Theme) -> None:
        """Show other colours, and keep the choice."""
        self._settings = replace(self._settings, theme=self.theming.choice)
        self.transport.set_theme(theme)
        self.pages.set_theme(theme)
        self.empty.set_theme(theme)
        if self.stage is not None:
            self.stage.set_theme(theme)

    @Slot(QAction)
    def _on_language(self, choice: QAction) -> None:
        """Keep another language, for the next start."""
        self._settings = replace(self._settings, language=choice.data())
        self.status.say(tr("The program speaks another language from its next start on"))

    @Slot(object)
    def _on_playback(self, playback: Playback) -> None:
        """Show another way to play, and keep it."""
        self._settings = replace(self._settings, playback=playback)
        self.transport.set_playback(SPEEDS, playback.speed, playback.volume)

    @Slot(object)
    def _on_look(self, look: Look) -> None:
        """Keep another way to show the curves, and show the values so."""
        self._settings = replace(self._settings, look=look)
        self._tick()

    @Slot()
    def _clear_cache(self) -> None:
        kept = self.controller.cache
        size = 0 if kept is None else kept.size()
        if kept is not None and kept.clear():
            self.status.say(tr("Forgot {size:.0f} MB of kept analyses").format(size=size / 1e6))

    @Slot()
    def _on_model(self) -> None:
        card = self.controller.card
        self.status.set_card(card)
        if self.lanes is not None and card is not None:
            self.lanes.set_field(card.field_seconds)
        self._show_state()

    @Slot()
    def _on_opening(self) -> None:
        self.banner.clear()
        if self.stage is not None:
            self.stage.set_recording(None)
        self._show_state()

    @Slot()
    def _on_opened(self) -> None:
        recording = self.controller.recording
        if self.stage is not None:
            self.stage.set_recording(recording)
        self.marking.show()
        self._show_results()
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        """Offer what can be done now."""
        controller = self.controller
        recording = controller.recording
        opened = recording is not None and recording.facts is not None
        for action in self.intents.need_recording():
            action.setEnabled(opened and not self.pages.shows_live)
        for action in (self.intents.export, self.intents.quick_export):
            action.setEnabled(controller.exportable)
        self.intents.example.setEnabled(example_recording() is not None)
        self.intents.card.setEnabled(controller.card is not None)
        name = None if controller.path is None else displayed(controller.path.name)
        self.setWindowTitle("midlevel" if name is None else f"{name}[*] – midlevel")
        self.marking.offer()
        if opened and self.stage is not None:
            if self.screens.currentWidget() is not self.stage:
                self.screens.setCurrentWidget(self.stage)
                self.stage.lanes.playhead.setFocus()
        else:
            self.screens.setCurrentWidget(self.empty)
            self.empty.set_opening(name)
            self.status.set_file(None)
            self.status.set_analysed(None)
        self._tick()

    @Slot()
    def _show_results(self) -> None:
        """Show what is known of the recording."""
        recording = self.controller.recording
        if recording is None or recording.facts is None or self.stage is None:
            return
        self.status.set_file(recording.facts)
        self.stage.show_results()
        controller = self.controller
        share = recording.described / recording.extent if recording.extent and not recording.finished else 1.0
        shown = share if recording.described else None
        self.status.set_analysed(shown, controller.reading, controller.seconds_left, recording.stopped)

    @Slot()
    def _tick(self) -> None:
        """Show what is heard."""
        state = self.controller.player_state()
        recording = self.controller.recording
        self.transport.set_playing(state is not None and state.playing)
        self._ticker.setInterval(PLAYING_MS if state is not None and state.playing else WAITING_MS)
        if not self.pages.shows_live:
            self.status.set_sound(state)
        if state is None or recording is None or recording.facts is None:
            self.transport.set_times(None, None)
            return
        self.transport.set_times(state.position, recording.extent)
        if self.stage is not None:
            self.stage.show_position(state.position, state.playing)
            self._told.tell([self.transport.position, self.status.analysed, *self.stage.speaking()], state.playing)


def _dropped(event: QDropEvent) -> list[Path]:
    """Local files and folders that a drag carries."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
