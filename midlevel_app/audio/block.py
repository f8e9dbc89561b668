"""Block: a stretch of audio with its place in time; what decoders and microphones hand on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Block:
    """A stretch of consecutive audio.

    Attributes
    ----------
    samples : (n, channels) float32
        Full scale is -1 to 1.
    rate : int
        Samples a second.
    first_sample : int
        Index of ``samples[0]`` counted from the start of the recording, at ``rate``.
    """

    samples: npt.NDArray[np.float32]
    rate: int
    first_sample: int
