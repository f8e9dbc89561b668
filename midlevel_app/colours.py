"""Colours on a ground: how well one stands out, and how to make it readable there."""

from functools import lru_cache

CONTRAST = 4.5
"""Least contrast of a feature's colour, used for its name and for its curve (WCAG 2.1, 1.4.3)."""


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.1): 0 for black to 1 for white."""
    channels = (channel / 255 for channel in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1): 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=256)
def readable(colour: str, background: str, least: float = CONTRAST) -> str:
    """Return ``colour``, moved towards black or white until its contrast to ``background`` is ``least``."""
    goal = "#000000" if luminance(background) > 0.5 else "#ffffff"
    for step in range(0, 101, 2):
        share = step / 100
        pairs = zip(_channels(colour), _channels(goal), strict=True)
        mixed = "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
        if contrast(mixed, background) >= least:
            return mixed
    return goal


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
