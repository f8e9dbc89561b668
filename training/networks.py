"""The network: a receptive-field-regularised ResNet whose un-pooled output is the curve.

After Koutini et al. (EUSIPCO 2019) and Chowdhury & Widmer (ICASSP 2021): a ResNet whose kernels are chosen so that
one output sees only a limited stretch of time, with a frequency-coordinate channel before the convolutions of each
block. Convolutions are valid in time, so the curve of a chunk is exactly that stretch of the whole file's curve.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from midlevel_app.features import NAMES


@dataclass(frozen=True)
class Block:
    """One residual block: two convolutions.

    Attributes
    ----------
    channels : int
        Output channels.
    kernels : (int, int)
        Sizes of the two square kernels, odd.
    dilation : int
        Spacing of the kernels' taps in time.
    pool : bool
        Halve the number of bands before the block.
    """

    channels: int
    kernels: tuple[int, int] = (3, 3)
    dilation: int = 1
    pool: bool = False


@dataclass(frozen=True)
class RFResNetConfig:
    """Shape of an `RFResNet`.

    The stem convolves 5 x 5 with a stride of 2 in both directions; the blocks keep the time resolution. The output
    is a moving average over ``smoothing`` (odd) values, so that a curve does not flicker with each attack.
    """

    bands: int = 160
    stem: int = 16
    blocks: tuple[Block, ...] = (
        Block(16),
        Block(32, dilation=2, pool=True),
        Block(32, dilation=2),
        Block(64, dilation=2, pool=True),
        Block(64, dilation=3),
    )
    dropout: float = 0.1
    smoothing: int = 7

    @property
    def stride(self) -> int:
        """Frames from one output to the next."""
        return 2

    @property
    def receptive_field(self) -> int:
        """Frames that one output sees: ``5 + stride * (sum((kernel - 1) * dilation) + smoothing - 1)``."""
        reach = sum((kernel - 1) * block.dilation for block in self.blocks for kernel in block.kernels)
        return 5 + self.stride * (reach + self.smoothing - 1)


class CoordinateConv(nn.Module):
    """A convolution that also sees each band's place on the frequency axis.

    Equal to appending a channel that runs from -1 to 1 over the bands; as it is the same at all times and in all
    clips, its part is convolved once and added, which keeps the channel count even and saves copying the input.
    """

    def __init__(self, channels_in: int, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            channels_in, channels, kernel, padding=(0, kernel // 2), dilation=(dilation, 1), bias=False
        )
        self.coordinate = nn.Conv2d(1, channels, (1, kernel), padding=(0, kernel // 2), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels_in, t, f) -> (b, channels, t - (kernel - 1) * dilation, f)."""
        place = torch.linspace(-1.0, 1.0, x.shape[3], dtype=x.dtype, device=x.device)
        result: Tensor = self.convolution(x) + self.coordinate(place.view(1, 1, 1, -1))
        return result


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut; valid in time, padded in frequency."""

    def __init__(self, channels_in: int, block: Block) -> None:
        super().__init__()
        first, second = block.kernels
        width = block.channels
        self.pool = nn.MaxPool2d((1, 2)) if block.pool else nn.Identity()
        self.convolution1 = CoordinateConv(channels_in, width, first, block.dilation)
        self.norm1 = nn.BatchNorm2d(width)
        self.convolution2 = CoordinateConv(width, width, second, block.dilation)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity() if channels_in == width else nn.Conv2d(channels_in, width, 1, bias=False)
        self.crop = (first - 1) * block.dilation // 2 + (second - 1) * block.dilation // 2

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels_in, t, f) -> (b, channels, t - 2 * crop, f), or f // 2 with pooling."""
        x = self.pool(x)
        y = torch.relu(self.norm1(self.convolution1(x)))
        y = self.norm2(self.convolution2(y))
        kept = x[:, :, self.crop : x.shape[2] - self.crop]
        result: Tensor = torch.relu(y + self.shortcut(kept))
        return result


class RFResNet(nn.Module):
    """Spectrogram in decibels -> one embedding and seven values per time step."""

    def __init__(self, config: RFResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Conv2d(1, config.stem, 5, stride=2, padding=(0, 2), bias=False)
        self.stem_norm = nn.BatchNorm2d(config.stem)
        widths = [config.stem, *(block.channels for block in config.blocks)]
        self.blocks = nn.Sequential(*(ResidualBlock(w, b) for w, b in zip(widths[:-1], config.blocks, strict=True)))
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(widths[-1], len(NAMES))
        self.smooth = nn.AvgPool1d(config.smoothing, stride=1)

    def embed(self, spectrogram: Tensor) -> Tensor:
        """Decibels (b, t, bands) -> embeddings over time (b, n + smoothing - 1, width)."""
        x = ((spectrogram + 50.0) / 20.0).unsqueeze(1)  # (b, 1, t, bands), about -2 to 2.5
        x = torch.relu(self.stem_norm(self.stem(x)))  # (b, stem, t / 2, bands / 2)
        embedded: Tensor = self.blocks(x).mean(dim=3)  # (b, width, n)
        return embedded.transpose(1, 2)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Decibels (b, t, bands) -> standardised ratings over time (b, n, 7); their mean over n rates the clip.

        n is ``(t - receptive_field) // stride + 1``.
        """
        rated: Tensor = self.head(self.dropout(self.embed(spectrogram)))
        smoothed: Tensor = self.smooth(rated.transpose(1, 2))
        return smoothed.transpose(1, 2)


def parameters(network: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
