"""Models are tested on the sound of the notes that are rated, and tests are gathered once."""

import ctypes.util
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd
from midlevel_app.model import Model, find_model
from tests.training.clips_made import FRONTEND, made_clips
from tests.training.trials_made import RATED_BY_LISTENERS, made_curve, made_listeners, made_trial
from training import trials
from training.corpus.clips import CLIP_SECONDS, PIANO_DOMAIN, SOURCE
from training.corpus.sources import TEST, TRAINING, works
from training.datasets import maps
from training.datasets.maps import maps_clips
from training.datasets.rated import decode
from training.errors import DataError
from training.evaluate import listener_of_model, rate_clips, score_clips
from training.ratings import Calibration, raw_terms
from training.trials import REAL_TEST, SAME_NOTES_TEST, disklavier, disklavier_curves, gather, listeners


@pytest.fixture
def fluidsynth():
    if ctypes.util.find_library("fluidsynth") is None:
        pytest.skip("FluidSynth is not installed")


@pytest.fixture(scope="module")
def clips(kit):
    return maps_clips(kit, 22050)


@pytest.fixture(scope="module")
def calibration(clips):
    return Calibration.fit(np.stack([raw_terms(clip.notes) for clip in clips[::4]]))


@pytest.fixture
def one_recording(monkeypatch):
    """Leave one Disklavier recording."""
    for module in (trials, maps):
        monkeypatch.setattr(module, "works", lambda data, collection: works(data, collection)[:1])


def test_real_clips_carry_the_notes_heard_in_them(clips):
    """The sound of a clip rises at its own notes' onsets more than at another clip's."""
    rate = 22050
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


def test_rendered_notes_sound_like_the_recording_of_them(kit, calibration, fluidsynth, one_recording):
    """The spectrogram of a recording is more like that of its own notes rendered than like another clip's."""
    frontend = FrontEnd()
    real, rendered = disklavier(kit, calibration, (kit.parent / "soundfonts",), frontend)
    assert (real.name, rendered.name) == (REAL_TEST, SAME_NOTES_TEST)
    assert real.kind == rendered.kind == "computed"
    assert len(real.codes) == len(rendered.codes) == len(real.ratings) == len(real.works) > 5
    assert np.array_equal(real.ratings, rendered.ratings)
    assert np.isfinite(real.ratings).all()
    assert {codes.shape for codes in (*real.codes, *rendered.codes)} == {(451, frontend.bands)}

    def likeness(first, second):
        return np.corrcoef(decode(first, -90.0).ravel(), decode(second, -90.0).ravel())[0, 1]

    table = np.array([[likeness(one, other) for other in rendered.codes[:6]] for one in real.codes[:6]])
    assert (table.argmax(axis=1) == np.arange(6)).all()


def test_curves_are_rated_over_the_whole_of_a_recording(kit, calibration, one_recording):
    frontend = FrontEnd(bands=24, bands_per_octave=6)
    curve = disklavier_curves(kit, calibration, frontend)
    (codes,), (times,), (ratings,) = curve.codes, curve.times, curve.ratings
    assert np.array_equal(times, np.arange(0.5, len(times)))
    assert times[-1] < len(codes) / frontend.frame_rate < times[-1] + 1.6
    assert ratings.shape == (len(times), len(NAMES))
    assert ratings.min() >= 1
    assert ratings.max() <= 10
    assert (ratings.std(axis=0) > 0.2).all()


def test_listeners_agree_with_the_shipped_model_on_articulation(kit, fluidsynth, monkeypatch):
    monkeypatch.setattr(trials, "works", lambda data, collection: works(data, collection)[::2])
    model = Model(find_model())
    trial = listeners(kit, (kit.parent / "soundfonts",), model.card.frontend)
    assert {name for name, column in zip(NAMES, trial.ratings.T, strict=True) if np.isfinite(column).all()} == set(
        RATED_BY_LISTENERS
    )
    score = score_clips(rate_clips(listener_of_model(model), trial), trial)
    assert score.ratings == "listeners"
    assert score.clips > 100
    assert score.works < score.clips / 3
    assert set(score.r) == set(RATED_BY_LISTENERS)
    assert score.r["articulation"] > 0.4


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A corpus of made clips: a third each of the source's test, the piano's test, and piano to learn from."""
    clips = made_clips(12)
    table = clips.table.assign(
        domain=[SOURCE] * 4 + [PIANO_DOMAIN] * 8,
        split=[TEST] * 8 + [TRAINING] * 4,
        edits=[[], ["pedal"]] * 6,
        work=[f"work {number}" for number in range(12)],
    )
    monkeypatch.setattr(trials, "load_corpus", lambda folder, frontend: replace(clips, table=table))
    (tmp_path / "calibration.json").write_text("one")
    return tmp_path


def gathering(monkeypatch):
    """Count how often tests outside the corpus are made, which are made ones."""
    made = []

    def disklavier(data, calibration, soundfonts, frontend):
        made.append(frontend)
        return made_trial(REAL_TEST), made_trial(SAME_NOTES_TEST)

    monkeypatch.setattr(trials.Calibration, "load", lambda path: None)
    monkeypatch.setattr(trials, "disklavier", disklavier)
    monkeypatch.setattr(trials, "listeners", lambda data, soundfonts, frontend: made_listeners())
    monkeypatch.setattr(trials, "disklavier_curves", lambda data, calibration, frontend: made_curve())
    return made


def test_tests_are_gathered_once(corpus, monkeypatch):
    gathered = gathering(monkeypatch)
    first, again = (gather(corpus, Path("data"), (), FRONTEND) for _ in range(2))
    assert gathered == [FRONTEND]
    assert [trial.name for trial in first.clips] == [trial.name for trial in again.clips]
    for one, other in zip((*first.clips, first.curve), (*again.clips, again.curve), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.codes, other.codes, strict=True))
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one.ratings, other.ratings, strict=True))

    other = replace(FRONTEND, hop=512)
    assert gather(corpus, Path("data"), (), other).frontend == other
    (corpus / "calibration.json").write_text("another")
    gather(corpus, Path("data"), (), FRONTEND)
    assert gathered == [FRONTEND, other, FRONTEND]
    assert not list(corpus.glob("*.part"))


def test_the_corpus_is_tested_on_its_test_side(corpus, monkeypatch):
    gathering(monkeypatch)
    found = gather(corpus, Path("data"), (), FRONTEND)
    source, piano, unedited, *others = found.clips
    assert source.works == [f"work {number}" for number in range(4)]
    assert piano.works == [f"work {number}" for number in range(4, 8)]
    assert unedited.works == ["work 4", "work 6"]
    assert [trial.name for trial in others] == [REAL_TEST, SAME_NOTES_TEST, trials.LISTENERS_TEST]
    wanted = made_clips(12)
    assert np.array_equal(piano.codes[1], wanted.spectrograms[0][5])
    assert np.array_equal(piano.ratings, wanted.ratings[4:8])
    assert np.array_equal(found.windows.windowed, wanted.windowed[4:8])


def test_kept_tests_do_not_keep_the_corpus(corpus, monkeypatch):
    """The corpus' own clips come from its own file: one that was made again is tested by its new clips."""
    gathering(monkeypatch)
    gather(corpus, Path("data"), (), FRONTEND)
    changed = made_clips(12, 9)
    table = trials.load_corpus(corpus, FRONTEND).table
    monkeypatch.setattr(trials, "load_corpus", lambda folder, frontend: replace(changed, table=table))
    found = gather(corpus, Path("data"), (), FRONTEND)
    assert np.array_equal(found.clips[0].ratings, changed.ratings[:4])
    assert np.array_equal(found.windows.ratings, changed.ratings[4:8])


def test_a_test_without_clips_is_named(corpus, monkeypatch):
    gathering(monkeypatch)
    none = replace(made_listeners(), codes=())
    monkeypatch.setattr(trials, "listeners", lambda data, soundfonts, frontend: none)
    with pytest.raises(DataError, match="no clips for the test PercePiano"):
        gather(corpus, Path("data"), (), FRONTEND)
