"""What all tests share: no screen, no real sound device, nobody's settings, and the fixtures."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import soundfile

from tests import sound_server as server
from tests.tones import piano_like

_ROOT = Path(__file__).resolve().parent.parent
_sandbox = pytest.StashKey[Path]()


def pytest_configure(config):
    """Set the environment before anything reads it: Qt, PortAudio and OpenMP read theirs when imported."""
    sandbox = Path(tempfile.mkdtemp(prefix="midlevel-"))  # short: the path of a socket has a limit
    config.stash[_sandbox] = sandbox
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        folder = sandbox / name.lower()
        folder.mkdir(mode=0o700)
        os.environ[f"XDG_{name}"] = str(folder)
    os.environ.update(server.environment(sandbox))


def pytest_unconfigure(config):
    shutil.rmtree(config.stash[_sandbox], ignore_errors=True)


@pytest.fixture(scope="session")
def kit():
    """Folder of the data kit."""
    folder = Path(os.environ.get("MIDLEVEL_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the data kit is not at {folder}: name its folder in MIDLEVEL_DATA")
    return folder


@pytest.fixture(scope="session")
def sound_server(pytestconfig):
    """Run a sound server whose speaker and microphone are the default devices."""
    if not server.can_run():
        pytest.skip("needs PulseAudio: install pulseaudio and pulseaudio-utils")
    with server.running(pytestconfig.stash[_sandbox]) as running:
        if "sounddevice" in sys.modules:  # it listed the devices when it was imported, before there were any
            sounddevice = sys.modules["sounddevice"]
            sounddevice._terminate()
            sounddevice._initialize()
        yield running


@pytest.fixture(scope="session")
def recording(tmp_path_factory):
    """Eight seconds of piano-like sound: a stereo WAV file at 44.1 kHz."""
    path = tmp_path_factory.mktemp("recording") / "recording.wav"
    soundfile.write(path, piano_like(8.0, 44100), 44100)
    return path
