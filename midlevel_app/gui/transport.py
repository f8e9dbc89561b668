"""Transport: the buttons that start, stop and go to the ends, and the time that is heard."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QFont, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from midlevel_app.gui.accessible import pressable, speak
from midlevel_app.gui.theme import Theme, icon, scaled
from midlevel_app.language import decimal, tr
from midlevel_app.report import clock


class Transport(QWidget):
    """A row of buttons for the window's actions.

    Parameters
    ----------
    start, play, end : QAction
        Shown as symbols at the left, with the time.
    loop : QAction
        Beside them; checked while the selection is repeated.
    follow : QAction
        Beside it; checked while the view follows the playhead.
    others : list of QAction
        Shown by name at the right.
    """

    speed_requested = Signal(float)
    volume_requested = Signal(float)

    def __init__(
        self, start: QAction, play: QAction, end: QAction, loop: QAction, follow: QAction, others: list[QAction]
    ) -> None:
        super().__init__()
        self._symbols = {"start": start, "play": play, "end": end, "loop": loop, "follow": follow}
        self._playing = False
        self._theme: Theme | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 6)
        row.setSpacing(2)
        for action in self._symbols.values():
            row.addWidget(_button(action, Qt.ToolButtonStyle.ToolButtonIconOnly))
        self.position = QLabel()
        self.position.setFont(scaled(self.font(), 1.7))
        self.duration = QLabel()
        self.duration.setFont(scaled(self.font(), 1.1, QFont.Weight.Normal))
        self.position.setAccessibleName(tr("Time"))
        speak(self.position, QAccessible.Role.Clock, self.spoken)
        self.duration.setAccessibleName(tr("Length"))
        row.addSpacing(12)
        row.addWidget(self.position, alignment=Qt.AlignmentFlag.AlignBaseline)
        row.addSpacing(4)
        row.addWidget(self.duration, alignment=Qt.AlignmentFlag.AlignBaseline)
        self.speed = QComboBox()
        self.speed.setToolTip(tr("Speed; the pitch stays ([ slower, ] faster)"))
        self.speed.setAccessibleName(tr("Speed"))
        self.speed.setAccessibleDescription(tr("Speed"))  # on Linux, the name is the value
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed.activated.connect(lambda index: self.speed_requested.emit(self.speed.itemData(index)))
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 100)
        self.volume.setFixedWidth(90)
        self.volume.setToolTip(tr("Volume (Ctrl+Up, Ctrl+Down)"))
        self.volume.setAccessibleName(tr("Volume"))
        self.volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.volume.valueChanged.connect(lambda value: self.volume_requested.emit(value / 100))
        row.addSpacing(16)
        row.addWidget(self.speed, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(10)
        self.speaker = QLabel()
        self.loudness = QWidget()
        loudness = QHBoxLayout(self.loudness)
        loudness.setContentsMargins(0, 0, 0, 0)
        loudness.addWidget(self.speaker)
        loudness.addWidget(self.volume)
        row.addWidget(self.loudness, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self.others = QWidget()
        beside = QHBoxLayout(self.others)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2)
        for action in others:
            beside.addWidget(_button(action, Qt.ToolButtonStyle.ToolButtonTextOnly))
        row.addWidget(self.others)
        self.set_times(None, None)

    def minimumSizeHint(self) -> QSize:
        """Room for all but the volume and the buttons at the right: the menus have them, too."""
        size = super().minimumSizeHint()
        there = (part for part in (self.loudness, self.others) if not part.isHidden())
        return size - QSize(sum(part.sizeHint().width() for part in there), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the volume, and then the buttons at the right, where there is room."""
        super().resizeEvent(event)
        needed = self.minimumSizeHint().width()
        for part in (self.loudness, self.others):
            needed += part.sizeHint().width()
            part.setVisible(self.width() >= needed)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.speaker.setPixmap(icon("speaker", theme).pixmap(QSize(18, 18)))
        self.duration.setStyleSheet(f"color: {theme.muted};")
        for name, action in self._symbols.items():
            action.setIcon(icon("pause" if name == "play" and self._playing else name, theme))

    def set_playback(self, speeds: Sequence[float], speed: float, volume: float) -> None:
        """Show at which of ``speeds`` and how loudly recordings are played."""
        if self.speed.count() != len(speeds):
            self.speed.clear()
            for one in speeds:
                self.speed.addItem(f"{decimal(one, 'g')} ×", one)
        self.speed.setCurrentIndex(list(speeds).index(speed))
        self.volume.blockSignals(True)
        self.volume.setValue(round(100 * volume))
        self.volume.blockSignals(False)

    def set_playing(self, playing: bool) -> None:
        """Offer to pause while playing, else to play."""
        if playing != self._playing:
            self._playing = playing
            self._symbols["play"].setText(tr("Pause") if playing else tr("Play"))
            if self._theme is not None:
                self._symbols["play"].setIcon(icon("pause" if playing else "play", self._theme))

    def spoken(self) -> str:
        """Time, length and whether it plays, in words."""
        if not self.position.text():
            return tr("nothing is open")
        state = tr("playing") if self._playing else tr("paused")
        length = self.duration.text().strip(" /")
        return tr("{now} of {length}, {state}").format(now=self.position.text(), length=length, state=state)

    def set_times(self, position: float | None, duration: float | None) -> None:
        """Show the time heard and the length of the recording, in seconds."""
        texts = (
            "" if position is None else clock(position, 1),
            "" if duration is None else f"/ {clock(duration, 1)}",
        )
        for label, text in zip((self.position, self.duration), texts, strict=True):
            if label.text() != text:
                label.setText(text)


def _button(action: QAction, style: Qt.ToolButtonStyle) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(style)
    button.setIconSize(QSize(24, 24))
    pressable(button)
    return button
