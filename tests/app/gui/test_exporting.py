"""Exporting from the window: each form and part, byte for byte what the command writes, nothing replaced unasked."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox

from midlevel_app import cli
from midlevel_app.gui.exportdialog import FORMS, PARTS, ExportDialog, Wish
from midlevel_app.markers import read_labels

SAVE = QDialogButtonBox.StandardButton.Save


@pytest.fixture
def export(qtbot, opened, tmp_path, monkeypatch):
    """Export by the dialog, with the fields chosen by hand; return the file."""

    def do(name="out", **fields):
        def chosen(dialog):
            for field, value in fields.items():
                combo = getattr(dialog, field)
                combo.setCurrentIndex(combo.findData(value))
            assert dialog.buttons.button(SAVE).isEnabled()
            dialog.accept()
            return ExportDialog.DialogCode.Accepted

        monkeypatch.setattr(ExportDialog, "exec", chosen)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(tmp_path / name), ""))
        with qtbot.waitSignal(opened.controller.exported, timeout=20_000) as written:
            qtbot.keyClick(opened, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        assert written.args[0].name in opened.status.currentMessage()
        return written.args[0]

    return do


@pytest.fixture
def command(recording, tmp_path, tiny_model_path):
    """What the command writes for the same choices."""

    def run(suffix, *options):
        target = tmp_path / "command" / f"out{suffix}"
        arguments = ["analyze", str(recording), "-o", str(target), "--model", str(tiny_model_path), *options, "-q"]
        assert cli.main(arguments) == 0
        return target

    return run


@pytest.mark.parametrize(
    ("fields", "suffix", "options"),
    [
        ({}, ".csv", ()),
        ({"form": "csv-comma"}, ".csv", ("--decimals", "comma")),
        ({"rate": 2.0, "smoothing": 2.0}, ".csv", ("--rate", "2", "--window", "2")),
        ({"part": "selection"}, ".csv", ("--from", "2.5", "--to", "5")),
        ({"form": "json"}, ".json", ("--format", "json")),
        ({"form": "parquet"}, ".parquet", ("--format", "parquet")),
    ],
)
def test_the_window_writes_what_the_command_writes(opened, export, command, fields, suffix, options):
    opened.controller.marks.select((2.5, 5.0))
    written = export(**{"part": "all", **fields})
    expected = command(suffix, *options)
    assert written.suffix == suffix
    assert written.read_bytes() == expected.read_bytes()
    if suffix == ".csv":
        sidecars = [path.with_name(f"{path.name}.json") for path in (written, expected)]
        assert sidecars[0].read_bytes() == sidecars[1].read_bytes()


def test_values_at_the_markers_are_what_the_window_shows(opened, export):
    for seconds in (3.0, 5.5):
        opened.controller.marks.add(seconds)
    lines = export(part="markers").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["3.000000", "5.500000"]
    shown = opened.controller.recording.values_at(5.5)
    assert lines[2].split(",")[1:] == [f"{value:.3f}" for value in shown]


def test_markers_go_to_audacity_and_back(opened, export):
    opened.controller.marks.add(3.0, "theme")
    opened.controller.marks.add(5.5, "answer")
    assert read_labels(export(form="labels")) == opened.controller.marks.markers


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_pictures_show_what_is_shown(opened, export, form):
    opened.looking.change(hidden=("dissonance",))
    written = export(form=form)
    content = written.read_bytes()
    assert content.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[form])
    if form == "svg":
        assert b"Articulation" in content
        assert b"Dissonance" not in content
    if form == "png":
        assert QImage(str(written)).width() > 1500


def test_only_what_makes_sense_can_be_chosen(qtbot):
    dialog = ExportDialog(Wish(part="selection"), 15.0, has_selection=False, has_markers=False)
    qtbot.addWidget(dialog)
    assert dialog.wish.part == "all"
    assert [dialog.part.model().item(number).isEnabled() for number in range(len(PARTS))] == [True, False, False]
    dialog.form.setCurrentIndex(list(FORMS).index("labels"))
    assert not dialog.buttons.button(SAVE).isEnabled()
    assert dialog.note.text() == "There are no markers."


def test_one_key_exports_beside_the_recording_as_last_time(qtbot, make_window, recording, tmp_path, export, opened):
    export(form="json", smoothing=2.0)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    beside = recording.with_suffix(".json")
    with qtbot.waitSignal(opened.controller.exported):
        qtbot.keyClick(opened, Qt.Key.Key_E, control | shift)
    assert b'"window_seconds": 2.0' in beside.read_bytes()
    beside.unlink()


@pytest.mark.parametrize("existing", ["out.csv", "out.csv.json"])
def test_nothing_is_replaced_unasked(qtbot, opened, tmp_path, monkeypatch, export, existing):
    (tmp_path / existing).write_text("mine")
    asked = []
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *texts: asked.append(texts[2]) or next(answers))
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(tmp_path / "out.csv"), ""))
    opened.exporting.ask()
    assert (tmp_path / existing).read_text() == "mine"
    with qtbot.waitSignal(opened.controller.exported):
        opened.exporting.ask()
    assert (tmp_path / existing).read_text() != "mine"
    assert len(asked) == 2
    assert existing in asked[0]


def test_a_part_that_is_not_there_is_asked_for_again(opened, export, monkeypatch):
    opened.controller.marks.select((2.5, 5.0))
    export(part="selection")
    opened.controller.marks.select(None)
    asked = []
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: asked.append(dialog.wish.part))
    opened.intents.quick_export.trigger()
    assert asked == ["all"]


@pytest.mark.parametrize(("typed", "written"), [("Waldstein Op. 53", "Waldstein Op. 53.csv"), ("a.CSV", "a.CSV")])
def test_only_the_extension_of_an_export_is_one(export, typed, written):
    assert export(typed).name == written


def test_the_recording_itself_is_never_the_target(opened, recording, monkeypatch):
    before = recording.read_bytes()
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    other = recording.with_suffix(".csv")
    other.symlink_to(recording)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(other), ""))
    opened.exporting.ask()
    other.unlink()
    assert "is the recording itself" in opened.banner.what.text()
    assert recording.read_bytes() == before


def test_what_is_opened_while_one_chooses_a_name_is_not_written_there(opened, recording, monkeypatch, tmp_path):
    def choose(*asked, **options):
        opened.controller.open(recording)
        return str(tmp_path / "out.csv"), ""

    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    opened.exporting.ask()
    assert list(tmp_path.glob("out*")) == []


def test_a_dialog_left_alone_writes_nothing(opened, monkeypatch, tmp_path):
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Rejected)
    opened.exporting.ask()
    assert list(tmp_path.glob("out*")) == []


def test_a_name_too_long_for_the_disk_is_explained(qtbot, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: ExportDialog.DialogCode.Accepted)
    target = tmp_path / f"{'n' * 300}.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked, **options: (str(target), ""))
    opened.exporting.ask()
    qtbot.waitUntil(opened.banner.isVisible, timeout=20_000)
    assert "choose another name" in opened.banner.what.text()
