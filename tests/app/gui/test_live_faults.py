"""What goes wrong while a take is recorded in the window, done for real: nothing is lost, and the window goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt, QTimer

from midlevel_app.session import load
from tests import sound_server as server
from tests.app.gui.test_live import takes as takes  # a fixture
from tests.tones import piano_like

RATE = 44100
RESPONSIVE_SECONDS = 1.0  # a window that is blocked for longer would be called hanging


@pytest.fixture
def fed(own_server, tmp_path):
    """Music into the microphone, for a minute."""
    soundfile.write(tmp_path / "feed.wav", piano_like(60.0, RATE), RATE)
    player = own_server.feed_microphone(tmp_path / "feed.wav")
    yield player
    player.kill()
    player.wait()


@pytest.fixture
def beats():
    """Moments at which the window was not blocked."""
    found = [time.monotonic()]
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: found.append(time.monotonic()))
    timer.start()
    yield found
    timer.stop()


@pytest.fixture
def taking(qtbot, own_server, fed, takes, make_window, beats):
    """A window that has recorded for a second."""
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    listening = window.pages.listening
    qtbot.waitUntil(lambda: listening.heard.now > 0.2, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: listening.recording and listening.heard.now > 1.0, timeout=20_000)
    return window


def end_take(qtbot, window):
    """End the take by its key, and return its file once it is in the list."""
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.pages.live.takes.rowCount() == 1, timeout=20_000)
    return window.pages.listening._takes[0].path


def was_responsive(beats):
    return np.diff(beats).max() < RESPONSIVE_SECONDS


def test_an_unplugged_input_is_said_waited_for_and_heard_again(qtbot, own_server, taking, takes, beats):
    for sink in ("vspk", "vspk2", "vmic"):
        own_server.unplug(sink)
    qtbot.waitUntil(lambda: "Waiting for the sound input" in taking.banner.what.text(), timeout=10_000)
    assert taking.banner.works.text() == "The take goes on, with silence for the time without sound."
    assert taking.banner.close_button.text() == "Close", "one thing that happened is told once"
    assert taking.pages.live.state.text() == "No input"
    own_server.plug_in("vmic")
    qtbot.waitUntil(lambda: "is heard again" in taking.status.currentMessage(), timeout=10_000)
    assert not taking.banner.isVisible()
    heard = taking.pages.listening.heard.now
    qtbot.waitUntil(lambda: taking.pages.listening.heard.now > heard + 0.5, timeout=10_000)
    take = end_take(qtbot, taking)
    assert soundfile.info(take).duration > heard + 0.5
    (marker,) = load(take.with_suffix(".midlevel")).markers
    assert marker.text.startswith("input away for")
    assert was_responsive(beats)


def test_a_killed_server_costs_nothing_recorded_and_its_successor_is_heard(qtbot, own_server, taking, takes, beats):
    own_server.process.kill()
    own_server.process.wait()
    begun = time.monotonic()
    qtbot.waitUntil(lambda: "sound input" in taking.banner.what.text(), timeout=10_000)
    assert time.monotonic() - begun < 2.0
    with server.running(own_server.folder):
        qtbot.waitUntil(lambda: "is heard again" in taking.status.currentMessage(), timeout=20_000)
        take = end_take(qtbot, taking)
        sound, _ = soundfile.read(take)
        assert sound[: RATE // 2].any()
        assert was_responsive(beats)
        taking.close()


def test_a_frozen_server_is_noticed_and_the_take_ends_all_the_same(qtbot, own_server, taking, takes, beats):
    own_server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    qtbot.waitUntil(lambda: "Nothing comes from" in taking.banner.what.text(), timeout=10_000)
    assert time.monotonic() - begun < 2.0
    take = end_take(qtbot, taking)
    assert soundfile.info(take).duration > 1.0
    assert was_responsive(beats)
    own_server.process.send_signal(signal.SIGCONT)


def test_a_full_disk_ends_the_take_which_is_kept(qtbot, own_server, fed, store, takes, make_window):
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", takes], check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        window = make_window()
        qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: window.pages.listening.heard.now > 0.2, timeout=20_000)
        qtbot.keyClick(window, Qt.Key.Key_R)
        qtbot.waitUntil(lambda: "room for 0 min" in window.pages.live.room.text(), timeout=10_000)
        qtbot.waitUntil(lambda: window.pages.live.takes.rowCount() == 1, timeout=30_000)
        assert "the disk is full" in window.banner.what.text()
        assert window.banner.works.text() == "What was recorded is kept."
        (take,) = takes.glob("*.wav")
        assert soundfile.info(take).duration > 4.0
        assert window.controller.path == take  # as an ordinary recording
        window.close()
    finally:
        subprocess.run(["umount", "--lazy", takes], check=True)


@pytest.fixture
def start_app(own_server, fed, store, takes, tiny_model_path):
    """Start the window in a process of its own, recording; what it says, a line at a time, is how much it has heard."""
    store.sync()
    command = [sys.executable, "-m", "tests.app.gui.live_app", store.fileName(), str(tiny_model_path)]
    started = []

    def start():
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_until_heard(app, seconds):
    """Read what an app says until it has heard so much; return what it said last."""
    for line in app.stdout:
        if float(line) > seconds:
            return float(line)
    raise AssertionError("the app ended")


def test_a_killed_window_offers_its_take_back_with_a_second_missing_at_most(qtbot, start_app, takes, make_window):
    app = start_app()
    heard = wait_until_heard(app, 4.0)
    app.send_signal(signal.SIGKILL)
    app.wait()
    assert not list(takes.glob("take*[0-9].wav"))
    window = make_window()
    qtbot.waitUntil(lambda: window.pages.live is not None and window.pages.live.takes.rowCount() == 1)
    take = window.pages.listening._takes[0]
    assert "the take is whole again" in window.banner.what.text()
    assert take.path.name in window.banner.what.text()
    assert "list of takes" in window.banner.works.text()
    assert soundfile.info(take.path).duration > heard - 1.0
    assert take.seconds == pytest.approx(soundfile.info(take.path).duration)
    assert 1.0 <= take.articulation <= 10.0
    assert not list(takes.glob("*.unfinished.*"))


def test_the_program_ends_although_the_server_is_frozen(own_server, start_app, takes):
    app = start_app()
    wait_until_heard(app, 1.0)
    own_server.process.send_signal(signal.SIGSTOP)
    wait_until_heard(app, 1.2)
    app.send_signal(signal.SIGINT)
    begun = time.monotonic()
    app.wait(timeout=20.0)
    assert time.monotonic() - begun < 15.0
    own_server.process.send_signal(signal.SIGCONT)
    (take,) = takes.glob("take*.wav")
    assert soundfile.info(take).duration > 1.0


def test_an_input_that_comes_is_listened_to_where_there_was_none(qtbot, own_server, takes, make_window):
    own_server.process.kill()
    own_server.process.wait()
    window = make_window()
    window.intents.live_page.trigger()
    qtbot.waitUntil(lambda: "no sound input" in window.banner.what.text(), timeout=10_000)
    with server.running(own_server.folder):
        qtbot.waitUntil(lambda: window.pages.listening.heard.now > 0.2, timeout=15_000)
        window.close()
