"""Themes: every colour that carries meaning can be told from what lies under it."""

import pytest

from midlevel_app.features import FEATURES
from midlevel_app.gui.theme import CONTRAST, DARK, LIGHT, chosen_theme, contrast, icon, readable

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1.0
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@BOTH
def test_features_can_be_read_and_told_apart(theme):
    colours = [readable(feature.colour, theme.plot) for feature in FEATURES]
    assert min(contrast(colour, theme.plot) for colour in colours) >= CONTRAST
    assert len(set(colours)) == len(FEATURES)


@BOTH
def test_texts_can_be_read(theme):
    pairs = [
        (theme.text, theme.window), (theme.text, theme.plot), (theme.text, theme.raised),
        (theme.muted, theme.window), (theme.muted, theme.plot), (theme.on_accent, theme.accent),
        (theme.on_notice, theme.notice),
    ]  # fmt: skip
    assert min(contrast(text, ground) for text, ground in pairs) >= CONTRAST
    assert min(contrast(theme.accent, ground) for ground in (theme.plot, theme.window)) >= 3.0
    assert contrast(theme.wave, theme.plot) >= 3.0


def test_a_colour_that_can_be_read_stays():
    assert readable("#112233", "#ffffff") == "#112233"
    assert readable("#ffffff", "#ffffff", 21.0) == "#000000"


def test_choices(qapp):
    assert chosen_theme("dark") is DARK
    assert chosen_theme("light") is LIGHT
    assert chosen_theme("system") in (LIGHT, DARK)


@pytest.mark.parametrize("name", ["play", "pause", "start", "end"])
def test_symbols_are_drawn(qapp, name):
    image = icon(name, LIGHT).pixmap(48, 48).toImage()
    alphas = [image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())]
    assert 0.05 < sum(alpha > 128 for alpha in alphas) / len(alphas) < 0.5
