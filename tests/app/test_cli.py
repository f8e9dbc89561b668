"""The command: what it writes where, what it says, and its exit status."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import midlevel_app
from midlevel_app import cli
from midlevel_app.analysis import analyse
from midlevel_app.audio.decode import open_audio
from midlevel_app.cli import main
from midlevel_app.curves import resample, smooth, statistics
from midlevel_app.export import Choices, export, read_csv
from midlevel_app.features import NAMES
from midlevel_app.model import shipped_models

ROOT = Path(midlevel_app.__file__).parent.parent
HEADER = "time," + ",".join(NAMES)


@pytest.fixture
def analyze(tiny_model_path):
    """Call ``midlevel analyze`` with the tiny model in this process; returns the exit status."""

    def call(*arguments):
        return main(["analyze", "--model", str(tiny_model_path), *map(str, arguments)])

    return call


@pytest.fixture
def folder(tmp_path, recording):
    """A tree of recordings: a.wav, a.flac, b.wav, sub/a.wav, and files that are none."""
    tree = tmp_path / "music"
    (tree / "sub").mkdir(parents=True)
    (tree / ".hidden").mkdir()
    for name in ("a.wav", "b.wav", "sub/a.wav", ".hidden/h.wav", "._a.wav"):
        shutil.copy(recording, tree / name)
    soundfile.write(tree / "a.flac", *soundfile.read(recording))
    (tree / "notes.txt").write_text("no music")
    return tree


def start(*arguments, **options):
    """Start ``midlevel`` as a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(
        [sys.executable, "-m", "midlevel_app", *map(str, arguments)], cwd=options.pop("cwd", ROOT), **options
    )


def tree(path):
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())


def status(call):
    """Exit status of a call that argparse may end."""
    try:
        return call()
    except SystemExit as end:
        return end.code


def test_help_answers_in_half_a_second():
    def seconds():
        begun = time.perf_counter()
        assert b"analyze" in start("--help").communicate()[0]
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(3)) < 0.5


def test_version(capsys):
    assert status(lambda: main(["--version"])) == 0
    assert capsys.readouterr().out == f"midlevel {midlevel_app.__version__}\n"


def test_one_recording_goes_to_standard_output(analyze, recording, capfdbinary, tiny_model):
    assert analyze(recording) == 0
    out, err = capfdbinary.readouterr()
    lines = out.decode("utf-8").splitlines()
    assert lines[0] == HEADER
    assert len(lines) == 1 + 81
    assert b"\r" not in out
    assert err == b""
    assert analyze(recording, "-o", "-") == 0
    assert capfdbinary.readouterr().out == out


def test_json_on_standard_output(analyze, recording, capfdbinary):
    assert analyze(recording, "--format", "json") == 0
    document = json.loads(capfdbinary.readouterr().out)
    assert document["audio"]["file"] == "recording.wav"
    assert len(document["curves"]["minorness"]) == 81


def test_command_and_window_write_the_same_bytes(analyze, recording, tmp_path, tiny_model):
    """The window calls `export` with the reader's facts; so does the command."""
    assert analyze(recording, "-o", tmp_path / "c.csv", "--window", 2, "--rate", 5) == 0
    with open_audio(recording) as reader:
        curves = analyse(reader.blocks(0.3), tiny_model)
        export(tmp_path / "w.csv", reader.facts, tiny_model, curves, Choices("csv", 5.0, 2.0))
    for suffix in ("csv", "csv.json"):
        assert (tmp_path / f"c.{suffix}").read_bytes() == (tmp_path / f"w.{suffix}").read_bytes()


def test_rate_and_window_shape_the_curves(analyze, recording, tmp_path):
    analyze(recording, "-o", tmp_path / "plain.csv")
    analyze(recording, "-o", tmp_path / "shaped.csv", "--rate", 4, "--window", 1)
    expected = resample(smooth(read_csv(tmp_path / "plain.csv"), 1.0), 4.0)
    shaped = read_csv(tmp_path / "shaped.csv")
    np.testing.assert_allclose(shaped.times, expected.times, atol=1e-5)
    np.testing.assert_allclose(shaped.values, expected.values, atol=0.002)


def test_a_span_is_the_same_rows(analyze, recording, capfdbinary):
    def lines(*arguments):
        assert analyze(recording, "--window", 1, *arguments) == 0
        return capfdbinary.readouterr().out.splitlines()

    whole = lines()
    rows = {float(line.split(b",")[0]): line for line in whole[1:]}
    for limits, low, high in (
        (("--from", "2.5"), 2.5, 99),
        (("--to", "4"), 0, 4),
        (("--from", "2.5", "--to", "4"), 2.5, 4),
    ):
        assert lines(*limits) == [whole[0], *(line for time, line in rows.items() if low <= time <= high)]


def test_decimal_commas_are_read_back(analyze, recording, tmp_path):
    assert analyze(recording, "-o", tmp_path / "point.csv") == 0
    assert analyze(recording, "-o", tmp_path / "comma.csv", "--decimals", "comma") == 0
    point, comma = ((tmp_path / f"{name}.csv").read_text(encoding="utf-8") for name in ("point", "comma"))
    assert comma == point.replace(",", ";").replace(".", ",")
    np.testing.assert_array_equal(read_csv(tmp_path / "comma.csv").values, read_csv(tmp_path / "point.csv").values)
    assert json.loads((tmp_path / "comma.csv.json").read_text(encoding="utf-8"))["curves"]["decimals"] == "comma"


def test_parquet(analyze, recording, tmp_path, capfdbinary, monkeypatch):
    assert analyze(recording, "-o", tmp_path / "x.parquet", "-q") == 0
    assert tree(tmp_path) == ["x.parquet"]
    assert analyze(recording, "--format", "parquet") == 0
    assert capfdbinary.readouterr().out == (tmp_path / "x.parquet").read_bytes()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert status(lambda: analyze(recording, "--format", "parquet")) == 2


def test_missing_library_is_named_before_the_work(analyze, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert analyze(folder, "-o", tmp_path / "out", "--format", "parquet") == 1
    assert re.fullmatch(r"midlevel: Parquet .* pip install pyarrow.*\n", capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_summary_of_a_span(analyze, recording, capsys, tmp_path):
    analyze(recording, "-q", "-o", tmp_path / "x.csv", "--from", 3, "--to", 4)
    assert analyze(recording, "--summary", "--from", 3, "--to", 4) == 0
    means = [float(cell) for cell in capsys.readouterr().out.splitlines()[-1].split()[-7:]]
    np.testing.assert_allclose(means, statistics(read_csv(tmp_path / "x.csv")).mean, atol=0.0052)


@pytest.mark.parametrize("extra", [(), ("--summary",)])
def test_span_without_values(analyze, recording, capsys, extra):
    assert analyze(recording, "--from", 60, "--to", 70.5, *extra) == 1
    output = capsys.readouterr()
    assert "there are no values from 60 s to 70.5 s in a recording of 8.0 s: choose another span" in output.err
    assert output.out == ""


def test_a_rate_finds_values_in_a_span_that_has_none_of_the_models(analyze, recording, tmp_path):
    assert analyze(recording, "-q", "-o", tmp_path / "x.csv", "--rate", 1000, "--from", 4.01, "--to", 4.05) == 0
    assert len(read_csv(tmp_path / "x.csv")) == 41
    told = json.loads((tmp_path / "x.csv.json").read_text())["curves"]
    assert (told["rate_per_second"], told["step_seconds"]) == (1000.0, 0.001)


def test_a_recording_that_changes_meanwhile_is_told(analyze, recording, tmp_path, capsys, monkeypatch):
    path = shutil.copy(recording, tmp_path / "x.wav")

    def changing(*arguments):
        with path.open("ab") as file:
            file.write(b"more")
        return analyse(*arguments)

    monkeypatch.setattr("midlevel_app.analysis.analyse", changing)
    assert analyze(path, "-o", tmp_path / "x.csv") == 1
    assert "x.wav changed while it was read" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()


def test_a_summary_that_is_interrupted_has_those_that_were_done(analyze, folder, capsys, monkeypatch):
    done = []

    def interrupted(*arguments):
        if done:
            raise KeyboardInterrupt
        done.append(analyse(*arguments))
        return done[0]

    monkeypatch.setattr("midlevel_app.analysis.analyse", interrupted)
    assert analyze(folder, "--summary") == 130
    output = capsys.readouterr()
    assert "a.flac" in output.out
    assert "stopped" in output.err


@pytest.mark.parametrize("closed", ["2>&-", ">&-"])
def test_without_standard_streams_files_are_written(recording, tmp_path, tiny_model_path, closed):
    command = f'"$0" -m midlevel_app analyze --model "$1" "$2" -o "$3" {closed}'
    call = ["sh", "-c", command, sys.executable, tiny_model_path, recording, tmp_path / "x.csv"]
    assert subprocess.run(call, cwd=ROOT, check=False).returncode == 0
    assert (tmp_path / "x.csv").exists()


def test_suffix_of_the_output_tells_the_format(analyze, recording, tmp_path):
    assert analyze(recording, "-o", tmp_path / "x.json") == 0
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["program"] == "midlevel"
    assert tree(tmp_path) == ["x.json"]


@pytest.mark.parametrize("out", ["existing", "new/", "new"])
def test_output_for_one_recording(analyze, recording, tmp_path, out):
    (tmp_path / "existing").mkdir()
    assert analyze(recording, "-o", f"{tmp_path}/{out}") == 0
    expected = {
        "existing": ["existing/recording.csv", "existing/recording.csv.json"],
        "new/": ["new/recording.csv", "new/recording.csv.json"],
        "new": ["new", "new.json"],
    }
    assert tree(tmp_path) == expected[out]


def test_folder_takes_its_direct_recordings(analyze, folder, tmp_path):
    assert analyze(folder, "-o", tmp_path / "out", "-q") == 0
    names = ["a.flac.csv", "a.wav.csv", "b.csv"]
    assert tree(tmp_path / "out") == sorted([*names, *(f"{name}.json" for name in names)])


def test_recursion_keeps_the_tree(analyze, folder, tmp_path):
    assert analyze("-r", folder, "-o", tmp_path / "out", "--format", "json", "-q") == 0
    assert tree(tmp_path / "out") == ["a.flac.json", "a.wav.json", "b.json", "sub/a.json"]


def test_recording_named_twice_is_done_once(analyze, folder, tmp_path, capsys):
    assert analyze(folder / "b.wav", folder / "." / "b.wav", "-o", tmp_path / "out") == 0
    assert capsys.readouterr().err.count("wrote") == 1
    assert tree(tmp_path / "out") == ["b.csv", "b.csv.json"]


@pytest.mark.parametrize("name", ["with space.wav", "Prélude №1 前奏曲.wav", "-r.wav", "100 %.wav"])
def test_any_name(analyze, recording, tmp_path, monkeypatch, name, capsys):
    shutil.copy(recording, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert analyze("-o", "out/", "--summary", "--", name) == 0
    assert (tmp_path / "out" / name).with_suffix(".csv").is_file()
    output = capsys.readouterr()
    assert name in output.out
    sidecar = json.loads((tmp_path / "out" / f"{Path(name).stem}.csv.json").read_text(encoding="utf-8"))
    assert sidecar["audio"]["file"] == name


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX systems only")
def test_name_that_is_not_text(recording, tmp_path, tiny_model_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    Path(os.fsdecode(name)).write_bytes(recording.read_bytes())
    arguments = ["analyze", "--summary", "--model", tiny_model_path, "-o", f"{tmp_path}/out/"]
    process = start(*arguments, os.fsdecode(name), env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert b"caf?.wav" in out
    assert (tmp_path / "out" / os.fsdecode(b"caf\xe9.csv")).is_file()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a", "b"], "add -o FOLDER"),
        (["."], "add -o FOLDER"),
        (["a", "--rate", "0"], "not a rate above 0"),
        (["a", "--rate", "nan"], "not a rate above 0"),
        (["a", "--rate", "1e9"], "not a rate above 0"),
        (["a", "--rate", "fast"], "'fast' is not a number"),
        (["a", "--window", "-1"], "not a number of seconds"),
        (["a", "--window", "inf"], "not a number of seconds"),
        (["a", "--format", "xml"], "invalid choice: 'xml'"),
        (["a", "--from", "-1"], "not a number of seconds"),
        (["a", "--to", "nan"], "not a number of seconds"),
        (["a", "--to", "1:30"], "'1:30' is not a number"),
        (["a", "--from", "5", "--to", "4"], "--from 5 lies after --to 4"),
        (["a", "--decimals", "semicolon"], "invalid choice: 'semicolon'"),
        (["a", "--decimals", "comma", "--format", "json"], "--decimals is for CSV"),
        (["a", "--decimals", "comma", "-o", "x.parquet"], "--decimals is for CSV"),
        (["a", "--summary", "--decimals", "comma"], "--summary without -o writes no curves"),
        ([""], "an empty name is no recording"),
        (["a", "-o", ""], "an empty name is no recording"),
        (["a", "--force"], "--force replaces output files"),
        (["a", "--summary", "--rate", "2"], "--summary without -o writes no curves"),
        ([], "required: PATH"),
    ],
)
def test_wrong_calls(analyze, capsys, arguments, complaint):
    assert status(lambda: analyze(*arguments)) == 2
    output = capsys.readouterr()
    assert complaint in output.err
    assert output.out == ""


@pytest.mark.parametrize("arguments", [[], ["fly"], ["models", "info"]])
def test_wrong_commands(arguments, capsys):
    assert status(lambda: main(arguments)) == 2
    assert "usage: midlevel" in capsys.readouterr().err


def test_recordings_that_would_share_an_output_are_refused(analyze, folder, tmp_path, capsys):
    call = (folder / "a.wav", folder / "sub" / "a.wav", "-o", tmp_path / "out")
    assert status(lambda: analyze(*call)) == 2
    assert re.search(r"music/a\.wav and .*sub/a\.wav would both be written to", capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("extra", [(), ("--force",)])
def test_recording_is_never_overwritten(analyze, folder, tmp_path, extra, capsys):
    content = (folder / "b.wav").read_bytes()
    (tmp_path / "link.csv").symlink_to(folder / "b.wav")
    for out in (folder / "b.wav", tmp_path / "link.csv"):
        assert status(lambda out=out: analyze(folder / "b.wav", "-o", out, *extra)) == 2
        assert "would overwrite the recording" in capsys.readouterr().err
    assert (folder / "b.wav").read_bytes() == content


def test_file_where_a_folder_is_needed(analyze, folder, tmp_path, capsys):
    (tmp_path / "out").touch()
    assert status(lambda: analyze(folder, "-o", tmp_path / "out")) == 2
    assert "out is a file, and these recordings need a folder" in capsys.readouterr().err


def test_existing_output_fails_before_the_analysis(analyze, folder, tmp_path, capsys, monkeypatch):
    analyze(folder / "b.wav", "-o", tmp_path / "b.csv")
    content = (tmp_path / "b.csv").read_bytes()
    (tmp_path / "b.csv").write_text("precious")
    with monkeypatch.context() as patch:
        patch.setattr("midlevel_app.audio.decode.open_audio", None)  # an analysis would stumble over it
        assert analyze(folder / "b.wav", "-o", tmp_path / "b.csv") == 1
    assert "b.csv exists already: choose another name, or replace it with --force" in capsys.readouterr().err
    assert (tmp_path / "b.csv").read_text() == "precious"
    assert analyze(folder / "b.wav", "-o", tmp_path / "b.csv", "--force") == 0
    assert (tmp_path / "b.csv").read_bytes() == content


def test_rest_is_done_and_failures_are_listed_at_the_end(analyze, folder, tmp_path, capsys):
    (folder / "aa.wav").write_bytes(b"")
    call = (folder, tmp_path / "nowhere.wav", "-o", tmp_path / "out", "--summary")
    assert analyze(*call) == 1
    output = capsys.readouterr()
    assert output.err.count("wrote") == 3
    assert output.err.endswith(
        "midlevel: 2 of 5 failed:\n"
        f"midlevel: {folder}/aa.wav is empty (0 bytes): copy or download it again\n"
        f"midlevel: {tmp_path}/nowhere.wav is not there: check the name, or whether it was moved or deleted\n"
    )
    assert len(output.out.splitlines()) == 2 + 3


def test_quiet_says_nothing_but_errors(analyze, recording, tmp_path, capsys):
    assert analyze(recording, "-q", "-o", tmp_path / "x.csv") == 0
    assert capsys.readouterr() == ("", "")
    assert analyze(recording, "-q", "-o", tmp_path / "x.csv") == 1
    assert capsys.readouterr().err.startswith("midlevel: ")


def test_summary_alone_writes_means_and_no_file(analyze, recording, tmp_path, monkeypatch, capsys, tiny_model):
    monkeypatch.chdir(tmp_path)
    assert analyze(recording, "--summary") == 0
    upper, lower, row = capsys.readouterr().out.splitlines()
    assert upper.split() == ["rhythm.", "rhythm.", "tonal"]
    assert lower.split()[:2] == ["file", "length"]
    with open_audio(recording) as reader:
        means = statistics(analyse(reader.blocks(), tiny_model)).mean
    assert row == f"{recording}    0:08" + "".join(f"{mean:8.2f}" for mean in means)
    assert tree(tmp_path) == []


def test_models(capsys):
    assert main(["models"]) == 0
    name, path = next(iter(shipped_models().items()))
    assert capsys.readouterr().out.startswith(f"{name}  version ")
    assert main(["models", "info", name]) == 0
    by_name = capsys.readouterr().out
    assert main(["models", "info", str(path)]) == 0
    assert capsys.readouterr().out == by_name
    for word in ("kind of rating:", "a value every:", "training data:", "limits:"):
        assert word in by_name
    assert main(["models", "info", "nonsense"]) == 1
    assert "there is no model 'nonsense'" in capsys.readouterr().err


def test_card_is_told_in_full(capsys, tiny_model_path):
    main(["models", "info", str(tiny_model_path)])
    told = capsys.readouterr().out
    for words in ("tiny 1", "computed", "0.1 s", "2.986 s", "nothing (none): none", "mean r 0.50", "it means nothing"):
        assert words in told


def test_wrong_model_file(recording, tmp_path, capsys):
    (tmp_path / "x.onnx").write_text("no network")
    assert main(["analyze", str(recording), "--model", str(tmp_path / "x.onnx")]) == 1
    assert "x.onnx is not a model this program can run" in capsys.readouterr().err


def test_shipped_model_is_the_default(recording, tmp_path):
    assert main(["analyze", str(recording), "-q", "-o", str(tmp_path / "x.csv")]) == 0
    values = read_csv(tmp_path / "x.csv").values
    assert np.isfinite(values).any()
    assert json.loads((tmp_path / "x.csv.json").read_text())["model"]["name"] in shipped_models()


def test_closed_pipe_ends_quietly(recording, tiny_model_path):
    process = start("analyze", recording, "--model", tiny_model_path)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_standard_output(recording, tiny_model_path):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = start("analyze", recording, "--model", tiny_model_path, stdout=full)
        err = process.communicate()[1].decode()
    assert process.returncode == 1
    assert err == "midlevel: standard output could not be written (No space left on device): make room\n"


@pytest.fixture(scope="module")
def long_recording(tmp_path_factory):
    """An hour of noise: minutes of work for a slow machine, and seconds for a fast one."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    minute = np.random.default_rng(0).integers(-3000, 3000, 60 * 22050, dtype=np.int16)
    with soundfile.SoundFile(path, "w", 22050, 1, subtype="PCM_16") as file:
        for _ in range(60):
            file.write(minute)
    return path


def started_on(recording, *arguments, **options):
    """Start an analysis and wait until it reads the recording."""
    process = start("analyze", recording, *arguments, **options)
    descriptors = Path(f"/proc/{process.pid}/fd")
    limit = time.monotonic() + 30

    def reads():
        try:
            return any(os.path.realpath(link) == str(recording) for link in descriptors.iterdir())
        except FileNotFoundError:  # one was closed meanwhile
            return False

    while not reads():
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.02)
    return process


proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


@proc
def test_killed_process_leaves_no_output(long_recording, tmp_path, tiny_model_path):
    process = started_on(long_recording, "-o", tmp_path / "x.csv", "--model", tiny_model_path)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert tree(tmp_path) == []


@proc
def test_interrupt_ends_within_a_second(long_recording, tmp_path, tiny_model_path):
    process = started_on(long_recording, "-o", tmp_path / "x.csv", "--model", tiny_model_path)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 1.0
    assert process.returncode == 130
    assert (out, err) == (b"", b"midlevel: stopped; results that were finished are kept\n")
    assert tree(tmp_path) == []


@proc
def test_progress_on_a_terminal_alone(long_recording, tmp_path, tiny_model_path):
    """The line appears on a terminal, grows, and is wiped at the end."""
    terminal, other_end = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60"}
    process = started_on(
        long_recording, "-o", tmp_path / "x.csv", "--model", tiny_model_path, stderr=other_end, env=environment
    )
    os.close(other_end)
    seen = b""
    while seen.count(b"\r") < 5:
        seen += os.read(terminal, 1000)
    process.send_signal(signal.SIGINT)
    while True:
        try:
            piece = os.read(terminal, 1000)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not piece:
            break
        seen += piece
    os.close(terminal)
    process.communicate()
    lines = [line for line in seen.decode().split("\r") if "%" in line]
    shares = [int(re.search(r"(\d+) %", line)[1]) for line in lines]
    assert shares == sorted(shares)
    assert all(line.startswith("long.wav") or "…" in line for line in lines)
    assert max(map(len, lines)) < 60
    assert re.search(r"\r +\rmidlevel: stopped", seen.decode())


def test_an_interrupt_while_libraries_load_ends_at_once_unless_ignored():
    before = signal.getsignal(signal.SIGINT)
    try:
        for set_before, within in (
            (signal.default_int_handler, signal.SIG_DFL),
            (signal.SIG_IGN, signal.SIG_IGN),
        ):
            signal.signal(signal.SIGINT, set_before)
            with cli._ending_at_once():
                assert signal.getsignal(signal.SIGINT) is within
            assert signal.getsignal(signal.SIGINT) is set_before
    finally:
        signal.signal(signal.SIGINT, before)
