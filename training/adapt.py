"""Unsupervised domain adaptation: ways to make what a network learns from labelled clips hold for unlabelled ones.

- ``"reversal"``: a discriminator tries to tell the domains by the pooled embedding, and the network, through a layer
  that reverses its gradient, to make that impossible (Ganin & Lempitsky, ICML 2015; Chowdhury & Widmer, ICASSP 2021).
- ``"coral"``: the covariances of the pooled embeddings of the two domains are pulled together (Sun & Saenko, ECCV
  Workshops 2016).
- ``"mean teacher"``: the network agrees, on a target clip varied in one way, with a running average of itself on the
  clip varied in another (French et al., ICLR 2018).
- `adapt_norms`: batch normalisation takes its statistics from the target (Li et al., ICLR Workshops 2017).
"""

import copy
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from training.networks import Network

Method = Literal["none", "reversal", "coral", "mean teacher"]
NONE, REVERSAL, CORAL, MEAN_TEACHER = get_args(Method)


@dataclass(frozen=True)
class Adaptation:
    """How a network is adapted while it learns.

    Attributes
    ----------
    method : str
        ``"none"``, ``"reversal"``, ``"coral"`` or ``"mean teacher"``.
    weight : float
        Of its loss beside that of the ratings. What the network learns from it grows from 0 by `ramp` over the run.
    """

    method: Method = "none"
    weight: float = 1.0


def ramp(progress: float) -> float:
    """Return how much of the adaptation counts after a share ``progress`` of a run: ``2 / (1 + exp(-10 p)) - 1``."""
    return 2.0 / (1.0 + math.exp(-10.0 * progress)) - 1.0


class _Reverse(torch.autograd.Function):
    """Identity whose gradient is multiplied by ``-strength``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradient, None


def reverse(x: Tensor, strength: float) -> Tensor:
    """Return ``x``, with a gradient that comes back multiplied by ``-strength``."""
    reversed_: Tensor = _Reverse.apply(x, strength)  # type: ignore[no-untyped-call]
    return reversed_


class Discriminator(nn.Module):
    """Tells from a pooled embedding whether a clip is of the target: logits (b, width) -> (b,).

    Hidden layers of 50 and 20, as published for an embedding of 512; for a narrow one a third of its width and two
    fifths of that, but at least 16 and 8, since fewer rectified units may all fall silent.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        first = min(50, max(width // 3, 16))
        second = max(2 * first // 5, 8)
        self.layers = nn.Sequential(
            nn.Linear(width, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, 1)
        )

    def forward(self, embedding: Tensor) -> Tensor:
        """(b, width) -> (b,)."""
        logits: Tensor = self.layers(embedding)
        return logits[:, 0]


def reversal_loss(discriminator: nn.Module, source: Tensor, target: Tensor, strength: float) -> Tensor:
    """Binary cross-entropy of the discriminator on pooled embeddings (b, width) of both domains, reversed."""
    told = discriminator(reverse(torch.cat([source, target]), strength))
    truth = torch.cat([told.new_zeros(len(source)), told.new_ones(len(target))])
    return nn.functional.binary_cross_entropy_with_logits(told, truth)


def coral_loss(source: Tensor, target: Tensor) -> Tensor:
    """Return the distance of the covariances of embeddings (b, width): ``|C_s - C_t|^2 / (4 width^2)``, as published.

    Embeddings are first scaled by their common standard deviation, so that the loss cannot fall by shrinking them.
    """
    scale = torch.cat([source, target]).std(dim=0).detach() + 1e-3
    difference = torch.cov((source / scale).T) - torch.cov((target / scale).T)
    return difference.square().sum() / (4 * source.shape[1] ** 2)


class RunningAverage(nn.Module):
    """A network whose weights follow another's: the mean teacher."""

    def __init__(self, network: Network, keep: float = 0.99) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).requires_grad_(requires_grad=False)
        self.keep = keep

    @torch.no_grad()
    def follow(self, network: Network) -> None:
        """Move each weight by a hundredth of the way; counts of batches are copied."""
        for own, other in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if own.is_floating_point():
                own.lerp_(other.to(own.dtype), 1 - self.keep)
            else:
                own.copy_(other)

    @torch.no_grad()
    def forward(self, spectrogram: Tensor, every: int) -> Tensor:
        """Decibels (b, t, bands) -> the curve (b, n, 7)."""
        curve: Tensor = self.network.eval()(spectrogram, every).curve
        return curve


@torch.no_grad()
def adapt_norms(network: Network, batches: Iterable[Tensor]) -> None:
    """Replace the statistics of batch normalisation by those of the target's spectrograms, (b, t, bands) each."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
    network.train()
    for batch in batches:
        network.embed(batch, network.coarsest)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
