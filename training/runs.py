"""The folder of a training run: its configuration, log, state and network."""

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.errors import RunError

LOG = ("epoch", "loss", "ratings loss", "adaptation loss", "validation r", "watched r", "seconds")
"""Columns of the log."""

_CONFIG, _LOG, _STATE, _NETWORK = "config.json", "log.csv", "state.pt", "network.pt"


def take_run(run: Path, config: Any) -> None:
    """Make the folder this configuration's (a dataclass), or find that it is.

    Raises
    ------
    RunError
        If it holds a run with another configuration.
    """
    run.mkdir(parents=True, exist_ok=True)
    path = run / _CONFIG
    text = json.dumps(asdict(config), indent=1)
    if path.exists() and path.read_text() != text:
        raise RunError(f"{run} holds a run with another configuration: name another folder, or remove it")
    path.write_text(text)


def recorded_config(run: Path) -> dict[str, Any]:
    """Return the configuration of a run as plain data; `RunError` if there is none."""
    return read_json(run / _CONFIG)


def keep_epoch(run: Path, row: dict[str, float], state: dict[str, Any]) -> None:
    """Keep what an epoch reached: its row in the log, then the state from which to go on.

    A run that is stopped in between does the epoch again, and its row is written over.
    """
    rows = [dict(zip(LOG, (row.get(column, "") for column in LOG), strict=True))]
    path = run / _LOG
    if path.exists():
        with path.open(newline="") as stream:
            rows = [kept for kept in csv.DictReader(stream) if int(kept["epoch"]) < row["epoch"]] + rows
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, LOG)
        writer.writeheader()
        writer.writerows(rows)
    unfinished.replace(path)
    _save(state, run / _STATE)


def kept_state(run: Path) -> dict[str, Any] | None:
    """Return the state that an unfinished run reached, or None."""
    path = run / _STATE
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None


def validation_r(run: Path) -> float:
    """Return the highest r on the validation clips that a run reached; `RunError` if it has no log."""
    try:
        with (run / _LOG).open(newline="") as stream:
            return max(float(row["validation r"]) for row in csv.DictReader(stream))
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{run / _LOG} cannot be read ({error}): name the folder of a training run") from error


def finish(run: Path, network: nn.Module) -> None:
    """Keep a run's network and drop the state that led to it."""
    _save(network.state_dict(), run / _NETWORK)
    (run / _STATE).unlink(missing_ok=True)


def finished_weights(run: Path) -> dict[str, Any] | None:
    """Return the weights of a finished run's network, or None."""
    path = run / _NETWORK
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None


def write_json(path: Path, content: Any) -> None:
    """Write plain data at once."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(content, indent=1))
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return plain data that `write_json` or `take_run` wrote; `RunError` if it is not there or something else."""
    try:
        content = json.loads(path.read_text())
        return dict(content)
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"{path} cannot be read ({error}): name the folder of a training run") from error


def _save(content: dict[str, Any], path: Path) -> None:
    unfinished = path.with_suffix(".part")
    torch.save(content, unfinished)
    unfinished.replace(path)
