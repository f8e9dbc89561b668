"""Actions: everything the window's menus, keys and buttons can ask for, and the menus that offer it."""

from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from midlevel_app.gui.theme import CHOICES

STEP_SECONDS = 1.0
FINE_STEP_SECONDS = 0.1


@dataclass(frozen=True)
class Actions:
    """The window's actions; the window connects them."""

    open: QAction
    example: QAction
    export: QAction
    quit: QAction
    play: QAction
    start: QAction
    end: QAction
    back: QAction
    forward: QAction
    fine_back: QAction
    fine_forward: QAction
    zoom_in: QAction
    zoom_out: QAction
    whole: QAction
    themes: QActionGroup
    card: QAction
    about: QAction

    def need_recording(self) -> tuple[QAction, ...]:
        """Return those that make sense only while a recording is open."""
        moves = (self.play, self.start, self.end, self.back, self.forward, self.fine_back, self.fine_forward)
        return (*moves, self.zoom_in, self.zoom_out, self.whole)


def make_actions(window: QMainWindow) -> Actions:
    """Make the actions and fill the menu bar with them."""

    def action(text: str, *keys: str | QKeySequence.StandardKey, tip: str = "") -> QAction:
        made = QAction(text, window)
        made.setShortcuts([QKeySequence(key) for key in keys])
        shown = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        made.setToolTip(" ".join(part for part in (tip or text.rstrip("…"), f"({shown})" if shown else "") if part))
        window.addAction(made)
        return made

    themes = QActionGroup(window)
    for choice in CHOICES:
        made = themes.addAction(choice.capitalize())
        made.setCheckable(True)
        made.setData(choice)
    actions = Actions(
        open=action("Open…", QKeySequence.StandardKey.Open, tip="Open a recording"),
        example=action("Open the example"),
        export=action("Export CSV…", "Ctrl+E", tip="Write the curves to a CSV file"),
        quit=action("Quit", "Ctrl+Q"),
        play=action("Play", "Space", tip="Play or pause"),
        start=action("Go to the start", "Home"),
        end=action("Go to the end", "End"),
        back=action("Back 1 s", "Left"),
        forward=action("Forward 1 s", "Right"),
        fine_back=action("Back 0.1 s", "Shift+Left"),
        fine_forward=action("Forward 0.1 s", "Shift+Right"),
        zoom_in=action("Zoom in", "Ctrl++", "Ctrl+="),
        zoom_out=action("Zoom out", "Ctrl+-"),
        whole=action("Whole file", "Ctrl+0", tip="Show the whole recording"),
        themes=themes,
        card=action("About the model…"),
        about=action("About midlevel…"),
    )
    _fill_menus(window, actions)
    return actions


def _fill_menus(window: QMainWindow, actions: Actions) -> None:
    bar = window.menuBar()
    file = bar.addMenu("File")
    file.addActions([actions.open, actions.example])
    file.addSeparator()
    file.addAction(actions.export)
    file.addSeparator()
    file.addAction(actions.quit)
    view = bar.addMenu("View")
    view.addActions([actions.zoom_in, actions.zoom_out, actions.whole])
    view.addSeparator()
    view.addMenu("Theme").addActions(actions.themes.actions())
    transport = bar.addMenu("Transport")
    transport.addActions([actions.play, actions.start, actions.end])
    transport.addSeparator()
    transport.addActions([actions.back, actions.forward, actions.fine_back, actions.fine_forward])
    bar.addMenu("Model").addAction(actions.card)
    bar.addMenu("Help").addAction(actions.about)
