"""Goal: the band of articulation to stay within, and the calibration that gives words their meaning."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from midlevel_app.articulation import Band, Calibration, CalibrationError, take_band
from midlevel_app.curves import Curves
from midlevel_app.gui.controller import Problem
from midlevel_app.gui.live import RECENT_SECONDS, LivePage
from midlevel_app.gui.liveview import Heard
from midlevel_app.gui.takelist import TakeFacts
from midlevel_app.language import tr
from midlevel_app.report import displayed


class Goal(QObject):
    """Makes bands and calibrations, and shows them on the live page.

    Parameters
    ----------
    page : LivePage
    heard : callable
        Returns what was heard by now.
    window : QWidget
        Whom dialogs belong to.
    """

    calibrated = Signal(object)
    """A new `Calibration`."""

    problem = Signal(object)
    """A `Problem`."""

    def __init__(self, page: LivePage, heard: Callable[[], Heard], window: QWidget) -> None:
        super().__init__(window)
        self._page, self._heard, self._window = page, heard, window
        self._band: Band | None = None
        self._source = ""
        self._calibration: Calibration | None = None
        page.band_requested.connect(self._take_band)
        page.band_cleared.connect(lambda: self._set_band(None, ""))

    def set_calibration(self, calibration: Calibration | None) -> None:
        """Show what words mean with the input that is listened to."""
        self._calibration = calibration
        self._show()

    def stay_within(self, curves: Curves, start: float, stop: float) -> None:
        """Stay within what a recording does from ``start`` to ``stop`` seconds."""
        self._try_band(lambda: take_band(curves, start, stop), tr("from the selection"))

    def calibrate(self, half_field: float) -> None:
        """Ask for two takes; a value describes ``half_field`` seconds to either side of its time."""
        from midlevel_app.gui.calibrating import CalibrationDialog

        dialog = CalibrationDialog(self._heard, half_field, self._window)

        def take_over() -> None:
            if dialog.calibration is not None:
                self.calibrated.emit(dialog.calibration)
            dialog.deleteLater()

        dialog.finished.connect(take_over)
        dialog.open()

    @Slot(object)
    def _take_band(self, take: TakeFacts | None) -> None:
        if take is None:
            heard = self._heard()
            recent = heard.now - RECENT_SECONDS, heard.now
            self._try_band(lambda: take_band(heard.curves, *recent), tr("as you just played"))
        else:
            source = tr("from {take}").format(take=displayed(take.path.stem))
            self._try_band(lambda: take_band(take.curves), source)

    def _try_band(self, make: Callable[[], Band], source: str) -> None:
        try:
            self._set_band(make(), source)
        except CalibrationError as error:
            self.problem.emit(Problem(str(error), tr("The band stays as it is.")))

    def _set_band(self, band: Band | None, source: str) -> None:
        self._band, self._source = band, source
        self._show()

    def _show(self) -> None:
        self._page.set_goal(self._band, self._calibration, self._source)
