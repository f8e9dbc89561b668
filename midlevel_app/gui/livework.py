"""Live work: what the live page needs to know of takes and takes a while."""

from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from midlevel_app.articulation import FEATURE
from midlevel_app.curves import Curves, join, statistics
from midlevel_app.errors import MidlevelError
from midlevel_app.gui.takelist import TakeFacts


class UnfinishedTakes(QThread):
    """Makes takes that a crash or a kill left unfinished whole.

    Parameters
    ----------
    folder : Path
        Where takes are kept.
    """

    mended = Signal(object)
    """`TakeFacts` of one that is whole now."""

    failed = Signal(str)
    """A sentence about one that could not be mended."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder

    def run(self) -> None:
        """Mend and report, the oldest first."""
        from midlevel_app.audio.take import mended, unfinished_takes

        for path in reversed(unfinished_takes(self._folder)):
            try:
                whole = mended(path)
                if whole is not None:  # else nothing had been recorded yet
                    self.mended.emit(_facts(whole))
            except MidlevelError as error:
                self.failed.emit(str(error))


def take_facts(path: Path, seconds: float, curves: Curves) -> TakeFacts:
    """Return what the list shows of a take."""
    mean = float(statistics(curves).mean[curves.features.index(FEATURE)]) if len(curves) else float("nan")
    return TakeFacts(path, seconds, mean, curves)


def _facts(take: Path) -> TakeFacts:
    """Return what is known of a take of earlier: its file, and the rows written beside it, if they can be read."""
    from midlevel_app.audio.decode import open_audio
    from midlevel_app.formats import read_csv

    with open_audio(take) as audio:
        seconds = audio.facts.duration
    try:
        curves = read_csv(take.with_suffix(".csv"))
    except MidlevelError:
        curves = join([])
    return take_facts(take, seconds or 0.0, curves)
