"""Dialogs that ask for files: which recording to open, where to export to."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from midlevel_app.batch import AUDIO_SUFFIXES
from midlevel_app.session import SUFFIX

_PATTERNS = " ".join(f"*{suffix}" for suffix in [*sorted(AUDIO_SUFFIXES), SUFFIX])
_RECORDINGS = f"Recordings and sessions ({_PATTERNS});;All files (*)"


def choose_recording(parent: QWidget, folder: Path | None) -> Path | None:
    """Ask for a recording, starting in ``folder``; None if the user does not want to."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a recording", str(folder or Path.home()), _RECORDINGS)
    return Path(name) if name else None


def choose_folder(parent: QWidget, folder: Path | None) -> Path | None:
    """Ask for a folder of recordings, starting in ``folder``; None if the user does not want to."""
    name = QFileDialog.getExistingDirectory(parent, "Open a folder of recordings", str(folder or Path.home()))
    return Path(name) if name else None


def choose_session(parent: QWidget, recording: Path) -> Path | None:
    """Ask where to save the session of ``recording``, and before replacing one; None if not."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save the session", str(recording.with_suffix(SUFFIX)), f"Session (*{SUFFIX})"
    )
    return None if not name else Path(name) if name.endswith(SUFFIX) else Path(name + SUFFIX)


def choose_export(parent: QWidget, recording: Path) -> Path | None:
    """Ask where to write the curves of ``recording``, and before replacing anything; None if not."""
    name, _ = QFileDialog.getSaveFileName(
        parent,
        "Export the curves",
        str(recording.with_suffix(".csv")),
        "Table of curves (*.csv)",
        options=QFileDialog.Option.DontConfirmOverwrite,  # asked below, for the sidecar, too
    )
    if not name:
        return None
    target = Path(name) if Path(name).suffix else Path(name + ".csv")
    return target if _may_write(parent, target) else None


def _may_write(parent: QWidget, target: Path) -> bool:
    from midlevel_app.export import Choices, outputs

    there = [path.name for path in outputs(target, Choices()) if path.exists()]
    if not there:
        return True
    answer = QMessageBox.question(
        parent,
        "Replace?",
        f"{' and '.join(there)} in {target.parent} will be replaced.",
        QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
        QMessageBox.StandardButton.Cancel,
    )
    return answer == QMessageBox.StandardButton.Yes
