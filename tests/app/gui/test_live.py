"""The live page, on a real sound server: listening, takes, the band, calibration, the music stand."""

import json
import threading

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from midlevel_app.articulation import FEATURE, Band, Calibration
from midlevel_app.curves import Curves
from midlevel_app.features import NAMES
from midlevel_app.gui.calibrating import CalibrationDialog
from midlevel_app.gui.livechoices import LiveChoices
from midlevel_app.gui.liveview import Heard
from midlevel_app.live.recorder import Recorder
from tests.tones import piano_like

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def takes(store, tmp_path):
    """The folder where takes are kept."""
    folder = tmp_path / "takes"
    folder.mkdir()
    store.setValue("live", json.dumps(LiveChoices(folder=str(folder)).to_dict()))
    return folder


@pytest.fixture
def fed(sound_server, tmp_path):
    """Music into the microphone, for a minute."""
    soundfile.write(tmp_path / "feed.wav", piano_like(60.0, 44100), 44100)
    player = sound_server.feed_microphone(tmp_path / "feed.wav")
    yield player
    player.kill()
    player.wait()


@pytest.fixture
def live(qtbot, takes, fed, make_window):
    """A window that listens, and has values."""
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.pages.live.view.value.text() != "–", timeout=20_000)
    return window


def record(qtbot, window, seconds):
    """Record a take by the key, and wait until it is in the list."""
    count = window.pages.live.takes.rowCount()
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(
        lambda: window.pages.listening.recording and window.pages.listening.heard.now > seconds, timeout=20_000
    )
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.pages.live.takes.rowCount() == count + 1, timeout=20_000)


def test_the_page_shows_what_is_heard(qtbot, live):
    page = live.pages.live
    assert live.pages.stack.currentWidget() is page
    assert not live.intents.play.isEnabled()
    assert page.view.large.value == pytest.approx(float(page.view.value.text()), abs=0.051)
    qtbot.waitUntil(lambda: "feature lag" in live.status.lag.text())
    assert "dropouts 0" in live.status.lag.text()
    assert "vmic" in [page.inputs.itemText(row) for row in range(page.inputs.count())]
    assert page.meter.accessibleName().endswith("dB")
    assert len(live.pages.listening.heard.onsets) > 3


def test_leaving_the_page_ends_listening(qtbot, live):
    live.intents.recording_page.trigger()
    qtbot.waitUntil(lambda: live.pages.listening._hearing is None)
    live.intents.live_page.trigger()
    qtbot.waitUntil(lambda: live.pages.live.view.value.text() != "–", timeout=20_000)


def test_a_take_is_on_disk_in_the_list_and_opened(qtbot, live, takes):
    record(qtbot, live, 3.0)
    (path,) = takes.glob("take*.wav")
    audio, rate = soundfile.read(path)
    assert rate == 44100
    assert len(audio) > 3.0 * rate
    assert np.abs(audio).max() > 0.05
    assert path.with_suffix(".csv").exists()
    facts = live.pages.listening._takes[-1]
    assert facts.seconds == pytest.approx(len(audio) / rate)
    assert live.pages.live.takes.item(0, 2).text() == f"{facts.articulation:.1f}"
    qtbot.waitUntil(
        lambda: live.controller.recording is not None and live.controller.recording.finished, timeout=20_000
    )
    assert live.controller.path == path
    offline = live.controller.recording.curves()
    seen = facts.curves
    common = np.isfinite(seen.values[:, 0])
    places = np.round(seen.times[common] / offline.step).astype(int)
    np.testing.assert_allclose(seen.values[common], offline.values[places], atol=1e-3)


def test_a_take_goes_on_while_the_recording_is_looked_at(qtbot, live, takes):
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: live.pages.listening.recording and live.pages.listening.heard.now > 1.0, timeout=20_000)
    live.intents.recording_page.trigger()
    before = live.pages.listening.heard.now
    qtbot.waitUntil(lambda: live.pages.listening.heard.now > before + 0.5)
    live.close()
    (path,) = takes.glob("take*.wav")
    assert soundfile.info(path).duration > 1.5


def test_markers_of_a_take_are_kept_beside_it(qtbot, live, takes):
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: live.pages.listening.recording and live.pages.listening.heard.now > 1.0, timeout=20_000)
    qtbot.keyClick(live, Qt.Key.Key_Semicolon)
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: bool(live.pages.listening._takes), timeout=20_000)
    (path,) = takes.glob("take*.midlevel")
    assert len(json.loads(path.read_text())["markers"]) == 1


def test_a_folder_that_is_not_there_is_said_and_kept_for_later(qtbot, live, tmp_path, make_window):
    live.pages.listening._choose(folder=str(tmp_path / "stick" / "takes"))
    qtbot.keyClick(live, Qt.Key.Key_R)
    assert "stick" in live.banner.what.text()
    assert not live.pages.listening.recording
    assert not (tmp_path / "stick").exists(), "the place of a disk that is not connected stays as it is"
    live.close()
    assert make_window().pages.listening.choices.folder == str(tmp_path / "stick" / "takes")


def test_the_next_take_begins_while_the_last_one_is_still_written(qtbot, live, takes, monkeypatch):
    going_on, end = threading.Event(), Recorder.end

    def slowly(self, interruptions):
        self._jobs.put(lambda: going_on.wait(10.0))
        end(self, interruptions)

    monkeypatch.setattr(Recorder, "end", slowly)
    listening = live.pages.listening
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: listening.recording and listening.heard.now > 0.5, timeout=20_000)
    qtbot.keyClick(live, Qt.Key.Key_R)
    assert not listening.recording
    qtbot.waitUntil(lambda: live.pages.live.state.text() == "Writing the take …")
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: listening.recording and listening.heard.now > 0.5, timeout=20_000)
    assert live.pages.live.takes.rowCount() == 0
    qtbot.keyClick(live, Qt.Key.Key_R)
    going_on.set()
    qtbot.waitUntil(lambda: live.pages.live.takes.rowCount() == 2, timeout=20_000)
    assert all(soundfile.info(take).duration > 0.5 for take in takes.glob("take*.wav"))
    qtbot.waitUntil(lambda: live.pages.live.state.text() == "")


def test_a_take_that_ends_before_anything_is_heard_leaves_nothing(qtbot, live, takes):
    live.pages.listening._hearing.session._input.read = list  # nothing comes any more
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "Nothing was recorded" in live.status.currentMessage(), timeout=10_000)
    assert list(takes.iterdir()) == []
    assert live.pages.live.takes.rowCount() == 0


def test_listening_goes_on_after_a_take_that_could_not_begin(qtbot, live, monkeypatch):
    monkeypatch.setattr("midlevel_app.audio.take._SPARE_BYTES", 1 << 60)
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(live.banner.isVisible, timeout=10_000)
    assert "has no room for a take" in live.banner.what.text()
    assert live.banner.works.text() == "Nothing is recorded; listening goes on."
    qtbot.waitUntil(lambda: not live.pages.listening.recording and live.pages.listening.heard.now > 0.5, timeout=20_000)


def test_a_take_has_one_input(qtbot, live):
    page = live.pages.live
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: live.pages.listening.recording and live.pages.listening.heard.now > 0.2, timeout=20_000)
    assert not page.inputs.isEnabled()
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(page.inputs.isEnabled)


def test_a_key_that_is_held_records_once(live):
    acts = live.intents
    assert not any(action.autoRepeat() for action in (acts.record, acts.mark_take, acts.stand, acts.play))
    assert acts.forward.autoRepeat()


def test_nothing_is_listened_to_behind_a_hidden_page(qtbot, live):
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: live.pages.listening.recording and live.pages.listening.heard.now > 0.5, timeout=20_000)
    qtbot.keyClick(live, Qt.Key.Key_R)
    live.intents.recording_page.trigger()
    qtbot.waitUntil(lambda: live.pages.live.takes.rowCount() == 1, timeout=20_000)
    assert live.pages.listening._hearing is None


def test_without_a_model_nothing_is_listened_to(qtbot, sound_server, takes, make_window, monkeypatch):
    window = make_window()
    monkeypatch.setattr(type(window.controller), "model", None)
    window.intents.live_page.trigger()
    window.pages.live.input_requested.emit("vmic")
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert "no model" in window.status.currentMessage()
    assert not window.pages.listening.recording


def test_a_band_of_what_was_just_played_and_none(qtbot, live):
    page = live.pages.live
    qtbot.waitUntil(lambda: np.isfinite(live.pages.listening.heard.curves.values[:, 1]).sum() > 45, timeout=20_000)
    qtbot.mouseClick(page.recent, LEFT)
    assert "as you just played" in page.goal.text()
    qtbot.waitUntil(lambda: "% of 60 s in the band" in page.view.within.text())
    assert page.view.word.text() == "", "words need a calibration"
    qtbot.mouseClick(page.clear, LEFT)
    assert page.goal.text().startswith("No band")


def test_too_little_music_gives_no_band(qtbot, takes, sound_server, make_window):
    window = make_window()
    window.intents.live_page.trigger()
    qtbot.mouseClick(window.pages.live.recent, LEFT)
    assert "at least 4 seconds" in window.banner.what.text()


def test_the_music_stand_fills_the_screen_and_leaves_it(qtbot, live):
    qtbot.keyClick(live, Qt.Key.Key_F11)
    qtbot.waitUntil(live.isFullScreen)
    assert not live.menuBar().isVisible()
    assert not live.pages.live.side.isVisible()
    qtbot.keyClick(live, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: not live.isFullScreen())
    assert live.menuBar().isVisible()
    assert live.pages.live.side.isVisible()


def test_escape_leaves_the_music_stand_and_so_does_closing(qtbot, live, make_window):
    qtbot.keyClick(live, Qt.Key.Key_F11)
    qtbot.waitUntil(live.isFullScreen)
    qtbot.keyClick(live, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not live.isFullScreen())
    assert not live.intents.stand.isChecked()
    qtbot.keyClick(live, Qt.Key.Key_F11)
    qtbot.waitUntil(live.isFullScreen)
    live.close()
    assert not make_window().isFullScreen()


def test_the_level_check_sets_the_gain_of_the_analysis(qtbot, live, monkeypatch):
    monkeypatch.setattr("midlevel_app.live.level.CHECK_SECONDS", 1.0)
    qtbot.mouseClick(live.pages.live.check, LEFT)
    assert "Play loud, play soft" in live.pages.live.check.text()
    qtbot.waitUntil(live.banner.isVisible, timeout=10_000)
    assert live.pages.live.check.text() == "Check level"


def test_a_level_check_ends_with_its_input(qtbot, live):
    check = live.pages.live.check
    qtbot.mouseClick(check, LEFT)
    assert "Play loud, play soft" in check.text()
    live.pages.live.input_requested.emit("vmic")
    assert check.text() == "Check level"
    qtbot.mouseClick(check, LEFT)
    live.intents.recording_page.trigger()
    assert check.text() == "Check level"
    assert not live.banner.isVisible()


def test_choices_are_kept(qtbot, live, make_window):
    qtbot.mouseClick(live.pages.live.view.lengths[0], LEFT)
    live.close()
    again = make_window()
    assert again.pages.listening.choices.seconds == 30
    assert again.pages.live.view.large.seconds == 30


def test_an_input_that_is_not_there_is_said(qtbot, takes, sound_server, store, make_window):
    store.setValue("live", json.dumps(LiveChoices("No such microphone", folder=str(takes)).to_dict()))
    window = make_window()
    window.intents.live_page.trigger()
    qtbot.waitUntil(window.banner.isVisible, timeout=10_000)
    assert "No such microphone" in window.banner.what.text()
    inputs = window.pages.live.inputs
    qtbot.waitUntil(lambda: "not connected" in inputs.currentText())
    inputs.setCurrentIndex(inputs.findData("vmic"))
    inputs.activated.emit(inputs.currentIndex())
    qtbot.waitUntil(lambda: window.pages.listening.heard.now > 0.2, timeout=10_000)
    assert not window.banner.isVisible(), "what is over is told no more"


def played(level, seconds):
    """What is heard after so long, all of it at one articulation."""
    times = np.arange(round(seconds * 10)) / 10
    values = np.full((len(times), len(NAMES)), 5.0)
    values[:, NAMES.index(FEATURE)] = level
    return Heard(Curves(times, values), np.empty(0), seconds)


def test_calibration_asks_for_two_takes_and_gives_words_a_meaning(qtbot, make_window):
    heard = [played(3.0, 0.1)]
    dialog = CalibrationDialog(lambda: heard[0], 1.0)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.step, LEFT)
    assert not dialog.step.isEnabled(), "too little was played"
    heard[0] = played(3.0, 10.0)
    qtbot.waitUntil(dialog.step.isEnabled)
    qtbot.mouseClick(dialog.step, LEFT)
    qtbot.mouseClick(dialog.step, LEFT)
    first = heard[0].curves.values
    heard[0] = played(7.0, 20.0)
    heard[0].curves.values[: len(first)] = first
    qtbot.waitUntil(dialog.step.isEnabled)
    qtbot.mouseClick(dialog.step, LEFT)
    assert dialog.calibration == Calibration(3.0, 7.0)
    page = make_window().pages.live
    page.set_goal(Band(4.0, 5.0), dialog.calibration, "from a test")
    page.view.show_heard(played(7.0, 5.0))
    assert page.view.word.text() == "much more staccato"


def test_a_calibration_that_is_interrupted_is_begun_again(qtbot):
    heard = [played(3.0, 30.0)]
    dialog = CalibrationDialog(lambda: heard[0], 1.0)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.step, LEFT)
    heard[0] = played(3.0, 0.1)
    qtbot.waitUntil(lambda: "opened anew" in dialog.said.text())
    assert dialog.step.text() == "Begin legato"
    assert dialog.step.isEnabled()


def test_two_takes_that_sound_alike_are_asked_for_again(qtbot):
    heard = [played(3.0, 0.1)]
    dialog = CalibrationDialog(lambda: heard[0], 1.0)
    qtbot.addWidget(dialog)
    dialog.show()
    for seconds in (10.0, 20.0):
        qtbot.mouseClick(dialog.step, LEFT)
        heard[0] = played(3.0, seconds)
        qtbot.waitUntil(dialog.step.isEnabled)
        qtbot.mouseClick(dialog.step, LEFT)
    assert "too much alike" in dialog.said.text()
    assert dialog.step.text() == "Begin legato"
    assert dialog.calibration is None


def test_choices_that_make_no_sense_get_their_defaults():
    kept = {"device": 3, "seconds": 7, "folder": 5, "calibrations": {"a": [5, 3], "b": "x"}}
    assert LiveChoices.from_dict(kept) == LiveChoices()
    choices = LiveChoices("mic", 120).calibrated(Calibration(3.0, 6.0))
    assert LiveChoices.from_dict(json.loads(json.dumps(choices.to_dict()))) == choices


def test_the_selection_of_a_recording_becomes_the_band(qtbot, sound_server, takes, opened):
    opened.controller.marks.select((1.0, 7.0))
    qtbot.keyClick(opened, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert opened.pages.shows_live
    assert "from the selection" in opened.pages.live.goal.text()
    qtbot.keyClick(opened, Qt.Key.Key_F11)
    qtbot.waitUntil(opened.isFullScreen)
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not opened.isFullScreen())
    assert opened.controller.marks.selection == (1.0, 7.0), "Escape was for the music stand"


def test_a_take_with_markers_is_opened_with_them(qtbot, live, takes):
    listening = live.pages.listening
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: listening.recording and listening.heard.now > 1.0, timeout=20_000)
    qtbot.keyClick(live, Qt.Key.Key_Semicolon)
    qtbot.keyClick(live, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: len(live.controller.marks.markers) == 1, timeout=20_000)
    assert live.controller.path == next(takes.glob("take*.wav"))


def test_who_leaves_the_page_and_is_back_at_once_is_heard_again(qtbot, live):
    live.intents.recording_page.trigger()
    live.intents.live_page.trigger()
    qtbot.waitUntil(lambda: live.pages.listening.heard.now > 0.2, timeout=10_000)
    qtbot.waitUntil(lambda: live.pages.live.view.value.text() != "–", timeout=20_000)


def test_the_gain_found_for_one_input_is_not_that_of_another(live):
    live.pages.listening._gain_db = 20.0
    live.pages.live.input_requested.emit("vmic")
    assert live.pages.listening._gain_db == 0.0


def test_inputs_that_come_or_go_change_the_list(qtbot, live, monkeypatch):
    names = ["vmic", "USB Audio"]
    monkeypatch.setattr("midlevel_app.audio.listing.names_now", lambda kind: list(names))
    heard, page = live.pages.listening.heard.now, live.pages.live
    page.refresh.click()
    qtbot.waitUntil(lambda: page.inputs.findData("USB Audio") > 0)
    names.remove("USB Audio")
    qtbot.waitUntil(lambda: page.inputs.findData("USB Audio") < 0, timeout=10_000)  # it looks again by itself
    assert live.pages.listening.heard.now > heard  # what is listened to goes on


def test_the_folder_of_takes_is_chosen(qtbot, live, tmp_path, monkeypatch):
    chosen = tmp_path / "elsewhere"
    chosen.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *asked: str(chosen))
    live.intents.takes_folder.trigger()
    record(qtbot, live, 1.0)
    assert [path.suffix for path in chosen.glob("take *.wav")] == [".wav"]
    assert live._settings.live["folder"] == str(chosen)
