"""Markers, sessions and autosaves: what the user makes is kept, can be undone, and survives a crash."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox

from midlevel_app.gui.autosave import Autosave
from midlevel_app.gui.help import KeySheet
from midlevel_app.gui.marks import Marks
from midlevel_app.markers import Marker, label_text
from midlevel_app.session import Session, load, save
from tests.app.gui.conftest import wait_until_read
from tests.tones import piano_like

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def answers(monkeypatch):
    """What the user answers to questions, in order."""
    waiting = []
    monkeypatch.setattr(QMessageBox, "question", lambda *asked: waiting.pop(0))
    return waiting


@pytest.fixture
def chosen(monkeypatch, tmp_path):
    """The file that the user chooses to save to."""
    path = tmp_path / "work.midlevel"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(path), ""))
    return path


def mark(qtbot, window, *moments):
    for seconds in moments:
        window.controller.seek(seconds)
        qtbot.keyClick(window, Qt.Key.Key_Semicolon)


def seconds_of(window):
    return [marker.seconds for marker in window.controller.marks.markers]


# Marks themselves


def test_every_change_can_be_undone_and_done_again(qapp):
    marks = Marks()
    marks.add(4.0, "end")
    marks.add(2.0)
    marks.rename(marks.markers[0], "begin")
    marks.move(marks.markers[0], 5.0)
    marks.remove(marks.markers[0])
    states = [(), ("end",), ("Marker 2", "end"), ("begin", "end"), ("end", "begin"), ("begin",)]

    def texts():
        return tuple(marker.text for marker in marks.markers)

    assert texts() == states[-1]
    for state in reversed(states[:-1]):
        marks.undo_stack.undo()
        assert texts() == state
    for state in states[1:]:
        marks.undo_stack.redo()
        assert texts() == state


# In the window


def test_markers_are_set_while_listening_and_reached_by_keys(qtbot, opened):
    mark(qtbot, opened, 5.0, 2.0)
    assert seconds_of(opened) == pytest.approx([2.0, 5.0])
    assert [marker.text for marker in opened.controller.marks.markers] == ["Marker 2", "Marker 1"]
    opened.controller.seek(0.0)
    control = Qt.KeyboardModifier.ControlModifier
    for key, place in ((Qt.Key.Key_Right, 2.0), (Qt.Key.Key_Right, 5.0), (Qt.Key.Key_Left, 2.0)):
        qtbot.keyClick(opened, key, control)
        assert opened.controller.position == pytest.approx(place)
    qtbot.keyClick(opened, Qt.Key.Key_Z, control)
    assert seconds_of(opened) == pytest.approx([5.0])
    assert opened.intents.redo.text() == "Redo add a marker"
    qtbot.keyClick(opened, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert seconds_of(opened) == pytest.approx([2.0, 5.0])


def test_the_list_renames_removes_and_leads_there(qtbot, opened):
    mark(qtbot, opened, 2.0, 5.0)
    table = opened.stage.inspector.markers
    table.item(0, 1).setText("the theme returns")
    assert opened.controller.marks.markers[0] == Marker(2.0, "the theme returns")
    qtbot.mouseClick(table.viewport(), LEFT, pos=table.visualItemRect(table.item(1, 0)).center())
    assert opened.controller.position == pytest.approx(5.0)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert seconds_of(opened) == pytest.approx([2.0])


def test_f2_renames_the_marker_of_the_list(qtbot, opened):
    mark(qtbot, opened, 2.0)
    table = opened.stage.inspector.markers
    table.setFocus()
    table.setCurrentCell(0, 1)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: table.state() == table.State.EditingState)
    assert opened.findChildren(KeySheet) == []
    editor = table.viewport().findChild(QLineEdit)
    editor.setText("coda")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.controller.marks.markers[0].text == "coda")


def drag_flag(qtbot, window, start, stop, y=4, key=None):
    """Drag what is at ``start`` seconds to ``stop``, by a flag if ``y`` is within the ruler."""
    head = window.lanes.playhead
    first, last = (QPoint(round(head.x_of(seconds)) + 1, y) for seconds in (start, stop))
    qtbot.mousePress(head, LEFT, pos=first)
    qtbot.mouseMove(head, (first + last) / 2)
    qtbot.mouseMove(head, last)
    if key is not None:
        qtbot.keyClick(head, key)
    qtbot.mouseRelease(head, LEFT, pos=last)


@pytest.mark.parametrize("y", [4, 200])
def test_a_marker_is_dragged_by_its_flag_or_its_line(qtbot, opened, y):
    mark(qtbot, opened, 2.0, 5.0)
    opened.controller.marks.select((3.0, 4.0))
    steps = opened.controller.marks.undo_stack.count()
    drag_flag(qtbot, opened, 2.0, 6.0, y)
    pixel = opened.lanes.view.length / opened.lanes.playhead.width()
    assert seconds_of(opened) == pytest.approx([5.0, 6.0], abs=2 * pixel)
    assert [marker.text for marker in opened.controller.marks.markers] == ["Marker 2", "Marker 1"]
    assert opened.controller.marks.selection == (3.0, 4.0)
    assert opened.controller.marks.undo_stack.count() == steps + 1
    assert opened.intents.undo.text() == "Undo move a marker"
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert seconds_of(opened) == [2.0, 5.0]


def test_escape_leaves_a_dragged_marker_where_it_was(qtbot, opened):
    mark(qtbot, opened, 2.0)
    opened.controller.marks.select((3.0, 4.0))
    before = opened.lanes.grab().toImage()
    drag_flag(qtbot, opened, 2.0, 6.0, key=Qt.Key.Key_Escape)
    assert seconds_of(opened) == [2.0]
    assert opened.controller.marks.selection == (3.0, 4.0)
    assert opened.controller.position == pytest.approx(2.0)
    opened.lanes.playhead.pointed.emit(None)
    assert opened.lanes.grab().toImage() == before


def test_a_marker_cannot_be_dragged_out_of_the_recording_and_a_click_goes_to_it(qtbot, opened):
    mark(qtbot, opened, 2.0)
    drag_flag(qtbot, opened, 2.0, -5.0)
    assert seconds_of(opened) == [0.0]
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    opened.controller.seek(5.0)
    head = opened.lanes.playhead
    qtbot.mouseClick(head, LEFT, pos=QPoint(round(head.x_of(2.0)) + 20, 4))
    assert opened.controller.position == pytest.approx(2.0, abs=1e-6)


def test_keys_move_a_marker_in_the_list_and_stay_with_it(qtbot, opened):
    mark(qtbot, opened, 2.0, 2.15, 7.95)
    table = opened.stage.inspector.markers
    table.setCurrentCell(0, 1)
    alt = Qt.KeyboardModifier.AltModifier
    for _ in range(2):
        qtbot.keyClick(table, Qt.Key.Key_Right, alt)
    assert seconds_of(opened) == pytest.approx([2.15, 2.2, 7.95])
    assert table.currentRow() == 1
    qtbot.keyClick(table, Qt.Key.Key_Left, alt)
    assert seconds_of(opened) == pytest.approx([2.1, 2.15, 7.95])
    assert table.currentRow() == 0
    table.setCurrentCell(2, 1)
    qtbot.keyClick(table, Qt.Key.Key_Right, alt)
    assert seconds_of(opened)[2] == pytest.approx(8.0)
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert seconds_of(opened)[2] == pytest.approx(7.95)


@pytest.fixture
def import_labels(opened, tmp_path, monkeypatch):
    """Import a label track of this content by the menu."""
    path = tmp_path / "labels.txt"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(path), ""))

    def do(content):
        path.write_bytes(content)
        opened.intents.import_labels.trigger()

    return do


def test_labels_are_imported_in_one_step(qtbot, opened, import_labels):
    assert opened.intents.import_labels in opened.menuBar().actions()[0].menu().actions()
    mark(qtbot, opened, 3.0)
    before = opened.controller.marks.markers
    labels = "5,500000\t6,000000\tthème\n\\\t100\t200\n1.25\t1.25\tupbeat\r\n3.000000\t3.000000\tMarker 1\n"
    import_labels(labels.encode())
    markers = opened.controller.marks.markers
    assert markers == (Marker(1.25, "upbeat"), Marker(3.0, "Marker 1"), Marker(5.5, "thème"))
    assert opened.stage.inspector.markers.rowCount() == 3
    assert "2" in opened.status.currentMessage()
    assert opened.intents.undo.text() == "Undo import labels"
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.controller.marks.markers == before
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert opened.controller.marks.markers == markers
    import_labels(labels.encode())
    assert opened.controller.marks.markers == markers, "none is there twice"


def test_labels_that_were_markers_are_there_once(opened, import_labels):
    opened.controller.marks.add_all([Marker(3.4567823129, " the\ttheme "), Marker(1.0 / 3.0, "upbeat")])
    import_labels(label_text(opened.controller.marks.markers).encode())
    assert len(opened.controller.marks.markers) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"1.0\t1.0\ta\n2.0 2.0 b\n", "line 2 does not hold start, end and text with tabs between"),
        (b"1.0\t1.0\ta\n\n-2.0\t3.0\tb\n", "line 3 holds no time in seconds"),
        (b"\x89PNG\xff\xfe", "is not text in UTF-8"),
        (b"1.0\t1.0\ta\n" * 300_000, "too large"),
    ],
)
def test_a_bad_label_track_changes_nothing_and_is_told(qtbot, opened, import_labels, content, told):
    mark(qtbot, opened, 3.0)
    import_labels(content)
    assert opened.banner.isVisible()
    assert "labels.txt" in opened.banner.what.text()
    assert told in opened.banner.what.text()
    assert "stay as they are" in opened.banner.works.text()
    assert seconds_of(opened) == pytest.approx([3.0])


def test_a_session_brings_back_markers_selection_and_view(qtbot, opened, chosen, make_window, answers):
    opened.looking.change(layout="overlaid", smoothing=2.0)
    opened.lanes.set_view(1.0, 5.0)
    opened.controller.marks.select((2.0, 4.0))
    mark(qtbot, opened, 3.0)
    assert opened.isWindowModified()
    qtbot.keyClick(opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not opened.isWindowModified()
    assert "work.midlevel" in opened.status.currentMessage()
    opened.looking.change(layout="stacked", smoothing=0.0)
    opened.close()
    again = make_window(chosen)
    wait_until_read(qtbot, again)
    assert again.controller.marks.markers == (Marker(3.0, "Marker 1"),)
    assert again.controller.marks.selection == (2.0, 4.0)
    assert again.stage.look.layout == "overlaid"
    assert (again.lanes.view.start, again.lanes.view.stop) == (1.0, 5.0)
    assert again.controller.position == pytest.approx(3.0)
    assert not again.isWindowModified()
    assert again.keeper.path == chosen


def test_a_session_brings_back_a_view_far_into_a_long_recording(qtbot, make_window, long_recording, tmp_path):
    view = {"start": 100.0, "stop": 160.0, "position": 120.0}
    save(tmp_path / "far.midlevel", Session(long_recording, None, None, "tiny", "0", view))
    window = make_window(tmp_path / "far.midlevel")
    qtbot.waitUntil(lambda: window.intents.play.isEnabled(), timeout=20_000)
    assert (window.lanes.view.start, window.lanes.view.stop) == (100.0, 160.0)
    assert window.controller.position == pytest.approx(120.0)


def test_a_session_selects_no_further_than_its_recording_goes(qtbot, make_window, recording, tmp_path):
    session = Session(recording, None, None, "tiny", "0", {}, (Marker(40.0, "far"),), (6.0, 50.0))
    save(tmp_path / "beyond.midlevel", session)
    window = make_window(tmp_path / "beyond.midlevel")
    wait_until_read(qtbot, window)
    assert window.controller.marks.selection == (6.0, 8.0)
    assert window.controller.marks.markers == (Marker(40.0, "far"),), "what the user made is kept"


def test_a_session_is_found_with_the_audio_beside_it(qtbot, make_window, recording, tmp_path, chosen):
    (tmp_path / "here").mkdir()
    shutil.copy(recording, tmp_path / "music.wav")
    window = make_window(tmp_path / "music.wav")
    wait_until_read(qtbot, window)
    mark(qtbot, window, 3.0)
    assert window.keeper.save()
    window.close()
    for name in ("music.wav", "work.midlevel"):
        shutil.move(tmp_path / name, tmp_path / "here" / name)
    again = make_window(tmp_path / "here" / "work.midlevel")
    wait_until_read(qtbot, again)
    assert again.controller.path == tmp_path / "here" / "music.wav"
    assert seconds_of(again) == pytest.approx([3.0])


def test_a_session_without_its_audio_asks_for_it(qtbot, make_window, recording, opened, chosen, monkeypatch):
    mark(qtbot, opened, 3.0)
    assert opened.keeper.save()
    content = json.loads(chosen.read_text())
    content["audio"] |= {"relative": "gone.wav", "absolute": "/nowhere/gone.wav"}
    chosen.write_text(json.dumps(content))
    window = make_window()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(recording), ""))
    window.opening.open([chosen])
    wait_until_read(qtbot, window)
    assert seconds_of(window) == pytest.approx([3.0])
    assert window.isWindowModified(), "its new place is not kept yet"
    assert window.keeper.save()
    assert load(chosen).audio == recording


@pytest.fixture
def moved(qtbot, make_window, recording, tmp_path, chosen):
    """A session with a marker, and its recording beside it, both moved to another folder."""
    shutil.copy(recording, tmp_path / "music.wav")
    window = make_window(tmp_path / "music.wav")
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: window.controller.recording.sha256 is not None)
    mark(qtbot, window, 3.0)
    assert window.keeper.save()
    window.close()
    (tmp_path / "here").mkdir()
    for name in ("music.wav", "work.midlevel"):
        shutil.move(tmp_path / name, tmp_path / "here" / name)
    return tmp_path / "here" / "work.midlevel"


def test_a_session_tells_another_recording_of_the_same_name(qtbot, make_window, moved):
    soundfile.write(moved.with_name("music.wav"), piano_like(6.0, 22050, seed=5), 22050)
    window = make_window(moved)
    wait_until_read(qtbot, window)
    qtbot.waitUntil(window.banner.isVisible, timeout=8000)
    assert "music.wav is not the recording that this session was made with" in window.banner.what.text()
    assert "open the session again" in window.banner.works.text()
    assert seconds_of(window) == pytest.approx([3.0])
    assert not window.isWindowModified()


def test_a_session_with_its_own_recording_tells_nothing(qtbot, make_window, moved):
    os.utime(moved.with_name("music.wav"))
    content = json.loads(moved.read_text())
    moved.write_text(json.dumps(content | {"selection": [1.0, 50.0]}))
    window = make_window(moved)
    wait_until_read(qtbot, window)
    qtbot.waitUntil(lambda: window.controller.recording.sha256 is not None)
    assert seconds_of(window) == pytest.approx([3.0])
    assert window.controller.marks.selection == (1.0, window.controller.extent)
    assert not window.banner.isVisible()


def test_a_damaged_session_is_explained_and_changes_nothing(qtbot, opened, tmp_path):
    (tmp_path / "bad.midlevel").write_text("{")
    opened.opening.open([tmp_path / "bad.midlevel"])
    assert "bad.midlevel" in opened.banner.what.text()
    assert opened.controller.recording is not None


def test_unsaved_markers_are_asked_about(qtbot, opened, recording, answers, chosen):
    mark(qtbot, opened, 3.0)
    answers += [QMessageBox.StandardButton.Cancel]
    opened.opening.open([recording])
    assert seconds_of(opened) == pytest.approx([3.0]), "the user stayed"
    answers += [QMessageBox.StandardButton.Cancel]
    opened.close()
    assert opened.isVisible()
    answers += [QMessageBox.StandardButton.Save]
    opened.opening.open([recording])
    assert load(chosen).markers == (Marker(3.0, "Marker 1"),)
    wait_until_read(qtbot, opened)
    assert seconds_of(opened) == []


def test_a_session_is_not_replaced_unasked_by_a_name_without_an_ending(qtbot, opened, answers, tmp_path, monkeypatch):
    other = tmp_path / "waldstein.midlevel"
    other.write_text("another session")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(tmp_path / "waldstein"), ""))
    mark(qtbot, opened, 3.0)
    answers += [QMessageBox.StandardButton.Cancel]
    assert not opened.keeper.save_as()
    assert other.read_text() == "another session"
    answers += [QMessageBox.StandardButton.Yes]
    assert opened.keeper.save_as()
    assert load(other).markers == (Marker(3.0, "Marker 1"),)


def test_markers_set_while_a_folder_is_searched_are_asked_about(qtbot, opened, recording, answers):
    opened.opening.open([recording.parent])
    mark(qtbot, opened, 3.0)
    answers += [QMessageBox.StandardButton.Cancel]
    qtbot.waitUntil(lambda: not answers, timeout=10_000)
    assert seconds_of(opened) == pytest.approx([3.0])
    opened.controller.marks.undo_stack.setClean()


def test_the_list_marks_what_is_open_though_another_was_clicked(qtbot, make_window, recording, tmp_path, answers):
    for name in ("a.wav", "b.wav"):
        shutil.copy(recording, tmp_path / name)
    window = make_window(tmp_path)
    wait_until_read(qtbot, window)
    mark(qtbot, window, 3.0)
    answers += [QMessageBox.StandardButton.Cancel]
    other = window.files.visualItemRect(window.files.item(1))
    qtbot.mouseClick(window.files.viewport(), LEFT, pos=other.center())
    assert window.controller.path == tmp_path / "a.wav", "the user stayed"
    assert window.files.currentRow() == 0
    window.controller.marks.undo_stack.undo()


# After a crash


def test_only_what_nobody_holds_is_an_orphan(tmp_path, recording):
    ours, other = Autosave(tmp_path), Autosave(tmp_path)
    session = Session(recording, None, 8.0, "tiny", "0", markers=(Marker(1.0, "a"),))
    assert ours.write(session)
    assert other.orphans() == []
    ours._lock.unlock()
    assert other.orphans() == [ours.path]
    ours.close()
    assert other.orphans() == []


CRASHING = """
import os, signal, sys
from pathlib import Path
from midlevel_app.gui.autosave import Autosave
from midlevel_app.markers import Marker
from midlevel_app.session import Session
autosave = Autosave(Path(sys.argv[1]))
assert autosave.write(Session(Path(sys.argv[2]), None, 8.0, "tiny", "0", markers=(Marker(2.5, "mine"),)))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_window_left_is_restored(qtbot, store, make_window, recording, tmp_path, answers):
    folder = tmp_path / "autosave"
    killed = subprocess.run([sys.executable, "-c", CRASHING, str(folder), str(recording)], env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    window = make_window()
    wait_until_read(qtbot, window)
    assert window.controller.marks.markers == (Marker(2.5, "mine"),)
    assert window.banner.isVisible()
    assert "ended unexpectedly" in window.banner.what.text()
    assert window.isWindowModified()
    qtbot.waitUntil(lambda: len(list(folder.glob("*.midlevel"))) == 1, timeout=5000)
    answers += [QMessageBox.StandardButton.Discard]
    window.close()
    assert list(folder.glob("*.midlevel")) == []


def test_what_a_crash_left_waits_until_its_recording_can_be_opened(qtbot, make_window, recording, tmp_path):
    audio = tmp_path / "music.wav"
    audio.write_bytes(b"")
    crashed = Autosave(tmp_path / "autosave")
    assert crashed.write(Session(audio, None, 8.0, "tiny", "0", markers=(Marker(2.5, "mine"),)))
    crashed._lock.unlock()
    window = make_window()
    qtbot.waitUntil(lambda: "is empty" in window.banner.what.text(), timeout=8000)
    window.close()
    assert load(crashed.path).markers == (Marker(2.5, "mine"),)
    shutil.copy(recording, audio)
    again = make_window()
    wait_until_read(qtbot, again)
    assert again.controller.marks.markers == (Marker(2.5, "mine"),)
    assert not crashed.path.exists()
    assert len(list((tmp_path / "autosave").glob("*.midlevel"))) == 1, "it is this window's now"


def test_markers_are_kept_within_seconds(qtbot, opened, tmp_path, answers):
    mark(qtbot, opened, 3.0)
    qtbot.waitUntil(lambda: list((tmp_path / "autosave").glob("*.midlevel")) != [], timeout=5000)
    (path,) = (tmp_path / "autosave").glob("*.midlevel")
    assert [marker.seconds for marker in load(path).markers] == pytest.approx([3.0])
    opened.controller.marks.undo_stack.undo()
    qtbot.waitUntil(lambda: not path.exists(), timeout=5000)
