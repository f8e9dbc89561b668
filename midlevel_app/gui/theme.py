"""Light and dark: the colours of the window, its style sheet, and icons drawn in them."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPainterPath, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from midlevel_app.colours import CONTRAST as CONTRAST
from midlevel_app.colours import contrast as contrast
from midlevel_app.colours import readable as readable

CHOICES = ("system", "light", "dark")


@dataclass(frozen=True)
class Theme:
    """Colours (``#rrggbb``) by what they are for."""

    dark: bool
    window: str
    plot: str
    raised: str
    border: str
    grid: str
    text: str
    muted: str
    accent: str
    on_accent: str
    wave: str
    notice: str
    on_notice: str


LIGHT = Theme(
    dark=False,
    window="#f4f5f8",
    plot="#ffffff",
    raised="#ffffff",
    border="#d9dde5",
    grid="#eceef3",
    text="#1a1e26",
    muted="#5b6473",
    accent="#1f5fd0",
    on_accent="#ffffff",
    wave="#7f8ca6",
    notice="#fff1d6",
    on_notice="#5a3b00",
)
DARK = Theme(
    dark=True,
    window="#15171c",
    plot="#1b1e25",
    raised="#272b34",
    border="#30353f",
    grid="#262a33",
    text="#e8eaef",
    muted="#9ba3b2",
    accent="#6ea8ff",
    on_accent="#0b1626",
    wave="#76839c",
    notice="#453413",
    on_notice="#ffdf9e",
)


def chosen_theme(choice: str) -> Theme:
    """Return the theme for one of `CHOICES`; the system's is light where it does not say."""
    if choice != "system":
        return DARK if choice == "dark" else LIGHT
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply_theme(theme: Theme) -> None:
    """Give the whole application the theme's palette and style sheet."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.plot,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Light: theme.raised,
        QPalette.ColorRole.Mid: theme.border,
        QPalette.ColorRole.Dark: theme.border,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        faint = QColor(theme.muted)
        faint.setAlpha(130)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    app.setPalette(palette)
    app.setStyleSheet(_style_sheet(theme))


def scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return ``font`` in another size and weight, with digits of equal width."""
    other = QFont(font)
    other.setPointSizeF(font.pointSizeF() * factor)
    other.setWeight(weight)
    other.setFeature(QFont.Tag("tnum"), 1)
    return other


def icon(name: str, theme: Theme) -> QIcon:
    """Draw one of the symbols of `_SYMBOLS` in the theme's colours; checked ones in its accent."""
    result = QIcon()
    looks = (
        (QIcon.Mode.Normal, QIcon.State.Off, theme.text),
        (QIcon.Mode.Disabled, QIcon.State.Off, theme.muted),
        (QIcon.Mode.Normal, QIcon.State.On, theme.accent),
    )
    for mode, state, colour in looks:
        pixmap = QPixmap(72, 72)  # 24 x 24 points, sharp up to 300 % scale
        pixmap.setDevicePixelRatio(3.0)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if mode == QIcon.Mode.Normal else 0.45)
        painter.fillPath(_SYMBOLS[name], QColor(colour))
        painter.end()
        result.addPixmap(pixmap, mode, state)
    return result


def _shape(*parts: QRectF | list[tuple[float, float]]) -> QPainterPath:
    """Bars and polygons on a field of 24 x 24."""
    path = QPainterPath()
    for part in parts:
        if isinstance(part, QRectF):
            path.addRoundedRect(part, 1, 1)
        else:
            path.addPolygon([QPointF(x, y) for x, y in part])
            path.closeSubpath()
    return path


def _ring(*circles: tuple[float, float]) -> QPainterPath:
    """Circles around the centre of a field of 24 x 24, by radius, each cut out of the one before."""
    path = QPainterPath()
    for outer, inner in circles:
        path.addEllipse(QPointF(12, 12), outer, outer)
        path.addEllipse(QPointF(12, 12), inner, inner)
    return path


def _eye() -> QPainterPath:
    lids = QPainterPath(QPointF(2, 12))
    lids.quadTo(12, 1, 22, 12)
    lids.quadTo(12, 23, 2, 12)
    inner = QPainterPath(QPointF(5, 12))
    inner.quadTo(12, 4, 19, 12)
    inner.quadTo(12, 20, 5, 12)
    lids.addPath(inner)
    lids.addEllipse(QPointF(12, 12), 3.2, 3.2)
    return lids


_SYMBOLS = {
    "play": _shape([(7, 4.5), (20, 12), (7, 19.5)]),
    "pause": _shape(QRectF(6.5, 5, 4, 14), QRectF(13.5, 5, 4, 14)),
    "start": _shape(QRectF(5, 6, 2.5, 12), [(19, 6), (9, 12), (19, 18)]),
    "end": _shape([(5, 6), (15, 12), (5, 18)], QRectF(16.5, 6, 2.5, 12)),
    "loop": _shape(
        [(4, 14), (4, 7), (15, 7), (15, 4), (20, 8.2), (15, 12.4), (15, 9.4), (6.4, 9.4), (6.4, 14)],
        [(20, 10), (20, 17), (9, 17), (9, 20), (4, 15.8), (9, 11.6), (9, 14.6), (17.6, 14.6), (17.6, 10)],
    ),
    "follow": _shape(
        [(5, 3), (15, 3), (10, 9)],
        QRectF(9, 8, 2, 13),
        [(13, 13), (17, 13), (17, 10.5), (21, 14.5), (17, 18.5), (17, 16), (13, 16)],
    ),
    "speaker": _shape(
        [(3, 9), (7, 9), (13, 4), (13, 20), (7, 15), (3, 15)],
        [(16, 7.5), (17.5, 6.5), (20, 10), (20, 14), (17.5, 17.5), (16, 16.5), (18, 13.5), (18, 10.5)],
    ),
    "about": _ring((10, 8)) + _shape(QRectF(10.8, 10.5, 2.4, 6.5), QRectF(10.8, 6.6, 2.4, 2.4)),
    "hide": _eye(),
    "pin": _shape(QRectF(4, 3, 16, 2.4), [(12, 8), (7, 13), (10.8, 13), (10.8, 21), (13.2, 21), (13.2, 13), (17, 13)]),
    "solo": _ring((9, 7), (3.5, 0)),
    "record": _ring((7.5, 0)),
}


def _style_sheet(theme: Theme) -> str:
    """Only what the palette cannot say."""
    return f"""
    QToolTip {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.border};
                padding: 4px; }}
    QMenuBar {{ background: {theme.window}; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {theme.raised}; }}
    QMenu {{ background: {theme.raised}; border: 1px solid {theme.border}; padding: 4px; }}
    QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu::item:disabled {{ color: {theme.muted}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {theme.border}; margin: 4px 6px; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 5px 9px; }}
    QToolButton:hover {{ background: {theme.raised}; border-color: {theme.border}; }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QToolButton:pressed {{ background: {theme.border}; }}
    QToolButton#small {{ padding: 2px; border-radius: 4px; }}
    QToolButton:checked {{ color: {theme.accent}; background: {theme.raised}; border-color: {theme.border}; }}
    QToolButton:checked:focus {{ border-color: {theme.accent}; }}
    QListWidget:focus {{ border: 1px solid {theme.accent}; }}
    QPushButton {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 6px;
                   padding: 6px 16px; }}
    QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:default {{ background: {theme.accent}; color: {theme.on_accent};
                           border-color: {theme.accent}; }}
    QPushButton:default:focus {{ border: 2px solid {theme.text}; padding: 5px 15px; }}
    QPushButton:disabled {{ background: {theme.window}; color: {theme.muted}; border-color: {theme.border}; }}
    QListWidget::item {{ padding: 5px 6px; border-radius: 4px; }}
    QListWidget::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QStatusBar {{ border-top: 1px solid {theme.border}; color: {theme.muted}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel, QStatusBar QToolButton {{ color: {theme.muted}; padding: 1px 6px; }}
    QScrollBar:horizontal {{ background: {theme.window}; height: 10px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {theme.border}; border-radius: 4px; min-width: 24px;
                                     margin: 1px; }}
    QScrollBar::handle:horizontal:hover {{ background: {theme.muted}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {theme.border}; border-radius: 4px; min-height: 24px; margin: 1px; }}
    QScrollBar::handle:vertical:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QProgressBar {{ background: {theme.grid}; border: none; border-radius: 3px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}
    #banner {{ background: {theme.notice}; border-radius: 8px; }}
    #banner QLabel {{ color: {theme.on_notice}; }}
    #banner QToolButton {{ color: {theme.on_notice}; }}
    #banner QToolButton:hover {{ background: transparent; border-color: {theme.on_notice}; }}
    """
