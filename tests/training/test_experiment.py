"""An experiment is read with its overrides, runs what others build on first, and goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from midlevel_app.features import NAMES
from tests.training.clips_made import CONFIG, FRONTEND, made_clips
from tests.training.trials_made import made_trials
from training import experiment as experiments
from training import fit as fitting
from training.adapt import Adaptation
from training.corpus.clips import PIANO_DOMAIN
from training.corpus.sources import TRAINING
from training.errors import RunError
from training.experiment import SCORES, Experiment, Place, Row, read_experiment, run_experiment, scored
from training.fit import FitConfig, load_config, load_network
from training.lessons import Lessons
from training.networks import Network, rf_resnet, vggish
from training.table import TESTS, write_table

FIT = replace(CONFIG, epochs=2)
EXPERIMENT = Experiment(
    "tiny",
    (0, 1),
    source_clips=24,
    target_clips=0,
    rows=(
        Row("plain", FIT),
        Row("reversal", replace(FIT, adaptation=Adaptation("reversal")), start="plain"),
        Row("norms", FIT, start="plain", norms=True),
        Row("student", FIT, labels="teachers", teachers=("plain", "reversal"), best=2),
        Row("bound", FIT, labels="target"),
    ),
)

SHIPPED = sorted((Path(experiments.__file__).parent / "experiments").glob("*.toml"))

TOML = """
title = "a title"
seeds = [3, 4]
target_clips = 100

[fit]
epochs = 7
network = { stem = 12 }

[[rows]]
name = "plain"

[[rows]]
name = "adapted"
start = "plain"
fit = { epochs = 9, adaptation = { method = "coral" } }

[[rows]]
name = "student"
labels = "teachers"
teachers = ["plain", "adapted"]
fit.network.blocks = [{ channels = 8, kernels = [3, 1] }]
"""


def place_in(out):
    return Place(Path("corpus"), Path("data"), None, (), out)


@pytest.fixture
def data(monkeypatch):
    """Made clips and tests in place of a corpus."""
    target = made_clips(16, 2)
    table = target.table.assign(domain=PIANO_DOMAIN, split=TRAINING)
    lessons = Lessons(made_clips(32, 0), made_clips(16, 1), made_clips(16, 3), target.unlabelled())
    trials = made_trials()
    monkeypatch.setattr(experiments, "corpus_lessons", lambda corpus, recordings, frontend: lessons)
    monkeypatch.setattr(experiments, "load_corpus", lambda corpus, frontend: replace(target, table=table))
    monkeypatch.setattr(experiments, "gather", lambda corpus, data, soundfonts, frontend: trials)
    before = torch.get_num_threads()
    yield lessons
    torch.set_num_threads(before)


def scores(place, experiment=EXPERIMENT):
    """Everything that the runs' folders hold of scores, by row and seed."""
    return {
        (row.name, seed): json.loads((place.run(row, seed) / SCORES).read_text())
        for row in experiment.rows
        for seed in experiment.seeds
    }


def write(path, text):
    path.write_text(text)
    return path


def test_rows_override_the_settings_of_all(tmp_path):
    experiment = read_experiment(write(tmp_path / "table.toml", TOML))
    assert (experiment.title, experiment.seeds) == ("a title", (3, 4))
    assert (experiment.source_clips, experiment.target_clips) == (0, 100)
    plain, adapted, student = experiment.rows
    assert [row.fit.epochs for row in experiment.rows] == [7, 9, 7]
    assert [row.fit.network.stem for row in experiment.rows] == [12, 12, 12]
    assert plain == Row("plain", plain.fit)
    assert adapted.start == "plain"
    assert adapted.fit == replace(plain.fit, epochs=9, adaptation=Adaptation("coral"))
    assert student.teachers == ("plain", "adapted")
    assert [block.kernels for block in student.fit.network.blocks] == [(3, 1)]
    assert experiment.row("adapted") is adapted


def test_a_layout_decides_the_network(tmp_path):
    text = """
    [fit]
    epochs = 7
    [[rows]]
    name = "vgg"
    layout = "vgg-ish"
    width = 8
    [[rows]]
    name = "resnet"
    layout = "rf-resnet"
    width = 16
    rho = 3
    fit.epochs = 2
    """
    vgg, resnet = read_experiment(write(tmp_path / "mine.toml", text)).rows
    assert vgg.fit == FitConfig(network=vggish(8), epochs=7)
    assert resnet.fit == FitConfig(network=rf_resnet(16, 3), epochs=2)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_experiments_that_come_along_can_be_read(path):
    experiment = read_experiment(path)
    place = place_in(Path("out"))
    assert len({place.run(row, 0) for row in experiment.rows}) == len(experiment.rows)
    students = [row for row in experiment.rows if row.teachers]
    assert all(len(row.teachers) * len(experiment.seeds) >= 2 for row in students)


def test_what_is_left_out_has_defaults(tmp_path):
    experiment = read_experiment(write(tmp_path / "mine.toml", '[[rows]]\nname = "plain"'))
    assert experiment == Experiment("mine", (0,), 0, 0, (Row("plain"),))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("title =", "titel =", "unknown titel; there are title, seeds"),
        ("seeds = [3, 4]", 'seeds = ["3"]', r"seeds\[0\]: .*int.* expected, got '3'"),
        ("epochs = 7", "epoch = 7", r"fit: unknown epoch; there are .*epochs"),
        ("stem = 12", "steam = 12", r"fit, network: unknown steam"),
        ('start = "plain"', 'begin = "plain"', r"rows\[1\]: unknown begin; there are name, fit"),
        ('method = "coral"', 'method = "corral"', r"rows\[1\], fit, adaptation, method: 'corral' is none of none, rev"),
        ('start = "plain"', 'start = "plane"', r"rows\[1\]: there is no row plane before it"),
        ('start = "plain"', 'start = "student"', r"rows\[1\]: there is no row student before it"),
        ('["plain", "adapted"]', '["plain", "adopted"]', r"rows\[2\]: there is no row adopted before it"),
        ('name = "adapted"', 'name = "plain"', r"rows\[1\]: each row needs a name of its own"),
        ('name = "adapted"\n', "", r"rows\[1\]: each row needs a name of its own"),
        ('labels = "teachers"\n', "", r'rows\[2\]: labels = "teachers", teachers, and best go'),
        ('labels = "teachers"\nteachers = ["plain", "adapted"]', "best = 2", r"rows\[2\]: .* and best go together"),
        ('teachers = ["plain", "adapted"]', 'teachers = ["plain"]\nbest = 1', r"rows\[2\]: .*at least two teachers"),
        ('start = "plain"', "norms = true", r"rows\[1\]: norms need a start"),
        ('start = "plain"', 'start = "plain"\nnorms = true\nlabels = "target"', r"rows\[1\]: norms need .* no labels"),
        ("epochs = 9,", "network = { stem = 9 },", r"rows\[1\]: its network has another shape than that of plain"),
        ('name = "adapted"', 'name = "+ Plain"', r"rows\[1\]: each row needs a name of its own"),
        ("seeds = [3, 4]", "seeds = []", "seeds must be at least one"),
        ("seeds = [3, 4]", "seeds = [3, 3]", "seeds must be at least one, each another"),
        ("[fit]\nepochs = 7\nnetwork = { stem = 12 }", "fit = 3", "fit: settings by name expected, got 3"),
        ("[[rows]]", "[[lines]]", "unknown lines|there are no rows"),
        ("[[rows]]", "[[rows]", "is not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path, before, after, told):
    assert before in TOML
    path = write(tmp_path / "table.toml", TOML.replace(before, after))
    with pytest.raises(RunError, match=told) as caught:
        read_experiment(path)
    assert str(path) in str(caught.value)


def test_folders_are_named_after_rows():
    place = place_in(Path("out"))
    assert place.run(Row("RF-ResNet + reversal (λ)"), 3) == Path("out/runs/rf-resnet-reversal-3")


def test_what_others_build_on_comes_first(tmp_path, monkeypatch, data):
    done = []
    monkeypatch.setattr(experiments, "_run", lambda experiment, place, name, seed: done.append((name, seed)))
    rows = (*EXPERIMENT.rows, Row("grandchild", FIT, start="norms"), Row("other", FIT))
    run_experiment(replace(EXPERIMENT, rows=rows), place_in(tmp_path), jobs=1)
    assert sorted(done) == sorted((row.name, seed) for row in rows for seed in (0, 1))
    order = [name for name, _ in done]
    for row in rows:
        for name in filter(None, (row.start, *row.teachers)):
            last = max(number for number, other in enumerate(order) if other == name)
            assert last < order.index(row.name)
    assert order[:6] == ["plain", "bound", "other"] * 2


def test_a_network_is_scored_on_everything():
    torch.manual_seed(0)
    for spread in (False, True):
        found = scored(Network(replace(CONFIG.network, spread=spread)), made_trials())
        assert [score["test"] for score in found["scores"]] == list(TESTS.values())
        assert found["discrepancy"] > 0
        assert (found["spread"] is not None) == spread
        assert json.loads(json.dumps(found)) == found


def test_each_kind_of_row_learns_from_what_it_should(data, tmp_path, monkeypatch):
    """The run of each row, the table of all, and nothing done twice."""
    calls = []

    def watched(config, lessons, run, start=None, devices="auto"):
        calls.append((run.name, lessons, start))
        return fitting.fit(config, lessons, run, start, devices)

    monkeypatch.setattr(experiments, "fit", watched)
    monkeypatch.setattr("training.refine.fit", watched)
    place = place_in(tmp_path)
    run_experiment(EXPERIMENT, place, jobs=1)
    lessons = {name: lessons for name, lessons, _ in calls}
    started = {name for name, _, start in calls if start is not None}
    assert started == {"reversal-0", "reversal-1"}
    assert len(calls) == 8  # the statistics of norms are not learnt

    assert len(lessons["plain-0"].training) == 24
    names = [set(lessons[f"plain-{seed}"].training.table["name"]) for seed in (0, 1)]
    assert names[0] != names[1]  # each seed draws its own clips
    assert np.isnan(lessons["reversal-0"].target.ratings).all()
    rated = lessons["student-0"].training
    assert len(rated) == 24 + 16
    assert np.isnan(rated.spread[:24]).all()
    assert (rated.spread[24:, 1:3] > 0).all()  # of the windows in which the curve has values
    assert np.array_equal(lessons["bound-0"].training.ratings[24:], made_clips(16, 2).ratings)

    plain, norms = (load_network(place.run(EXPERIMENT.row(name), 0)).state_dict() for name in ("plain", "norms"))
    same = {key for key in plain if torch.equal(plain[key], norms[key])}
    assert {key.split(".")[-1] for key in set(plain) - same} <= {"running_mean", "running_var", "num_batches_tracked"}
    assert "stem_norm.running_mean" not in same
    assert load_config(place.run(EXPERIMENT.row("student"), 1)).network.spread

    before = scores(place)
    assert [key for key, found in before.items() if found["spread"]] == [("student", 0), ("student", 1)]
    assert all(set(found["scores"][0]["r"]) == set(NAMES) for found in before.values())
    write_table(EXPERIMENT, place)
    table = pd.read_csv(tmp_path / "table.csv")
    of_plain = [found["scores"][0]["r"]["minorness"] for (name, _), found in before.items() if name == "plain"]
    assert table["minorness_r"][0] == pytest.approx(np.mean(of_plain))
    assert len(table) == 5 * len(TESTS)

    calls.clear()
    run_experiment(EXPERIMENT, place, jobs=1)
    assert not calls
    assert scores(place) == before


def test_a_killed_experiment_goes_on_to_the_same_scores(data, tmp_path, monkeypatch):
    experiment = replace(EXPERIMENT, rows=EXPERIMENT.rows[:4])
    whole, killed = place_in(tmp_path / "whole"), place_in(tmp_path / "killed")
    run_experiment(experiment, whole, jobs=1)

    def kill_at(target, name, call):
        """Stop the experiment when a function is called for the so manieth time."""
        original, count = getattr(target, name), [0]

        def wrapped(*arguments, **named):
            count[0] += 1
            if count[0] == call:
                raise KeyboardInterrupt
            return original(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(target, name, wrapped)
            with pytest.raises(KeyboardInterrupt):
                run_experiment(experiment, killed, jobs=1)

    kill_at(fitting, "predict", 4)  # within the second epoch of plain, seed 0
    assert not list(killed.out.rglob(SCORES))
    assert len(pd.read_csv(killed.run(experiment.rows[0], 0) / "log.csv")) == 1
    kill_at(experiments, "scored", 2)  # plain, seed 1, is trained but not scored
    kill_at(experiments, "adapt_norms", 2)
    kill_at(fitting, "predict", 4)  # of the student
    done = len(list(killed.out.rglob(SCORES)))
    assert 5 <= done < 8
    run_experiment(experiment, killed, jobs=1)
    assert scores(killed, experiment) == scores(whole, experiment)
    assert not list(killed.out.rglob("state.pt"))
    assert not list(killed.out.rglob("*.part"))


def test_its_front_end_is_that_of_the_rows(data, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(experiments, "corpus_lessons", lambda corpus, recordings, frontend: asked.append(frontend))
    monkeypatch.setattr(experiments, "_run", lambda *task: None)
    other = replace(FIT, frontend=replace(FRONTEND, hop=512))
    rows = (Row("plain", FIT), Row("another hop", other), Row("again", other))
    run_experiment(replace(EXPERIMENT, rows=rows), place_in(tmp_path), jobs=1)
    assert sorted(frontend.hop for frontend in asked) == [512, 735]  # each is prepared once, before the processes


@pytest.mark.parametrize("content", ["rows = 3", "rows = [1]", "[rows]\nname = 'plain'", "rows = []"])
def test_rows_that_are_none(content, tmp_path):
    with pytest.raises(RunError, match=r"rows"):
        read_experiment(write(tmp_path / "table.toml", content))


def test_settings_of_the_network_hold_within_a_layout(tmp_path):
    text = """
    [[rows]]
    name = "plain"
    layout = "rf-resnet"
    fit.network.coordinate = false
    """
    (row,) = read_experiment(write(tmp_path / "mine.toml", text)).rows
    assert row.fit.network == replace(rf_resnet(32), coordinate=False)


def test_scores_of_other_settings_are_not_taken(data, tmp_path):
    place = place_in(tmp_path)
    experiment = replace(EXPERIMENT, rows=EXPERIMENT.rows[:1], seeds=(0,))
    run_experiment(experiment, place, jobs=1)
    before = scores(place, experiment)
    longer = replace(experiment, rows=(Row("plain", replace(FIT, epochs=3)),))
    for other in (replace(experiment, source_clips=16), longer):
        with pytest.raises(RunError, match="plain-0 holds a run that was made otherwise"):
            run_experiment(other, place, jobs=1)
    assert scores(place, experiment) == before
