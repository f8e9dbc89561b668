"""What goes wrong: the window says what happened and what still works, and goes on."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import soundfile
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton

from midlevel_app.errors import DeviceError, ModelError
from midlevel_app.gui.exportdialog import ExportDialog
from midlevel_app.gui.mistake import MistakeHook
from midlevel_app.gui.screens import example_recording
from midlevel_app.session import save
from tests.app.gui.conftest import wait_until_read
from tests.tones import piano_like


def said(qtbot, window):
    """What the banner says, once it does."""
    qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    return window.banner.what.text(), window.banner.works.text()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("text.wav", b"this is no audio " * 100, "not a recording"),
        ("empty.flac", b"", "is empty"),
        ("gone.mp3", None, "is not there"),
    ],
)
def test_a_file_that_cannot_be_read(qtbot, make_window, recording, tmp_path, name, content, expected):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    window = make_window(path)
    what, works = said(qtbot, window)
    assert expected in what
    assert name in what
    assert "can be opened" in works
    assert window.screens.currentWidget() is window.empty
    assert window.empty.open_button.isVisible()
    assert not window.intents.play.isEnabled()
    window.controller.open(recording)
    assert not window.banner.isVisible()
    wait_until_read(qtbot, window)
    assert window.intents.play.isEnabled()


def test_what_is_no_piano_gets_a_notice_each_time_it_is_opened(qtbot, make_window, tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 22050 * 40).astype(np.float32)
    soundfile.write(tmp_path / "rain.wav", noise, 22050)
    os.utime(tmp_path / "rain.wav", (1_600_000_000, 1_600_000_000))
    window = make_window(tmp_path / "rain.wav")
    what, _ = said(qtbot, window)
    assert "noise or speech" in what
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: not window.controller._threads, timeout=10_000)
    window.controller.open(tmp_path / "rain.wav")
    assert not window.banner.isVisible()
    assert "noise or speech" in said(qtbot, window)[0]
    assert window.controller._analysis.was_kept


def test_piano_gets_no_notice(qtbot, make_window):
    window = make_window(example_recording())
    wait_until_read(qtbot, window)
    assert not window.banner.isVisible()


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(piano_like(1.0, 22050), "too short"), (np.zeros((22050 * 6, 2), np.float32), "is silent: in no")],
)
def test_a_recording_with_nothing_to_describe(qtbot, make_window, tmp_path, samples, expected):
    soundfile.write(tmp_path / "odd.wav", samples, 22050)
    window = make_window(tmp_path / "odd.wav")
    what, works = said(qtbot, window)
    assert expected in what
    assert "still plays" in works
    wait_until_read(qtbot, window)
    assert window.screens.currentWidget() is window.stage
    assert window.intents.play.isEnabled()
    assert not window.intents.export.isEnabled()
    assert window.lanes.view.extent == pytest.approx(max(1.0, len(samples) / 22050))


def test_what_there_is_of_a_damaged_recording_is_described(qtbot, make_window, recording, tmp_path):
    (tmp_path / "cut.wav").write_bytes(recording.read_bytes()[: 44100 * 4 * 6])
    window = make_window(tmp_path / "cut.wav")
    what, works = said(qtbot, window)
    assert "breaks off" in what
    assert "exported" in works
    wait_until_read(qtbot, window)
    assert np.isfinite(window.controller.recording.curves().values).any()
    assert window.lanes.view.extent == pytest.approx(6.0, abs=0.1)
    assert window.intents.export.isEnabled()


def test_a_recording_that_declares_no_length_is_shown(qtbot, make_window, recording, tmp_path, capsys):
    samples, rate = soundfile.read(recording)
    soundfile.write(tmp_path / "whole.ogg", samples, rate)
    content = (tmp_path / "whole.ogg").read_bytes()
    (tmp_path / "cut.ogg").write_bytes(content[: len(content) * 2 // 3])
    window = make_window(tmp_path / "cut.ogg")
    said(qtbot, window)
    wait_until_read(qtbot, window)
    assert np.isfinite(window.controller.recording.curves().values).any()
    assert capsys.readouterr().err == ""
    window.lanes.show_span(2.0, 3.0)
    window.controller.seek(2.5)
    save(tmp_path / "x.midlevel", window.keeper._session())
    again = make_window(tmp_path / "x.midlevel")
    wait_until_read(qtbot, again)
    assert again.controller.position == pytest.approx(2.5)
    assert again.lanes.view.length == pytest.approx(window.lanes.view.length)


def test_a_recording_whose_first_second_is_bad_opens_a_second_time(qtbot, make_window, recording, tmp_path):
    samples, rate = soundfile.read(recording, dtype="float32")
    samples[100] = np.nan
    soundfile.write(tmp_path / "bad.wav", samples, rate, subtype="FLOAT")
    os.utime(tmp_path / "bad.wav", (1e9, 1e9))
    for _ in range(2):
        window = make_window(tmp_path / "bad.wav")
        wait_until_read(qtbot, window)
        assert "not numbers" in window.banner.what.text()
        assert window.controller.recording.described == 0.0
        qtbot.waitUntil(lambda window=window: not window.controller._threads)
    assert window.controller._analysis.was_kept


def test_a_name_that_is_not_text_is_shown_somehow(qtbot, make_window, recording, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    path.write_bytes(recording.read_bytes())
    window = make_window(path)
    wait_until_read(qtbot, window)
    assert "caf?.wav" in window.windowTitle()


def test_without_a_model_it_still_plays(qtbot, make_window, recording, monkeypatch):
    def no_model():
        raise ModelError("no model came with this installation: install it again")

    monkeypatch.setattr("midlevel_app.model.find_model", no_model)
    window = make_window(recording)
    what, works = said(qtbot, window)
    assert "no model" in what
    assert "play" in works
    wait_until_read(qtbot, window)
    assert window.controller.recording.envelope.seconds == pytest.approx(8.0)
    assert window.intents.play.isEnabled()
    assert not window.intents.export.isEnabled()
    assert window.status.model.text() == "No model"


def test_without_a_sound_device_the_curves_still_work(qtbot, opened, monkeypatch):
    def no_device(rate, name):
        raise DeviceError("There is no sound output: connect one and press play again")

    monkeypatch.setattr("midlevel_app.audio.playback.choose_output", no_device)
    opened.intents.play.trigger()
    what, works = said(qtbot, opened)
    assert "no sound output" in what
    assert "curves still work" in works
    qtbot.waitUntil(lambda: opened.intents.play.text() == "Play")
    assert opened.intents.export.isEnabled()
    opened.banner.close_button.click()
    assert not opened.banner.isVisible()
    opened.intents.play.trigger()
    assert "no sound output" in said(qtbot, opened)[0]


def test_an_export_that_fails_is_told(qtbot, opened, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "curves.csv"
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(target), ""))
    opened.intents.export.trigger()
    what, works = said(qtbot, opened)
    assert "curves.csv" in what
    assert "Nothing was written" in works


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, mounted; and a function that mounts it otherwise."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("only root can mount a disk, and not everywhere")

    mount("size=64k")
    yield folder, mount
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize(("state", "told"), [("full", "No space left"), ("ro", "read-only")])
def test_an_export_to_a_disk_that_takes_nothing_is_told(qtbot, opened, disk, monkeypatch, state, told):
    folder, mount = disk
    if state == "full":
        (folder / "filling").write_bytes(bytes(60_000))
    else:
        mount("remount,ro")
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(folder / "curves.csv"), ""))
    opened.intents.export.trigger()
    what, works = said(qtbot, opened)
    assert "curves.csv" in what
    assert told in what
    assert "Nothing was written" in works
    assert [path.name for path in folder.iterdir()] == (["filling"] if state == "full" else [])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(folder / "a.midlevel"), ""))
    opened.controller.marks.add(3.0)
    if state == "full":
        (folder / "filling").write_bytes(bytes(64_000))
    opened.intents.save.trigger()
    assert "a.midlevel" in opened.banner.what.text()
    assert opened.isWindowModified()


def test_a_model_file_that_is_none_is_told(qtbot, make_window, recording, monkeypatch, tmp_path):
    (tmp_path / "piano.onnx").write_bytes(b"this is no network " * 100)
    monkeypatch.setattr("midlevel_app.model.find_model", lambda *name: tmp_path / "piano.onnx")
    window = make_window(recording)
    what, works = said(qtbot, window)
    assert "piano.onnx" in what
    assert "without curves" in works
    wait_until_read(qtbot, window)
    assert window.intents.play.isEnabled()


@pytest.mark.parametrize(
    "content",
    [b"\x00\xff\xfe" * 1000, b"[General]\nlook=[\nplayback={7}\ngeometry=@ByteArray(\x01)\nopened=3\nlive=x\n", b"["],
)
def test_broken_settings_are_those_of_a_first_start(qtbot, make_window, store, recording, tmp_path, content):
    path = tmp_path / "settings.ini"
    path.write_bytes(content)
    window = make_window(recording)
    wait_until_read(qtbot, window)
    assert window.playing.playback.speed == 1.0
    assert window.lanes.isVisible()
    window.playing.change(speed=0.75)
    window.close()
    assert make_window().playing.playback.speed == 0.75


def test_settings_that_cannot_be_kept_do_no_harm(qtbot, make_window, store, tmp_path):
    (tmp_path / "settings.ini").mkdir()
    window = make_window()
    window.playing.change(speed=0.75)
    window.close()
    assert window.clean_end


@pytest.fixture
def hook(qtbot, capsys):
    before = sys.excepthook, threading.excepthook
    installed = MistakeHook()
    installed.install()
    yield installed
    sys.excepthook, threading.excepthook = before
    if installed.dialog is not None:
        installed.dialog.close()
    assert "Traceback" in capsys.readouterr().err


def test_a_mistake_of_ours_gives_a_report_to_copy(qtbot, hook):
    try:
        raise ZeroDivisionError("a mistake for this test")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: hook.dialog is not None and hook.dialog.isVisible())
    copy = next(button for button in hook.dialog.findChildren(QPushButton) if "Copy" in button.text())
    copy.click()
    text = QGuiApplication.clipboard().text()
    assert "a mistake for this test" in text
    assert "test_problems.py" in text
    assert "midlevel" in text


def test_a_mistake_on_another_thread_is_shown_too(qtbot, hook):
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: hook.dialog is not None and hook.dialog.isVisible())
    assert "ZeroDivisionError" in hook.dialog.report.toPlainText()
