"""Variety added while training, on spectrograms in decibels: level, tone, tuning and noise."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How far each property of a clip is moved at random.

    Attributes
    ----------
    gain : float
        Level, up to this many decibels either way.
    tone : float
        A smooth curve over frequency of up to this many decibels either way.
    shift : int
        Pitch, up to this many bands either way.
    noise : float
        Share of clips that get a noise floor of -85 to -45 dB, itself with half of the tone.
    """

    gain: float = 12.0
    tone: float = 6.0
    shift: int = 6
    noise: float = 0.3


def augment(spectrograms: Tensor, amount: Augmentation, floor: float, generator: torch.Generator) -> Tensor:
    """Vary each clip of a batch on its own.

    Parameters
    ----------
    spectrograms : (b, t, bands) float32
        Decibels.
    amount : Augmentation
    floor : float
        The front end's lowest level in decibels, which stays the lowest.
    generator : torch.Generator

    Returns
    -------
    (b, t, bands) float32
    """
    batch, _, bands = spectrograms.shape
    device = spectrograms.device  # as the generator's

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device) * 2 - 1

    gain = amount.gain * uniform(batch, 1, 1)
    knots = amount.tone * uniform(batch, 1, 6)
    tone = functional.interpolate(knots, bands, mode="linear", align_corners=True)
    result = spectrograms
    if amount.shift:
        steps = torch.randint(-amount.shift, amount.shift + 1, (batch,), generator=generator, device=device)
        place = (torch.arange(bands, device=device)[None] - steps[:, None]).clamp(0, bands - 1)  # (b, bands)
        result = result.gather(2, place[:, None].expand(-1, result.shape[1], -1))
    noisy = (torch.rand(batch, 1, 1, generator=generator, device=device) < amount.noise).float()
    level = -65.0 + 20.0 * uniform(batch, 1, 1) + 0.5 * tone + 200.0 * (noisy - 1)  # -200 dB is no noise
    moved = torch.where(result > floor, result + gain + tone, floor)  # what is silent stays silent
    return torch.logaddexp(moved * _NEPER, level.expand_as(moved) * _NEPER).div(_NEPER).clamp(min=floor)


_NEPER = 0.2302585092994046  # ln(10) / 10: decibels of power to natural logarithm
