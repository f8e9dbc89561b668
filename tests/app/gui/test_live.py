"""The live page, on a real sound server: listening, takes, the band, calibration, the music stand."""

import json

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
    qtbot.waitUntil(lambda: live.pages.listening._session is None, timeout=10_000)
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


def test_a_folder_that_cannot_be_made_is_said(qtbot, live, tmp_path):
    (tmp_path / "file").write_text("no folder")
    live.pages.listening._choose(folder=str(tmp_path / "file" / "takes"))
    qtbot.keyClick(live, Qt.Key.Key_R)
    assert "cannot be made" in live.banner.what.text()
    assert not live.pages.listening.recording


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


def test_the_level_check_sets_the_gain_of_the_analysis(qtbot, live, monkeypatch):
    monkeypatch.setattr("midlevel_app.live.level.CHECK_SECONDS", 1.0)
    qtbot.mouseClick(live.pages.live.check, LEFT)
    assert "Play loud, play soft" in live.pages.live.check.text()
    qtbot.waitUntil(live.banner.isVisible, timeout=10_000)
    assert live.pages.live.check.text() == "Check level"


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
    kept = {"device": 3, "seconds": 7, "folder": "/no/such/folder", "calibrations": {"a": [5, 3], "b": "x"}}
    assert LiveChoices.from_dict(kept) == LiveChoices()
    choices = LiveChoices("mic", 120).calibrated(Calibration(3.0, 6.0))
    assert LiveChoices.from_dict(json.loads(json.dumps(choices.to_dict()))) == choices


def test_the_selection_of_a_recording_becomes_the_band(qtbot, sound_server, takes, opened):
    opened.controller.marks.select((1.0, 7.0))
    qtbot.keyClick(opened, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert opened.pages.shows_live
    assert "from the selection" in opened.pages.live.goal.text()


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
    before = live.pages.listening._session
    qtbot.waitUntil(lambda: live.pages.listening._session not in (None, before), timeout=10_000)
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
