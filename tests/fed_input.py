"""An input that is fed from an array instead of a device, in blocks of any size, as fast as the analysis takes it."""

import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from midlevel_app.audio.devices import Device
from midlevel_app.audio.lasting import LastingInput, State, Stretch
from midlevel_app.live.session import LiveSession

MOST_WAITING_SECONDS = 3.0


class FedInput(LastingInput):
    """Gives one block at each read.

    Attributes
    ----------
    session : LiveSession or None
        Whose analysis is waited for; None to feed without regard.
    finished : bool
        All was given.
    """

    def __init__(self, blocks: Iterator[npt.NDArray[np.float32]], rate: int, channels: int) -> None:
        super().__init__("fed")
        self.input = Device("fed", rate, channels)
        self.session: LiveSession | None = None
        self.finished = False
        self._blocks = blocks

    def choose(self) -> Device:
        """See `LastingInput`."""
        return self.input

    def start(self) -> None:
        """See `LastingInput`."""
        self.state = State.LISTENING

    def read(self) -> list[Stretch]:
        """Return the next block, if the analysis has not too much to do."""
        if self.session is not None and self.session.waiting_seconds > MOST_WAITING_SECONDS:
            return []
        block = next(self._blocks, None)
        self.finished = block is None
        return [] if block is None else [Stretch(block, time.monotonic())]
