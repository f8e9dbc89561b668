"""Level check: ten seconds of loud and soft playing, counted only while something is heard."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from midlevel_app.gui.live import LivePage

if TYPE_CHECKING:  # loaded when one listens for the first time
    from midlevel_app.live.level import InputCheck, Level


class LevelCheck(QObject):
    """Checks the level of the input, and shows on the page how far that is."""

    done = Signal(object)
    """A `CheckResult`."""

    def __init__(self, page: LivePage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._check: InputCheck | None = None

    def toggle(self, listening: bool) -> None:
        """Begin, if something is listened to; or end before the time."""
        from midlevel_app.live.level import InputCheck

        if self._check is not None or not listening:
            self.end()
            return
        self._check = InputCheck()
        self._page.show_check(0.0)

    def hear(self, level: "Level", seconds: float) -> None:
        """Take a level that was pulled, and how many seconds it stands for."""
        if self._check is None:
            return
        self._check.add(level, seconds)
        self._page.show_check(self._check.seconds)
        if self._check.done:
            result = self._check.result()
            self.end()
            self.done.emit(result)

    def end(self) -> None:
        """Check no more; its input is another, or gone."""
        self._check = None
        self._page.show_check(None)
