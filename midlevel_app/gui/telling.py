"""Telling: the dialogs that only tell something: about a feature, the model, the program, its keys and its use."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMainWindow

from midlevel_app.features import FEATURES, NAMES
from midlevel_app.gui.about import AboutDialog, CardDialog
from midlevel_app.gui.actions import Actions
from midlevel_app.gui.controller import Controller
from midlevel_app.gui.dialogs import show_dialog
from midlevel_app.gui.explain import ExplainDialog
from midlevel_app.gui.help import KeySheet, Manual
from midlevel_app.gui.theme import Theme
from midlevel_app.report import KINDS


class Telling(QObject):
    """Shows what the actions of the menus Model and Help ask for.

    Parameters
    ----------
    actions : Actions
    controller : Controller
        Knows the model, and plays the sounds of an explanation.
    theme : callable
        Returns the colours of now.
    window : QMainWindow
        Whom dialogs belong to; its menus have the keys.
    """

    def __init__(
        self, actions: Actions, controller: Controller, theme: Callable[[], Theme], window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._controller = controller
        self._theme = theme
        self._window = window
        actions.card.triggered.connect(self.show_card)
        actions.manual.triggered.connect(lambda: show_dialog(Manual(window)))
        actions.keys.triggered.connect(lambda: show_dialog(KeySheet(window.menuBar(), window)))
        actions.about.triggered.connect(lambda: show_dialog(AboutDialog(controller.card, window)))

    @Slot(str)
    def explain(self, name: str) -> None:
        """Tell about the feature of this name."""
        card, feature = self._controller.card, FEATURES[NAMES.index(name)]
        kind = "" if card is None else KINDS[card.rating_kind]
        show_dialog(ExplainDialog(feature, self._theme(), self._controller.play_sound, kind, self._window))

    @Slot()
    def show_card(self) -> None:
        """Tell about the model, if there is one."""
        if self._controller.card is not None:
            show_dialog(CardDialog(self._controller.card, self._window))
