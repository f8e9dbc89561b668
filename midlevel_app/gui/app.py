"""The command `midlevel-app`: shows the window at once, then loads the rest."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from midlevel_app import __version__


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; ends the program for ``--help``, ``--version`` and a wrong call."""
    parser = argparse.ArgumentParser(
        prog="midlevel-app",
        description="Watch a piano recording through seven qualities that listeners name, while it plays.",
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="recordings and folders to open")
    parser.add_argument("--reset-settings", action="store_true", help="forget all choices made in the window")
    parser.add_argument("--version", action="version", version=f"midlevel {__version__}")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the window until it is closed; returns the exit status."""
    chosen = parse_arguments(arguments)
    # Not before the line above: --help and --version answer without Qt.
    from PySide6.QtWidgets import QApplication

    from midlevel_app.gui.dialogs import fit_on_screen
    from midlevel_app.gui.languages import speak_language
    from midlevel_app.gui.mistake import MistakeHook
    from midlevel_app.gui.screens import program_icon
    from midlevel_app.gui.settings import load, user_store
    from midlevel_app.gui.window import MainWindow

    app = QApplication(sys.argv[:1])
    app.setApplicationName("midlevel")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("midlevel")
    app.setWindowIcon(program_icon())
    app.setStyle("Fusion")
    hook = MistakeHook()
    hook.install()
    store = user_store()
    if chosen.reset_settings:
        store.clear()
    speak_language(app, load(store).language)
    window = MainWindow(store)
    fit_on_screen(window)
    signal.signal(signal.SIGINT, lambda number, frame: window.close())
    window.painted.connect(lambda: window.load(*chosen.files))
    window.show()
    status = app.exec()
    if not window.clean_end:
        # A frozen sound server or disk holds a thread; ending the interpreter normally would wait for it.
        sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
