"""How well a distribution of pitch classes fits each of the 24 keys."""

import numpy as np

from training.notes import Floats
from training.ratings.sounding import STEP, Sounding

# Krumhansl & Kessler 1982, probe-tone ratings; the tonic first.
KRUMHANSL_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
KRUMHANSL_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
# Albrecht & Shanahan 2013, shares of the pitch classes in 490 pieces; the tonic first.
ALBRECHT_MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
ALBRECHT_MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
# The steps of the major scale, and of the minor scale with its two leading tones.
MAJOR_SCALE = np.array([1.0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1])
MINOR_SCALE = np.array([1.0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1])


def all_keys(major: Floats, minor: Floats) -> Floats:
    """Return the profiles of the 24 keys, (24, 12): C major to B major, then C minor to B minor."""
    return np.stack([np.roll(profile, tonic) for profile in (major, minor) for tonic in range(12)])


KRUMHANSL = all_keys(KRUMHANSL_MAJOR, KRUMHANSL_MINOR)
ALBRECHT = all_keys(ALBRECHT_MAJOR, ALBRECHT_MINOR)
SCALES = all_keys(MAJOR_SCALE, MINOR_SCALE) > 0


def correlations(classes: Floats, profiles: Floats) -> Floats:
    """Return Pearson's r of (..., 12) distributions with (24, 12) profiles, (..., 24); 0 where one is flat."""
    return cosines(classes - classes.mean(axis=-1, keepdims=True), profiles - profiles.mean(axis=-1, keepdims=True))


def cosines(classes: Floats, profiles: Floats) -> Floats:
    """Return the cosines of (..., 12) distributions with (24, 12) profiles, (..., 24); 0 where one is nought."""
    length = np.linalg.norm(classes, axis=-1, keepdims=True) * np.linalg.norm(profiles, axis=-1)
    return np.asarray(classes @ profiles.T / np.maximum(length, 1e-9))


def windows(tones: Sounding, length: float, hop: float) -> Floats:
    """Return the mean pitch-class amplitudes in windows of `length` seconds every `hop` seconds, (w, 12).

    A passage shorter than one window is one window. Windows without sound are left out.
    """
    size, step = round(length / STEP), round(hop / STEP)
    classes = tones.classes
    total = np.concatenate([np.zeros((1, 12)), np.cumsum(classes, axis=0)])
    first = np.arange(0, max(len(classes) - size, 0) + 1, step)
    last = np.minimum(first + size, len(classes))
    result = (total[last] - total[first]) / np.maximum(last - first, 1)[:, None]
    return np.asarray(result[result.sum(axis=1) > 1e-6])


def smoothed(tones: Sounding, deviation: float, hop: float) -> Floats:
    """Return the mean pitch-class amplitudes under Gaussians every `hop` seconds, (w, 12).

    `deviation` is their standard deviation in seconds. Places without sound are left out.
    """
    time = (np.arange(len(tones.pitches)) + 0.5) * STEP
    centre = np.arange(0.0, len(time) * STEP, hop)
    weight = np.exp(-0.5 * ((time - centre[:, None]) / deviation) ** 2)
    result = weight @ tones.classes / weight.sum(axis=1, keepdims=True)
    return np.asarray(result[result.sum(axis=1) > 1e-6])
