"""Fitting the rule that knows piano: it separates what can be separated, and its noises can be made again."""

import shutil

import numpy as np
import pytest

import midlevel_app.familiar
from midlevel_app.familiar import KINDS, MEASURES, WINDOW_SECONDS
from training.familiarity import (
    FIT_NOISES,
    FIT_VOICES,
    FRONT_END,
    TEST_NOISES,
    TEST_VOICES,
    fit,
    noise_frames,
    speech,
    to_json,
    windows,
)


@pytest.fixture
def groups():
    """Measures of each kind around its own place, in two groups of unequal size."""
    random = np.random.default_rng(0)
    places = {kind: random.standard_normal(len(MEASURES)) for kind in KINDS}
    return {
        kind: [place + 0.2 * random.standard_normal((count, len(MEASURES))) for count in (5, 50)]
        for kind, place in places.items()
    }


def test_separates_what_can_be_separated(groups):
    rule = fit(groups)
    for i, kind in enumerate(KINDS):
        probabilities = rule.probabilities(np.concatenate(groups[kind]))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
        assert (probabilities.argmax(axis=1) == i).all()


def test_the_app_reads_what_is_written(groups, tmp_path, monkeypatch):
    rule = fit(groups)
    (tmp_path / "rule.json").write_text(to_json(rule), encoding="utf-8")
    monkeypatch.setattr(midlevel_app.familiar, "_RULE", tmp_path / "rule.json")
    read = midlevel_app.familiar.shipped_rule.__wrapped__()
    assert read.front_end == FRONT_END
    found = np.concatenate(groups[KINDS[0]])
    np.testing.assert_allclose(read.probabilities(found), rule.probabilities(found), atol=1e-4)


@pytest.mark.parametrize("name", [*FIT_NOISES, *TEST_NOISES])
def test_noises_can_be_heard_and_can_be_made_again(name):
    make = {**FIT_NOISES, **TEST_NOISES}[name]
    frames = noise_frames(make, (0, 1))
    assert 1 <= len(windows(frames)) <= 2
    np.testing.assert_array_equal(frames, noise_frames(make, (0, 1)))
    assert not np.array_equal(frames, noise_frames(make, (0, 2)))


def test_nothing_is_both_fitted_on_and_held_out():
    assert not set(FIT_NOISES) & set(TEST_NOISES)
    assert not set(FIT_VOICES) & set(TEST_VOICES)


def test_windows_are_those_of_the_stream():
    frames = np.zeros((1300, FRONT_END.bands), dtype=np.float32)
    frames[:450] = FRONT_END.floor_db
    assert [len(part) for part in windows(frames)] == [450, 400]
    assert round(WINDOW_SECONDS * FRONT_END.frame_rate) == 450


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_speech():
    samples = speech("en-us+m1", "Good evening.")
    assert 0.5 < len(samples) / FRONT_END.rate < 3.0
    assert 0.05 < np.abs(samples).max() <= 1.0
