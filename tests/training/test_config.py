"""A configuration is what its file says, and nothing it does not understand."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest

import training
from training.adapt import Adaptation
from training.config import from_mapping, overridden, read_config
from training.errors import RunError
from training.fit import PUBLISHED, FitConfig
from training.networks import Block

SHIPPED = Path(training.__file__).parent / "shipped"


@dataclass(frozen=True)
class Inner:
    size: int
    names: tuple[str, ...] = ()
    unit: Literal["frames", "seconds"] = "frames"


@dataclass(frozen=True)
class Outer:
    inner: Inner
    share: float
    pair: tuple[int, float] = (1, 2.0)
    others: tuple[Inner, ...] = field(default=(Inner(1),))


def write(folder, text):
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_what_a_file_leaves_out_is_as_in_the_default(tmp_path):
    default = FitConfig(seed=7, adaptation=Adaptation("coral", 0.3))
    assert read_config(None, default) is default
    assert read_config(write(tmp_path, ""), default) == default
    config = read_config(
        write(
            tmp_path,
            "epochs = 3\nlearning_rate = 1\n[network]\nstem = 8\nblocks = [{channels = 8, kernels = [3, 1]}]\n"
            "[adaptation]\nmethod = 'reversal'",
        ),
        default,
    )
    assert config.learning_rate == 1.0
    assert isinstance(config.learning_rate, float)
    network = replace(default.network, stem=8, blocks=(Block(8, (3, 1)),))
    assert config == replace(
        default, epochs=3, learning_rate=1.0, network=network, adaptation=Adaptation("reversal", 0.3)
    )


def test_plain_data_overrides_at_any_depth_and_changes_no_default():
    default = Outer(Inner(3, ("a",)), 0.5)
    changed = overridden(default, {"inner": {"unit": "seconds"}, "pair": [2, 3], "others": [{"size": 4}]}, "here")
    assert changed == Outer(Inner(3, ("a",), "seconds"), 0.5, (2, 3.0), (Inner(4),))
    assert default == Outer(Inner(3, ("a",)), 0.5)
    assert overridden(default, {}, "here") == default
    assert overridden(default, {"inner": Inner(9)}, "here").inner == Inner(9)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"share": 1.0}, "^here: inner is missing"),
        ({}, "^here: inner, share is missing"),
        ({"inner": {"unit": "frames"}, "share": 1.0}, "^here, inner: size is missing"),
        ({"inner": {"size": 1, "unit": "miles"}, "share": 1.0}, "^here, inner, unit: 'miles' is none of frames, sec"),
        ({"inner": {"size": 1, "names": ["a", 2]}, "share": 1.0}, r"^here, inner, names\[1\]: .*str.* got 2"),
        ({"inner": {"size": 1.5}, "share": 1.0}, "^here, inner, size: .*int.* got 1.5"),
        ({"inner": 3, "share": 1.0}, "^here, inner: .*Inner.* got 3"),
        ({"inner": {"size": 1}, "share": True}, "^here, share: .*float.* got True"),
        ({"inner": {"size": 1}, "share": 1, "others": [{"unit": "frames"}]}, r"^here, others\[0\]: size is missing"),
    ],
)
def test_what_is_missing_or_wrong_is_named_with_its_place(content, complaint):
    with pytest.raises(RunError, match=complaint):
        from_mapping(Outer, content, "here")


@pytest.mark.parametrize("config", [FitConfig(), PUBLISHED])
def test_stored_configuration_comes_back(config):
    stored = json.loads(json.dumps(asdict(config)))
    assert from_mapping(FitConfig, stored, "config.json") == config
    assert overridden(FitConfig(), stored, "config.json") == config


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("epoch = 3", "unknown epoch; there are network"),
        ("[network]\nstems = 8", "network: unknown stems"),
        ('epochs = "3"', "epochs: .*int.* expected, got '3'"),
        ("epochs = true", "epochs"),
        ("[network]\nblocks = [{channels = 8, kernels = [3]}]", "kernels: 2 values expected, got 1"),
        ("[[network.blocks]]\npool = true", r"network, blocks\[0\]: channels is missing"),
        ("schedule = 'slow'", "schedule: 'slow' is none of one cycle, halving"),
        ("[adaptation]\nmethod = 'hope'", "adaptation, method: 'hope' is none of none, reversal, coral, mean teacher"),
        ("network = 3", "network: .* got 3"),
        ("epochs = ", "is not TOML"),
    ],
)
def test_what_it_does_not_understand_is_named(tmp_path, text, complaint):
    with pytest.raises(RunError, match=complaint):
        read_config(write(tmp_path, text), FitConfig())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"none\.toml cannot be read"):
        read_config(tmp_path / "none.toml", FitConfig())


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_the_settings_of_the_model_that_ships_can_be_read(path):
    assert read_config(path, FitConfig()) != FitConfig()
