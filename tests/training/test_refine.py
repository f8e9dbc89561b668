"""Teachers rate what nobody rated, and a student learns from them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from midlevel_app.features import NAMES
from midlevel_app.model import Model, ModelCard
from tests.training.clips_made import CONFIG, FRONTEND, made_clips
from training import runs
from training.adapt import REVERSAL, Adaptation, ramp, reversal_loss
from training.errors import RunError
from training.export import export, on_grid
from training.fit import fit, load_config
from training.lessons import Lessons
from training.networks import Block, Network, rf_resnet, vggish
from training.predict import correlations, predict
from training.refine import best_runs, pseudo_rated, refine


def teachers(count):
    networks = []
    for seed in range(count):
        torch.manual_seed(seed)
        networks.append(Network(CONFIG.network))
    return networks


def test_pseudo_ratings_are_the_mean_and_spread_of_what_teachers_say():
    clips = made_clips(5)
    networks = teachers(3)
    rated = pseudo_rated(networks, clips.unlabelled(), FRONTEND)
    said = [predict(network, clips, FRONTEND) for network in networks]
    assert rated.ratings.dtype == rated.windowed.dtype == rated.spread.dtype == np.float32
    assert rated.ratings == pytest.approx(np.mean([one.ratings for one in said], axis=0), abs=1e-5)
    first, second, third = (one.windowed for one in said)
    mean = (first + second + third) / 3
    assert rated.windowed == pytest.approx(mean, abs=1e-5, nan_ok=True)
    variance = ((first - mean) ** 2 + (second - mean) ** 2 + (third - mean) ** 2) / 2
    assert rated.spread == pytest.approx(np.sqrt(variance), abs=1e-5, nan_ok=True)
    assert rated.spread[:, 2].min() > 0
    assert np.array_equal(rated.frames(np.arange(5)), clips.frames(np.arange(5)))


def test_one_teacher_has_no_spread():
    with pytest.raises(RunError, match="at least two teachers"):
        pseudo_rated(teachers(1), made_clips(2), FRONTEND)


def test_a_student_needs_something_to_be_rated(tmp_path):
    with pytest.raises(RunError, match="needs unlabelled clips"):
        refine(CONFIG, Lessons(made_clips(8), made_clips(8)), [], tmp_path / "student")
    assert not list(tmp_path.iterdir())


def test_best_runs_come_first(tmp_path):
    for name, reached in (("a", (0.1, 0.2)), ("b", (0.9, 0.3)), ("c", (0.5, 0.6)), ("d", (0.0, 0.4))):
        runs.take_run(tmp_path / name, CONFIG, runs.Origin("made"))
        for epoch, r in enumerate(reached, start=1):
            runs.keep_epoch(tmp_path / name, {"epoch": epoch, "validation r": r}, {})
    folders = sorted(tmp_path.iterdir())
    assert [run.name for run in best_runs(folders, 2)] == ["c", "d"]  # by the epoch whose network is kept
    assert [run.name for run in best_runs(folders, 0)] == ["a", "b", "c", "d"]  # none is left out


def test_from_two_adapted_teachers_to_the_file_of_their_student(tmp_path, monkeypatch):
    """The whole way: train and adapt, refine, export."""
    lessons = Lessons(made_clips(64, 1), made_clips(32, 2), target=made_clips(40, 3).unlabelled())
    strengths = []

    def watched(critic, source, target, strength):
        """As it is, after a look at its gradients beside those of a discriminator that nothing reverses."""
        inner = critic.module
        ends = [part.detach().requires_grad_() for part in (source, target)]
        truth = torch.tensor([0.0] * len(source) + [1.0] * len(target))
        plain = binary_cross_entropy_with_logits(inner(torch.cat(ends)), truth)
        for found, wanted in zip(
            torch.autograd.grad(reversal_loss(inner, *ends, strength), ends), torch.autograd.grad(plain, ends),
            strict=True,
        ):  # fmt: skip
            assert wanted.abs().max() > 0
            assert torch.allclose(found, -strength * wanted)
        assert torch.equal(reversal_loss(inner, source, target, strength), reversal_loss(inner, *ends, strength))
        strengths.append(strength)
        return reversal_loss(critic, source, target, strength)

    wide = replace(CONFIG.network, blocks=(Block(8, (3, 1)), Block(32, pool=True)))  # more than two units tell
    config = replace(CONFIG, network=wide, epochs=6)
    adapted = replace(config, adaptation=Adaptation(REVERSAL))
    with monkeypatch.context() as patched:
        patched.setattr("training.fit.reversal_loss", watched)
        for seed in (0, 1):
            fit(replace(adapted, seed=seed), lessons, tmp_path / f"teacher{seed}")
    steps = 6 * 64 // 8
    assert strengths == pytest.approx([ramp(step / steps) for step in range(steps)] * 2)

    ranked = best_runs([tmp_path / "teacher0", tmp_path / "teacher1"], 2)
    student = refine(config, lessons, ranked, tmp_path / "student")
    assert load_config(tmp_path / "student").network.spread
    for run in ("teacher0", "teacher1", "student"):
        losses = pd.read_csv(tmp_path / run / "log.csv")["ratings loss"]
        assert losses.iloc[-1] < 0.8 * losses.iloc[0]
    said = predict(student, lessons.validation, FRONTEND)
    assert correlations(said.ratings, lessons.validation.ratings).mean() > 0.7

    network = student.config
    card = ModelCard("student", "1", "a test", NAMES, FRONTEND, network.stride, network.receptive_field,
                     "computed")  # fmt: skip
    assert export(student, card, tmp_path / "student.onnx") <= 1e-4
    model = Model(tmp_path / "student.onnx")
    assert model.card == card
    assert model.has_spread
    assert b".py" not in (tmp_path / "student.onnx").read_bytes()  # no names of source files
    frames = lessons.validation.frames(np.arange(1))
    with torch.inference_mode():
        output = student(torch.from_numpy(frames))
    rated = model.rate(frames[0])
    assert rated.values == pytest.approx(5.5 + 1.8 * output.curve[0].numpy(), abs=1e-4)
    assert rated.spread == pytest.approx(1.8 * output.spread[0].numpy(), abs=1e-4)
    assert rated.values.mean(axis=0) == pytest.approx(said.ratings[0], abs=0.2)  # which was in bfloat16
    assert rated.spread.mean(axis=0) == pytest.approx(np.nanmean(said.spread[0], axis=0), abs=0.1)


@pytest.mark.parametrize("config", [rf_resnet(4), rf_resnet(4, 3), vggish(4)])
def test_what_lies_off_the_grid_is_smoothed_onto_it(config):
    """The published networks have no smoothing; their values, averaged over two, lie on the app's grid."""
    torch.manual_seed(0)
    network = Network(replace(config, bands=24)).eval()
    frames = torch.randn(1, 200, 24) * 20 - 50
    smoother = on_grid(network)
    assert (smoother.config.receptive_field - 1) % (2 * smoother.config.stride) == 0
    with torch.inference_mode():
        before, after = network(frames).curve, smoother(frames).curve
    assert torch.allclose(after, (before[:, 1:] + before[:, :-1]) / 2, atol=1e-5)
    assert on_grid(smoother) is smoother
