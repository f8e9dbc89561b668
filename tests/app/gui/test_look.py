"""How curves are shown is a value: toggling, pinning and soloing give another one, and it survives JSON."""

import json

import numpy as np
import pytest

from midlevel_app.features import NAMES
from midlevel_app.gui.look import Look
from midlevel_app.gui.scale import LEAST_RANGE, MODEL_SCALE, piece_scale


def test_a_feature_is_hidden_and_shown_again():
    hidden = Look().toggling("dissonance")
    assert [name for name in NAMES if not hidden.shows(name)] == ["dissonance"]
    assert hidden.toggling("dissonance") == Look()


def test_one_feature_always_stays():
    look = Look()
    for name in NAMES:
        look = look.toggling(name)
    assert [name for name in NAMES if look.shows(name)] == [NAMES[-1]]


def test_solo_shows_one_alone_and_then_what_was_shown():
    look = Look(hidden=("dissonance",)).soloing("minorness")
    assert [name for name in NAMES if look.shows(name)] == ["minorness"]
    assert look.soloing("minorness") == Look(hidden=("dissonance",))
    assert {name for name in NAMES if look.toggling("articulation").shows(name)} == {"minorness", "articulation"}


def test_it_survives_json():
    look = Look("strips", "piece", "spectrogram", 4.0, False, False, ("dissonance",), ("minorness",), "articulation")
    assert Look.from_dict(json.loads(json.dumps(look.to_dict()))) == look


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"layout": "spiral", "smoothing": -1, "band": "yes", "hidden": 7, "solo": "loudness"},
        {"hidden": list(NAMES)},
    ],
)
def test_nonsense_gives_the_defaults(kept):
    assert Look.from_dict(kept) == Look()


def test_a_pieces_scale_holds_its_values_with_marks_at_its_ends():
    values = np.array([3.14, np.nan, 6.02, 4.0])
    scale = piece_scale(values)
    assert scale.low <= 3.14 < 6.02 <= scale.high
    assert scale.high - scale.low < 3.2
    assert (scale.ticks[0], scale.ticks[-1]) == (scale.low, scale.high)
    assert 0 < scale.height_of(6.02, 100) < scale.height_of(3.14, 100) < 100


def test_what_hardly_moves_is_not_blown_up():
    scale = piece_scale(np.array([5.0, 5.01]))
    assert scale.high - scale.low >= LEAST_RANGE
    assert piece_scale(np.array([np.nan])) == MODEL_SCALE
