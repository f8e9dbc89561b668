"""Settings survive a restart; damaged ones are ignored."""

import pytest
from PySide6.QtCore import QSettings

from midlevel_app.gui.settings import Settings, load, save


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def opened(file):
    return QSettings(str(file), QSettings.Format.IniFormat)


def test_what_is_saved_is_loaded(file, tmp_path):
    kept = Settings("dark", tmp_path, b"\x00\x01geometry\xff")
    save(opened(file), kept)
    assert load(opened(file)) == kept


def test_nothing_saved_gives_the_defaults(file):
    assert load(opened(file)) == Settings()


def test_nonsense_gives_the_defaults(file, tmp_path):
    file.write_text(f"[General]\ntheme=purple\nfolder={tmp_path}/gone\ngeometry=7\n")
    assert load(opened(file)) == Settings()
