"""Figures of the corpus report, as SVG that stands inside a page and takes its colour of text."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from midlevel_app.features import FEATURES
from training.corpus.clips import CLIP_SECONDS
from training.notes import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK = "#010203"  # stands for the colour of text until the page sets it
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "corpus",  # the same page at every call
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_BINS = np.arange(1, 10.25, 0.5)


def histograms(parts: Mapping[str, Floats]) -> str:
    """Draw the distribution of each rating (columns) in each part of the corpus (rows), with the median.

    Parameters
    ----------
    parts : mapping
        Of a part's name to its ratings, (clips, features).
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(11, 0.5 + 1.1 * len(parts)), layout="constrained")
        grid = figure.subplots(len(parts), len(FEATURES), sharex=True, sharey=True, squeeze=False)
        for row, (name, ratings) in zip(grid, parts.items(), strict=True):
            for axes, feature, values in zip(row, FEATURES, ratings.T, strict=True):
                share = np.full(len(values), 1 / len(values))
                axes.hist(values, _BINS, weights=share, color=feature.colour)
                axes.axvline(float(np.median(values)), color=_INK, linewidth=1, linestyle=":")
            row[0].set_ylabel(name.replace(", ", "\n"))
        for axes, feature in zip(grid[0], FEATURES, strict=True):
            axes.set_title(feature.label.replace(" ", "\n"))
        grid[0, 0].set(xlim=(1, 10), xticks=[2, 5, 8])
        grid[0, 0].yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        figure.supxlabel("rating", fontsize=9)
        return _svg(figure, "distributions", "Histograms of the ratings; their means and deviations are in the table.")


def windows(values: Sequence[Sequence[float]], feature: str, number: int) -> str:
    """Draw the ratings by window of a clip, the line of one feature above the others.

    Parameters
    ----------
    values : (features, moments)
        Ratings, evenly spaced over the clip.
    feature : str
        Which one to bring out.
    number : int
        Of the figure on its page.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(3.8, 1.5), layout="constrained")
        axes = figure.subplots()
        for own, line in zip(FEATURES, values, strict=True):
            moments = (np.arange(len(line)) + 0.5) * CLIP_SECONDS / len(line)
            shown = own.name == feature
            axes.plot(moments, line, color=own.colour, linewidth=3 if shown else 1, zorder=3 if shown else 2)
        axes.set(xlim=(0, CLIP_SECONDS), ylim=(1, 10), xticks=[0, 5, 10, 15], yticks=[1, 4, 7, 10])
        axes.set_xlabel("seconds")
        return _svg(figure, f"example{number}", f"The seven ratings over the clip, {feature.replace('_', ' ')} thick.")


def _svg(figure: "Figure", name: str, label: str) -> str:
    """Return a figure as an ``svg`` element whose identifiers are its own on the page."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'(id="|href="#|url\(#)', rf"\1{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
