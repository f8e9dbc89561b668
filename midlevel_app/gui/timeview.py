"""TimeView: which stretch of the recording is shown; zooming, scrolling and ticks."""

import math
from dataclasses import dataclass, replace

SHORTEST_SECONDS = 1.0
EMPTY_SECONDS = 10.0  # shown while the length of a recording is not known yet

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True)
class TimeView:
    """The stretch from ``start`` to ``stop`` of a recording that lasts ``extent``; all in seconds."""

    start: float = 0.0
    stop: float = EMPTY_SECONDS
    extent: float = EMPTY_SECONDS

    @property
    def length(self) -> float:
        """Seconds shown."""
        return self.stop - self.start

    @property
    def is_whole(self) -> bool:
        """All of the recording is shown."""
        return self.length >= self.extent

    def whole(self) -> "TimeView":
        """Show all of the recording."""
        return replace(self, start=0.0, stop=self.extent)

    def lasting(self, extent: float) -> "TimeView":
        """Take another length of the recording; what showed all of it still does."""
        longer = replace(self, extent=max(extent, SHORTEST_SECONDS))
        return longer.whole() if self.is_whole else longer.at(self.start)

    def zoomed(self, factor: float, centre: float) -> "TimeView":
        """Show ``factor`` times as long a stretch; ``centre`` (seconds) stays where it is on the screen."""
        length = min(max(self.length * factor, SHORTEST_SECONDS), self.extent)
        share = (centre - self.start) / self.length
        start = centre - share * length
        return replace(self, start=start, stop=start + length).at(start)

    def at(self, start: float) -> "TimeView":
        """Scroll to ``start``, as far as the recording goes."""
        length = min(self.length, self.extent)
        start = min(max(start, 0.0), self.extent - length)
        return replace(self, start=start, stop=start + length)

    def following(self, seconds: float) -> "TimeView":
        """Turn the page if ``seconds`` lies outside."""
        if self.start <= seconds <= self.stop:
            return self
        return self.at(seconds - 0.05 * self.length)

    def tick_step(self, most: int) -> float:
        """Return the smallest round step that gives at most ``most`` ticks."""
        return next((step for step in _STEPS if self.length / step <= most), _STEPS[-1])

    def ticks(self, step: float) -> list[float]:
        """Multiples of ``step`` in view, in seconds."""
        first, last = math.ceil(self.start / step - 1e-9), math.floor(self.stop / step + 1e-9)
        return [index * step for index in range(first, last + 1)]
