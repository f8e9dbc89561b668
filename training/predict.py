"""What a network says of clips: its curves, their means by second and by clip, and how those agree with ratings."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from midlevel_app.frontend import FrontEnd
from training.datasets.rated import RatedClips
from training.networks import Network, NetworkConfig
from training.ratings.calibration import CENTRE, SPREAD

_BATCH = 32


@dataclass(frozen=True)
class Prediction:
    """What a network says of clips, on the scale of the ratings.

    Attributes
    ----------
    ratings : (clips, 7) float64
        The mean of each clip's curve.
    windowed : (clips, windows, 7) float64
        The means of the curve over the seconds in the middle of the windows of `RatedClips.windowed`; NaN for those in
        which no value of the curve lies.
    spread : (clips, windows, 7) float64 or None
        The same of the spread, if the network says it.
    """

    ratings: npt.NDArray[np.float64]
    windowed: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64] | None


@lru_cache(maxsize=16)
def window_means(
    network: NetworkConfig, frontend: FrontEnd, every: int, length: int, windows: int
) -> tuple[Tensor, Tensor]:
    """Return how a clip's curve becomes values by window, one a second, the first at 0.5 s.

    Parameters
    ----------
    network : NetworkConfig
    frontend : FrontEnd
    every : int
        Which values of the curve there are, as given to `Network.forward`.
    length : int
        Number of values of the curve.
    windows : int
        Number of windows of a clip.

    Returns
    -------
    means : (s, length) float32
        Each row averages the values within half a second of a window's middle.
    seen : (s,) int64
        The windows in which values lie.
    """
    centres = network.centre(every) + network.stride * every * np.arange(length)
    second = np.floor(frontend.times(centres)).astype(np.int64)
    share = (second == np.arange(windows)[:, None]).astype(np.float32)
    seen = np.flatnonzero(share.any(axis=1))
    share = share[seen] / share[seen].sum(axis=1, keepdims=True)
    return torch.from_numpy(share), torch.from_numpy(seen)


def predict(network: Network, clips: RatedClips, frontend: FrontEnd, every: int = 1) -> Prediction:
    """Rate clips, whole and by window; from every so manieth value alone, without smoothing, if that will do."""
    device = next(network.parameters()).device
    windows = clips.windowed.shape[1]
    ratings, windowed, spreads = [], [], []
    network.eval()
    with torch.no_grad():
        for frames in batches(clips, device):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                output = network(frames, every)
            curve = output.curve.float()
            means, seen = window_means(network.config, frontend, every, curve.shape[1], windows)
            ratings.append(curve.mean(dim=1).cpu())
            windowed.append(_spaced(means @ curve.cpu(), seen, windows))
            if output.spread is not None:
                spreads.append(_spaced(means @ output.spread.float().cpu(), seen, windows))
    return Prediction(
        CENTRE + SPREAD * _array(ratings),
        CENTRE + SPREAD * _array(windowed),
        SPREAD * _array(spreads) if spreads else None,
    )


def batches(clips: RatedClips, device: torch.device) -> Iterator[Tensor]:
    """Yield the spectrograms of clips in decibels, (up to 32, t, bands), in their order."""
    for start in range(0, len(clips), _BATCH):
        yield torch.from_numpy(clips.frames(np.arange(start, min(start + _BATCH, len(clips))))).to(device)


def _spaced(values: Tensor, seen: Tensor, windows: int) -> Tensor:
    """(b, s, 7) -> (b, windows, 7), NaN in the windows that are not seen."""
    spaced = torch.full((len(values), windows, values.shape[2]), torch.nan)
    spaced[:, seen] = values
    return spaced


def _array(parts: list[Tensor]) -> npt.NDArray[np.float64]:
    return torch.cat(parts).double().numpy()


def correlations(predicted: npt.ArrayLike, rated: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Pearson's r of each feature over clips, (features,); 0 where one side does not vary."""
    first, second = np.asarray(predicted, np.float64), np.asarray(rated, np.float64)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    scale = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return np.asarray((first * second).sum(axis=0) / np.where(scale == 0, np.inf, scale))
