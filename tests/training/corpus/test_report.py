"""The report is one page without outside files, its numbers are those of the corpus, and its clips can be heard."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import soundfile

from midlevel_app.errors import ExportError
from midlevel_app.features import NAMES
from training.corpus.examples import draw_examples
from training.corpus.report import write_report
from training.errors import CorpusError
from training.ratings import TERM_NAMES, Calibration

PARTS = {("source", "training"): 80, ("source", "test"): 20, ("piano", "training"): 40, ("piano", "validation"): 10}
RATE = 8000


def fake_manifest(rng):
    """A manifest of clips with ratings that follow from their random terms, and the calibration."""
    keys = [key for key, count in PARTS.items() for _ in range(count)]
    terms = rng.normal(size=(len(keys), len(TERM_NAMES)))
    calibration = Calibration.fit(terms[: PARTS["source", "training"]])
    ratings = calibration.rate(terms)
    rows = [
        {
            "name": f"{domain}-{split}-{number:05d}",
            "domain": domain,
            "split": split,
            "work": f"{'lieder' if domain == 'source' else 'piano_rolls'}/<work {number // 2}>",
            "file": f"x/{number}",
            "licence": "CC0",
            "soundfont": "fluid" if split == "training" else "csound",
            "programs": [40, 33] if domain == "source" else [0],
            "edits": ["faster_pulse"] if number % 4 == 0 else [],
            "seed": number,
        }
        for number, (domain, split) in enumerate(keys)
    ]
    manifest = pd.DataFrame(rows)
    for column, name in enumerate(NAMES):
        manifest[name] = ratings[:, column]
        curves = np.clip(ratings[:, [column]] + rng.normal(0, 0.5, (len(keys), 15)), 1, 10)
        manifest[f"{name} by window"] = list(curves)
    for column, name in enumerate(TERM_NAMES):
        manifest[f"term {name}"] = terms[:, column]
    return manifest, calibration


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(5)
    manifest, calibration = fake_manifest(rng)
    manifest.attrs = {
        "recipe": {"seed": 7, "scale": 0.5, "versions": {"fluidsynth": "2.3.1"}},
        "skipped": {"not MIDI": 1, "too few notes": 1200},
    }
    manifest.to_parquet(folder / "manifest.parquet")
    calibration.save(folder / "calibration.json")
    (folder / "audio").mkdir()
    for number, name in enumerate(manifest["name"]):
        tone = 0.3 * np.sin(2 * np.pi * (200 + 5 * number) * np.arange(15 * RATE) / RATE)
        soundfile.write(folder / "audio" / f"{name}.flac", tone, RATE)
    return folder, manifest


@pytest.fixture(scope="module")
def page(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "corpus.html"
    write_report(corpus[0], out)
    return out.read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Collects what the tests ask of a page, and fails where elements are not closed in order."""

    EMPTY = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.rows = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td") and self.rows:
            self.rows[-1].append("")
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and ("td" in self.open or "th" in self.open):
            self.rows[-1][-1] += f" {data.strip()}"

    def row(self, first):
        """Return the cells of the first row with this head."""
        cells = ([cell.strip() for cell in row] for row in self.rows)
        return next(row[1:] for row in cells if row[:1] == [first])


def test_page_is_whole_and_needs_nothing_else(page):
    outline = Outline(page)
    for _, attributes in outline.seen:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:audio/mpeg;base64,"))
    assert "@import" not in page
    assert "url(http" not in page
    identifiers = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for reference in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page):
        assert "".join(reference) in identifiers
    assert "computed from the notes, not given by listeners" in page
    assert "Made with seed 7, scale 0.5, fluidsynth 2.3.1." in page
    assert "prefers-color-scheme: dark" in page
    assert all(attributes.get("aria-label") for tag, attributes in outline.seen if tag in ("svg", "audio"))
    assert sum(tag == "svg" for tag, _ in outline.seen) == 21
    assert "&lt;work" in page
    assert "<work" not in page


def test_counts_are_those_of_the_manifest(page):
    outline = Outline(page)
    assert outline.row("source, training") == ["80", "40", "0.3", "fluid", "25%"]
    assert outline.row("piano, validation") == ["10", "5", "0.0", "csound", "30%"]
    assert outline.row("lieder") == ["CC0", "100", "50", "0.4", "80", "0", "20"]
    assert outline.row("fluid") == ["MIT", "120", "60", "0.5"]
    assert page.count("<dd>strings (40), bass (33)</dd>") == 14
    assert outline.row("faster_pulse") == ["38"]
    assert outline.row("too few notes") == ["1,200"]
    assert outline.row("not MIDI") == ["1"]


def test_correlations_are_those_of_the_manifest(page, corpus):
    _, manifest = corpus
    part = manifest[(manifest["domain"] == "source") & (manifest["split"] == "training")]
    r = part[["dissonance", "minorness"]].corr().iloc[0, 1]
    cell = Outline(page).row("Minorness")[NAMES.index("dissonance")]
    assert cell == f"{r:+.2f} +0.15"
    own = [float(cell) for cell in Outline(page).rows[-1 - len(TERM_NAMES) - 1][1:]]
    assert len(own) == len(NAMES)
    assert min(own) > 0.9


def test_every_example_can_be_heard(page):
    sounds = re.findall(r'src="data:audio/mpeg;base64,([^"]+)"', page)
    assert len(sounds) == 20
    for sound in sounds:
        audio, rate = soundfile.read(io.BytesIO(base64.b64decode(sound)))
        assert len(audio) / rate == pytest.approx(15, abs=0.2)
        assert np.sqrt(np.mean(audio**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_examples_are_clear_cases_from_different_works(corpus):
    _, manifest = corpus
    examples = draw_examples(manifest)
    assert len(examples) == 20
    assert len({example.row["work"] for example in examples}) == 20
    for example in examples:
        ratings = manifest.loc[manifest["domain"] == example.row["domain"], example.feature]
        place = (ratings < example.row[example.feature]).mean()
        assert place > 0.8 if example.high else place < 0.2
    again = draw_examples(manifest)
    assert [example.row["name"] for example in again] == [example.row["name"] for example in examples]


def test_a_corpus_of_one_domain_and_few_works_has_its_examples(corpus):
    _, manifest = corpus
    few = manifest[manifest["domain"] == "source"].head(6)
    examples = draw_examples(few)
    assert len(examples) == 2 * len(NAMES)
    assert {example.row["domain"] for example in examples} == {"source"}


def test_the_same_corpus_gives_the_same_page(page, corpus, tmp_path):
    write_report(corpus[0], tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_no_corpus_and_no_place_are_told(corpus, tmp_path):
    with pytest.raises(CorpusError, match=r"manifest.parquet cannot be read .*build the corpus first"):
        write_report(tmp_path, tmp_path / "page.html")
    with pytest.raises(ExportError, match=r"cannot be written \(No such file"):
        write_report(corpus[0], tmp_path / "missing" / "page.html")
