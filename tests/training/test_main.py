"""The command line of the training package: errors are told, not thrown."""

import pytest

from training.__main__ import main


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
    for call in ([], ["corpus"], ["claims"], ["no such command"]):
        with pytest.raises(SystemExit) as end:
            main(call)
        assert end.value.code == 2
