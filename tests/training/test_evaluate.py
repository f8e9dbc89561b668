"""Scores are what they say, against the ratings they name."""

import shutil

import numpy as np
import pytest
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.model import Model, find_model
from training.corpus.clips import CLIP_SECONDS
from training.datasets import maps_clips
from training.evaluate import Score, listener_scores, print_scores, rate_audio
from training.ratings import raw_terms


@pytest.fixture(scope="module")
def model():
    return Model(find_model())


def test_score_prints_and_serialises(capsys):
    score = Score("a test", "listeners", 12, {"articulation": 0.51234, "dissonance": 0.3})
    assert score.to_dict() == {
        "test": "a test",
        "ratings": "listeners",
        "clips": 12,
        "r": {"articulation": 0.512, "dissonance": 0.3},
        "mean_r": 0.406,
    }
    print_scores([score])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["a", "test", "listeners", "12", "0.41", "0.51", "0.30"]


def test_real_clips_carry_the_notes_heard_in_them(kit, model):
    rate = model.card.frontend.rate
    clips = maps_clips(kit, rate)
    assert len({clip.work for clip in clips}) == 14
    for clip in clips[::40]:
        assert len(clip.audio) == round(CLIP_SECONDS * rate)
        assert clip.notes.onset.min() >= 0
        assert clip.notes.end <= CLIP_SECONDS
        assert np.isfinite(raw_terms(clip.notes)).all()
        # Sound rises right after the onsets, and far less at other times.
        energy = np.convolve(clip.audio.astype(np.float64) ** 2, np.ones(400), "same")
        after = np.minimum((clip.notes.onset + 0.03) * rate, len(energy) - 1).astype(int)
        before = np.maximum((clip.notes.onset - 0.03) * rate, 0).astype(int)
        rises = (energy[after] > energy[before]).mean()
        assert rises > 0.6


def test_a_staccato_performance_is_heard_as_one(model):
    """The example's sections, by the shipped model: staccato above legato, minor above major."""
    audio, rate = soundfile.read(find_example(), dtype="float32", always_2d=True)
    import soxr

    mono = soxr.resample(audio.mean(axis=1), rate, model.card.frontend.rate)

    def section(start, stop):
        part = mono[round(start * model.card.frontend.rate) : round(stop * model.card.frontend.rate)]
        return dict(zip(NAMES, rate_audio(model, part), strict=True))

    legato, staccato, minor = section(0.3, 13.2), section(13.45, 24.4), section(25.1, 41.5)
    assert staccato["articulation"] > legato["articulation"] + 1
    assert minor["minorness"] > legato["minorness"] + 0.5


def find_example():
    from pathlib import Path

    import midlevel_app

    return Path(midlevel_app.__file__).parent / "assets" / "example.ogg"


def test_listeners_agree_with_the_shipped_model_on_articulation(kit, model):
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    (score,) = listener_scores(model, kit, (kit.parent / "soundfonts",))
    assert score.ratings == "listeners"
    assert score.clips > 500
    assert score.r["articulation"] > 0.4
