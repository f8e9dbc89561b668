"""The open recording's file goes away, comes back, or is another one: the window says so, and nothing is lost."""

import json
import shutil

import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from midlevel_app.files import file_sha256
from midlevel_app.markers import Marker
from midlevel_app.session import Session, load, save
from tests.app.gui.conftest import wait_until_read
from tests.tones import piano_like


@pytest.fixture
def own(tmp_path, recording):
    """A recording in a folder of its own, which a test may take away."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return shutil.copy(recording, folder / "own.wav")


@pytest.fixture
def window(qtbot, make_window, own):
    """A window that has read it."""
    window = make_window(own)
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: window.controller.sha256 is not None)
    return window


def told(qtbot, window, part):
    qtbot.waitUntil(lambda: window.banner.isVisible() and part in window.banner.what.text(), timeout=5000)
    return window.banner.works.text()


def test_a_file_that_is_deleted_is_said_and_its_curves_stay(qtbot, window, own, tmp_path, monkeypatch):
    before = file_sha256(own)
    own.unlink()
    assert "markers" in told(qtbot, window, "own.wav was moved or deleted")
    assert window.intents.export.isEnabled()
    target = own.with_suffix(".csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(tmp_path / "s.midlevel"), ""))
    qtbot.keyClick(window, Qt.Key.Key_Semicolon)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert json.loads((tmp_path / "s.midlevel").read_text())["audio"]["sha256"] == before
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(target.exists)
    assert json.loads(target.with_suffix(".csv.json").read_text())["audio"]["sha256"] == before


def test_a_file_that_comes_back_can_be_played_again(qtbot, window, own):
    away = own.with_name("away.wav")
    own.rename(away)
    told(qtbot, window, "was moved or deleted")
    away.rename(own)
    qtbot.waitUntil(window.banner.isHidden, timeout=5000)


def test_playing_a_file_that_is_gone_says_so(qtbot, window, own):
    own.parent.rename(own.parent.with_name("removed"))  # as when a disk is removed: the file itself sees nothing
    qtbot.keyClick(window, Qt.Key.Key_Space)
    told(qtbot, window, "own.wav")
    assert window.lanes.headers[0].text != ""
    qtbot.waitUntil(lambda: not window.controller.player_state().playing)


def test_a_file_that_is_replaced_is_said(qtbot, window, own):
    soundfile.write(own, piano_like(9.0, 22050, seed=5), 22050)
    assert "Open it again" in told(qtbot, window, "changed or replaced")


def test_a_file_deleted_while_it_is_read_is_read_to_its_end(qtbot, make_window, long_recording, tmp_path):
    own = shutil.copy(long_recording, tmp_path / "own.flac")
    window = make_window(own)
    qtbot.waitUntil(lambda: window.controller.recording is not None and window.controller.recording.described > 0)
    own.unlink()
    told(qtbot, window, "own.flac")
    wait_until_read(qtbot, window)
    assert window.controller.exportable


def test_a_session_whose_recording_is_another_one_says_so_and_keeps_its_markers(qtbot, make_window, own, tmp_path):
    path = own.with_name("work.midlevel")
    save(path, Session(own, "0" * 64, 8.0, "tiny", "none", markers=(Marker(1.0, "here"),)))
    window = make_window(path)
    told(qtbot, window, "own.wav is not the recording that this session was made with")
    assert window.controller.marks.markers == (Marker(1.0, "here"),)


def test_a_session_with_its_own_recording_says_nothing(qtbot, make_window, own):
    path = own.with_name("work.midlevel")
    save(path, Session(own, file_sha256(own), 8.0, "tiny", "none", selection=(1.0, 50.0)))
    window = make_window(path)
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: window.controller.sha256 is not None)
    assert window.banner.isHidden()
    assert load(path).selection == (1.0, 50.0)
    assert window.controller.marks.selection == (1.0, window.controller.extent)
