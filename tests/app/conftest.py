"""Fixtures of the app's tests: models, a folder anyone may enter, a sound server that a test may break."""

import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from midlevel_app.audio import devices
from midlevel_app.model import Model
from tests import sound_server as server
from tests.app.tiny_model import write_tiny_model
from tests.waiting import wait_for


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory):
    """File of a model for tests that must not depend on the shipped weights."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="session")
def tiny_model(tiny_model_path):
    """The same model, loaded."""
    return Model(tiny_model_path)


@pytest.fixture(scope="session")
def spread_model(tmp_path_factory):
    """The same model with a spread, loaded."""
    return Model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx", spread=True))


@pytest.fixture
def open_folder():
    """Folder that every user of the system may look into, which `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(tmp_path_factory, monkeypatch):
    """A sound server for this test alone, which it may kill."""
    if not server.can_run():
        pytest.skip("needs PulseAudio: install pulseaudio and pulseaudio-utils")
    folder = tmp_path_factory.mktemp("pa")
    for name, value in server.environment(folder).items():
        monkeypatch.setenv(name, value)
    with server.running(folder) as running:
        devices.rescan()
        yield running
        running.process.send_signal(signal.SIGCONT)
    wait_for(lambda: not devices.hanging())
    monkeypatch.undo()
    devices.rescan()
