"""Controlled edits of a performance: each moves one quality and leaves the rest of the music as it was."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from training.corpus.textures import (
    add_clusters,
    closer,
    only_top,
    scatter_octaves,
    thicken,
    together,
    voice_top,
    wider,
    without_top,
)
from training.corpus.timings import drift, rubato, three_against_two
from training.notes import HIGHEST, LOWEST, Floats, Notes, merged, next_strike
from training.ratings.clusters import clusters
from training.ratings.keys import KRUMHANSL, correlations
from training.ratings.pulse import pulse

MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
MINOR_STEPS = (0, 2, 3, 5, 7, 8, 11)  # harmonic

_SHORTEST = 0.01  # seconds
_RESTRIKE = 0.08  # seconds that a key needs to come back
_SUBDIVISION = 4  # places of a beat on which a mechanical performance may strike


def scale_durations(notes: Notes, factor: float) -> Notes:
    """Hold each key for ``factor`` of its time, at least 30 ms; at most to the next strike of its pitch."""
    stop = notes.onset + np.maximum(0.03, (notes.key_up - notes.onset) * factor)
    return replace(notes, key_up=np.where(notes.drum, notes.key_up, np.minimum(stop, next_strike(notes))))


def without_pedal(notes: Notes) -> Notes:
    """Never touch the pedal."""
    return replace(notes, pedal=np.empty((0, 2)))


def with_pedal(notes: Notes, period: float) -> Notes:
    """Hold the pedal all the time, but for 50 ms at the first onset after every ``period`` seconds."""
    changes = np.unique(notes.onset[np.searchsorted(notes.onset, np.arange(0, notes.onset[-1], period))])
    ends = np.append(changes[1:], notes.end)
    return replace(notes, pedal=merged(np.stack([changes + 0.05, ends], axis=1)))


def jitter(notes: Notes, deviation: float, rng: np.random.Generator) -> Notes:
    """Move each onset cluster by a normal random time (``deviation`` in seconds), durations kept."""
    cluster = clusters(notes).index
    shift = rng.normal(0, deviation, cluster[-1] + 1)[cluster]
    onset = np.maximum(0.0, notes.onset + shift)
    return replace(notes, onset=onset, key_up=onset + notes.key_up - notes.onset).ordered()


def add_semitones(notes: Notes, share: float, rng: np.random.Generator) -> Notes:
    """Add the semitone above to a share of the pitched notes."""
    chosen = notes.select((rng.random(len(notes)) < share) & ~notes.drum & (notes.pitch < 108))
    return together(notes, replace(chosen, pitch=chosen.pitch + 1))


def scatter_pitches(notes: Notes, rng: np.random.Generator) -> Notes:
    """Replace each pitch by a random one within an octave around it; the rhythm stays."""
    pitch = np.clip(notes.pitch + rng.integers(-6, 7, len(notes)), 21, 108)
    return replace(notes, pitch=np.where(notes.drum, notes.pitch, pitch)).ordered()


def change_mode(notes: Notes) -> Notes:
    """Map the scale of the best key onto the other mode: major to harmonic minor or back."""
    return to_mode(notes, minor=not best_key(notes)[1])


def remap(notes: Notes, tonic: int, steps: tuple[int, ...], onto: tuple[int, ...]) -> Notes:
    """Move the degrees of one scale onto those of another; notes outside the scale stay."""
    shift = np.zeros(12, np.int64)
    for old, new in zip(steps, onto, strict=True):
        shift[(tonic + old) % 12] = new - old
    moved = np.where(notes.drum, notes.pitch, notes.pitch + shift[notes.pitch % 12])
    return replace(notes, pitch=moved).ordered()


def to_mode(notes: Notes, minor: bool) -> Notes:
    """Map the scale of the best key onto the wanted mode; music in that mode stays as it is."""
    tonic, is_minor = best_key(notes)
    if is_minor == minor:
        return notes
    return remap(notes, tonic, *((MAJOR_STEPS, MINOR_STEPS) if minor else (MINOR_STEPS, MAJOR_STEPS)))


def diatonic(notes: Notes) -> Notes:
    """Move the pitches outside the scale of the best key down by a semitone, into it."""
    tonic, is_minor = best_key(notes)
    steps = MINOR_STEPS if is_minor else MAJOR_STEPS
    outside = ~np.isin((notes.pitch - tonic) % 12, steps) & ~notes.drum
    return replace(notes, pitch=notes.pitch - outside).ordered()


def modulate(notes: Notes, period: float, rng: np.random.Generator) -> Notes:
    """Transpose each ``period`` seconds by another interval of up to a tritone either way."""
    section = (notes.onset // period).astype(np.int64)
    shift = rng.integers(-6, 7, section.max() + 1)[section]
    return replace(notes, pitch=np.where(notes.drum, notes.pitch, np.clip(notes.pitch + shift, 21, 108))).ordered()


def syncopate(notes: Notes, share: float, rng: np.random.Generator) -> Notes:
    """Delay a share of the onset clusters by half the time to the next one, durations kept."""
    cluster = clusters(notes).index
    starts = notes.onset[np.flatnonzero(np.diff(cluster, prepend=-1))]
    delay = 0.5 * np.diff(starts, append=starts[-1]) * (rng.random(len(starts)) < share)
    onset = notes.onset + delay[cluster]
    return replace(notes, onset=onset, key_up=onset + notes.key_up - notes.onset).ordered()


def best_key(notes: Notes) -> tuple[int, bool]:
    """Tonic (0 to 11) and whether it is minor, by correlation with the profiles of Krumhansl & Kessler (1982)."""
    pitched = notes.select(~notes.drum)
    weight = np.minimum(pitched.key_up - pitched.onset, 1.0)
    share = np.bincount(pitched.pitch % 12, weight, 12).astype(np.float64)
    best = int(np.argmax(correlations(share, KRUMHANSL)))
    return best % 12, best >= 12


def transpose(notes: Notes, semitones: int) -> Notes:
    """Move all pitches; the whole stays within the piano's range or the notes are left alone."""
    pitch = np.where(notes.drum, notes.pitch, notes.pitch + semitones)
    pitched = pitch[~notes.drum]
    if len(pitched) and (pitched.min() < 21 or pitched.max() > 108):
        return notes
    return replace(notes, pitch=pitch)


def change_tempo(notes: Notes, factor: float) -> Notes:
    """Play ``factor`` times as fast."""
    return replace(notes, onset=notes.onset / factor, key_up=notes.key_up / factor, pedal=notes.pedal / factor)


def steady(notes: Notes) -> Notes:
    """Play mechanically: beats of equal length, all that is struck together exactly so, on a quarter of a beat.

    The beats are tracked (`training.ratings.pulse`); music without a pulse stays as it is.
    """
    events = clusters(notes)
    beats = pulse(events).beats
    if len(beats) < 2:
        return notes
    period = (beats[-1] - beats[0]) / (len(beats) - 1)

    def place(time: Floats) -> Floats:
        """In beats; before the first and after the last one the mean tempo goes on."""
        outside = np.minimum(time - beats[0], 0) + np.maximum(time - beats[-1], 0)
        return np.asarray(np.interp(time, beats, np.arange(len(beats))) + outside / period)

    struck = np.round(place(events.time) * _SUBDIVISION) / _SUBDIVISION
    onset = np.maximum(0.0, beats[0] + period * struck[events.index])
    length = period * (place(notes.key_up) - place(notes.onset))
    pedal = merged(np.maximum(0.0, beats[0] + period * place(notes.pedal)))
    return replace(notes, onset=onset, key_up=onset + np.maximum(0.03, length), pedal=pedal).ordered()


def tidy(notes: Notes) -> Notes:
    """Return notes that any piano or synthesiser can play, in order.

    Pitches outside the piano's keys move into them by octaves (drums stay), velocities into 1 to 127, onsets are 0
    or later, notes last at least 10 ms, and strikes of one pitch on one track within 80 ms (of drums: at once) are one
    note: from the first onset to the last key-up, as loud as the loudest.
    """
    pitch = notes.pitch - 12 * np.maximum(0, -((HIGHEST - notes.pitch) // 12))
    pitch += 12 * np.maximum(0, -((pitch - LOWEST) // 12))
    onset = np.maximum(0.0, notes.onset)
    notes = replace(
        notes,
        onset=onset,
        key_up=np.maximum(notes.key_up, onset + _SHORTEST),
        pitch=np.where(notes.drum, notes.pitch, pitch),
        velocity=np.clip(notes.velocity, 1, 127),
    )
    notes = _struck_once(notes)
    return notes.select(np.lexsort((notes.track, notes.pitch, notes.onset)))


def _struck_once(notes: Notes) -> Notes:
    """Merge strikes of one pitch that follow each other faster than a key comes back, in order of track and pitch."""
    if not len(notes):
        return notes
    notes = notes.select(np.lexsort((notes.onset, notes.drum, notes.pitch, notes.track)))
    key = np.stack([notes.track, notes.pitch, notes.drum], axis=1)
    other = np.append(True, (np.diff(key.astype(np.int64), axis=0) != 0).any(axis=1))
    within = np.where(notes.drum, 0.0, _RESTRIKE)
    first = [0]
    for index in range(1, len(notes)):
        if other[index] or notes.onset[index] - notes.onset[first[-1]] > within[index]:
            first.append(index)
    return replace(
        notes.select(np.array(first)),
        key_up=np.maximum.reduceat(notes.key_up, first),
        velocity=np.maximum.reduceat(notes.velocity, first),
    )


Edit = Callable[[Notes, np.random.Generator], Notes]

_EDITS: Mapping[str, Edit] = {
    # articulation
    "staccato": lambda notes, rng: without_pedal(scale_durations(notes, rng.uniform(0.2, 0.6))),
    "legato": lambda notes, rng: scale_durations(notes, rng.uniform(1.3, 2.5)),
    "without pedal": lambda notes, rng: without_pedal(notes),
    "pedal": lambda notes, rng: with_pedal(notes, rng.uniform(0.8, 3.0)),
    # rhythm
    "jitter": lambda notes, rng: jitter(notes, rng.uniform(0.03, 0.12), rng),
    "steady": lambda notes, rng: steady(notes),
    "rubato": lambda notes, rng: rubato(notes, rng.uniform(0.08, 0.25), rng.uniform(2.5, 8.0), rng.uniform(0, 6.28)),
    "tempo drift": lambda notes, rng: drift(notes, rng.choice([0.55, 0.7, 1.4, 1.8])),
    "syncopation": lambda notes, rng: syncopate(notes, rng.uniform(0.2, 0.5), rng),
    "three against two": lambda notes, rng: three_against_two(notes),
    # harmony
    "semitones": lambda notes, rng: add_semitones(notes, rng.uniform(0.2, 0.8), rng),
    "clusters": lambda notes, rng: add_clusters(notes, rng.uniform(0.1, 0.6), rng),
    "random pitches": scatter_pitches,
    "mode": lambda notes, rng: change_mode(notes),
    "minor": lambda notes, rng: to_mode(notes, minor=True),
    "major": lambda notes, rng: to_mode(notes, minor=False),
    "diatonic": lambda notes, rng: diatonic(notes),
    "modulations": lambda notes, rng: modulate(notes, rng.uniform(2.0, 5.0), rng),
    # texture
    "closer": lambda notes, rng: closer(notes),
    "wider": lambda notes, rng: wider(notes),
    "octaves": lambda notes, rng: thicken(notes, 12, rng.uniform(0.5, 1.0), rng),
    "parallel chords": lambda notes, rng: thicken(thicken(notes, 9, 1.0, rng), 5, rng.uniform(0.3, 1.0), rng),
    "top line alone": lambda notes, rng: only_top(notes),
    "without top line": lambda notes, rng: without_top(notes),
    # melody
    "scattered melody": lambda notes, rng: scatter_octaves(notes, rng.uniform(0.4, 1.0), rng),
    "louder melody": lambda notes, rng: voice_top(notes, rng.uniform(12, 35)),
    "buried melody": lambda notes, rng: voice_top(notes, rng.uniform(-40, -15)),
}


def _tidied(edit: Edit) -> Edit:
    return lambda notes, rng: tidy(edit(notes, rng)) if len(notes) else notes


EDITS: Mapping[str, Edit] = {name: _tidied(edit) for name, edit in _EDITS.items()}
"""Edits a clip may get, drawn with equal chance; each takes notes and its own random numbers, and leaves them tidy."""
