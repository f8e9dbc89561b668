"""Bad recordings: one clear sentence each, with the file in it, the right exit status, and the rest still done."""

import contextlib
import os
import shutil

import numpy as np
import pytest
import soundfile

from midlevel_app.audio.decode import open_audio
from midlevel_app.cli import main
from midlevel_app.errors import AudioFileError
from tests.app.audio_files import write_audio
from tests.app.unprivileged import without_privileges
from tests.tones import piano_like

RATE = 22050
SECONDS = 6.0


@pytest.fixture(scope="module")
def music():
    return piano_like(SECONDS, RATE)


@pytest.fixture(scope="module")
def good(tmp_path_factory, music):
    folder = tmp_path_factory.mktemp("good")
    names = ("pcm16.wav", "float.wav", "x.flac", "x.aiff", "x.ogg", "x.opus", "x.mp3", "x.m4a", "alac.m4a", "x.aac")
    return {name: write_audio(folder / name, music, RATE) for name in names}


def read(path):
    """Decode a file; return the seconds that came before an error, and the error's text."""
    seconds = 0.0
    try:
        with open_audio(path) as reader:
            for block in reader.blocks(0.25):
                seconds = block.first_sample / block.rate + len(block.samples) / block.rate
    except AudioFileError as error:
        return seconds, str(error)
    return seconds, None


def complaint(path, model):
    """Sentence of the command about a file it must refuse."""
    error = None
    try:
        from midlevel_app.analysis import analyse

        with open_audio(path) as reader:
            analyse(reader.blocks(), model, str(path))
    except AudioFileError as caught:
        error = str(caught)
    assert error is not None, "nothing was refused"
    assert error.startswith(str(path))
    assert "\n" not in error
    return error.removeprefix(str(path))


NAMES_OF_ANY_KIND = ("x.wav", "x.flac", "x.mp3", "x.m4a", "x.ogg", "x")


@pytest.mark.parametrize("name", NAMES_OF_ANY_KIND)
def test_zero_bytes(tmp_path, tiny_model, name):
    (tmp_path / name).touch()
    assert complaint(tmp_path / name, tiny_model) == " is empty (0 bytes): copy or download it again"


@pytest.mark.parametrize("name", NAMES_OF_ANY_KIND)
@pytest.mark.parametrize("content", [b"Dear diary,\n" * 500, b"x", bytes(20000), b"RIFF", b"fLaC", b"OggS"])
def test_text_and_fragments(tmp_path, tiny_model, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    sentence = complaint(tmp_path / name, tiny_model)
    assert "is not a recording this program can read" in sentence or "holds no audio" in sentence
    assert capfd.readouterr() == ("", "")  # no library complains beside us


@pytest.mark.parametrize("name", NAMES_OF_ANY_KIND)
def test_random_bytes(tmp_path, tiny_model, capfd, name):
    (tmp_path / name).write_bytes(np.random.default_rng(1).bytes(50_000))
    sentence = complaint(tmp_path / name, tiny_model)
    assert "is not a recording" in sentence or "holds no audio" in sentence
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["pcm16.wav", "float.wav", "x.flac", "x.aiff", "x.mp3"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_file_that_breaks_off(tmp_path, good, capfd, name, share):
    content = good[name].read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: int(len(content) * share)])
    seconds, sentence = read(path)
    assert f"{path} breaks off at {seconds:.1f} of {SECONDS:.1f} s: it is cut short or damaged" in sentence
    assert share - 0.12 < seconds / SECONDS < share + 0.05
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["x.ogg", "x.opus", "x.aac"])
def test_cut_formats_without_a_declared_length(tmp_path, good, name):
    content = good[name].read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: int(len(content) * 0.6) + 1])
    seconds, sentence = read(path)
    assert f"{path} breaks off at {seconds:.1f} s: it is cut short" in sentence
    assert 0.0 < seconds < 0.8 * SECONDS


@pytest.mark.parametrize("name", ["x.m4a", "alac.m4a"])
def test_cut_m4a(tmp_path, good, tiny_model, name):
    """Its index stands at the end: without it nothing can be read."""
    content = good[name].read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    assert "is not a recording this program can read, or is cut short" in complaint(tmp_path / name, tiny_model)


@pytest.mark.parametrize("name", ["x.flac", "x.mp3", "x.m4a", "alac.m4a", "x.aac", "x.ogg"])
def test_file_damaged_in_the_middle(tmp_path, good, capfd, name):
    content = bytearray(good[name].read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = np.random.default_rng(1).bytes(4000)
    path = tmp_path / name
    path.write_bytes(content)
    seconds, sentence = read(path)
    assert f"{path} breaks off at {seconds:.1f} " in sentence
    assert 0.3 * SECONDS < seconds < SECONDS
    assert capfd.readouterr() == ("", "")


def cut(path):
    os.truncate(path, path.stat().st_size // 4)


def empty(path):
    os.truncate(path, 0)


def overwrite(path):
    with path.open("r+b") as file:
        file.write(np.random.default_rng(0).bytes(path.stat().st_size))


def replace(path):
    path.with_name("other").write_bytes(b"hello world" * 100)
    path.with_name("other").replace(path)


@pytest.mark.parametrize("name", ["pcm16.wav", "x.flac", "x.ogg", "x.aiff", "x.mp3", "x.m4a"])
@pytest.mark.parametrize("change", [cut, empty, overwrite, replace, os.unlink])
def test_file_that_changes_while_it_is_open(tmp_path, good, capfd, name, change):
    for target in (0.0, 2.0, 5.0):
        path = tmp_path / name
        path.write_bytes(good[name].read_bytes())
        with open_audio(path) as reader:
            next(reader.blocks())
            change(path)
            for seconds in (target, 0.0, target):
                with contextlib.suppress(AudioFileError):
                    reader.seek(seconds)
                    for _ in reader.blocks():
                        pass
    assert capfd.readouterr().err == ""


def test_damaged_header(tmp_path, good, tiny_model):
    content = bytearray(good["pcm16.wav"].read_bytes())
    content[24:28] = (3).to_bytes(4, "little")
    (tmp_path / "x.wav").write_bytes(content)
    assert " declares 3 samples a second: its header is damaged" in complaint(tmp_path / "x.wav", tiny_model)


def test_header_alone(tmp_path, tiny_model):
    soundfile.write(tmp_path / "x.wav", np.zeros((0, 2)), RATE)
    assert complaint(tmp_path / "x.wav", tiny_model).startswith(" holds no audio")


def test_silence(tmp_path, tiny_model):
    soundfile.write(tmp_path / "x.flac", np.zeros((RATE * 5, 2)), RATE)
    assert complaint(tmp_path / "x.flac", tiny_model).startswith(" is silent: in no")


def test_a_fifth_of_a_second(tmp_path, tiny_model, music):
    soundfile.write(tmp_path / "x.wav", music[: RATE // 5], RATE)
    assert complaint(tmp_path / "x.wav", tiny_model).startswith(" is too short: 0.2 s, and one value describes 3.0")


def test_channels_that_cancel_each_other(tmp_path, tiny_model, music):
    soundfile.write(tmp_path / "x.flac", music[:, :1] * np.array([0.5, -0.5]), RATE)
    assert "does the mean of its channels exceed" in complaint(tmp_path / "x.flac", tiny_model)


def test_samples_on_the_scale_of_integers(tmp_path, tiny_model, music):
    soundfile.write(tmp_path / "x.wav", music * 32768, RATE, subtype="FLOAT")
    assert "far beyond full scale" in complaint(tmp_path / "x.wav", tiny_model)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path, tiny_model, music, value):
    audio = music.copy()
    audio[round(3.21 * RATE), 1] = value
    soundfile.write(tmp_path / "x.wav", audio, RATE, subtype="FLOAT")
    assert "that are not numbers (NaN or infinite), the first at 3.210 s" in complaint(tmp_path / "x.wav", tiny_model)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (192_000, 2), (44100, 6)])
def test_unusual_but_good(tmp_path, rate, channels):
    audio = np.tile(piano_like(4.0, rate).mean(axis=1)[:, None], channels)
    soundfile.write(tmp_path / "x.wav", audio, rate)
    assert main(["analyze", str(tmp_path / "x.wav"), "-q", "-o", str(tmp_path / "x.csv")]) == 0


def test_missing_file(tmp_path, tiny_model):
    assert complaint(tmp_path / "x.wav", tiny_model).startswith(" is not there: check the name")


def test_folder(tmp_path, tiny_model):
    assert complaint(tmp_path, tiny_model) == " is a folder, not a recording: choose a file in it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_does_not_hang(tmp_path, tiny_model):
    os.mkfifo(tmp_path / "x.wav")
    assert complaint(tmp_path / "x.wav", tiny_model).startswith(" is not a regular file")


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_file_that_may_not_be_read(open_folder, good, tiny_model):
    path = open_folder / "x.wav"
    shutil.copy(good["pcm16.wav"], path)
    path.chmod(0)
    with without_privileges():
        assert complaint(path, tiny_model).startswith(" may not be read: change its permissions")


def test_disk_that_fails(tmp_path, good, tiny_model, monkeypatch):
    path = shutil.copy(good["pcm16.wav"], tmp_path / "x.wav")

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(path), "open", fail)
    assert complaint(path, tiny_model) == (
        " cannot be read (Input/output error): check the disk or the connection to it"
    )


def test_command_does_the_rest(tmp_path, good, tiny_model_path, capsys):
    """All kinds in one call: each bad file has its line, the good one its curves, the status is 1."""
    tree = tmp_path / "music"
    tree.mkdir()
    shutil.copy(good["x.flac"], tree / "good.flac")
    shutil.copy(good["pcm16.wav"], tree / "good.wav")
    content = good["x.flac"].read_bytes()
    (tree / "cut.flac").write_bytes(content[: len(content) // 2])
    (tree / "empty.wav").touch()
    (tree / "text.mp3").write_text("no music")
    soundfile.write(tree / "silent.wav", np.zeros(RATE * 5), RATE)
    (tree / "vanished.wav").symlink_to(tmp_path / "nowhere.wav")  # listed, but gone when it is opened
    (tmp_path / "bare").mkdir()
    arguments = [tree, tmp_path / "bare", "-o", tmp_path / "out", "--model", tiny_model_path]
    assert main(["analyze", *map(str, arguments)]) == 1
    lines = capsys.readouterr().err.splitlines()
    listed = lines[lines.index("midlevel: 6 of 8 failed:") + 1 :]
    for name, words in [
        ("bare", "holds no recordings"),
        ("music/cut.flac", "breaks off at"),
        ("music/empty.wav", "is empty"),
        ("music/silent.wav", "is silent: in no"),
        ("music/text.mp3", "is not a recording"),
        ("music/vanished.wav", "is not there"),
    ]:
        assert len([line for line in listed if line.startswith(f"midlevel: {tmp_path}/{name} {words}")]) == 1
    assert len(listed) == 6
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "good.flac.csv",
        "good.flac.csv.json",
        "good.wav.csv",
        "good.wav.csv.json",
    ]


def test_folder_without_recordings(tmp_path, tiny_model_path, capsys):
    (tmp_path / "notes.txt").touch()
    call = ["analyze", str(tmp_path), "-o", str(tmp_path / "out"), "--model", str(tiny_model_path)]
    assert main(call) == 1
    assert f"{tmp_path} holds no recordings" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_folder_that_may_not_be_searched(open_folder, good, tiny_model_path, capsys, monkeypatch):
    shutil.copy(good["pcm16.wav"], open_folder / "x.wav")
    (open_folder / "closed").mkdir(mode=0)
    (open_folder / "out").mkdir()
    (open_folder / "out").chmod(0o777)
    model = shutil.copy(tiny_model_path, open_folder / "tiny.onnx")
    with without_privileges():
        call = ["analyze", "-r", str(open_folder), "-o", str(open_folder / "out"), "--model", str(model)]
        assert main(call) == 1
    assert f"{open_folder}/closed cannot be searched (Permission denied)" in capsys.readouterr().err
    assert (open_folder / "out" / "x.csv").is_file()
