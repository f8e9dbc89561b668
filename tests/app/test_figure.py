"""Figures hold what they are to show, are the same at every call, and say what keeps them from being written."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib import image

from midlevel_app.audio.decode import AudioFacts
from midlevel_app.curves import Curves
from midlevel_app.errors import ExportError
from midlevel_app.features import FEATURES, NAMES
from midlevel_app.figure import FIGURE_FORMATS, Caption, Drawn, caption, figure, figure_bytes
from midlevel_app.markers import Marker
from tests.app.tiny_model import TINY_CARD
from tests.app.unprivileged import without_privileges

WORDS = Caption("Two minuets", "minuets.flac", "piano 1.0", "computed")
LABELS = {feature.label for feature in FEATURES}


@pytest.fixture(scope="module")
def curves():
    """A minute with gaps at its ends, and a spread."""
    values = 5.5 + np.sin(np.arange(600)[:, None] / 40 + np.arange(7)) * 3
    values[:20] = values[-20:] = np.nan
    return Curves(np.arange(600) / 10, values, spread=np.abs(values) / 10)


def texts(content):
    """All texts of an SVG file, each as a reader sees it."""
    root = ElementTree.fromstring(content)
    return ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("}text")]


def svg(curves, words=WORDS, **drawn):
    return figure_bytes("svg", curves, words, Drawn(**drawn))


def colours(content):
    return {feature.name for feature in FEATURES if _line(feature) in content.decode().lower()}


def _line(feature):
    from midlevel_app.colours import readable

    return f"stroke: {readable(feature.colour, '#ffffff')}"


def test_all_is_said(curves):
    found = texts(svg(curves, markers=(Marker(20.0, "Trio"), Marker(70.0, "beyond"))))
    assert set(found) >= {"Two minuets", "Trio", "0:00", "0:50", "time (m:ss)", "1", "5.5", "10", *LABELS}
    assert {pole for feature in FEATURES for pole in (feature.low, feature.high)} <= set(found)
    assert "beyond" not in found
    whole = " ".join(found)
    for words in (
        "model scale 1 to 10,",
        "computed ratings, not listeners'",
        "minuets.flac · model piano 1.0",
        "how far the model's teachers differed",
        "midlevel 0.1.0",
    ):
        assert words in whole


def test_kind_of_rating_and_smoothing_are_named(curves):
    whole = " ".join(texts(svg(replace(curves, spread=None), replace(WORDS, rating_kind="listeners"), window=4.0)))
    assert "listeners' ratings" in whole
    assert "computed" not in whole
    assert "mean over 4 s" in whole
    assert "teachers" not in whole


@pytest.mark.parametrize("features", [("minorness",), ("minorness", "articulation"), NAMES])
def test_only_the_chosen_features(curves, features):
    content = svg(curves, features=features)
    shown = [text for text in texts(content) if text in LABELS]
    assert shown == [feature.label for name in features for feature in FEATURES if feature.name == name]
    assert colours(content) == set(features)


def test_a_span(curves):
    found = texts(svg(curves, start=20.0, stop=32.0, markers=(Marker(10.0, "before"), Marker(20.0, "at its start"))))
    assert "0:20" in found
    assert "0:32" in found
    assert "0:00" not in found
    assert "at its start" in found
    assert "before" not in found


def test_every_feature_has_a_colour_and_a_dash_of_its_own(curves):
    assert len({feature.dash for feature in FEATURES}) == len(FEATURES)
    assert all(length > 0 for feature in FEATURES for length in feature.dash)
    assert svg(curves).decode().count("stroke-dasharray") >= len(FEATURES) - 1


def test_the_band_is_drawn_where_there_is_a_spread(curves):
    assert b"FillBetween" in svg(curves)
    assert b"FillBetween" not in svg(replace(curves, spread=None))


@pytest.mark.parametrize(
    "title", ["", "a price of $5 and $6_x^2", "<b> & \x00\x1b\udce9", "前奏曲 " * 40, "word " * 100, "a\nb"]
)
def test_any_text(curves, title):
    words = replace(WORDS, title=title, file=title or "x.wav")
    content = svg(curves, words, markers=tuple(Marker(float(i), title) for i in range(60)))
    if "$" in title:
        assert title in texts(content)


@pytest.mark.parametrize("form", FIGURE_FORMATS)
def test_the_same_at_every_call(tmp_path, curves, form):
    drawn = Drawn(markers=(Marker(20.0, "Trio"),))
    for name in ("a", "b"):
        figure(tmp_path / f"{name}.{form}", curves, WORDS, drawn)
    one, other = ((tmp_path / f"{name}.{form}").read_bytes() for name in ("a", "b"))
    assert one == other
    assert one.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[form])


def test_png_has_the_dots_of_print(tmp_path, curves):
    figure(tmp_path / "x.PNG", curves, WORDS)
    picture = image.imread(tmp_path / "x.PNG", format="png")
    assert picture.shape[1] == pytest.approx(7.2 * 300, abs=1)
    assert 0.5 < picture[..., :3].mean() < 0.99  # mostly paper, and not empty


def test_settings_of_the_user_change_nothing_and_are_kept(curves):
    before = svg(curves)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9}):
        assert svg(curves) == before
        assert matplotlib.rcParams["font.size"] == 30


def test_an_existing_file_is_replaced_only_with_force(tmp_path, curves):
    (tmp_path / "x.svg").write_text("precious")
    with pytest.raises(ExportError, match=r"x\.svg exists already"):
        figure(tmp_path / "x.svg", curves, WORDS)
    assert (tmp_path / "x.svg").read_text() == "precious"
    figure(tmp_path / "x.svg", curves, WORDS, force=True)
    assert "Trio" not in texts((tmp_path / "x.svg").read_bytes())
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


@pytest.mark.parametrize("name", ["x.jpg", "x", "png"])
def test_other_formats_are_refused(tmp_path, curves, name):
    with pytest.raises(ExportError, match=r"names no format of figures: .* \.png, \.svg, \.pdf"):
        figure(tmp_path / name, curves, WORDS)


def test_missing_library(tmp_path, curves, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ExportError, match=r"need the library matplotlib, .* pip install 'matplotlib<4'"):
        figure(tmp_path / "x.svg", curves, WORDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_folder_that_may_not_be_written(open_folder, curves):
    (open_folder / "listed").mkdir(mode=0o555)
    with without_privileges(), pytest.raises(ExportError, match=r"listed is read-only\): choose another folder"):
        figure(open_folder / "listed" / "x.svg", curves, WORDS)


@pytest.mark.parametrize(
    ("start", "stop", "span"), [(0.0, 1.5, "0 s to 1.5 s"), (90.0, None, "90 s to 59.9 s"), (5.0, 5.0, "5 s to 5 s")]
)
def test_nothing_to_draw(curves, start, stop, span):
    with pytest.raises(ExportError, match=f"no values to draw from {span}"):
        svg(curves, start=start, stop=stop)


def test_the_caption_comes_from_the_recording():
    facts = AudioFacts(Path("/music/Prélude.op.28.flac"), 60.0, 44100, 2, "test", True)
    assert caption(facts, TINY_CARD) == Caption("Prélude.op.28", "Prélude.op.28.flac", "tiny 1", "computed")
    assert caption(facts, TINY_CARD, "Chopin").title == "Chopin"


def test_pyplot_stays_out(tmp_path):
    code = (
        "import sys, numpy; from pathlib import Path; from midlevel_app.curves import Curves;"
        "from midlevel_app.figure import Caption, figure;"
        "figure(Path(sys.argv[1]), Curves(numpy.arange(9.), numpy.ones((9, 7))), Caption('', 'x', 'y', 'computed'));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, tmp_path / "x.pdf"], check=True)
