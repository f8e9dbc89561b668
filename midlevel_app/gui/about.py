"""About: the model's card and the program's own, as people read them."""

from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from midlevel_app import __version__
from midlevel_app.features import FEATURES
from midlevel_app.gui.theme import scaled
from midlevel_app.language import decimal, tr
from midlevel_app.report import KINDS, claims_kept, claims_lost

if TYPE_CHECKING:
    from midlevel_app.model import ModelCard


def card_html(card: "ModelCard") -> str:
    """Return a card as HTML: kind of ratings, what a value describes, training data, limits, claims, scores."""
    rate = 1 / card.step_seconds
    parts = [
        f"<p>{escape(card.description)}</p>",
        "<p>"
        + tr("<b>Kind of ratings:</b> {kind}.").format(kind=tr(KINDS[card.rating_kind]))
        + "<br>"
        + tr("<b>A value describes</b> {seconds} s of sound; there are {rate} a second.").format(
            seconds=decimal(card.field_seconds, ".1f"), rate=decimal(rate, ".3g")
        )
        + "</p>",
        _section(tr("Trained on"), [_source(source) for source in card.training_data]),
        _section(tr("Limits"), [escape(limit) for limit in card.limits]),
    ]
    if card.claims:
        kept = claims_kept(card)
        parts.append(f"<h3>{escape(kept[:1].upper() + kept[1:])}</h3>")
        parts.append(_section(tr("Not kept"), [escape(claim) for claim in claims_lost(card)]))
    if card.scores:
        heads = (
            tr("test"),
            tr("ratings"),
            tr("clips"),
            tr("works"),
            tr("mean"),
            *(tr(feature.label) for feature in FEATURES),
        )
        parts.append(
            "<h3>"
            + tr("Correlation with ratings (Pearson r)")
            + "</h3><table cellspacing='0' cellpadding='4'><tr>"
            + "".join(f"<td valign='bottom'><i>{escape(head)}</i></td>" for head in heads)
            + "</tr>"
            + "".join(_score_row(score) for score in card.scores)
            + "</table>"
        )
    return "".join(parts)


def _section(title: str, items: list[str]) -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<h3>{title}</h3><ul>{listed}</ul>" if items else ""


def _source(source: dict[str, str]) -> str:
    return escape(f"{source['name']} ({source['licence']}): {source['use']}")


def _score_row(score: dict[str, Any]) -> str:
    found = (score["r"].get(feature.name) for feature in FEATURES)
    cells = [
        escape(score["test"]),
        escape(score["ratings"]),
        str(score["clips"]),
        str(score["works"]),
        f"<b>{decimal(score['mean_r'], '.2f')}</b>",
        *("" if r is None else decimal(r, ".2f") for r in found),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


class CardDialog(QDialog):
    """The model's card."""

    def __init__(self, card: "ModelCard", parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Model {name} {version}").format(name=card.name, version=card.version))
        self.resize(1000, 620)
        title = QLabel(tr("Model {name} {version}").format(name=card.name, version=card.version))
        title.setFont(scaled(self.font(), 1.5))
        self.card = QTextBrowser()
        self.card.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.card.setHtml(card_html(card))
        self.card.setFrameShape(QTextBrowser.Shape.NoFrame)
        _stack(self, title, self.card)


class AboutDialog(QDialog):
    """The program."""

    def __init__(self, card: "ModelCard | None", parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About midlevel"))
        title = QLabel(f"midlevel {__version__}")
        title.setFont(scaled(self.font(), 1.5))
        kind = (
            "" if card is None else " " + tr("The model at work gives {kind}.").format(kind=tr(KINDS[card.rating_kind]))
        )
        text = QLabel(
            tr(
                "Hear a piano performance through seven qualities that listeners name: seven curves on a "
                "scale from 1 to 10, drawn while the music plays."
            )
            + kind
        )
        text.setWordWrap(True)
        text.setMinimumWidth(380)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        _stack(self, title, text)


def _stack(dialog: QDialog, *parts: QWidget) -> None:
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 18, 20, 16)
    column.setSpacing(12)
    for part in parts:
        column.addWidget(part)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
