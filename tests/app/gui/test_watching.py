"""The recording's file goes away, changes or comes back while it is open: curves and markers stay, and it is told."""

import hashlib
import json
import os
import shutil
import subprocess
import threading

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from midlevel_app.errors import AudioFileError
from midlevel_app.gui.exportdialog import ExportDialog
from midlevel_app.session import load
from midlevel_app.stamp import take_stamp
from tests.app.audio_files import write_audio
from tests.app.gui.conftest import wait_until_read
from tests.tones import piano_like

CONTROL = Qt.KeyboardModifier.ControlModifier
PLACE = "held"  # the folder that goes away


@pytest.fixture(autouse=True)
def _watch_closely(monkeypatch):
    monkeypatch.setattr("midlevel_app.gui.watching.WATCH_MS", 50)


@pytest.fixture
def audio(recording, tmp_path):
    (tmp_path / PLACE).mkdir()
    return shutil.copy(recording, tmp_path / PLACE / "music.wav")


@pytest.fixture
def window(qtbot, make_window, audio):
    """A window on the recording, all of it read and identified."""
    made = make_window(audio)
    wait_until_read(qtbot, made)
    qtbot.waitUntil(lambda: made.controller.recording.sha256 is not None)
    return made


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state(window):
    return window.controller.player_state()


def told(qtbot, window, text):
    qtbot.waitUntil(lambda: window.banner.isVisible() and text in window.banner.what.text(), timeout=8000)
    assert "music" in window.banner.what.text()


def move_folder(path):
    path.parent.rename(path.parent.with_name("elsewhere"))


def move_folder_back(path, content):
    path.parent.with_name("elsewhere").rename(path.parent)


def delete(path):
    path.unlink()


def truncate(path):
    os.truncate(path, 100_000)


def empty(path):
    os.truncate(path, 0)


def replace(path):
    soundfile.write(path.with_name("other.wav"), piano_like(5.0, 22050, seed=9), 22050)
    path.with_name("other.wav").replace(path)


def copy_back(path, content):
    """Content as before, but another file of another time."""
    path.with_name("copy.wav").write_bytes(content)
    path.with_name("copy.wav").replace(path)


LOSSES = [
    (move_folder, move_folder_back, "is no longer there"),
    (delete, copy_back, "is no longer there"),
    (truncate, copy_back, "has changed"),
    (empty, copy_back, "has changed"),
    (replace, copy_back, "has changed"),
]


@pytest.mark.parametrize(("lose", "give_back", "text"), LOSSES)
def test_while_nothing_happens_it_is_told_and_forgotten_once_it_is_back(
    qtbot, window, audio, capfd, lose, give_back, text
):
    content = audio.read_bytes()
    values = window.controller.recording.curves().values
    window.controller.marks.add(3.0)
    lose(audio)
    told(qtbot, window, text)
    assert "urves" in window.banner.works.text()
    assert np.array_equal(window.controller.recording.curves().values, values, equal_nan=True)
    assert len(window.controller.marks.markers) == 1
    assert window.intents.export.isEnabled()
    window.banner.close_button.click()
    qtbot.wait(300)
    assert not window.banner.isVisible(), "it is told once"
    give_back(audio, content)
    qtbot.waitUntil(lambda: window.watching.state.value == "same", timeout=8000)
    lose(audio)
    told(qtbot, window, text)
    give_back(audio, content)
    qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=8000)
    assert "Traceback" not in capfd.readouterr().err


def test_a_disk_that_does_not_answer_ends_no_watching_of_others(qtbot, make_window, recording, audio, monkeypatch):
    hanging = threading.Event()
    window = make_window(recording)
    wait_until_read(qtbot, window)
    monkeypatch.setattr("midlevel_app.gui.watching.take_stamp", lambda path: hanging.wait(30.0) and None)
    qtbot.waitUntil(lambda: window.watching._looker is not None, timeout=10_000)
    monkeypatch.setattr("midlevel_app.gui.watching.take_stamp", take_stamp)
    window.opening.open([audio])
    wait_until_read(qtbot, window)
    audio.unlink()
    qtbot.waitUntil(window.banner.isVisible, timeout=10_000)
    hanging.set()
    assert "is no longer there" in window.banner.what.text()


def test_a_file_that_was_only_touched_is_the_same(qtbot, window, audio):
    os.utime(audio)
    before = window.controller.recording.stamp
    qtbot.waitUntil(lambda: window.controller.recording.stamp != before, timeout=8000)
    assert not window.banner.isVisible()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
def test_a_disk_that_is_removed(qtbot, sound_server, make_window, recording, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    try:
        window = make_window(shutil.copy(recording, disk / "music.wav"))
        wait_until_read(qtbot, window)
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: state(window).position > 0.3, timeout=8000)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    told(qtbot, window, "is no longer there")
    assert window.intents.export.isEnabled()


# Playing and seeking


@pytest.mark.parametrize(("lose", "give_back", "text"), LOSSES[:4])
def test_playing_ends_cleanly_and_goes_on_once_it_is_back(
    qtbot, sound_server, window, audio, capfd, lose, give_back, text
):
    content = audio.read_bytes()
    lose(audio)
    told(qtbot, window, text)
    window.controller.seek(4.0)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(window).error is not None and not state(window).playing, timeout=8000)
    qtbot.waitUntil(lambda: window.intents.play.text() == "Play")
    assert "curves still work" in window.banner.works.text()
    give_back(audio, content)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: 4.3 < state(window).position < 6.0, timeout=8000)
    qtbot.waitUntil(lambda: not window.banner.isVisible())
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
@pytest.mark.parametrize("lose", [move_folder, delete, truncate, empty, replace])
def test_lost_while_it_plays_and_is_gone_through(qtbot, sound_server, make_window, recording, tmp_path, suffix, lose):
    (tmp_path / PLACE).mkdir()
    path = write_audio(tmp_path / PLACE / f"music.{suffix}", soundfile.read(recording)[0], 44100)
    window = make_window(path)
    wait_until_read(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(window).position > 0.2, timeout=8000)
    lose(path)
    told(qtbot, window, "")
    for seconds in (6.0, 0.0, 3.0):
        window.controller.seek(seconds)
        qtbot.waitUntil(lambda start=seconds: not state(window).playing or state(window).position > start, timeout=8000)
        assert state(window).playing or isinstance(state(window).error, AudioFileError)
    if state(window).playing:
        qtbot.keyClick(window, Qt.Key.Key_Space)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    write_audio(path, soundfile.read(recording)[0], 44100)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: 3.1 < state(window).position < 5.0, timeout=8000)


# Reading


@pytest.mark.parametrize("lose", [move_folder, delete])
def test_lost_while_it_is_read_it_is_read_to_its_end(qtbot, make_window, long_recording, tmp_path, lose):
    (tmp_path / PLACE).mkdir()
    path = shutil.copy(long_recording, tmp_path / PLACE / "music.flac")
    window = make_window(path)
    qtbot.waitUntil(lambda: window.controller.recording.described > 10, timeout=20_000)
    window.controller.marks.add(3.0)
    lose(path)
    told(qtbot, window, "is no longer there")
    window.controller.seek(250.0)  # which is described ahead, if it can be
    wait_until_read(qtbot, window)
    assert window.controller.recording.facts.duration == pytest.approx(300.0)
    assert len(window.controller.marks.markers) == 1


@pytest.mark.parametrize("lose", [truncate, empty])
def test_cut_while_it_is_read_what_was_read_stays(qtbot, make_window, long_recording, tmp_path, lose):
    path = shutil.copy(long_recording, tmp_path / "music.flac")
    window = make_window(path)
    qtbot.waitUntil(lambda: window.controller.recording.described > 10, timeout=20_000)
    lose(path)
    told(qtbot, window, "")
    wait_until_read(qtbot, window)
    told(qtbot, window, "")
    assert window.controller.recording.described > 10
    assert window.intents.export.isEnabled()


@pytest.fixture
def stopped(qtbot, make_window, long_recording, tmp_path):
    """A window on a recording of which a part was read."""
    path = shutil.copy(long_recording, tmp_path / "music.flac")
    window = make_window(path)
    qtbot.waitUntil(lambda: window.controller.recording.described > 10, timeout=20_000)
    window.status.stop.click()
    qtbot.waitUntil(lambda: window.controller.recording.stopped, timeout=20_000)
    qtbot.waitUntil(lambda: window.controller.recording.sha256 is not None)
    return window


@pytest.mark.parametrize(
    ("lose", "text"), [(delete, "is not there"), (truncate, "has changed"), (empty, "has changed")]
)
def test_read_again_in_vain_keeps_what_was_read(qtbot, stopped, lose, text):
    controller = stopped.controller
    controller.marks.add(3.0)
    values = controller.recording.curves().values
    lose(controller.path)
    told(qtbot, stopped, "")
    stopped.banner.close_button.click()
    stopped.status.stop.click()
    told(qtbot, stopped, text)
    qtbot.waitUntil(lambda: not controller.reading)
    assert np.array_equal(controller.recording.curves().values, values, equal_nan=True)
    assert len(controller.marks.markers) == 1
    assert stopped.intents.export.isEnabled()
    assert stopped.status.stop.text() == "Go on"


def test_read_again_reads_all(qtbot, stopped):
    stopped.controller.marks.add(3.0)
    stopped.status.stop.click()
    wait_until_read(qtbot, stopped)
    assert stopped.controller.recording.described > 290
    assert stopped.stage._recording is stopped.controller.recording
    assert len(stopped.controller.marks.markers) == 1


# Exporting and saving


@pytest.mark.parametrize("lose", [move_folder, delete, truncate, replace])
def test_export_and_session_name_the_recording_that_was_read(qtbot, window, audio, monkeypatch, tmp_path, lose):
    before = sha256(audio)
    qtbot.keyClick(window, Qt.Key.Key_Semicolon)
    lose(audio)
    told(qtbot, window, "")
    files = iter([str(tmp_path / "out.csv"), str(tmp_path / "work.midlevel")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (next(files), ""))
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    with qtbot.waitSignal(window.controller.exported, timeout=8000):
        qtbot.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert json.loads((tmp_path / "out.csv.json").read_text())["audio"]["sha256"] == before
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    content = json.loads((tmp_path / "work.midlevel").read_text())
    assert content["audio"]["sha256"] == before
    assert len(content["markers"]) == 1
    assert not window.isWindowModified()


def test_a_session_that_cannot_be_written_is_told(qtbot, window, audio, monkeypatch, tmp_path):
    qtbot.keyClick(window, Qt.Key.Key_Semicolon)
    delete(audio)
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "work.midlevel"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(target), ""))
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: "work.midlevel" in window.banner.what.text())
    assert window.isWindowModified()


def test_a_session_saved_before_the_hash_is_known_gets_it(qtbot, make_window, audio, monkeypatch, tmp_path):
    go = threading.Event()
    monkeypatch.setattr("midlevel_app.gui.watching.file_blocks", lambda file: go.wait(10) and iter([file.read()]))
    window = make_window(audio)
    wait_until_read(qtbot, window)
    path = tmp_path / "work.midlevel"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(path), ""))
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert load(path).sha256 is None
    go.set()
    qtbot.waitUntil(lambda: load(path).sha256 == sha256(audio), timeout=8000)
