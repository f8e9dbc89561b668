"""Articulation: how short the notes sound against the time until the next ones. High means staccato."""

import numpy as np

from training.notes import Floats, Notes, sounding_offset
from training.ratings.clusters import clusters

# Staccato is short, dry and struck. Weights of the standardised terms.
WEIGHTS = {"duration_ratio": -0.40, "duration": -0.30, "pedal": -0.20, "velocity": 0.10}
TYPICAL = {"duration_ratio": 0.66, "duration": -1.05, "pedal": 0.61, "velocity": 57.0}

SHORTEST_NOTE = 0.02  # seconds
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.03, 4.0  # seconds
PEDALLED = frozenset(range(8))  # the General MIDI keyboards, whose players use a sustain pedal
# Expected pedal of other instruments: a pianist's share of pedal at the same duration ratio (piano rolls).
PEDAL_AT_NO_OVERLAP, PEDAL_PER_RATIO = 0.32, 0.34
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

    ``duration_ratio`` is the mean log of the sounding duration over the time to the next onset. (Of several
    ways to find the next note of the same voice this plainest one agrees best with PercePiano's listeners.)
    ``duration`` is the mean log of the sounding duration in seconds, ``pedal`` the share of time with the
    sustain pedal down, ``velocity`` the mean.
    """
    notes = notes.select(~notes.drum)
    events = clusters(notes)
    duration = sounding_durations(notes)
    following = np.append(events.time, np.nan)[events.index + 1] - notes.onset
    interval = np.clip(following, SHORTEST_INTERVAL, LONGEST_INTERVAL)
    inside = np.isfinite(interval)
    ratio = float(np.log(duration[inside] / interval[inside]).mean()) if inside.any() else np.nan
    return {
        "duration_ratio": ratio,
        "duration": float(np.log(duration).mean()),
        "pedal": _pedal(notes, ratio),
        "velocity": float(notes.velocity.mean()),
    }


def _pedal(notes: Notes, ratio: float) -> float:
    """Return the share of time with the pedal down; without an instrument that has one, what fits the ratio."""
    has_pedal = any(notes.program.get(int(number), 0) in PEDALLED for number in np.unique(notes.track))
    if not has_pedal and not len(notes.pedal):
        return float(np.clip(PEDAL_AT_NO_OVERLAP + PEDAL_PER_RATIO * ratio, 0, 1))
    start, stop = float(notes.onset[0]), notes.end
    held = np.clip(notes.pedal, start, stop)
    return float((held[:, 1] - held[:, 0]).sum() / max(stop - start, SHORTEST_NOTE))
