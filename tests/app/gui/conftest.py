"""Fixtures of the window's tests: windows with their own settings and the tiny model, closed cleanly after."""

import threading

import pytest
import soundfile
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMessageBox

from midlevel_app.gui.window import MainWindow
from tests.tones import piano_like


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    """Each test has its own cache, so that none finds what another analysed."""
    monkeypatch.setattr("midlevel_app.cache.user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # below which takes are kept


@pytest.fixture(autouse=True)
def _no_question_waits(monkeypatch):
    """No dialog waits for a user who is not there: what is not asked for is discarded."""
    monkeypatch.setattr(QMessageBox, "question", lambda *asked: QMessageBox.StandardButton.Discard)


@pytest.fixture(autouse=True)
def _model(monkeypatch, tiny_model_path):
    monkeypatch.setattr("midlevel_app.model.find_model", lambda *name: tiny_model_path)


@pytest.fixture
def store(tmp_path):
    """Settings of nobody."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def make_window(qtbot, store):
    """Make a shown window; it opens a recording if one is given. Each is closed, and must leave no thread."""
    made = []

    def make(path=None):
        window = MainWindow(store)
        made.append(window)
        window.show()
        window.load(*([] if path is None else [path]))
        qtbot.waitUntil(lambda: window.controller.card is not None or window.banner.isVisible(), timeout=20_000)
        return window

    yield make
    for window in made:
        window.close()
        assert window.clean_end
        qtbot.waitUntil(lambda window=window: not window.controller._threads)
        window.deleteLater()
    assert "midlevel-player" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def opened(qtbot, make_window, recording):
    """Open a window on the recording and wait until all is read."""
    window = make_window(recording)
    wait_until_read(qtbot, window)
    return window


@pytest.fixture(scope="session")
def long_recording(tmp_path_factory):
    """Five minutes of music, which take a while to read."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    minute = piano_like(60.0, 22050, seed=3)
    with soundfile.SoundFile(path, "w", 22050, 2) as file:
        for _ in range(5):
            file.write(minute)
    return path


def wait_until_read(qtbot, window):
    """Wait until the recording that is open was read."""
    qtbot.waitUntil(
        lambda: window.controller.recording is not None and window.controller.recording.finished, timeout=30_000
    )
    qtbot.waitUntil(lambda: not window.lanes._redraw.isActive())
