"""Start the window as `midlevel-app` does, print when it was first painted, and close it.

python -m bench.first_paint STARTED, where STARTED is the caller's `time.monotonic()` before it started this.
"""

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from midlevel_app.gui.app import main

_run_application = QApplication.exec


class PaintWatch(QObject):
    """Sees every event of the application, and reports once the first window has been painted."""

    def __init__(self, started: float) -> None:
        super().__init__()
        self._started = started
        self._painted = False

    def run(self) -> int:
        """Stand in for `QApplication.exec`."""
        application = QApplication.instance()
        if application is None:
            raise RuntimeError("the window's main() made no application")
        application.installEventFilter(self)
        return _run_application()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let every event pass."""
        paints = event.type() == QEvent.Type.Paint and isinstance(watched, QWidget) and watched.isWindow()
        if paints and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._report)  # when this event has been handled
        return False

    def _report(self) -> None:
        print(time.monotonic() - self._started, flush=True)
        QApplication.closeAllWindows()
        QApplication.quit()


if __name__ == "__main__":
    watch = PaintWatch(float(sys.argv.pop()))
    QApplication.exec = watch.run  # type: ignore[method-assign]
    sys.exit(main())
