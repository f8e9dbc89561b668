"""Following live input: the curve is the offline one, whatever the blocks and whatever is left out."""

import numpy as np
import pytest
import soxr

from midlevel_app.analysis import StreamAnalyser
from midlevel_app.audio.block import Block
from midlevel_app.curves import join
from midlevel_app.frontend import spectrogram
from midlevel_app.live.following import FollowingAnalyser
from midlevel_app.model import Model, find_model
from tests.tones import piano_like

RATES = (22050, 44100, 48000)
TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def shipped():
    return Model(find_model())


def music(seconds, rate):
    samples = piano_like(seconds, rate, seed=5)
    samples[round(0.55 * len(samples)) : round(0.65 * len(samples))] = 0.0
    return samples


def offline(samples, rate, model):
    analyser = StreamAnalyser(model, rate)
    return join([analyser.push(Block(samples, rate, 0)), analyser.finish()])


def pieces(count, random, most):
    """Places at which random blocks of up to ``most`` samples begin and end."""
    ends = np.cumsum(random.integers(1, most, count))
    ends = np.append(ends[ends < count], count)
    return zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True)


def same(one, other):
    np.testing.assert_array_equal(one.times, other.times)
    np.testing.assert_allclose(one.values, other.values, atol=TOLERANCE)
    if one.spread is not None:
        np.testing.assert_allclose(one.spread, other.spread, atol=TOLERANCE)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("most", [150, 3000, 60000])
def test_the_live_curve_is_the_offline_curve(shipped, rate, most):
    samples = music(14.0, rate)
    live = FollowingAnalyser(shipped, rate)
    blocks = pieces(len(samples), np.random.default_rng(most), most)
    found = join([live.push(Block(samples[a:b], rate, a)) for a, b in blocks] + [live.finish()])
    same(found, offline(samples, rate, shipped))
    assert live.left_out == 0


@pytest.mark.parametrize("rate", RATES)
def test_what_is_left_out_is_a_gap_and_changes_nothing_else(shipped, rate):
    samples = music(30.0, rate)
    live = FollowingAnalyser(shipped, rate)
    random = np.random.default_rng(2)
    lost = [(9.0, 9.8), (20.01, 20.02)]
    found, left_out = [], 0
    for a, b in pieces(len(samples), random, rate // 10):
        if any(start * rate < a < stop * rate for start, stop in lost):
            left_out += b - a
            continue
        found.append(live.push(Block(samples[a:b], rate, a)))
    found = join([*found, live.finish()])
    whole = offline(samples, rate, shipped)
    np.testing.assert_array_equal(found.times, whole.times)
    there = np.isfinite(found.values[:, 0])
    np.testing.assert_allclose(found.values[there], whole.values[there], atol=TOLERANCE)
    card = shipped.card
    missing = found.times[~there & np.isfinite(whole.values[:, 0])]
    half = card.field_seconds / 2
    assert all(any(start - half - 0.1 < time < stop + half + 0.4 for start, stop in lost) for time in missing.tolist())
    assert there[(found.times > 14) & (found.times < 15)].all()
    assert left_out <= live.left_out < left_out + 2 * 0.1 * rate


def test_gain_is_that_of_the_analysis(shipped):
    samples = music(9.0, 44100)
    live = FollowingAnalyser(shipped, 44100, gain_db=12.0)
    found = join([live.push(Block(samples / 4, 44100, 0)), live.finish()])
    same(found, offline(samples / 4 * np.float32(10**0.6), 44100, shipped))


def test_frames_come_once_and_with_their_place(tiny_model):
    rate = 44100
    samples = music(12.0, rate)
    seen = {}

    def see(first, frames):
        seen.update((first + i, frame) for i, frame in enumerate(frames))

    live = FollowingAnalyser(tiny_model, rate, on_frames=see)
    blocks = list(pieces(len(samples), np.random.default_rng(0), 9000))
    for a, b in blocks[:50] + blocks[55:]:
        live.push(Block(samples[a:b], rate, a))
    live.finish()
    mono = samples.mean(axis=1)
    whole = spectrogram(soxr.resample(mono, rate, 22050).astype(np.float32), tiny_model.card.frontend)
    assert len(seen) > 0.8 * len(whole)
    cut = blocks[54][1] / rate * 30
    checked = [i for i in seen if i < cut - 10 or i > cut + 10]
    np.testing.assert_allclose(
        np.stack([seen[i] for i in checked if i < len(whole) - 5]),
        whole[[i for i in checked if i < len(whole) - 5]],
        atol=0.5,
    )


def test_nothing_gives_nothing(tiny_model):
    assert len(FollowingAnalyser(tiny_model, 44100).finish()) == 0
