"""Dialogs: showing one, and asking for files: which recording to open, where to export to."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from midlevel_app.batch import AUDIO_SUFFIXES, FORMATS
from midlevel_app.language import tr
from midlevel_app.report import displayed
from midlevel_app.session import SUFFIX

_EXPORTED = {f".{kind}" for kind in (*FORMATS, "png", "svg", "pdf", "txt")}
_PATTERNS = " ".join(f"*{suffix}" for suffix in [*sorted(AUDIO_SUFFIXES), SUFFIX])


def _kinds(name: str, patterns: str) -> str:
    return f"{name} ({patterns});;" + tr("All files") + " (*)"


def fit_on_screen(window: QWidget) -> None:
    """Make a window no larger than its screen."""
    if not window.testAttribute(Qt.WidgetAttribute.WA_Resized):
        window.adjustSize()  # nobody gave it a size
    window.resize(window.size().boundedTo(window.screen().availableSize() * 0.95))


def show_dialog(dialog: QDialog) -> None:
    """Open a dialog that answers nothing; once closed, nothing of it is kept."""
    fit_on_screen(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def choose_recording(parent: QWidget, folder: Path | None) -> Path | None:
    """Ask for a recording, starting in ``folder``; None if the user does not want to."""
    kinds = _kinds(tr("Recordings and sessions"), _PATTERNS)
    name, _ = QFileDialog.getOpenFileName(parent, tr("Open a recording"), str(folder or Path.home()), kinds)
    return Path(name) if name else None


def choose_folder(parent: QWidget, title: str, folder: Path | None) -> Path | None:
    """Ask for a folder, starting in ``folder``; None if the user does not want to."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder or Path.home()))
    return Path(name) if name else None


def choose_labels(parent: QWidget, folder: Path) -> Path | None:
    """Ask for a label track, starting in ``folder``; None if the user does not want to."""
    name, _ = QFileDialog.getOpenFileName(
        parent, tr("Import labels"), str(folder), _kinds(tr("Audacity labels"), "*.txt")
    )
    return Path(name) if name else None


def choose_session(parent: QWidget, recording: Path) -> Path | None:
    """Ask where to save the session of ``recording``, and before replacing one; None if not."""
    name, _ = QFileDialog.getSaveFileName(
        parent,
        tr("Save the session"),
        str(recording.with_suffix(SUFFIX)),
        tr("Session") + f" (*{SUFFIX})",
    )
    if not name or name.endswith(SUFFIX):
        return Path(name) if name else None
    path = Path(name + SUFFIX)  # which the dialog did not ask about
    return path if may_replace(parent, (path,)) else None


def choose_target(parent: QWidget, suggested: Path, suffix: str) -> Path | None:
    """Ask where to export to; a name without the extension of an export gets ``suffix``. None if not."""
    name, _ = QFileDialog.getSaveFileName(
        parent,
        tr("Export"),
        str(suggested),
        f"*{suffix}",
        options=QFileDialog.Option.DontConfirmOverwrite,  # asked by `may_replace`, for the sidecar, too
    )
    known = Path(name).suffix.lower() in _EXPORTED  # other dots belong to the name, as in "Op. 53"
    return None if not name else Path(name) if known else Path(name + suffix)


def may_replace(parent: QWidget, files: Sequence[Path]) -> bool:
    """Ask before any of ``files``, which are in one folder, is replaced."""
    there = [displayed(path.name) for path in files if os.path.lexists(path)]
    if not there:
        return True
    answer = QMessageBox.question(
        parent,
        tr("Replace?"),
        tr("{names} in {folder} will be replaced.").format(
            names=tr("{first} and {second}").format(first=there[0], second=there[1]) if len(there) > 1 else there[0],
            folder=displayed(str(files[0].parent)),
        ),
        QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
        QMessageBox.StandardButton.Cancel,
    )
    return answer == QMessageBox.StandardButton.Yes
