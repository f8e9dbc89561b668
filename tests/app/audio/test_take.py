"""Takes on disk: exact, readable while they are recorded, and whole after a kill or on a full disk."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from midlevel_app.audio import take as takes
from midlevel_app.audio.decode import open_audio
from midlevel_app.audio.take import Take, check_take, mended, unfinished_name, unfinished_takes
from midlevel_app.audio.takefiles import as_read, quantised, wav_header
from midlevel_app.errors import AudioFileError, DiskFullError, ExportError

RATE = 44100
ROOT = Path(takes.__file__).parent.parent.parent
KINDS = ("wav", "flac")


def noise(seconds, channels=2, seed=0):
    random = np.random.default_rng(seed)
    return quantised(random.uniform(-0.5, 0.5, (round(seconds * RATE), channels)).astype(np.float32))


def write(path, samples, blocks=7, **options):
    made = Take(path, RATE, samples.shape[1], **options)
    for block in np.array_split(samples, blocks):
        made.write(block)
    return made


def decoded(path):
    with open_audio(path) as reader:
        return np.concatenate([block.samples for block in reader.blocks()])


@pytest.fixture
def small_disk():
    """A disk of 3 MB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a disk")
    folder = Path(tempfile.mkdtemp())
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=False)
    if made.returncode:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


# What is written


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_take_is_read_back_exactly(tmp_path, kind, channels):
    samples = noise(2.5, channels)[:-1]  # an odd number of bytes
    samples[:4] = [[-(1 << 23)] * channels, [(1 << 23) - 1] * channels, [0] * channels, [1] * channels]
    made = write(tmp_path / f"take.{kind}", samples)
    assert made.frames == len(samples)
    assert made.finish() == tmp_path / f"take.{kind}"
    assert [path.name for path in tmp_path.iterdir()] == [f"take.{kind}"]
    facts = soundfile.info(tmp_path / f"take.{kind}")
    assert (facts.samplerate, facts.channels, facts.subtype, facts.frames) == (RATE, channels, "PCM_24", len(samples))
    assert (decoded(tmp_path / f"take.{kind}") == as_read(samples)).all()


def test_samples_are_rounded_clipped_and_always_numbers():
    given = np.array([[0.3, -0.3], [1.5, -1.5], [np.nan, np.inf], [2.0**-23, -(2.0**-25)]], dtype=np.float32)
    back = as_read(quantised(given))
    assert np.abs(back[0] - given[0]).max() <= 2.0**-24
    assert (back[1] == [1 - 2.0**-23, -1.0]).all()
    assert (back[2] == [0.0, 1 - 2.0**-23]).all()
    assert (back[3] == [2.0**-23, 0.0]).all()
    assert (quantised(back) == quantised(given)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_take_leaves_nothing(tmp_path, kind):
    assert Take(tmp_path / f"take.{kind}", RATE, 2).finish() is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_made(tmp_path):
    assert write(tmp_path / "today" / "take.wav", noise(0.1)).finish() == tmp_path / "today" / "take.wav"


def test_a_take_of_more_than_four_gigabytes(tmp_path):
    """Its middle is a hole in the file: it takes no room on the disk."""
    path = tmp_path / "long.unfinished.wav"
    frames = (5 << 30) // 6
    last = noise(1.0)
    with path.open("wb") as file:
        file.write(wav_header(RATE, 2, None))
        file.seek(80 + 6 * (frames - len(last)))
        file.write(last.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    assert mended(path) == tmp_path / "long.wav"
    assert soundfile.info(tmp_path / "long.wav").frames == frames
    with open_audio(tmp_path / "long.wav") as reader:
        assert reader.duration == pytest.approx(frames / RATE)
        reader.seek((frames - len(last)) / RATE)
        assert (np.concatenate([block.samples for block in reader.blocks()]) == as_read(last)).all()


# While it is recorded


def test_any_program_reads_what_was_synced_so_far(tmp_path):
    samples = noise(2.6)
    made = write(tmp_path / "take.wav", samples, blocks=26)
    assert made.path == tmp_path / "take.unfinished.wav"
    assert not (tmp_path / "take.wav").exists()
    read, _ = soundfile.read(made.path, dtype="float32")
    assert 1.6 * RATE < len(read) <= made.frames
    assert (read == as_read(samples[: len(read)])).all()
    made.finish()


def test_room_is_told_before_and_while_recording(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(0, 0, 10**9 + (1 << 16)))
    made = Take(tmp_path / "take.flac", RATE, 2)
    assert made.seconds_left() == pytest.approx(10**9 / (RATE * 6))
    for _ in range(12):
        made.write(np.zeros((RATE, 2), dtype=np.int32))
    assert made.seconds_left() > 100 * 10**9 / (RATE * 6)  # silence takes little
    assert made.seconds == 12
    made.finish()


def test_a_name_is_used_once(tmp_path):
    made = write(tmp_path / "take.wav", noise(0.1))
    with pytest.raises(ExportError, match="is being recorded already"):
        Take(tmp_path / "take.wav", RATE, 2)
    (tmp_path / "take.wav").write_text("came meanwhile")
    assert made.finish() == tmp_path / "take-2.wav"
    with pytest.raises(ExportError, match=r"exists already.*--force"):
        Take(tmp_path / "take.wav", RATE, 2)
    with pytest.raises(ExportError, match=r"let it end in .wav or .flac"):
        check_take(tmp_path / "take.mp3")
    made = write(tmp_path / "take.wav", noise(0.2), force=True)
    assert (tmp_path / "take.wav").read_text() == "came meanwhile"
    assert made.finish() == tmp_path / "take.wav"
    assert len(decoded(tmp_path / "take.wav")) == round(0.2 * RATE)


# After a kill

KILLED = """
import sys, time
from pathlib import Path
from midlevel_app.audio.take import Take
from tests.app.audio.test_take import RATE, noise
take = Take(Path(sys.argv[1]), RATE, 2)
samples = noise(60)
begun = time.monotonic()
while True:
    done = take.frames
    now = int((time.monotonic() - begun) * RATE)
    take.write(samples[done:now])
    print(take.frames, flush=True)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_costs_less_than_a_second(tmp_path, kind):
    target = tmp_path / f"take.{kind}"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        written = 0
        while written < 2.7 * RATE:
            written = int(process.stdout.readline())
        assert unfinished_takes(tmp_path) == []  # it is still being recorded
        process.send_signal(signal.SIGKILL)
        written = max([written, *map(int, process.stdout.read().split())])
    (left,) = unfinished_takes(tmp_path)
    assert left == unfinished_name(target)
    expected = as_read(noise(60))
    before = decoded(left)
    assert len(before) > written - RATE
    assert (before == expected[: len(before)]).all()
    assert mended(left) == target
    after = decoded(target)
    assert len(after) > written - 0.2 * RATE
    assert (after == expected[: len(after)]).all()
    assert soundfile.info(target).frames == len(after)
    assert unfinished_takes(tmp_path) == []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_part_of_a_file_is_left_is_mended(tmp_path, kind):
    samples = noise(3.0)
    made = write(tmp_path / f"take.{kind}", samples, blocks=30)
    whole = made.path.read_bytes()
    made.finish()
    random = np.random.default_rng(1)
    for size in (0, 1, 79, 80, 83, 100, *random.integers(100, len(whole), 12)):
        left = tmp_path / f"cut.unfinished.{kind}"
        left.write_bytes(whole[:size])
        found = mended(left)
        if found is None:
            assert size < 40000
            assert not left.exists()
            continue
        got = decoded(found)
        assert (got == as_read(samples[: len(got)])).all()
        assert len(got) / len(samples) > size / len(whole) - 0.07
        assert soundfile.info(found).frames == len(got)
        found.unlink()


def test_takes_left_behind_are_listed_the_latest_first(tmp_path):
    for age, name in enumerate(("b.unfinished.wav", "a.unfinished.flac", "c.unfinished.wav")):
        (tmp_path / name).write_bytes(wav_header(RATE, 2, None))
        os.utime(tmp_path / name, (10**9 - age, 10**9 - age))
    (tmp_path / "whole.wav").write_bytes(b"")
    found = [path.name for path in unfinished_takes(tmp_path)]
    assert found == ["b.unfinished.wav", "a.unfinished.flac", "c.unfinished.wav"]
    assert unfinished_takes(tmp_path / "nowhere") == []


def test_a_take_left_behind_does_not_stand_in_the_way_of_one_of_its_name(tmp_path):
    made = write(tmp_path / "take.wav", noise(1.0))
    left = made.path.read_bytes()
    made.finish()
    (tmp_path / "take.wav").unlink()
    (tmp_path / "take.unfinished.wav").write_bytes(left)
    again = write(tmp_path / "take.wav", noise(0.5), force=True)
    assert len(decoded(tmp_path / "take-2.wav")) == RATE
    assert again.finish() == tmp_path / "take.wav"
    assert len(decoded(tmp_path / "take.wav")) == round(0.5 * RATE)
    assert len(decoded(tmp_path / "take-2.wav")) == RATE


def test_a_mended_take_replaces_nothing(tmp_path):
    (tmp_path / "take.wav").write_text("something else")
    (tmp_path / "take.unfinished.wav").write_bytes(wav_header(RATE, 1, None) + bytes(300))
    assert mended(tmp_path / "take.unfinished.wav") == tmp_path / "take-2.wav"
    assert soundfile.info(tmp_path / "take-2.wav").frames == 100
    (tmp_path / "odd.unfinished.wav").write_bytes(b"no take" * 40)
    with pytest.raises(AudioFileError, match="was not written as a take"):
        mended(tmp_path / "odd.unfinished.wav")
    assert (tmp_path / "odd.unfinished.wav").read_bytes() == b"no take" * 40


# On a full disk


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spare", [2.0, 0.0])
def test_a_full_disk_ends_a_take_and_keeps_it(small_disk, monkeypatch, kind, spare):
    """With room to spare, and with none, as where another program takes the last of it."""
    monkeypatch.setattr(takes, "_SPARE_SECONDS", spare)
    monkeypatch.setattr(takes, "_SPARE_BYTES", (1 << 16) * (spare > 0))
    samples = noise(20.0)
    made = Take(small_disk / f"take.{kind}", RATE, 2)
    assert made.seconds_left() == pytest.approx(3 * 2**20 / (6 * RATE), abs=0.3)

    def fill():
        for block in np.array_split(samples, 400):
            made.write(block)

    with pytest.raises(DiskFullError, match=r"disk is full.*take.*is kept"):
        fill()
    written = made.frames
    assert made.finish() == small_disk / f"take.{kind}"
    got = decoded(small_disk / f"take.{kind}")
    assert len(got) > written - 0.2 * RATE
    assert len(got) / RATE > 3 * 2**20 / (6 * RATE) - spare - 1.5
    assert (got == as_read(samples[: len(got)])).all()
    assert soundfile.info(small_disk / f"take.{kind}").frames == len(got)


def test_a_folder_nobody_may_write_to_is_told(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ExportError, match="cannot be written"):
        Take(tmp_path / "file" / "take.wav", RATE, 2)
