"""Rhythmic stability: how easily one could march to it. High means steady."""

import numpy as np

from training.notes import Notes
from training.ratings.clusters import clusters
from training.ratings.pulse import pulse

WEIGHTS = {"pulse_clarity": 0.50, "beat_variation": -0.25, "uneven_ratios": -0.25}
TYPICAL = {"pulse_clarity": 0.26, "beat_variation": 0.09, "uneven_ratios": 0.23}


def terms(notes: Notes) -> dict[str, float]:
    """Return the terms of rhythmic stability, drums included.

    ``pulse_clarity`` is the peak of the onsets' autocorrelation (Lartillot et al. 2008), ``beat_variation`` the
    standard deviation of the beat intervals over their mean, ``uneven_ratios`` the mean distance of the log2
    ratios of successive inter-onset intervals from whole numbers.
    """
    events = clusters(notes)
    beat = pulse(events)
    intervals = np.diff(beat.beats)
    steps = np.diff(np.log2(np.diff(events.time)))
    return {
        "pulse_clarity": beat.clarity,
        "beat_variation": float(intervals.std() / intervals.mean()) if len(intervals) > 2 else np.nan,
        "uneven_ratios": float(np.abs(steps - np.round(steps)).mean()) if len(steps) else np.nan,
    }
