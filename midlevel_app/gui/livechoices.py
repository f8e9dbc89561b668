"""Live choices: how the user wants to listen; a value without widgets, kept in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from midlevel_app.articulation import Calibration

LENGTHS = (30, 60, 120)
"""Seconds of the live view that can be shown at once."""


@dataclass(frozen=True)
class LiveChoices:
    """How to listen.

    Attributes
    ----------
    device : str or None
        Name of the input; None for the system's default.
    seconds : int
        One of `LENGTHS`.
    folder : str
        Where takes are kept; empty for the usual place.
    calibrations : mapping
        By the name of the input, empty for the default one.
    """

    device: str | None = None
    seconds: int = 60
    folder: str = ""
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    @property
    def calibration(self) -> Calibration | None:
        """What was found with the chosen input."""
        return self.calibrations.get(self.device or "")

    def calibrated(self, calibration: Calibration) -> "LiveChoices":
        """Take over what was found with the chosen input."""
        return replace(self, calibrations={**self.calibrations, self.device or "": calibration})

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        calibrations = {name: [found.legato, found.staccato] for name, found in self.calibrations.items()}
        return {"device": self.device, "seconds": self.seconds, "folder": self.folder, "calibrations": calibrations}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "LiveChoices":
        """Read what `to_dict` gave; what is missing or makes no sense gets its default."""
        device, seconds, folder, calibrations = (kept.get(key) for key in cls().to_dict())
        return cls(
            device if isinstance(device, str) else None,
            seconds if seconds in LENGTHS else 60,
            folder if isinstance(folder, str) else "",
            {name: Calibration(*pair) for name, pair in calibrations.items() if _is_pair(pair)}
            if isinstance(calibrations, dict)
            else {},
        )


def _is_pair(value: object) -> bool:
    numbers = isinstance(value, list) and all(isinstance(one, int | float) for one in value)
    return isinstance(value, list) and numbers and len(value) == 2 and value[0] < value[1]
