"""Export dialog: which part of the curves to take away, in which form, at which rate and smoothing."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from midlevel_app.gui.look import SMOOTHINGS
from midlevel_app.language import decimal, tr, translatable

PARTS = ("all", "selection", "markers")
"""Of the curves: everything, the selection, or the values at the markers."""

FORMS = {
    "csv": translatable("CSV table"),
    "csv-comma": translatable("CSV for spreadsheets: semicolons, decimal commas"),
    "json": "JSON",
    "parquet": translatable("Parquet table"),
    "png": translatable("Picture for print, PNG"),
    "svg": translatable("Picture for print, SVG"),
    "pdf": translatable("Picture for print, PDF"),
    "labels": translatable("Audacity labels of the markers"),
}
"""What can be written, as people read it."""

PICTURES = ("png", "svg", "pdf")
RATES = (None, 10.0, 5.0, 2.0, 1.0, 0.5)
"""Values a second; None for the model's own."""


@dataclass(frozen=True)
class Wish:
    """What the user wants to export.

    Attributes
    ----------
    form : str
        One of `FORMS`.
    part : str
        One of `PARTS`.
    rate : float or None
        One of `RATES`.
    window : float
        Seconds of smoothing.
    """

    form: str = "csv"
    part: str = "all"
    rate: float | None = None
    window: float = 0.0

    @property
    def suffix(self) -> str:
        """Extension of the file's name, with its dot."""
        return {"csv-comma": ".csv", "labels": ".txt"}.get(self.form, f".{self.form}")


class ExportDialog(QDialog):
    """Asks for a `Wish`.

    Parameters
    ----------
    wish : Wish
        To start from.
    own_rate : float
        Values a second that the model gives.
    has_selection, has_markers : bool
        What can be chosen.
    """

    def __init__(
        self, wish: Wish, own_rate: float, has_selection: bool, has_markers: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self._allowed = {"all": True, "selection": has_selection, "markers": has_markers}
        self.form = _combo([(form, tr(name)) for form, name in FORMS.items()])
        self.part = _combo(
            [
                ("all", tr("The whole recording")),
                ("selection", tr("The selection")),
                ("markers", tr("The values at the markers")),
            ]
        )
        self.rate = _combo(
            [
                (
                    rate,
                    decimal(rate, "g") if rate else tr("{rate}, the model's own").format(rate=decimal(own_rate, ".3g")),
                )
                for rate in RATES
            ]
        )
        self.smoothing = _combo(
            [(seconds, f"{decimal(seconds, 'g')} s" if seconds else tr("none")) for seconds in SMOOTHINGS]
        )
        self.note = QLabel()
        self.note.setWordWrap(True)
        form = QFormLayout()
        for text, field in (
            (tr("&Form"), self.form),
            (tr("&What"), self.part),
            (tr("Values a &second"), self.rate),
            (tr("S&moothing"), self.smoothing),
        ):
            form.addRow(text, field)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        part = wish.part if self._allowed[wish.part] else "all"
        for field, value in zip(self._fields(), (wish.form, part, wish.rate, wish.window), strict=True):
            field.setCurrentIndex(max(0, field.findData(value)))
            field.currentIndexChanged.connect(self._offer)
        self._offer()

    @property
    def wish(self) -> Wish:
        """What is chosen."""
        return Wish(*(field.currentData() for field in self._fields()))

    def _fields(self) -> tuple[QComboBox, QComboBox, QComboBox, QComboBox]:
        return self.form, self.part, self.rate, self.smoothing

    def _offer(self) -> None:
        """Enable what makes sense together, and say what will be written."""
        wish = self.wish
        labels, picture = wish.form == "labels", wish.form in PICTURES
        for number, part in enumerate(PARTS):
            possible = self._allowed[part] and not (picture and part == "markers")
            item = self.part.model().item(number)  # type: ignore[attr-defined]
            item.setEnabled(possible)
        self.part.setEnabled(not labels)
        self.rate.setEnabled(not (labels or picture))
        self.smoothing.setEnabled(not labels)
        notes = {
            "csv": tr("A sidecar beside it (….csv.json) says where the numbers come from."),
            "csv-comma": tr("A sidecar beside it (….csv.json) says where the numbers come from."),
            "json": tr("Values and where they come from, in one file."),
            "parquet": tr("For pandas, R or DuckDB; where the values come from is in its metadata."),
            "labels": tr("To be imported in Audacity: File, Import, Labels."),
        }
        note = notes.get(wish.form, tr("The features that are shown, with the markers."))
        possible = (
            self._allowed["markers"]
            if labels
            else self._allowed[wish.part] and not (picture and wish.part == "markers")
        )
        if not possible:
            note = tr("There are no markers.") if labels else tr("Choose another part for this form.")
        self.note.setText(note)
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(possible)


def ask(wish: Wish, own_rate: float, has_selection: bool, has_markers: bool, parent: QWidget) -> Wish | None:
    """Ask what to export, starting from ``wish``; None if nothing."""
    dialog = ExportDialog(wish, own_rate, has_selection, has_markers, parent)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.wish if accepted else None


def _combo(choices: list[tuple[Any, str]]) -> QComboBox:
    combo = QComboBox()
    for value, text in choices:
        combo.addItem(text, value)
    return combo
