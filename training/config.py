"""Configurations of training runs: frozen dataclasses read from TOML, every unknown key an error."""

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from training.errors import RunError

T = TypeVar("T")


def read_config(path: Path | None, default: T) -> T:
    """Read a configuration from a TOML file; what it leaves out is as in ``default``, and so is all without a file.

    Raises
    ------
    RunError
        For a file that cannot be read or is not TOML, an unknown key or a value of the wrong type; says which.
    """
    return default if path is None else overridden(default, read_toml(path), str(path))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; `RunError` if it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{path} is not TOML: {error}") from error


def overridden(default: T, content: Mapping[str, Any], where: str) -> T:
    """Return a dataclass with some of its values, and of those of the dataclasses inside it, replaced by plain data."""
    if not isinstance(content, Mapping):
        raise RunError(f"{where}: settings by name expected, got {content!r}")
    kept = {field.name: getattr(default, field.name) for field in dataclasses.fields(typing.cast(Any, default))}
    for name, value in content.items():
        if dataclasses.is_dataclass(kept.get(name)) and isinstance(value, Mapping):
            kept[name] = overridden(kept[name], value, f"{where}, {name}")
        else:
            kept.update(_converted(type(default), {name: value}, where))
    return type(default)(**kept)


def from_mapping(kind: type[T], content: Mapping[str, Any], where: str) -> T:
    """Build a dataclass, with the dataclasses and tuples of them inside it, from plain data."""
    values = _converted(kind, content, where)
    fields = dataclasses.fields(typing.cast(Any, kind))
    needed = [field.name for field in fields if field.default is field.default_factory is dataclasses.MISSING]
    missing = [name for name in needed if name not in values]
    if missing:
        raise RunError(f"{where}: {', '.join(missing)} is missing")
    return kind(**values)


def _converted(kind: type, content: Mapping[str, Any], where: str) -> dict[str, Any]:
    types = typing.get_type_hints(kind)
    unknown = set(content) - set(types)
    if unknown:
        raise RunError(f"{where}: unknown {', '.join(sorted(unknown))}; there are {', '.join(types)}")
    return {name: _convert(types[name], value, f"{where}, {name}") for name, value in content.items()}


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
    if typing.get_origin(kind) is typing.Literal:
        if value not in typing.get_args(kind):
            raise RunError(f"{where}: {value!r} is none of {', '.join(map(str, typing.get_args(kind)))}")
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(kind, type) or type(value) is not kind:
        raise RunError(f"{where}: {kind} expected, got {value!r}")
    return value
