"""Figures for print: the curves of a recording as stacked panels, in PNG, SVG or PDF."""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midlevel_app import __version__
from midlevel_app.colours import readable
from midlevel_app.curves import Curves, smooth, span
from midlevel_app.errors import ExportError
from midlevel_app.features import FEATURES, NAMES, Feature
from midlevel_app.figure_layout import clean, lanes, reach_an_hour, shortened, time_label, time_ticks, wrapped
from midlevel_app.files import check_writable, placed, write_whole
from midlevel_app.language import decimal, tr
from midlevel_app.markers import Marker
from midlevel_app.report import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from midlevel_app.audio.decode import AudioFacts
    from midlevel_app.model import ModelCard

FIGURE_FORMATS = ("png", "svg", "pdf")
"""Of figures; each is also the extension of their names."""

DOTS_PER_INCH = 300
"""Of PNG."""

_WIDTH = 7.2  # inches, like all lengths below: fits between the margins of A4 and of letter paper
_LEFT, _RIGHT = 0.78, 0.98
_PANEL, _HIGHEST_PANEL, _FEW_PANELS = 0.88, 2.4, 3.6
_GAP = 0.27
_TITLE_LINE, _LANE, _FOOT_LINE, _TIME_AXIS, _EDGE = 0.22, 0.15, 0.13, 0.46, 0.1
_TITLE_COLUMNS, _TITLE_LINES, _FOOT_COLUMNS = 64, 2, 150  # characters, but for the lines
_MOST_LANES = 12
_NEAR, _LONGEST = 0.05, 2.6  # between a marker's line and its text; of that text
_INK, _MUTED, _GRID, _PAPER = "#1a1e26", "#5b6473", "#dfe2e8", "#ffffff"
_MARKER_SIZE = 7  # points
_LOW, _MIDDLE, _HIGH = 1.0, 5.5, 10.0  # the model's scale
_WIDE_FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Hiragino Sans", "Yu Gothic", "Malgun Gothic")
"""For letters that the usual font lacks, where one of them is installed."""


@dataclass(frozen=True)
class Caption:
    """What a figure says of its origin.

    Attributes
    ----------
    title : str
        Above the panels; may be empty.
    file : str
        Name of the recording.
    model : str
        Name and version.
    rating_kind : str
        One of `model.RATING_KINDS`.
    """

    title: str
    file: str
    model: str
    rating_kind: str


def caption(audio: "AudioFacts", card: "ModelCard", title: str | None = None) -> Caption:
    """Return the caption of a recording; without a title, the name of its file without extension."""
    name = os.fsencode(audio.path.name).decode("utf-8", "replace")
    return Caption(Path(name).stem if title is None else title, name, f"{card.name} {card.version}", card.rating_kind)


@dataclass(frozen=True)
class Drawn:
    """What of a recording a figure shows.

    Attributes
    ----------
    features : tuple of str
        Names, one panel each, from top to bottom.
    window : float
        Seconds of the centred moving average that smooths the curves; 0 for none.
    start, stop : float or None
        Ends of the time axis in seconds; None for those of the recording.
    markers : tuple of Marker
        Those between the ends are drawn.
    """

    features: tuple[str, ...] = NAMES
    window: float = 0.0
    start: float | None = None
    stop: float | None = None
    markers: tuple[Marker, ...] = ()


def figure(path: Path, curves: Curves, words: Caption, drawn: Drawn = Drawn(), force: bool = False) -> None:
    """Write a figure; the extension of ``path``, one of `FIGURE_FORMATS`, says in which format.

    The same curves give the same bytes. Text in SVG and PDF stays text.

    Raises
    ------
    ExportError
        If matplotlib is missing, the extension is another, the file exists and ``force`` is not set, writing fails, or
        there are no values to draw.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FIGURE_FORMATS:
        names = ", ".join(f".{name}" for name in FIGURE_FORMATS)
        raise ExportError(
            tr("{path} names no format of figures: choose a name that ends in one of {names}").format(
                path=path, names=names
            )
        )
    check_figures()
    target = placed(path)
    check_writable((target,), force)
    write_whole({target: figure_bytes(form, curves, words, drawn)})


def check_figures() -> None:
    """Raise `ExportError` where the library that draws is missing."""
    if find_spec("matplotlib") is None:
        raise ExportError(
            tr(
                "figures need the library matplotlib, which is not installed: "
                "install it (python -m pip install 'matplotlib<4'), or export the curves as CSV"
            )
        )


def figure_bytes(form: str, curves: Curves, words: Caption, drawn: Drawn = Drawn()) -> bytes:
    """Return a figure as the bytes of a file of the format ``form``; parameters and errors as of `figure`."""
    check_figures()
    start = drawn.start if drawn.start is not None else 0.0
    stop = drawn.stop if drawn.stop is not None else float(curves.times[-1]) if len(curves) else 0.0
    shown = span(smooth(curves, drawn.window), start, stop)
    places = [curves.features.index(name) for name in drawn.features]
    if not start < stop or not np.isfinite(shown.values[:, places]).any():
        raise ExportError(
            tr("there are no values to draw from {start} s to {stop} s: choose another span or feature").format(
                start=decimal(start, "g"), stop=decimal(stop, "g")
            )
        )
    with _style():
        page = _page(shown, words, drawn, start, stop)
        file = io.BytesIO()
        dates: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
        page.savefig(file, format=form, dpi=DOTS_PER_INCH, metadata=dates.get(form))
    return file.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    """While drawing: settings of ours, whatever the user's are, and no complaint about letters no font has."""
    import matplotlib
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    settings: dict[Any, Any] = {
        "font.family": ["DejaVu Sans", *(name for name in _WIDE_FONTS if name in installed)],
        "text.parse_math": False,
        "text.color": _INK,
        "svg.fonttype": "none",
        "svg.hashsalt": "midlevel",
        "pdf.fonttype": 42,
    }
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _page(shown: Curves, words: Caption, drawn: Drawn, start: float, stop: float) -> "Figure":
    """Lay out and draw; what is fixed in inches stays so, and the height follows from what there is."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [feature for name in drawn.features for feature in FEATURES if feature.name == name]
    title = wrapped(words.title, _TITLE_COLUMNS, _TITLE_LINES)
    foot = wrapped(_foot(words, drawn, shown.spread is not None), _FOOT_COLUMNS)
    markers = sorted((m for m in drawn.markers if start <= m.seconds <= stop), key=lambda marker: marker.seconds)
    page = Figure(figsize=(_WIDTH, 1.0), dpi=DOTS_PER_INCH, facecolor=_PAPER)
    FigureCanvasAgg(page)

    width = _WIDTH - _LEFT - _RIGHT
    places = [_LEFT + (marker.seconds - start) / (stop - start) * width for marker in markers]
    texts = [
        shortened(clean(marker.text), min(_WIDTH - place - _NEAR, _LONGEST), lambda text: _text_width(page, text))
        for marker, place in zip(markers, places, strict=True)
    ]
    found = lanes(places, [_text_width(page, text) + 2 * _NEAR if text else 0.0 for text in texts], _MOST_LANES)
    panel = max(_PANEL, min(_HIGHEST_PANEL, _FEW_PANELS / len(panels)))
    bottom = _EDGE + len(foot) * _FOOT_LINE + _TIME_AXIS
    top = bottom + len(panels) * (panel + _GAP)
    above = max((lane + 1 for lane in found if lane is not None), default=0) * _LANE
    height = top + above + len(title) * _TITLE_LINE + _EDGE
    page.set_size_inches(_WIDTH, height)

    limits = _limits(shown, drawn.features)
    for number, feature in enumerate(panels):
        low = bottom + (len(panels) - 1 - number) * (panel + _GAP)
        axes = page.add_axes((_LEFT / _WIDTH, low / height, width / _WIDTH, panel / height))
        _draw_panel(axes, feature, shown, (start, stop), limits)
        last = number == len(panels) - 1
        axes.tick_params(axis="x", length=3 if last else 0, labelbottom=last)
        axes.spines["bottom"].set_visible(last)
        if last:
            axes.set_xlabel(
                "time (h:mm:ss)" if reach_an_hour(time_ticks(start, stop)) else "time (m:ss)", fontsize=8, color=_MUTED
            )
    for place, text, lane in zip(places, texts, found, strict=True):
        _draw_marker(page, place, text, lane, (bottom, top, height))
    middle = (bottom + top - _GAP) / 2 / height
    scale = f"model scale 1 to 10,\n{KINDS[words.rating_kind]}"
    _write(page, 0.2, middle * height, scale, rotation=90, ha="center", va="center", fontsize=7.5, color=_MUTED)
    for number, line in enumerate(title):
        _write(page, _EDGE, height - _EDGE - number * _TITLE_LINE, line, va="top", fontsize=11.5, weight="bold")
    for number, line in enumerate(foot):
        _write(page, _EDGE, bottom - _TIME_AXIS - number * _FOOT_LINE, line, va="top", fontsize=6.5, color=_MUTED)
    return page


def _foot(words: Caption, drawn: Drawn, banded: bool) -> str:
    parts = [words.file, f"model {words.model}", KINDS[words.rating_kind]]
    if drawn.window:
        parts.append(f"mean over {drawn.window:g} s")
    if banded:
        parts.append("band: how far the model's teachers differed (one standard deviation), which is not its error")
    return " · ".join((*parts, f"midlevel {__version__}"))


def _draw_panel(
    axes: "Axes", feature: Feature, shown: Curves, ends: tuple[float, float], limits: tuple[float, float]
) -> None:
    colour = readable(feature.colour, _PAPER)
    column = shown.features.index(feature.name)
    values = shown.values[:, column]
    if shown.spread is not None:
        spread = shown.spread[:, column]
        axes.fill_between(shown.times, values - spread, values + spread, color=colour, alpha=0.2, linewidth=0)
    # A fine whole line below tells the gaps between dashes from missing values.
    axes.plot(shown.times, values, color=colour, linewidth=0.45, alpha=0.7)
    dash = (0, feature.dash) if feature.dash else "solid"
    axes.plot(shown.times, values, color=colour, linewidth=1.15, linestyle=dash, dash_capstyle="butt")
    axes.set(xlim=ends, ylim=limits)
    ticks = time_ticks(*ends)
    axes.set_xticks(ticks, [time_label(tick, ticks) for tick in ticks])
    axes.set_yticks((_LOW, _MIDDLE, _HIGH), ("1", "5.5", "10"))
    axes.tick_params(colors=_MUTED, labelsize=7, width=0.5, length=3)
    axes.grid(color=_GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    for name, spine in axes.spines.items():
        spine.set(linewidth=0.5, color=_MUTED, visible=name in ("left", "bottom"))
    axes.annotate(feature.label, (0, 1), (0, 4), "axes fraction", "offset points", fontsize=8.5, weight="bold",
                  color=colour, bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 1.2})  # fmt: skip
    for value, pole in ((_LOW, feature.low), (_HIGH, feature.high)):
        axes.annotate(pole, (1, value), (6, 0), ("axes fraction", "data"), "offset points",
                      fontsize=7, color=_MUTED, va="center")  # fmt: skip


def _draw_marker(page: "Figure", place: float, text: str, lane: int | None, heights: Sequence[float]) -> None:
    """Draw a line over all panels and up to the text beside its end; ``heights``: bottom, top and the whole page's."""
    from matplotlib.lines import Line2D

    bottom, top, height = heights
    end = top - _GAP if lane is None else top + (lane + 0.85) * _LANE
    xs, ys = [place / _WIDTH] * 2, [bottom / height, end / height]
    page.add_artist(Line2D(xs, ys, color=_INK, linewidth=0.6, alpha=0.6, solid_capstyle="butt", zorder=-1))
    if lane is not None:
        _write(page, place + _NEAR, end + 0.01, text, va="top", fontsize=_MARKER_SIZE)


def _text_width(page: "Figure", text: str) -> float:
    """Inches that the text of a marker takes; 0 for none."""
    if not text:
        return 0.0
    artist = page.text(0, 0, text, fontsize=_MARKER_SIZE)
    width = artist.get_window_extent().width / page.dpi
    artist.remove()
    return float(width)


def _write(page: "Figure", x: float, y: float, text: str, **style: Any) -> None:
    """Write text at a place in inches."""
    width, height = page.get_size_inches()
    page.text(x / width, y / height, text, **style)


def _limits(shown: Curves, features: Sequence[str]) -> tuple[float, float]:
    """Ends of the scale of all panels: a little beyond the model's, or where values lie beyond."""
    columns = [shown.features.index(name) for name in features]
    values = shown.values[:, columns]
    return min(_LOW - 0.5, float(np.nanmin(values)) - 0.2), max(_HIGH + 0.5, float(np.nanmax(values)) + 0.2)
