"""The published way to take curves, to be timed beside ours: python -m bench.reference FILE.

Chowdhury & Widmer (ICASSP 2021): a librosa spectrogram of the whole file, 15-second windows every 5 seconds,
each through the receptive-field-regularised ResNet in torch, one set of seven values a window. Weights are
random: they change the values, not the time.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from bench.measures import Timing

RATE = 22050
FRAME = 2048
HOP = 704  # 31.3 frames a second
WINDOW_SECONDS = 15
STEP_SECONDS = 5


class CoordinateConv(nn.Module):
    """A convolution with each band's place on the frequency axis as one more input channel."""

    def __init__(self, channels_in: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in + 1, channels, kernel, padding=kernel // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels_in, f, t) -> (b, channels, f, t)."""
        place = torch.linspace(-1.0, 1.0, x.shape[2]).view(1, 1, -1, 1).expand(len(x), 1, -1, x.shape[3])
        return torch.as_tensor(self.convolution(torch.cat([x, place], dim=1)))


class Block(nn.Module):
    """Two convolutions with batch normalisation beside a shortcut."""

    def __init__(self, channels_in: int, channels: int, first: int, second: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            CoordinateConv(channels_in, channels, first),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            CoordinateConv(channels, channels, second),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Identity() if channels_in == channels else nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels_in, f, t) -> (b, channels, f, t)."""
        return torch.relu(self.body(x) + self.shortcut(x))


def published_network() -> nn.Sequential:
    """Return the network of the paper: (b, 1, 149, t) -> (b, 7), receptive field 95 x 95 bins and frames."""
    return nn.Sequential(
        nn.Conv2d(1, 128, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        Block(128, 128, 3, 1),
        nn.MaxPool2d(2),
        Block(128, 128, 3, 3),
        nn.MaxPool2d(2),
        Block(128, 128, 3, 3),
        Block(128, 256, 3, 3),
        Block(256, 512, 1, 1),
        nn.Conv2d(512, 7, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def filterbank() -> npt.NDArray[np.float32]:
    """Triangles between neighbouring FFT bins nearest to 24 tones an octave, shape (149, 1025)."""
    tones = 440.0 * 2.0 ** (np.arange(-24 * 6, 24 * 5) / 24)
    edges = np.unique(np.round(tones[tones < RATE / 2] * FRAME / RATE))
    edges = edges[edges > 0]
    bins = np.arange(FRAME // 2 + 1)
    rows = [np.interp(bins, edges[i : i + 3], [0.0, 1.0, 0.0]) for i in range(len(edges) - 2)]
    return np.stack(rows).astype(np.float32)


def spectrogram(path: Path) -> npt.NDArray[np.float32]:
    """Log-filtered magnitude spectrogram of a file, (149, frames)."""
    audio, _ = librosa.load(path, sr=RATE, mono=True)
    magnitude = np.abs(librosa.stft(audio, n_fft=FRAME, hop_length=HOP))
    filtered: npt.NDArray[np.float32] = np.log10(filterbank() @ magnitude + np.float32(1.0))
    return filtered


def measure(path: Path) -> Timing:
    """Time the analysis of a file, on one thread."""
    torch.set_num_threads(1)
    network = published_network().eval()
    width = WINDOW_SECONDS * RATE // HOP
    warm = librosa.resample(np.zeros(2 * FRAME, np.float32), orig_sr=44100, target_sr=RATE)
    librosa.stft(warm, n_fft=FRAME, hop_length=HOP)
    started, cpu_started = time.perf_counter(), time.process_time()
    frames = spectrogram(path)
    starts = range(0, max(1, frames.shape[1] - width + 1), STEP_SECONDS * RATE // HOP)
    with torch.inference_mode():
        for start in starts:
            network(torch.from_numpy(frames[None, None, :, start : start + width]))
    return Timing(
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - cpu_started,
        parameters=sum(weight.numel() for weight in network.parameters()),
        windows=len(starts),
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1])))))
