"""Settings survive a restart; damaged ones are ignored."""

import pytest
from PySide6.QtCore import QSettings

from midlevel_app.gui.look import Look
from midlevel_app.gui.settings import RECENT, Settings, load, save


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def opened(file):
    return QSettings(str(file), QSettings.Format.IniFormat)


def test_what_is_saved_is_loaded(file, tmp_path):
    look = Look(layout="strips", smoothing=4.0)
    kept = Settings("dark", tmp_path, b"\x00\x01geometry\xff", (tmp_path / "a.wav", tmp_path / "ü\udcff.ogg"), look)
    save(opened(file), kept)
    assert load(opened(file)) == kept


def test_nothing_saved_gives_the_defaults(file):
    assert load(opened(file)) == Settings()


def test_nonsense_gives_the_defaults(file, tmp_path):
    file.write_text(f"[General]\ntheme=purple\nfolder={tmp_path}/gone\ngeometry=7\nlook=[\nrecent={7}\n")
    assert load(opened(file)) == Settings()


def test_the_latest_recordings_are_remembered_once(tmp_path):
    settings = Settings()
    for name in [f"{number}.wav" for number in range(2 * RECENT)] + ["3.wav", "3.wav"]:
        settings = settings.opening(tmp_path / name)
    assert settings.recent[:2] == (tmp_path / "3.wav", tmp_path / f"{2 * RECENT - 1}.wav")
    assert len(settings.recent) == RECENT
    assert settings.folder == tmp_path
