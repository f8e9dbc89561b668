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


@pytest.mark.parametrize("line", commands("midlevel"))
def test_commands_on_recordings(music, line, monkeypatch, capfdbinary):
    monkeypatch.chdir(music)
    assert midlevel(shlex.split(line)) == 0
    printed = capfdbinary.readouterr()
    assert printed.out or b"wrote" in printed.err


@pytest.mark.parametrize("line", commands("training"))
def test_commands_of_training_are_understood(line):
    parse_arguments(shlex.split(line))


def test_there_are_commands():
    assert len(commands("midlevel")) >= 5
    assert len(commands("training")) >= 5


def test_python_runs(music):
    (code,) = blocks("python")
    answer = subprocess.run([sys.executable, "-c", code], cwd=music, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_pictures_are_there():
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (Path(__file__).resolve().parent.parent / name).is_file()
