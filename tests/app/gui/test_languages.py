"""Languages of the window: every text of it is translated, and German is spoken where it is chosen."""

import json
import re
from dataclasses import asdict
from html import unescape
from itertools import product, starmap

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QLabel,
    QMenu,
    QTableWidget,
    QTextBrowser,
    QWidget,
)

from midlevel_app.gui import languages, settings
from midlevel_app.gui.exportdialog import ExportDialog, Wish
from midlevel_app.gui.help import KeySheet, Manual
from midlevel_app.language import language, use_language
from tests.app.gui.conftest import wait_until_read
from tests.app.test_language import CALLS, PACKAGE

PLAIN = re.compile(
    r"midlevel|Close|Cancel|OK|Save|Deutsch|English|JSON|WAV|CSV|PNG|SVG|PDF|[km]?Hz|dBFS|dB|ms|min|nan"
    r"|Ctrl|Shift|Alt|Space|Home|End|Left|Right|Up|Down|PgUp|PgDown|Ins|Del|Esc|F\d+"
    r"|libsndfile [\d.]+|tiny( \d+(\.\d+)*)?|\w+\.wav|test recording"
)
"""What stays as it is in every language."""


@pytest.fixture(autouse=True)
def _english_after():
    yield
    use_language("en")


@pytest.fixture
def bracketed(tmp_path):
    """Speak a language of the tests: each text of the program stands in ⟦ ⟧."""
    catalogue = Catalog(locale="de")
    for _, _, text, _, _ in extract_from_dir(PACKAGE, keywords=CALLS):
        plural = isinstance(text, tuple)
        catalogue.add(text, tuple(f"⟦{form}⟧" for form in text) if plural else f"⟦{text}⟧")
    folder = tmp_path / "language" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "midlevel.mo").open("wb") as file:
        write_mo(file, catalogue)
    use_language("de", tmp_path / "language")


def untranslated(root):
    """Texts within a window that no catalogue changed."""
    return sorted({text for text in texts(root) if re.search(r"[A-Za-z]{2}", PLAIN.sub("", outside(text)))})


def outside(text):
    """What of a text is outside the brackets, which may be nested, and outside of tags."""
    text = unescape(re.sub(r"<[^>]+>", " ", text))
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        if shorter == text:
            break
        text = shorter
    return text


def texts(root):
    """All that a window and what belongs to it shows or says."""
    for widget in (root, *root.findChildren(QWidget)):
        yield from (widget.windowTitle(), widget.toolTip(), widget.statusTip())
        yield from (widget.accessibleName(), widget.accessibleDescription())
        for action in widget.actions():
            yield from (action.text(), action.toolTip())
        if isinstance(widget, (QLabel, QAbstractButton)) and not widget.objectName().startswith("qt_"):
            yield widget.text()
        if isinstance(widget, QMenu):
            yield widget.title()
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(place) for place in range(widget.count()))
        if isinstance(widget, QTableWidget):
            heads = (widget.horizontalHeaderItem(column) for column in range(widget.columnCount()))
            cells = starmap(widget.item, product(range(widget.rowCount()), range(widget.columnCount())))
            yield from (item.text() for item in (*heads, *cells) if item is not None)
        if isinstance(widget, QTextBrowser):
            yield from widget.toPlainText().splitlines()
        if hasattr(widget, "spoken"):
            yield widget.spoken()


def test_every_text_of_the_window_is_translated(qtbot, bracketed, make_window, recording):
    window = make_window()
    assert untranslated(window) == []
    assert "⟦Drop a recording here⟧" in window.empty.title.text()
    window.controller.open(recording)
    wait_until_read(qtbot, window)
    window.controller.select((2.0, 5.0))
    window.controller.marks.add(3.0)
    window.controller.seek(4.0)
    qtbot.waitUntil(lambda: window.lanes.headers[0].text != "–")
    qtbot.waitUntil(lambda: window.stage.inspector.comparison.text() != "")
    assert untranslated(window) == []


def test_every_text_of_the_live_page_is_translated(qtbot, bracketed, make_window):
    window = make_window()
    window.intents.live_page.trigger()
    qtbot.waitUntil(lambda: window.pages.shows_live)
    assert untranslated(window) == []


@pytest.mark.parametrize("action", ["keys", "about"])
def test_every_text_of_the_dialogs_is_translated(qtbot, bracketed, make_window, action):
    window = make_window()
    getattr(window.intents, action).trigger()
    (dialog,) = window.findChildren(QDialog)
    assert untranslated(dialog) == []
    dialog.close()


def test_every_text_of_the_card_is_translated_but_what_the_model_says_itself(qtbot, bracketed, make_window):
    window = make_window()
    window.telling.show_card()
    (dialog,) = window.findChildren(QDialog)
    card = window.controller.card
    own = json.dumps(asdict(card), ensure_ascii=False)
    parts = {part for text in untranslated(dialog) for part in re.split(r" \(|\): ", text.strip())}
    assert [part for part in parts if part not in own] == []
    dialog.close()


def test_every_text_of_explaining_and_exporting_is_translated(qtbot, bracketed, opened):
    opened.telling.explain("minorness")
    (dialog,) = opened.findChildren(QDialog)
    assert untranslated(dialog) == []
    dialog.close()
    for form in ("csv", "csv-comma", "json", "parquet", "png", "labels"):
        asked = ExportDialog(Wish(form=form), 15.0, True, True, opened)
        assert untranslated(asked) == []
        asked.close()


@pytest.fixture
def german(qapp):
    """Speak German, and forget Qt's part of it after."""
    before = set(qapp.findChildren(QTranslator))
    languages.speak_language(qapp, "de")
    yield
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)


def test_window_speaks_german(qtbot, german, opened):
    titles = [menu.text() for menu in opened.menuBar().actions()]
    assert titles == ["Datei", "Bearbeiten", "Ansicht", "Wiedergabe", "Live", "Modell", "Hilfe"]
    assert opened.lanes.headers[0].accessibleName() == "Sanglichkeit"
    assert "," in opened.transport.position.text()
    assert opened.intents.open.shortcut().toString(QKeySequence.SequenceFormat.NativeText) == "Strg+O"
    sheet = KeySheet(opened.menuBar(), opened)
    assert "Strg+O" in sheet.text.toPlainText()
    assert "Mausrad" in sheet.text.toPlainText()


def test_manual_is_there_in_german_with_the_same_parts(qtbot, german, opened):
    manual = Manual(opened)
    assert "In einer Minute" in manual.text.toPlainText()
    translated, english = (
        (PACKAGE / "assets" / "manual" / name).read_text(encoding="utf-8") for name in ("manual.de.md", "manual.md")
    )
    for mark in (r"^#+ ", r"^\* ", r"^\d\. ", r"!\[", r"\n\n"):
        assert len(re.findall(mark, translated, re.MULTILINE)) == len(re.findall(mark, english, re.MULTILINE)), mark


def test_window_speaks_the_language_of_the_system_unless_another_is_chosen(qapp, monkeypatch, german):
    monkeypatch.setattr(QLocale, "uiLanguages", lambda self: ["fr-FR", "de-DE"])
    languages.speak_language(qapp, languages.SYSTEM)
    assert language() == "de"
    languages.speak_language(qapp, "en")
    assert language() == "en"


def test_choice_of_a_language_is_kept_for_the_next_start(qtbot, make_window, store):
    window = make_window()
    choices = {choice.text(): choice for choice in window.intents.languages.actions()}
    assert list(choices) == ["System", "English", "Deutsch"]
    assert choices["System"].isChecked()
    choices["Deutsch"].trigger()
    assert "next start" in window.status.currentMessage()
    window.close()
    assert settings.load(store).language == "de"
    store.setValue("language", "xx")
    assert settings.load(store).language == languages.SYSTEM


def test_kept_analysis_says_what_is_wrong_in_the_language_of_now(qtbot, make_window, recording, tmp_path):
    cut = tmp_path / "cut.wav"
    cut.write_bytes(recording.read_bytes()[: recording.stat().st_size // 2])
    window = make_window(cut)
    wait_until_read(qtbot, window)
    assert "breaks off at" in window.banner.what.text()
    window.close()
    use_language("de")
    window = make_window(cut)
    wait_until_read(qtbot, window)
    assert "bricht bei" in window.banner.what.text()
