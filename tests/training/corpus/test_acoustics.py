"""A recording of a clip varies in sound, not in time, and is the same for the same random numbers."""

import numpy as np
import pytest
import scipy.signal

from tests.tones import piano_like
from training.corpus.acoustics import record, through_mp3

RATE = 22050


@pytest.fixture(scope="module")
def dry():
    """Four seconds with a clear beginning."""
    sound = piano_like(4.0, RATE)
    sound = sound.mean(axis=1) if sound.ndim == 2 else sound
    noise = np.random.default_rng(0).normal(0, 0.02, len(sound)) * np.abs(sound).max()
    return (sound + noise).astype(np.float32)


def lag(first, second):
    """Return by how many samples the second is late."""
    return int(np.abs(scipy.signal.correlate(second, first, "full", "fft")).argmax()) - len(first) + 1


def test_recordings_keep_length_and_time(dry):
    for seed in range(60):
        kept = record(dry, RATE, np.random.default_rng(seed))
        assert kept.shape == dry.shape
        assert kept.dtype == np.float32
        assert np.isfinite(kept).all()
        assert 0.01 < np.abs(kept).max() < 1.3
        assert abs(lag(dry, kept)) < 0.003 * RATE


def test_recordings_differ_but_are_the_same_for_the_same_numbers(dry):
    first, again, other = (record(dry, RATE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_silence_stays_silence():
    silence = np.zeros(RATE, np.float32)
    assert all(np.array_equal(record(silence, RATE, np.random.default_rng(seed)), silence) for seed in range(20))


def test_some_recordings_are_narrow_noisy_or_loud(dry):
    treble, quiet, crest = [], [], []
    for seed in range(150):
        kept = record(dry, RATE, np.random.default_rng(seed)).astype(float)
        power = np.abs(np.fft.rfft(kept)) ** 2
        frequency = np.fft.rfftfreq(len(kept), 1 / RATE)
        treble.append(power[frequency > 7000].sum() / power.sum())
        quiet.append(np.abs(kept).max())
        crest.append(np.abs(kept).max() / kept.std())
    assert np.ptp(np.log10(treble)) > 2
    assert max(quiet) / min(quiet) > 8
    assert max(crest) / min(crest) > 1.5


@pytest.mark.parametrize("bitrate", [32, 40, 56, 64, 96])
def test_mp3_keeps_length_and_time(dry, bitrate):
    for length in (len(dry), len(dry) - 333, 1000):
        coded = through_mp3(dry[:length], RATE, bitrate)
        assert coded.shape == (length,)
    coded = through_mp3(dry, RATE, bitrate)
    assert abs(lag(dry, coded)) <= 2
    assert np.corrcoef(dry, coded)[0, 1] > 0.9
    assert not np.allclose(dry, coded, atol=1e-5)
