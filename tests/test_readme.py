"""What the README prints works as printed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from midlevel_app.cli import main as midlevel
from training.__main__ import parse_arguments

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands(name):
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line.removeprefix(f"./run {name} ") for line in lines if line.startswith(f"./run {name} ")]


@pytest.fixture(scope="module")
def music(recording, tmp_path_factory):
    """The files that the README speaks of."""
    folder = tmp_path_factory.mktemp("readme")
    samples, rate = soundfile.read(recording)
    (folder / "recordings" / "live").mkdir(parents=True)
    for name in ("recording.flac", "a.mp3", "recordings/one.ogg", "recordings/live/two.wav"):
        soundfile.write(folder / name, samples, rate)
    (folder / "b.m4a").write_bytes((folder / "recording.flac").read_bytes())  # misnamed, as files are
    return folder


ON_DEVICES = [line for line in commands("midlevel") if line.split()[0] in {"live", "devices"}]


@pytest.mark.parametrize("line", [line for line in commands("midlevel") if line not in ON_DEVICES])
def test_commands_on_recordings(music, line, monkeypatch, capfdbinary):
    monkeypatch.chdir(music)
    assert midlevel(shlex.split(line)) == 0
    printed = capfdbinary.readouterr()
    assert printed.out or b"wrote" in printed.err


@pytest.mark.parametrize("line", ON_DEVICES)
def test_commands_on_devices(sound_server, tmp_path, line, monkeypatch, capfdbinary):
    """Shorter than printed, and on the microphone there is."""
    monkeypatch.chdir(tmp_path)
    asked = line.replace('"USB Audio"', "vmic")
    assert midlevel(shlex.split(re.sub(r"--seconds \d+", "--seconds 0.5", asked))) == 0
    printed = capfdbinary.readouterr()
    assert printed.out or b"heard 0:0" in printed.err


@pytest.mark.parametrize("line", commands("training"))
def test_commands_of_training_are_understood(line):
    parse_arguments(shlex.split(line))


def test_there_are_commands():
    assert len(commands("midlevel")) >= 5
    assert len(ON_DEVICES) >= 4
    assert len(commands("training")) >= 5


def test_python_runs(music):
    (code,) = blocks("python")
    answer = subprocess.run([sys.executable, "-c", code], cwd=music, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_pictures_are_there():
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (Path(__file__).resolve().parent.parent / name).is_file()
