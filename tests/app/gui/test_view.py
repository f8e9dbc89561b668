"""Looking at an open recording, by real clicks and keys: selection, layouts, lanes, inspector, read-out, overview."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from midlevel_app.changes import describe_selection
from midlevel_app.curves import smooth, span, statistics
from midlevel_app.features import FEATURES, NAMES
from midlevel_app.gui.explain import ExplainDialog
from midlevel_app.gui.inspector import Link
from midlevel_app.gui.screens import example_recording
from midlevel_app.poles import pole_sound
from tests.app.gui.conftest import wait_until_read

LEFT = Qt.MouseButton.LeftButton


def drag(qtbot, widget, start, stop, y=200):
    """Draw from ``start`` to ``stop`` seconds over the plots."""
    first, last = (QPoint(round(widget.x_of(seconds)), y) for seconds in (start, stop))
    qtbot.mousePress(widget, LEFT, pos=first)
    qtbot.mouseMove(widget, (first + last) / 2)
    qtbot.mouseMove(widget, last)
    qtbot.mouseRelease(widget, LEFT, pos=last)


def pixel(window):
    return window.lanes.view.length / window.lanes.playhead.width()


# Selecting


def test_a_drag_selects_and_the_inspector_tells_about_it(qtbot, opened):
    drag(qtbot, opened.lanes.playhead, 2.5, 5.0)
    start, stop = opened.controller.marks.selection
    assert start == pytest.approx(2.5, abs=2 * pixel(opened))
    assert stop == pytest.approx(5.0, abs=2 * pixel(opened))
    assert opened.controller.player_state().position == 0.0, "a drag is no click"
    found = statistics(span(opened.controller.recording.curves(), start, stop))
    table = opened.stage.inspector.table
    for row in range(len(FEATURES)):
        assert table.item(row, 2).text().startswith(f"{found.mean[row]:.1f} ± {found.deviation[row]:.1f}")
    assert "Selected 0:02" in opened.stage.inspector.selected.text()


def test_a_selection_is_drawn_from_either_side_and_within_the_recording(qtbot, opened):
    drag(qtbot, opened.lanes.playhead, 6.0, -3.0)
    start, stop = opened.controller.marks.selection
    assert (start, stop) == (0.0, pytest.approx(6.0, abs=2 * pixel(opened)))


def test_an_end_of_the_selection_can_be_moved(qtbot, opened):
    opened.controller.marks.select((2.0, 4.0))
    drag(qtbot, opened.lanes.playhead, 4.0, 6.0)
    start, stop = opened.controller.marks.selection
    assert (start, stop) == (2.0, pytest.approx(6.0, abs=2 * pixel(opened)))


def test_keys_select(qtbot, opened):
    opened.controller.seek(3.0)
    qtbot.keyClick(opened, Qt.Key.Key_I)
    assert opened.controller.marks.selection == (3.0, 8.0)
    opened.controller.seek(5.0)
    qtbot.keyClick(opened, Qt.Key.Key_O)
    assert opened.controller.marks.selection == (3.0, 5.0)
    qtbot.keyClick(opened, Qt.Key.Key_Z)
    assert opened.lanes.view.length == pytest.approx(2.2)
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.controller.marks.selection is None
    assert not opened.intents.to_selection.isEnabled()
    qtbot.keyClick(opened, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert opened.controller.marks.selection == (0.0, 8.0)


def test_another_recording_has_no_selection(qtbot, opened, recording):
    opened.controller.marks.select((2.0, 4.0))
    opened.controller.open(recording)
    wait_until_read(qtbot, opened)
    assert opened.controller.marks.selection is None


# Layouts and lanes


def test_a_selection_that_is_being_drawn_ends_with_its_recording(qtbot, opened, recording):
    head = opened.lanes.playhead
    qtbot.mousePress(head, LEFT, pos=QPoint(round(head.x_of(2.0)), 200))
    qtbot.mouseMove(head, QPoint(round(head.x_of(4.0)), 200))
    opened.controller.open(recording)
    qtbot.mouseMove(head, QPoint(round(head.x_of(6.0)), 200))
    qtbot.mouseRelease(head, LEFT, pos=QPoint(round(head.x_of(6.0)), 200))
    assert opened.controller.marks.selection is None
    wait_until_read(qtbot, opened)
    assert opened.controller.marks.selection is None


def test_a_drawn_selection_that_is_none_is_not_shown(qtbot, opened):
    head = opened.lanes.playhead
    opened.controller.marks.select((2.0, 4.0))
    drag(qtbot, head, 6.0, 6.0 + 6 * pixel(opened))
    assert opened.controller.marks.selection is None, "too short"
    assert head._selection is None
    assert head._drawing is None


def test_the_menu_at_a_place_ends_with_its_recording(qtbot, opened, tmp_path):
    head = opened.lanes.playhead
    place = head.mapToGlobal(QPoint(200, 200))
    QApplication.sendEvent(head, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(200, 200), place))
    menu = QApplication.activePopupWidget()
    assert menu.isVisible()
    opened.controller.open(tmp_path / "gone.wav")
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    qtbot.waitUntil(opened.banner.isVisible, timeout=20_000)


def test_keys_hide_and_show_features(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_2)
    assert not opened.lanes.headers[1].isVisible()
    assert not opened.lanes.curve_plots[1].isVisible()
    assert not opened.intents.features[1].isChecked()
    qtbot.keyClick(opened, Qt.Key.Key_2)
    assert opened.lanes.curve_plots[1].isVisible()


def test_a_headers_buttons_pin_and_solo(qtbot, opened):
    header = opened.lanes.headers[3]
    qtbot.mouseMove(header)
    header.buttons.show()
    before = opened.lanes.curve_plots[3].height()
    qtbot.mouseClick(header._button["pin"], LEFT)
    qtbot.waitUntil(lambda: opened.lanes.curve_plots[3].height() > 1.5 * before)
    qtbot.mouseClick(header._button["solo"], LEFT)
    assert [plot.isVisible() for plot in opened.lanes.curve_plots] == [row == 3 for row in range(7)]
    qtbot.mouseClick(header._button["solo"], LEFT)
    assert all(plot.isVisible() for plot in opened.lanes.curve_plots)


def test_overlaid_all_shown_curves_share_a_plot(qtbot, opened):
    opened.intents.features[4].trigger()
    qtbot.keyClick(opened, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    lanes = opened.lanes
    assert lanes.overlaid.isVisible()
    assert not any(plot.isVisible() for plot in lanes.curve_plots)
    assert [line.curve.isVisible() for line in lanes.overlaid.lines] == [name != "dissonance" for name in NAMES]
    expected = opened.controller.recording.curves().values[:, 0]

    def drawn():
        return lanes.overlaid.lines[0].curve.getOriginalDataset()[1]

    qtbot.waitUntil(lambda: drawn() is not None and np.array_equal(drawn(), expected, equal_nan=True))
    qtbot.keyClick(opened, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert not lanes.overlaid.isVisible()


def test_strips_colour_the_values_in_view(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    plot = opened.lanes.curve_plots[0]
    assert plot.strip.isVisible()
    assert not plot.curve.isVisible()
    curves = opened.controller.recording.curves()
    drawn = plot.strip.image[0]
    assert len(drawn) == len(curves)
    assert np.array_equal(drawn[:, 3] > 0, np.isfinite(curves.values[:, 0]))
    values = curves.values[:, 0]
    lightest, darkest = np.nanargmin(values), np.nanargmax(values)
    assert drawn[lightest, :3].sum() != drawn[darkest, :3].sum()


def test_the_scale_is_named_and_holds_the_piece(opened):
    lanes = opened.lanes
    assert lanes.scale_note.text().startswith("Model scale 1 to 10")
    next(action for action in opened.intents.scales.actions() if action.data() == "piece").trigger()
    assert lanes.scale_note.text().startswith("Within this piece")
    values = opened.controller.recording.curves().values
    for column, plot in enumerate(lanes.curve_plots):
        low, high = plot.box.viewRange()[1]
        assert low <= np.nanmin(values[:, column]) <= np.nanmax(values[:, column]) <= high
        assert high - low < 10


def test_smoothing_shows_smoothed_curves_and_values(qtbot, opened):
    next(action for action in opened.intents.smoothings.actions() if action.data() == 2.0).trigger()
    qtbot.waitUntil(lambda: not opened.lanes._redraw.isActive())
    wanted = smooth(opened.controller.recording.curves(), 2.0)
    curve = opened.lanes.curve_plots[5].curve
    qtbot.waitUntil(lambda: np.array_equal(curve.getOriginalDataset()[1], wanted.values[:, 5], equal_nan=True))
    opened.controller.seek(4.0)
    opened._tick()
    row = wanted.values[np.argmin(np.abs(wanted.times - 4.0))]
    assert [header.text for header in opened.lanes.headers] == [f"{value:.1f}" for value in row]


def test_the_spectrogram_shows_what_the_network_hears(qtbot, opened):
    frames = opened.controller.recording.frames
    assert len(frames) == frames.frontend.count(8 * frames.frontend.rate)
    next(action for action in opened.intents.pictures.actions() if action.data() == "spectrogram").trigger()
    lanes = opened.lanes
    assert lanes.spectrogram.isVisible()
    assert not lanes.waveform.isVisible()
    assert lanes.spectrogram.image.image.shape == (len(frames), frames.frontend.bands)


def test_the_look_is_kept(make_window, opened, store):
    opened.looking.change(layout="strips", smoothing=4.0, hidden=("minorness",))
    opened.close()
    again = make_window()
    assert again.stage.look.layout == "strips"
    assert again.stage.look.smoothing == 4.0
    assert not again.intents.features[6].isChecked()


def test_the_band_is_drawn_from_a_model_that_has_a_spread(qtbot, make_window, recording, spread_model, monkeypatch):
    monkeypatch.setattr("midlevel_app.model.find_model", lambda: spread_model.path)
    window = make_window(recording)
    wait_until_read(qtbot, window)
    plot = window.lanes.curve_plots[0]
    curves = window.controller.recording.curves()
    qtbot.waitUntil(lambda: not plot.line.band.path().isEmpty())
    band = plot.line.band.path().boundingRect()
    assert band.top() == pytest.approx(np.nanmin(curves.values[:, 0] - curves.spread[:, 0]), abs=1e-6)
    assert band.bottom() == pytest.approx(np.nanmax(curves.values[:, 0] + curves.spread[:, 0]), abs=1e-6)
    assert "teachers" in window.lanes.scale_note.text()
    window.intents.band.trigger()
    assert plot.line.band.path().isEmpty()
    assert "teachers" not in window.lanes.scale_note.text()


# Understanding


@pytest.mark.parametrize("row", range(7))
def test_a_feature_is_explained_and_its_poles_can_be_heard(qtbot, opened, monkeypatch, row):
    played = []
    monkeypatch.setattr(opened.controller, "play_sound", played.append)
    header = opened.lanes.headers[row]
    qtbot.mouseClick(header._button["about"], LEFT)
    (dialog,) = opened.findChildren(ExplainDialog)
    text = " ".join(label.text() for label in dialog.findChildren(QLabel))
    feature = FEATURES[row]
    assert all(words in text for words in (feature.label, feature.low, feature.high, "computed ratings"))
    for high in (False, True):
        qtbot.mouseClick(dialog.buttons[high], LEFT)
        assert played[-1] == pole_sound(feature.name, high)
    dialog.close()
    assert played[-1] is None


def test_who_only_reads_an_explanation_hears_on(qtbot, sound_server, opened):
    opened.intents.play.trigger()
    qtbot.mouseClick(opened.lanes.headers[0]._button["about"], LEFT)
    (dialog,) = opened.findChildren(ExplainDialog)
    dialog.close()
    assert opened.controller.player_state().playing


def test_the_sounds_of_the_poles_are_heard(qtbot, sound_server, opened):
    opened.intents.play.trigger()
    opened.playing.change(volume=0.3, output="vspk2")
    opened.controller.play_sound(pole_sound("articulation", True))
    assert opened.controller._sound._volume == pytest.approx(0.3)
    assert not opened.controller.player_state().playing
    qtbot.waitUntil(lambda: opened.controller._sound.position() > 0.5, timeout=5000)
    assert opened.controller._sound.state().output == "vspk2"
    opened.controller.play_sound(None)


def test_what_changed_leads_to_its_place(qtbot, make_window):
    window = make_window(example_recording())
    wait_until_read(qtbot, window)
    inspector = window.stage.inspector
    inspector.show_piece(None, [Link("articulation rose by 2.0 at 0:13", 13.0, 14.0)])
    assert "Articulation rose" in inspector.changes.text()
    inspector.changes.linkActivated.emit("0")
    assert window.controller.position == pytest.approx(13.0)
    assert window.lanes.view.start <= 13.0 <= 14.0 <= window.lanes.view.stop
    assert window.lanes.view.length < 3


def test_a_selection_is_compared_with_the_rest_in_words(qtbot, opened):
    opened.controller.marks.select((2.0, 5.0))
    comparison = opened.stage.inspector.comparison
    qtbot.waitUntil(lambda: comparison.text() != "")
    said = comparison.text().lower()
    for sentence in describe_selection(opened.controller.recording.curves(), 2.0, 5.0):
        assert sentence.lower() in said


def test_a_narrow_window_leaves_its_room_to_the_lanes(qtbot, opened):
    assert opened.stage.inspector.isVisible()
    opened.resize(760, 520)
    qtbot.waitUntil(lambda: not opened.stage.inspector.isVisible())
    opened.resize(1200, 800)
    qtbot.waitUntil(opened.stage.inspector.isVisible)
    qtbot.keyClick(opened, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert not opened.stage.inspector.isVisible()


# Pointing, panning, following


def test_the_pointer_reads_time_and_all_values(qtbot, opened):
    head = opened.lanes.playhead
    qtbot.mouseMove(head, QPoint(round(head.x_of(4.0)), 150))
    opened.lanes.playhead.pointed.emit(4.0)
    values = opened.controller.recording.values_at(4.0)
    lines = opened.lanes.read_out.text.splitlines()
    assert lines[0].startswith("0:04.0")
    assert lines[1:] == [f"{feature.label} {value:.1f}" for feature, value in zip(FEATURES, values, strict=True)]
    head.pointed.emit(None)
    assert not opened.lanes.read_out.isVisible()


def test_the_overview_moves_the_view_and_seeks(qtbot, opened):
    lanes = opened.lanes
    lanes._zoom(0.25, 0.0)
    overview = lanes.overview
    width = overview.width()
    qtbot.mousePress(overview, LEFT, pos=QPoint(width // 8, 20))
    qtbot.mouseMove(overview, QPoint(width // 8 + width // 2, 20))
    qtbot.mouseRelease(overview, LEFT, pos=QPoint(width // 8 + width // 2, 20))
    assert lanes.view.start == pytest.approx(4.0, abs=0.1)
    qtbot.mouseClick(overview, LEFT, pos=QPoint(round(width * 0.9), 20))
    assert opened.controller.player_state().position == pytest.approx(7.2, abs=0.1)


def test_keys_pan(qtbot, opened):
    opened.lanes._zoom(0.25, 0.0)
    qtbot.keyClick(opened, Qt.Key.Key_PageDown)
    assert opened.lanes.view.start == pytest.approx(1.6)
    qtbot.keyClick(opened, Qt.Key.Key_PageUp)
    assert opened.lanes.view.start == 0.0


def test_following_yields_to_the_user_until_asked(qtbot, opened):
    lanes = opened.lanes
    lanes._zoom(0.25, 0.0)
    lanes.page(2.0)
    assert lanes.view.start == pytest.approx(4.0)
    lanes.set_position(0.5, follow=True)
    assert lanes.view.start == pytest.approx(4.0), "the user looks elsewhere"
    qtbot.keyClick(opened, Qt.Key.Key_F)
    assert lanes.view.start <= 0.5
    lanes.set_position(3.0, follow=True)
    assert lanes.view.start <= 3.0 <= lanes.view.stop


def test_the_follow_button_shows_and_chooses_whether_the_page_turns(qtbot, opened, recording):
    action, lanes = opened.intents.follow, opened.lanes
    button = next(one for one in opened.transport.findChildren(QToolButton) if one.defaultAction() is action)
    assert button.isChecked()
    lanes._zoom(0.25, 0.0)
    lanes.page(2.0)
    assert not button.isChecked(), "the user looks elsewhere"
    qtbot.mouseClick(button, LEFT)
    assert button.isChecked()
    assert lanes.view.start <= 0.0 <= lanes.view.stop
    qtbot.mouseClick(button, LEFT)
    assert not button.isChecked()
    for seconds in (0.5, 3.0):
        lanes.set_position(seconds, follow=True)
        assert lanes.view.start == 0.0, "it stays until asked"
        assert not button.isChecked()
    opened.controller.open(recording)
    wait_until_read(qtbot, opened)
    assert not button.isChecked()
    qtbot.keyClick(opened, Qt.Key.Key_F)
    assert button.isChecked()


def test_a_window_fits_on_the_smallest_screen(qtbot, opened):
    opened.resize(683, 384)  # a small laptop at 200 %
    qtbot.waitUntil(lambda: not opened.transport.others.isVisible())
    assert opened.width() <= 683
    assert opened.height() <= 384
    header, plot = opened.lanes.headers[-1], opened.lanes.curve_plots[-1]
    assert header.height() == plot.height() >= 16
    assert header.marks() == []
    opened.resize(1200, 800)
    qtbot.waitUntil(opened.transport.others.isVisible)
    assert header.marks() != []


def test_a_dialog_is_no_larger_than_the_screen(qtbot, make_window):
    window = make_window()
    window.intents.manual.trigger()
    dialog = QApplication.activeModalWidget()
    space = window.screen().availableSize()
    assert dialog.width() <= space.width()
    assert dialog.height() <= space.height()
    dialog.close()
