"""Scores are what they say, against the ratings they name."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

import midlevel_app
from midlevel_app.curves import Curves
from midlevel_app.features import NAMES
from midlevel_app.model import Model, find_model
from training.corpus.clips import CLIP_SECONDS
from training.corpus.sources import works
from training.datasets.maps import maps_clips
from training.evaluate import Score, curve_score, listener_scores, print_scores, rate_audio
from training.notes import read_maps
from training.ratings import Calibration, raw_terms, windowed_terms

EXAMPLE = Path(midlevel_app.__file__).parent / "assets" / "example.ogg"


@pytest.fixture(scope="module")
def model():
    return Model(find_model())


def test_score_prints_and_serialises(capsys):
    score = Score("a test", "listeners", 12, 3, {"articulation": 0.51234, "dissonance": 0.3})
    assert score.to_dict() == {
        "test": "a test",
        "ratings": "listeners",
        "clips": 12,
        "works": 3,
        "r": {"articulation": 0.512, "dissonance": 0.3},
        "mean_r": 0.406,
    }
    print_scores([score])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["a", "test", "listeners", "12", "3", "0.41", "0.51", "0.30"]


def test_real_clips_carry_the_notes_heard_in_them(kit, model):
    """The sound of a clip rises at its own notes' onsets more than at another clip's."""
    rate = model.card.frontend.rate
    clips = maps_clips(kit, rate)
    assert len({clip.work for clip in clips}) == 14

    def rises(clip, onset):
        energy = np.convolve(clip.audio.astype(np.float64) ** 2, np.ones(400), "same")
        after = np.minimum((onset + 0.03) * rate, len(energy) - 1).astype(int)
        before = np.maximum((onset - 0.03) * rate, 0).astype(int)
        return (energy[after] > energy[before]).mean()

    chosen = clips[::20]
    for clip in chosen:
        assert len(clip.audio) == round(CLIP_SECONDS * rate)
        assert clip.notes.onset.min() >= 0
        assert clip.notes.end <= CLIP_SECONDS
        assert np.isfinite(raw_terms(clip.notes)).all()
    own = np.mean([rises(clip, clip.notes.onset) for clip in chosen])
    others = np.mean([rises(clip, other.notes.onset) for clip, other in itertools.pairwise(chosen)])
    assert own > others + 0.1


def test_the_example_is_heard_as_it_was_played(model):
    """Staccato above legato, minor above major, by the shipped model."""
    rate = model.card.frontend.rate
    audio, recorded = soundfile.read(EXAMPLE, dtype="float32", always_2d=True)
    mono = soxr.resample(audio.mean(axis=1), recorded, rate)
    rated = {}
    for section in json.loads(EXAMPLE.with_suffix(".json").read_text())["sections"]:
        part = mono[round(section["start"] * rate) : round(section["end"] * rate)]
        rated[section["title"]] = dict(zip(NAMES, rate_audio(model, part), strict=True))
    legato, staccato, minor = (
        rated[title] for title in ("G major, legato", "G major, staccato", "G minor, legato with rubato")
    )
    assert staccato["articulation"] > legato["articulation"] + 1
    assert minor["minorness"] > legato["minorness"] + 0.5


def test_a_curve_is_scored_against_the_notes_of_its_own_recording(kit, tmp_path, monkeypatch):
    """A model that knows the windowed ratings scores 1; one that knows those of a second later scores less."""
    clips = maps_clips(kit, 22050)
    calibration = Calibration.fit(np.stack([raw_terms(clip.notes) for clip in clips]))
    calibration.save(tmp_path / "calibration.json")
    monkeypatch.setattr("training.evaluate.works", lambda data, collection: works(data, collection)[:1])
    (work,) = works(kit, "maps_disklavier")[:1]
    notes = read_maps(work.path)
    late = 0.0

    def knowing(blocks, model, name):
        (block,) = blocks
        times, terms = windowed_terms(notes, len(block.samples) / block.rate, hop=1.0)
        values = calibration.rate(np.nan_to_num(terms))
        values[np.isnan(terms).any(axis=1)] = np.nan
        return Curves(times + late, values)

    monkeypatch.setattr("training.evaluate.analyse", knowing)
    score = curve_score(None, tmp_path, kit)
    assert score.clips > 100
    assert score.works == 1
    assert min(score.r.values()) > 0.999
    late = 1.0
    assert curve_score(None, tmp_path, kit).mean_r < 0.95


def test_listeners_agree_with_the_shipped_model_on_articulation(kit, model, monkeypatch):
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    monkeypatch.setattr("training.evaluate.works", lambda data, collection: works(data, collection)[::2])
    (score,) = listener_scores(model, kit, (kit.parent / "soundfonts",))
    assert score.ratings == "listeners"
    assert score.clips > 100
    assert score.r["articulation"] > 0.4
