"""Pages: the recording and the live page, one of them shown; and the music stand, which fills the screen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from midlevel_app.gui.actions import Actions
from midlevel_app.gui.controller import Controller
from midlevel_app.gui.theme import Theme

if TYPE_CHECKING:  # loaded by `load`, after the window is on the screen
    from midlevel_app.gui.listening import Listening
    from midlevel_app.gui.live import LivePage
    from midlevel_app.gui.livechoices import LiveChoices


class Pages(QObject):
    """Lets actions choose the page; listens while the live page is shown, or a take is recorded.

    Parameters
    ----------
    actions : Actions
    controller : Controller
    recording : QWidget
        The page of the recording.
    around : tuple of QWidget
        What leaves its room to the music stand.
    window : QMainWindow
    """

    changed = Signal()
    """Another page is shown."""

    def __init__(
        self,
        actions: Actions,
        controller: Controller,
        recording: QWidget,
        around: tuple[QWidget, ...],
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self.stack = QStackedWidget()
        self.stack.addWidget(recording)
        self.live: LivePage | None = None
        self.listening: Listening | None = None
        self._actions, self._controller, self._around, self._window = actions, controller, around, window
        self._in_stand = self._was_maximized = False
        actions.recording_page.triggered.connect(lambda: self.show_live(False))
        actions.live_page.triggered.connect(lambda: self.show_live(True))
        actions.stand.triggered.connect(self.set_stand)
        self._escape = QShortcut(Qt.Key.Key_Escape, window, lambda: self.set_stand(False))
        self._escape.setEnabled(False)
        self._offer()

    @property
    def shows_live(self) -> bool:
        """The live page is shown."""
        return self.stack.currentIndex() == 1

    def load(self, choices: "LiveChoices") -> "Listening":
        """Make the live page."""
        from midlevel_app.gui.listening import Listening
        from midlevel_app.gui.live import LivePage

        self.live = LivePage()
        self.listening = listening = Listening(self.live, self._controller, choices, self._window)
        self.stack.addWidget(self.live)
        self.live.view.stand_requested.connect(self.set_stand)
        self._actions.record.triggered.connect(listening.record)
        self._actions.mark_take.triggered.connect(listening.mark)
        self._actions.takes_folder.triggered.connect(listening.choose_folder)
        self._actions.stay_within.triggered.connect(self._stay_within)
        self._controller.model_ready.connect(self._on_model)
        self._offer()
        return listening

    @Slot()
    def _stay_within(self) -> None:
        """Make the selection of the recording the live page's band, and show it."""
        recording, selection = self._controller.recording, self._controller.marks.selection
        if recording is not None and selection is not None and self.listening is not None:
            self.listening.goal.stay_within(recording.curves(), *selection)
            self.show_live(True)

    @Slot()
    def _on_model(self) -> None:
        """Begin to listen, if the page was chosen before the model was there."""
        if self.shows_live and self.listening is not None:
            self.listening.start()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        if self.live is not None:
            self.live.set_theme(theme)

    def show_live(self, live: bool) -> None:
        """Show the live page, or the recording."""
        if self.live is None or self.listening is None or live == self.shows_live:
            self._offer()
            return
        if live:
            state = self._controller.player_state()
            if state is not None and state.playing:
                self._controller.toggle()
            self.listening.start()
        else:
            self.set_stand(False)
            self.listening.stop()
        self.stack.setCurrentIndex(int(live))
        self._offer()
        self.changed.emit()

    def close(self) -> bool:
        """Listen no more, and tell whether all was written."""
        return self.listening is None or self.listening.close()

    def _offer(self) -> None:
        acts, live = self._actions, self.shows_live
        acts.live_page.setEnabled(self.live is not None)
        acts.takes_folder.setEnabled(self.live is not None)
        acts.recording_page.setChecked(not live)
        acts.live_page.setChecked(live)
        for action in (acts.record, acts.mark_take, acts.stand):
            action.setEnabled(live)

    @Slot(bool)
    def set_stand(self, in_stand: bool) -> None:
        """Leave only what can be read from a music stand, or show all again."""
        if self.live is None or in_stand == self._in_stand:
            return
        self._in_stand = in_stand
        self._actions.stand.setChecked(in_stand)
        self._escape.setEnabled(in_stand)
        self.live.set_stand(in_stand)
        for widget in self._around:
            widget.setVisible(not in_stand)
        if in_stand:
            self._was_maximized = self._window.isMaximized()
            self._window.showFullScreen()
        elif self._was_maximized:
            self._window.showMaximized()
        else:
            self._window.showNormal()
