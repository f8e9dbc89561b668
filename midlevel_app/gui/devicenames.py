"""Device names: the inputs or outputs there are now, asked for on a thread."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from midlevel_app.errors import DeviceError

if TYPE_CHECKING:
    from midlevel_app.audio.devices import Kind


class DeviceNames(QThread):
    """Asks the sound system for the inputs or outputs there are now.

    Parameters
    ----------
    kind : "input" or "output"
    """

    found = Signal(object)
    """Names (list of str); none if the sound system does not answer."""

    def __init__(self, kind: "Kind", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kind = kind

    def run(self) -> None:
        """Ask and report."""
        from midlevel_app.audio.listing import names_now

        try:
            self.found.emit(names_now(self._kind))
        except DeviceError:
            self.found.emit([])
