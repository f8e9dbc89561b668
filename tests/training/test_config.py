"""A configuration is what its file says, and nothing it does not understand."""

import json
from dataclasses import asdict

import pytest

from training.config import from_mapping, read_config
from training.errors import RunError
from training.fit import FitConfig
from training.networks import Block


def write(folder, text):
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_defaults_and_overrides(tmp_path):
    assert read_config(None) == FitConfig()
    config = read_config(
        write(
            tmp_path, "epochs = 3\nlearning_rate = 1\n[network]\nstem = 8\nblocks = [{channels = 8, kernels = [3, 1]}]"
        )
    )
    assert config.epochs == 3
    assert config.learning_rate == 1.0
    assert config.network.stem == 8
    assert config.network.blocks == (Block(8, (3, 1)),)
    assert config.augmentation == FitConfig().augmentation


def test_stored_configuration_comes_back():
    stored = json.loads(json.dumps(asdict(FitConfig())))
    assert from_mapping(FitConfig, stored, "config.json") == FitConfig()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("epoch = 3", "unknown epoch; there are network"),
        ("[network]\nstems = 8", "network: unknown stems"),
        ('epochs = "3"', "epochs: .*int.* expected, got '3'"),
        ("epochs = true", "epochs"),
        ("[network]\nblocks = [{channels = 8, kernels = [3]}]", "kernels: 2 values expected, got 1"),
        ("epochs = ", "is not TOML"),
    ],
)
def test_what_it_does_not_understand_is_named(tmp_path, text, complaint):
    with pytest.raises(RunError, match=complaint):
        read_config(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"none\.toml cannot be read"):
        read_config(tmp_path / "none.toml")
