"""Settings: what the window keeps from one start to the next."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from midlevel_app.gui.look import Look
from midlevel_app.gui.theme import CHOICES

RECENT = 10  # recordings kept


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
    recent : tuple of Path
        Recordings opened last, the latest first.
    look : Look
        How the curves are shown.
    """

    theme: str = CHOICES[0]
    folder: Path | None = None
    geometry: bytes = b""
    recent: tuple[Path, ...] = ()
    look: Look = field(default_factory=Look)

    def opening(self, path: Path) -> "Settings":
        """Remember ``path`` as the recording opened last."""
        others = tuple(other for other in self.recent if other != path)
        return replace(self, folder=path.parent, recent=(path, *others)[:RECENT])


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
    recent = _json(store.value("recent")).get("files")
    if isinstance(recent, list):
        found = replace(found, recent=tuple(Path(name) for name in recent if isinstance(name, str)))
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
    store.setValue("recent", json.dumps({"files": [str(path) for path in settings.recent]}))
    store.setValue("look", json.dumps(settings.look.to_dict()))
    store.sync()
