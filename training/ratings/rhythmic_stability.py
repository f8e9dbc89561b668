"""Rhythmic stability: how easily one could march to it. High means steady.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. The recipe's weights, chosen so that
jitter and rubato lower the rating of piano rolls and songs for training step by step, are fitted to PercePiano's
listeners (``timing_stable_unstable``), on Schubert's passages alone, by `training.ratings.weights`. The terms
themselves were chosen with all its 514 performances in view, on which they alone reach, within a passage, r .55, .51,
-.58 and -.30; see ``python -m training ratings check`` for the sum.
"""

import numpy as np

from training.notes import Notes
from training.ratings.clusters import clusters
from training.ratings.pulse import clarity, pulse

RECIPE = {"pulse_clarity": 0.30, "local_clarity": 0.30, "beat_variation": -0.20, "uneven_intervals": -0.20}
WEIGHTS = {"pulse_clarity": 0.30, "local_clarity": 0.30, "beat_variation": -0.22, "uneven_intervals": -0.18}
TYPICAL = {"pulse_clarity": 0.45, "local_clarity": 0.47, "beat_variation": 0.042, "uneven_intervals": 0.46}
SPREAD = {"pulse_clarity": 0.22, "local_clarity": 0.2, "beat_variation": 0.045, "uneven_intervals": 0.43}

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
