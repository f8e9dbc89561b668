"""Harmony of a score, and bass lines and accompaniments made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from training.corpus.scores import Score

_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 6), (0, 3, 7, 10))
_LOW, _MIDDLE = 28, 55  # lowest pitches of a bass line and of a chord


@dataclass(frozen=True)
class Harmony:
    """A chord for each stretch of ``step`` quarter notes, from 0 on.

    Attributes
    ----------
    step : float
    root : tuple of int
        Pitch classes.
    chord : tuple of tuple of int
        Pitch classes, the root first.
    """

    step: float
    root: tuple[int, ...]
    chord: tuple[tuple[int, ...], ...]


def harmony(score: Score, step: float) -> Harmony:
    """Return the chords that fit best what sounds in each stretch of ``step`` quarter notes.

    The fit is the duration of the notes in the chord, less half of that outside it; a root in the bass counts as
    half the stretch more. Where nothing sounds the chord before goes on.
    """
    stop = score.onset + score.duration
    chords: list[tuple[int, ...]] = []
    for start in np.arange(0.0, max(stop.max(), step), step):
        sounds = np.minimum(stop, start + step) - np.maximum(score.onset, start)
        inside = np.flatnonzero(sounds > 1e-3)
        if not len(inside):
            chords.append(chords[-1] if chords else (0, 4, 7))
            continue
        weight = np.bincount(score.pitch[inside] % 12, sounds[inside], 12)
        weight[score.pitch[inside].min() % 12] += step / 2
        fits = {
            (root, *((root + tone) % 12 for tone in tones[1:])): 1.5 * sum(weight[(root + tone) % 12] for tone in tones)
            + 0.3 * weight[root]
            - 0.15 * len(tones)
            for root in range(12)
            for tones in _CHORDS
        }
        chords.append(max(fits, key=lambda chord: fits[chord]))
    return Harmony(step, tuple(chord[0] for chord in chords), tuple(chords))


# A bass rhythm: steps of an eighth note; r root, f fifth, o root an octave higher, w a step on the way to the next.
BASS_LINES: Mapping[str, str] = {
    "whole": "r-------",
    "halves": "r---f---",
    "eighths": "rrrrrrrr",
    "pop": "r--r--r-",
    "pushed": "r--r.r-o",
    "octaves": "roro",
    "off-beat": ".r.r.r.r",
    "bossa": "r--ff--r",
    "walking": "r-t-f-w-",
    "sparse": "r-.....r",
}
BASS_LINES_OF_THREE: Mapping[str, str] = {"whole": "r-----", "waltz": "r-....", "walking": "r-t-f-", "pop": "r--r.f"}


Row = tuple[float, float, int]
"""A note: onset and duration in quarter notes, and pitch."""


def bass_line(chords: Harmony, line: str, quarters: float, rng: np.random.Generator) -> list[Row]:
    """Return a bass part with the rhythm of ``line`` (a value of `BASS_LINES`) on the roots of the chords."""
    places = np.arange(int(quarters * 2))
    marks = np.array(list(line))[places % len(line)]
    rows = []
    low = _LOW + int(rng.integers(0, 6))
    for place in np.flatnonzero((marks != "-") & (marks != ".")):
        held = 1
        while place + held < len(marks) and marks[place + held] == "-":
            held += 1
        now = _at(chords, place / 2)
        after = _at(chords, (place + held) / 2)
        root = low + (chords.root[now] - low) % 12
        tones = {
            "r": root,
            "o": root + 12,
            "f": root + (chords.chord[now][2] - chords.root[now]) % 12,
            "t": root + (chords.chord[now][1] - chords.root[now]) % 12,
            "w": low + (chords.root[after] - low) % 12 + int(rng.choice([-2, -1, 1, 2])),
        }
        rows.append((float(place) / 2, held / 2, tones[str(marks[place])]))
    return rows


def _at(chords: Harmony, place: float) -> int:
    return min(int(place / chords.step + 1e-6), len(chords.root) - 1)


def _voiced(chord: tuple[int, ...], low: int) -> list[int]:
    """Return a chord's pitches in close position from ``low`` on."""
    return sorted(low + (tone - low) % 12 for tone in chord)


def _blocks(chords: Harmony, unit: float, low: int) -> list[Row]:
    """Each chord held for its stretch."""
    return [
        (number * chords.step, chords.step, pitch)
        for number, chord in enumerate(chords.chord)
        for pitch in _voiced(chord, low)
    ]


def _repeated(chords: Harmony, unit: float, low: int) -> list[Row]:
    """Chords repeated every ``unit``."""
    return [
        (place, unit, pitch)
        for place in np.arange(0, len(chords.chord) * chords.step, unit).tolist()
        for pitch in _voiced(chords.chord[_at(chords, place)], low)
    ]


def _off_beats(chords: Harmony, unit: float, low: int) -> list[Row]:
    """Chords in the middle of every ``unit``, half as long."""
    return [(place + unit / 2, unit / 2, pitch) for place, _, pitch in _repeated(chords, unit, low)]


def _arpeggio(chords: Harmony, unit: float, low: int) -> list[Row]:
    """Up and down the chord, four notes a ``unit``."""
    rows = []
    for number, place in enumerate(np.arange(0, len(chords.chord) * chords.step, unit / 4).tolist()):
        tones = _voiced(chords.chord[_at(chords, place)], low)
        tones = [*tones, tones[0] + 12]
        way = [*tones, *tones[-2:0:-1]]
        rows.append((place, unit / 4, way[number % len(way)]))
    return rows


def _drone(chords: Harmony, unit: float, low: int) -> list[Row]:
    """The most frequent root and its fifth, struck anew every 8 units."""
    root = low + (max(chords.root, key=chords.root.count) - low) % 12
    places = np.arange(0, len(chords.chord) * chords.step, 8 * unit).tolist()
    return [(place, 8 * unit, pitch) for place in places for pitch in (root, root + 7)]


TEXTURES: Mapping[str, Callable[[Harmony, float, int], list[Row]]] = {
    "blocks": _blocks,
    "repeated": _repeated,
    "off-beats": _off_beats,
    "arpeggio": _arpeggio,
    "drone": _drone,
}


def texture(chords: Harmony, name: str, unit: float, rng: np.random.Generator) -> list[Row]:
    """Return an accompaniment of the chords: how (of `TEXTURES`), and its pulse of ``unit`` quarter notes."""
    return TEXTURES[name](chords, unit, _MIDDLE - int(rng.integers(0, 8)))


def with_part(score: Score, rows: list[Row], part: int) -> Score:
    """Return a score whose notes of one part are ``rows``."""
    kept = score.part != part
    onset, duration, pitch = np.array(rows, np.float64).T
    onset = np.concatenate([score.onset[kept], onset])
    pitch = np.concatenate([score.pitch[kept], pitch.astype(np.int64)])
    order = np.lexsort((pitch, onset))
    return Score(
        onset[order],
        np.concatenate([score.duration[kept], duration])[order],
        pitch[order],
        np.concatenate([score.part[kept], np.full(len(rows), part)])[order],
        score.bar,
        score.beat,
    )
