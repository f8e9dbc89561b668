"""What sounds at each moment: the decaying amplitude of every pitch on a grid of 20 moments a second."""

from dataclasses import dataclass

import numpy as np

from training.notes import Floats, Notes, sounding_offset

STEP = 0.05  # seconds between two moments
DECAY = 1.0  # seconds in which a struck tone falls to 1/e


@dataclass(frozen=True)
class Sounding:
    """The sounding tones of pitched notes over time.

    Attributes
    ----------
    start : float
        Time of the first moment in seconds.
    pitches : (t, 128) float64
        Amplitude of each MIDI pitch, 1 for a fresh note of velocity 127, 0 when it does not sound.
    """

    start: float
    pitches: Floats

    @property
    def classes(self) -> Floats:
        """Amplitude of each pitch class, (t, 12), C first."""
        padded = np.pad(self.pitches, ((0, 0), (0, 4)))
        return np.asarray(padded.reshape(len(padded), 11, 12).sum(axis=1))

    @property
    def loudness(self) -> Floats:
        """Root of the summed squared amplitudes at each moment, (t,)."""
        return np.asarray(np.sqrt((self.pitches**2).sum(axis=1)))


def sounding(notes: Notes) -> Sounding:
    """Return the sounding tones of the pitched notes from the first onset to the last offset.

    Every note sounds for at least one moment, so that short notes count.
    """
    notes = notes.select(~notes.drum)
    if not len(notes):
        return Sounding(start=0.0, pitches=np.zeros((0, 128)))
    stop = np.maximum(sounding_offset(notes), notes.onset + STEP)
    start = float(notes.onset[0])
    grid = start + STEP * (np.arange(int(np.ceil((stop.max() - start) / STEP))) + 0.5)
    age = grid[None, :] - notes.onset[:, None]
    level = (notes.velocity[:, None] / 127.0) * np.exp(-np.maximum(age, 0) / DECAY)
    level[(age < 0) | (grid[None, :] >= stop[:, None])] = 0.0
    pitches = np.zeros((128, len(grid)))
    np.add.at(pitches, notes.pitch, level)
    return Sounding(start=start, pitches=pitches.T)
