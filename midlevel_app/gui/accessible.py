"""Accessible: what screen readers are told of widgets that paint themselves, and buttons that Return presses."""

import time
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QAccessibleValueChangeEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QWidget

from midlevel_app.gui.theme import Theme

WHILE_PLAYING_SECONDS = 1.0
"""Least time between two changes that are told while the music plays: a voice cannot keep up with more."""

_spoken: dict[int, Callable[[], str]] = {}  # by the id of the widget
_roles: dict[int, QAccessible.Role] = {}
_interfaces: list[QAccessibleInterface] = []  # Qt deletes them with their widgets, and must not find them gone before


def speak(widget: QWidget, role: QAccessible.Role, value: Callable[[], str]) -> None:
    """Let screen readers know ``widget`` as something with this role, whose value ``value`` puts into words."""
    if not _spoken:
        QAccessible.installFactory(_interface)
    key = id(widget)
    _spoken[key], _roles[key] = value, role
    widget.destroyed.connect(lambda: _forget(key))


class Told:
    """Tells screen readers of values that have changed, and of nothing while there is none."""

    def __init__(self) -> None:
        self._values: dict[int, str] = {}
        self._due = 0.0

    def tell(self, widgets: list[QWidget], playing: bool) -> None:
        """Tell which of these widgets, each known to `speak`, say something else than last time."""
        now = time.monotonic()
        if not QAccessible.isActive() or (playing and now < self._due):
            return
        self._due = now + WHILE_PLAYING_SECONDS
        for widget in widgets:
            value = _spoken[id(widget)]()
            if self._values.get(id(widget)) != value:
                self._values[id(widget)] = value
                QAccessible.updateAccessibility(QAccessibleValueChangeEvent(widget, value))


def pressable(button: QAbstractButton) -> None:
    """Let Tab reach a button and Return press it: Space plays and pauses wherever the focus is."""
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.installEventFilter(_presses)


def paint_focus(widget: QWidget, theme: Theme) -> None:
    """Draw a ring around a widget that paints itself, while it has the focus and Tab is used at all."""
    if widget.hasFocus() and widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
        painter = QPainter(widget)
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.drawRect(widget.rect().adjusted(1, 1, -1, -1))


class _Speaking(QAccessibleWidget):
    """The interface of a widget known to `speak`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, _roles[id(widget)])
        self._key = id(widget)

    def text(self, kind: QAccessible.Text) -> str:
        """Return its name, description or value."""
        if kind == QAccessible.Text.Value and self._key in _spoken:
            return _spoken[self._key]()
        return super().text(kind)


def _interface(name: str, widget: QObject) -> QAccessibleInterface | None:
    if id(widget) not in _spoken or not isinstance(widget, QWidget):
        return None
    _interfaces[:] = [kept for kept in _interfaces if shiboken6.isValid(kept)]
    _interfaces.append(_Speaking(widget))
    return _interfaces[-1]


def _forget(key: int) -> None:
    _spoken.pop(key, None)
    _roles.pop(key, None)


class _Presses(QObject):
    """Lets Return press a button."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Press it."""
        if (
            isinstance(watched, QAbstractButton)
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            watched.click()
            return True
        return False


_presses = _Presses()
