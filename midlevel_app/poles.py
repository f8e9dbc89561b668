"""The sounds that come with the program and let the two ends of a feature's scale be heard."""

from pathlib import Path

_SOUNDS = Path(__file__).resolve().parent / "assets" / "poles"


def file_name(feature_name: str, high: bool) -> str:
    """Return what the sound of a feature's low or high pole is called."""
    return f"{feature_name}-{'high' if high else 'low'}.ogg"


def pole_sound(feature_name: str, high: bool) -> Path | None:
    """Return the sound of a feature's low or high pole, or None if it was left out of the installation."""
    path = _SOUNDS / file_name(feature_name, high)
    return path if path.is_file() else None
