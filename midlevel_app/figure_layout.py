"""Layout of figures: where labels find room, which times are written at the axis, how text is shortened."""

import math
import textwrap
from collections.abc import Callable, Sequence

from midlevel_app.report import displayed, width_of

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)  # seconds
_MOST_TICKS = 10


def time_ticks(start: float, stop: float) -> list[float]:
    """Round times from ``start`` to ``stop`` (seconds), at most about ten."""
    step = next((step for step in _STEPS if (stop - start) / step <= _MOST_TICKS), _STEPS[-1])
    return [number * step for number in range(math.ceil(start / step - 1e-9), math.floor(stop / step + 1e-9) + 1)]


def time_label(seconds: float, ticks: Sequence[float]) -> str:
    """``m:ss``, or ``h:mm:ss`` where the ticks reach an hour; with a decimal where they are closer than a second."""
    decimals = 1 if len(ticks) > 1 and ticks[1] - ticks[0] < 0.99 else 0
    minutes, second = divmod(round(seconds, decimals), 60)
    hours, minute = divmod(int(minutes), 60)
    tail = f"{second:0{4 if decimals else 2}.{decimals}f}"
    return f"{hours}:{minute:02}:{tail}" if reach_an_hour(ticks) else f"{minute}:{tail}"


def reach_an_hour(ticks: Sequence[float]) -> bool:
    """Tell whether times are written with hours."""
    return bool(ticks) and ticks[-1] >= 3600 - 1e-6


def lanes(places: Sequence[float], widths: Sequence[float], most: int) -> list[int | None]:
    """Lane of each label, 0 the lowest; None for those that would lie above the ``most`` lanes.

    A label stands to the right of the end of its upright line. It lies above those whose lines it reaches, so that no
    line crosses a label, and no label another.

    Parameters
    ----------
    places : sequence of float
        Of the lines, ascending.
    widths : sequence of float
        Of the labels, with the space they need around them; 0 for a line without label.
    most : int
    """
    levels = [0] * len(places)
    for i in reversed(range(len(places))):
        reached = [levels[j] for j in range(i + 1, len(places)) if widths[j] and places[j] < places[i] + widths[i]]
        levels[i] = max(reached, default=-1) + 1
    return [level if level < most and width else None for level, width in zip(levels, widths, strict=True)]


def clean(text: str) -> str:
    """Return text on one line, with a question mark for what cannot be printed."""
    return displayed(" ".join(text.split()))


def shortened(text: str, room: float, width: Callable[[str], float]) -> str:
    """Return text, shortened at the end until its ``width`` is at most ``room``."""
    if width(text) <= room:
        return text
    while text and width(f"{text}…") > room:
        text = text[:-1].rstrip()
    return f"{text}…" if text else ""


def wrapped(text: str, columns: int, most: int | None = None) -> list[str]:
    """Lines of about ``columns`` columns, wide letters count twice; at most ``most`` lines, if it is given."""
    text = clean(text)
    width = max(1, columns * len(text) // max(1, width_of(text)))
    return textwrap.wrap(text, width, max_lines=most, placeholder=" …")
