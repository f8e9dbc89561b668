"""Settings: what the window keeps from one start to the next."""

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

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
    """

    theme: str = CHOICES[0]
    folder: Path | None = None
    geometry: bytes = b""


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
    return found


def save(store: QSettings, settings: Settings) -> None:
    """Write the settings."""
    store.setValue("theme", settings.theme)
    if settings.folder is not None:
        store.setValue("folder", str(settings.folder))
    store.setValue("geometry", QByteArray(settings.geometry))
    store.sync()
