"""Each state of the window can be pictured, and the pictures differ as they should."""

import pytest
from PySide6.QtGui import QImage

from tests.app.gui.screenshots import THEMES, take


@pytest.fixture
def pictures(qapp, recording, tmp_path):
    return {theme: {path.stem: QImage(str(path)) for path in take(tmp_path, theme, recording)} for theme in THEMES}


def lightness(image):
    points = [(x, y) for x in range(0, image.width(), 20) for y in range(0, image.height(), 20)]
    return sum(image.pixelColor(x, y).lightness() for x, y in points) / len(points)


def test_states_look_different_in_both_themes(pictures):
    for images in pictures.values():
        whole = [image for image in images.values() if image.size().toTuple() == (1200, 800)]
        assert len(whole) == len(images) - 2  # the small window and the card
        assert all(one != other for i, one in enumerate(whole) for other in whole[:i])
    assert min(lightness(image) for image in pictures["light"].values()) > 200
    assert max(lightness(image) for image in pictures["dark"].values()) < 80
