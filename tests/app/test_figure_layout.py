"""Layout of figures: ticks, labels of time, lanes and shortened text."""

import numpy as np
import pytest

from midlevel_app.figure_layout import clean, lanes, shortened, time_label, time_ticks, wrapped


@pytest.mark.parametrize(
    ("start", "stop", "labels"),
    [
        (0.0, 55.0, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50"]),
        (20.3, 21.1, ["0:20.3", "0:20.4", "0:20.5", "0:20.6", "0:20.7", "0:20.8", "0:20.9", "0:21.0", "0:21.1"]),
        (59.0, 61.0, ["0:59.0", "0:59.2", "0:59.4", "0:59.6", "0:59.8", "1:00.0", "1:00.2", "1:00.4", "1:00.6",
                      "1:00.8", "1:01.0"]),
        (3000.0, 7300.0, ["0:50:00", "1:00:00", "1:10:00", "1:20:00", "1:30:00", "1:40:00", "1:50:00", "2:00:00"]),
    ],
)  # fmt: skip
def test_times_at_the_axis(start, stop, labels):
    ticks = time_ticks(start, stop)
    assert [time_label(tick, ticks) for tick in ticks] == labels


@pytest.mark.parametrize("length", np.geomspace(0.3, 100_000, 40))
@pytest.mark.parametrize("start", [0.0, 17.3])
def test_there_are_some_ticks_and_not_too_many(start, length):
    ticks = time_ticks(start, start + length)
    assert 2 <= len(ticks) <= 11
    assert start - 1e-6 <= ticks[0] < ticks[-1] <= start + length + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_labels_cross_neither_lines_nor_each_other(seed):
    random = np.random.default_rng(seed)
    places = np.sort(random.uniform(0, 5, 15)).tolist()
    widths = (random.uniform(0.1, 2, 15) * (random.random(15) < 0.8)).tolist()
    found = lanes(places, widths, 99)
    assert [lane is None for lane in found] == [width == 0 for width in widths]
    for i, lane in enumerate(found):
        for j in range(i + 1, len(found)):
            if lane is not None and found[j] is not None and places[j] < places[i] + widths[i]:
                assert lane > found[j]  # the line of j ends below the label of i, and the line of i lies left of j


def test_one_lane_is_enough_for_labels_far_apart():
    assert lanes([0.0, 1.0, 2.0], [0.9, 0.9, 0.9], 3) == [0, 0, 0]
    assert lanes([0.0, 1.0, 2.0], [2.5, 1.5, 0.9], 2) == [None, 1, 0]
    assert lanes([], [], 3) == []


def test_text_is_shortened_at_its_end():
    assert shortened("a long text", 99, len) == "a long text"
    assert shortened("a long text", 8, len) == "a long…"
    assert shortened("a long text", 0, len) == ""


def test_text_is_on_one_line_and_can_be_printed():
    assert clean(" a\tb\n\x1b c\udce9 ") == "a b ? c?"


def test_wide_letters_count_twice():
    assert wrapped("abc abc abc", 7) == ["abc abc", "abc"]
    assert wrapped("前奏 前奏", 6) == ["前奏", "前奏"]
    assert wrapped("word " * 20, 20, 2)[1].endswith(" …")
    assert wrapped("", 10) == []
