"""Pictures of the window in each of its states, light and dark: ``python -m tests.app.gui.screenshots FOLDER``."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

from midlevel_app.gui.languages import speak_language
from midlevel_app.gui.screens import example_recording
from midlevel_app.gui.window import MainWindow
from midlevel_app.language import LANGUAGES

THEMES = ("light", "dark")
LIMIT_SECONDS = 120.0


@dataclass
class Camera:
    """Takes pictures into a folder.

    Attributes
    ----------
    folder : Path
    theme : str
        One of `THEMES`.
    recording : Path
        What the pictures show.
    size : (int, int)
        Of the window.
    taken : list of Path
    """

    folder: Path
    theme: str
    recording: Path
    size: tuple[int, int] = (1200, 800)
    taken: list[Path] = field(default_factory=list)

    def picture(self, state: str, widget: QWidget, popup: QWidget | None = None) -> None:
        """Save a picture of ``widget``, with ``popup`` over it."""
        pixmap = widget.grab()
        if popup is not None:
            painter = QPainter(pixmap)
            painter.drawPixmap(popup.mapToGlobal(QPoint()) - widget.mapToGlobal(QPoint()), popup.grab())
            painter.end()
        self.taken.append(self.folder / f"{self.theme}-{state}.png")
        if not pixmap.save(str(self.taken[-1])):
            raise OSError(f"{self.taken[-1]} cannot be written")

    @contextmanager
    def window(self, prepare: Callable[[Path], None] = lambda folder: None) -> Iterator[MainWindow]:
        """Open a window with this theme once ``prepare`` has seen the folder of its settings, and close it."""
        with tempfile.TemporaryDirectory() as name:
            prepare(Path(name))
            store = QSettings(f"{name}/settings.ini", QSettings.Format.IniFormat)
            store.setValue("theme", self.theme)
            window = MainWindow(store)
            window.resize(*self.size)
            window.show()
            window.load()
            wait(lambda: window.controller.card is not None)
            try:
                yield window
            finally:
                window.controller.marks.undo_stack.setClean()  # nothing is asked
                window.close()
                window.deleteLater()


def wait(condition: Callable[[], bool] = lambda: True) -> None:
    """Let the window work until ``condition`` holds, then draw what it has."""
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.01)
    drawn = time.monotonic() + 0.15
    while time.monotonic() < drawn:
        QApplication.processEvents()
        time.sleep(0.01)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def main() -> None:
    """Take all pictures."""
    from tests.app.gui.scenes import SCENES  # they use the camera above

    parser = argparse.ArgumentParser(
        description="Save a picture of each state of the window, light and dark.",
        epilog="QT_SCALE_FACTOR=2 before the command takes them at 200 % scale.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("recording", type=Path, nargs="?", default=example_recording(), metavar="RECORDING")
    parser.add_argument("--size", type=_size, default=(1200, 800), metavar="WIDTHxHEIGHT", help="of the window")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="that the window speaks")
    chosen = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    app.setStyle("Fusion")
    speak_language(app, chosen.language)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        camera = Camera(chosen.folder, theme, chosen.recording, chosen.size)
        for scene in SCENES:
            scene(camera)
        for path in camera.taken:
            print(path)


if __name__ == "__main__":
    main()
