"""The folder of a run says at any time how far it came, each epoch once."""

import csv
import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.training.clips_made import CONFIG
from training import runs
from training.errors import RunError


def log(run):
    with (run / "log.csv").open(newline="") as stream:
        return [(int(row["epoch"]), float(row["loss"])) for row in csv.DictReader(stream)]


def keep(run, epoch, loss, r=0.0):
    runs.keep_epoch(run, {"epoch": epoch, "loss": loss, "validation r": r}, {"epoch": epoch})


ORIGIN = runs.Origin("clips", "", (runs.UNLABELLED,), ("a.flac", "b.flac"))


def test_a_folder_belongs_to_one_configuration(tmp_path):
    run = tmp_path / "deep" / "run"
    for _ in range(2):
        runs.take_run(run, CONFIG, ORIGIN)
    assert runs.recorded_config(run)["network"]["stem"] == CONFIG.network.stem
    with pytest.raises(RunError, match="another configuration: name another folder, or remove it"):
        runs.take_run(run, replace(CONFIG, seed=1), ORIGIN)
    with pytest.raises(RunError, match="other clips, other teachers or another start"):
        runs.take_run(run, CONFIG, replace(ORIGIN, start="another"))
    assert runs.recorded_origin(run) == ORIGIN
    with pytest.raises(RunError, match=r"config\.json cannot be read"):
        runs.recorded_config(tmp_path)
    (run / "config.json").write_text("{")
    with pytest.raises(RunError, match=r"config\.json cannot be read"):
        runs.recorded_config(run)


def test_an_epoch_that_is_done_again_is_logged_once(tmp_path):
    assert runs.kept_state(tmp_path) is None
    for epoch, loss in ((1, 5.0), (2, 4.0), (3, 3.0), (2, 4.5), (3, 3.5)):
        keep(tmp_path, epoch, loss)
        assert runs.kept_state(tmp_path) == {"epoch": epoch}
    assert log(tmp_path) == [(1, 5.0), (2, 4.5), (3, 3.5)]


@pytest.mark.parametrize("broken", ["training.runs.torch.save", "training.runs.csv.DictWriter.writerows"])
def test_whatever_a_run_was_stopped_in_no_epoch_is_lost(broken, tmp_path, monkeypatch):
    for epoch in (1, 2):
        keep(tmp_path, epoch, 5.0)

    def stop(*given, **named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(broken, stop)
        with pytest.raises(KeyboardInterrupt):
            keep(tmp_path, 3, 4.0)
    for epoch in range(runs.kept_state(tmp_path)["epoch"] + 1, 5):  # a run goes on behind its state
        keep(tmp_path, epoch, 3.0)
    assert [epoch for epoch, _ in log(tmp_path)] == [1, 2, 3, 4]


def test_the_best_r_of_a_run(tmp_path):
    for name, patience, reached in (("last", 0, 0.375), ("best", 2, 0.5)):
        runs.take_run(tmp_path / name, replace(CONFIG, patience=patience), ORIGIN)
        for epoch, r in enumerate((0.25, 0.5, 0.375), start=1):
            keep(tmp_path / name, epoch, 1.0, r)
        assert runs.validation_r(tmp_path / name) == reached
    (tmp_path / "last/log.csv").unlink()
    with pytest.raises(RunError, match=r"log\.csv cannot be read .*: name the folder of a training run"):
        runs.validation_r(tmp_path / "last")


def test_a_finished_run_keeps_its_network_alone(tmp_path):
    keep(tmp_path, 1, 1.0)
    assert runs.finished_weights(tmp_path) is None
    layer = nn.Linear(3, 2)
    runs.finish(tmp_path, layer)
    assert torch.equal(runs.finished_weights(tmp_path)["weight"], layer.weight)
    assert runs.kept_state(tmp_path) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "network.pt"]


def test_plain_data_is_written_at_once(tmp_path):
    runs.write_json(tmp_path / "a.json", {"a": [1, 2]})
    with pytest.raises(TypeError):
        runs.write_json(tmp_path / "a.json", {"a": {1, 2}})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1, 2]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
