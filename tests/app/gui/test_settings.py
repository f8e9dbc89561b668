"""Settings survive a restart; damaged ones are ignored."""

import pytest
from PySide6.QtCore import QSettings

from midlevel_app.gui.look import Look
from midlevel_app.gui.opening import RECENT, Opened
from midlevel_app.gui.playing import Playback
from midlevel_app.gui.settings import Settings, load, save


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def opened(file):
    return QSettings(str(file), QSettings.Format.IniFormat)


def test_what_is_saved_is_loaded(file, tmp_path):
    look = Look(layout="strips", smoothing=4.0)
    opened_before = Opened(tmp_path, (tmp_path / "a.wav", tmp_path / "ü\udcff.ogg"))
    kept = Settings(
        "dark", b"\x00\x01geometry\xff", Playback(0.8, 0.5, "Piano room"), opened_before, look, language="de"
    )
    save(opened(file), kept)
    assert load(opened(file)) == kept


def test_nothing_saved_gives_the_defaults(file):
    assert load(opened(file)) == Settings()


def test_a_folder_that_does_not_answer_is_none(file, monkeypatch):
    store = opened(file)
    save(store, Settings(opened=Opened(file.parent)))

    def fail(path):
        raise OSError(107, "Transport endpoint is not connected")

    monkeypatch.setattr("pathlib.Path.is_dir", fail)
    assert load(store).opened.folder is None


def test_nonsense_gives_the_defaults(file):
    file.write_text("[General]\ntheme=purple\nlanguage=klingon\ngeometry=7\nlook=[\nopened={7}\n")
    assert load(opened(file)) == Settings()


def test_the_latest_recordings_are_remembered_once(tmp_path):
    before = Opened()
    for name in [f"{number}.wav" for number in range(2 * RECENT)] + ["3.wav", "3.wav"]:
        before = before.remembering(tmp_path / name)
    assert before.recent[:2] == (tmp_path / "3.wav", tmp_path / f"{2 * RECENT - 1}.wav")
    assert len(before.recent) == RECENT
    assert before.folder == tmp_path
