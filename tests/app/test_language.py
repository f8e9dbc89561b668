"""The window's language: the catalogue is complete and fits the texts, and the command speaks English."""

import ast
import io
import os
import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from midlevel_app import language
from midlevel_app.changes import find_changes
from midlevel_app.curves import Curves
from midlevel_app.features import NAMES
from midlevel_app.language import CATALOGUES, LANGUAGES, decimal, fitting_language, tr, trn, use_language
from midlevel_app.report import clock

PACKAGE = Path(language.__file__).parent
CALLS = {"tr": None, "translatable": None, "trn": (1, 2)}
TRANSLATED = sorted(set(LANGUAGES) - {"en"})


@pytest.fixture(autouse=True)
def _english_after():
    yield
    use_language("en")


@pytest.fixture(scope="module")
def texts():
    """All texts that are marked; a tuple for one with a plural."""
    return {text for _, _, text, _, _ in extract_from_dir(PACKAGE, keywords=CALLS)}


@pytest.fixture(params=TRANSLATED)
def catalogue(request):
    """The catalogue of a language, as its translators write it."""
    with (CATALOGUES / request.param / "LC_MESSAGES" / "midlevel.po").open("rb") as file:
        return read_po(file, locale=request.param)


def fields(text):
    """The named fields of a template with how they are formatted."""
    return {(name, form, conversion) for _, name, form, conversion in string.Formatter().parse(text) if name}


def test_each_text_has_a_translation(texts, catalogue):
    assert {message.id for message in catalogue if message.id} == texts, "type ./run translate, then translate"
    assert [message.id for message in catalogue if message.id and not all(forms(message))] == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def forms(message):
    """The translations of a message, one for each number if it counts something."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_translations_have_the_fields_and_the_marks_of_their_texts(catalogue):
    for message in catalogue:
        if message.id:
            text = message.id if isinstance(message.id, str) else message.id[0]
            for translation in forms(message):
                assert fields(translation) == fields(text), text
                for mark in ("<b>", "</b>", "<p>", "</p>", "<br>"):
                    assert translation.count(mark) == text.count(mark), text
                assert text[-1:] not in ".…:" or translation[-1:] == text[-1:], text


def test_compiled_catalogue_is_that_of_the_translators(catalogue):
    file = io.BytesIO()
    write_mo(file, catalogue)
    compiled = CATALOGUES / catalogue.locale_identifier / "LC_MESSAGES" / "midlevel.mo"
    assert compiled.read_bytes() == file.getvalue(), "type ./run translate"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_marked_texts_are_constants_where_they_are_collected(path):
    """An f-string is put together before it could be looked up, and texts within one are not collected."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marks = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and getattr(call.func, "id", "") in CALLS]
    within = {id(node) for joined in ast.walk(tree) if isinstance(joined, ast.JoinedStr) for node in ast.walk(joined)}
    for call in marks:
        assert not isinstance(call.args[0], (ast.JoinedStr, ast.BinOp)), ast.unparse(call)
        assert not (isinstance(call.args[0], ast.Constant) and id(call) in within), ast.unparse(call)


def test_language_changes_texts_plurals_and_numbers():
    assert (tr("Open…"), decimal(1.25, ".2f"), clock(61.5, 1)) == ("Open…", "1.25", "1:01.5")
    assert trn("{count} dropout", "{count} dropouts", 1) == "{count} dropout"
    use_language("de")
    assert (tr("Open…"), decimal(1.25, ".2f"), clock(61.5, 1)) == ("Öffnen …", "1,25", "1:01,5")
    assert trn("{count} dropout", "{count} dropouts", 2) == "{count} Aussetzer"
    assert tr("") == ""
    assert tr("a text that nobody marked") == "a text that nobody marked"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["de-AT", "en-US"], "de"),
        (["de_CH"], "de"),
        (["fr-FR", "de-DE"], "de"),
        (["en-GB", "de"], "en"),
        (["fr"], "en"),
        (["den"], "en"),
        ([], "en"),
    ],
)
def test_language_that_fits_the_user(wanted, found):
    assert fitting_language(wanted) == found


def test_sentences_on_changes_are_german():
    use_language("de")
    times = np.arange(0, 60, 0.1)
    values = np.full((len(times), len(NAMES)), 5.0)
    values[times >= 30, NAMES.index("articulation")] = 3.8
    values += 0.01 * np.random.default_rng(1).standard_normal(values.shape)
    (change,) = find_changes(Curves(times, values, NAMES))
    assert change.text.startswith(
        "die Artikulation fiel zwischen 0:29 und 0:31 um 1,2 (von 5,0 auf 3,8: weniger staccato)"
    )
    assert ": weniger staccato); unverändert: die " in change.text


def test_command_speaks_english_whatever_the_system_speaks(tmp_path):
    environment = {**os.environ, "LANG": "de_DE.UTF-8", "LANGUAGE": "de", "LC_ALL": "de_DE.UTF-8"}
    command = [sys.executable, "-m", "midlevel_app", "analyze", str(tmp_path / "none.wav")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "none.wav is not there: check the name" in ended.stderr
