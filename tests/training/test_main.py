"""The command line of the training package: errors are told, not thrown, and commands get what was asked for."""

import re
from pathlib import Path

import pytest

from tests.training.clips_made import CONFIG, made_clips
from training import experiment, fit, lessons, refine, runs, table
from training.__main__ import main
from training.fit import PUBLISHED, FitConfig
from training.lessons import Lessons
from training.networks import Network

TRAINS = {"fit": (), "adapt": (), "refine": ("--teachers", "one", "two")}


@pytest.fixture
def given(monkeypatch):
    """Lessons in place of a corpus; what commands hand to the functions that train, instead of training."""
    calls = {}

    def kept(name):
        def call(*arguments):
            calls[name] = arguments

        return call

    def corpus_lessons(corpus, recordings, frontend):
        calls["lessons"] = (corpus, recordings, frontend)
        return Lessons(made_clips(8), made_clips(8))

    monkeypatch.setattr(lessons, "corpus_lessons", corpus_lessons)
    monkeypatch.setattr(fit, "fit", kept("fit"))
    monkeypatch.setattr(refine, "refine", kept("refine"))
    monkeypatch.setattr(experiment, "run_experiment", kept("run"))
    monkeypatch.setattr(table, "write_table", kept("table"))
    return calls


def finished_run(folder, r):
    """A run whose network reached an r on its validation clips."""
    runs.take_run(folder, CONFIG, runs.Origin("made"))
    runs.keep_epoch(folder, {"epoch": 1, "validation r": r}, {})
    runs.finish(folder, Network(CONFIG.network))
    return folder


def test_a_missing_corpus_is_named(tmp_path, capsys):
    assert main(["corpus", "report", "--corpus", str(tmp_path), "--out", str(tmp_path / "report.html")]) == 1
    told = capsys.readouterr().err
    assert "python -m training corpus" in told
    assert str(tmp_path) in told
    assert not (tmp_path / "report.html").exists()


def test_claims_are_saved_only_into_a_model(tmp_path, capsys):
    assert main(["claims", "--data", str(tmp_path), "--save"]) == 1
    assert "--model" in capsys.readouterr().err


def test_a_wrong_call_ends_with_2():
    for call in (
        [],
        ["corpus"],
        ["claims"],
        ["no such command"],
        ["refine", "--run", "run"],  # by whom?
        ["table", "table.toml"],  # with what data?
        ["export", "--data", "kit"],  # to where?
    ):
        with pytest.raises(SystemExit) as end:
            main(call)
        assert end.value.code == 2


@pytest.mark.parametrize("command", TRAINS)
def test_what_trains_names_a_missing_corpus(command, tmp_path, capsys):
    call = [command, *TRAINS[command], "--corpus", str(tmp_path / "corpus"), "--run", str(tmp_path / "run")]
    assert main(call) == 1
    told = capsys.readouterr().err
    assert f"python -m training {command}" in told
    assert str(tmp_path / "corpus") in told
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", TRAINS)
def test_what_trains_names_an_unknown_setting(command, given, tmp_path, capsys):
    config = tmp_path / "mine.toml"
    config.write_text("epoch = 3")
    assert main([command, *TRAINS[command], "--config", str(config)]) == 1
    assert re.search(rf"{config}: unknown epoch; there are .*epochs", capsys.readouterr().err)
    assert not given


@pytest.mark.parametrize(("command", "default"), [("fit", FitConfig()), ("adapt", PUBLISHED)])
def test_a_network_is_trained_by_default_or_as_the_file_says(command, default, given, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text('epochs = 3\nadaptation = { method = "coral" }\nfrontend = { hop = 512 }')
    assert main([command, "--corpus", "somewhere", "--recordings", "mine", "--run", "there"]) == 0
    assert given["lessons"] == (Path("somewhere"), Path("mine"), default.frontend)
    assert given["fit"][0] == default
    assert given["fit"][2] == Path("there")
    assert main([command, "--config", str(config)]) == 0
    found = given["fit"][0]
    assert (found.epochs, found.adaptation.method, found.frontend.hop) == (3, "coral", 512)
    assert found.network == default.network
    assert given["lessons"][1:] == (None, found.frontend)


def test_adaptation_goes_on_from_a_finished_run(given, tmp_path, capsys):
    assert main(["adapt", "--start", str(finished_run(tmp_path / "run", 0.5))]) == 0
    assert given["fit"][3] == tmp_path / "run"


def test_a_student_learns_from_the_best(given, tmp_path, capsys):
    rs = {"one": 0.5, "two": 0.7, "three": 0.6}
    teachers = [str(finished_run(tmp_path / name, r)) for name, r in rs.items()]
    assert main(["refine", "--teachers", *teachers, "--best", "2", "--run", "student"]) == 0
    config, _, chosen, run, start = given["refine"]
    assert config == FitConfig()
    assert [path.name for path in chosen] == ["two", "three"]
    assert (run, start) == (Path("student"), None)
    assert main(["refine", "--teachers", *teachers]) == 0
    assert {path.name for path in given["refine"][2]} == set(rs)
    assert main(["refine", "--teachers", teachers[0], str(tmp_path / "gone"), "--best", "2"]) == 1
    assert str(tmp_path / "gone") in capsys.readouterr().err


def test_a_table_is_run_and_then_written(given, tmp_path, capsys):
    path = tmp_path / "mine.toml"
    call = ["table", str(path), "--data", "kit/data", "--corpus", "corpus", "--out", "out", "--soundfonts", "a", "b"]
    assert main(call) == 1
    assert f"{path} cannot be read" in capsys.readouterr().err
    path.write_text('title = "mine"\n[[rows]]\nname = "plain"')
    assert main([*call, "--jobs", "1"]) == 0
    mine, place, jobs = given["run"]
    assert mine.title == "mine"
    assert place == experiment.Place(
        Path("corpus"), Path("kit/data"), None, (Path("a"), Path("b"), Path("kit/soundfonts")), Path("out")
    )
    assert jobs == 1
    assert given["table"] == (mine, place)
