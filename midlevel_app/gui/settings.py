"""Settings: what the window keeps from one start to the next."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from midlevel_app.gui.look import Look
from midlevel_app.gui.theme import CHOICES


@dataclass(frozen=True)
class Settings:
    """The user's choices.

    Attributes
    ----------
    theme : str
        One of `theme.CHOICES`.
    folder : Path or None
        Where a recording was last chosen from.
    geometry : bytes
        Size and place of the window as Qt packs them; empty before the first end.
    look : Look
        How the curves are shown.
    """

    theme: str = CHOICES[0]
    folder: Path | None = None
    geometry: bytes = b""
    look: Look = field(default_factory=Look)


def user_store() -> QSettings:
    """Return the place where this user's settings are kept."""
    return QSettings("midlevel", "midlevel")


def load(store: QSettings) -> Settings:
    """Read the settings; what is missing or makes no sense gets its default."""
    found = Settings()
    theme, folder, geometry = (store.value(key) for key in ("theme", "folder", "geometry"))
    if theme in CHOICES:
        found = replace(found, theme=str(theme))
    if isinstance(folder, str) and Path(folder).is_dir():
        found = replace(found, folder=Path(folder))
    if isinstance(geometry, QByteArray):
        found = replace(found, geometry=bytes(geometry.data()))
    return replace(found, look=Look.from_dict(_json(store.value("look"))))


def _json(text: object) -> dict[str, Any]:
    """Read a kept JSON object; empty for anything else."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def save(store: QSettings, settings: Settings) -> None:
    """Write the settings."""
    store.setValue("theme", settings.theme)
    if settings.folder is not None:
        store.setValue("folder", str(settings.folder))
    store.setValue("geometry", QByteArray(settings.geometry))
    store.setValue("look", json.dumps(settings.look.to_dict()))
    store.sync()
