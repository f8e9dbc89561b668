"""Each state of the window can be pictured, and the pictures differ as they should."""

import pytest
from PySide6.QtGui import QImage

from tests.app.gui.scenes import SCENES, dialogs, opening
from tests.app.gui.screenshots import Camera


@pytest.fixture
def pictures(qapp, recording, tmp_path):
    """By state: all scenes in light, some in dark."""

    def taken(theme, scenes):
        camera = Camera(tmp_path, theme, recording)
        for scene in scenes:
            scene(camera)
        return {path.stem: QImage(str(path)) for path in camera.taken}

    return {"light": taken("light", SCENES), "dark": taken("dark", (opening, dialogs))}


def lightness(image):
    points = [(x, y) for x in range(0, image.width(), 20) for y in range(0, image.height(), 20)]
    return sum(image.pixelColor(x, y).lightness() for x, y in points) / len(points)


def test_states_look_different_in_both_themes(pictures):
    for images in pictures.values():
        whole = {state: image for state, image in images.items() if image.size().toTuple() == (1200, 800)}
        same = [(one, other) for i, one in enumerate(whole) for other in list(whole)[:i] if whole[one] == whole[other]]
        assert same == []
    assert len(pictures["light"]) > 40
    assert min(lightness(image) for image in pictures["light"].values()) > 200
    dark = {state: image for state, image in pictures["dark"].items() if "manual" not in state}  # shows a light one
    assert max(lightness(image) for image in dark.values()) < 80
