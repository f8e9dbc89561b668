"""Help: the manual, and the sheet of all keys."""

from html import escape
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QKeySequence, QTextDocument, QTextLength
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMenu, QMenuBar, QTextBrowser, QVBoxLayout, QWidget

from midlevel_app.language import language, tr, translatable

_MANUAL = Path(__file__).resolve().parent.parent / "assets" / "manual"
_PICTURE = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for it in a document

MOUSE = (
    (translatable("Click"), translatable("go there")),
    (translatable("Drag"), translatable("select; drag an end of the selection to move it")),
    (translatable("Drag a marker's flag"), translatable("move it; Esc leaves it where it was")),
    (translatable("Wheel"), translatable("zoom at the pointer; with Shift or sideways: move")),
    (translatable("Right click"), translatable("what can be done at this place")),
    (translatable("Drag in the overview"), translatable("move what is shown")),
    (translatable("Rest on a lane's name"), translatable("its buttons: explain, hide, double height, alone")),
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
    parts.append(_section(tr("Mouse, over the curves"), [(tr(act), tr(effect)) for act, effect in MOUSE]))
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


def _manual() -> Path:
    """The manual in the language of the window, or else in English."""
    translated = _MANUAL / f"manual.{language()}.md"
    return translated if translated.is_file() else _MANUAL / "manual.md"


class KeySheet(_TextDialog):
    """All keys."""

    def __init__(self, bar: QMenuBar, parent: QWidget) -> None:
        super().__init__(tr("Keys"), parent)
        self.resize(520, 640)
        self.text.setHtml(keys_html(bar))


class Manual(_TextDialog):
    """The manual, a Markdown file with pictures beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Manual"), parent)
        self.resize(860, 720)
        self.text.setSearchPaths([str(_MANUAL)])
        self.text.document().setBaseUrl(QUrl.fromLocalFile(f"{_MANUAL}/"))
        self.text.setMarkdown(_manual().read_text(encoding="utf-8"))
        _fit_pictures(self.text.document())


def _fit_pictures(document: QTextDocument) -> None:
    """Let pictures grow no wider than the text."""
    found = document.find(_PICTURE)
    while not found.isNull():
        picture = found.charFormat().toImageFormat()
        picture.setMaximumWidth(QTextLength(QTextLength.Type.PercentageLength, 98))
        found.setCharFormat(picture)
        found = document.find(_PICTURE, found)
