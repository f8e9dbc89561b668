"""What screen readers are told, and that all can be reached and done by keyboard."""

import shutil

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from midlevel_app.gui import accessible
from midlevel_app.gui.controller import Problem
from midlevel_app.gui.explain import ExplainDialog
from midlevel_app.gui.exportdialog import ExportDialog, Wish
from tests.app.gui.conftest import wait_until_read

TEXT = QAccessible.Text


def told(widget, kind=TEXT.Value):
    return QAccessible.queryAccessibleInterface(widget).text(kind)


def tabbed(qtbot, window):
    """What Tab reaches, once around."""
    found = []
    for _ in range(60):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused in found:
            return found[found.index(focused) :]
        found.append(focused)
    raise AssertionError("Tab does not come around")


@pytest.fixture
def active():
    """A screen reader listens."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


# Names


def test_all_that_tab_reaches_has_a_name_and_a_role(qtbot, opened):
    opened.activateWindow()
    opened.controller.marks.add(2.0)
    opened.banner.show_problem(Problem("what", "works"))
    reached = tabbed(qtbot, opened)
    for widget in reached:
        assert told(widget, TEXT.Name), widget
        assert QAccessible.queryAccessibleInterface(widget).role() != QAccessible.Role.Client, widget
    lanes = opened.lanes
    for widget in (opened.transport.speed, opened.banner.close_button, lanes.playhead, *lanes.headers):
        assert widget in reached
    assert opened.stage.inspector.markers in reached
    first = reached.index(lanes.playhead)
    order = [widget for widget in (*reached[first:], *reached[:first]) if widget in (lanes.playhead, *lanes.headers)]
    assert order == [lanes.playhead, *lanes.headers], "from above to below"
    opened.controller.marks.undo_stack.undo()


@pytest.mark.parametrize("name", ["card", "about", "manual", "keys"])
def test_dialogs_are_named_and_reached(qtbot, make_window, name):
    window = make_window()
    getattr(window.intents, name).trigger()
    dialog = QApplication.activeModalWidget()
    assert dialog.windowTitle()
    assert all(told(widget, TEXT.Name) or told(widget) for widget in tabbed(qtbot, dialog))
    dialog.close()


def test_the_export_dialogs_fields_are_named(qtbot):
    dialog = ExportDialog(Wish(), 15.0, has_selection=True, has_markers=True)
    qtbot.addWidget(dialog)
    dialog.show()
    for field in (dialog.form, dialog.part, dialog.rate, dialog.smoothing):
        relations = QAccessible.queryAccessibleInterface(field).relations()
        assert any(told(other.object(), TEXT.Name) for other, _ in relations), "its label"


# Values


def test_values_are_told_as_they_are_shown(opened):
    lanes, inspector = opened.lanes, opened.stage.inspector
    assert told(lanes.headers[1], TEXT.Name) == "Articulation"
    assert "staccato" in told(lanes.headers[1], TEXT.Description)
    assert told(lanes.headers[1]) == "no value"
    opened.controller.seek(4.0)
    opened.controller.marks.select((2.0, 5.0))
    opened.controller.marks.add(3.0, "theme")
    opened._tick()
    assert [told(header) for header in lanes.headers] == [header.text for header in lanes.headers]
    assert told(lanes.playhead) == "0:04.0 of 0:08.0; selected from 0:02.0 to 0:05.0; markers at 0:03.0"
    assert told(opened.transport.position) == "0:04.0 of 0:08.0, paused"
    assert told(lanes.ruler) == "theme at 0:03.0"
    assert told(lanes.overview) == "shows all of 0:08.0"
    lanes.set_view(1.0, 3.0)
    assert told(lanes.overview) == "shows 0:01.0 to 0:03.0 of 0:08.0"
    assert told(inspector.profile).startswith("Melodiousness ")
    assert "in the selection" in told(inspector.profile)
    assert told(opened.status.analysed) == "analysed 100 %"
    opened.controller.marks.undo_stack.undo()


def test_changes_are_told_once_a_second_while_playing(qtbot, active, sound_server, opened, monkeypatch):
    events = []
    made = accessible.QAccessibleValueChangeEvent
    monkeypatch.setattr(
        accessible,
        "QAccessibleValueChangeEvent",
        lambda widget, value: events.append((widget, value)) or made(widget, value),
    )
    clock = opened.transport.position
    opened.controller.seek(4.0)
    opened._tick()
    assert (clock, "0:04.0 of 0:08.0, paused") in events, "at once, while it does not play"
    events.clear()
    opened._tick()
    assert events == [], "nothing changed"
    opened.intents.play.trigger()
    qtbot.waitUntil(lambda: opened.controller.position > 6.0, timeout=8000)
    times = [value for widget, value in events if widget is clock]
    assert 2 <= len(times) <= 4, times


def test_nothing_is_told_to_nobody(opened, monkeypatch):
    monkeypatch.setattr(accessible, "QAccessibleValueChangeEvent", lambda *asked: pytest.fail("told"))
    opened.controller.seek(4.0)
    opened._tick()


# By keyboard


def test_return_presses_a_button_and_space_still_plays(qtbot, opened):
    opened.controller.seek(4.0)
    start = opened.transport.findChildren(type(opened.status.model))[0]
    start.setFocus()
    qtbot.keyClick(start, Qt.Key.Key_Return)
    assert opened.controller.position == 0.0
    opened.transport.volume.setFocus()
    qtbot.keyClick(opened.transport.volume, Qt.Key.Key_Right)
    assert opened.controller.position == 1.0
    assert opened.transport.volume.value() == 100


def test_a_header_explains_hides_and_pins_by_keyboard(qtbot, opened):
    header = opened.lanes.headers[2]
    header.setFocus(Qt.FocusReason.TabFocusReason)
    assert header.buttons.isVisible()
    qtbot.keyClick(header, Qt.Key.Key_Return)
    (dialog,) = opened.findChildren(ExplainDialog)
    assert dialog.windowTitle() == "Rhythmic complexity"
    dialog.close()
    place = header.mapToGlobal(QPoint(10, 10))
    QApplication.sendEvent(header, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(10, 10), place))
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    for _ in range(3):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert opened.looking.look.pinned == ("rhythmic_complexity",)


def test_the_list_is_used_by_keyboard(qtbot, make_window, recording, tmp_path):
    for name in ("a.wav", "b.wav"):
        shutil.copy(recording, tmp_path / name)
    window = make_window(tmp_path)
    wait_until_read(qtbot, window)
    window.activateWindow()
    window.files.setFocus()
    qtbot.keyClick(window.files, Qt.Key.Key_Down)
    assert window.controller.path == tmp_path / "a.wav"
    qtbot.keyClick(window.files, Qt.Key.Key_Return)
    assert window.controller.path == tmp_path / "b.wav"
    wait_until_read(qtbot, window)
    window.files.setFocus()
    qtbot.keyClick(window.files, Qt.Key.Key_Up)
    window.lanes.playhead.setFocus()
    assert window.files.currentRow() == 1, "what is open is marked again"


def test_the_focus_is_seen(qtbot, opened):
    opened.activateWindow()
    header = opened.lanes.headers[0]
    before = header.grab().toImage()
    while QApplication.focusWidget() is not header:
        qtbot.keyClick(QApplication.focusWidget() or opened, Qt.Key.Key_Tab)
    assert header.grab().toImage().pixelColor(1, 1) != before.pixelColor(1, 1)
