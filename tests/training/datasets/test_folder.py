"""A folder of any recordings becomes clips; what gives none is told and does not end the rest."""

import os

import numpy as np
import pytest
import soundfile

from training.datasets.folder import folder_audio
from training.errors import DataError

RATE = 16000


def noise(path, seconds, level=0.1, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = np.random.default_rng(0).normal(0, level, (round(seconds * rate), 2)).astype(np.float32)
    soundfile.write(path, sound, rate)
    return path


def test_recordings_of_all_formats_and_depths_in_order(tmp_path):
    for name in ("z.wav", "a/b/deep.flac", "a/one.mp3", ".hidden.wav", ".git/two.wav"):
        noise(tmp_path / name, 31, rate=22050)
    (tmp_path / "notes.txt").write_text("no recording")
    problems = []
    clips = list(folder_audio(tmp_path, RATE, problems))
    places = ["a/b/deep.flac", "a/one.mp3", "z.wav"]
    assert [clip.name for clip in clips] == [f"{place}-{number:03d}" for place in places for number in (0, 1)]
    assert [clip.work for clip in clips] == [place for place in places for _ in range(2)]
    assert {clip.audio.shape for clip in clips} == {(15 * RATE,)}
    assert all(clip.ratings is None for clip in clips)
    assert problems == []


def test_quiet_clips_are_left_out(tmp_path):
    loud, quiet = (noise(tmp_path / name, 15, level) for name, level in (("loud.wav", 0.002), ("quiet.wav", 0.001)))
    both = np.concatenate([soundfile.read(path)[0] for path in (quiet, loud, quiet)])
    soundfile.write(tmp_path / "both.wav", both, RATE)
    problems = []
    clips = list(folder_audio(tmp_path, RATE, problems))
    assert [clip.name for clip in clips] == ["both.wav-001", "loud.wav-000"]
    assert [str(problem) for problem in problems] == [f"{quiet} is shorter than 15 s or silent"]


def test_what_does_not_decode_is_told_and_the_rest_goes_on(tmp_path):
    noise(tmp_path / "good.wav", 16)
    cut = noise(tmp_path / "cut.wav", 40)
    cut.write_bytes(cut.read_bytes()[: 44 + 20 * 4 * RATE])
    (tmp_path / "fake.mp3").write_bytes(b"nothing of the kind" * 100)
    noise(tmp_path / "short.wav", 3)
    problems = []
    clips = list(folder_audio(tmp_path, RATE, problems))
    assert [clip.name for clip in clips] == ["cut.wav-000", "good.wav-000"]
    told = [str(problem) for problem in problems]
    assert [text.split()[0] for text in told] == [str(tmp_path / n) for n in ("cut.wav", "fake.mp3", "short.wav")]
    assert "breaks off at 20.0 of 40.0 s" in told[0]


def test_a_folder_that_gives_nothing_is_an_error_with_its_reasons(tmp_path):
    with pytest.raises(DataError, match="holds no recordings"):
        list(folder_audio(tmp_path, RATE, []))
    (tmp_path / "fake.mp3").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(DataError, match=r"gives no clip of 15 s:\n.*fake.mp3 is not a recording"):
        list(folder_audio(tmp_path, RATE, []))
    with pytest.raises(DataError, match="missing is not there"):
        list(folder_audio(tmp_path / "missing", RATE, []))


def test_one_clip_at_a_time_is_decoded(tmp_path):
    """The second file is not opened before it is asked for."""
    noise(tmp_path / "a.wav", 16)
    second = noise(tmp_path / "b.wav", 16)
    clips = folder_audio(tmp_path, RATE, problems := [])
    next(clips)
    os.truncate(second, 44)
    assert list(clips) == []
    assert str(problems[0]).startswith(str(second))
