"""Rhythmic stability: how easily one could march to it. High means steady.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. The recipe's weights, chosen so that
jitter and rubato lower the rating of piano rolls and songs step by step, are fitted to PercePiano's listeners
(``timing_stable_unstable``) by `training.ratings.weights`. On those 514 performances the terms alone reach, within a
passage, r .55, .51, -.58 and -.30; see ``python -m training ratings check`` for the sum.
"""

import numpy as np

from training.notes import Notes
from training.ratings.clusters import clusters
from training.ratings.pulse import clarity, pulse

RECIPE = {"pulse_clarity": 0.25, "local_clarity": 0.25, "beat_variation": -0.15, "uneven_intervals": -0.35}
WEIGHTS = {"pulse_clarity": 0.25, "local_clarity": 0.24, "beat_variation": -0.25, "uneven_intervals": -0.26}
TYPICAL = {"pulse_clarity": 0.31, "local_clarity": 0.34, "beat_variation": 0.09, "uneven_intervals": 0.75}

LOCAL = 4.0  # seconds
SHORTEST_INTERVAL = 0.03  # seconds


def terms(notes: Notes) -> dict[str, float]:
    """Return the terms of rhythmic stability, drums included.

    ``pulse_clarity`` is the peak of the onsets' autocorrelation (Lartillot et al. 2008), weighted by how near its
    lag is to a march's beat; ``local_clarity`` the same in windows of 4 s, mean, which a slow change of tempo does
    not lower. ``beat_variation`` is the standard deviation of the beat intervals over their mean;
    ``uneven_intervals`` the mean absolute change of the log2 of successive inter-onset intervals (a pairwise
    variability index, Grabe & Low 2002).
    """
    events = clusters(notes)
    intervals = np.diff(pulse(events).beats)
    octaves = np.log2(np.maximum(np.diff(events.time), SHORTEST_INTERVAL))
    loudness = notes.velocity / 64.0
    return {
        "pulse_clarity": clarity(notes.onset, loudness, np.ptp(notes.onset) + 1),
        "local_clarity": clarity(notes.onset, loudness, LOCAL),
        "beat_variation": float(intervals.std() / intervals.mean()) if len(intervals) > 2 else np.nan,
        "uneven_intervals": float(np.abs(np.diff(octaves)).mean()) if len(octaves) > 1 else np.nan,
    }
