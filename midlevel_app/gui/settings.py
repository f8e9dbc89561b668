"""Settings: what the window keeps from one start to the next."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from midlevel_app.batch import is_folder
from midlevel_app.gui.languages import CHOICES as LANGUAGES
from midlevel_app.gui.look import Look
from midlevel_app.gui.opening import Opened
from midlevel_app.gui.playing import Playback
from midlevel_app.gui.theme import CHOICES as THEMES


@dataclass(frozen=True)
class Settings:
    """The user's choices.

    Attributes
    ----------
    theme : str
        One of `theme.CHOICES`.
    geometry : bytes
        Size and place of the window as Qt packs them; empty before the first end.
    playback : Playback
        Speed, volume and output.
    opened : Opened
        What was opened before.
    look : Look
        How the curves are shown.
    live : dict
        How to listen, as `LiveChoices.to_dict` gives it: that class comes with libraries loaded later.
    language : str
        One of `languages.CHOICES`; spoken from the next start on.
    """

    theme: str = THEMES[0]
    geometry: bytes = b""
    playback: Playback = field(default_factory=Playback)
    opened: Opened = field(default_factory=Opened)
    look: Look = field(default_factory=Look)
    live: dict[str, Any] = field(default_factory=dict)
    language: str = LANGUAGES[0]


def user_store() -> QSettings:
    """Return the place where this user's settings are kept."""
    return QSettings("midlevel", "midlevel")


def data_folder(store: QSettings) -> Path:
    """Folder for what the program keeps for this user: beside the settings, if these are a file of their own."""
    if store.format() == QSettings.Format.IniFormat:
        return Path(store.fileName()).parent
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))


def load(store: QSettings) -> Settings:
    """Read the settings; what is missing or makes no sense gets its default."""
    found = Settings()
    theme, language, geometry = (store.value(key) for key in ("theme", "language", "geometry"))
    if theme in THEMES:
        found = replace(found, theme=str(theme))
    if language in LANGUAGES:
        found = replace(found, language=str(language))
    if isinstance(geometry, QByteArray):
        found = replace(found, geometry=bytes(geometry.data()))
    found = replace(found, opened=_opened(_json(store.value("opened"))))
    found = replace(found, playback=Playback.from_dict(_json(store.value("playback"))))
    found = replace(found, live=_json(store.value("live")))
    return replace(found, look=Look.from_dict(_json(store.value("look"))))


def _json(text: object) -> dict[str, Any]:
    """Read a kept JSON object; empty for anything else."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _opened(kept: dict[str, Any]) -> Opened:
    folder, recent = kept.get("folder"), kept.get("recent")
    return Opened(
        Path(folder) if isinstance(folder, str) and is_folder(Path(folder)) else None,
        tuple(Path(name) for name in recent if isinstance(name, str)) if isinstance(recent, list) else (),
    )


def save(store: QSettings, settings: Settings) -> None:
    """Write the settings."""
    store.setValue("theme", settings.theme)
    store.setValue("language", settings.language)
    store.setValue("geometry", QByteArray(settings.geometry))
    opened = settings.opened
    kept = {
        "folder": None if opened.folder is None else str(opened.folder),
        "recent": [str(path) for path in opened.recent],
    }
    store.setValue("opened", json.dumps(kept))
    store.setValue("playback", json.dumps(settings.playback.to_dict()))
    store.setValue("look", json.dumps(settings.look.to_dict()))
    store.setValue("live", json.dumps(settings.live))
    store.sync()
