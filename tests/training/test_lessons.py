"""Lessons: the source is learnt from, the piano and a folder of recordings are only heard."""

import os

import numpy as np
import pytest
import soundfile

from midlevel_app.frontend import FrontEnd, spectrogram
from tests.training.clips_made import made_clips, write_corpus
from training import lessons as lessons_module
from training.datasets.rated import STEP_DB
from training.errors import CorpusError, DataError
from training.lessons import Lessons, corpus_lessons, fewer, recorded_clips

FRONTEND = FrontEnd(rate=8000, frame=1024, hop=800, bands=20, bands_per_octave=4)
SIDES = (
    ("source", "training"), ("source", "training"), ("source", "validation"), ("source", "test"),
    ("piano", "training"), ("piano", "validation"), ("piano", "test"),
)  # fmt: skip


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number, seconds in enumerate((31, 16)):
        sound = np.random.default_rng(number).normal(0, 0.1, seconds * FRONTEND.rate).astype(np.float32)
        soundfile.write(folder / f"{number}.wav", sound, FRONTEND.rate, subtype="FLOAT")
    return folder


@pytest.fixture
def made(monkeypatch):
    """Count the spectrograms that are made."""
    count = []

    def counted(audio, frontend):
        count.append(1)
        return spectrogram(audio, frontend)

    monkeypatch.setattr(lessons_module, "spectrogram", counted)
    return count


def test_recordings_become_clips_that_nobody_rated(recordings, tmp_path):
    clips = recorded_clips(recordings, tmp_path, FRONTEND)
    assert list(clips.table["name"]) == ["0.wav-000", "0.wav-001", "1.wav-000"]
    assert list(clips.table["work"]) == ["0.wav", "0.wav", "1.wav"]
    sound, _ = soundfile.read(recordings / "0.wav", dtype="float32")
    wanted = spectrogram(sound[15 * FRONTEND.rate : 30 * FRONTEND.rate], FRONTEND)
    assert np.abs(clips.frames(np.array([1]))[0] - wanted).max() <= STEP_DB / 2 + 1e-4
    assert np.isnan(clips.ratings).all()
    assert np.isnan(clips.windowed).all()


def test_their_spectrograms_are_kept_until_a_file_changes(recordings, tmp_path, made):
    first = recorded_clips(recordings, tmp_path, FRONTEND)
    again = recorded_clips(recordings, tmp_path, FRONTEND)
    assert len(made) == 3
    assert np.array_equal(first.spectrograms[0], again.spectrograms[0])
    assert first.table.equals(again.table)
    assert len(list(tmp_path.glob("recordings-*.npz"))) == 1

    os.utime(recordings / "0.wav", ns=(0, 10**18))
    recorded_clips(recordings, tmp_path, FRONTEND)
    assert len(made) == 6
    (recordings / "1.wav").rename(recordings / "2.wav")
    assert list(recorded_clips(recordings, tmp_path, FRONTEND).table["work"]) == ["0.wav", "0.wav", "2.wav"]
    assert len(made) == 9
    other = FrontEnd(rate=8000, frame=1024, hop=400, bands=20, bands_per_octave=4)
    assert recorded_clips(recordings, tmp_path, other).frames(np.arange(3)).shape == (3, 301, 20)


def test_a_stopped_run_keeps_nothing_half_made(recordings, tmp_path, monkeypatch):
    def stop(*given, **named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lessons_module.np, "savez", stop)
        with pytest.raises(KeyboardInterrupt):
            recorded_clips(recordings, tmp_path, FRONTEND)
    assert len(recorded_clips(recordings, tmp_path, FRONTEND)) == 3


def test_what_does_not_decode_is_told(recordings, tmp_path, capsys):
    (recordings / "fake.mp3").write_bytes(b"nothing of the kind" * 100)
    assert len(recorded_clips(recordings, tmp_path, FRONTEND)) == 3
    assert "left out: " in capsys.readouterr().out
    with pytest.raises(DataError, match="is not there"):
        recorded_clips(tmp_path / "missing", tmp_path, FRONTEND)


def test_lessons_of_a_corpus(recordings, tmp_path):
    folder = tmp_path / "corpus"
    write_corpus(folder, SIDES, FRONTEND.rate)
    alone = corpus_lessons(folder, None, FRONTEND)
    parts = (alone.training, alone.validation, alone.watched, alone.target)
    assert [list(part.table["name"]) for part in parts] == [["clip0", "clip1"], ["clip2"], ["clip5"], ["clip4"]]
    assert [bool(np.isnan(part.ratings).all()) for part in parts] == [False, False, False, True]
    assert np.isnan(alone.target.windowed).all()

    both = corpus_lessons(folder, recordings, FRONTEND)
    assert list(both.target.table["name"]) == ["clip4", "0.wav-000", "0.wav-001", "1.wav-000"]
    assert np.isnan(both.target.ratings).all()
    apart = np.concatenate(
        [alone.target.frames(np.arange(1)), recorded_clips(recordings, folder, FRONTEND).frames(np.arange(3))]
    )
    assert np.array_equal(both.target.frames(np.arange(4)), apart)
    assert len(list(folder.glob("recordings-*.npz"))) == 1


def test_a_corpus_without_piano_is_told(tmp_path):
    write_corpus(tmp_path / "corpus", SIDES[:4], FRONTEND.rate)
    with pytest.raises(CorpusError, match="no clips of domain 'piano'"):
        corpus_lessons(tmp_path / "corpus", None, FRONTEND)


def test_fewer_clips_are_drawn_the_same_way_each_time():
    whole = Lessons(made_clips(40, 1), made_clips(10, 2), target=made_clips(30, 3))
    few = fewer(whole, 12, 5, seed=1)
    assert (len(few.training), len(few.validation), len(few.target)) == (12, 10, 5)
    places = [list(whole.training.table["name"]).index(name) for name in few.training.table["name"]]
    assert places == sorted(set(places))
    assert np.array_equal(few.training.ratings, whole.training.ratings[places])
    assert np.array_equal(few.training.frames(np.arange(12)), whole.training.frames(np.array(places)))
    assert fewer(whole, 12, 5, seed=1).training.table.equals(few.training.table)
    assert not fewer(whole, 12, 5, seed=2).training.table.equals(few.training.table)
    for counts in ((0, 0), (40, 99)):
        same = fewer(whole, *counts, seed=1)
        assert (same.training, same.target) == (whole.training, whole.target)
    assert fewer(Lessons(whole.training, whole.validation), 12, 5, seed=1).target is None
