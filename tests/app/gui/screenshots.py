"""Pictures of the window in each of its states, light and dark: ``python -m tests.app.gui.screenshots FOLDER``."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget

from midlevel_app.gui.about import CardDialog
from midlevel_app.gui.controller import Problem
from midlevel_app.gui.look import Look
from midlevel_app.gui.screens import example_recording
from midlevel_app.gui.window import MainWindow

THEMES = ("light", "dark")
LIMIT_SECONDS = 120.0


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until ``condition`` holds, then draw what it has."""
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.01)
    drawn = time.monotonic() + 0.3
    while time.monotonic() < drawn:
        QApplication.processEvents()
        time.sleep(0.01)


@contextmanager
def window_in(theme: str) -> Iterator[MainWindow]:
    """Open a window with this theme, and close it."""
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        store.setValue("theme", theme)
        window = MainWindow(store)
        window.show()
        window.load()
        wait(lambda: window.controller.card is not None)
        try:
            yield window
        finally:
            window.close()
            window.deleteLater()


def take(folder: Path, theme: str, recording: Path, size: tuple[int, int] = (1200, 800)) -> list[Path]:
    """Bring a window into each state, and save a picture of each; return their files."""
    taken = []

    def picture(state: str, widget: QWidget) -> None:
        taken.append(folder / f"{theme}-{state}.png")
        if not widget.grab().save(str(taken[-1])):
            raise OSError(f"{taken[-1]} cannot be written")

    with window_in(theme) as window:
        window.resize(*size)
        controller = window.controller
        picture("empty", window)
        window.empty.set_expecting(True)
        picture("drop", window)
        window.empty.set_expecting(False)
        controller.open(Path("missing.wav"))
        wait(window.banner.isVisible)
        picture("unreadable", window)
        controller.open(recording)
        picture("opening", window)
        wait(lambda: controller.recording is not None and controller.recording.described > 0)
        picture("analysing", window)
        wait(lambda: not controller.reading)
        controller.seek(0.4 * window.lanes.view.extent)
        wait(lambda: window.lanes.headers[0].text != "–")
        picture("described", window)
        extent = window.lanes.view.extent
        controller.marks.select((0.3 * extent, 0.6 * extent))
        controller.marks.add(0.35 * extent, "a marker")
        wait(lambda: True)
        picture("selected", window)
        for state, look in (
            ("overlaid", {"layout": "overlaid", "smoothing": 1.0}),
            ("strips", {"layout": "strips", "scale": "piece", "picture": "spectrogram"}),
            ("pinned", {"layout": "stacked", "pinned": ("articulation",), "hidden": ("dissonance",)}),
        ):
            window.looking.change(**look)
            wait(lambda: True)
            picture(state, window)
        window.looking.set_look(Look())
        controller.marks.load()
        for _ in range(4):
            window.lanes.zoom_in()
        wait(lambda: True)
        picture("zoomed", window)
        window.intents.whole.trigger()
        controller.problem.emit(
            Problem(
                "There is no sound output: connect one and press play again",
                "The curves still work, and so does exporting them.",
            )
        )
        wait(lambda: True)
        picture("no-sound", window)
        window.banner.hide()
        window.resize(760, 520)
        wait(lambda: True)
        picture("small", window)
        dialog = CardDialog(controller.card, window)
        dialog.show()
        wait(dialog.isVisible)
        picture("card", dialog)
        dialog.close()
    return taken


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="Save a picture of each state of the window, light and dark.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("recording", type=Path, nargs="?", default=example_recording(), metavar="RECORDING")
    chosen = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    app.setStyle("Fusion")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for path in take(chosen.folder, theme, chosen.recording):
            print(path)


if __name__ == "__main__":
    main()
