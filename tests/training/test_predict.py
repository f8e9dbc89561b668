"""What a network says of clips is the mean of its curve, by clip and by second."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.clips_made import CONFIG, FRONTEND, made_clips
from training.fit import FitConfig
from training.networks import Network, rf_resnet
from training.predict import batches, correlations, predict, window_means
from training.ratings.calibration import CENTRE, SPREAD


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Network(replace(CONFIG.network, spread=True))


def test_windows_are_the_means_of_the_seconds_they_stand_for(network):
    clips = made_clips(3)
    six = replace(clips, windowed=np.full((3, 6, 7), np.nan, np.float32))  # of which the sound fills four
    said = predict(network, six, FRONTEND)
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        output = network.eval()(torch.from_numpy(clips.frames(np.arange(3))))
    curve, spread = (CENTRE + SPREAD * output.curve.float()).numpy(), SPREAD * output.spread.float().numpy()
    config = network.config
    times = FRONTEND.times((config.receptive_field - 1) / 2 + config.stride * np.arange(curve.shape[1]))
    assert times.min() > 0.4
    assert times.max() < 3.6
    assert said.ratings == pytest.approx(curve.mean(axis=1), abs=1e-4)
    for second in range(4):
        inside = (times >= second) & (times < second + 1)
        assert said.windowed[:, second] == pytest.approx(curve[:, inside].mean(axis=1), abs=1e-4)
        assert said.spread[:, second] == pytest.approx(spread[:, inside].mean(axis=1), abs=1e-4)
    assert np.isnan(said.windowed[:, 4:]).all()
    assert np.isnan(said.spread[:, 4:]).all()


def test_a_network_without_spread_says_none():
    assert predict(Network(CONFIG.network), made_clips(2), FRONTEND).spread is None


def test_batches_keep_the_order(network):
    clips = made_clips(70).select(np.random.default_rng(1).permutation(70))
    found = list(batches(clips, torch.device("cpu")))
    assert max(len(batch) for batch in found) <= 32
    assert np.array_equal(torch.cat(found).numpy(), clips.frames(np.arange(70)))
    torch.nn.init.normal_(network.head.weight)  # so that clips differ by more than bfloat16 rounds
    said = predict(network, clips, FRONTEND)
    for place in (0, 31, 32, 69):
        alone = predict(network, clips.select(np.array([place])), FRONTEND)
        assert said.ratings[place] == pytest.approx(alone.ratings[0], abs=0.05)
        assert said.ratings[place] != pytest.approx(said.ratings[1], abs=0.05)


@pytest.mark.parametrize("network", [FitConfig().network, rf_resnet()])
@pytest.mark.parametrize("every", [1, 4])
def test_a_curve_is_averaged_over_the_seconds_it_describes(network, every):
    frontend = FitConfig().frontend
    frames = frontend.count(round(15 * frontend.rate))
    whole = (frames - network.receptive_field) // network.stride + 1
    length = whole if every == 1 else -(-(whole + network.smoothing - 1) // every)
    means, seen = window_means(network, frontend, every, length, 15)
    assert torch.allclose(means.sum(dim=1), torch.ones(len(seen)))
    centres = network.centre(every) + network.stride * every * np.arange(length)
    assert centres.max() < frames - network.receptive_field / 2 + network.smoothing * network.stride
    time = torch.from_numpy(frontend.times(centres).astype(np.float32))
    away = (means @ time - (seen + 0.5)).abs()
    assert away[1:-1].max() < 0.1 * every
    assert away.max() < 0.5  # the first and the last second are seen in part
    assert seen.tolist() == list(range(1, 14))


def test_correlations():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(50, 7)), rng.normal(size=(50, 7))
    expected = [np.corrcoef(first[:, i], second[:, i])[0, 1] for i in range(7)]
    assert np.allclose(correlations(first, second), expected)
    assert correlations(first, np.ones_like(first)).tolist() == [0.0] * 7
