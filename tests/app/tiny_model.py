"""A model small and exact enough to test with: fixed random weights, and a card."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd
from midlevel_app.model import CARD_KEY, ModelCard

TINY_CARD = ModelCard(
    name="tiny",
    version="1",
    description="random weights for tests",
    features=NAMES,
    frontend=FrontEnd(),
    stride=3,
    receptive_field=85,
    rating_kind="computed",
    training_data=({"name": "nothing", "licence": "none", "use": "none"},),
    scores=({"test": "none", "ratings": "computed", "clips": 1, "works": 1, "mean_r": 0.5, "r": {"dissonance": 0.5}},),
    limits=("it means nothing",),
)
"""Ten values a second, each describing about three seconds."""


def write_tiny_model(path: Path, metadata: dict[str, str] | None = None, spread: bool = False) -> Path:
    """Write the model to ``path``; ``metadata`` replaces the card.

    With ``spread`` it has a second output: how far each rating lies from the middle of the scale.

    Four mixtures of bands, then a convolution in time. Both are coarse, as what trained networks respond to,
    and each mixture sums to zero, so that the values do not depend on the level of sound above the floor.
    """
    random = np.random.default_rng(7)
    coarse = random.standard_normal((10, 4)) * 0.02
    mixture = np.kron(coarse - coarse.mean(axis=0), np.ones((16, 1)))
    kernel = np.kron(random.standard_normal((len(NAMES), 4, 5)) * 0.002, np.ones((1, 1, 17)))
    constants = {
        "mixture": mixture.astype(np.float32),
        "kernel": kernel.astype(np.float32),
        "middle": np.full(len(NAMES), 5.5, dtype=np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["spectrogram", "mixture"], ["mixed"]),
        helper.make_node("Transpose", ["mixed"], ["rows"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["rows", "kernel", "middle"], ["columns"], strides=[TINY_CARD.stride]),
        helper.make_node("Transpose", ["columns"], ["ratings"], perm=[0, 2, 1]),
    ]
    outputs = ["ratings"]
    if spread:
        nodes.append(helper.make_node("Sub", ["ratings", "middle"], ["departure"]))
        nodes.append(helper.make_node("Abs", ["departure"], ["spread"]))
        outputs.append("spread")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("spectrogram", TensorProto.FLOAT, [1, "frames", len(mixture)])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "values", len(NAMES)]) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {CARD_KEY: TINY_CARD.to_json()} if metadata is None else metadata)
    onnx.save(model, path)
    return path
