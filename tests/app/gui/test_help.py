"""The manual and the key sheet: they open by key, show pictures, and name every key that exists."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextDocument
from PySide6.QtWidgets import QApplication, QDialog

from midlevel_app.gui.help import _MANUAL, KeySheet, Manual


def test_f2_names_every_key(qtbot, make_window):
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_F2)
    (sheet,) = window.findChildren(KeySheet)
    text = sheet.text.toPlainText()
    for action in window.actions():
        for key in action.shortcuts():
            assert key.toString(QKeySequence.SequenceFormat.NativeText) in text, action.text()
    sheet.close()


def test_no_key_has_two_meanings_at_a_time(opened):
    for page in (opened.intents.recording_page, opened.intents.live_page):
        page.trigger()
        offered = [action for action in opened.actions() if action.isEnabled()]
        keys = [key.toString() for action in offered for key in action.shortcuts()]
        assert sorted(keys) == sorted(set(keys))
        assert {"Space", "PgDown"} & set(keys)


def test_f1_opens_the_manual_with_its_pictures(qtbot, make_window):
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    (manual,) = window.findChildren(Manual)
    assert "computed ratings, not listeners'" in manual.text.toPlainText()
    names = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (_MANUAL / "manual.md").read_text(encoding="utf-8"))
    assert len(names) == 2
    for name in names:
        picture = manual.text.loadResource(QTextDocument.ResourceType.ImageResource.value, name)
        assert picture is not None
        assert (_MANUAL / name).stat().st_size < 300_000
    manual.close()


def test_the_manual_names_only_keys_that_exist(make_window):
    window = make_window()
    text = (_MANUAL / "manual.md").read_text(encoding="utf-8")
    keys = {key.toString() for action in window.actions() for key in action.shortcuts()}
    named = set(re.findall(r"\*\*(Ctrl\+[A-Z0-9+a-z]+|F|L|Z|;|\[|\]|Space)\*\*", text))
    assert len(named) > 10
    assert named - keys == set()
    assert QApplication.instance() is not None


def test_closed_dialogs_leave_nothing_behind(qtbot, make_window):
    window = make_window()
    acts = window.intents
    for action in (acts.manual, acts.keys, acts.card, acts.about):
        action.trigger()
        qtbot.keyClick(QApplication.activeModalWidget(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChildren(QDialog) == [])
