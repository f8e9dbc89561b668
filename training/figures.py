"""Figures that compare rows, each a mean over seeds with its standard deviation, as PNG and SVG."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.notes import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SERIES = (("#4477AA", "o"), ("#EE6677", "s"), ("#228833", "D"))
_COLOURS = ("#332288", "#88CCEE", "#44AA99", "#DDCC77", "#CC6677", "#882255", "#117733", "#AA4499", "#999933")
"""Paul Tol's "bright" and "muted" schemes, which can be told apart with the common forms of colour blindness."""
_HATCHES = ("", "////", "....")  # for the rows after the ninth, the eighteenth
_INK = "#222222"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "table",  # the same file at every call
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.constrained_layout.w_pad": 0.1,  # inches
    "figure.constrained_layout.h_pad": 0.1,
    "grid.color": "#dddddd",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 150,
}


def draw_dots(rows: Sequence[str], series: Mapping[str, Floats], title: str, label: str, path: Path) -> None:
    """Draw up to three dots with error bars on the line of each row.

    Parameters
    ----------
    rows : sequence of str
        Names, drawn from top to bottom.
    series : mapping
        Of a name in the legend to (rows, 2): means, and standard deviations, NaN where there are none.
    title, label : str
        Of the figure, and of its horizontal axis.
    path : Path
        Without suffix: ``.png`` and ``.svg`` are written.
    """
    from matplotlib import rc_context

    with rc_context(_STYLE):
        figure, axes = _a_line_a_row(rows, 0.62)
        for number, ((name, values), (colour, marker)) in enumerate(zip(series.items(), _SERIES, strict=False)):
            axes.errorbar(
                values[:, 0],
                np.arange(len(rows)) + 0.22 * (number - (len(series) - 1) / 2),
                xerr=_deviations(values),
                fmt=marker,
                color=colour,
                label=name,
                markersize=7,
                elinewidth=2,
                capsize=3,
            )
        axes.set(title=title, xlabel=label)
        figure.legend(loc="outside lower center", ncols=len(series))
        _save(figure, path)


def draw_bars(rows: Sequence[str], values: Floats, title: str, label: str, path: Path) -> None:
    """Draw one bar on the line of each row; parameters as in `draw_dots`, ``values`` (rows, 2)."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        figure, axes = _a_line_a_row(rows, 0.45)
        axes.barh(
            np.arange(len(rows)),
            values[:, 0],
            xerr=_deviations(values),
            height=0.62,
            color=_SERIES[0][0],
            ecolor=_INK,
            capsize=4,
        )
        axes.set(title=title, xlabel=label)
        _save(figure, path)


def draw_groups(groups: Sequence[str], rows: Mapping[str, Floats], title: str, label: str, path: Path) -> None:
    """Draw a group of bars for each of ``groups``, a bar a row; ``rows`` of a row's name to (groups, 2).

    Other parameters as in `draw_dots`, but that ``label`` is of the vertical axis.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(13, max(5.0, 1.5 + 0.3 * len(rows))), layout="constrained")
        axes = figure.subplots()
        width = 0.84 / len(rows)
        for number, (name, values) in enumerate(rows.items()):
            axes.bar(
                np.arange(len(groups)) + (number - (len(rows) - 1) / 2) * width,
                values[:, 0],
                yerr=_deviations(values),
                width=0.92 * width,
                label=_wrapped(name),
                color=_COLOURS[number % len(_COLOURS)],
                hatch=_HATCHES[number // len(_COLOURS) % len(_HATCHES)],
                edgecolor="white",
                linewidth=0,
                ecolor=_INK,
            )
        axes.set_xticks(np.arange(len(groups)), [name.replace(" ", "\n") for name in groups])
        axes.tick_params(axis="x", length=0)
        axes.margins(x=0.01)
        axes.grid(axis="y")
        axes.set(title=title, ylabel=label)
        figure.legend(loc="outside right upper")
        _save(figure, path)


def _a_line_a_row(rows: Sequence[str], height: float) -> tuple["Figure", "Axes"]:
    """Return a figure with the rows' names at the left, ``height`` inches apart."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.6 + height * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(np.arange(len(rows)), [_wrapped(name) for name in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return figure, axes


def _wrapped(name: str) -> str:
    return textwrap.fill(name, 36)


def _deviations(values: Floats) -> Floats | None:
    """Return the standard deviations of means (n, 2), or None if there are none."""
    return None if np.isnan(values[:, 1]).all() else values[:, 1]


def _save(figure: "Figure", path: Path) -> None:
    figure.savefig(path.with_name(f"{path.name}.png"))
    figure.savefig(path.with_name(f"{path.name}.svg"), metadata={"Date": None})
