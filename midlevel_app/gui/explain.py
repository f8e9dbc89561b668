"""Explain: what a feature means, as listeners were asked, and how its two poles sound."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from midlevel_app.features import Feature
from midlevel_app.gui.theme import Theme, icon, readable, scaled
from midlevel_app.language import tr
from midlevel_app.poles import pole_sound


class ExplainDialog(QDialog):
    """One feature.

    Parameters
    ----------
    feature : Feature
    theme : Theme
    play : callable
        Plays a sound; None falls silent.
    kind : str
        What ratings the model at work gives, in words; empty while there is no model.
    """

    def __init__(
        self, feature: Feature, theme: Theme, play: Callable[[Path | None], None], kind: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr(feature.label))
        self._play = play
        title = QLabel(tr(feature.label))
        title.setFont(scaled(self.font(), 1.5))
        title.setStyleSheet(f"color: {readable(feature.colour, theme.window)};")
        text = QLabel(
            "<p>"
            + tr("Listeners were asked:")
            + f"<br><b>{escape(tr(feature.question))}</b></p><p>"
            + tr(
                "A low value means <b>{low}</b>, a high value <b>{high}</b>; 5.5 is the middle of the music "
                "that the model learnt from."
            ).format(low=escape(tr(feature.low)), high=escape(tr(feature.high)))
            + "</p>"
            + ("<p>" + escape(tr("The model at work gives {kind}.").format(kind=tr(kind))) + "</p>" if kind else "")
        )
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMinimumWidth(400)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(text)
        row = QHBoxLayout()
        self.buttons: dict[bool, QPushButton] = {}
        for high, pole in ((False, feature.low), (True, feature.high)):
            sound = pole_sound(feature.name, high)
            button = QPushButton(icon("play", theme), tr("Hear: {pole}").format(pole=tr(pole)))
            button.setIconSize(QSize(16, 16))
            button.setEnabled(sound is not None)
            button.setAutoDefault(False)
            button.clicked.connect(lambda checked=False, sound=sound: self._play(sound))
            row.addWidget(button)
            self.buttons[high] = button
        column.addLayout(row)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column.addWidget(close)

    def done(self, result: int) -> None:
        """Fall silent, and close."""
        self._play(None)
        super().done(result)
