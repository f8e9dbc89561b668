"""What a network costs: weights, operations, and the share of a core that live values take."""

import statistics
import time
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from midlevel_app.frontend import FrontEnd
from training.networks import Network, NetworkConfig, parameters


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes
    ----------
    parameters : int
    field : float
        Seconds of sound that one value describes: from the first to the last sample of its frames.
    rate : float
        Values a second.
    operations : float
        Multiplications, each with its addition, for a second of a long recording, in millions.
    live : float
        Share of one core that it takes to compute each value alone, from its own receptive field, as it falls due.
    """

    parameters: int
    field: float
    rate: float
    operations: float
    live: float


@lru_cache
def network_cost(config: NetworkConfig, frontend: FrontEnd) -> Cost:
    """Measure what a network costs; its live share on this machine, in float32 on one thread.

    The operations are those of a value more in a recording, times values a second.
    """
    network = Network(config).eval()
    rate = frontend.frame_rate / config.stride
    further = 100
    one, more = (torch.full((1, config.receptive_field + n * config.stride, config.bands), -50.0) for n in (0, further))
    return Cost(
        parameters=parameters(network),
        field=((config.receptive_field - 1) * frontend.hop + frontend.frame) / frontend.rate,
        rate=rate,
        operations=(_operations(network, more) - _operations(network, one)) / further * rate / 1e6,
        live=_seconds(network, one) * rate,
    )


def _operations(network: Network, frames: Tensor) -> float:
    """Multiplications, each with its addition, for one spectrogram; torch counts both."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(frames)
    return float(counter.get_total_flops()) / 2


def _seconds(network: Network, frames: Tensor, calls: int = 11) -> float:
    """Seconds of one core that a call takes: the median of several, after one that is not counted."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    taken = []
    with torch.inference_mode():
        for _ in range(1 + calls):
            began = time.thread_time()
            network(frames)
            taken.append(time.thread_time() - began)
    torch.set_num_threads(threads)
    return statistics.median(taken[1:])
