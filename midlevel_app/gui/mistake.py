"""Mistakes of ours: one hook for exceptions nobody caught, and a dialog whose report can be copied."""

import platform
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

from midlevel_app import __version__
from midlevel_app.gui.dialogs import fit_on_screen
from midlevel_app.language import tr


def report_text(error: BaseException) -> str:
    """Return what a bug report needs: versions and traceback."""
    versions = f"midlevel {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"
    return versions + "\n\n" + "".join(traceback.format_exception(error))


class MistakeDialog(QDialog):
    """Says that the program made a mistake, and gives the report."""

    def __init__(self, report: str) -> None:
        super().__init__()
        self.setWindowTitle(tr("midlevel made a mistake"))
        self.resize(680, 420)
        text = QLabel(
            tr(
                "<b>The program made a mistake.</b> It goes on, but something may be missing: saving "
                "what you need and starting again is safest. Please send the report below to the authors."
            )
        )
        text.setWordWrap(True)
        self.report = QPlainTextEdit(report, readOnly=True)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for part in (text, self.report, buttons):
            column.addWidget(part)


class MistakeHook(QObject):
    """Catches what nobody caught, on any thread, and shows the first of it."""

    _caught = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.dialog: MistakeDialog | None = None
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the place of Python's own hooks."""
        sys.excepthook = self._hook
        threading.excepthook = lambda caught: self._hook(
            caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
        )

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt):
            self._caught.emit(report_text(error))

    @Slot(str)
    def _show(self, report: str) -> None:
        if self.dialog is None or not self.dialog.isVisible():
            self.dialog = MistakeDialog(report)
            fit_on_screen(self.dialog)
            self.dialog.open()
