"""The command `midlevel-app` as a program: its answers without Qt, a real screen, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from midlevel_app import __version__
from tests import sound_server as server

APP = [sys.executable, "-m", "midlevel_app.gui.app"]

# Opens the file on the screen, waits until it was described, says what was seen, and ends.
ON_SCREEN = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from midlevel_app.gui import app, window

shown = []
started = window.MainWindow.load
def load(self, *paths):
    shown.append(self.windowHandle().isExposed())
    started(self, *paths)
    def look():
        recording = self.controller.recording
        if recording is None or not recording.finished:
            return
        picture = self.screen().grabWindow(0).toImage()
        colours = {picture.pixelColor(x, y).name() for x in range(0, 1200, 7) for y in range(0, 800, 7)}
        print(QGuiApplication.platformName(), *shown, len(colours) > 20, recording.has_values)
        self.close()
    timer = QTimer(self, interval=200)
    timer.timeout.connect(look)
    timer.start()
window.MainWindow.load = load
sys.exit(app.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_it_answers_without_qt(flag):
    code = (
        "import sys\nfrom midlevel_app.gui.app import main\n"
        f"try: main(['{flag}'])\nexcept SystemExit as end: print(end.code, 'PySide6' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "0 False"
    assert ("midlevel-app" if flag == "--help" else __version__) in answer.stdout


def test_a_wrong_call_says_how():
    answer = subprocess.run([*APP, "--wrong"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert "usage: midlevel-app" in answer.stderr


@pytest.fixture
def display():
    """A screen."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs a virtual screen: install xvfb")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        yield f":{screen.stdout.readline().strip()}"
        screen.terminate()


def test_it_runs_on_a_screen(display, recording):
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    answer = subprocess.run(
        [sys.executable, "-c", ON_SCREEN, str(recording)], env=environment, capture_output=True, text=True, timeout=90
    )
    assert answer.stdout == "xcb True True True\n", answer.stderr
    assert answer.returncode == 0
    assert "Traceback" not in answer.stderr


def cpu_seconds(process):
    """Processor time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_an_interrupt_ends_it(recording):
    with subprocess.Popen([*APP, str(recording)], stderr=subprocess.PIPE, text=True) as process:
        used, before = 0.0, -1.0
        while used < 0.5 or used > before + 0.1:  # until it has started and come to rest
            time.sleep(0.5)
            used, before = cpu_seconds(process), used
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in messages


@pytest.mark.skipif(not server.can_run(), reason="needs PulseAudio: install pulseaudio and pulseaudio-utils")
def test_a_frozen_sound_server_does_not_keep_it_from_ending(recording, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pa")
    play = ON_SCREEN.replace("        self.close()", "        self.intents.play.trigger(); timer.stop(); wait.start()")
    play = play.replace(
        "    timer = QTimer",
        "    def frozen():\n"
        "        if self.controller.player_state().position > 0.2:\n"
        "            wait.stop(); print('playing', flush=True); QTimer.singleShot(500, self.close)\n"
        "    wait = QTimer(self, interval=50)\n"
        "    wait.timeout.connect(frozen)\n"
        "    timer = QTimer",
        1,
    )
    environment = {**os.environ, **server.environment(folder), "QT_QPA_PLATFORM": "offscreen"}
    with server.running(folder) as running:
        command = [sys.executable, "-c", play, str(recording)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline().startswith("offscreen")
            assert process.stdout.readline() == "playing\n"
            running.process.send_signal(signal.SIGSTOP)
            start = time.monotonic()
            assert process.wait(timeout=30) == 0
            assert time.monotonic() - start < 12


# Starts the program, says what its first menu is called, and ends.
MENU = """
import sys
from midlevel_app.gui import app, window

def load(self, *paths):
    print(self.menuBar().actions()[0].text())
    self.close()
window.MainWindow.load = load
sys.exit(app.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("kept", "system", "arguments", "title"),
    [
        ("", "en_US.UTF-8", [], "File"),
        ("", "de_AT.UTF-8", [], "Datei"),
        ("language=de\n", "en_US.UTF-8", [], "Datei"),
        ("language=en\n", "de_DE.UTF-8", [], "File"),
        ("language=de\n", "en_US.UTF-8", ["--reset-settings"], "File"),
    ],
)
def test_it_speaks_the_language_that_was_chosen_or_the_systems(tmp_path, kept, system, arguments, title):
    (tmp_path / "midlevel").mkdir()
    (tmp_path / "midlevel" / "midlevel.conf").write_text(f"[General]\n{kept}", encoding="utf-8")
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "LC_ALL": system, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("LANGUAGE", None)
    answer = subprocess.run(
        [sys.executable, "-c", MENU, *arguments], env=environment, capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.split() == [title], answer.stderr
