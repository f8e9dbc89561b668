"""Figures hold what they are to show, and are the same at every call."""

from xml.etree import ElementTree

import numpy as np
import pytest

from training.figures import draw_bars, draw_dots, draw_groups

ROWS = ["plain", "with gradient reversal and a name so long that it needs a second line"]
VALUES = np.array([[0.5, 0.02], [0.6, 0.01]])


def dots(path, values=VALUES):
    draw_dots(ROWS, {"piano": values, "others": values * [0.9, 1]}, "a title", "an axis", path)


def bars(path, values=VALUES):
    draw_bars(ROWS, values, "a title", "an axis", path)


def groups(path, values=VALUES):
    draw_groups(["one", "two parts"], dict.fromkeys(ROWS, values), "a title", "an axis", path)


def words(path):
    return " ".join("".join(element.itertext()) for element in ElementTree.parse(path).iter() if "text" in element.tag)


@pytest.mark.parametrize("draw", [dots, bars, groups])
def test_a_figure_is_written_twice(draw, tmp_path):
    draw(tmp_path / "figure 1.5")
    assert (tmp_path / "figure 1.5.png").read_bytes().startswith(b"\x89PNG")
    shown = words(tmp_path / "figure 1.5.svg")
    for text in ("a title", "an axis", "plain", "with gradient reversal", "second line"):
        assert text in shown


@pytest.mark.parametrize("draw", [dots, bars, groups])
def test_one_seed_has_no_error_bars_and_a_figure_is_the_same_at_every_call(draw, tmp_path):
    alone = VALUES * [1, np.nan]
    draw(tmp_path / "bars")
    draw(tmp_path / "none", alone)
    draw(tmp_path / "again", alone)
    size = {name: (tmp_path / f"{name}.svg").stat().st_size for name in ("bars", "none")}
    assert size["none"] < size["bars"]
    assert (tmp_path / "none.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()


def test_more_rows_than_colours(tmp_path):
    names = [f"row {number}" for number in range(20)]
    draw_groups(["one", "two"], dict.fromkeys(names, VALUES), "a title", "an axis", tmp_path / "many")
    shown = words(tmp_path / "many.svg")
    assert all(name in shown for name in names)
