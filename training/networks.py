"""The networks: convolutional, with a limited receptive field, and an un-pooled output that is the curve.

After Koutini et al. (EUSIPCO 2019) and Chowdhury & Widmer (ICASSP 2021): a ResNet whose kernels are chosen so that
one output sees only a limited stretch of time, with a frequency-coordinate channel before the convolutions of each
block; beside it their baseline, a network like VGG. Convolutions are valid in time, so the curve of a chunk is exactly
that stretch of the whole file's curve.

Where the published networks pool in time, and so give a value only every eighth frame, these dilate what follows
instead: the same weights give a value every second frame. Training asks for every fourth of these values only, and then
computes just what the published network would.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from midlevel_app.features import NAMES

STEM, STEM_STRIDE = 5, 2


@dataclass(frozen=True)
class Block:
    """Two convolutions.

    Attributes
    ----------
    channels : int
        Output channels.
    kernels : (int, int)
        Sizes of the two square kernels, odd.
    pool : bool
        Take the maximum of 2 x 2 before them. The bands are halved; so is the time resolution, as far as the receptive
        field is concerned: later kernels reach twice as far.
    """

    channels: int
    kernels: tuple[int, int] = (3, 3)
    pool: bool = False


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a `Network`.

    Attributes
    ----------
    bands : int
        Of the spectrogram.
    stem : int
        Channels of the first convolution, 5 x 5 with a stride of 2 in both directions.
    blocks : tuple of Block
    residual : bool
        Whether blocks have a shortcut.
    coordinate : bool
        Whether the convolutions of blocks see each band's place on the frequency axis, as in the published networks.
    dropout : float
        Before the head.
    smoothing : int
        The output is a moving average over so many values, so that a curve does not flicker with each attack.
    spread : bool
        Whether there is a second output: how far teachers differed (see `training.refine`).
    """

    bands: int = 160
    stem: int = 16
    blocks: tuple[Block, ...] = (
        Block(16, (3, 1)),
        Block(32, pool=True),
        Block(80, pool=True),
        Block(160, (3, 1), pool=True),
    )
    residual: bool = True
    coordinate: bool = False
    dropout: float = 0.1
    smoothing: int = 8
    spread: bool = False

    @property
    def stride(self) -> int:
        """Frames from one output to the next."""
        return STEM_STRIDE

    @property
    def dilations(self) -> tuple[int, ...]:
        """Of each block: spacing of its kernels' taps in time, which each pooling up to it doubles."""
        pools = [block.pool for block in self.blocks]
        return tuple(2 ** sum(pools[: place + 1]) for place in range(len(pools)))

    @property
    def receptive_field(self) -> int:
        """Frames that one output sees.

        ``5 + 2 * (reach + smoothing - 1)``, where the reach is the sum over blocks of ``dilation * (kernel1 + kernel2 -
        2)``, and of half the dilation where a block pools.
        """
        reach = sum(
            dilation * (sum(block.kernels) - 2) + (dilation // 2 if block.pool else 0)
            for block, dilation in zip(self.blocks, self.dilations, strict=True)
        )
        return STEM + STEM_STRIDE * (reach + self.smoothing - 1)

    def centre(self, every: int = 1) -> float:
        """Return which frame the first value lies in the middle of; ``every`` as in `Network.forward`."""
        smoothed = self.smoothing if every == 1 else 1
        return (self.receptive_field - STEM_STRIDE * (self.smoothing - smoothed) - 1) / 2


def rf_resnet(width: int = 128, rho: int = 6) -> NetworkConfig:
    """Return the network of Chowdhury & Widmer (2021), or a narrower one, with a receptive field set by one number.

    ``width`` channels in the stem and the three blocks of stage 1 (kernels 3/1, 3/3, 3/3, pooling after the first two),
    twice as many in stage 2, four times as many in stage 3. Their network has a width of 128 and ``rho`` = 6, a
    receptive field of 95 x 95 frames and bands, and 2.2 million parameters.

    Parameters
    ----------
    width : int
    rho : int
        How many of the convolutions after the first block have kernels of 3 instead of 1, as in Koutini et al. (2019).
        The field is ``5 + 2 * (5 + 4 * min(rho, 2) + 8 * max(rho - 2, 0))`` frames: 47 for 3, 95 for 6, 191 for 12.
        Beyond 8, stage 2 has a block more for every two.
    """
    kernels = [3 if place < rho else 1 for place in range(max(rho + rho % 2, 8))]
    pairs = list(zip(kernels[::2], kernels[1::2], strict=True))
    blocks = [
        Block(width, (3, 1)),
        Block(width, pairs[0], pool=True),
        Block(width, pairs[1], pool=True),
        *(Block(2 * width, pair) for pair in pairs[2:-1]),
        Block(4 * width, pairs[-1]),
    ]
    return NetworkConfig(stem=width, blocks=tuple(blocks), coordinate=True, smoothing=1)


def vggish(width: int = 64) -> NetworkConfig:
    """Return the baseline, after Chowdhury et al. (ISMIR 2019): pairs of convolutions, wider after each pooling."""
    blocks = (
        Block(width, (3, 1)),
        Block(2 * width, pool=True),
        Block(4 * width, pool=True),
        Block(8 * width, (3, 3), pool=True),
    )
    return NetworkConfig(stem=width, blocks=blocks, residual=False, coordinate=False, dropout=0.3, smoothing=1)


class _Convolution(nn.Module):
    """A convolution without padding in time that may see each band's place on the frequency axis.

    That equals appending a channel that runs from -1 to 1 over the bands; as it is the same at all times and in all
    clips, its part is convolved once and added, which keeps the channel count even and saves copying the input.
    """

    def __init__(self, channels_in: int, channels: int, kernel: int, coordinate: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels, kernel, padding=(0, kernel // 2), bias=False)
        self.coordinate = (
            nn.Conv2d(1, channels, (1, kernel), padding=(0, kernel // 2), bias=False) if coordinate else None
        )
        if self.coordinate is not None:  # as it would begin as one channel of channels_in + 1
            nn.init.normal_(self.coordinate.weight, std=1 / math.sqrt(3 * kernel * (channels_in + 1)))

    def forward(self, x: Tensor, dilation: int) -> Tensor:
        """(b, channels_in, t, f) -> (b, channels, t - (kernel - 1) * dilation, f)."""
        kernel = self.convolution
        result = nn.functional.conv2d(x, kernel.weight, padding=(0, kernel.kernel_size[1] // 2), dilation=(dilation, 1))
        if self.coordinate is not None:
            place = torch.linspace(-1.0, 1.0, x.shape[3], dtype=x.dtype, device=x.device)
            seen = self.coordinate(place.view(1, 1, 1, -1)).permute(0, 2, 3, 1).reshape(1, -1)  # (1, f * channels)
            last = result.permute(0, 2, 3, 1)  # (b, t, f, channels)
            rows = last.reshape(-1, seen.shape[1])
            # Added as a matrix product, so that its gradient is one too: many times faster than a sum over b and t.
            rows = torch.addmm(rows, rows.new_ones(rows.shape[0], 1), seen)
            result = rows.view(last.shape).permute(0, 3, 1, 2)
        return result


class _Block(nn.Module):
    """Two convolutions, beside a shortcut or not; valid in time, padded in frequency."""

    def __init__(self, channels_in: int, block: Block, config: NetworkConfig) -> None:
        super().__init__()
        first, second = block.kernels
        width = block.channels
        self.pool, self.reach = block.pool, sum(block.kernels) - 2
        self.convolution1 = _Convolution(channels_in, width, first, config.coordinate)
        self.norm1 = nn.BatchNorm2d(width)
        self.convolution2 = _Convolution(width, width, second, config.coordinate)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut: nn.Module | None = None
        if config.residual:
            self.shortcut = nn.Identity() if channels_in == width else nn.Conv2d(channels_in, width, 1, bias=False)

    def forward(self, x: Tensor, dilation: int) -> Tensor:
        """(b, channels_in, t, f) -> (b, channels, t - dilation * (sum(kernels) - 2), f)."""
        y = torch.relu(self.norm1(self.convolution1(x, dilation)))
        y = self.norm2(self.convolution2(y, dilation))
        if self.shortcut is not None:
            crop = dilation * self.reach // 2
            y = y + self.shortcut(_at(x, slice(crop, x.shape[2] - crop)))
        return torch.relu(y)


def _at(x: Tensor, times: slice) -> Tensor:
    """(b, c, t, f) -> (b, c, n, f) at some times, cut in channels-last order so that its gradient has that order too.

    In the other order everything before it would compute a sixth slower.
    """
    return x.permute(0, 2, 3, 1)[:, times].permute(0, 3, 1, 2)


class Output(NamedTuple):
    """What a network says of a batch.

    Attributes
    ----------
    embedding : (b, n + smoothing - 1, width)
        Over time, averaged over the bands; not smoothed. (b, n, width) where the curve is not smoothed either.
    curve : (b, n, 7)
        Standardised ratings; their mean over n rates the clip.
    spread : (b, n, 7) or None
        How far teachers differed about the curve, at least 0.
    """

    embedding: Tensor
    curve: Tensor
    spread: Tensor | None


class Network(nn.Module):
    """Spectrogram in decibels -> an embedding and seven values per time step."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Conv2d(1, config.stem, STEM, stride=STEM_STRIDE, padding=(0, STEM // 2), bias=False)
        self.stem_norm = nn.BatchNorm2d(config.stem)
        widths = [config.stem, *(block.channels for block in config.blocks)]
        self.blocks = nn.ModuleList(
            _Block(width, block, config) for width, block in zip(widths[:-1], config.blocks, strict=True)
        )
        self.width = widths[-1]
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(self.width, len(NAMES))
        self.spread_head = nn.Linear(self.width, len(NAMES)) if config.spread else None
        self.smooth = nn.AvgPool1d(config.smoothing, stride=1)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types

    @cached_property
    def coarsest(self) -> int:
        """How far apart values may be computed without computing what lies between: the last block's dilation."""
        return self.config.dilations[-1]

    def embed(self, spectrogram: Tensor, every: int = 1) -> Tensor:
        """Decibels (b, t, bands) -> embeddings (b, n, width), before smoothing; ``every``-th ones only, if asked."""
        x = ((spectrogram + 50.0) / 20.0).unsqueeze(1)  # (b, 1, t, bands), about -2 to 2.5
        x = torch.relu(self.stem_norm(self.stem(x)))  # (b, stem, t / 2, bands / 2)
        grid = 1  # steps of the stem from one computed value to the next
        for block, dilation in zip(self.blocks, self.config.dilations, strict=True):
            if block.pool:
                x = nn.functional.max_pool2d(x, 2, stride=(1, 2), dilation=(dilation // 2 // grid, 1))
            coarser = math.gcd(dilation, every)
            x = _at(x, slice(None, None, coarser // grid))
            grid = coarser
            x = block(x, dilation // grid)
        x = _at(x, slice(None, None, every // grid))
        return x.permute(0, 2, 3, 1).mean(dim=2)  # (b, n, width)

    def forward(self, spectrogram: Tensor, every: int = 1) -> Output:
        """Decibels (b, t, bands) -> `Output` of ``(t - receptive_field) // stride + 1`` values.

        With ``every`` above 1, only every so manieth value is computed, and none is smoothed: training needs no more.
        """
        embedding = self.embed(spectrogram, every)
        dropped = self.dropout(embedding)
        curve = self.head(dropped)
        # The spread learns from the embedding, which does not learn from it.
        spread = None if self.spread_head is None else nn.functional.softplus(self.spread_head(embedding.detach()))
        if every == 1:
            curve = self._smoothed(curve)
            spread = None if spread is None else self._smoothed(spread)
        return Output(embedding, curve, spread)

    def _smoothed(self, values: Tensor) -> Tensor:
        """(b, n + smoothing - 1, 7) -> (b, n, 7)."""
        smoothed: Tensor = self.smooth(values.transpose(1, 2))
        return smoothed.transpose(1, 2)


def parameters(network: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
