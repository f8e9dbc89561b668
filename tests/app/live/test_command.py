"""The command `midlevel live`, as a process on a real sound server, and what is left of it whatever happens."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pythonosc.osc_message import OscMessage

import midlevel_app
from midlevel_app.analysis import analyse
from midlevel_app.audio.decode import open_audio
from midlevel_app.audio.take import unfinished_takes
from midlevel_app.cli import main
from midlevel_app.export import read_csv
from midlevel_app.features import NAMES
from midlevel_app.model import Model, find_model
from tests import sound_server as server
from tests.tones import piano_like
from tests.waiting import wait_for

RATE = 44100
ROOT = Path(midlevel_app.__file__).parent.parent
HEADER = "time," + ",".join(NAMES)
TOLERANCE = 1e-3 + 0.5e-3  # and rounding to the decimals of CSV


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Fourteen seconds of music in 16 bits."""
    path = tmp_path_factory.mktemp("live") / "played.wav"
    soundfile.write(path, piano_like(14.0, RATE, seed=8), RATE)
    return path


class Live:
    """The command, running; its standard error is read as it comes."""

    def __init__(self, *arguments, model=None, **options):
        chosen = [] if model is None else ["--model", str(model)]
        command = [sys.executable, "-m", "midlevel_app", "live", *chosen, *map(str, arguments)]
        self._log = tempfile.NamedTemporaryFile(mode="w+")  # noqa: SIM115  # closed by `end`
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=self._log, **options)

    def said(self):
        return Path(self._log.name).read_text(encoding="utf-8")

    def wait_to_say(self, words, limit=15.0):
        wait_for(lambda: words in self.said() or self.process.poll() is not None, limit)
        assert words in self.said(), self.said()

    def end(self, number=signal.SIGINT):
        """Send a signal; return exit status and what was said."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(15.0), self.said()


@pytest.fixture
def live(tiny_model_path):
    """Start the command; end it if the test did not."""
    started = []

    def start(*arguments, model=tiny_model_path, **options):
        started.append(Live(*arguments, model=model, **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
        if one.process.stdout is not None:
            one.process.stdout.close()
        one._log.close()


def rows(path):
    return path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []


def offline(path, model):
    with open_audio(path) as reader:
        return analyse(reader.blocks(), model)


# What it writes


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_the_rows_are_those_that_analyze_would_write_of_the_take(live, sound_server, played, tmp_path, kind):
    take, csv = tmp_path / f"take.{kind}", tmp_path / "take.csv"
    with sound_server.feed_microphone(played) as player:
        running = live("--device", "vmic", "--wav", take, "--csv", csv, model=find_model())
        player.wait()
        status, said = running.end()
    assert status == 0, said
    for path in (take, csv, f"{csv}.json"):
        assert f"wrote {path}" in said
    assert "0 dropouts, 0.0 s not analysed" in said
    found, whole = read_csv(csv), offline(take, Model(find_model()))
    np.testing.assert_allclose(found.times, whole.times, atol=1e-6)
    np.testing.assert_allclose(found.values, whole.values, atol=TOLERANCE)
    assert np.isfinite(found.values).sum() > 300
    origin = json.loads((tmp_path / "take.csv.json").read_text(encoding="utf-8"))
    assert origin["audio"]["live"]["device"] == "vmic"
    assert origin["audio"]["duration_seconds"] == pytest.approx(soundfile.info(take).duration, abs=1e-6)


def test_rows_come_while_it_is_played(live, sound_server, played):
    running = live("--device", "vmic", stdout=subprocess.PIPE, text=True)
    with sound_server.feed_microphone(played) as player:
        assert running.process.stdout.readline().rstrip() == HEADER
        first = running.process.stdout.readline()
        assert first.startswith("0.000000,")
        assert player.poll() is None
        found = [float(running.process.stdout.readline().split(",")[0]) for _ in range(60)]
        player.terminate()
    assert np.diff(found) == pytest.approx(0.1, abs=1e-5)
    running.process.send_signal(signal.SIGINT)
    rest = running.process.stdout.read()
    assert running.process.wait(10.0) == 0
    assert rest.endswith("\n")
    assert running.said().count("wrote") == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_end_are_clean(live, sound_server, tmp_path, number):
    running = live("--device", "vmic", "--wav", tmp_path / "take.wav", "--csv", tmp_path / "take.csv")
    running.wait_to_say("Listening to vmic at 44100 Hz")
    wait_for(lambda: len(rows(tmp_path / "take.csv")) > 2)
    status, said = running.end(number)
    assert status == 0, said
    assert soundfile.info(tmp_path / "take.wav").frames > RATE
    assert len(rows(tmp_path / "take.csv")) == 1 + int(soundfile.info(tmp_path / "take.wav").duration * 10 + 1e-9)


def test_it_ends_by_itself(live, sound_server, tmp_path):
    running = live("--seconds", "1.5", "--wav", tmp_path / "take.flac", "--csv", tmp_path / "take.csv")
    status, said = running.end(None)
    assert status == 0, said
    assert soundfile.info(tmp_path / "take.flac").frames == round(1.5 * RATE)
    assert len(rows(tmp_path / "take.csv")) == 16


def test_rows_are_sent_by_osc(live, sound_server, played):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10.0)
        address = f"localhost:{listener.getsockname()[1]}"
        running = live("--device", "vmic", "--osc", address, stdout=subprocess.PIPE)
        with sound_server.feed_microphone(played) as player:
            found = []
            while len(found) < 60:
                found.append(OscMessage(listener.recv(4096)))
            player.terminate()
        running.process.send_signal(signal.SIGINT)
        assert running.process.stdout.read() == b""
        assert running.process.wait(10.0) == 0
    assert {message.address for message in found} == {"/midlevel", "/midlevel/none"}
    assert [message.params[0] for message in found] == pytest.approx(np.arange(60) / 10, abs=1e-4)
    assert all(len(message.params) == (8 if message.address == "/midlevel" else 1) for message in found)


def test_nobody_reads_any_more(live, sound_server, tmp_path):
    running = live("--device", "vmic", "--wav", tmp_path / "take.wav", "--csv", "-", stdout=subprocess.PIPE)
    running.process.stdout.readline()
    running.process.stdout.close()
    running.process.stdout = None
    assert running.process.wait(15.0) == 1
    assert "Error" not in running.said()
    assert soundfile.info(tmp_path / "take.wav").frames > 0


# What it refuses


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--wav", "take.mp3"), "is to end in .wav or .flac"),
        (("--seconds", "0"), "0 is no length of time"),
        (("--osc", "9000"), "no HOST:PORT"),
        (("--osc", "here:70000"), "no HOST:PORT"),
        (("--force",), "--force replaces files"),
    ],
)
def test_wrong_calls(capsys, arguments, words):
    with pytest.raises(SystemExit) as end:
        main(["live", *arguments])
    assert end.value.code == 2
    assert words in capsys.readouterr().err


def test_a_wrong_name_lists_the_names(sound_server, tiny_model_path, capfdbinary):
    assert main(["live", "--model", str(tiny_model_path), "--device", "cellar"]) == 1
    printed = capfdbinary.readouterr()
    assert printed.out == b""
    assert b"no sound input called cellar" in printed.err
    assert b"vmic" in printed.err


def test_files_are_replaced_only_when_asked(sound_server, tiny_model_path, tmp_path, capfdbinary):
    take, csv = tmp_path / "take.wav", tmp_path / "take.csv"
    call = ["live", "--model", str(tiny_model_path), "--seconds", "0.3"]
    take.write_text("kept")
    assert main([*call, "--wav", str(take), "--csv", str(csv)]) == 1
    assert b"exists already" in capfdbinary.readouterr().err
    take.rename(csv)
    assert main([*call, "--wav", str(take), "--csv", str(csv)]) == 1
    assert b"exists already" in capfdbinary.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["kept"]
    shutil.copy(csv, take)
    assert main([*call, "--wav", str(take), "--csv", str(csv), "--force"]) == 0
    assert soundfile.info(take).frames == round(0.3 * RATE)
    assert rows(csv) == ["0.000000,,,,,,,", "0.100000,,,,,,,", "0.200000,,,,,,,", "0.300000,,,,,,,"]


def test_devices_are_listed(sound_server, capfdbinary):
    assert main(["devices"]) == 0
    inputs, outputs = capfdbinary.readouterr().out.decode().split("outputs:\n")
    assert inputs.startswith("inputs:\n")
    for part in (inputs, outputs):
        assert "\n  vmic  44100 Hz, 32 channels\n" in f"\n{part}"
        assert "* default  " in part


def test_no_devices_are_listed(own_server):
    own_server.process.kill()
    own_server.process.wait()
    answer = subprocess.run(
        [sys.executable, "-m", "midlevel_app", "devices"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (0, "inputs:\n  none\noutputs:\n  none\n")


# Faults


def test_a_killed_server_is_waited_for_by_name(live, own_server, played, tmp_path):
    """The second server uses the folder of the first, so that the command finds it where the first was."""
    take = tmp_path / "take.wav"
    running = live("--device", "vmic", "--wav", take, "--csv", tmp_path / "take.csv")
    running.wait_to_say("Listening")
    own_server.process.kill()
    own_server.process.wait()
    begun = time.monotonic()
    running.wait_to_say("went away")
    assert time.monotonic() - begun < 2.0
    running.wait_to_say("Waiting for the sound input vmic")
    with server.running(own_server.folder) as again, again.feed_microphone(played) as player:
        running.wait_to_say("vmic is heard again")
        time.sleep(1.0)
        status, said = running.end()
        player.terminate()
    assert status == 0, said
    assert "1 dropout" in said
    sound, _ = soundfile.read(take)
    assert sound[-RATE // 2 :].any()
    assert (tmp_path / "take.midlevel").exists()
    assert len(rows(tmp_path / "take.csv")) == 1 + int(len(sound) / RATE * 10 + 1e-9)


def test_a_frozen_server_is_noticed_and_the_command_ends(live, own_server, tmp_path):
    running = live("--device", "vmic", "--wav", tmp_path / "take.wav", "--csv", tmp_path / "take.csv")
    running.wait_to_say("Listening")
    wait_for(lambda: len(rows(tmp_path / "take.csv")) > 2)
    own_server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    running.wait_to_say("Nothing comes from vmic")
    assert time.monotonic() - begun < 2.0
    running.wait_to_say("The sound system does not answer")
    begun = time.monotonic()
    status, said = running.end()
    assert time.monotonic() - begun < 3.0
    assert status == 0, said
    assert soundfile.info(tmp_path / "take.wav").duration > 3.0
    assert (tmp_path / "take.csv.json").exists()


def test_a_frozen_server_at_the_start_is_told(live, own_server):
    own_server.process.send_signal(signal.SIGSTOP)
    running = live("--device", "vmic")
    status, said = running.end(None)
    assert status == 1
    assert "The sound system does not answer" in said


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_killed_command_loses_less_than_a_second(live, sound_server, played, tmp_path, kind):
    take, csv = tmp_path / f"take.{kind}", tmp_path / "take.csv"
    running = live("--device", "vmic", "--wav", take, "--csv", csv)
    running.wait_to_say("Listening")
    with sound_server.feed_microphone(played) as player:
        wait_for(lambda: len(rows(csv)) > 30)
        running.end(signal.SIGKILL)
        player.terminate()
    assert not take.exists()
    (left,) = unfinished_takes(tmp_path)
    with open_audio(left) as reader:
        before = sum(len(block.samples) for block in reader.blocks())
    described = float(rows(csv)[-1].split(",")[0]) + 1.4  # a row is known when the half field behind it was heard
    assert before / RATE > described - 1.0
    last = rows(csv)[-1]
    assert last.count(",") == 7
    again = live("--device", "vmic", "--wav", tmp_path / "next.wav", "--seconds", "0.5")
    status, said = again.end(None)
    assert status == 0, said
    assert f"{take} had been left unfinished, and is whole now" in said
    sound, _ = soundfile.read(take)
    assert len(sound) / RATE > described - 0.2
    music, _ = soundfile.read(played)
    begin = np.flatnonzero(sound.any(axis=1))[0] - np.flatnonzero(music.any(axis=1))[0]
    assert np.abs(sound[begin:] - music[: len(sound) - begin]).max() < 1e-4


def test_a_full_disk_ends_it_cleanly(live, sound_server, played):
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a disk")
    folder = Path(tempfile.mkdtemp())
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        with sound_server.feed_microphone(played) as player:
            running = live("--device", "vmic", "--wav", folder / "take.wav", "--csv", folder / "take.csv")
            status, said = running.end(None)
            player.terminate()
        assert status == 1
        assert "the disk is full" in said
        assert f"wrote {folder / 'take.wav'}" in said
        assert "room for 0:0" in said
        duration = soundfile.info(folder / "take.wav").duration
        assert 4.0 < duration < 8.0
        assert len(rows(folder / "take.csv")) == 1 + int(duration * 10 + 1e-9)
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()
