"""The folder of a training run: its configuration, log, state and network."""

import csv
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.config import from_mapping
from training.errors import RunError

LOG = ("epoch", "loss", "ratings loss", "adaptation loss", "validation r", "watched r", "seconds")
"""Columns of the log."""

_CONFIG, _LOG, _STATE, _NETWORK = "config.json", "log.csv", "state.pt", "network.pt"


@dataclass(frozen=True)
class Origin:
    """What a network was made of, apart from the configuration of its own run.

    Attributes
    ----------
    lessons : str
        Which clips it learnt from, and which ratings of them: a hash.
    start : str
        Which network it learnt on from: a hash; empty for none.
    piano : tuple of str
        How it came to hear piano, itself or the networks it learnt on from: `UNLABELLED`, `TAUGHT`, `RATED`.
    recordings : tuple of str
        Names of the piano recordings among what it heard.
    """

    lessons: str
    start: str = ""
    piano: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()


UNLABELLED, TAUGHT, RATED = "unlabelled", "rated by teachers", "rated"


def take_run(run: Path, config: Any, origin: Origin) -> None:
    """Make the folder this configuration's (a dataclass) and this origin's, or find that it is.

    Raises
    ------
    RunError
        If it holds a run with another configuration, or of other clips, teachers or beginnings.
    """
    run.mkdir(parents=True, exist_ok=True)
    content = {"config": asdict(config), "origin": asdict(origin)}
    path = run / _CONFIG
    if not path.exists():
        write_json(path, content)
    kept, asked = read_json(path), json.loads(json.dumps(content))
    if kept.get("config") != asked["config"]:
        raise RunError(f"{run} holds a run with another configuration: name another folder, or remove it")
    if kept != asked:
        raise RunError(
            f"{run} holds a run of other clips, other teachers or another start: name another folder, or remove it"
        )


def recorded_origin(run: Path) -> Origin:
    """Return what a run's network was made of; `RunError` if that is not recorded."""
    return from_mapping(Origin, _recorded(run, "origin"), f"the origin of {run}")


def fingerprint(*content: bytes | str) -> str:
    """Return a hash of what is given, in this order."""
    found = hashlib.sha256()
    for part in content:
        found.update(part.encode() if isinstance(part, str) else part)
        found.update(b"|")
    return found.hexdigest()[:16]


def weights_fingerprint(network: nn.Module) -> str:
    """Return a hash of a network's weights."""
    return fingerprint(*(weight.cpu().numpy().tobytes() for weight in network.state_dict().values()))


def recorded_config(run: Path) -> dict[str, Any]:
    """Return the configuration of a run as plain data; `RunError` if there is none."""
    return _recorded(run, "config")


def _recorded(run: Path, part: str) -> dict[str, Any]:
    path = run / _CONFIG
    content = read_json(path)
    if not isinstance(content.get(part), dict):
        raise RunError(f"{path} says no {part}: it is of another version, so train the network again")
    found: dict[str, Any] = content[part]
    return found


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
    """Return the r that a run's network reached on the validation clips; `RunError` if it has no log.

    With patience that is the highest of the run's epochs, else the last.
    """
    best = bool(recorded_config(run).get("patience"))
    try:
        with (run / _LOG).open(newline="") as stream:
            reached = [float(row["validation r"]) for row in csv.DictReader(stream)]
        return max(reached) if best else reached[-1]
    except (OSError, ValueError, KeyError, IndexError) as error:
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
