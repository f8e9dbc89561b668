"""The meter, and what a check of the input says."""

import numpy as np
import pytest

from midlevel_app.live.level import CHECK_SECONDS, InputCheck, Meter, decibels

RATE = 1000


def tone(peak, seconds=1.0, channels=2):
    one = peak * np.sin(2 * np.pi * 50 * np.arange(round(seconds * RATE)) / RATE + 0.1)
    return np.stack([one] * channels, axis=1).astype(np.float32)


def test_levels_are_those_since_the_last_pull():
    meter = Meter(RATE, 2)
    sound = tone(0.5)
    sound[:, 1] = 0.0
    for block in np.array_split(sound, 9):
        meter.add(block)
    level = meter.pull()
    assert level.peak == pytest.approx([0.5, 0.0], abs=0.01)
    assert level.rms == pytest.approx([0.5 / np.sqrt(2), 0.0], rel=0.01)
    assert not level.clipped.any()
    assert not meter.pull().peak.any()
    assert not meter.pull().rms.any()


def test_the_clip_mark_stays_lit():
    meter = Meter(RATE, 2)
    meter.add(np.array([[0.99, -1.0]], dtype=np.float32))
    meter.add(tone(0.1))
    assert meter.pull().clipped.tolist() == [False, True]
    assert meter.pull().clipped.tolist() == [False, True]
    meter.reset_clip()
    assert meter.pull().clipped.tolist() == [False, False]


def test_exact_zeros_are_counted_but_not_those_that_stand_for_nothing():
    meter = Meter(RATE, 2)
    meter.add(np.zeros((500, 2), dtype=np.float32), missing=True)
    assert meter.zero_seconds == 0.0
    for _ in range(3):
        meter.add(np.zeros((500, 2), dtype=np.float32))
    assert meter.zero_seconds == 1.5
    sound = np.zeros((100, 2), dtype=np.float32)
    sound[39, 1] = 1e-6
    meter.add(sound)
    assert meter.zero_seconds == pytest.approx(0.06)


def check(*parts):
    """Check parts of equal length, pulled twenty times a second."""
    meter, found = Meter(RATE, 2), InputCheck()
    for part in parts:
        for block in np.array_split(part, 20 * len(part) // RATE):
            assert not found.done
            meter.add(block)
            found.add(meter.pull(), len(block) / RATE)
    assert found.done == (found.seconds >= CHECK_SECONDS)
    return found.result()


def test_a_good_input_is_left_alone():
    result = check(tone(0.4, 5), tone(0.04, 5))
    assert result.advice == "The input is right."
    assert result.gain_db == 0.0
    assert result.peak_db == pytest.approx(decibels(0.4), abs=0.1)
    assert result.loud_db - result.soft_db == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "words", "gain"),
    [
        ((tone(1.2, 5), tone(0.1, 5)), "clips", 0.0),
        ((tone(0.9, 5), tone(0.1, 5)), "almost clips", 0.0),
        ((tone(0.02, 5), tone(0.004, 5)), "is quiet", 22.0),
        ((tone(0.4, 5), tone(0.3, 5)), "hardly differ", 0.0),
        ((tone(0.0, 10),), "no sound at all", 0.0),
        ((tone(0.0001, 10),), "nothing is heard but noise", 0.0),
    ],
)
def test_what_is_wrong_is_said(parts, words, gain):
    result = check(*parts)
    assert words in result.advice.lower()
    assert result.gain_db == pytest.approx(gain, abs=0.1)
    assert result.clipped == (words == "clips")
