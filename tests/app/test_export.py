"""Exports: what CSV, sidecar and JSON hold, the round trip, and that a file is whole or not there."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

import midlevel_app
from midlevel_app.analysis import analyse
from midlevel_app.audio.decode import AudioFacts, open_audio
from midlevel_app.batch import DECIMALS
from midlevel_app.curves import Curves, smooth, values_at
from midlevel_app.errors import ExportError
from midlevel_app.export import Choices, check_target, chosen, csv_text, export, outputs, read_csv, render
from midlevel_app.features import NAMES
from tests.app.unprivileged import without_privileges

HEADER = "time," + ",".join(NAMES)
ROOT = Path(midlevel_app.__file__).parent.parent


@pytest.fixture(scope="module")
def analysed(recording, tiny_model):
    """Facts and curves of the eight seconds of `recording`."""
    return analysed_by(tiny_model, recording)


def analysed_by(model, path):
    with open_audio(path) as reader:
        curves = analyse(reader.blocks(), model)
        return reader.facts, curves


def write(target, analysed, model, choices=None, force=False):
    facts, curves = analysed
    return export(target, facts, model, curves, choices or Choices(), force)


def table(rows):
    return Curves(np.arange(len(rows)) / 15, np.array(rows, dtype=np.float64))


def test_csv_is_exactly_this():
    curves = table([[np.nan] * 7, [1, 10, 5.55555, -0.0001, 2.0005, np.nan, 123.4]])
    assert csv_text(curves) == (
        "time,melodiousness,articulation,rhythmic_complexity,rhythmic_stability,dissonance,tonal_stability,"
        "minorness\n"
        "0.000000,,,,,,,\n"
        "0.066667,1.000,10.000,5.556,0.000,2.001,,123.400\n"
    )


def test_csv_with_decimal_commas_is_exactly_this():
    curves = table([[np.nan] * 7, [1, 10, 5.55555, -0.0001, 2.0005, np.nan, 123.4]])
    assert csv_text(curves, "comma") == (
        "time;melodiousness;articulation;rhythmic_complexity;rhythmic_stability;dissonance;tonal_stability;"
        "minorness\n"
        "0,000000;;;;;;;\n"
        "0,066667;1,000;10,000;5,556;0,000;2,001;;123,400\n"
    )


@pytest.mark.parametrize("decimals", DECIMALS)
def test_both_forms_of_csv_are_read_back(tmp_path, analysed, tiny_model, decimals):
    write(tmp_path / "x.csv", analysed, tiny_model, Choices(decimals=decimals))
    read = read_csv(tmp_path / "x.csv")
    assert csv_text(read, decimals) == (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert csv_text(read).encode() == render(*_arguments(analysed, tiny_model), Choices())[0]


def test_round_trip(tmp_path, analysed, tiny_model):
    write(tmp_path / "x.csv", analysed, tiny_model)
    curves, read = analysed[1], read_csv(tmp_path / "x.csv")
    np.testing.assert_allclose(read.times, curves.times, atol=5e-7)
    np.testing.assert_allclose(read.values, curves.values, atol=5.0001e-4)
    assert read.features == NAMES
    assert csv_text(read) == (tmp_path / "x.csv").read_text(encoding="utf-8")


def test_round_trip_of_nothing(tmp_path):
    (tmp_path / "x.csv").write_text(HEADER + "\n", encoding="utf-8")
    assert len(read_csv(tmp_path / "x.csv")) == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "line 1 must name time"),
        (b"a,b\n1,2\n", "line 1 must name time"),
        (HEADER.encode() + b"\n0,1,2\n", "line 2 does not hold 8 numbers"),
        (HEADER.encode() + b"\n0,,,,,,,\n0.1,x,,,,,,\n", "line 3 does not hold 8 numbers"),
        (HEADER.replace(",", ";").encode() + b"\n0,1;;;;;;;\n0,1;1.234,5;;;;;;\n", "line 3 does not hold 8 numbers"),
        (b"\xff\xfe\x00", "it is not text"),
    ],
)
def test_other_tables_are_refused(tmp_path, content, complaint):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ExportError, match=rf"x\.csv is not a table of curves: {complaint}"):
        read_csv(tmp_path / "x.csv")


def test_missing_table(tmp_path):
    with pytest.raises(ExportError, match=r"x\.csv cannot be read \(No such file"):
        read_csv(tmp_path / "x.csv")


def test_csv_is_utf8_with_line_feeds(tmp_path, analysed, tiny_model):
    write(tmp_path / "x.csv", analysed, tiny_model)
    content = (tmp_path / "x.csv").read_bytes()
    assert content.endswith(b"\n")
    assert b"\r" not in content
    assert content.decode("utf-8").isascii()


def test_sidecar_tells_where_the_curves_come_from(tmp_path, analysed, tiny_model, recording):
    assert write(tmp_path / "x.csv", analysed, tiny_model, Choices(rate=5.0, window=1.5)) == (
        tmp_path / "x.csv",
        tmp_path / "x.csv.json",
    )
    sidecar = json.loads((tmp_path / "x.csv.json").read_text(encoding="utf-8"))
    assert sidecar == {
        "program": "midlevel",
        "program_version": midlevel_app.__version__,
        "audio": {
            "file": "recording.wav",
            "sha256": hashlib.sha256(recording.read_bytes()).hexdigest(),
            "duration_seconds": 8.0,
            "sample_rate": 44100,
            "channels": 2,
            "decoder": analysed[0].decoder,
            "complete": True,
        },
        "model": {
            "name": "tiny",
            "version": "1",
            "sha256": tiny_model.sha256,
            "rating_kind": "computed",
            "receptive_field_seconds": 2.98576,
            "step_seconds": 0.1,
        },
        "curves": {"values": 41, "step_seconds": 0.2, "window_seconds": 1.5, "rate_per_second": 5.0},
    }


def test_json_holds_the_same(tmp_path, analysed, tiny_model):
    assert write(tmp_path / "x.json", analysed, tiny_model, Choices("json")) == (tmp_path / "x.json",)
    write(tmp_path / "x.csv", analysed, tiny_model)
    document = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    sidecar = json.loads((tmp_path / "x.csv.json").read_text(encoding="utf-8"))
    columns = {name: document["curves"].pop(name) for name in ("time", *NAMES)}
    assert document == sidecar
    read = read_csv(tmp_path / "x.csv")
    np.testing.assert_array_equal(columns["time"], read.times)
    for name, values in zip(NAMES, read.values.T, strict=True):
        np.testing.assert_array_equal([np.nan if value is None else value for value in columns[name]], values)


@pytest.mark.parametrize("choices", [Choices("json"), Choices("json", rate=4.0, window=1.5)])
def test_json_holds_the_spread(recording, spread_model, choices):
    facts, curves = analysed_by(spread_model, recording)
    content, _ = render(facts, spread_model, curves, choices)
    lists = json.loads(content)["curves"]["spread"]
    spread = np.array([lists[name] for name in NAMES], dtype=np.float64).T
    np.testing.assert_allclose(spread, chosen(curves, choices).spread, atol=5.0001e-4)
    assert np.isnan(spread[0]).all()


def test_csv_is_the_same_with_a_spread(recording, spread_model, analysed, tiny_model):
    facts, curves = analysed_by(spread_model, recording)
    assert render(facts, spread_model, curves, Choices())[0] == render(*_arguments(analysed, tiny_model), Choices())[0]


def test_choices_change_the_curves(analysed, tiny_model):
    facts, curves = analysed
    plain, _ = render(facts, tiny_model, curves, Choices())
    smoothed, _ = render(facts, tiny_model, curves, Choices(window=2.0))
    slower, _ = render(facts, tiny_model, curves, Choices(rate=2.0))
    assert plain.count(b"\n") == smoothed.count(b"\n") == 82
    assert plain != smoothed
    assert slower.count(b"\n") == 1 + 17


@pytest.mark.parametrize("start", [None, 2.5])
@pytest.mark.parametrize("stop", [None, 5.0])
@pytest.mark.parametrize("rate", [None, 4.0])
def test_a_span_holds_its_rows_of_the_whole(analysed, start, stop, rate):
    whole = chosen(analysed[1], Choices(rate=rate, window=1.0))
    part = chosen(analysed[1], Choices(rate=rate, window=1.0, start=start, stop=stop))
    inside = (whole.times >= (start or 0.0)) & (whole.times <= (stop or np.inf))
    np.testing.assert_array_equal(part.times, whole.times[inside])
    np.testing.assert_array_equal(part.values, whole.values[inside])


@pytest.mark.parametrize(
    ("choices", "span"),
    [(Choices(start=0, stop=1), "from 0 s to 1 s"), (Choices(start=9), "from 9 s"), (Choices(stop=0.5), "to 0.5 s")],
)
def test_a_span_without_values_is_refused(analysed, choices, span):
    with pytest.raises(ExportError, match=rf"no values {span} in a recording of 8\.0 s: choose another"):
        chosen(analysed[1], choices)


def test_moments_give_one_row_each(analysed, tiny_model):
    choices = Choices(at=(5.0, 0.1, 2.52, 99.0), window=1.0)
    facts, curves = analysed
    read = chosen(curves, choices)
    assert read.times.tolist() == [0.1, 2.52, 5.0, 99.0]
    expected = [values_at(smooth(curves, 1.0), seconds) for seconds in read.times]
    np.testing.assert_array_equal(read.values, expected)
    lines = render(facts, tiny_model, curves, choices)[0].decode().splitlines()
    assert [lines[1], lines[4]] == ["0.100000,,,,,,,", "99.000000,,,,,,,"]
    assert chosen(curves, replace(choices, start=1.0, stop=9.0)).times.tolist() == [2.52, 5.0]


def test_the_sidecar_tells_what_was_chosen(analysed, tiny_model):
    choices = Choices(start=2.0, stop=6.0, at=(5.0, 3.0), decimals="comma")
    told = json.loads(render(*_arguments(analysed, tiny_model), choices)[1])["curves"]
    assert told == {
        "values": 2,
        "step_seconds": None,
        "window_seconds": 0.0,
        "from_seconds": 2.0,
        "to_seconds": 6.0,
        "at_seconds": [3.0, 5.0],
        "decimals": "comma",
    }


@pytest.mark.parametrize("spread", [False, True])
def test_parquet_holds_the_same(tmp_path, recording, tiny_model, spread_model, spread):
    model = spread_model if spread else tiny_model
    found = analysed_by(model, recording)
    assert write(tmp_path / "x.parquet", found, model, Choices("parquet")) == (tmp_path / "x.parquet",)
    columns = parquet.read_table(tmp_path / "x.parquet")
    document = json.loads(render(*_arguments(found, model), Choices("json"))[0])
    lists = {name: document["curves"].pop(name) for name in ("time", *NAMES)}
    lists |= {f"{name}_spread": column for name, column in document["curves"].pop("spread", {}).items()}
    assert columns.to_pydict() == lists
    assert {str(field.type) for field in columns.schema} == {"double"}
    assert json.loads(columns.schema.metadata[b"midlevel"]) == document
    first, second = (render(*_arguments(found, model), Choices("parquet"))[0] for _ in range(2))
    assert first == second


def test_parquet_without_its_library_is_refused(tmp_path, analysed, tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for call in (
        lambda: check_target(tmp_path / "x.parquet", Choices("parquet")),
        lambda: render(*_arguments(analysed, tiny_model), Choices("parquet")),
    ):
        with pytest.raises(ExportError, match=r"need the library pyarrow, .* pip install pyarrow"):
            call()


def test_rate_that_meets_no_value_is_refused(analysed, tiny_model):
    with pytest.raises(ExportError, match=r"0\.01 values a second are too few for a recording of 8\.0 s"):
        render(*_arguments(analysed, tiny_model), Choices(rate=0.01))


def _arguments(analysed, model):
    facts, curves = analysed
    return facts, model, curves


def test_existing_files_are_replaced_only_with_force(tmp_path, analysed, tiny_model):
    for name in ("x.csv", "x.csv.json"):
        (tmp_path / name).write_text("precious")
        with pytest.raises(ExportError, match=rf"{name} exists already: .*--force"):
            write(tmp_path / "x.csv", analysed, tiny_model)
        assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]
        (tmp_path / name).unlink()
    (tmp_path / "x.csv").write_text("precious")
    write(tmp_path / "x.csv", analysed, tiny_model, force=True)
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith(HEADER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv", "x.csv.json"]


def test_a_folder_that_is_to_be_made_does_not_hide_an_existing_file(tmp_path, analysed, tiny_model):
    (tmp_path / "x.csv").write_text("precious")
    with pytest.raises(ExportError, match="exists already"):
        write(tmp_path / "missing" / ".." / "x.csv", analysed, tiny_model)
    assert (tmp_path / "x.csv").read_text() == "precious"


def test_folders_are_made(tmp_path, analysed, tiny_model):
    write(tmp_path / "a" / "b" / "x.csv", analysed, tiny_model)
    assert (tmp_path / "a" / "b" / "x.csv.json").is_file()


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_files_get_the_usual_permissions(tmp_path, analysed, tiny_model):
    (tmp_path / "other").touch()
    write(tmp_path / "x.csv", analysed, tiny_model)
    assert (tmp_path / "x.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ("file/x.csv", r"file is not a folder\): choose another folder"),
        ("folder", "folder is not a regular file"),
        ("x" * 250 + ".csv", r"File name too long\): choose another name"),
    ],
)
def test_impossible_targets_are_refused_before_the_work(tmp_path, analysed, tiny_model, place, complaint):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match=complaint):
        check_target(tmp_path / place, Choices(), force=True)
    with pytest.raises(ExportError, match=complaint):
        write(tmp_path / place, analysed, tiny_model, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(os.name != "posix", reason="/dev/null")
def test_devices_are_never_replaced():
    with pytest.raises(ExportError, match="/dev/null is not a regular file"):
        check_target(Path("/dev/null"), Choices("json"), force=True)


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_folder_that_may_not_be_written(open_folder):
    (open_folder / "listed").mkdir(mode=0o555)
    (open_folder / "closed").mkdir(mode=0o000)
    with without_privileges():
        with pytest.raises(ExportError, match=r"listed is read-only\): choose another folder"):
            check_target(open_folder / "listed" / "x.csv", Choices())
        with pytest.raises(ExportError, match=r"closed/x\.csv cannot be written \(Permission denied\)"):
            check_target(open_folder / "closed" / "x.csv", Choices())


def test_audio_that_vanished_cannot_be_described(tmp_path, analysed, tiny_model):
    facts = replace(analysed[0], path=tmp_path / "gone.wav")
    with pytest.raises(ExportError, match=r"gone\.wav can no longer be read for its hash \(No such file"):
        export(tmp_path / "x.csv", facts, tiny_model, analysed[1], Choices())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [1, 2])
def test_failure_on_the_way_leaves_nothing(tmp_path, analysed, tiny_model, monkeypatch, error, failing):
    """The disk fills up, or Ctrl+C comes, while the first or the second file is written."""
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == failing:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    expected = ExportError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match=r"No space left on device\): make room|^$"):
        write(tmp_path / "x.csv", analysed, tiny_model)
    assert list(tmp_path.iterdir()) == []


def test_failure_at_the_last_rename_leaves_nothing_new(tmp_path, analysed, tiny_model, monkeypatch):
    rename = Path.replace

    def replace_(path, target):
        if str(target).endswith(".json"):
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace_)
    with pytest.raises(ExportError, match="Input/output error"):
        write(tmp_path / "x.csv", analysed, tiny_model)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_real_full_disk_leaves_nothing(tmp_path, recording, tiny_model_path):
    """A process that may write no file beyond 1,000 bytes fails half-way through the table."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from midlevel_app.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["analyze", recording, "-o", tmp_path / "x.csv", "--model", tiny_model_path]
    answer = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert f"{tmp_path / 'x.csv'} could not be written (File too large): make room" in answer.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="session")
def german(tmp_path_factory):
    """Environment of a locale with decimal commas; made here where the system has none."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs localedef and the German locale's source: install the package locales")
    return {**os.environ, "LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}


def test_locale_changes_nothing(tmp_path, german, recording, tiny_model_path, analysed, tiny_model):
    code = (
        "import locale, sys; locale.setlocale(locale.LC_ALL, '');"
        "assert locale.localeconv()['decimal_point'] == ',';"
        "from midlevel_app.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["analyze", recording, "-q", "-o", tmp_path / "de.csv", "--model", tiny_model_path]
    subprocess.run([sys.executable, "-c", code, *command], cwd=ROOT, env=german, check=True)
    write(tmp_path / "here.csv", analysed, tiny_model)
    for suffix in ("csv", "csv.json"):
        assert (tmp_path / f"de.{suffix}").read_bytes() == (tmp_path / f"here.{suffix}").read_bytes()


def test_outputs_by_format(tmp_path):
    assert outputs(tmp_path / "x.csv", Choices()) == (tmp_path / "x.csv", tmp_path / "x.csv.json")
    assert outputs(tmp_path / "x.json", Choices("json")) == (tmp_path / "x.json",)


@pytest.mark.parametrize("line", ["61.133333", "", "1.0,2.0", "1,2,3,4,5,6,7,8,9"])
def test_a_line_that_was_cut_is_told(tmp_path, line):
    header = "time," + ",".join(NAMES)
    (tmp_path / "x.csv").write_text(f"{header}\n0.0,1,2,3,4,5,6,7\n{line}\n0.1,1,2,3,4,5,6,7\n")
    with pytest.raises(ExportError, match="line 3 does not hold 8 numbers"):
        read_csv(tmp_path / "x.csv")


def test_unknown_duration_is_null(analysed, tiny_model, recording):
    facts = AudioFacts(recording, None, 44100, 2, "test", True)
    content, _ = render(facts, tiny_model, analysed[1], Choices("json"))
    assert json.loads(content)["audio"]["duration_seconds"] is None
