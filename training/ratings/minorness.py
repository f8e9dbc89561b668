"""Minorness: how much better minor keys and chords fit than major ones.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. Keys are matched by the cosine with the
profiles of Albrecht & Shanahan (2013); the root of the amplitudes is taken, so that a loud or long tone does not drown
the third. The best match is a soft maximum, and the windows are Gaussians, so that
no border between windows and no change of the best key makes the rating jump.

PercePiano's listeners heard no question about mode. No weights are fitted to their ``mood_pleasant_dark``, but the
forms of the terms, the root among them, were chosen because they agree better with it on all 514 performances:
``python -m training ratings check`` prints r.
"""

import numpy as np

from training.notes import Floats
from training.ratings.keys import ALBRECHT, cosines, smoothed
from training.ratings.sounding import Sounding

WEIGHTS = {"minor_key": 0.50, "minor_passages": 0.30, "minor_triads": 0.20}
TYPICAL = {"minor_key": 0.015, "minor_passages": 0.008, "minor_triads": -0.03}
SPREAD = {"minor_key": 0.053, "minor_passages": 0.049, "minor_triads": 0.12}

PASSAGE, PASSAGE_HOP = 2.0, 0.5  # seconds, standard deviation of the window and time between two
CHORD, CHORD_HOP = 0.2, 0.25
SHARPNESS = 20.0  # of the soft maximum over the keys


def minor_lead(classes: Floats) -> Floats:
    """Return how much better the best minor key fits (w, 12) amplitudes than the best major key, (w,).

    The best is log(mean(exp(20 match))) / 20 of the twelve keys of a mode.
    """
    match = np.exp(SHARPNESS * cosines(np.sqrt(classes), ALBRECHT))
    return np.asarray(np.log(match[:, 12:].mean(axis=1) / match[:, :12].mean(axis=1)) / SHARPNESS)


def triad_strength(classes: Floats, third: int) -> Floats:
    """Return the strength of the best triad with a third of so many semitones in (w, 12), (w,).

    A triad is as strong as the weakest of its three tones, 1 at most.
    """
    scaled = classes / np.maximum(classes.max(axis=1, keepdims=True), 1e-9)
    tones = [np.roll(scaled, -step, axis=1) for step in (0, third, 7)]
    return np.asarray(np.minimum.reduce(tones).max(axis=1))


def terms(tones: Sounding) -> dict[str, float]:
    """Return the terms of minorness.

    ``minor_key`` is the lead of minor keys over major ones in the whole passage, ``minor_passages`` the same in
    Gaussian windows with a standard deviation of 2 s, ``minor_triads`` the strength of minor minus major triads in
    windows of 0.2 s, both means.
    """
    total = tones.classes.sum(axis=0)
    if total.sum() <= 0:
        return dict.fromkeys(WEIGHTS, np.nan)
    chords = smoothed(tones, CHORD, CHORD_HOP)
    triads = triad_strength(chords, 3) - triad_strength(chords, 4)
    return {
        "minor_key": float(minor_lead(total[None])[0]),
        "minor_passages": float(minor_lead(smoothed(tones, PASSAGE, PASSAGE_HOP)).mean()),
        "minor_triads": float(triads.mean()),
    }
