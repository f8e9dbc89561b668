"""Spectrogram: what the network hears, drawn by pyqtgraph."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from midlevel_app.gui.frames import TOP_DB, FrameStore
from midlevel_app.gui.plots import Plot
from midlevel_app.gui.theme import Theme
from midlevel_app.gui.timeview import TimeView

SHOWN_DB = 60.0  # what lies so far below the loudest point is drawn as silence


class SpectrogramPlot(Plot):
    """The frames in view: time across, pitch upwards, a line at each A."""

    def __init__(self) -> None:
        super().__init__(0.0, 1.0, ())
        self._store = FrameStore()
        self.image = pg.ImageItem(axisOrder="col-major")
        self.box.addItem(self.image)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``: more ink, louder."""
        super().set_theme(theme)
        stops = (theme.plot, theme.wave, theme.accent, "#ffffff" if theme.dark else "#0b1626")
        colours = [pg.mkColor(stop) for stop in stops]
        self.image.setLookupTable(pg.ColorMap([0.0, 0.45, 0.75, 1.0], colours).getLookupTable(nPts=256))

    def set_view(self, view: TimeView, ticks: list[float]) -> None:
        """Show this stretch of time."""
        super().set_view(view, ticks)
        if self.isVisible():
            self.show_frames(self._store)

    def show_frames(self, store: FrameStore) -> None:
        """Draw the part of ``store`` in view."""
        self._store = store
        frontend = store.frontend
        octaves = np.arange(0, frontend.bands, frontend.bands_per_octave)
        self.set_levels(-0.5, frontend.bands - 0.5, tuple(float(octave) for octave in octaves))
        most = max(1, round(self.viewport().width() * self.devicePixelRatioF()))
        columns, start, stop = store.columns(self.view.start, self.view.stop, most)
        if not len(columns):
            self.image.clear()
            return
        shown = 255 * SHOWN_DB / (TOP_DB - frontend.floor_db)
        self.image.setImage(columns, levels=(max(0.0, store.loudest - shown), max(1.0, store.loudest)))
        self.image.setRect(QRectF(start, -0.5, stop - start, frontend.bands))
