"""The window, offscreen: opening, moving about, exporting, themes, and closing at any moment."""

import os
import shutil
import threading
import time

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from midlevel_app.analysis import analyse
from midlevel_app.audio.decode import open_audio
from midlevel_app.features import FEATURES
from midlevel_app.gui.about import CardDialog
from midlevel_app.gui.screens import example_recording
from midlevel_app.gui.theme import DARK, LIGHT
from midlevel_app.gui.window import MainWindow
from tests.app.gui.conftest import wait_until_read


@pytest.fixture(scope="module")
def curves(recording, tiny_model):
    with open_audio(recording) as reader:
        return analyse(reader.blocks(), tiny_model)


def position(window):
    return window.controller.player_state().position


def drag(kind, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = QPointF(50, 50) if kind is QDropEvent else QPoint(50, 50)
    event = kind(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.data = data  # Qt does not keep it
    event.ignore()
    return event


# Opening


def test_it_opens_empty(make_window):
    window = make_window()
    assert window.screens.currentWidget() is window.empty
    assert not window.banner.isVisible()
    assert not window.intents.play.isEnabled()
    assert not window.intents.export.isEnabled()
    assert window.intents.open.isEnabled()
    assert "computed ratings, not listeners'" in window.status.model.text()


def test_an_argument_is_opened_and_described(qtbot, opened, curves):
    window = opened
    assert window.screens.currentWidget() is window.stage
    assert "recording.wav" in window.windowTitle()
    qtbot.waitUntil(lambda: window.lanes.curve_plots[-1].curve.getOriginalDataset()[0] is not None)
    for column, plot in enumerate(window.lanes.curve_plots):
        times, values = plot.curve.getOriginalDataset()
        assert np.array_equal(times, curves.times)
        assert np.array_equal(values, curves.values[:, column], equal_nan=True)
    assert window.status.file.text().startswith("44.1 kHz stereo · libsndfile")
    assert window.status.analysed.text() == "analysed 100 %"
    assert not window.status.progress.isVisible()
    assert window.lanes.view.extent == pytest.approx(8.0)
    assert window.transport.duration.text() == "/ 0:08.0"
    assert window.intents.export.isEnabled()


def test_curves_appear_while_reading_goes_on(qtbot, make_window, long_recording):
    window = make_window(long_recording)
    qtbot.waitUntil(
        lambda: window.controller.reading and window.lanes.curve_plots[0].curve.getOriginalDataset()[0] is not None,
        timeout=20_000,
    )
    assert window.status.progress.isVisible()
    assert not window.intents.export.isEnabled()
    assert window.intents.play.isEnabled()
    assert window.lanes.view.extent == pytest.approx(300.0)


def test_a_dialog_opens_a_recording(qtbot, make_window, recording, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(recording), ""))
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    wait_until_read(qtbot, window)
    assert window.controller.recording.path == recording


def test_a_dialog_left_alone_changes_nothing(opened, recording, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: ("", ""))
    opened.intents.open.trigger()
    assert opened.controller.recording.path == recording


def test_a_recording_can_be_dropped(qtbot, make_window, recording):
    window = make_window()
    enter = drag(QDragEnterEvent, [recording])
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    drop = drag(QDropEvent, [recording])
    window.dropEvent(drop)
    assert drop.isAccepted()
    wait_until_read(qtbot, window)
    assert window.controller.recording.path == recording


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    """An hour of noise, small on the disk."""
    path = tmp_path_factory.mktemp("hour") / "hour.wav"
    minute = np.random.default_rng(0).uniform(-0.3, 0.3, 60 * 8000).astype(np.float32)
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        for _ in range(60):
            file.write(minute)
    return path


@pytest.fixture
def folder(tmp_path, recording):
    """A folder with three recordings, one below another folder, and something else."""
    (tmp_path / "music" / "more").mkdir(parents=True)
    for name in ("b.wav", "a.wav", "more/c.wav"):
        shutil.copy(recording, tmp_path / "music" / name)
    (tmp_path / "music" / "notes.txt").write_text("no recording")
    return tmp_path / "music"


def test_a_folder_opens_as_a_list(qtbot, make_window, folder, recording):
    window = make_window(folder)
    wait_until_read(qtbot, window)
    assert window.files.isVisible()
    names = [path.relative_to(folder).as_posix() for path in window.files.paths]
    assert sorted(names) == ["a.wav", "b.wav", "more/c.wav"]
    assert window.controller.path == window.files.paths[0]
    qtbot.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    wait_until_read(qtbot, window)
    assert window.controller.path == window.files.paths[1]
    assert window.files.currentRow() == 1
    item = window.files.visualItemRect(window.files.item(2))
    qtbot.mouseClick(window.files.viewport(), Qt.MouseButton.LeftButton, pos=item.center())
    assert window.controller.path == window.files.paths[2]
    window.controller.open(recording)
    assert not window.files.isVisible(), "a recording from elsewhere"


def test_a_folder_without_recordings_is_explained(qtbot, make_window, tmp_path):
    window = make_window()
    window.opening.open([tmp_path])
    qtbot.waitUntil(window.banner.isVisible)
    assert str(tmp_path) in window.banner.what.text()


def test_recent_recordings_are_offered(qtbot, opened, recording, make_window):
    opened.close()
    window = make_window()
    window.intents.recent.aboutToShow.emit()
    (action,) = window.intents.recent.actions()
    assert recording.name in action.text()
    action.trigger()
    wait_until_read(qtbot, window)
    assert window.controller.path == recording


def test_where_the_user_goes_is_described_first(qtbot, make_window, hour):
    window = make_window(hour)
    qtbot.waitUntil(lambda: window.intents.play.isEnabled(), timeout=20_000)
    window.controller.seek(3000.0)
    qtbot.waitUntil(lambda: window.lanes.headers[0].text != "–", timeout=20_000)
    recording = window.controller.recording
    assert recording.described < 2900
    assert np.isfinite(recording.values_at(3010.0)).all()
    assert np.isnan(recording.values_at(2900.0)).all()
    curve = window.lanes.curve_plots[0].curve
    qtbot.waitUntil(lambda: curve.getOriginalDataset()[0] is not None and curve.getOriginalDataset()[0][-1] > 3000)
    assert not window.intents.export.isEnabled()


def test_a_recording_analysed_before_opens_at_once(qtbot, make_window, recording, monkeypatch, tmp_path):
    copy = tmp_path / "copy.wav"
    shutil.copy(recording, copy)
    os.utime(copy, (1_600_000_000, 1_600_000_000))
    window = make_window(copy)
    wait_until_read(qtbot, window)
    first = window.controller.recording
    qtbot.waitUntil(lambda: not window.controller._threads, timeout=10_000)
    window.close()
    monkeypatch.setattr("midlevel_app.analysis.curve_parts", lambda *asked, **options: pytest.fail("analysed again"))
    again = make_window(copy)
    wait_until_read(qtbot, again)
    second = again.controller.recording
    assert np.array_equal(first.curves().values, second.curves().values, equal_nan=True)
    assert np.array_equal(first.frames.frames(), second.frames.frames())
    assert first.facts == second.facts
    assert second.envelope.seconds == pytest.approx(8.0)
    again.intents.clear_cache.trigger()
    assert "Forgot" in again.status.currentMessage()
    assert again.controller.cache.size() == 0


def test_stopping_keeps_what_is_done_and_going_on_does_all(qtbot, make_window, long_recording):
    window = make_window(long_recording)
    qtbot.waitUntil(lambda: window.controller.recording.has_values, timeout=20_000)
    assert window.status.stop.text() == "Stop"
    qtbot.mouseClick(window.status.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.controller.reading, timeout=20_000)
    recording = window.controller.recording
    assert recording.stopped
    assert 0 < recording.described < 290
    assert window.lanes.view.extent == pytest.approx(300.0)
    assert window.intents.export.isEnabled()
    assert "then stopped" in window.status.analysed.text()
    assert window.lanes.playhead._rest == recording.described
    assert recording.smoothed(0.0).times[-1] == recording.described, "nothing is shown that does not count"
    qtbot.mouseClick(window.status.stop, Qt.MouseButton.LeftButton)
    wait_until_read(qtbot, window)
    assert window.controller.recording.described == pytest.approx(300.0, abs=0.2)
    assert window.status.analysed.text() == "analysed 100 %"
    assert not window.status.stop.isVisible()
    assert window.lanes.playhead._rest is None


def test_going_on_with_a_recording_that_is_gone_keeps_what_there_was(qtbot, make_window, long_recording, tmp_path):
    path = tmp_path / "music.flac"
    shutil.copy(long_recording, path)
    window = make_window(path)
    qtbot.waitUntil(lambda: window.controller.recording.has_values, timeout=20_000)
    window.controller.stop_reading()
    qtbot.waitUntil(lambda: not window.controller.reading, timeout=20_000)
    described = window.controller.recording.described
    window.controller.marks.add(3.0)
    path.unlink()
    window.banner.hide()
    qtbot.mouseClick(window.status.stop, Qt.MouseButton.LeftButton)
    assert window.lanes.view.extent == pytest.approx(300.0), "its length is known meanwhile"
    qtbot.waitUntil(lambda: not window.controller.reading, timeout=20_000)
    assert "music.flac" in window.banner.what.text()
    assert window.controller.recording.described == described
    assert [marker.seconds for marker in window.controller.marks.markers] == [3.0]
    assert window.status.stop.text() == "Go on"
    window.controller.marks.undo_stack.undo()


def test_what_is_no_file_cannot_be_dropped(make_window):
    window = make_window()
    event = drag(QDragEnterEvent, [])
    window.dragEnterEvent(event)
    assert not event.isAccepted()


def test_the_example_can_be_tried(qtbot, make_window):
    assert example_recording() is not None
    window = make_window()
    qtbot.mouseClick(window.empty.example_button, Qt.MouseButton.LeftButton)
    wait_until_read(qtbot, window)
    assert window.controller.recording.path == example_recording()


def test_without_the_example_it_is_not_offered(make_window, monkeypatch, tmp_path):
    monkeypatch.setattr("midlevel_app.gui.screens._ASSETS", tmp_path)
    window = make_window()
    assert window.empty.open_button.isVisible()
    assert not window.empty.example_button.isVisible()
    assert not window.intents.example.isEnabled()


def test_opening_another_cancels_the_first(qtbot, make_window, long_recording, recording, curves):
    window = make_window(long_recording)
    qtbot.waitUntil(lambda: window.controller.recording.envelope.seconds > 1, timeout=20_000)
    window.controller.open(recording)
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: not window.controller._threads)
    assert window.controller.recording.path == recording
    shown = window.controller.recording.curves()
    assert np.array_equal(shown.values, curves.values, equal_nan=True)
    assert window.controller.recording.envelope.seconds == pytest.approx(8.0)


# Moving about


def test_keys_move_the_playhead(qtbot, opened):
    keys = [
        (Qt.Key.Key_Right, False, 1.0), (Qt.Key.Key_Right, False, 2.0), (Qt.Key.Key_Left, False, 1.0),
        (Qt.Key.Key_Right, True, 1.1), (Qt.Key.Key_Left, True, 1.0), (Qt.Key.Key_End, False, 8.0),
        (Qt.Key.Key_Left, False, 7.0), (Qt.Key.Key_Home, False, 0.0), (Qt.Key.Key_Left, False, 0.0),
    ]  # fmt: skip
    for key, shift, expected in keys:
        held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        qtbot.keyClick(opened, key, held)
        assert position(opened) == pytest.approx(expected)
    assert opened.transport.position.text() == "0:00.0"


def test_a_click_goes_there_and_shows_the_values(qtbot, opened, curves):
    playhead = opened.lanes.playhead
    x = round(playhead.x_of(4.0))
    qtbot.mouseClick(playhead, Qt.MouseButton.LeftButton, pos=QPoint(x, 300))
    assert position(opened) == pytest.approx(4.0, abs=8.0 / playhead.width())
    row = curves.values[np.argmin(np.abs(curves.times - position(opened)))]
    assert [header.text for header in opened.lanes.headers] == [f"{value:.1f}" for value in row]


def test_where_there_is_no_value_none_is_shown(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_Home)
    assert {header.text for header in opened.lanes.headers} == {"–"}


def test_the_playhead_covers_exactly_the_plots(opened):
    lanes = opened.lanes
    assert lanes.playhead.width() == lanes.waveform.width() == lanes.curve_plots[-1].width()
    assert lanes.playhead.geometry().bottom() == lanes.curve_plots[-1].geometry().bottom()
    box = lanes.curve_plots[2].box
    seen = box.mapSceneToView(QPointF(lanes.playhead.x_of(3.0), 10.0))
    assert seen.x() == pytest.approx(3.0, abs=1e-6)


def turn_wheel(window, x, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPointF(x, 100.0)
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(window.lanes.playhead, event)


def test_the_wheel_zooms_at_the_cursor(opened):
    lanes = opened.lanes
    x = lanes.playhead.width() * 0.7
    before = lanes.playhead.time_at(x)
    turn_wheel(opened, x, 3)
    assert lanes.view.length < 5.0
    assert lanes.playhead.time_at(x) == pytest.approx(before)
    assert {tuple(plot.box.viewRange()[0]) for plot in [lanes.waveform, *lanes.curve_plots]} == {
        (lanes.view.start, lanes.view.stop)
    }
    assert lanes.scroll_bar.isVisible()
    turn_wheel(opened, x, 50)
    assert lanes.view.length == pytest.approx(1.0)
    turn_wheel(opened, x, 1, Qt.KeyboardModifier.ShiftModifier)
    assert lanes.view.length == pytest.approx(1.0)
    opened.intents.whole.trigger()
    assert (lanes.view.start, lanes.view.stop) == (0.0, pytest.approx(8.0))
    assert not lanes.scroll_bar.isVisible()


def test_zoomed_in_the_scroll_bar_moves_all(opened):
    opened.intents.zoom_in.trigger()
    opened.intents.zoom_in.trigger()
    bar = opened.lanes.scroll_bar
    bar.setValue(bar.maximum())
    assert opened.lanes.view.stop == pytest.approx(8.0, abs=0.001)
    opened.intents.zoom_out.trigger()
    assert opened.lanes.view.length > 4.0


def test_few_points_are_drawn_whatever_the_length(qtbot, make_window, long_recording):
    window = make_window(long_recording)
    wait_until_read(qtbot, window)
    for plot in window.lanes.curve_plots:
        assert 200 < len(plot.curve.getData()[0]) <= 1.5 * plot.width()
    assert len(window.lanes.waveform.bars.getData()[0]) <= 2 * window.lanes.waveform.width()


# Playing


def test_space_plays_what_the_playhead_shows(qtbot, sound_server, opened):
    qtbot.keyClick(opened, Qt.Key.Key_Right)
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: position(opened) > 1.5, timeout=5000)
    shown = float(opened.transport.position.text().removeprefix("0:"))
    assert shown == pytest.approx(position(opened), abs=0.2)
    assert opened.intents.play.text() == "Pause"
    qtbot.waitUntil(lambda: opened.status.lag.text().startswith("audible lag "))
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.intents.play.text() == "Play")
    time.sleep(0.3)  # what the device already holds is still heard
    stays = position(opened)
    qtbot.wait(200)
    assert position(opened) == stays


def test_zoomed_in_the_page_turns_with_the_music(qtbot, sound_server, opened):
    opened.lanes._zoom(0.15, 0.0)
    assert opened.lanes.view.stop < 1.5
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: opened.lanes.view.start > 0.5, timeout=5000)
    assert opened.lanes.view.start <= position(opened) <= opened.lanes.view.stop


def test_play_at_the_end_starts_again(qtbot, sound_server, opened):
    opened.intents.end.trigger()
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: 0.1 < position(opened) < 3.0, timeout=5000)


# Themes and dialogs


@pytest.mark.parametrize(("choice", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_is_chosen_and_kept(make_window, store, choice, theme):
    window = make_window()
    action = next(action for action in window.intents.themes.actions() if action.data() == choice)
    action.trigger()
    assert QApplication.palette().window().color() == QColor(theme.window)
    window.close()
    again = make_window()
    assert QApplication.palette().window().color() == QColor(theme.window)
    checked = [action.data() for action in again.intents.themes.actions() if action.isChecked()]
    assert checked == [choice]


def test_size_is_kept(qtbot, make_window):
    window = make_window()
    window.resize(760, 640)
    window.close()
    assert make_window().size().toTuple() == (760, 640)


def test_headers_name_feature_question_and_poles(opened):
    for feature, header in zip(FEATURES, opened.lanes.headers, strict=True):
        assert feature.question in header.toolTip()
        marks = header.marks()
        assert {mark.pole for mark in marks} >= {feature.low, feature.high}
        assert {mark.number for mark in marks} >= {"1", "10"}


def test_the_card_is_shown(qtbot, make_window, tiny_model):
    window = make_window()
    qtbot.mouseClick(window.status.model, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(CardDialog)
    text = dialog.card.toPlainText()
    assert "computed ratings, not listeners'" in text
    assert tiny_model.card.limits[0] in text
    assert "0.50" in text
    dialog.close()


# Closing


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_closing_while_analysing_and_playing_is_clean(qtbot, sound_server, make_window, long_recording, seconds):
    window = make_window(long_recording)
    qtbot.waitUntil(lambda: window.intents.play.isEnabled(), timeout=20_000)
    window.intents.play.trigger()
    qtbot.wait(round(1000 * seconds))
    assert window.controller.reading
    start = time.monotonic()
    window.close()
    assert time.monotonic() - start < 5.0
    assert window.clean_end
    assert all(thread.isFinished() for thread in window.controller._threads)
    assert "midlevel-player" not in {thread.name for thread in threading.enumerate()}


def test_closing_before_the_model_is_loaded_is_clean(qtbot, store, recording):
    window = MainWindow(store)
    window.show()
    window.load(recording)
    window.close()
    assert window.clean_end
    qtbot.waitUntil(lambda: not window.controller._threads)
    assert window.controller.recording is None


def test_a_message_stands_alone_whatever_the_size(qtbot, opened):
    assert opened.status.file.isVisible()
    opened.status.say("a message")
    opened.resize(1100, 700)
    qtbot.waitUntil(lambda: opened.width() == 1100)
    assert not opened.status.file.isVisible()
    opened.status.clearMessage()
    assert opened.status.file.isVisible()


def test_a_folder_listed_while_the_window_closes_opens_nothing(qtbot, make_window, recording):
    window = make_window()
    window.opening.open([recording.parent])
    window.close()
    assert window.clean_end
    qtbot.wait(200)  # in which the list arrives
    assert window.controller.recording is None


def test_a_window_closed_before_it_was_loaded_starts_nothing(qtbot, store, recording):
    window = MainWindow(store)
    window.show()
    window.close()
    before = threading.active_count()
    window.load(recording)
    assert window.lanes is None
    assert window.controller.recording is None
    assert threading.active_count() == before
