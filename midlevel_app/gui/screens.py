"""What the window shows besides a recording: the empty screen, and the banner for problems."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from midlevel_app.features import FEATURES
from midlevel_app.gui.accessible import pressable
from midlevel_app.gui.controller import Problem
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled
from midlevel_app.language import tr
from midlevel_app.report import displayed

NAME_PIXELS = 480  # a longer file name is shortened
HEIGHT_WITH_PICTURE = 330  # pixels of the empty screen, below which it leaves out the program's picture

_ASSETS = Path(__file__).resolve().parent.parent / "assets"


def example_recording() -> Path | None:
    """Return the recording that comes with the program, or None if it was left out of the installation."""
    path = _ASSETS / "example.ogg"
    return path if path.is_file() else None


def program_icon() -> QIcon:
    """Return the program's icon."""
    return QIcon(str(_ASSETS / "icon.svg"))


class EmptyScreen(QWidget):
    """Nothing is open: a place to drop a recording, and two buttons."""

    open_requested = Signal()
    example_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._expecting = False
        self.title = QLabel(tr("Drop a recording here"))
        self.title.setFont(scaled(self.font(), 1.9))
        self.subtitle = QLabel(tr("Solo piano in WAV, FLAC, OGG, MP3, M4A or any other common format"))
        self.features = QLabel()
        self.open_button = QPushButton(tr("Open…"))
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self.open_requested)
        self.example_button = QPushButton(tr("Try the example"))
        self.example_button.clicked.connect(self.example_requested)
        self.example_button.setVisible(example_recording() is not None)
        column = QVBoxLayout(self)
        column.addStretch(1)
        self.picture = QLabel()
        self.picture.setPixmap(program_icon().pixmap(QSize(72, 72), self.devicePixelRatioF()))
        for label, space in ((self.picture, 18), (self.title, 10), (self.subtitle, 18)):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
            column.addSpacing(space)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addSpacing(6)
        row.addWidget(self.example_button)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(20)
        self.features.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.features.setWordWrap(True)
        column.addWidget(self.features)
        column.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        """Room for title and buttons."""
        return QSize(500, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the picture where there is little room."""
        super().resizeEvent(event)
        self.picture.setVisible(self.height() >= HEIGHT_WITH_PICTURE)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.subtitle.setStyleSheet(f"color: {theme.muted};")
        names = (
            f"<span style='color: {readable(feature.colour, theme.plot)}'>{tr(feature.label)}</span>"
            for feature in FEATURES
        )
        self.features.setText("&nbsp;&nbsp; ".join(names))
        self.update()

    def set_opening(self, name: str | None) -> None:
        """Say that ``name`` is being opened; None offers to open something."""
        if name is None:
            text = tr("Drop a recording here")
        else:
            short = self.title.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, NAME_PIXELS)
            text = tr("Opening {name} …").format(name=short)
            self.window().setFocus()  # else it would go to whatever follows the buttons
        self.title.setText(text)
        for part in (self.subtitle, self.open_button, self.features):
            part.setVisible(name is None)
        self.example_button.setVisible(name is None and example_recording() is not None)
        if name is None:
            self.open_button.setFocus()

    def set_expecting(self, expecting: bool) -> None:
        """Show that what is being dragged can be dropped."""
        self._expecting = expecting
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame of the drop zone."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._theme.accent if self._expecting else self._theme.border), 2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(self._theme.plot))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(24, 16, -24, -24), 14, 14)


class Banner(QWidget):
    """What happened and what still works, until it is closed: the latest problem, and under it those before."""

    def __init__(self) -> None:
        super().__init__()
        self._problems: list[Problem] = []
        frame = QFrame()
        frame.setObjectName("banner")
        around = QVBoxLayout(self)
        around.setContentsMargins(10, 0, 10, 8)
        around.addWidget(frame)
        self.what, self.works = QLabel(), QLabel()
        self.what.setFont(scaled(self.font(), 1.0, QFont.Weight.DemiBold))
        for label in (self.what, self.works):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setText(tr("Close"))
        self.close_button.setAccessibleName(tr("Close the message"))
        pressable(self.close_button)
        self.close_button.clicked.connect(self._close_latest)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.what)
        column.addWidget(self.works)
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 9, 8, 9)
        row.addLayout(column, 1)
        row.addWidget(self.close_button, alignment=Qt.AlignmentFlag.AlignTop)
        self.hide()

    @Slot(object)
    def show_problem(self, problem: Problem) -> None:
        """Show a problem, over any earlier one."""
        self._problems = [*(one for one in self._problems if one.what != problem.what), problem]
        self._show_latest()

    @Slot(object)
    def take_back(self, problem: Problem) -> None:
        """Show a problem no more that is over; others stay."""
        self._problems = [one for one in self._problems if one.what != problem.what]
        self._show_latest()

    def clear(self) -> None:
        """Show none of them any more."""
        self._problems = []
        self._show_latest()

    @Slot()
    def _close_latest(self) -> None:
        self._problems = self._problems[:-1]
        self._show_latest()

    def _show_latest(self) -> None:
        self.setVisible(bool(self._problems))
        if self._problems:
            latest, more = self._problems[-1], len(self._problems) - 1
            self.what.setText(displayed(latest.what))
            self.works.setText(latest.works)
            self.close_button.setText(tr("Close, {count} more").format(count=more) if more else tr("Close"))
