"""Small pieces composed for the claims that compare kinds of music, and the figure of Bach's C minor prelude.

None of this is anybody's composition, but for `minor_prelude`, whose table gives harmony and figure of the first
bars of the prelude in C minor from the first book of the Well-Tempered Clavier (BWV 847). The others follow plain
rules of their kind; key, tempo, harmony and melody differ with the random numbers they are given.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.claims.material import COMPOSED, SCORE, SECONDS, Piece, performed, piano
from training.corpus.edits import MAJOR_STEPS, MINOR_STEPS
from training.notes import cut

Row = tuple[float, float, int, float]
"""A note: place and length in quarters, pitch, velocity."""

_PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 1, 4), (0, 0, 4, 0), (0, 5, 1, 4))  # roots, as steps of the scale
_BARS = 16
_BAR = 4.0  # quarters

_MARCH = ((1, 1, 1, 1), (1.5, 0.5, 1, 1), (2, 1, 1), (1, 0.5, 0.5, 1, 1), (1.5, 0.5, 2))
_RAG = (
    (0.5, 1, 0.5, 0.5, 1, 0.5),
    (0.5, 1, 1, 1, 0.5),
    (0.5, 0.5, 1, 0.5, 0.5, 1),
    (1, 1, 0.5, 1, 0.5),
    (0.5, 1, 0.5, 1, 1),
)
_SONG = ((3, 1), (2, 1, 1), (1.5, 0.5, 2), (4,), (2, 2), (1, 1, 2))
_LEAPS = ((0, 4, 8), (0, 4, 8, 14), (0, 6, 10), (0, 4, 10, 18), (0, 3, 6, 9), (0, 6, 11), (0, 5, 11), (0, 2, 8))
"""Chords of the bagatelle: augmented, of the whole-tone scale, diminished, of fourths and tritones."""

_C_MINOR = (
    # of each half bar: right hand's top, main, neighbour, low note; left hand's bass, main, neighbour, low note
    (72, 63, 62, 60, 48, 55, 53, 51),
    (68, 65, 64, 60, 48, 56, 55, 53),
    (71, 65, 63, 62, 48, 56, 55, 53),
    (72, 67, 65, 63, 48, 51, 50, 48),
    (75, 68, 67, 63, 48, 56, 55, 51),
    (74, 66, 64, 62, 48, 57, 55, 54),
    (74, 67, 66, 62, 46, 58, 57, 55),
    (72, 64, 62, 60, 46, 55, 53, 52),
)


def _played(name: str, rows: Sequence[Row], quarter: float, pedal: float = 0.0, kind: str = COMPOSED) -> Piece:
    """Play rows at ``quarter`` seconds a quarter, the pedal renewed every ``pedal`` quarters (0: not used)."""
    place, length, pitch, velocity = np.array(sorted(rows, key=lambda row: (row[0], row[2])), dtype=np.float64).T
    notes = piano(place * quarter, (place + length) * quarter, pitch, np.round(velocity))
    if pedal:
        down = np.arange(0.0, place.max() + 1, pedal) * quarter
        notes = replace(notes, pedal=np.stack([down + 0.05, down + pedal * quarter], axis=1))
    return performed(cut(notes, 0.0, SECONDS), name, kind)


class _Key:
    """A key, major or minor, with a progression of four bars that comes again and again."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.tonic = int(rng.integers(-5, 7))
        self.scale = MINOR_STEPS if rng.random() < 0.5 else MAJOR_STEPS
        self.roots = _PROGRESSIONS[rng.integers(len(_PROGRESSIONS))]

    def pitch(self, step: int, octave: int) -> int:
        """Return the pitch of a step of the scale, counted from the tonic of an octave (5: middle C's)."""
        return self.tonic + 12 * (octave + step // 7) + self.scale[step % 7]

    def root(self, bar: int) -> int:
        """Return the root of a bar as a step of the scale, down to a fourth below the tonic."""
        root = self.roots[bar % 4]
        return root - 7 if root > 3 else root


def _tune(key: _Key, bars: Sequence[Sequence[float]], rng: np.random.Generator) -> list[tuple[float, float, int]]:
    """Return place, length and step of a melody: a tone of the chord on each bar, then steps and a few thirds."""
    tune, step = [], 4
    for bar, lengths in enumerate(bars):
        place = bar * _BAR
        chord = np.array([key.root(bar) + third + octave for third in (0, 2, 4) for octave in (0, 7)])
        for number, length in enumerate(lengths):
            step = (
                step + int(rng.choice([-2, -1, -1, 1, 1, 2])) if number else int(chord[np.abs(chord - step).argmin()])
            )
            step = int(np.clip(step, -1, 11))
            tune.append((place, float(length), step))
            place += length
    return tune


def _oompah(key: _Key, touch: float, loud: float) -> list[Row]:
    """Return basses on the first and third quarter of the bars and chords on the second and fourth."""
    rows: list[Row] = []
    for bar in range(_BARS):
        root = key.root(bar)
        for beat in range(4):
            place = bar * _BAR + beat
            if beat % 2 == 0:
                rows.append((place, touch, key.pitch(root - 3 * (beat // 2), 3), loud + 6))
            else:
                rows += [(place, touch, key.pitch(root + third, 4), loud - 4) for third in (0, 2, 4)]
    return rows


def march(rng: np.random.Generator) -> Piece:
    """Return a march: basses and chords in turn, a plain tune in quarters and dotted rhythms, in strict time."""
    key = _Key(rng)
    tune = _tune(key, [_MARCH[rng.integers(len(_MARCH))] for _ in range(_BARS)], rng)
    rows = _oompah(key, 0.6, 66)
    rows += [(place, 0.75 * length, key.pitch(step, 5), 84 + 8 * (place % _BAR == 0)) for place, length, step in tune]
    return _played("march", rows, float(rng.uniform(0.48, 0.58)))


def rag(rng: np.random.Generator) -> Piece:
    """Return a rag: a march's left hand under a tune that falls between its beats."""
    key = _Key(rng)
    tune = _tune(key, [_RAG[rng.integers(len(_RAG))] for _ in range(_BARS)], rng)
    rows = _oompah(key, 0.6, 66)
    rows += [(place, 0.85 * length, key.pitch(step, 5), 82) for place, length, step in tune]
    rows += [(place, 0.85 * length, key.pitch(step + 7, 5), 76) for place, length, step in tune if length >= 1]
    return _played("rag", rows, float(rng.uniform(0.38, 0.5)))


def recitative(rng: np.random.Generator) -> Piece:
    """Return a recitative: a line in the uneven times of speech, with pauses, and a chord under each phrase."""
    key = _Key(rng)
    rows: list[Row] = []
    now, phrase = 0.0, 0
    while now < SECONDS:
        root = key.root(phrase)
        rows += [(now + 0.03 * i, 1.2, key.pitch(root + third, 4), 58) for i, third in enumerate((-7, 0, 2, 4))]
        now += float(rng.uniform(0.3, 1.1))
        step = root + int(rng.choice([4, 7, 9]))
        for _ in range(int(rng.integers(5, 12))):
            wait = float(np.clip(rng.lognormal(np.log(0.24), 0.5), 0.09, 0.9))
            rows.append((now, 0.9 * wait, key.pitch(step, 5), float(rng.uniform(60, 84))))
            step += int(rng.choice([-2, -1, 0, 0, 1, 2, 3]))
            step = int(np.clip(step, 0, 10))
            now += wait
        now += float(rng.uniform(0.5, 1.6))
        phrase += 1
    return _played("recitative", rows, 1.0)


def nocturne(rng: np.random.Generator) -> Piece:
    """Return a nocturne: a slow song over wide broken chords in triplets, under the pedal, softly."""
    key = _Key(rng)
    rows: list[Row] = []
    for bar in range(_BARS):
        root = key.root(bar)
        for half in range(2):
            for number, step in enumerate((0, 4, 9, 7, 9, 4)):
                rows.append(
                    (bar * _BAR + half * 2 + number / 3, 0.4, key.pitch(root + step, 3), 44 + 6 * (number == 0))
                )
    tune = _tune(key, [_SONG[rng.integers(len(_SONG))] for _ in range(_BARS)], rng)
    rows += [(place, 1.02 * length, key.pitch(step, 5), 74 + 4 * (length > 1)) for place, length, step in tune]
    return _played("nocturne", rows, float(rng.uniform(0.75, 1.0)), pedal=2)


def staccato_study(rng: np.random.Generator) -> Piece:
    """Return a study in staccato: running eighths and plucked chords, each held for a quarter of its time, dry."""
    key = _Key(rng)
    tune = _tune(key, [(0.5,) * 8 for _ in range(_BARS)], rng)
    rows = [(place, 0.12, key.pitch(step, 5), 76.0) for place, _, step in tune]
    for bar in range(_BARS):
        for beat in range(4):
            steps = (0,) if beat % 2 == 0 else (2, 4)
            rows += [(bar * _BAR + beat, 0.14, key.pitch(key.root(bar) + step, 4), 68.0) for step in steps]
    return _played("staccato study", rows, float(rng.uniform(0.45, 0.65)))


def cluster_study(rng: np.random.Generator) -> Piece:
    """Return a study in clusters: three to five neighbouring semitones at a time, all over the keyboard."""
    rows: list[Row] = []
    place = 0.0
    while place < 2 * SECONDS:
        length = float(rng.choice([0.5, 1.0, 1.0, 1.5]))
        low, size = int(rng.integers(33, 85)), int(rng.integers(3, 6))
        loud = float(rng.uniform(50, 100))
        rows += [(place, 0.8 * length, low + number, loud) for number in range(size)]
        place += length
    return _played("cluster study", rows, float(rng.uniform(0.45, 0.65)))


def bagatelle(rng: np.random.Generator) -> Piece:
    """Return a bagatelle without a key: chords that belong to none, and a line of their tones and of semitones."""
    rows: list[Row] = []
    root, tone, place = int(rng.integers(45, 57)), 70, 0.0
    while place < 2 * SECONDS:
        length = float(rng.choice([1.5, 2.0, 3.0]))
        chord = [root + step for step in _LEAPS[rng.integers(len(_LEAPS))]]
        rows += [(place, 0.9 * length, pitch, 56.0) for pitch in chord]
        for half in range(round(2 * length)):
            if rng.random() < 0.8:
                above = chord[rng.integers(len(chord))] % 12
                jump = tone + (above - tone + 6) % 12 - 6
                tone = int(np.clip(jump if rng.random() < 0.6 else tone + rng.choice([-1, 1]), 62, 86))
                rows.append((place + half / 2, 0.5, tone, 72.0))
        root = int(np.clip(root + rng.choice([-6, -3, -1, 1, 4, 6]), 41, 60))
        place += length
    return _played("bagatelle without a key", rows, float(rng.uniform(0.45, 0.65)))


def minor_prelude(first_bar: int, quarter: float) -> Piece:
    """Return the C minor prelude from a bar (0 to 3) on: sixteenths, each half bar's figure played twice."""
    rows: list[Row] = []
    for number, half_bar in enumerate(np.repeat(_C_MINOR[first_bar:], 2, axis=0)):
        for hand in (half_bar[:4], half_bar[4:]):
            top, main, neighbour, low = (int(pitch) for pitch in hand)
            figure = (top, main, neighbour, main, low, main, neighbour, main)
            rows += [(2 * number + place / 4, 0.25, pitch, 70.0) for place, pitch in enumerate(figure)]
    return _played("bach-bwv847", rows, quarter, kind=SCORE)


LADDER = {
    "octave": (0, 12),
    "fifth": (0, 7),
    "major triad": (0, 4, 7),
    "diminished triad": (0, 3, 6),
    "cluster": (0, 1, 2, 3),
}
"""Chords from the most to the least consonant, in semitones above the bass."""


def chords(steps: Sequence[int], rng: np.random.Generator) -> Piece:
    """Return one chord on basses that move by fourths and steps, in a rhythm of halves and quarters."""
    bass, place = int(rng.integers(50, 62)), 0.0
    rows: list[Row] = []
    while place < 2 * SECONDS:
        length = float(rng.choice([1.0, 1.0, 2.0]))
        rows += [(place, 0.95 * length, bass + step, 68.0) for step in steps]
        bass += int(rng.choice([-5, -2, 2, 5])) if 48 <= bass <= 64 else (5 if bass < 48 else -5)
        place += length
    return _played("chords", rows, float(rng.uniform(0.45, 0.65)))
