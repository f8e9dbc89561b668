"""Claims in a model's card: written into the file, and nothing else in it changes."""

from dataclasses import replace

import numpy as np
import onnx
import pandas as pd
import pytest

from midlevel_app.errors import ModelError
from midlevel_app.model import CARD_KEY, Model
from midlevel_app.report import model_description
from tests.app.tiny_model import TINY_CARD, write_tiny_model
from tests.training.clips_made import CONFIG
from training.card import NO_ERROR_BAR, Credit, Credits, describe, save_claims
from training.claims.check import Outcome, Result
from training.claims.statements import STATEMENTS
from training.corpus.clips import PIANO_DOMAIN, SOURCE
from training.corpus.instruments import SOUNDFONTS
from training.corpus.sources import TEST, TRAINING
from training.errors import RunError
from training.networks import vggish
from training.runs import RATED, TAUGHT, UNLABELLED, Origin

FINE = Outcome(rate=0.9, change=1.0, by_kind={}, kept=True)
POOR = Outcome(rate=2 / 3, change=1.0, by_kind={}, kept=False)


def results(*outcomes):
    return [Result(statement, 24, 24, FINE, outcome) for statement, outcome in zip(STATEMENTS, outcomes, strict=False)]


def test_claims_are_written_and_the_network_stays(tmp_path):
    path = write_tiny_model(tmp_path / "tiny.onnx", {CARD_KEY: TINY_CARD.to_json(), "other": "kept"})
    frames = np.random.default_rng(0).normal(-50, 10, (120, TINY_CARD.frontend.bands)).astype(np.float32)
    before, graph = Model(path).predict(frames), onnx.load(path).graph.SerializeToString()
    for outcomes in ((POOR, POOR), (FINE, POOR)):  # the second time in place of the first
        save_claims(results(*outcomes), path)
    after = Model(path)
    assert after.card.claims == (
        {"number": 1, "claim": STATEMENTS[0].text, "rate": 0.9, "kept": True},
        {"number": 2, "claim": STATEMENTS[1].text, "rate": 0.67, "kept": False},
    )
    assert after.card.limits == TINY_CARD.limits
    assert (after.predict(frames) == before).all()
    file = onnx.load(path)
    assert file.graph.SerializeToString() == graph
    assert {entry.key: entry.value for entry in file.metadata_props}["other"] == "kept"
    assert "claims about music kept: 1 of 2\n  not kept: 2 " in model_description(after.card)
    assert [found.name for found in tmp_path.iterdir()] == ["tiny.onnx"]


def test_nothing_is_written_without_a_model(tmp_path):
    path = write_tiny_model(tmp_path / "tiny.onnx")
    content = path.read_bytes()
    with pytest.raises(ModelError, match=r"not put to a model"):
        save_claims(results(None, None), path)
    assert path.read_bytes() == content


def test_what_is_no_model_is_left_alone(tmp_path):
    (tmp_path / "x.onnx").write_text("text")
    with pytest.raises(ModelError, match=r"x\.onnx is not a model"):
        save_claims(results(FINE), tmp_path / "x.onnx")
    assert (tmp_path / "x.onnx").read_text() == "text"


def manifest():
    rows = [
        (SOURCE, TRAINING, "freedoom/1", "fluid"),
        (SOURCE, TEST, "freedoom/2", "timgm6mb"),
        (PIANO_DOMAIN, TRAINING, "piano_rolls/1", "musescore"),
    ]
    table = pd.DataFrame(rows, columns=["domain", "split", "work", "soundfont"])
    table.attrs["ships"] = True
    return table


def described(config=CONFIG, **origin):
    return describe(config, Origin("clips", **origin), manifest(), "mine", CREDITS)


CREDITS = Credits((Credit("*_a.flac", "A. Pianist", "CC0"), Credit("*_b.flac", "B. Pianist", "CC BY 4.0")))


def test_a_card_says_what_was_heard():
    plain = described()
    assert plain.description.endswith("It has heard no acoustic piano.")
    assert [(line["name"].split(":")[0], line["use"]) for line in plain.training_data] == [
        ("freedoom", "1 rendered clips of 15 s, instruments other than acoustic piano, with ratings"),
        (f"soundfont {SOUNDFONTS['fluid'].file}", "rendering"),
    ]
    heard = described(piano=(TAUGHT, UNLABELLED), recordings=("x_a.flac", "y_a.flac", "sub/z_b.flac"))
    assert "without piano ratings. Networks that had learnt" in heard.description
    uses = [line["use"] for line in heard.training_data]
    assert "1 rendered clips of 15 s, piano, without ratings" in uses
    recordings = [line for line in heard.training_data if line["name"].startswith("recordings")]
    assert [(line["name"], line["licence"], line["use"]) for line in recordings] == [
        ("recordings by B. Pianist", "CC BY 4.0", "1 piano recordings, without ratings"),
        ("recordings by A. Pianist", "CC0", "2 piano recordings, without ratings"),
    ]
    spread = described(replace(CONFIG, network=replace(CONFIG.network, spread=True)), piano=(TAUGHT,))
    assert NO_ERROR_BAR in spread.limits
    assert NO_ERROR_BAR not in heard.limits
    rated = described(piano=(RATED,))
    assert "rated piano" in rated.description
    assert "1 rendered clips of 15 s, piano, with ratings" in [line["use"] for line in rated.training_data]
    assert described(replace(CONFIG, network=vggish(4))).description.startswith("A convolutional network like VGG")


def test_a_recording_without_credit_is_named():
    with pytest.raises(RunError, match=r"nobody is credited for y\.flac: add who plays"):
        described(piano=(UNLABELLED,), recordings=("x_a.flac", "y.flac"))
