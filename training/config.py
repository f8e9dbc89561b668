"""Configurations of training runs: frozen dataclasses read from TOML, every unknown key an error."""

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from training.errors import RunError
from training.fit import FitConfig

T = TypeVar("T")


def read_config(path: Path | None) -> FitConfig:
    """Read a training configuration; without a file, the default one.

    Raises
    ------
    RunError
        For a file that cannot be read or is not TOML, an unknown key or a value of the wrong type; says which.
    """
    if path is None:
        return FitConfig()
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{path} is not TOML: {error}") from error
    return from_mapping(FitConfig, content, str(path))


def from_mapping(kind: type[T], content: Mapping[str, Any], where: str) -> T:
    """Build a dataclass, with the dataclasses and tuples of them inside it, from plain data."""
    types = typing.get_type_hints(kind)
    unknown = set(content) - set(types)
    if unknown:
        raise RunError(f"{where}: unknown {', '.join(sorted(unknown))}; there are {', '.join(types)}")
    return kind(**{name: _convert(types[name], value, f"{where}, {name}") for name, value in content.items()})


def _convert(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return from_mapping(typing.cast(type, kind), value, where)
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        inner = typing.get_args(kind)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        if len(kinds) != len(value):
            raise RunError(f"{where}: {len(kinds)} values expected, got {len(value)}")
        return tuple(
            _convert(one, item, f"{where}[{i}]") for i, (one, item) in enumerate(zip(kinds, value, strict=True))
        )
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(kind, type) or type(value) is not kind:
        raise RunError(f"{where}: {kind} expected, got {value!r}")
    return value
