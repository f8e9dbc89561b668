"""Fixtures of the app's tests: the tiny model without and with spread, and a folder anyone may enter."""

import shutil
import tempfile
from pathlib import Path

import pytest

from midlevel_app.model import Model
from tests.app.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory):
    """File of a model for tests that must not depend on the shipped weights."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="session")
def tiny_model(tiny_model_path):
    """The same model, loaded."""
    return Model(tiny_model_path)


@pytest.fixture(scope="session")
def spread_model(tmp_path_factory):
    """The same model with a spread, loaded."""
    return Model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx", spread=True))


@pytest.fixture
def open_folder():
    """Folder that every user of the system may look into, which `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
