"""What live listening is asked to do, and the snapshot of what came of it that a window or a command pulls."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midlevel_app.audio.lasting import Gap, State
from midlevel_app.curves import Curves
from midlevel_app.errors import MidlevelError
from midlevel_app.frontend import Spectrogram
from midlevel_app.live.level import Level


@dataclass(frozen=True)
class LiveSettings:
    """What is asked for.

    Attributes
    ----------
    device : str or None
        Name of the input; None for the system's default.
    take : Path or None
        Where the audio is recorded, ``.wav`` or ``.flac``; None for not at all.
    csv : Path or None
        Where the curves are written, each row as soon as it is known, with a sidecar in the end.
    force : bool
        Replace files that exist.
    seconds : float or None
        Stop after so long, to the sample; None for not by itself.
    gain_db : float
        By how much the analysis, never the recording, hears the input louder, as a check of the input found. Unless
        it is 0, the curves are those of the take made so much louder.
    """

    device: str | None = None
    take: Path | None = None
    csv: Path | None = None
    force: bool = False
    seconds: float | None = None
    gain_db: float = 0.0


@dataclass(frozen=True)
class Lag:
    """How old a sound is when its value is known, in seconds.

    Attributes
    ----------
    field : float
        From the centre of what a value describes to its end: half the receptive field. Belongs to the model.
    behind : float or None
        From the arrival of that end in the program to the value, as measured of late: resampling, the wait for the
        next frame, the queue and the network. None before the first value.
    device : float
        From the microphone to the program, by PortAudio's word.
    """

    field: float
    behind: float | None
    device: float

    @property
    def total(self) -> float:
        """From the sound at the centre of what a value describes to the value."""
        return self.field + (self.behind or 0.0) + self.device


@dataclass(frozen=True)
class Snapshot:
    """What live listening is doing, and what is new since the last pull.

    Attributes
    ----------
    state : State
    device : str
        Name of the input.
    error : MidlevelError or None
        Why nothing is heard, or something is not written.
    seconds : float
        Heard so far, with the silence that stands for what is missing: the time of a take.
    curves : Curves
        New rows; those of all pulls together are one grid from time 0.
    behind : (t,) float64
        For each of these rows, seconds from the arrival of the end of what it describes until it was known; NaN for
        rows without a value.
    frames : (n, bands) float32
        New frames of the spectrogram in decibels; about a minute of them at most.
    first_frame : int
        Number of the first of them. One that does not follow the last pull's tells that some were left out.
    level : Level
        Since the last pull.
    zero_seconds : float
        For how long the input has been exactly zero, as of a microphone that is muted or not allowed.
    lag : Lag
    run_seconds : float
        How much new audio each run of the network took of late; it grows where the machine is slow.
    left_out_seconds : float
        Audio that the analysis had to leave out because it fell behind; no recording did.
    dropouts : int
        How often audio did not come from the device.
    gaps : tuple of Gap
        When the device was away, in frames at ``rate``; silence stands for it.
    rate : int
        Samples a second; 0 before the device is open.
    seconds_left : float or None
        How much longer the take can get until the disk is full; None without a take.
    cpu_share : float
        Of one processor core, over the last second or more: what hearing, writing and analysing took.
    written : tuple of Path
        Files that are whole, once `State.STOPPED` or `State.FULL` is reached; the take first.
    """

    state: State
    device: str
    error: MidlevelError | None
    seconds: float
    curves: Curves
    behind: npt.NDArray[np.float64]
    frames: Spectrogram
    first_frame: int
    level: Level
    zero_seconds: float
    lag: Lag
    run_seconds: float
    left_out_seconds: float
    dropouts: int
    gaps: tuple[Gap, ...]
    rate: int
    seconds_left: float | None
    cpu_share: float
    written: tuple[Path, ...]
