"""Status: the line at the bottom; the model and its kind of ratings, the file, the sound, the progress."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAccessible, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton

from midlevel_app.gui.accessible import pressable, speak
from midlevel_app.language import decimal, tr, translatable, trn
from midlevel_app.report import KINDS, clock

if TYPE_CHECKING:
    from midlevel_app.audio.decode import AudioFacts
    from midlevel_app.audio.playback import PlayerState
    from midlevel_app.live.state import Snapshot
    from midlevel_app.model import ModelCard

MESSAGE_MS = 6000
LEAST_WIDTH, WIDTH_WITH_FILE = 600, 900  # pixels

_CHANNELS = {1: translatable("mono"), 2: translatable("stereo")}


def file_text(facts: "AudioFacts") -> str:
    """Rate and channels of a recording in words."""
    named = _CHANNELS.get(facts.channels)
    channels = tr("{count} channels").format(count=facts.channels) if named is None else tr(named)
    return f"{decimal(facts.rate / 1000, 'g')} kHz {channels}"


def level_text(level: float) -> str:
    """Write the largest absolute sample, 1 for full scale, in decibels."""
    return f"{20 * math.log10(level):z.0f} dBFS".replace("-", "−") if level > 0 else tr("silent")


class Status(QStatusBar):
    """Shows what the rest of the window tells it."""

    card_requested = Signal()
    stop_requested = Signal()
    again_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.messageChanged.connect(self._make_room)
        self.model = QToolButton()
        self.model.setToolTip(tr("About the model: its training, scores and limits"))
        pressable(self.model)
        self.model.clicked.connect(self.card_requested)
        self.file, self.lag, self.analysed = QLabel(), QLabel(), QLabel()
        self.progress = QProgressBar(textVisible=False, maximum=100)
        self.progress.setFixedSize(90, 6)
        self.progress.setAccessibleName(tr("Analysis"))
        for label, name in ((self.file, tr("Recording")), (self.lag, tr("Sound")), (self.analysed, tr("Analysis"))):
            label.setAccessibleName(name)
            speak(label, QAccessible.Role.StaticText, label.text)
        self.setContentsMargins(4, 0, 12, 0)
        self.stop = QToolButton()
        pressable(self.stop)
        self.stop.clicked.connect(self._on_stop)
        self.addWidget(self.model)
        self.addWidget(self.file)
        for part in (self.lag, self.analysed, self.progress, self.stop):
            self.addPermanentWidget(part)
        self.set_card(None, loading=True)
        self.set_sound(None)
        self.set_analysed(None)

    def minimumSizeHint(self) -> QSize:
        """Room for the model and the progress."""
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what the recording is where there is little room: it stands beside the waveform, too."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if not self.currentMessage():  # which hides all at the left, and shows it again when it is over
            self.file.setVisible(self.width() >= WIDTH_WITH_FILE)

    def set_card(self, card: "ModelCard | None", loading: bool = False) -> None:
        """Show which model describes, and by which kind of ratings."""
        if card is not None:
            self.model.setText(
                tr("Model {name} {version} · {kind}").format(
                    name=card.name, version=card.version, kind=tr(KINDS[card.rating_kind])
                )
            )
        else:
            self.model.setText(tr("Loading the model …") if loading else tr("No model"))
        self.model.setEnabled(card is not None)

    def set_file(self, facts: "AudioFacts | None") -> None:
        """Show what the recording is."""
        self.file.setText("" if facts is None else f"{file_text(facts)} · {facts.decoder}")

    def set_sound(self, state: "PlayerState | None") -> None:
        """Show how far the ear is behind the program, and whether the sound broke up."""
        if state is None or state.lag is None:
            self.lag.setText("")
            return
        said = [tr("audible lag {lag:.0f} ms").format(lag=state.lag * 1000)]
        if state.underruns:
            said.append(trn("{count} dropout", "{count} dropouts", state.underruns).format(count=state.underruns))
        self.lag.setText(" · ".join(said))

    def set_live(self, snapshot: "Snapshot | None") -> None:
        """Show, as measured, how old a sound is when its value is drawn, and how often audio did not come."""
        if snapshot is None or snapshot.lag.behind is None:
            self.lag.setText("")
            return
        said = [
            tr("feature lag {lag} s").format(lag=decimal(snapshot.lag.total, ".2f")),
            tr("input lag {lag:.0f} ms").format(lag=1000 * snapshot.lag.device),
            tr("dropouts {count}").format(count=snapshot.dropouts),
        ]
        if snapshot.left_out_seconds:
            said.append(tr("{seconds} s not analysed").format(seconds=decimal(snapshot.left_out_seconds, ".1f")))
        self.lag.setText(" · ".join(said))

    def set_analysed(
        self, share: float | None, reading: bool = False, left: float | None = None, stopped: bool = False
    ) -> None:
        """Show how much of the recording is described, 0 to 1, and seconds left; None for nothing to tell."""
        percent = 0 if share is None else int(100 * share)
        text = "" if share is None else tr("analysed {percent} %").format(percent=percent)
        if left is not None:
            time = clock(left) if left >= 60 else f"{math.ceil(left)} s"
            text += ", " + tr("{time} left").format(time=time)
        if stopped:
            text += ", " + tr("then stopped")
        self.analysed.setText(text)
        self.progress.setValue(percent)
        self.progress.setVisible(reading)
        self.stop.setVisible(reading or stopped)
        self.stop.setText(tr("Go on") if stopped else tr("Stop"))
        self.stop.setToolTip(tr("Analyse all of it") if stopped else tr("Stop the analysis; what is done stays"))

    def _on_stop(self) -> None:
        (self.stop_requested if self.progress.isVisible() else self.again_requested).emit()

    def say(self, text: str) -> None:
        """Show a message for some seconds."""
        self.showMessage(text, MESSAGE_MS)
