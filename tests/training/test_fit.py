"""Training learns, resumes to the same result, and ends in a file the app runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from midlevel_app.errors import ModelError
from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd
from midlevel_app.model import Model, ModelCard
from training.augment import Augmentation
from training.datasets.corpus import RatedClips, encode
from training.errors import RunError
from training.export import compare, export
from training.fit import FitConfig, correlations, fit, predict, window_means
from training.networks import Block, RFResNet, RFResNetConfig

FRONTEND = FrontEnd(bands=24, bands_per_octave=6)
CONFIG = FitConfig(
    network=RFResNetConfig(bands=24, stem=8, blocks=(Block(8), Block(16, pool=True)), dropout=0.1),
    frontend=FRONTEND,
    augmentation=Augmentation(gain=1.0, tone=0.0, shift=0, noise=0.0),
    epochs=4,
    batch=8,
)


@pytest.fixture(scope="module")
def clips():
    """Noise whose seven ratings are its levels in seven groups of bands."""
    rng = np.random.default_rng(5)
    ratings = np.clip(rng.normal(5.5, 1.8, (96, 7)), 1, 10).astype(np.float32)
    levels = np.repeat((ratings - 5.5) * 6 - 50, 3, axis=1)
    levels = np.pad(levels, ((0, 0), (0, 3)), constant_values=-50)
    frames = levels[:, None] + rng.normal(0, 5, (96, 60, 24))
    table = pd.DataFrame({"name": [str(i) for i in range(96)], "domain": "source", "split": "training"})
    codes = encode(frames, FRONTEND.floor_db)
    return RatedClips(codes, FRONTEND.floor_db, np.arange(96), ratings, np.repeat(ratings[:, None], 2, axis=1), table)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def log(run):
    return pd.read_csv(run / "log.csv")


def test_it_learns_and_exports(clips, tmp_path):
    network = fit(replace(CONFIG, epochs=20), clips, clips, None, tmp_path / "run")
    rows = log(tmp_path / "run")
    assert rows["loss"].iloc[-1] < 0.5 * rows["loss"].iloc[0]
    assert correlations(predict(network, clips), clips.ratings).mean() > 0.8

    config = CONFIG.network
    card = ModelCard("tiny", "1", "a test", NAMES, FRONTEND, config.stride, config.receptive_field,
                     "computed")  # fmt: skip
    assert export(network, card, tmp_path / "tiny.onnx") <= 1e-4
    model = Model(tmp_path / "tiny.onnx")
    assert model.card == card
    assert b".py" not in (tmp_path / "tiny.onnx").read_bytes()  # no names of source files
    frames = clips.frames(slice(0, 1))[0]
    assert np.abs(model.predict(frames).mean(axis=0) - predict(network, clips)[0]).max() < 0.2  # bfloat16


def test_a_stopped_run_goes_on_to_the_same_result(clips, tmp_path, monkeypatch):
    whole = fit(CONFIG, clips, clips, clips, tmp_path / "whole")

    calls = []

    def stop(network, watched):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return predict(network, watched)

    monkeypatch.setattr("training.fit.predict", stop)
    with pytest.raises(KeyboardInterrupt):
        fit(CONFIG, clips, clips, None, tmp_path / "stopped")
    monkeypatch.undo()
    resumed = fit(CONFIG, clips, clips, None, tmp_path / "stopped")
    for first, second in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(first, second)
    assert list(log(tmp_path / "stopped")["epoch"]) == [1, 2, 3, 4]


def test_another_configuration_does_not_resume(clips, tmp_path):
    fit(replace(CONFIG, epochs=1), clips, clips, None, tmp_path)
    with pytest.raises(RunError, match="another configuration"):
        fit(CONFIG, clips, clips, None, tmp_path)


def test_a_loss_that_is_no_number_stops_the_run(clips, tmp_path):
    broken = replace(clips, ratings=np.full_like(clips.ratings, np.nan))
    with pytest.raises(RunError, match="lower the learning rate"):
        fit(CONFIG, broken, clips, None, tmp_path)


def test_export_refuses_a_file_that_differs(clips, tmp_path, monkeypatch):
    network = RFResNet(CONFIG.network)
    card = ModelCard("tiny", "1", "a test", NAMES, FRONTEND, 2, CONFIG.network.receptive_field,
                     "computed")  # fmt: skip
    monkeypatch.setattr("training.export.compare", lambda rated, path: compare(rated, path) + 1)
    with pytest.raises(ModelError, match="differs from torch"):
        export(network, card, tmp_path / "tiny.onnx")
    assert not list(tmp_path.iterdir())


def test_correlations():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(50, 7)), rng.normal(size=(50, 7))
    expected = [np.corrcoef(first[:, i], second[:, i])[0, 1] for i in range(7)]
    assert np.allclose(correlations(first, second), expected)
    assert correlations(first, np.ones_like(first)).tolist() == [0.0] * 7


def test_a_curve_is_averaged_over_the_seconds_it_describes():
    config = FitConfig()
    frames = config.frontend.count(round(15 * config.frontend.rate))
    length = (frames - config.network.receptive_field) // config.network.stride + 1
    means, seen = window_means(config, length, 15)
    assert torch.allclose(means.sum(dim=1), torch.ones(len(seen)))
    centres = (config.network.receptive_field - 1) / 2 + config.network.stride * np.arange(length)
    time = torch.from_numpy(config.frontend.times(centres).astype(np.float32))
    away = (means @ time - (seen + 0.5)).abs()
    assert away[1:-1].max() < 0.1
    assert away.max() < 0.5  # the first and the last second are seen in part
    assert seen.tolist() == list(range(1, 14))
