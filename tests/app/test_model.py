"""The model file: its card, its errors, and that values come from the frames they describe."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from midlevel_app.errors import ModelError
from midlevel_app.model import CARD_KEY, Model, ModelCard, find_model, shipped_models
from tests.app.tiny_model import TINY_CARD, write_tiny_model


def frames(count, seed=0):
    shape = (count, TINY_CARD.frontend.bands)
    return np.random.default_rng(seed).uniform(-90, 0, shape).astype(np.float32)


def test_card_round_trip():
    assert ModelCard.from_json(TINY_CARD.to_json()) == TINY_CARD


def test_card_with_and_without_claims():
    claims = (
        {"number": 1, "claim": "one", "rate": 0.93, "kept": True},
        {"number": 2, "claim": "two", "rate": 0.5, "kept": False},
    )
    checked = replace(TINY_CARD, claims=claims)
    assert ModelCard.from_json(checked.to_json()) == checked
    without = json.loads(TINY_CARD.to_json())
    del without["claims"]
    assert ModelCard.from_json(json.dumps(without)) == TINY_CARD


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 2}, "card format 1 expected"),
        ({"surprise": 1}, "card needs exactly"),
        ({"features": ["loudness"]}, "features"),
        ({"rating_kind": "guessed"}, "kind of rating 'guessed'"),
        ({"receptive_field": 84}, "not a whole number of strides"),
        ({"frontend": {}}, "front end needs exactly"),
        ({"stride": 0}, "stride is 0, not a whole number above 0"),
        ({"receptive_field": 10**9}, "receptive_field is 1000000000, not"),
        ({"stride": "3"}, "stride is '3', not"),
        ({"scores": [{}]}, "each of scores needs"),
        ({"claims": [{"number": 1}]}, "each of claims needs"),
        ({"training_data": ["nothing"]}, "each of training_data needs"),
    ],
)
def test_wrong_card_is_refused(tmp_path, change, complaint):
    text = json.dumps(json.loads(TINY_CARD.to_json()) | change)
    with pytest.raises(ValueError, match=complaint):
        ModelCard.from_json(text)
    path = write_tiny_model(tmp_path / "x.onnx", {CARD_KEY: text})
    with pytest.raises(ModelError, match=r"x\.onnx carries no valid model card"):
        Model(path)


@pytest.mark.parametrize("metadata", [{}, {CARD_KEY: "no JSON"}, {CARD_KEY: "[]"}])
def test_network_without_a_card_is_refused(tmp_path, metadata):
    with pytest.raises(ModelError, match=r"x\.onnx carries no valid model card"):
        Model(write_tiny_model(tmp_path / "x.onnx", metadata))


@pytest.mark.parametrize("content", [b"", b"text", bytes(1000)])
def test_file_that_is_no_network_is_refused(tmp_path, content):
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.onnx is not a model this program can run"):
        Model(tmp_path / "x.onnx")


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match=r"cannot read the model .*x\.onnx: No such file"):
        Model(tmp_path / "x.onnx")


def test_model_is_found_by_path_and_by_name(tiny_model_path):
    assert find_model(str(tiny_model_path)) == tiny_model_path
    name, path = next(iter(shipped_models().items()))
    assert find_model(name) == path
    assert find_model() in shipped_models().values()
    with pytest.raises(ModelError, match=rf"no model 'nonsense'.*one of .*{name}"):
        find_model("nonsense")


def test_shipped_models_load_and_know_what_they_are():
    for path in shipped_models().values():
        card = Model(path).card
        assert card.description
        assert card.training_data
        assert card.limits
        assert card.step_seconds <= 0.1


def test_hash_is_of_the_file(tiny_model, tiny_model_path):
    assert tiny_model.sha256 == hashlib.sha256(tiny_model_path.read_bytes()).hexdigest()


@pytest.mark.parametrize("count", [0, 1, 84, 85, 87, 88, 200])
def test_one_value_for_each_full_field(tiny_model, count):
    values = tiny_model.predict(frames(count))
    assert values.shape == (max(0, (count - 85) // 3 + 1), 7)
    assert values.dtype == np.float64


def test_value_depends_on_its_own_frames_alone(tiny_model):
    audio = frames(200)
    values = tiny_model.predict(audio)
    for j in (0, 7, 38):
        own = audio[3 * j : 3 * j + 85]
        np.testing.assert_allclose(tiny_model.predict(own)[0], values[j], atol=1e-4)
        changed = frames(200, seed=1)
        changed[3 * j : 3 * j + 85] = own
        np.testing.assert_allclose(tiny_model.predict(changed)[j], values[j], atol=1e-4)


@pytest.mark.parametrize("count", [0, 84, 85, 200])
def test_spread_comes_with_the_values(spread_model, tiny_model, count):
    rated = spread_model.rate(frames(count))
    np.testing.assert_array_equal(rated.values, spread_model.predict(frames(count)))
    np.testing.assert_array_equal(rated.values, tiny_model.predict(frames(count)))
    np.testing.assert_allclose(rated.spread, np.abs(rated.values - 5.5), atol=1e-5)
    assert rated.spread.dtype == np.float64
    assert tiny_model.rate(frames(count)).spread is None


@pytest.mark.parametrize(
    ("operator", "name", "spread"),
    [("Identity", "doubt", False), ("Transpose", "spread", False), ("Abs", "x", True)],
)
def test_unknown_outputs_are_refused(tmp_path, operator, name, spread):
    path = write_tiny_model(tmp_path / "x.onnx", spread=spread)
    network = onnx.load(path)
    network.graph.node.append(helper.make_node(operator, ["ratings"], [name]))
    network.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    onnx.save(network, path)
    with pytest.raises(ModelError, match=rf"x\.onnx has outputs .*{name} \(.*: .*may have spread \(1, n, 7\) alone"):
        Model(path)


@pytest.mark.parametrize("change", [{"stride": 1, "receptive_field": 83}, {"receptive_field": 61}])
def test_a_network_that_does_other_than_its_card_says_is_refused(tmp_path, change):
    text = json.dumps(json.loads(TINY_CARD.to_json()) | change)
    with pytest.raises(ModelError, match=r"x\.onnx does not do what its card says"):
        Model(write_tiny_model(tmp_path / "x.onnx", {CARD_KEY: text}))


def test_a_name_too_long_is_no_model():
    with pytest.raises(ModelError, match="there is no model"):
        find_model("x" * 5000)


def test_wrong_spectrogram_is_refused(tiny_model):
    with pytest.raises(ValueError, match=r"spectrogram \(t, 160\) expected, got \(100, 3\)"):
        tiny_model.predict(np.zeros((100, 3), dtype=np.float32))


def test_times_are_centres():
    """Value j describes frames 3 j to 3 j + 84, whose middle is frame 3 j + 42."""
    frontend = TINY_CARD.frontend
    for j in (0, 5):
        middle = (3 * j + 42) * frontend.hop / frontend.rate
        assert TINY_CARD.times(TINY_CARD.lead + j) == pytest.approx(middle)
    assert TINY_CARD.step_seconds == pytest.approx(0.1)
    assert TINY_CARD.field_seconds == pytest.approx((84 * 735 + 4096) / 22050)


def test_other_stride_moves_the_grid():
    card = replace(TINY_CARD, stride=2, receptive_field=85)
    assert card.lead == 21
    assert card.count(87) == 2
