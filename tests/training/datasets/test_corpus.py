"""Networks get the spectrograms of a corpus with its ratings; the spectrograms are kept for each front end."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, spectrogram
from training.corpus.clips import CLIP_SECONDS
from training.corpus.manifest import BY_WINDOW, ORIGIN, TERMS, write_manifest
from training.datasets import corpus
from training.datasets.corpus import STEP_DB, encode, load_corpus
from training.errors import CorpusError

RATE = 22050
SIDES = (("source", "training"), ("source", "training"), ("piano", "test"))


@pytest.fixture
def folder(tmp_path):
    """Three clips of tones and noise, with made ratings."""
    rng = np.random.default_rng(2)
    (tmp_path / "audio").mkdir()
    rows = []
    for number, (domain, split) in enumerate(SIDES):
        time = np.arange(round(CLIP_SECONDS * RATE)) / RATE
        audio = 0.3 * np.sin(2 * np.pi * 220 * (number + 1) * time) + 0.003 * rng.normal(size=len(time))
        soundfile.write(tmp_path / f"audio/clip{number}.flac", audio, RATE)
        origin = (f"clip{number}", domain, split, f"freedoom/{number}", "", "", f"font{number}", [4], ["pedal"], number)
        ratings = rng.uniform(1, 10, len(NAMES))
        curves = [rng.uniform(1, 10, 15) for _ in NAMES]
        rows.append([*origin, *ratings, *curves, *rng.normal(size=len(TERMS))])
    table = pd.DataFrame(rows, columns=[*ORIGIN, *NAMES, *BY_WINDOW, *TERMS])
    write_manifest(tmp_path, table, {"ships": True})
    return tmp_path


def kept(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("spectrograms-*.npy")}


def test_clips_have_their_sound_and_ratings(folder):
    clips = load_corpus(folder, FrontEnd())
    table = pd.read_parquet(folder / "manifest.parquet")
    piano = clips.part("piano", "test")
    audio, _ = soundfile.read(folder / "audio/clip2.flac", dtype="float32")
    frames = piano.frames(slice(0, 1))
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
    assert clips.frames(slice(None)).shape == (3, 601, 100)
    assert len(kept(folder)) == 2
    assert first.items() <= kept(folder).items()


def test_a_stopped_run_leaves_no_half_made_spectrograms(folder, monkeypatch):
    whole = load_corpus(folder, FrontEnd()).frames(slice(None))
    (name,) = kept(folder)
    (folder / name).unlink()

    def stop(audio, frontend):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(corpus, "spectrogram", stop)
        with pytest.raises(KeyboardInterrupt):
            load_corpus(folder, FrontEnd())
    assert not kept(folder)
    assert np.array_equal(load_corpus(folder, FrontEnd()).frames(slice(None)), whole)


def test_several_processes_fill_one_file(folder, monkeypatch):
    alone = load_corpus(folder, FrontEnd()).frames(slice(None))
    (name,) = kept(folder)
    (folder / name).unlink()
    monkeypatch.setattr(corpus, "_BATCH", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert np.array_equal(load_corpus(folder, FrontEnd()).frames(slice(None)), alone)


def test_codes_reach_from_the_floor_to_beyond_full_scale():
    decibels = np.array([-200.0, -90.0, -89.9, -45.2, 0.0, 12.0, 50.0], np.float32)
    decoded = -90 + STEP_DB * encode(decibels, -90.0)
    assert np.abs(decoded - np.clip(decibels, -90, 12)).max() <= STEP_DB / 2 + 1e-4


def test_no_corpus(tmp_path):
    with pytest.raises(CorpusError, match="build the corpus first"):
        load_corpus(tmp_path, FrontEnd())
