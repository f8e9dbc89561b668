"""Speed, loop, volume and output, by keys, buttons and menus; what is chosen is heard and kept."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from midlevel_app.gui.playing import SPEEDS, Playback
from tests.app.gui.conftest import wait_until_read


def state(window):
    return window.controller.player_state()


def test_keys_change_the_speed_within_its_limits(qtbot, opened):
    for _ in range(3):
        qtbot.keyClick(opened, Qt.Key.Key_BracketLeft)
    assert opened.playing.playback.speed == 0.75
    assert state(opened).speed == 0.75
    assert opened.transport.speed.currentText() == "0.75 ×"
    for _ in range(30):
        qtbot.keyClick(opened, Qt.Key.Key_BracketRight)
    assert state(opened).speed == SPEEDS[-1]
    qtbot.keyClick(opened, Qt.Key.Key_Equal)
    assert state(opened).speed == 1.0


def test_the_speed_is_heard_and_shown_in_the_recordings_own_time(qtbot, sound_server, opened):
    opened.transport.speed.activated.emit(SPEEDS.index(0.5))
    assert state(opened).speed == 0.5
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: state(opened).position > 0.5, timeout=8000)
    before = state(opened).position
    qtbot.wait(1000)
    passed = state(opened).position - before
    assert 0.3 < passed < 0.8, "about half a second of the recording in a second"


def test_the_selection_is_looped(qtbot, sound_server, opened):
    assert not opened.intents.loop.isEnabled()
    opened.controller.marks.select((2.0, 2.8))
    qtbot.keyClick(opened, Qt.Key.Key_L)
    assert opened.intents.loop.isChecked()
    assert state(opened).position == pytest.approx(2.0)
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: state(opened).position > 2.4, timeout=8000)
    seen = []
    for _ in range(40):
        qtbot.wait(50)
        seen.append(state(opened).position)
    assert min(seen) > 1.95
    assert max(seen) < 2.85
    assert (np.diff(seen) < -0.3).sum() >= 1, "it began again"
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: state(opened).position > 3.0, timeout=8000)


def test_volume_by_keys_and_slider_is_kept(qtbot, opened, make_window, store):
    qtbot.keyClick(opened, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert opened.playing.playback.volume == pytest.approx(0.9)
    assert opened.transport.volume.value() == 90
    opened.transport.volume.setValue(40)
    assert opened.playing.playback.volume == pytest.approx(0.4)
    assert opened.controller._player._volume == pytest.approx(0.4)
    opened.playing.change(speed=0.8)
    opened.close()
    again = make_window()
    assert again.playing.playback == Playback(speed=0.8, volume=0.4)
    assert again.transport.volume.value() == 40


def test_another_recording_is_played_alike(qtbot, opened, recording):
    opened.playing.change(speed=1.25, volume=0.5)
    opened.controller.open(recording)
    wait_until_read(qtbot, opened)
    assert state(opened).speed == 1.25
    assert opened.controller._player._volume == 0.5


def test_outputs_are_listed_by_name_and_one_is_chosen(qtbot, sound_server, opened):
    menu = opened.intents.outputs
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: len(menu.actions()) > 1, timeout=8000)
    first, *others = menu.actions()
    assert first.isChecked()
    others[0].trigger()
    name = opened.playing.playback.output
    assert name == others[0].text().replace("&&", "&")
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: state(opened).output == name, timeout=8000)


def listed(qtbot, window):
    """What the menu offers once the sound system was asked."""
    menu = window.intents.outputs
    menu.clear()
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: bool(menu.actions()), timeout=8000)
    return [action.text() for action in menu.actions()]


def test_an_output_connected_while_another_plays_is_offered_and_taken(qtbot, own_server, make_window, recording):
    window = make_window(recording)
    wait_until_read(qtbot, window)
    assert "garden" not in listed(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(window).position > 0.2, timeout=8000)
    with (own_server.folder / "alsa.conf").open("a") as file:
        file.write('pcm.garden { type pulse device "vspk2" hint { show on } }\n')
    assert "garden" in listed(qtbot, window)
    assert state(window).playing
    reached = state(window).position
    next(action for action in window.intents.outputs.actions() if action.text() == "garden").trigger()
    qtbot.waitUntil(lambda: state(window).output == "garden", timeout=8000)
    qtbot.waitUntil(lambda: state(window).position > reached + 0.2, timeout=8000)
    assert not window.banner.isVisible()


def test_a_pulled_out_output_is_told_and_played_through_once_it_is_back(qtbot, own_server, make_window, recording):
    window = make_window(recording)
    wait_until_read(qtbot, window)
    window.playing.change(output="vspk2")
    window.controller.seek(1.0)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(window).position > 1.3, timeout=8000)
    own_server.unplug("vspk2")
    qtbot.waitUntil(window.banner.isVisible, timeout=8000)
    assert "vspk2 went away" in window.banner.what.text()
    assert window.intents.play.text() == "Play"
    kept = state(window).position
    own_server.plug_in("vspk2")
    qtbot.waitUntil(lambda: state(window).position > kept + 0.2, timeout=8000)
    qtbot.waitUntil(lambda: not window.banner.isVisible())
    assert window.intents.play.text() == "Pause"


def test_a_busy_output_is_told(qtbot, sound_server, opened, monkeypatch):
    import sounddevice

    def busy(**options):
        raise sounddevice.PortAudioError("Error opening OutputStream: Device unavailable", -9985)

    monkeypatch.setattr(sounddevice, "OutputStream", busy)
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    qtbot.waitUntil(opened.banner.isVisible, timeout=8000)
    assert "close programs that use it" in opened.banner.what.text()
    assert not state(opened).playing


def test_an_output_that_is_gone_is_named(qtbot, sound_server, opened):
    opened.playing.change(output="Gramophone")
    opened.intents.play.trigger()
    qtbot.waitUntil(opened.banner.isVisible, timeout=8000)
    assert "Gramophone" in opened.banner.what.text()
    assert not state(opened).playing


@pytest.mark.parametrize("kept", [{}, {"speed": 7, "volume": 2.0, "output": 3}, {"volume": True}])
def test_nonsense_gives_the_defaults(kept):
    assert Playback.from_dict(kept) == Playback()
