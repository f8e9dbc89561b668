"""Networks get the spectrograms of a corpus with its ratings; the spectrograms are kept for each front end."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, spectrogram
from tests.training.clips_made import write_corpus
from training.datasets import corpus
from training.datasets.corpus import load_corpus
from training.datasets.rated import STEP_DB
from training.errors import CorpusError


@pytest.fixture
def folder(tmp_path):
    """Three clips of tones and noise, with made ratings."""
    write_corpus(tmp_path / "corpus", (("source", "training"), ("source", "training"), ("piano", "test")))
    return tmp_path / "corpus"


def whole(clips):
    return clips.frames(np.arange(len(clips)))


def kept(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("spectrograms-*.npy")}


def test_clips_have_their_sound_and_ratings(folder):
    clips = load_corpus(folder, FrontEnd())
    table = pd.read_parquet(folder / "manifest.parquet")
    piano = clips.part("piano", "test")
    audio, _ = soundfile.read(folder / "audio/clip2.flac", dtype="float32")
    frames = whole(piano)
    assert frames.dtype == np.float32
    assert np.abs(frames[0] - spectrogram(audio, FrontEnd())).max() <= STEP_DB / 2 + 1e-4
    assert np.allclose(piano.ratings[0], table.loc[2, list(NAMES)].to_numpy(float))
    assert clips.windowed.shape == (3, 15, len(NAMES))
    assert np.allclose(piano.windowed[0, :, 4], table.loc[2, "dissonance by window"])
    assert len(clips.part("source", "training")) == 2
    with pytest.raises(CorpusError, match="no clips of domain 'organ'"):
        clips.part("organ", "test")


def test_spectrograms_are_kept_for_each_front_end(folder):
    load_corpus(folder, FrontEnd())
    first = kept(folder)
    load_corpus(folder, FrontEnd())
    assert kept(folder) == first
    clips = load_corpus(folder, FrontEnd(bands=100, rate=16000, hop=400))
    assert whole(clips).shape == (3, 601, 100)
    assert len(kept(folder)) == 2
    assert first.items() <= kept(folder).items()


def test_a_stopped_run_leaves_no_half_made_spectrograms(folder, monkeypatch):
    before = whole(load_corpus(folder, FrontEnd()))
    (name,) = kept(folder)
    (folder / name).unlink()

    def stop(audio, frontend):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(corpus, "spectrogram", stop)
        with pytest.raises(KeyboardInterrupt):
            load_corpus(folder, FrontEnd())
    assert not kept(folder)
    assert np.array_equal(whole(load_corpus(folder, FrontEnd())), before)


def test_several_processes_fill_one_file(folder, monkeypatch):
    alone = whole(load_corpus(folder, FrontEnd()))
    (name,) = kept(folder)
    (folder / name).unlink()
    monkeypatch.setattr(corpus, "_BATCH", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert np.array_equal(whole(load_corpus(folder, FrontEnd())), alone)


def test_no_corpus(tmp_path):
    with pytest.raises(CorpusError, match="build the corpus first"):
        load_corpus(tmp_path, FrontEnd())
