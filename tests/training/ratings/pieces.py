"""Small pieces for the tests: a melody over a progression, and ways to change what was played."""

from dataclasses import replace

import numpy as np

from training.notes import Notes

NO_PEDAL = np.empty((0, 2))
MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 11)
PROGRESSION = (0, 5, 3, 4, 0, 3, 4, 0)  # roots as steps of the scale
MELODY = (4, 5, 4, 2, 5, 4, 3, 2, 3, 4, 5, 6, 7, 6, 5, 4, 2, 3, 4, 2, 5, 4, 3, 5, 4, 3, 2, 1, 0, 1, 0, 0)


def make(rows, pedal=NO_PEDAL, program=0, drum=False):
    """Return notes from rows of (onset, duration, pitch, velocity)."""
    onset, duration, pitch, velocity = np.array(rows, dtype=float).T
    size = len(onset)
    return Notes(
        onset=onset,
        key_up=onset + duration,
        pitch=pitch.astype(np.int64),
        velocity=velocity.astype(np.int64),
        track=np.zeros(size, np.int64),
        drum=np.full(size, drum),
        pedal=np.asarray(pedal, dtype=float).reshape(-1, 2),
        program={0: program},
    ).ordered()


def song(scale=MAJOR, tonic=55, beat=0.5, legato=0.9, melody_velocity=80, melody=True, accompaniment=True):
    """Return 32 beats: a melody of quarters, a bass and off-beat chords below."""

    def degree(step, octave):
        return tonic + 12 * octave + 12 * (step // 7) + scale[step % 7]

    rows = []
    for number, step in enumerate(MELODY):
        time = number * beat
        if melody:
            rows.append((time, legato * beat, degree(step, 1), melody_velocity))
        if accompaniment:
            root = PROGRESSION[number // 4]
            if number % 2 == 0:
                rows.append((time, legato * beat, degree(root, -2), 60))
            else:
                rows += [(time, legato * beat, degree(root + third, -1), 50) for third in (0, 2, 4)]
    return make(rows)


def shorter(notes, factor):
    """Return the notes with key times multiplied, without pedal."""
    return replace(notes, key_up=notes.onset + factor * (notes.key_up - notes.onset), pedal=NO_PEDAL)


def pedalled(notes, period=2.0):
    """Return the notes with the pedal down nearly all the time, changed every period."""
    down = np.arange(0, notes.end, period)
    return replace(notes, pedal=np.stack([down + 0.05, down + period - 0.02], axis=1))


def jittered(notes, deviation, seed=0):
    """Return the notes with random shifts of their onsets."""
    onset = np.maximum(notes.onset + np.random.default_rng(seed).normal(0, deviation, len(notes)), 0)
    return replace(notes, onset=onset, key_up=onset + notes.key_up - notes.onset).ordered()


def rubato(notes, depth=0.25, period=6.0):
    """Return the notes with a tempo that swings by a sine."""

    def bend(time):
        return time + depth * period / (2 * np.pi) * np.sin(2 * np.pi * time / period)

    return replace(notes, onset=bend(notes.onset), key_up=bend(notes.key_up), pedal=bend(notes.pedal))


def transposed(notes, semitones):
    """Return the notes moved in pitch, drums excepted."""
    return replace(notes, pitch=np.where(notes.drum, notes.pitch, notes.pitch + semitones))


def random_pitches(notes, seed=0):
    """Return the same rhythm with pitches drawn from the same range."""
    low, high = notes.pitch.min(), notes.pitch.max()
    return replace(notes, pitch=np.random.default_rng(seed).integers(low, high + 1, len(notes))).ordered()


def together(*parts):
    """Return several notes as one, with the first one's pedal and programs."""
    names = ("onset", "key_up", "pitch", "velocity", "track", "drum")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **joined).ordered()


def with_semitones(notes):
    """Return the notes with a semitone above each of them."""
    return together(notes, transposed(notes, 1))


def corpus():
    """Return some seventy versions of the song that differ in every feature, to calibrate on."""
    found = []
    for scale, register in ((MAJOR, 50), (MINOR, 53)):
        for step, beat in enumerate((0.35, 0.5, 0.7)):
            tonic = register + 5 * step
            plain = song(scale, tonic, beat)
            found += [plain, pedalled(plain), jittered(plain, 0.03), jittered(plain, 0.08), rubato(plain)]
            found += [shorter(plain, 0.3), shorter(plain, 0.6), with_semitones(plain), random_pitches(plain)]
            found += [song(scale, tonic, beat, melody=False), song(scale, tonic, beat, melody_velocity=60)]
            found += [with_semitones(random_pitches(plain))]
    return found
