"""Dissonance: roughness, want of harmonicity, rarity and sharp intervals of what sounds together.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. Roughness is Hutchinson & Knopoff's
(1978), harmonicity Harrison & Pearce's (2018), rarity stands for familiarity as in Harrison & Pearce's composite
(2020). The recipe's weights are fitted by `training.ratings.weights` to the differences within five experiments on 166
chords (Eerola & Lahdelma 2021); ``python -m training ratings check`` prints r, also with experiments as folds.
"""

from functools import cache

import numpy as np

from training.notes import Floats
from training.ratings.rarity import surprise
from training.ratings.sounding import Sounding

RECIPE = {"roughness": 0.45, "harmonicity": -0.25, "rarity": 0.20, "sharp_intervals": 0.10}
WEIGHTS = {"roughness": 0.43, "harmonicity": -0.21, "rarity": 0.26, "sharp_intervals": 0.10}
TYPICAL = {"roughness": 0.19, "harmonicity": 1.01, "rarity": 5.0, "sharp_intervals": 0.114}
SPREAD = {"roughness": 0.2, "harmonicity": 0.18, "rarity": 1.8, "sharp_intervals": 0.091}

PARTIALS = 11  # of Hutchinson & Knopoff's complex tone
LOWEST = 55  # MIDI; a lower tone of a pair is raised to here, since roughness swells in the low register
HARMONICS, ROLL_OFF, CENTS = 12, 0.75, 6.83  # of Harrison & Pearce's virtual pitch spectrum
SHARPNESS = {1: 1.0, 2: 0.5, 6: 0.5}  # of the interval classes: semitone, whole tone, tritone


def _frequency(pitch: Floats) -> Floats:
    return np.asarray(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


@cache
def pair_roughness() -> Floats:
    """Return the roughness that each pair of MIDI pitches adds, (128, 128), for tones of amplitude 1.

    Hutchinson & Knopoff 1978: the sum over the partials of a_i a_j g(y), y = |df| / (1.72 f^.65),
    g = [(y / .25) exp(1 - y / .25)]^2, 0 for y > 1.2. On the diagonal a tone's roughness with itself.
    """
    number = np.arange(1, PARTIALS + 1)
    amplitude = np.outer(1 / number, 1 / number)
    result = np.zeros((128, 128))
    pitch = np.arange(128)
    for interval in range(128):
        low = np.maximum(pitch[: 128 - interval], LOWEST).astype(np.float64)
        first = _frequency(low)[:, None, None] * number[:, None]
        second = _frequency(low + interval)[:, None, None] * number[None, :]
        width = 1.72 * ((first + second) / 2) ** 0.65
        ratio = np.abs(first - second) / width
        curve = (ratio / 0.25 * np.exp(1 - ratio / 0.25)) ** 2 * (ratio <= 1.2)
        total = (curve * amplitude).sum(axis=(1, 2)) / 2
        result[pitch[: 128 - interval], pitch[interval:]] = total
        result[pitch[interval:], pitch[: 128 - interval]] = total
    return result


@cache
def virtual_pitches() -> Floats:
    """Return the virtual pitch-class spectrum of each pitch class, (12, 1200), one bin a cent.

    Harrison & Pearce 2018: the spectrum of a tone of 12 harmonics (amplitude n^-.75, Gaussian of 6.83 cents)
    correlated with itself in every transposition.
    """
    cents = np.arange(1200.0)
    tone = np.zeros(1200)
    for number in range(1, HARMONICS + 1):
        distance = (cents - 1200 * np.log2(number) + 600) % 1200 - 600
        tone += number**-ROLL_OFF * np.exp(-0.5 * (distance / CENTS) ** 2)
    spectrum = np.fft.rfft(tone)
    single = np.fft.irfft(np.abs(spectrum) ** 2, 1200)
    return np.stack([np.roll(single, 100 * step) for step in range(12)])


TONE_POWER = float((1 / np.arange(1, PARTIALS + 1) ** 2).sum())
SHARP = np.array([[SHARPNESS.get(min((a - b) % 12, (b - a) % 12), 0.0) for a in range(12)] for b in range(12)])


def roughness(pitches: Floats) -> Floats:
    """Return Hutchinson & Knopoff's roughness of (t, 128) amplitudes, (t,); C-E-G above middle C gives .120."""
    power = TONE_POWER * (pitches**2).sum(axis=1)
    return np.asarray(((pitches @ pair_roughness()) * pitches).sum(axis=1) / np.maximum(power, 1e-12))


def harmonicity(classes: Floats) -> Floats:
    """Return the harmonicity in bits of (t, 12) pitch-class amplitudes, (t,) (Harrison & Pearce 2018).

    The Kullback-Leibler distance of the virtual pitch-class spectrum from a uniform one.
    """
    spectrum = classes @ virtual_pitches()
    share = spectrum / np.maximum(spectrum.sum(axis=1, keepdims=True), 1e-12)
    gain = np.log2(1200) + (share * np.log2(np.maximum(share, 1e-12))).sum(axis=1)
    return np.asarray(gain)


def sharp_intervals(classes: Floats) -> Floats:
    """Return the share of semitone, whole-tone and tritone pairs among a chord's pairs, (t,), by amplitude."""
    pairs = classes.sum(axis=1) ** 2 - (classes**2).sum(axis=1)
    return np.asarray(((classes @ SHARP) * classes).sum(axis=1) / np.maximum(pairs, 1e-9))


def terms(tones: Sounding) -> dict[str, float]:
    """Return the terms of dissonance: means over time, weighted by the loudness."""
    weight = tones.loudness
    if weight.sum() <= 0:
        return dict.fromkeys(WEIGHTS, np.nan)
    classes = tones.classes
    values = {
        "roughness": roughness(tones.pitches),
        "harmonicity": harmonicity(classes),
        "rarity": surprise(tones.pitches),
        "sharp_intervals": sharp_intervals(classes),
    }
    return {name: float(np.average(value, weights=weight)) for name, value in values.items()}
