"""A window in a process of its own that records a take, to be killed: ``python -m tests.app.gui.live_app INI MODEL``.

It says on standard output how many seconds it has heard, ten times a second. SIGINT closes the window.
"""

import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

import midlevel_app.model
from midlevel_app.gui.window import MainWindow


def main(settings: str, model: str) -> None:
    """Record until the process is killed or the window is closed."""
    midlevel_app.model.find_model = lambda *name: Path(model)
    app = QApplication([])
    window = MainWindow(QSettings(settings, QSettings.Format.IniFormat))
    signal.signal(signal.SIGINT, lambda number, frame: window.close())
    window.show()
    window.load()
    timer = QTimer(interval=100)
    timer.timeout.connect(lambda: _go_on(window))
    timer.start()
    app.exec()
    os._exit(0 if window.clean_end else 3)  # as the program does where a frozen server holds a thread


def _go_on(window: MainWindow) -> None:
    if window.controller.model is None:
        return
    if not window.pages.shows_live:
        window.intents.live_page.trigger()
        window.intents.record.trigger()
    elif window.pages.listening.recording:
        print(f"{window.pages.listening.heard.now:.2f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
