"""Calibrating: asks for one passage legato and then staccato, so that words about articulation get a meaning."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from midlevel_app.articulation import LEAST_SECONDS, Calibration, CalibrationError, calibrate
from midlevel_app.curves import Curves, span
from midlevel_app.gui.liveview import Heard
from midlevel_app.language import tr

_STEPS = ("legato", "staccato")


class CalibrationDialog(QDialog):
    """Two takes, each begun and ended by a button; they are heard, not recorded.

    Parameters
    ----------
    heard : callable
        Returns what was heard by now.
    half_field : float
        Seconds around its time that a value describes, to either side: values that reach out of a take do not count.
    """

    def __init__(self, heard: Callable[[], Heard], half_field: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.calibration: Calibration | None = None
        self._heard, self._half = heard, half_field
        self._takes: list[Curves] = []
        self._begun: float | None = None
        self.setWindowTitle(tr("Calibrate articulation"))
        self.text, self.said = QLabel(), QLabel()
        for label in (self.text, self.said):
            label.setWordWrap(True)
        self.step = QPushButton()
        self.step.setDefault(True)
        self.step.clicked.connect(self._go_on)
        cancel = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (self.text, self.said, self.step, cancel):
            column.addWidget(part)
        self.setMinimumWidth(420)
        self._timer = QTimer(self, interval=200)
        self._timer.timeout.connect(self._show)
        self._timer.start()
        self._show()

    @property
    def least_seconds(self) -> float:
        """How long a take has to be."""
        return LEAST_SECONDS + 2 * self._half + 1.0

    @Slot()
    def _go_on(self) -> None:
        now = self._heard().now
        if self._begun is None:
            self._begun = now
            self.said.clear()
        else:
            self._takes.append(span(self._heard().curves, self._begun + self._half, now - self._half))
            self._begun = None
            if len(self._takes) == len(_STEPS):
                self._finish()
        self._show()

    def _finish(self) -> None:
        try:
            self.calibration = calibrate(*self._takes)
        except CalibrationError as error:
            self.said.setText(f"{error}.")
            self._takes = []
        else:
            self.accept()

    @Slot()
    def _show(self) -> None:
        if len(self._takes) == len(_STEPS):
            return
        if self._begun is not None and self._heard().now < self._begun:
            self._begun = None
            self.said.setText(tr("The input was opened anew meanwhile: begin this take again."))
        step = _STEPS[len(self._takes)]
        passed = 0.0 if self._begun is None else self._heard().now - self._begun
        if self._begun is None:
            self.text.setText(
                tr(
                    "Play a passage of some {seconds:.0f} seconds or more as {step} as it should be "
                    "called, with little pedal. Play the same passage both times."
                ).format(seconds=self.least_seconds, step=step)
            )
            self.step.setText(tr("Begin {step}").format(step=step))
        else:
            self.text.setText(tr("Listening to the {step} take: {passed:.0f} s").format(step=step, passed=passed))
            self.step.setText(tr("Done"))
        self.step.setEnabled(self._begun is None or passed >= self.least_seconds)
