"""Familiarity: piano gets no notice, noise does, and the verdict depends on the audio alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import midlevel_app
from midlevel_app.audio.decode import open_audio
from midlevel_app.familiar import KINDS, MEASURES, NOISE, NOTICES, PIANO, FamiliarityStream, measures, shipped_rule
from midlevel_app.frontend import FrontEnd, spectrogram

FRONT_END = FrontEnd()
ASSETS = Path(midlevel_app.__file__).parent / "assets"


def verdict(frames, size=1000, front_end=FRONT_END):
    stream = FamiliarityStream(front_end)
    for start in range(0, len(frames), size):
        stream.push(frames[start : start + size])
    return stream.verdict()


def noise_frames(seconds, level=0.1):
    noise = level * np.random.default_rng(0).standard_normal(round(seconds * FRONT_END.rate))
    return spectrogram(noise.astype(np.float32), FRONT_END)


@pytest.fixture(scope="module")
def piano():
    """Spectrogram of the example that comes with the program, 56 s of piano."""
    with open_audio(ASSETS / "example.ogg") as reader:
        samples = np.concatenate([block.samples.mean(axis=1) for block in reader.blocks()])
        assert reader.rate in {FRONT_END.rate, 2 * FRONT_END.rate}
        return spectrogram(np.ascontiguousarray(samples[:: reader.rate // FRONT_END.rate]), FRONT_END)


def test_the_rule_was_fitted_on_these_measures():
    stored = json.loads((ASSETS / "familiarity.json").read_text(encoding="utf-8"))
    assert (tuple(stored["measures"]), tuple(stored["kinds"])) == (MEASURES, KINDS)
    assert shipped_rule().weights.shape == (len(MEASURES), len(KINDS))


def test_piano(piano):
    found = verdict(piano)
    assert (found.share_like_piano, found.kind, found.notice) == (1.0, PIANO, None)


@pytest.mark.parametrize("level", [0.005, 0.03, 0.3])
def test_noise_at_any_level(level):
    found = verdict(noise_frames(40.0, level))
    assert (found.share_like_piano, found.kind, found.notice) == (0.0, NOISE, NOTICES[NOISE])


@pytest.mark.parametrize("size", [1, 7, 449, 450, 451, 100_000])
def test_pieces_of_any_size_give_the_same_verdict(piano, size):
    frames = np.concatenate([piano[:700], noise_frames(40.0)])
    assert verdict(frames, size) == verdict(frames)


def test_asking_changes_nothing(piano):
    stream = FamiliarityStream(FRONT_END)
    for start in range(0, len(piano), 100):
        stream.push(piano[start : start + 100])
        stream.verdict()
    assert stream.verdict() == verdict(piano)


def test_applause_after_piano_gets_no_notice(piano):
    found = verdict(np.concatenate([piano[:1350], noise_frames(30.0)]))
    assert found.share_like_piano == pytest.approx(0.6)
    assert found.notice is None


@pytest.mark.parametrize("seconds", [0.0, 1.0, 9.5])
def test_too_short_to_tell(seconds):
    found = verdict(noise_frames(seconds))
    assert np.isnan(found.share_like_piano)
    assert found.notice is None


def test_one_window_is_not_enough_for_a_notice():
    found = verdict(noise_frames(20.0))
    assert (found.share_like_piano, found.notice) == (0.0, None)


def test_silence_has_no_vote(piano):
    silence = np.full((2000, FRONT_END.bands), FRONT_END.floor_db, dtype=np.float32)
    assert verdict(silence).notice is None
    assert verdict(np.concatenate([silence[:1800], piano[:450], silence])).share_like_piano == 1.0


def test_another_front_end_gets_no_notice():
    front_end = replace(FRONT_END, bands=100)
    assert verdict(noise_frames(40.0)[:, :100], front_end=front_end).notice is None


def test_measures_do_not_depend_on_the_level(piano):
    np.testing.assert_allclose(measures(piano[:450] + 7.0), measures(piano[:450]), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("frames", [np.full((450, 160), -90.0), np.eye(450, 160) * 90 - 90], ids=["constant", "clicks"])
def test_measures_are_numbers_for_whatever_frames(frames):
    found = measures(frames.astype(np.float32))
    assert found.shape == (len(MEASURES),)
    assert np.isfinite(found).all()
