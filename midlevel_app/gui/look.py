"""Look: how the user wants the curves shown; a value without widgets, kept in the settings and in sessions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from midlevel_app.features import NAMES

SCALES = ("model", "piece")
"""What a lane's height means: the model's scale from 1 to 10, or the range of the feature within this piece."""

LAYOUTS = ("stacked", "overlaid", "strips")
"""Seven lanes, all curves in one lane, or seven strips whose colour is the value."""

PICTURES = ("waveform", "spectrogram")

SMOOTHINGS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds of the moving average that the window offers; 0 shows what the model says."""


@dataclass(frozen=True)
class Look:
    """How the curves are shown.

    Attributes
    ----------
    layout : str
        One of `LAYOUTS`.
    scale : str
        One of `SCALES`.
    picture : str
        One of `PICTURES`: what stands above the curves.
    smoothing : float
        Seconds of the centred moving average, one of `SMOOTHINGS`.
    band : bool
        Draw how far the model's teachers differed, where the model says so.
    inspector : bool
        Show the inspector.
    hidden, pinned : tuple of str
        Features not shown, and those shown in double height.
    solo : str or None
        The only feature shown, whatever is hidden.
    """

    layout: str = LAYOUTS[0]
    scale: str = SCALES[0]
    picture: str = PICTURES[0]
    smoothing: float = 0.0
    band: bool = True
    inspector: bool = True
    hidden: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    solo: str | None = None

    def shows(self, feature: str) -> bool:
        """Tell whether this feature is on the screen."""
        return feature == self.solo if self.solo is not None else feature not in self.hidden

    def toggling(self, feature: str) -> "Look":
        """Show or hide a feature; ends a solo, and the last one shown stays."""
        shown = {name for name in NAMES if self.shows(name)} ^ {feature}
        hidden = tuple(name for name in NAMES if name not in shown)
        return self if len(hidden) == len(NAMES) else replace(self, hidden=hidden, solo=None)

    def pinning(self, feature: str) -> "Look":
        """Give a feature double height, or take it away again."""
        others = tuple(name for name in self.pinned if name != feature)
        return replace(self, pinned=others if feature in self.pinned else (*others, feature))

    def soloing(self, feature: str) -> "Look":
        """Show a feature alone, or all others again."""
        return replace(self, solo=None if self.solo == feature else feature)

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Look":
        """Read what `to_dict` gave; what is missing or makes no sense gets its default."""
        look = cls()
        for key, choices in (("layout", LAYOUTS), ("scale", SCALES), ("picture", PICTURES), ("smoothing", SMOOTHINGS)):
            if kept.get(key) in choices:
                look = replace(look, **{key: kept[key]})
        for key in ("band", "inspector"):
            if isinstance(kept.get(key), bool):
                look = replace(look, **{key: kept[key]})
        hidden, pinned = (_features(kept.get(key)) for key in ("hidden", "pinned"))
        solo = kept.get("solo") if kept.get("solo") in NAMES else None
        return replace(look, hidden=hidden if len(hidden) < len(NAMES) else (), pinned=pinned, solo=solo)


def _features(names: Any) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name in names) if isinstance(names, list | tuple) else ()
