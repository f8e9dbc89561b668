"""Who may import whom: arrows point down, and what must start fast or run anywhere imports no more than it needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import midlevel_app

PACKAGE = Path(midlevel_app.__file__).parent
MODULES = sorted(
    "midlevel_app." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.name not in {"__init__.py", "__main__.py"}
)
LEVELS = (
    ("language",),
    ("features", "errors", "colours", "stamp", "audio.block"),
    ("frontend", "report", "console", "batch", "files", "markers", "poles"),
    ("curves", "model", "session", "changes", "familiar", "articulation", "onsets"),
    ("formats", "figure", "analysis", "audio.", "export", "cache"),
    ("live.",),
    ("cli", "gui."),
)
WITHOUT_QT = [name for name in MODULES if ".gui." not in name]
FOREIGN = {"training", "torch", "librosa", "tests"}
OPTIONAL = {"pyarrow": {"midlevel_app.formats"}, "matplotlib": {"midlevel_app.figure"}}


def level(module):
    """Place of a module in `LEVELS`; the first entry that fits, so `audio.block` is not `audio.`."""
    name = module.removeprefix("midlevel_app.")
    return next(i for i, names in enumerate(LEVELS) for entry in names if name.startswith(entry))


def imports(module, typing_too=True):
    """Names of the modules that a module imports anywhere in its text."""
    path = PACKAGE / Path(*module.split(".")[1:]).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only and not typing_too:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module


def loaded_by(module):
    """Top-level packages and own modules in memory after importing a module in a fresh interpreter."""
    code = f"import sys, {module}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


@pytest.mark.parametrize("module", MODULES)
def test_the_app_never_imports_training_or_its_libraries(module):
    assert not FOREIGN & {name.split(".")[0] for name in imports(module)}


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_down(module):
    own = [name for name in imports(module, typing_too=False) if name in MODULES]
    assert [name for name in own if level(name) > level(module)] == []


def test_core_imports_without_qt_and_training():
    for module in (
        "midlevel_app.analysis",
        "midlevel_app.export",
        "midlevel_app.cache",
        "midlevel_app.changes",
        "midlevel_app.figure",
        "midlevel_app.formats",
        "midlevel_app.live.command",
        "midlevel_app.cli",
    ):
        loaded = loaded_by(module)
        assert module in loaded
        assert not {"PySide6", "pyqtgraph", "sounddevice", *FOREIGN} & loaded


@pytest.mark.parametrize("module", WITHOUT_QT)
def test_no_qt_below_the_window(module):
    assert not {"PySide6", "pyqtgraph"} & {name.split(".")[0] for name in imports(module)}


@pytest.mark.parametrize("library", OPTIONAL)
def test_optional_libraries_are_named_in_one_module_and_wait_until_needed(library):
    users = {name for name in MODULES if library in {found.split(".")[0] for found in imports(name)}}
    assert users == OPTIONAL[library]
    for user in users:
        loaded = loaded_by(user)
        assert user in loaded
        assert library not in loaded


@pytest.mark.parametrize("module", ["files", "markers", "session", "colours"])
def test_what_keeps_files_needs_no_arrays(module):
    assert not {"numpy", "onnxruntime"} & loaded_by(f"midlevel_app.{module}")


def test_the_command_starts_without_heavy_libraries():
    assert not {"numpy", "onnxruntime", "soundfile", "av", "soxr"} & loaded_by("midlevel_app.cli")
