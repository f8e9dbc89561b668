"""Live page: the input and its level, recording, the live view, what to stay within, and the takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from midlevel_app.articulation import Band, Calibration
from midlevel_app.gui.liveview import LiveView
from midlevel_app.gui.meter import Meter
from midlevel_app.gui.takelist import TakeList
from midlevel_app.gui.theme import Theme, icon, scaled
from midlevel_app.language import decimal, tr
from midlevel_app.report import clock

SIDE_WIDTH = 270
LEAST_WITH_SIDE, LEAST_WITH_ROOM = 860, 760
"""Pixels of width below which the side and lesser controls of the bar, and then the room on the disk, are left out."""

RECENT_SECONDS = 30
"""How much of what was just played can be made the band."""


@dataclass(frozen=True)
class Room:
    """How long recording can go on: minutes until the disk is full, and where that is."""

    minutes: float
    folder: str


class LivePage(QWidget):
    """Shows what it is told and reports what the user wants; it holds no device and no model."""

    input_requested = Signal(object)
    """Name of an input; None for the system's default."""

    inputs_requested = Signal()
    """Look for inputs anew."""

    check_requested = Signal()
    """Begin or end the level check."""

    record_requested = Signal()
    """Begin or end a take."""

    clip_reset_requested = Signal()

    band_requested = Signal(object)
    """A `TakeFacts` to stay within; None for what was played just now."""

    band_cleared = Signal()
    calibration_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.view = LiveView()
        self.meter = Meter()
        self.takes = TakeList()
        self.inputs = QComboBox()
        self.inputs.setAccessibleName(tr("Input"))
        self.inputs.setToolTip(tr("The microphone or line to listen to"))
        self.inputs.setMinimumContentsLength(18)
        self.inputs.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.inputs.activated.connect(lambda index: self.input_requested.emit(self.inputs.itemData(index)))
        self.refresh = _button(tr("Find inputs"), tr("Look again for microphones and lines"))
        self.refresh.clicked.connect(self.inputs_requested)
        self.check = _button(tr("Check level"), tr("Play loud and soft for ten seconds: sets the gain of the analysis"))
        self.check.clicked.connect(self.check_requested)
        self.meter.reset_requested.connect(self.clip_reset_requested)
        self.state = QLabel()
        self.record = QPushButton(tr("Record"))
        self.record.setToolTip(tr("Record a take (R, or a pedal that sends Page Down)"))
        self.record.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.record.clicked.connect(self.record_requested)
        self.clock, self.room = QLabel(), QLabel()
        self.clock.setFont(scaled(self.font(), 1.7))
        self.goal = QLabel()
        self.goal.setWordWrap(True)
        self.recent = _button(
            tr("Last {seconds} s").format(seconds=RECENT_SECONDS),
            tr("Stay within what was played just now"),
        )
        self.recent.clicked.connect(lambda: self.band_requested.emit(None))
        self.from_take = _button(tr("This take"), tr("Stay within the take chosen below"))
        self.from_take.clicked.connect(lambda: self.band_requested.emit(self.takes.chosen))
        self.from_take.setEnabled(False)
        self.takes.itemSelectionChanged.connect(lambda: self.from_take.setEnabled(self.takes.chosen is not None))
        self.clear = _button(tr("No band"), tr("Take the band away"))
        self.clear.clicked.connect(self.band_cleared)
        self.takes.band_requested.connect(self.band_requested)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.calibrate = _button(
            tr("Calibrate…"), tr("Play one passage legato and staccato, so that words get their meaning")
        )
        self.calibrate.clicked.connect(self.calibration_requested)
        self.bar, self.side = self._bar(), self._side()
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.view, 1)
        row.addWidget(self.side)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.bar)
        page.addLayout(row, 1)
        self.show_recording(None, None)
        self.set_goal(None, None)
        self.view.stand_requested.connect(self.set_stand)

    def minimumSizeHint(self) -> QSize:
        """Small: what has no room is left out."""
        return QSize(320, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        wide, in_stand = self.width(), self.view.stand.isChecked()
        self.side.setVisible(wide >= LEAST_WITH_SIDE and not in_stand)
        for part in (self.refresh, self.check):
            part.setVisible(wide >= LEAST_WITH_SIDE)
        self.room.setVisible(wide >= LEAST_WITH_ROOM)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self.view.set_theme(theme)
        self.meter.set_theme(theme)
        self.record.setIcon(icon("record", theme))
        for label in (self.room, self.state):
            label.setStyleSheet(f"color: {theme.muted};")

    def show_inputs(self, names: Sequence[str], chosen: str | None) -> None:
        """Offer these inputs; one that is chosen and not there stays, and is marked as missing."""
        self.inputs.clear()
        self.inputs.addItem(tr("System's default input"), None)
        for name in names:
            self.inputs.addItem(name, name)
        if chosen is not None and chosen not in names:
            self.inputs.addItem(tr("{name} (not connected)").format(name=chosen), chosen)
        self.inputs.setCurrentIndex(max(self.inputs.findData(chosen), 0))

    def show_state(self, text: str) -> None:
        """Say what the input does, in a few words."""
        if self.state.text() != text:
            self.state.setText(text)

    def show_check(self, seconds: float | None) -> None:
        """Show for how long the level has been checked; None for no check."""
        self.check.setText(
            tr("Check level")
            if seconds is None
            else tr("Play loud, play soft: {seconds:.0f} s").format(seconds=seconds)
        )

    def show_recording(self, seconds: float | None, room: Room | None) -> None:
        """Show how long the take is by now, None for no take; and how long it can go on."""
        self.record.setText(tr("Record") if seconds is None else tr("Stop"))
        self.clock.setText("" if seconds is None else clock(seconds, 1))
        self.room.setText("" if room is None else _room_text(room))
        self.room.setToolTip("" if room is None else room.folder)
        for part in (self.inputs, self.refresh):  # a take has one input
            part.setEnabled(seconds is None)

    def set_goal(self, band: Band | None, calibration: Calibration | None, source: str = "") -> None:
        """Show what to stay within, and where it came from; and whether words have a meaning yet."""
        self.view.set_goal(band, calibration)
        self.goal.setText(
            tr("No band: make one of a take, or of what you just played.")
            if band is None
            else tr("Articulation {low} to {high}, {source}").format(
                low=decimal(band.low, ".1f"), high=decimal(band.high, ".1f"), source=source
            )
        )
        self.clear.setEnabled(band is not None)
        self.words.setText(
            tr("Words such as “more staccato” need a calibration: one passage, played legato and staccato.")
            if calibration is None
            else tr("On this instrument legato is {legato}, staccato {staccato}.").format(
                legato=decimal(calibration.legato, ".1f"), staccato=decimal(calibration.staccato, ".1f")
            )
        )

    @Slot(bool)
    def set_stand(self, in_stand: bool) -> None:
        """Leave only what can be read from a music stand."""
        self.view.set_stand(in_stand)
        self._make_room()

    def _bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(14, 2, 14, 4)
        row.setSpacing(8)
        input_parts: tuple[QWidget, ...] = (self.inputs, self.refresh, self.check, self.meter, self.state)
        take_parts: tuple[QWidget, ...] = (self.clock, self.room, self.record)
        for part in input_parts:
            row.addWidget(part)
        row.addStretch(1)
        for part in take_parts:
            row.addWidget(part)
        return bar

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(4, 10, 14, 10)
        column.setSpacing(6)
        buttons = QHBoxLayout()
        for button in (self.recent, self.from_take, self.clear):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addWidget(_heading(tr("Stay within")))
        column.addWidget(self.goal)
        column.addLayout(buttons)
        column.addSpacing(10)
        column.addWidget(_heading(tr("Words")))
        column.addWidget(self.words)
        column.addWidget(self.calibrate, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(10)
        column.addWidget(_heading(tr("Takes")))
        column.addWidget(self.takes, 1)
        return side


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(scaled(label.font(), 1.0, QFont.Weight.DemiBold))
    return label


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _room_text(room: Room) -> str:
    if room.minutes >= 600:
        return tr("room for {hours:.0f} h").format(hours=room.minutes / 60)
    return tr("room for {minutes:.0f} min").format(minutes=room.minutes)
