"""Articulation: how short and dry the notes sound. High means staccato.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. All of them come from what *sounds*
(key and pedal together), so it is the same whether a pedal is written as such or into the ends of the notes. The
time for which keys alone are held is no term: against listeners it reaches r .33, within a passage .07.

The recipe's weights are fitted to PercePiano's listeners (``articulation_short_long``), on Schubert's passages alone,
by `training.ratings.weights`. The terms themselves were chosen with all its 514 performances in view, on which they
alone reach r -.78, -.76, -.74 and .56; see ``python -m training ratings check`` for the sum.
"""

import numpy as np

from training.notes import Floats, Notes, sounding_offset
from training.ratings.clusters import TOGETHER, Clusters, clusters

RECIPE = {"duration_ratio": -0.40, "duration": -0.30, "overlap": -0.20, "velocity": 0.10}
WEIGHTS = {"duration_ratio": -0.41, "duration": -0.31, "overlap": -0.19, "velocity": 0.09}
TYPICAL = {"duration_ratio": 0.19, "duration": -1.27, "overlap": 0.36, "velocity": 76.0}
SPREAD = {"duration_ratio": 0.6, "duration": 0.7, "overlap": 0.35, "velocity": 21.0}

SHORTEST_NOTE = 0.02  # seconds
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.03, 4.0  # seconds
# Seconds after which plucked and struck instruments have died away, however long the note is written.
DIES_AFTER = {
    12: 0.5,  # marimba
    13: 0.25,  # xylophone
    45: 0.3,  # pizzicato strings
    105: 0.6,  # banjo
    106: 0.6,  # shamisen
    107: 1.0,  # koto
    108: 0.6,  # kalimba
    112: 1.0,  # tinkle bell
    113: 0.3,  # agogo
    115: 0.15,  # woodblock
    116: 0.5,  # taiko drum
    117: 0.5,  # melodic tom
    118: 0.4,  # synth drum
}


def sounding_durations(notes: Notes) -> Floats:
    """Return how long each note is heard, in seconds: key, pedal and the decay of the instrument."""
    duration = sounding_offset(notes) - notes.onset
    for number, program in notes.program.items():
        if program in DIES_AFTER:
            own = notes.track == number
            duration[own] = np.minimum(duration[own], DIES_AFTER[program])
    return np.maximum(duration, SHORTEST_NOTE)


def terms(notes: Notes) -> dict[str, float]:
    """Return the terms of articulation, of pitched notes.

    ``duration_ratio`` is the mean log of the sounding duration over the time to the next onset. (Of several ways to
    find the next note of the same voice this plainest one agrees best with PercePiano's listeners, all of them.)
    ``duration`` is the mean log of the sounding duration in seconds, ``overlap`` the mean log of 1 plus the number
    of later events that begin while a note still sounds, ``velocity`` the mean.
    """
    notes = notes.select(~notes.drum)
    events = clusters(notes)
    duration = sounding_durations(notes)
    following = np.append(events.time, np.nan)[events.index + 1] - notes.onset
    interval = np.clip(following, SHORTEST_INTERVAL, LONGEST_INTERVAL)
    inside = np.isfinite(interval)
    return {
        "duration_ratio": float(np.log(duration[inside] / interval[inside]).mean()) if inside.any() else np.nan,
        "duration": float(np.log(duration).mean()),
        "overlap": _overlap(events, notes.onset + duration),
        "velocity": float(notes.velocity.mean()),
    }


def _overlap(events: Clusters, stop: Floats) -> float:
    """Return the mean log of 1 plus the number of later events that begin 50 ms or more before a note stops."""
    begun = np.searchsorted(events.time, stop - TOGETHER, side="right") - 1
    return float(np.log1p(np.maximum(begun - events.index, 0)).mean())
