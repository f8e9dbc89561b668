"""Inspector: values now, in the selection and in the whole piece; the selection's profile; what changed where."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from midlevel_app.curves import Statistics, Values
from midlevel_app.features import FEATURES
from midlevel_app.gui.accessible import speak
from midlevel_app.gui.markerlist import MarkerList
from midlevel_app.gui.scale import MODEL_SCALE
from midlevel_app.gui.theme import LIGHT, Theme, readable, scaled
from midlevel_app.language import decimal, tr
from midlevel_app.markers import Marker
from midlevel_app.report import clock

WIDTH = 352
_NAME, _NOW, _SELECTION, _PIECE = range(4)


@dataclass(frozen=True)
class Link:
    """A sentence about the stretch from ``start`` to ``stop`` (seconds), to which it leads."""

    text: str
    start: float
    stop: float


class Inspector(QScrollArea):
    """The panel at the right; it shows what it is told."""

    span_requested = Signal(float, float)
    """A stretch in seconds that the user wants to see."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Inspector"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the focus, and comes into view
        self._theme = LIGHT
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 10, 12, 12)
        column.setSpacing(6)
        self.table = _table()
        self.profile = Profile()
        self.selected, self.profile_title, self.changes_title = QLabel(), QLabel(), QLabel(tr("What changed"))
        self.changes, self.comparison = QLabel(), QLabel()
        self.comparison.setWordWrap(True)
        self.comparison.setTextFormat(Qt.TextFormat.RichText)
        self.comparison.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.changes.setWordWrap(True)
        self.changes.setTextFormat(Qt.TextFormat.RichText)
        self.changes.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.markers_title, self.markers = QLabel(tr("Markers")), MarkerList()
        self._links: list[Link] = []
        self._nothing = "–"
        self.changes.linkActivated.connect(self._follow)
        for title in (self.selected, self.profile_title, self.changes_title, self.markers_title):
            title.setFont(scaled(self.font(), 1.0, title.font().Weight.DemiBold))
            title.setWordWrap(True)
        for part in (
            self.selected,
            self.table,
            self.profile_title,
            self.profile,
            self.comparison,
            self.changes_title,
            self.changes,
            self.markers_title,
            self.markers,
        ):
            column.addWidget(part)
            if part in (self.table, self.comparison, self.changes):
                column.addSpacing(8)
        column.addStretch(1)
        self.setWidget(body)
        self.show_selection(None, None)
        self.show_piece(None, None)
        self.show_markers(())

    def sizeHint(self) -> QSize:
        """As tall as the window lets it be."""
        return QSize(WIDTH, 200)

    def minimumSizeHint(self) -> QSize:
        """It scrolls."""
        return QSize(WIDTH, 60)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.setStyleSheet(
            f"QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.plot}; }}"
            f"QTableWidget {{ background: {theme.plot}; border: none; }}"
            f"QTableWidget:focus {{ border: 1px solid {theme.accent}; }}"
            "QTableWidget::item { padding: 0 0 0 6px; }"
            f"QHeaderView::section {{ background: {theme.plot}; color: {theme.muted}; border: none; }}"
            "QHeaderView::section { padding: 2px 3px; }"
        )
        for row, feature in enumerate(FEATURES):
            item = self.table.item(row, _NAME)
            assert item is not None
            item.setForeground(QColor(readable(feature.colour, theme.plot)))
        self.profile.set_theme(theme)
        self._show_links()

    def show_now(self, values: Values | None) -> None:
        """Show the values (7,) at the playhead."""
        # Not told to screen readers, which cannot keep up with the music: the lanes' headers are.
        self.table.model().blockSignals(QAccessible.isActive())
        for row in range(len(FEATURES)):
            self._put(row, _NOW, "–" if values is None or np.isnan(values[row]) else decimal(values[row], ".1f"))
        if self.table.model().blockSignals(False):
            self.table.viewport().update()

    def show_selection(
        self, selection: tuple[float, float] | None, found: Statistics | None, sentences: Sequence[str] = ()
    ) -> None:
        """Show what is selected, its statistics, and sentences on how it differs from the rest."""
        self.comparison.setText(
            "".join(f"<p style='margin: 4px 0'>{escape(text[:1].upper() + text[1:])}.</p>" for text in sentences)
        )
        self.comparison.setVisible(bool(sentences))
        if selection is None:
            self.selected.setText(tr("Nothing selected: drag over the curves"))
        else:
            start, stop = selection
            self.selected.setText(
                tr("Selected {start} to {stop}, {length} s").format(
                    start=clock(start, 1), stop=clock(stop, 1), length=decimal(stop - start, ".1f")
                )
            )
        self.table.setColumnHidden(_SELECTION, selection is None)
        self._put_statistics(_SELECTION, found)
        self.profile.show_selection(None if found is None else found.mean)
        self._name_profile()

    def show_piece(self, found: Statistics | None, links: Sequence[Link] | None) -> None:
        """Show the statistics of the whole piece, and what changed in it; None while that is not known."""
        self._nothing = (
            tr("Told once all of it is analysed.")
            if links is None
            else tr("Nothing changes clearly for ten seconds or more.")
        )
        links = links or []
        self._put_statistics(_PIECE, found)
        self.profile.show_piece(found)
        self._name_profile()
        if list(links) != self._links or not links:
            self._links = list(links)
            self._show_links()

    def show_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show what is marked."""
        self.markers.show_markers(markers)
        self.markers_title.setText(tr("Markers") if markers else tr("No markers: press ; while listening"))

    def _name_profile(self) -> None:
        chosen = self.profile.selection is not None
        self.profile_title.setText(tr("The selection against the piece") if chosen else tr("Profile of the piece"))

    def _show_links(self) -> None:
        style = f"color: {self._theme.accent}; text-decoration: none"
        lines = [
            f"<p style='margin: 4px 0'><a style='{style}' href='{number}'>"
            f"{escape(link.text[:1].upper() + link.text[1:])}</a></p>"
            for number, link in enumerate(self._links)
        ]
        self.changes.setText(
            "".join(lines) if lines else f"<span style='color: {self._theme.muted}'>{self._nothing}</span>"
        )

    @Slot(str)
    def _follow(self, number: str) -> None:
        link = self._links[int(number)]
        self.span_requested.emit(link.start, link.stop)

    def _put_statistics(self, column: int, found: Statistics | None) -> None:
        for row in range(len(FEATURES)):
            if found is None or not found.count[row]:
                self._put(row, column, "–")
                continue
            self._put(
                row,
                column,
                f"{decimal(found.mean[row], '.1f')} ± {decimal(found.deviation[row], '.1f')}\n"
                f"{decimal(found.minimum[row], '.1f')} – {decimal(found.maximum[row], '.1f')}",
            )

    def _put(self, row: int, column: int, text: str) -> None:
        item = self.table.item(row, column)
        if item is not None and item.text() != text:
            item.setText(text)


def _table() -> QTableWidget:
    table = QTableWidget(len(FEATURES), 4)
    table.setAccessibleName(tr("Values now, mean, spread and range of selection and piece"))
    table.setHorizontalHeaderLabels(["", tr("now"), tr("selection"), tr("piece")])
    table.setShowGrid(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    table.setTabKeyNavigation(False)
    table.setFont(scaled(table.font(), 0.95))
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    across, down = table.horizontalHeader(), table.verticalHeader()
    across.setSectionsClickable(False)
    across.setFont(table.font())
    across.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    across.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
    across.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    across.setMinimumSectionSize(30)
    down.hide()
    across.setToolTip(tr("Mean ± standard deviation, lowest – highest value"))
    line = round(QFontMetricsF(table.font()).height())
    down.setDefaultSectionSize(2 * line + 6)
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    for row, feature in enumerate(FEATURES):
        for column in (_NAME, _NOW, _SELECTION, _PIECE):
            item = QTableWidgetItem(tr(feature.label) if column == _NAME else "–")
            side = Qt.AlignmentFlag.AlignLeft if column == _NAME else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    table.setFixedHeight(across.sizeHint().height() + len(FEATURES) * (2 * line + 6) + 4)
    return table


def _said(mean: float) -> str:
    return tr("no value") if np.isnan(mean) else decimal(mean, ".1f")


class Profile(QWidget):
    """A line for each feature from 1 to 10: the piece's mean and spread, and the selection's mean beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.selection: Values | None = None
        self._piece: Statistics | None = None
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Profile"))
        speak(self, QAccessible.Role.Chart, self.spoken)

    def sizeHint(self) -> QSize:
        """A line for each feature."""
        return QSize(WIDTH - 30, round(len(FEATURES) * self._row()))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def spoken(self) -> str:
        """The means in words."""
        if self._piece is None:
            return tr("not known yet")
        parts = []
        for number, feature in enumerate(FEATURES):
            if self._piece.count[number]:
                part = f"{tr(feature.label)} {_said(self._piece.mean[number])}"
                if self.selection is not None:
                    part += ", " + tr("in the selection {mean}").format(mean=_said(self.selection[number]))
                parts.append(part)
        return "; ".join(parts) or tr("no values")

    def show_selection(self, means: Values | None) -> None:
        """Show the selection's means (7,); None for no selection."""
        self.selection = means
        self.update()

    def show_piece(self, found: Statistics | None) -> None:
        """Show the piece's means and spreads."""
        self._piece = found
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self._row()
        painter.setFont(self._small())
        longest = max(painter.fontMetrics().horizontalAdvance(tr(feature.label)) for feature in FEATURES)
        left, right = longest + 12.0, self.width() - 6.0

        def x(value: float) -> float:
            share = (value - MODEL_SCALE.low) / (MODEL_SCALE.high - MODEL_SCALE.low)
            return left + min(max(share, 0.0), 1.0) * (right - left)

        for number, feature in enumerate(FEATURES):
            colour = QColor(readable(feature.colour, self._theme.plot))
            middle = (number + 0.5) * row
            painter.setPen(QColor(self._theme.muted))
            place = QRectF(0, number * row, left - 8, row)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, tr(feature.label))
            painter.setPen(QPen(QColor(self._theme.border), 1))
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            if self._piece is None or not self._piece.count[number]:
                continue
            mean, spread = float(self._piece.mean[number]), float(self._piece.deviation[number])
            faint = QColor(colour)
            faint.setAlpha(60)
            painter.fillRect(QRectF(x(mean - spread), middle - 4, x(mean + spread) - x(mean - spread), 8), faint)
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(x(mean), middle - 6), QPointF(x(mean), middle + 6))
            if self.selection is not None and np.isfinite(self.selection[number]):
                here = x(float(self.selection[number]))
                painter.drawLine(QPointF(x(mean), middle), QPointF(here, middle))
                painter.setBrush(colour)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawEllipse(QPointF(here, middle), 4.5, 4.5)

    def _row(self) -> float:
        return QFontMetricsF(self._small()).height() + 8

    def _small(self) -> QFont:
        return scaled(self.font(), 0.9)
