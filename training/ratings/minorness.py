"""Minorness: how much better minor keys and chords fit than major ones."""

import numpy as np

from training.notes import Floats
from training.ratings.keys import ALBRECHT, cosines, windows
from training.ratings.sounding import Sounding

WEIGHTS = {"minor_key": 0.80, "minor_triads": 0.20}
TYPICAL = {"minor_key": -0.03, "minor_triads": -0.08}

KEY_WINDOW, KEY_HOP = 3.0, 0.5  # seconds
CHORD_WINDOW, CHORD_HOP = 0.5, 0.25


def triad_strength(classes: Floats, third: int) -> Floats:
    """Return the strength of the best triad with a third of so many semitones in (w, 12), (w,).

    A triad is as strong as the weakest of its three tones, 1 at most.
    """
    scaled = classes / np.maximum(classes.max(axis=1, keepdims=True), 1e-9)
    tones = [np.roll(scaled, -step, axis=1) for step in (0, third, 7)]
    return np.asarray(np.minimum.reduce(tones).max(axis=1))


def terms(tones: Sounding) -> dict[str, float]:
    """Return the terms of minorness.

    ``minor_key`` is the best minor minus the best major key match (cosine with the profiles of Albrecht &
    Shanahan 2013) in windows of 3 s, ``minor_triads`` the strength of minor minus major triads in windows of
    0.5 s, both means. The root of the amplitudes is taken, which agrees better with listeners.
    """
    classes = np.sqrt(windows(tones, KEY_WINDOW, KEY_HOP))
    if not len(classes):
        return dict.fromkeys(WEIGHTS, np.nan)
    match = cosines(classes, ALBRECHT)
    chords = windows(tones, CHORD_WINDOW, CHORD_HOP)
    triads = triad_strength(chords, 3) - triad_strength(chords, 4)
    return {
        "minor_key": float((match[:, 12:].max(axis=1) - match[:, :12].max(axis=1)).mean()),
        "minor_triads": float(triads.mean()),
    }
