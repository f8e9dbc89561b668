"""The stretch of time in view: zooming, scrolling, following and ticks."""

import numpy as np
import pytest

from midlevel_app.gui.timeview import SHORTEST_SECONDS, TimeView


@pytest.fixture
def view():
    return TimeView(20.0, 50.0, 200.0)


def test_any_way_of_moving_stays_inside(view):
    random = np.random.default_rng(5)
    for _ in range(2000):
        move = random.integers(4)
        if move == 0:
            view = view.zoomed(float(random.uniform(0.2, 4.0)), float(random.uniform(view.start, view.stop)))
        elif move == 1:
            view = view.at(float(random.uniform(-300, 300)))
        elif move == 2:
            view = view.following(float(random.uniform(0, view.extent)))
        else:
            view = view.lasting(float(random.uniform(0, 400)))
        assert 0.0 <= view.start < view.stop <= view.extent + 1e-9
        assert view.length >= SHORTEST_SECONDS - 1e-9


def test_zooming_keeps_what_is_under_the_cursor(view):
    near = view.zoomed(0.5, 30.0)
    assert near.length == pytest.approx(15.0)
    assert (30.0 - near.start) / near.length == pytest.approx(1 / 3)
    assert view.zoomed(1000.0, 30.0) == view.whole()


def test_following_turns_the_page_only_when_needed(view):
    assert view.following(20.0) is view
    turned = view.following(50.1)
    assert turned.start < 50.1 < turned.stop
    assert turned.length == pytest.approx(view.length)
    assert turned.start > view.start + 25


def test_a_recording_that_grows_stays_wholly_in_view():
    assert TimeView().lasting(60.0) == TimeView(0.0, 60.0, 60.0)
    assert TimeView(10.0, 20.0, 60.0).lasting(80.0) == TimeView(10.0, 20.0, 80.0)
    assert TimeView(0.0, 60.0, 60.0).lasting(0.0).extent == SHORTEST_SECONDS


@pytest.mark.parametrize("length", [1.0, 7.3, 55.0, 600.0, 3 * 3600.0])
@pytest.mark.parametrize("most", [2, 10, 25])
def test_ticks_are_round_and_few(length, most):
    view = TimeView(0.37 * length, 1.37 * length, 3 * length)
    step = view.tick_step(most)
    ticks = view.ticks(step)
    assert len(ticks) <= most + 1 or step == 3600
    assert all(view.start - 1e-9 <= tick <= view.stop + 1e-9 for tick in ticks)
    assert np.allclose(np.diff(ticks), step)
