"""Theming: the theme that the user chose, or the system's, applied whenever either changes."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication

from midlevel_app.gui.actions import Actions
from midlevel_app.gui.theme import Theme, apply_theme, chosen_theme


class Theming(QObject):
    """Lets actions choose the theme.

    Attributes
    ----------
    choice : str
        One of `theme.CHOICES`.
    """

    changed = Signal(object)
    """The `Theme` applied."""

    def __init__(self, actions: Actions, choice: str, parent: QObject) -> None:
        super().__init__(parent)
        self.choice = choice
        self._actions = actions
        actions.themes.triggered.connect(self._choose)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.apply)

    @property
    def theme(self) -> Theme:
        """The colours of now."""
        return chosen_theme(self.choice)

    @Slot()
    def apply(self) -> None:
        """Apply the theme, and tell."""
        apply_theme(self.theme)
        for action in self._actions.themes.actions():
            action.setChecked(action.data() == self.choice)
        self.changed.emit(self.theme)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self.choice = action.data()
        self.apply()
