"""The training loop: a network learns the ratings of labelled clips."""

import csv
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from midlevel_app.frontend import FrontEnd
from training.augment import Augmentation, augment
from training.datasets.corpus import RatedClips
from training.errors import RunError
from training.networks import RFResNet, RFResNetConfig, parameters
from training.ratings.calibration import CENTRE, SPREAD


@dataclass(frozen=True)
class FitConfig:
    """Everything that decides a training run, apart from its data.

    Attributes
    ----------
    network : RFResNetConfig
    frontend : FrontEnd
    augmentation : Augmentation
    epochs, batch : int
    curve_weight : float
        Weight of the curve's loss beside that of the clip's mean, which has 1.
    learning_rate : float
        Highest rate of the one-cycle schedule (Smith & Topin 2019) of AdamW.
    weight_decay : float
    seed : int
    """

    network: RFResNetConfig = field(default_factory=RFResNetConfig)
    frontend: FrontEnd = field(default_factory=FrontEnd)
    augmentation: Augmentation = field(default_factory=Augmentation)
    epochs: int = 14
    batch: int = 16
    curve_weight: float = 0.5
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    seed: int = 0


def fit(
    config: FitConfig, training: RatedClips, validation: RatedClips, watched: RatedClips | None, run: Path
) -> RFResNet:
    """Train a network and return it as it stands after the last epoch.

    The loss is the mean squared error between a clip's standardised ratings and the mean of its curve, and, with a
    weight, that between its ratings by window and the curve's means over the seconds in the middle of the windows. The
    run's folder gets ``config.json``, ``log.csv`` (a row an epoch) and ``state.pt``; called again on an unfinished
    run it goes on from the last epoch.

    Parameters
    ----------
    config : FitConfig
    training, validation : RatedClips
        Learnt from; only reported.
    watched : RatedClips or None
        Further clips whose score is logged, such as piano.
    run : Path
        Folder of the run.

    Raises
    ------
    RunError
        If the loss is no longer a number, or the folder holds a run with another configuration.
    """
    torch.manual_seed(config.seed)
    network = RFResNet(config.network)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate,
    )
    steps = len(training) // config.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.epochs * steps, pct_start=0.2
    )
    first = _open_run(run, config, network, optimiser, schedule)
    print(
        f"{parameters(network)} parameters, {len(training)} clips, epochs {first + 1} to {config.epochs}",
        flush=True,
    )
    for epoch in range(first, config.epochs):
        began = time.monotonic()
        loss = _epoch(config, network, optimiser, schedule, training, epoch)
        row = {"epoch": epoch + 1, "loss": loss, "seconds": time.monotonic() - began}
        row["validation r"] = float(correlations(predict(network, validation), validation.ratings).mean())
        if watched is not None:
            row["watched r"] = float(correlations(predict(network, watched), watched.ratings).mean())
        _close_epoch(run, row, network, optimiser, schedule)
        print("  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)
    return network


def _epoch(
    config: FitConfig,
    network: RFResNet,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    training: RatedClips,
    epoch: int,
) -> float:
    """Go once through the training clips and return the mean loss."""
    rng = np.random.default_rng([config.seed, epoch])
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    torch.manual_seed(int(rng.integers(2**31)))  # for dropout: an epoch is the same in a resumed run
    order = rng.permutation(len(training))
    network.train()
    means: Tensor | None = None
    losses = []
    for start in range(0, len(order) - config.batch + 1, config.batch):
        chosen = np.sort(order[start : start + config.batch])
        frames = torch.from_numpy(training.frames(chosen))
        frames = augment(frames, config.augmentation, config.frontend.floor_db, generator)
        target = torch.from_numpy((training.ratings[chosen] - CENTRE) / SPREAD)
        by_window = torch.from_numpy((training.windowed[chosen] - CENTRE) / SPREAD)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            curve = network(frames).float()
        if means is None:
            means, seen = window_means(config, curve.shape[1], by_window.shape[1])
        loss = nn.functional.mse_loss(curve.mean(dim=1), target)
        loss = loss + config.curve_weight * nn.functional.mse_loss(means @ curve, by_window[:, seen])
        if not torch.isfinite(loss):
            raise RunError(f"the loss is {loss.item()} in epoch {epoch + 1}: lower the learning rate")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def window_means(config: FitConfig, length: int, windows: int) -> tuple[Tensor, Tensor]:
    """Return how a clip's curve becomes values by window, one a second, the first at 0.5 s.

    Parameters
    ----------
    config : FitConfig
    length : int
        Number of values of the curve.
    windows : int
        Number of windows of a clip.

    Returns
    -------
    means : (s, length) float32
        Each row averages the values within half a second of a window's middle.
    seen : (s,) int64
        The windows for which the curve has values.
    """
    network = config.network
    centres = (network.receptive_field - 1) / 2 + network.stride * np.arange(length)
    second = np.floor(config.frontend.times(centres)).astype(np.int64)
    share = (second == np.arange(windows)[:, None]).astype(np.float32)
    seen = np.flatnonzero(share.any(axis=1))
    share = share[seen] / share[seen].sum(axis=1, keepdims=True)
    return torch.from_numpy(share), torch.from_numpy(seen)


def predict(network: RFResNet, clips: RatedClips) -> npt.NDArray[np.float64]:
    """Ratings of clips by the network, (clips, features), 1 to 10: the mean of each clip's curve."""
    network.eval()
    parts: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(clips), 32):
            frames = torch.from_numpy(clips.frames(slice(start, start + 32)))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                parts.append(network(frames).float().mean(dim=1))
    return np.asarray(CENTRE + SPREAD * torch.cat(parts).numpy(), dtype=np.float64)


def correlations(predicted: npt.ArrayLike, rated: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Pearson's r of each feature over clips, (features,); 0 where one side does not vary."""
    first, second = np.asarray(predicted, np.float64), np.asarray(rated, np.float64)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    scale = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return np.asarray((first * second).sum(axis=0) / np.where(scale == 0, np.inf, scale))


def _open_run(
    run: Path,
    config: FitConfig,
    network: RFResNet,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    """Prepare a run's folder or take up the run in it; return how many epochs are done."""
    run.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(config), indent=1)
    recorded = run / "config.json"
    if recorded.exists() and recorded.read_text() != text:
        raise RunError(f"{run} holds a run with another configuration: name another folder")
    recorded.write_text(text)
    state_file = run / "state.pt"
    if not state_file.exists():
        with (run / "log.csv").open("w", newline="") as stream:
            csv.writer(stream).writerow(["epoch", "loss", "seconds", "validation r", "watched r"])
        return 0
    state = torch.load(state_file, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epochs"])


def _close_epoch(
    run: Path,
    row: dict[str, float],
    network: RFResNet,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> None:
    """Keep what an epoch reached: its row in the log, and the state from which to go on."""
    with (run / "log.csv").open("a", newline="") as stream:
        csv.writer(stream).writerow(row.values())
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "epochs": row["epoch"],
    }
    torch.save(state, run / "state.part")
    (run / "state.part").replace(run / "state.pt")
