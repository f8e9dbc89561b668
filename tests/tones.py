"""Piano-like sound for tests and benchmarks: struck notes of decaying harmonics."""

import numpy as np
import numpy.typing as npt

NOTES_A_SECOND = 4
_HARMONICS = 6
_NOTE_SECONDS = 1.5


def piano_like(seconds: float, rate: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Random notes of a C major scale over four octaves, two channels.

    Parameters
    ----------
    seconds : float
        Length.
    rate : int
        Samples a second.
    seed : int
        Another seed gives other notes.

    Returns
    -------
    (round(seconds * rate), 2) float32
        Peak 0.5.
    """
    random = np.random.default_rng(seed)
    audio = np.zeros((round(seconds * rate), 2), dtype=np.float32)
    time = np.arange(round(_NOTE_SECONDS * rate)) / rate
    scale = [12 * octave + step for octave in range(3, 7) for step in (0, 2, 4, 5, 7, 9, 11)]
    for onset in np.arange(0.0, seconds, 1.0 / NOTES_A_SECOND):
        frequency = 440.0 * 2.0 ** ((random.choice(scale) + 12 - 69) / 12)
        note = sum(
            np.sin(2 * np.pi * n * frequency * time) * np.exp(-2.0 * n * time) / n
            for n in range(1, _HARMONICS + 1)
            if n * frequency < rate / 2
        ) * random.uniform(0.3, 1.0)
        side = random.uniform(0.3, 0.7)
        start = round(onset * rate)
        length = min(len(note), len(audio) - start)
        audio[start : start + length] += note[:length, None] * np.array([1 - side, side])
    audio *= np.float32(0.5) / np.abs(audio).max()
    return audio
