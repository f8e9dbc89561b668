"""Tonal stability: how clearly one key holds, and for how long.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`, on the key profiles of Krumhansl &
Kessler (1982). No listeners' ratings of it can be had here; the weights are a recipe, checked by what must follow of
added semitones, random pitches and changes of key (`training.claims`).
"""

import numpy as np

from training.ratings.keys import KRUMHANSL, SCALES, correlations, windows
from training.ratings.sounding import Sounding

WEIGHTS = {"key_match": 0.40, "key_focus": 0.20, "key_change": -0.25, "out_of_key": -0.15}
TYPICAL = {"key_match": 0.81, "key_focus": 0.304, "key_change": 0.29, "out_of_key": 0.1}
SPREAD = {"key_match": 0.12, "key_focus": 0.061, "key_change": 0.26, "out_of_key": 0.1}

WINDOW, HOP = 3.0, 1.5  # seconds
SHARPENING = 4.0  # of the key strengths before their entropy


def terms(tones: Sounding) -> dict[str, float]:
    """Return the terms of tonal stability.

    ``key_match`` is the best correlation with a key profile (Krumhansl & Kessler 1982), ``key_focus`` 1 minus
    the entropy of the 24 key strengths over log 24, ``key_change`` 1 minus the mean correlation of the key
    strengths of successive windows of 3 s, ``out_of_key`` the share of sound outside the best key's scale.
    """
    total = tones.classes.sum(axis=0)
    if total.sum() <= 0:
        return dict.fromkeys(WEIGHTS, np.nan)
    strength = correlations(total, KRUMHANSL)
    share = np.exp(SHARPENING * strength)
    share /= share.sum()
    best = int(np.argmax(strength))
    return {
        "key_match": float(strength[best]),
        "key_focus": float(1 + (share * np.log(share)).sum() / np.log(24)),
        "key_change": _key_change(tones),
        "out_of_key": float(total[~SCALES[best]].sum() / total.sum()),
    }


def _key_change(tones: Sounding) -> float:
    """Return 1 minus the mean correlation of the key strengths of windows one window apart."""
    strength = correlations(windows(tones, WINDOW, HOP), KRUMHANSL)
    apart = round(WINDOW / HOP)
    if len(strength) <= apart:
        return np.nan
    unit = strength - strength.mean(axis=1, keepdims=True)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    return float(1 - (unit[apart:] * unit[:-apart]).sum(axis=1).mean())
