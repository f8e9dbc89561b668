"""Backlog: audio that waits for the analysis, and no more of it than can be caught up with."""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from midlevel_app.audio.block import Block

WAITING_SECONDS = 10.0
"""How much audio may wait: more than a receptive field."""


@dataclass(frozen=True)
class Arrived:
    """Consecutive audio, and for each part of it the sample it ends at and when it came."""

    block: Block
    ends: tuple[tuple[int, float], ...]


class Backlog:
    """Audio on its way to the analysis. Blocks that waited too long are missing from what it gives.

    Attributes
    ----------
    waiting : int
        Samples.
    """

    def __init__(self) -> None:
        self._parts: deque[Arrived] = deque()
        self._ready = threading.Condition()
        self._ended = False
        self.waiting = 0

    def put(self, part: Arrived) -> None:
        """Append audio, and drop the oldest beyond `WAITING_SECONDS`."""
        with self._ready:
            self._parts.append(part)
            self.waiting += len(part.block.samples)
            while self.waiting > WAITING_SECONDS * part.block.rate and len(self._parts) > 1:
                self.waiting -= len(self._parts.popleft().block.samples)
            self._ready.notify()

    def end(self) -> None:
        """Nothing more comes."""
        with self._ready:
            self._ended = True
            self._ready.notify()

    def get(self) -> list[Arrived] | None:
        """Wait for audio and return all there is; None once it ended."""
        with self._ready:
            self._ready.wait_for(lambda: self._parts or self._ended)
            found, self._parts, self.waiting = list(self._parts), deque(), 0
            return found or None


def joined(blocks: list[Block]) -> list[Block]:
    """Put consecutive blocks into one, as far as none is missing between them."""
    runs: list[list[Block]] = []
    for block in blocks:
        if runs and runs[-1][-1].first_sample + len(runs[-1][-1].samples) == block.first_sample:
            runs[-1].append(block)
        else:
            runs.append([block])
    return [Block(np.concatenate([one.samples for one in run]), run[0].rate, run[0].first_sample) for run in runs]
