"""Training learns, resumes to the same result, passes over what nobody rated, and says what stops it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from midlevel_app.errors import ModelError
from midlevel_app.features import NAMES
from midlevel_app.model import Model, ModelCard
from tests.app.tiny_model import write_tiny_model
from tests.training.clips_made import CONFIG, FRONTEND, finish_run, made_clips
from training import runs
from training.adapt import CORAL, MEAN_TEACHER, NONE, REVERSAL, Adaptation
from training.errors import RunError
from training.export import compare, export
from training.fit import fit, load_config, load_network
from training.lessons import Lessons
from training.networks import Network
from training.predict import correlations, predict

METHODS = (NONE, REVERSAL, CORAL, MEAN_TEACHER)


@pytest.fixture(scope="module")
def lessons():
    return Lessons(made_clips(32, 1), made_clips(24, 2), target=made_clips(20, 3).unlabelled())


def adapted(method, **values):
    return replace(CONFIG, adaptation=Adaptation(method), **values)


def log(run):
    return pd.read_csv(run / "log.csv")


def stop_in(epoch, monkeypatch):
    """Make the run stop after it learnt in an epoch and before anything of it is kept."""
    calls = []

    def stop(*given):
        calls.append(1)
        if len(calls) == epoch:
            raise KeyboardInterrupt
        return predict(*given)

    monkeypatch.setattr("training.fit.predict", stop)


def equal(first, second):
    return all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))


def test_it_learns_ratings_and_spread(tmp_path):
    clips = made_clips(96)
    spread = 0.4 * (10 - clips.windowed)
    config = replace(CONFIG, network=replace(CONFIG.network, spread=True), epochs=16)
    network = fit(config, Lessons(replace(clips, spread=spread), clips), tmp_path / "run")
    rows = log(tmp_path / "run")
    assert rows["loss"].iloc[-1] < 0.5 * rows["loss"].iloc[0]
    said = predict(network, clips, FRONTEND)
    assert correlations(said.ratings, clips.ratings).mean() > 0.8
    assert rows["validation r"].iloc[-1] == pytest.approx(correlations(said.ratings, clips.ratings).mean(), abs=0.01)
    said_spread = np.nanmean(said.spread, axis=1)
    assert correlations(said_spread, spread[:, 0]).mean() > 0.65
    assert said_spread.mean() == pytest.approx(spread.mean(), rel=0.15)


@pytest.mark.parametrize("every", [1, 4])
def test_it_learns_what_changes_within_a_clip(every, tmp_path):
    clips = made_clips(64, changing=True)
    config = replace(CONFIG, curve_weight=2.0, every=every, epochs=8)
    said = predict(fit(config, Lessons(clips, clips), tmp_path), clips, FRONTEND).windowed
    changes, wanted = (np.diff(windowed[:, 1:3], axis=1)[:, 0] for windowed in (said, clips.windowed))
    assert correlations(changes, wanted).mean() > 0.7


@pytest.mark.parametrize("method", METHODS)
def test_a_stopped_run_goes_on_to_the_same_result(method, lessons, tmp_path, monkeypatch):
    config = adapted(method)
    whole = fit(config, replace(lessons, watched=lessons.validation), tmp_path / "whole")
    stop_in(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit(config, lessons, tmp_path / "stopped")
    monkeypatch.undo()
    with pytest.raises(RunError, match="not finished"):
        load_network(tmp_path / "stopped")
    resumed = fit(config, lessons, tmp_path / "stopped")
    assert equal(whole, resumed)
    rows = log(tmp_path / "stopped")
    assert list(rows["epoch"]) == [1, 2, 3]
    assert (rows["adaptation loss"] > 0).all() == (method != NONE)
    assert rows["watched r"].isna().all()
    seen = log(tmp_path / "whole")
    assert list(seen["watched r"]) == list(seen["validation r"])
    assert load_config(tmp_path / "stopped") == config


def test_methods_of_adaptation_differ(lessons, tmp_path):
    networks = [fit(adapted(method, epochs=1), lessons, tmp_path / method) for method in METHODS]
    assert not any(equal(one, other) for place, one in enumerate(networks) for other in networks[:place])


@pytest.mark.parametrize("method", METHODS)
def test_what_the_target_is_rated_is_not_looked_at(method, lessons, tmp_path):
    target = lessons.target
    told = replace(target, ratings=target.ratings * 0 + 1e9, windowed=np.full_like(target.windowed, 1e9))
    config = adapted(method, epochs=1)
    blind = fit(config, lessons, tmp_path / "blind")
    assert equal(blind, fit(config, replace(lessons, target=told), tmp_path / "told"))


def test_clips_that_nobody_rated_are_passed_over(lessons, tmp_path):
    """Each clip once more, without ratings, in the same batch: the loss and what is learnt from it stay."""
    clips = lessons.training
    twice = clips.select(np.arange(len(clips)).repeat(2))
    ratings, windowed = twice.ratings.copy(), twice.windowed.copy()
    ratings[1::2], windowed[1::2] = np.nan, np.nan
    half = replace(twice, ratings=ratings, windowed=windowed)
    still = replace(CONFIG.augmentation, gain=0.0)
    config = replace(CONFIG, network=replace(CONFIG.network, dropout=0.0), augmentation=still, epochs=6)
    fit(replace(config, batch=len(clips)), replace(lessons, training=clips), tmp_path / "rated")
    fit(replace(config, batch=len(twice)), replace(lessons, training=half), tmp_path / "half")
    wanted, found = log(tmp_path / "rated"), log(tmp_path / "half")
    assert found["loss"].to_numpy() == pytest.approx(wanted["loss"].to_numpy(), rel=0.03)
    assert found["loss"].iloc[-1] < 0.9 * found["loss"].iloc[0]


def test_a_feature_that_nobody_rated_is_not_learnt(lessons, tmp_path):
    clips = lessons.training
    ratings, windowed = clips.ratings.copy(), clips.windowed.copy()
    ratings[:, 4], windowed[:, :, 4] = np.nan, np.nan
    start = Network(CONFIG.network)
    known = replace(lessons, training=replace(clips, ratings=ratings, windowed=windowed))
    begun = finish_run(tmp_path / "start", start)
    learnt = fit(replace(CONFIG, weight_decay=0.0, epochs=1), known, tmp_path / "run", begun)
    moved = (learnt.head.weight - start.head.weight).abs().amax(dim=1)
    assert [place for place in range(7) if moved[place] == 0] == [4]


def test_it_learns_on_from_given_weights(lessons, tmp_path):
    start = Network(CONFIG.network)
    begun = finish_run(tmp_path / "start", start)
    student = replace(CONFIG, network=replace(CONFIG.network, spread=True), learning_rate=0.0, epochs=1)
    with pytest.raises(RunError, match="nobody says how far they differed"):
        fit(student, lessons, tmp_path / "run", begun)
    clips = lessons.training
    taught = replace(lessons, training=replace(clips, spread=np.ones_like(clips.windowed)))
    learnt = dict(fit(student, taught, tmp_path / "run", begun).named_parameters())
    assert all(torch.equal(weight, learnt[name]) for name, weight in start.named_parameters())


def test_patience_takes_the_best_epoch(lessons, tmp_path, monkeypatch):
    reached = (0.1, 0.5, 0.3, 0.4, 0.9)
    config = replace(CONFIG, epochs=5, patience=2)
    kept = []

    def watch(network, *given):
        kept.append({name: weight.clone() for name, weight in network.state_dict().items()})
        if len(kept) == stopped_in:
            raise KeyboardInterrupt
        return predict(network, *given)

    monkeypatch.setattr("training.fit.predict", watch)
    monkeypatch.setattr("training.fit.correlations", lambda *given: np.full(7, reached[len(kept) - 1]))
    stopped_in = None
    network = fit(config, lessons, tmp_path / "whole")
    assert list(log(tmp_path / "whole")["epoch"]) == [1, 2, 3, 4]
    assert all(torch.equal(weight, kept[1][name]) for name, weight in network.state_dict().items())

    kept, stopped_in = [], 4
    with pytest.raises(KeyboardInterrupt):
        fit(config, lessons, tmp_path / "stopped")
    kept.pop()
    stopped_in = None
    assert equal(fit(config, lessons, tmp_path / "stopped"), network)
    assert list(log(tmp_path / "stopped")["epoch"]) == [1, 2, 3, 4]


def test_the_published_schedule_halves_the_learning_rate(lessons, tmp_path, monkeypatch):
    stop_in(4, monkeypatch)
    config = replace(CONFIG, schedule="halving", learning_rate=1e-3, epochs=9)
    with pytest.raises(KeyboardInterrupt):
        fit(config, lessons, tmp_path)
    state = runs.kept_state(tmp_path)
    assert state["epoch"] == 3
    assert [group["lr"] for group in state["optimiser"]["param_groups"]] == [5e-4]


def test_a_finished_run_is_not_trained_again(lessons, tmp_path, monkeypatch):
    config = replace(CONFIG, epochs=1)
    network = fit(config, lessons, tmp_path)
    rows = log(tmp_path)
    monkeypatch.setattr("training.fit.predict", None)
    assert equal(fit(config, lessons, tmp_path), network)
    assert log(tmp_path).equals(rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "log.csv", "network.pt"]


def test_another_configuration_does_not_resume(lessons, tmp_path):
    fit(replace(CONFIG, epochs=1), lessons, tmp_path)
    with pytest.raises(RunError, match="another configuration"):
        fit(CONFIG, lessons, tmp_path)


def test_a_loss_that_is_no_number_stops_the_run(lessons, tmp_path):
    with pytest.raises(RunError, match=r"the loss is (nan|inf) in epoch 1: lower the learning rate"):
        fit(replace(CONFIG, learning_rate=1e30), lessons, tmp_path)


def test_too_few_clips_are_told(lessons, tmp_path):
    few = lessons.training.select(np.arange(7))
    with pytest.raises(RunError, match="7 clips to learn from are less than a batch of 8"):
        fit(CONFIG, replace(lessons, training=few), tmp_path)


@pytest.mark.parametrize("method", METHODS[1:])
def test_adaptation_needs_a_target(method, lessons, tmp_path):
    for target in (None, lessons.target.select(np.arange(7))):
        with pytest.raises(RunError, match=rf"adaptation \({method}\) needs unlabelled clips"):
            fit(adapted(method), replace(lessons, target=target), tmp_path)


def test_what_is_no_run_is_named(tmp_path):
    with pytest.raises(RunError, match=r"config\.json cannot be read .*: name the folder of a training run"):
        load_network(tmp_path)


def test_export_refuses_a_file_that_differs(tmp_path, monkeypatch):
    monkeypatch.setattr("training.export.compare", lambda rated, path: compare(rated, path) + 1)
    network = CONFIG.network
    card = ModelCard("tiny", "1", "a test", NAMES, FRONTEND, network.stride, network.receptive_field,
                     "computed")  # fmt: skip
    with pytest.raises(ModelError, match="differs from torch"):
        export(Network(network), card, tmp_path / "tiny.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_without_the_spread_is_no_copy_of_a_network_with_it(tmp_path):
    path = write_tiny_model(tmp_path / "tiny.onnx")
    model = Model(path)

    def rated(frames, outputs):
        return [torch.from_numpy(model.predict(frames[0].numpy()))[None]] * outputs

    assert compare(partial(rated, outputs=1), path) == 0
    assert compare(partial(rated, outputs=2), path) == np.inf


@pytest.mark.parametrize("count", [8, 40])  # of batches: 1, and 5, a fifth of which is one
def test_a_run_may_be_short(count, tmp_path):
    fit(replace(CONFIG, epochs=1), Lessons(made_clips(count), made_clips(8)), tmp_path)


def test_a_run_needs_ratings_to_be_watched_on(tmp_path):
    with pytest.raises(RunError, match="r on the 8 clips that the run is watched on is nan"):
        fit(CONFIG, Lessons(made_clips(16), made_clips(8).unlabelled()), tmp_path)


def test_a_run_is_not_gone_on_with_from_elsewhere(tmp_path):
    """Other clips or another start are another run, even where the configuration is the same."""
    first, other = (Lessons(made_clips(16, seed), made_clips(8)) for seed in (1, 2))
    one, two = (finish_run(tmp_path / name, Network(CONFIG.network)) for name in ("one", "two"))
    fit(CONFIG, first, tmp_path / "run", one)
    fit(CONFIG, first, tmp_path / "run", one)
    for lessons, start in ((other, one), (first, two), (first, None)):
        with pytest.raises(RunError, match="other clips, other teachers or another start"):
            fit(CONFIG, lessons, tmp_path / "run", start)
    wide = replace(CONFIG, network=replace(CONFIG.network, stem=12))
    with pytest.raises(RunError, match="another configuration"):
        fit(wide, first, tmp_path / "wide", one)
    assert not (tmp_path / "wide").exists()


@pytest.mark.parametrize("name", ["epochs", "every", "batch"])
def test_numbers_without_meaning_are_named(name, tmp_path):
    with pytest.raises(RunError, match=f"{name}: too small"):
        fit(replace(CONFIG, **{name: 0}), Lessons(made_clips(16), made_clips(8)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("method", [REVERSAL, CORAL])
def test_domains_that_both_hold_piano_are_not_told_apart(method, tmp_path):
    lessons = Lessons(made_clips(16), made_clips(8), target=made_clips(16).unlabelled(), piano=runs.TAUGHT)
    with pytest.raises(RunError, match="both hold piano"):
        fit(replace(CONFIG, adaptation=Adaptation(method)), lessons, tmp_path / "run")
    fit(replace(CONFIG, epochs=1, adaptation=Adaptation(MEAN_TEACHER)), lessons, tmp_path / "run")


def test_what_a_network_heard_is_recorded_through_all_its_starts(tmp_path):
    heard = made_clips(16, 5).unlabelled()
    adapted = Lessons(made_clips(16), made_clips(8), target=replace(heard, table=heard.table.assign(work="a.flac")))
    plain = replace(adapted, training=replace(adapted.training, table=adapted.training.table.assign(domain="source")))
    config = replace(CONFIG, epochs=1)
    fit(config, plain, tmp_path / "plain")
    assert runs.recorded_origin(tmp_path / "plain").piano == ()
    assert runs.recorded_origin(tmp_path / "plain").recordings == ()
    fit(replace(config, adaptation=Adaptation(REVERSAL)), plain, tmp_path / "adapted", tmp_path / "plain")
    fit(config, plain, tmp_path / "again", tmp_path / "adapted")
    for run in ("adapted", "again"):
        assert runs.recorded_origin(tmp_path / run).piano == (runs.UNLABELLED,)
        assert runs.recorded_origin(tmp_path / run).recordings == ("a.flac",)
