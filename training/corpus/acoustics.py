"""Acoustic variety: room, tone, bandwidth, medium, noise, dynamics, level and coding of a rendered clip."""

import io

import numpy as np
import scipy.signal
import soundfile

from midlevel_app.frontend import Samples
from training.notes import Floats

_FRAME = 0.01  # seconds, in which a compressor measures level
_MP3_BEST, _MP3_RANGE = 160.0, 152.0  # kbit/s at libsndfile's compression level 0, and how many less at level 1
_MP3_DELAY = 576 + 529  # samples, of LAME and of the decoder


def record(dry: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Return a rendered clip as some room, microphone and medium might have kept it, in time to a millisecond.

    Parameters
    ----------
    dry : (n,) float32
        Rendered mono audio.
    rate : int
        Samples a second, one that MP3 knows.
    rng : Generator
        Decides room (reverberation 0.2 to 2 s, 60 % of clips), tone, medium (8 %: an old recording of 0.2 to 4 kHz
        with hiss, crackle and hum; 25 %: bandwidth 3 to 10 kHz), compression (25 %), noise floor (-80 to -45 dB
        below the peak, 60 %), peak level (-26 to -1 dBFS) and MP3 coding (25 %, 32 to 96 kbit/s).

    Returns
    -------
    (n,) float32
    """
    audio = dry.astype(np.float64)
    if rng.random() < 0.6:
        audio = room(audio, rate, rng.uniform(0.2, 2.0), rng.uniform(0.05, 0.5), rng)
    audio = _tilt(audio, rng.uniform(-0.5, 0.5))
    medium = rng.choice(["old", "narrow", "clean"], p=[0.08, 0.25, 0.67])
    if medium == "narrow":
        edge = float(np.exp(rng.uniform(np.log(3000), np.log(10000))))
        audio = scipy.signal.sosfilt(scipy.signal.butter(4, edge, fs=rate, output="sos"), audio)
    peak = float(np.abs(audio).max())
    if peak == 0:
        return dry
    audio /= peak
    if rng.random() < 0.25:
        audio = _compress(audio, rate, rng.uniform(-30, -12), rng.uniform(1.5, 5.0))
    if medium == "old":
        audio = _old(audio, rate, rng)
    elif rng.random() < 0.6:
        audio += _noise(len(audio), rng.uniform(-80, -45), rng)
    audio *= 10 ** (rng.uniform(-26, -1) / 20) / np.abs(audio).max()
    kept = audio.astype(np.float32)
    return through_mp3(kept, rate, rng.uniform(32, 96)) if rng.random() < 0.25 else kept


def through_mp3(audio: Samples, rate: int, bitrate: float) -> Samples:
    """Return mono audio (n,) coded as MP3 of about ``bitrate`` kbit/s (at most 160) and decoded again, in time."""
    level = (_MP3_BEST - bitrate) / _MP3_RANGE
    with io.BytesIO() as coded:
        soundfile.write(coded, audio, rate, format="MP3", compression_level=level, bitrate_mode="CONSTANT")
        coded.seek(0)
        decoded: Samples = soundfile.read(coded, dtype="float32")[0]
    # The frames of low bit rates have no room for the tag from which the decoder learns delay and length.
    start = _MP3_DELAY if len(decoded) != len(audio) else 0
    return decoded[start : start + len(audio)]


def room(audio: Floats | Samples, rate: int, decay: float, wet: float, rng: np.random.Generator) -> Floats:
    """Add reverberation: noise that falls by 60 dB in ``decay`` seconds, ``wet`` the share of its energy."""
    time = np.arange(int(decay * rate)) / rate
    tail = rng.normal(0, 1, len(time)) * 10 ** (-3 * time / decay)
    tail = _tilt(tail, 0.4)  # rooms swallow the treble
    tail *= np.sqrt(wet / (1 - wet) / (tail**2).sum())
    tail[0] += 1.0
    return np.asarray(scipy.signal.fftconvolve(audio, tail)[: len(audio)])


def _tilt(audio: Floats, amount: float) -> Floats:
    """One-pole tone control: towards the bass for ``amount`` above 0, towards the treble below."""
    if amount >= 0:
        return np.asarray(scipy.signal.lfilter([1.0], [1.0, -amount], audio))
    return np.asarray(scipy.signal.lfilter([1.0, amount], [1.0], audio))


def _noise(size: int, level: float, rng: np.random.Generator) -> Floats:
    """Noise of ``level`` dB, white or towards the bass."""
    noise = _tilt(rng.normal(0, 1, size), rng.uniform(0, 0.95))
    return np.asarray(noise / noise.std() * 10 ** (level / 20))


def _compress(audio: Floats, rate: int, threshold: float, ratio: float) -> Floats:
    """Let the level rise by 1 dB for every ``ratio`` dB above ``threshold`` dB; peak 1 before and after."""
    frame = round(_FRAME * rate)
    padded = np.pad(audio, (0, -len(audio) % frame)).reshape(-1, frame)
    power = scipy.signal.lfilter([0.2], [1.0, -0.8], (padded**2).mean(axis=1))  # over some 50 ms
    over = np.maximum(0.0, 10 * np.log10(power + 1e-12) - threshold)
    gain = 10 ** (-over * (1 - 1 / ratio) / 20)
    moments = (np.arange(len(gain)) + 0.5) * frame
    louder = audio * np.interp(np.arange(len(audio)), moments, gain)
    return np.asarray(np.tanh(1.5 * louder / np.abs(louder).max()) / np.tanh(1.5))


def _old(audio: Floats, rate: int, rng: np.random.Generator) -> Floats:
    """A worn disc: a narrow band, hiss, crackle and the hum of the mains."""
    size = len(audio)
    clicks = np.zeros(size)
    places = rng.integers(0, size, rng.poisson(rng.uniform(0, 25) * size / rate))
    clicks[places] = rng.normal(0, 0.3, len(places)) * rng.exponential(1.0, len(places))
    mains = rng.choice([50, 60])
    hum = np.sin(2 * np.pi * mains * rng.integers(1, 4) * np.arange(size) / rate) * 10 ** (rng.uniform(-60, -36) / 20)
    band = [rng.uniform(120, 300), rng.uniform(2800, 4800)]
    heard = audio + clicks + _noise(size, rng.uniform(-48, -28), rng)
    return np.asarray(scipy.signal.sosfilt(scipy.signal.butter(2, band, "band", fs=rate, output="sos"), heard) + hum)
