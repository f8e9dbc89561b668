"""Acoustic variety: room, tone, bandwidth, noise and level of a rendered clip."""

import numpy as np
import scipy.signal

from midlevel_app.frontend import Samples


def record(dry: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Return a rendered clip as some room, microphone and medium might have kept it.

    Parameters
    ----------
    dry : (n,) float32
        Rendered mono audio.
    rate : int
        Samples a second.
    rng : Generator
        Decides room (reverberation 0.2 to 2 s, 60 % of clips), tone, bandwidth (3 to 10 kHz, 25 %), noise
        floor (-80 to -45 dB below the peak, 60 %) and peak level (-26 to -1 dBFS).

    Returns
    -------
    (n,) float32
    """
    audio = dry.astype(np.float64)
    if rng.random() < 0.6:
        audio = _room(audio, rate, rng.uniform(0.2, 2.0), rng.uniform(0.05, 0.5), rng)
    audio = _tilt(audio, rng.uniform(-0.5, 0.5))
    if rng.random() < 0.25:
        edge = float(np.exp(rng.uniform(np.log(3000), np.log(10000))))
        audio = scipy.signal.sosfilt(scipy.signal.butter(4, edge, fs=rate, output="sos"), audio)
    peak = float(np.abs(audio).max())
    if peak == 0:
        return dry
    audio /= peak
    if rng.random() < 0.6:
        noise = _tilt(rng.normal(0, 1, len(audio)), rng.uniform(0, 0.95))
        audio += noise / noise.std() * 10 ** (rng.uniform(-80, -45) / 20)
    return np.asarray(audio * 10 ** (rng.uniform(-26, -1) / 20), dtype=np.float32)


def _room(audio: np.ndarray, rate: int, decay: float, wet: float, rng: np.random.Generator) -> np.ndarray:
    """Add reverberation: noise that falls by 60 dB in ``decay`` seconds, ``wet`` the share of its energy."""
    time = np.arange(int(decay * rate)) / rate
    tail = rng.normal(0, 1, len(time)) * 10 ** (-3 * time / decay)
    tail = _tilt(tail, 0.4)  # rooms swallow the treble
    tail *= np.sqrt(wet / (1 - wet) / (tail**2).sum())
    tail[0] += 1.0
    return np.asarray(scipy.signal.fftconvolve(audio, tail)[: len(audio)])


def _tilt(audio: np.ndarray, amount: float) -> np.ndarray:
    """One-pole tone control: towards the bass for ``amount`` above 0, towards the treble below."""
    if amount >= 0:
        return np.asarray(scipy.signal.lfilter([1.0], [1.0, -amount], audio))
    return np.asarray(scipy.signal.lfilter([1.0, amount], [1.0], audio))
