"""Scale: what the height of a lane means; the model's scale, or the range of a feature within a piece."""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from midlevel_app.curves import Values

Number = TypeVar("Number", float, Values)
"""A number, or an array of numbers."""

LEAST_RANGE = 1.0  # of the scale within a piece: what differs by less is not blown up further


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` with marks at ``ticks``, written with ``decimals``; ``padding`` outside."""

    low: float
    high: float
    ticks: tuple[float, ...]
    padding: float
    decimals: int = 0

    @property
    def bottom(self) -> float:
        """The value at the lower edge of a lane."""
        return self.low - self.padding

    @property
    def top(self) -> float:
        """The value at the upper edge of a lane."""
        return self.high + self.padding

    def height_of(self, value: Number, height: float) -> Number:
        """Pixels from the top of a lane of ``height`` pixels at which ``value`` lies."""
        return (self.top - value) / (self.top - self.bottom) * height


MODEL_SCALE = Scale(1.0, 10.0, (1, 4, 7, 10), 1.0)
"""The ratings' own scale, the same for every feature and every piece."""


def piece_scale(values: Values) -> Scale:
    """Return the scale that one feature's ``values`` (t,) of a piece fill, NaN ignored; at least `LEAST_RANGE` wide."""
    present = values[np.isfinite(values)]
    if not len(present):
        return MODEL_SCALE
    low, high = float(present.min()), float(present.max())
    lacking = max(0.0, LEAST_RANGE - (high - low)) / 2
    low = math.floor((low - lacking) * 10) / 10
    high = math.ceil((high + lacking) * 10) / 10
    return Scale(low, high, (low, round((low + high) / 2, 1), high), (high - low) / 9, decimals=1)
