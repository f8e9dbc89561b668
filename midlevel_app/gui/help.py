"""Help: the manual, and the sheet of all keys."""

from html import escape
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMenu, QMenuBar, QTextBrowser, QVBoxLayout, QWidget

_MANUAL = Path(__file__).resolve().parent.parent / "assets" / "manual"

MOUSE = (
    ("Click", "go there"),
    ("Drag", "select; drag an end of the selection to move it"),
    ("Drag a marker's flag", "move it; Esc leaves it where it was"),
    ("Wheel", "zoom at the pointer; with Shift or sideways: move"),
    ("Right click", "what can be done at this place"),
    ("Drag in the overview", "move what is shown"),
    ("Rest on a lane's name", "its buttons: explain, hide, double height, alone"),
)
"""What the mouse does over the curves."""


def keys_html(bar: QMenuBar) -> str:
    """Return all actions of the menus that have keys, menu by menu, as a table; and what the mouse does."""
    parts = []
    for entry in bar.actions():
        menu = entry.menu()
        if not isinstance(menu, QMenu):
            continue
        rows = [(keys, text) for keys, text in _with_keys(menu) if keys]
        if rows:
            parts.append(_section(entry.text(), rows))
    parts.append(_section("Mouse, over the curves", list(MOUSE)))
    return "".join(parts)


def _with_keys(menu: QMenu) -> list[tuple[str, str]]:
    found = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += _with_keys(inner)
        elif not action.isSeparator():
            form = QKeySequence.SequenceFormat.NativeText
            keys = ", ".join(dict.fromkeys(key.toString(form) for key in action.shortcuts()))
            found.append((keys, action.text().rstrip("…")))
    return found


def _section(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td width='190'><b>{escape(keys)}</b></td><td>{escape(text)}</td></tr>" for keys, text in rows
    )
    return f"<h3>{escape(title)}</h3><table cellspacing='0' cellpadding='3'>{cells}</table>"


class _TextDialog(QDialog):
    """A text to read, with a button that closes it."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.text = QTextBrowser()
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setOpenExternalLinks(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.addWidget(self.text)
        column.addWidget(buttons)


class KeySheet(_TextDialog):
    """All keys."""

    def __init__(self, bar: QMenuBar, parent: QWidget) -> None:
        super().__init__("Keys", parent)
        self.resize(520, 640)
        self.text.setHtml(keys_html(bar))


class Manual(_TextDialog):
    """The manual, a Markdown file with pictures beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Manual", parent)
        self.resize(860, 720)
        self.text.setSearchPaths([str(_MANUAL)])
        self.text.document().setBaseUrl(QUrl.fromLocalFile(f"{_MANUAL}/"))
        self.text.setMarkdown((_MANUAL / "manual.md").read_text(encoding="utf-8"))
