"""Melodiousness: whether there is a line to sing, and whether its harmony pleases.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`, which describe the top line, plus
``PLEASANTNESS`` times the difference of the ratings of tonal stability and dissonance: for listeners melodiousness is
mostly pleasantness (r .88 with valence). No listeners' ratings of melodiousness itself can be had here; the recipe is
checked by what must follow when a line is made louder, scattered by octaves, or taken away (`training.claims`).

A tune stands out by being louder and higher than what accompanies it: of simultaneous voices the highest is heard best
(Marie & Trainor 2013), and it moves by small steps (Huron 2006). The line that is left when the tune is gone lies
nearer to the bass and leaps along chords.
"""

import numpy as np

from training.notes import Floats, Integers, Notes
from training.ratings.clusters import clusters
from training.ratings.keys import ALBRECHT, cosines
from training.ratings.sounding import Sounding

# The rest of the weight, .20, is on tonal stability minus dissonance.
WEIGHTS = {
    "louder": 0.15,
    "higher": 0.15,
    "small_steps": 0.20,
    "surprise": -0.15,
    "voice_range": 0.10,
    "rate": 0.05,
}
PLEASANTNESS = 0.20
TYPICAL = {"louder": 3.0, "higher": 30.0, "small_steps": 0.33, "surprise": 4.0, "voice_range": 0.98, "rate": 1.0}
SPREAD = {"louder": 10.0, "higher": 10.0, "small_steps": 0.19, "surprise": 1.9, "voice_range": 0.23, "rate": 0.26}

NEAR = 0.75  # seconds around a note in which others are compared with it
DROP = 9  # semitones below the highest near note at which a note is accompaniment
HELD = 2.0  # seconds for which a held note keeps the top
TOUCH = 0.05  # seconds for which a held note may overlap the next one of its own line
ALONE = {"louder": 8.0, "higher": 30.0}  # velocity steps and semitones of a note with nothing near it but the line
VOICE = (43, 55, 79, 91)  # MIDI; voices sing from the second to the third, and none below the first or above the last
SLOW, FAST, RATE_EDGE = 1.0, 5.0, 1.0  # notes a second, and the octaves in which it fades out
STEP_SPREAD, RANGE_SPREAD = np.sqrt(7.2), np.sqrt(29.0)  # semitones (Temperley 2008)


def top_line(notes: Notes) -> Integers:
    """Return the indices of the notes of the top line, in order.

    The highest note of each onset cluster, unless a higher one is still held, or one much higher is struck
    nearby (then it is accompaniment).
    """
    events = clusters(notes)
    last = np.flatnonzero(np.append(np.diff(events.index) > 0, True))
    first = np.append(0, last[:-1] + 1)
    highest = np.array(
        [start + int(np.argmax(notes.pitch[start : stop + 1])) for start, stop in zip(first, last, strict=True)]
    )
    time, pitch = notes.onset[highest], notes.pitch[highest]
    gap = time[None, :] - time[:, None]
    above = pitch[None, :] > pitch[:, None]
    held = (gap < 0) & (gap > -HELD) & (notes.key_up[highest][None, :] > time[:, None] + TOUCH)
    much_higher = (np.abs(gap) <= NEAR) & (pitch[None, :] - pitch[:, None] > DROP)
    return np.asarray(highest[~((held & above) | much_higher).any(axis=1)])


def terms(notes: Notes, tones: Sounding) -> dict[str, float]:
    """Return the terms of melodiousness of the pitched notes, which sound as ``tones``.

    Of the top line: ``louder`` its velocity above the mean of the other notes within 0.75 s, ``higher`` its pitch above
    the lowest of them, ``small_steps`` the share of steps of 1 or 2 semitones, ``surprise`` its mean surprisal in bits
    (Temperley 2008: near the last note, near the middle of the range, in the key), ``voice_range`` and ``rate`` how
    well its pitches and its notes a second suit a voice, 0 to 1.
    """
    notes = notes.select(~notes.drum)
    line = top_line(notes)
    if len(line) < 3:
        return dict.fromkeys(WEIGHTS, np.nan)
    pitch, time = notes.pitch[line], notes.onset[line]
    step = np.abs(np.diff(pitch))
    rate = 1 / max(float(np.median(np.diff(time))), 0.02)
    outside = max(np.log2(SLOW / rate), np.log2(rate / FAST), 0)
    others = np.ones(len(notes), np.bool_)
    others[line] = False
    near = others & (np.abs(notes.onset - time[:, None]) <= NEAR)
    mean = (near * notes.velocity).sum(axis=1) / np.maximum(near.sum(axis=1), 1)
    lowest = np.where(near, notes.pitch, pitch.max()).min(axis=1)
    alone = ~near.any(axis=1)
    return {
        "louder": float(np.where(alone, ALONE["louder"], notes.velocity[line] - mean).mean()),
        "higher": float(np.where(alone, ALONE["higher"], pitch - lowest).mean()),
        "small_steps": float(((step > 0) & (step <= 2)).mean()),
        "surprise": _surprise(pitch, tones.classes.sum(axis=0)),
        "voice_range": float(np.interp(pitch, VOICE, [0, 1, 1, 0]).mean()),
        "rate": float(max(1 - outside / RATE_EDGE, 0)),
    }


def _surprise(pitch: Integers, classes: Floats) -> float:
    """Return the mean surprisal of a line in bits, given its key (Temperley 2008)."""
    key = ALBRECHT[int(np.argmax(cosines(classes, ALBRECHT)))]
    every = np.arange(128)
    prior = np.maximum(key[every % 12], 0.005)
    near = np.exp(-0.5 * ((every - pitch[:-1, None]) / STEP_SPREAD) ** 2)
    central = np.exp(-0.5 * ((every - pitch.mean()) / RANGE_SPREAD) ** 2)
    weight = prior * near * central
    chosen = weight[np.arange(len(pitch) - 1), pitch[1:]] / weight.sum(axis=1)
    return float(-np.log2(np.maximum(chosen, 1e-6)).mean())
