"""The sounds of the poles are found, and one that is missing is None."""

import pytest
import soundfile

from midlevel_app import poles
from midlevel_app.features import NAMES
from midlevel_app.poles import pole_sound


@pytest.mark.parametrize(("name", "high"), [(name, high) for name in NAMES for high in (False, True)])
def test_every_pole_has_a_sound(name, high):
    path = pole_sound(name, high)
    assert path.name == f"{name}-{'high' if high else 'low'}.ogg"
    assert 2 < soundfile.info(path).duration < 5


def test_a_missing_sound_is_none(monkeypatch, tmp_path):
    assert pole_sound("loudness", high=True) is None
    monkeypatch.setattr(poles, "_SOUNDS", tmp_path)
    assert pole_sound(NAMES[0], high=True) is None
