"""The training loop: a network learns the ratings of labelled clips, and may adapt to unlabelled ones meanwhile."""

import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from midlevel_app.frontend import FrontEnd
from training import runs
from training.adapt import (
    CORAL,
    MEAN_TEACHER,
    NONE,
    REVERSAL,
    Adaptation,
    Discriminator,
    RunningAverage,
    coral_loss,
    ramp,
    reversal_loss,
)
from training.augment import Augmentation, augment
from training.config import from_mapping
from training.datasets.rated import RatedClips
from training.errors import RunError
from training.lessons import Lessons
from training.networks import Network, NetworkConfig, Output, parameters, rf_resnet
from training.predict import correlations, predict, window_means
from training.ratings.calibration import CENTRE, SPREAD

Schedule = Literal["one cycle", "halving"]
ONE_CYCLE: Schedule = "one cycle"
HALVING: Schedule = "halving"

HALVINGS = (2, 5, 10, 15, 20)
"""Epochs after which the published schedule halves the learning rate."""

_LONGEST_GRADIENT = 5.0
_SHORTEST_CYCLE = 10  # steps; a fifth of it must be more than one


@dataclass(frozen=True)
class FitConfig:
    """Everything that decides a training run, apart from its data.

    Attributes
    ----------
    network : NetworkConfig
    frontend : FrontEnd
    augmentation : Augmentation
    adaptation : Adaptation
    epochs, batch : int
        With adaptation, a batch has as many clips of the target besides.
    curve_weight : float
        Weight of the curve's loss beside that of the clip's mean, which has 1.
    schedule : str
        Of the learning rate: ``"one cycle"`` (Smith & Topin 2019; AdamW), or ``"halving"`` after the epochs `HALVINGS`
        (Adam), as published.
    learning_rate : float
        The highest.
    weight_decay : float
    patience : int
        Stop after so many epochs without a better r on the validation clips, and take the best; 0 takes the last.
    every : int
        Compute only every so manieth value of the curve: faster, and the network learns the same.
    seed : int
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    frontend: FrontEnd = field(default_factory=FrontEnd)
    augmentation: Augmentation = field(default_factory=Augmentation)
    adaptation: Adaptation = field(default_factory=Adaptation)
    epochs: int = 14
    batch: int = 16
    curve_weight: float = 0.5
    schedule: Schedule = ONE_CYCLE
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    patience: int = 0
    every: int = 8
    seed: int = 0


PUBLISHED = FitConfig(
    network=rf_resnet(),
    adaptation=Adaptation(REVERSAL),
    epochs=100,
    batch=8,
    curve_weight=0.0,
    schedule=HALVING,
    learning_rate=1e-3,
    weight_decay=1e-5,
    patience=14,
    every=4,
)
"""The settings of Chowdhury & Widmer (2021), where they name them."""


def fit(
    config: FitConfig, lessons: Lessons, run: Path, start: Path | None = None, devices: int | str = "auto"
) -> Network:
    """Train a network and return it.

    The loss is the mean squared error between a clip's standardised ratings and the mean of its curve, and, with a
    weight, that between its ratings by window and the curve's means over the seconds in the middle of the windows;
    where clips say how far teachers differed, also that of the spread. Ratings that are not there (NaN) are passed
    over. To this comes the loss of the adaptation.

    The run's folder gets ``config.json``, ``log.csv`` (a row an epoch), ``state.pt`` and, at the end, ``network.pt``;
    called again on an unfinished run it goes on from the last epoch, to the same result.

    Parameters
    ----------
    config : FitConfig
    lessons : Lessons
    run : Path
        Folder of the run.
    start : Path or None
        Finished run whose network it learns on from.
    devices : int or "auto"
        Lightning Fabric runs it on one CPU, one GPU, or several GPUs, each of which takes its share of every batch.
        Batch normalisation is each one's own, so several do not give quite what one gives.

    Raises
    ------
    RunError
        If the loss is no longer a number, the folder holds another run, clips are too few, or settings, clips and
        networks do not fit together.
    """
    _check(config, lessons)
    begin = None if start is None else load_network(start)
    if begin is not None and replace(begin.config, spread=config.network.spread) != config.network:
        raise RunError(f"the network of {start}, to learn on from, has another configuration than this one")
    origin = lessons.origin(
        config.adaptation.method != NONE,
        None if start is None else runs.recorded_origin(start),
        "" if begin is None else runs.weights_fingerprint(begin),
    )
    runs.take_run(run, config, origin)
    if runs.finished_weights(run) is not None:
        return load_network(run)
    trainer = _Trainer(config, lessons, begin, devices)
    state = runs.kept_state(run)
    if state is not None:
        trainer.resume(state)
    tell = trainer.fabric.print
    tell(
        f"{run.name}: {parameters(trainer.network)} parameters, {len(lessons.training)} clips, "
        f"epochs {trainer.epoch + 1} to {config.epochs}",
        flush=True,
    )
    while not trainer.ended:
        row = trainer.next_epoch()
        if trainer.fabric.is_global_zero:
            runs.keep_epoch(run, row, trainer.state())
        tell(f"{run.name}: " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)
    if trainer.fabric.is_global_zero:
        runs.finish(run, trainer.result())
    trainer.fabric.barrier()
    return load_network(run)


def _check(config: FitConfig, lessons: Lessons) -> None:
    """Raise `RunError` if settings have no meaning, or do not fit the clips."""
    least = {"epochs": 1, "every": 1, "batch": 2, "seed": 0, "patience": 0}
    wrong = [name for name, value in least.items() if getattr(config, name) < value]
    if wrong:
        raise RunError(f"{', '.join(wrong)}: too small a number")
    method = config.adaptation.method
    frames, bands = lessons.training.spectrograms[0].shape[1:]
    if not bands == config.network.bands == config.frontend.bands:
        raise RunError(
            f"the network takes {config.network.bands} bands, the front end makes {config.frontend.bands}, and the "
            f"clips have {bands}: give network and front end the same number"
        )
    if len(lessons.training) < config.batch:
        raise RunError(f"{len(lessons.training)} clips to learn from are less than a batch of {config.batch}")
    if config.network.receptive_field > frames:
        raise RunError(f"a receptive field of {config.network.receptive_field} frames is longer than a clip")
    if config.network.spread and lessons.training.spread is None:
        raise RunError("a spread is learnt from teachers, and nobody says how far they differed: use refine")
    if method != NONE and (lessons.target is None or len(lessons.target) < config.batch):
        raise RunError(
            f"adaptation ({method}) needs unlabelled clips of the target, at least a batch of "
            f"{config.batch}: name a folder of recordings, or a corpus that has piano"
        )
    if method in (REVERSAL, CORAL) and lessons.piano:
        raise RunError(
            f"adaptation ({method}) tells what is learnt from and the target apart, and here both hold piano: choose "
            f"{MEAN_TEACHER} or {NONE}"
        )


def load_config(run: Path) -> FitConfig:
    """Return the configuration of a run; `RunError` if there is none."""
    return from_mapping(FitConfig, runs.recorded_config(run), f"the configuration of {run}")


def load_network(run: Path) -> Network:
    """Return the network of a finished run, on the GPU if there is one; `RunError` if there is none."""
    network = Network(load_config(run).network)
    weights = runs.finished_weights(run)
    if weights is None:
        raise RunError(f"{run} is not finished: run its training again, and it goes on where it stopped")
    network.load_state_dict(weights)
    return network.to("cuda" if torch.cuda.is_available() else "cpu").eval()


class _Trainer:
    """A run between epochs."""

    def __init__(self, config: FitConfig, lessons: Lessons, start: Network | None, devices: int | str) -> None:
        self.config, self.lessons = config, lessons
        self.fabric = Fabric(accelerator="auto", devices=devices, precision="bf16-mixed")
        self.fabric.launch()
        if config.batch % self.fabric.world_size:
            raise RunError(
                f"a batch of {config.batch} cannot be shared by {self.fabric.world_size} devices: choose a multiple"
            )
        torch.manual_seed(config.seed)
        self.network = Network(config.network)
        if start is not None:
            self.network.load_state_dict(start.state_dict(), strict=False)  # a student's spread is new
        method = config.adaptation.method
        self.discriminator = Discriminator(self.network.width) if method == REVERSAL else None
        self.average = RunningAverage(self.network).to(self.fabric.device) if method == MEAN_TEACHER else None
        learnt: list[nn.Module] = [self.network, *([self.discriminator] if self.discriminator else [])]
        optimiser = _optimiser(config, [weight for module in learnt for weight in module.parameters()])
        self.schedule = _schedule(config, optimiser, self.steps)
        self.learner, self.optimiser = self.fabric.setup(self.network, optimiser)
        self.critic = self.fabric.setup_module(self.discriminator) if self.discriminator else None
        self.epoch = 0
        self.best, self.best_epoch = -math.inf, 0
        self.best_weights: dict[str, Tensor] = {}

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return len(self.lessons.training) // self.config.batch

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, or patience is at its end."""
        patience = self.config.patience
        return self.epoch >= self.config.epochs or bool(patience and self.epoch - self.best_epoch >= patience)

    def state(self) -> dict[str, Any]:
        """Return everything from which the run goes on to the same result."""
        return {
            "network": self.network.state_dict(),
            "discriminator": self.discriminator.state_dict() if self.discriminator else {},
            "average": self.average.state_dict() if self.average else {},
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
            "best": self.best,
            "best epoch": self.best_epoch,
            "best weights": self.best_weights,
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.network.load_state_dict(state["network"])
        if self.discriminator:
            self.discriminator.load_state_dict(state["discriminator"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch, self.best, self.best_epoch = state["epoch"], state["best"], state["best epoch"]
        self.best_weights = state["best weights"]

    def result(self) -> Network:
        """Return the network of the best epoch, or of the last if there is no patience."""
        if self.config.patience:
            self.network.load_state_dict(self.best_weights)
        return self.network

    def next_epoch(self) -> dict[str, float]:
        """Go once through the training clips; return the row of the log."""
        began = time.monotonic()
        losses = self._learn()
        self.epoch += 1
        row = {
            "epoch": self.epoch,
            "loss": float(losses.sum()),
            "ratings loss": float(losses[0]),
            "adaptation loss": float(losses[1]),
            "validation r": self._r(self.lessons.validation),
        }
        if self.lessons.watched is not None:
            row["watched r"] = self._r(self.lessons.watched)
        if self.config.patience and row["validation r"] > self.best:
            self.best, self.best_epoch = row["validation r"], self.epoch
            self.best_weights = {name: weight.clone() for name, weight in self.network.state_dict().items()}
        return {**row, "seconds": time.monotonic() - began}

    def _r(self, clips: RatedClips) -> float:
        rated = predict(self.network, clips, self.config.frontend, self.config.every).ratings
        r = float(self.fabric.broadcast(float(correlations(rated, clips.ratings).mean())))
        if not math.isfinite(r):
            raise RunError(
                f"r on the {len(clips)} clips that the run is watched on is {r}: ratings are missing there, or the "
                "network's values are no numbers any more"
            )
        return r

    def _learn(self) -> Tensor:
        """Return the mean losses of an epoch: ratings, adaptation."""
        config, training = self.config, self.lessons.training
        rng = np.random.default_rng([config.seed, self.epoch])
        seeds = rng.integers(2**31, size=2) + self.fabric.global_rank
        generator = torch.Generator(self.fabric.device).manual_seed(int(seeds[0]))
        torch.manual_seed(int(seeds[1]))  # for dropout: an epoch is the same in a resumed run
        order = rng.permutation(len(training))
        target = self.lessons.target if config.adaptation.method != NONE else None
        target_order = np.resize(rng.permutation(len(target)), len(order)) if target is not None else order
        share = slice(self.fabric.global_rank, None, self.fabric.world_size)
        self.learner.train()
        total = torch.zeros(2, device=self.fabric.device)
        for step in range(self.steps):
            batch = slice(step * config.batch, (step + 1) * config.batch)
            chosen = np.sort(order[batch])[share]
            decibels = self._decibels(training, chosen)
            unlabelled = None if target is None else self._decibels(target, np.sort(target_order[batch])[share])
            progress = (self.epoch + step / self.steps) / config.epochs
            parts = self._losses(training, chosen, decibels, unlabelled, generator, progress)
            self.optimiser.zero_grad()
            self.fabric.backward(parts.sum())
            nn.utils.clip_grad_norm_(self.network.parameters(), _LONGEST_GRADIENT)
            self.optimiser.step()
            if self.average:
                self.average.follow(self.network)
            if config.schedule == ONE_CYCLE:
                self.schedule.step()
            total += parts.detach()
        if config.schedule == HALVING:
            self.schedule.step()
        losses = self.fabric.all_reduce(total / self.steps)  # the mean over devices
        assert isinstance(losses, Tensor)
        if not torch.isfinite(losses).all():
            raise RunError(
                f"the loss is {losses.sum().item()} in epoch {self.epoch + 1}: lower the learning rate, or look for "
                "ratings that are no numbers"
            )
        return losses.cpu()

    def _decibels(self, clips: RatedClips, chosen: Any) -> Tensor:
        return torch.from_numpy(clips.frames(chosen)).to(self.fabric.device)

    def _losses(
        self,
        training: RatedClips,
        chosen: Any,
        decibels: Tensor,
        unlabelled: Tensor | None,
        generator: torch.Generator,
        progress: float,
    ) -> Tensor:
        """Return the losses of a batch, (2,): ratings, adaptation."""
        config = self.config

        def varied(clips: Tensor) -> Tensor:
            return augment(clips, config.augmentation, config.frontend.floor_db, generator)

        count = len(decibels)
        both = varied(decibels if unlabelled is None else torch.cat([decibels, unlabelled]))
        output: Output = self.learner(both, config.every)
        ratings = self._ratings_loss(training, chosen, output, count)
        if unlabelled is None:
            return torch.stack([ratings, ratings.new_zeros(())])
        pooled = output.embedding.float().mean(dim=1)
        strength = ramp(progress)
        method = config.adaptation.method
        if self.critic is not None:
            adaptation = reversal_loss(self.critic, pooled[:count], pooled[count:], strength)
        elif method == CORAL:
            adaptation = strength * coral_loss(pooled[:count], pooled[count:])
        else:
            assert self.average is not None
            with self.fabric.autocast():
                taught = self.average(varied(unlabelled), config.every).float()
            adaptation = strength * nn.functional.mse_loss(output.curve[count:].float(), taught)
        return torch.stack([ratings, config.adaptation.weight * adaptation])

    def _ratings_loss(self, training: RatedClips, chosen: Any, output: Output, count: int) -> Tensor:
        """Return the loss of the labelled clips, the first ``count`` of the output."""
        config = self.config
        curve = output.curve[:count].float()
        by_window = self._standardised(training.windowed[chosen] - CENTRE)
        means, seen = window_means(config.network, config.frontend, config.every, curve.shape[1], by_window.shape[1])
        means = means.to(curve.device)
        loss = _mean_square(curve.mean(dim=1), self._standardised(training.ratings[chosen] - CENTRE))
        if config.curve_weight:
            loss = loss + config.curve_weight * _mean_square(means @ curve, by_window[:, seen])
        if output.spread is not None and training.spread is not None:
            spread = self._standardised(training.spread[chosen])
            loss = loss + _mean_square(means @ output.spread[:count].float(), spread[:, seen])
        return loss

    def _standardised(self, ratings: Any) -> Tensor:
        return torch.from_numpy(ratings / np.float32(SPREAD)).to(self.fabric.device)


def _mean_square(values: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference where something is wanted (is not NaN)."""
    known = ~torch.isnan(wanted)
    difference = torch.where(known, values - wanted, 0.0)
    return difference.square().sum() / known.sum().clamp(min=1)


def _optimiser(config: FitConfig, weights: list[nn.Parameter]) -> torch.optim.Optimizer:
    if config.schedule == HALVING:
        return torch.optim.Adam(weights, lr=config.learning_rate, weight_decay=config.weight_decay)
    groups = [
        {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _schedule(config: FitConfig, optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    if config.schedule == HALVING:
        return torch.optim.lr_scheduler.MultiStepLR(optimiser, HALVINGS, gamma=0.5)
    total = max(config.epochs * steps, _SHORTEST_CYCLE)
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=total, pct_start=0.2)
