"""A random user at the window for minutes: ``python -m tests.app.gui.soak --minutes 10 --seed 1``.

Every step is logged with its number, and chosen by seed and number alone: the same seed takes the same steps again, as
far as what is on the screen allows. A failure tells seed and step. Needs Linux (/proc).
"""

import argparse
import contextlib
import faulthandler
import os
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from PySide6.QtCore import QSettings, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from midlevel_app.features import NAMES
from midlevel_app.gui import screens
from midlevel_app.gui.window import MainWindow
from tests import sound_server
from tests.app.gui.soak_checks import Rest, Watch, WrongError, check_rests, check_window, measure_rest, use_one_arena
from tests.app.gui.soak_files import Material
from tests.app.gui.soak_user import User
from tests.app.tiny_model import write_tiny_model

HANG_SECONDS = 60.0  # a step that takes longer ends the program with the stack of every thread
LIFE = (15, 90)  # steps after which a window is closed and made anew


class Sound:
    """A sound device that comes and goes."""

    def __init__(self, folder: Path, possible: bool) -> None:
        self._folder, self._possible = folder, possible
        self._running = contextlib.ExitStack()
        self._there = False
        self.set_there(True)

    def set_there(self, there: bool) -> None:
        """Start the sound server, or kill it."""
        if there != self._there and self._possible:
            self._there = there
            if there:
                self._running.enter_context(sound_server.running(self._folder))
            else:
                self._running.close()


class Soak:
    """The steps, with all that is checked after each.

    Parameters
    ----------
    folder : Path
        For everything that is written.
    seed : int
    sound : Sound
    """

    def __init__(self, folder: Path, seed: int, sound: Sound) -> None:
        self._seed = seed
        self._store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self._material = Material(folder)
        screens._ASSETS = self._material.assets
        self._user = User(self._material, sound.set_there)
        self._watch = Watch()
        self._rests: list[Rest] = []

    def run(self, seconds: float, steps: int) -> str:
        """Act until the time or the steps are over, and return what was measured; raises `WrongError`."""
        self._watch.install()
        self._user.install()
        self._make_window(Random(self._seed))
        begun, step, left = time.monotonic(), 0, 30
        while time.monotonic() - begun < seconds and step < steps:
            step, left = step + 1, left - 1
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            random = Random(f"{self._seed}/{step}")
            did = ""
            try:
                did = self._user.act(random)
                QTest.qWait(random.choice([0, 0, 10, 40, 120]))
                if not self._user.window.isVisible():
                    did, left = f"{did}; the window closed", 0
                    self._remake(random)
                elif left <= 0 and QApplication.activeModalWidget() is None:
                    did = f"{did}; close: {self._remake(random)}"
                    left = random.randint(*LIFE)
                self._watch.check()
                check_window(self._user.window)
            except Exception:
                self._tell(step, did or ", ".join(self._user._did))
                raise
            self._tell(step, did)
        faulthandler.cancel_dump_traceback_later()
        self._close()
        self._watch.check()
        return f"{step} steps. {check_rests(self._rests)}"

    def _tell(self, step: int, did: str) -> None:
        print(f"{step:6} {did}", flush=True)

    def _make_window(self, random: Random) -> None:
        window = MainWindow(self._store)
        self._user.window = window
        window.show()
        paths = [self._material.some(random) for _ in range(random.choice([0, 0, 1, 1, 3]))]
        window.load(*paths)

    def _remake(self, random: Random) -> bool:
        """Close the window if it lets itself be closed, and make another; tell whether it did."""
        if self._user.window.isVisible() and not self._user.window.close():
            return False
        self._close()
        self._material.restore()
        self._make_window(random)
        return True

    def _close(self) -> None:
        """Close whatever is open, and measure what is left."""
        window = self._user.window
        window.controller.marks.undo_stack.setClean()
        for widget in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
            if widget is not None:
                widget.close()
        window.close()
        if not window.clean_end:
            raise WrongError("the window left threads or a hanging device")
        running = [type(thread).__name__ for thread in window.findChildren(QThread) if thread.isRunning()]
        if running or "midlevel-player" in {thread.name for thread in threading.enumerate()}:
            raise WrongError(f"the window was closed and {running or 'a player'} runs")
        window.deleteLater()
        self._user.window = window = None
        QTest.qWait(50)
        self._rests.append(measure_rest())
        print(f"       {self._rests[-1]}", flush=True)


def main() -> None:
    """Run one soak, and end the program."""
    parser = argparse.ArgumentParser(description="Let a random user act on the window, and check it after each step.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=10**9, help="end after so many steps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-sound", action="store_true", help="have no sound device")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    faulthandler.enable()
    use_one_arena()
    with _sandbox() as folder:
        app = QApplication(sys.argv[:1])
        app.setStyle("Fusion")
        model = write_tiny_model(folder / "tiny.onnx", spread=True)
        import midlevel_app.model

        midlevel_app.model.find_model = lambda *name: model
        _export_everything(folder)
        sound = Sound(folder, possible=sound_server.can_run() and not chosen.no_sound)
        try:
            print(Soak(folder, chosen.seed, sound).run(60 * chosen.minutes, chosen.steps))
        except Exception:
            traceback.print_exc(file=sys.stdout)
            faulthandler.dump_traceback(sys.stdout, all_threads=True)
            print(f"FAILED with seed {chosen.seed}", flush=True)
            status = 1
        else:
            status = 0
        finally:
            sound.set_there(False)
    sys.stdout.flush()
    os._exit(status)  # after a failure threads may still run, and Qt's objects are in no order to be deleted


def _export_everything(folder: Path) -> None:
    """Write a table and a picture of each form: what is loaded and cached the first time is no leak."""
    from midlevel_app.audio.decode import AudioFacts
    from midlevel_app.curves import Curves
    from midlevel_app.export import Choices, export
    from midlevel_app.figure import caption, figure
    from midlevel_app.model import Model, find_model

    model = Model(find_model())
    facts = AudioFacts(folder / "tiny.onnx", 8.0, 44100, 2, "none", True)
    curves = Curves(np.arange(80) / 10, np.full((80, len(NAMES)), 5.0))
    for form in ("csv", "json", "parquet"):
        export(folder / f"first.{form}", facts, model, curves, Choices(form), force=True)
    for form in ("png", "svg", "pdf"):
        figure(folder / f"first.{form}", curves, caption(facts, model.card), force=True)


@contextlib.contextmanager
def _sandbox() -> Iterator[Path]:
    """Have nobody's settings, cache, screen and sound device, whatever this machine has."""
    with tempfile.TemporaryDirectory(prefix="midlevel-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["HOME"] = name  # below which takes are kept
        for variable in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
            (folder / variable.lower()).mkdir(mode=0o700)
            os.environ[f"XDG_{variable}"] = str(folder / variable.lower())
        os.environ.update(sound_server.environment(folder))
        yield folder


if __name__ == "__main__":
    main()
