"""Drum patterns in several metres and feels, with ghost notes, variations, fills and cymbals at phrase starts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.corpus.scores import Score
from training.notes import Floats, Integers

_KICK, _STICK, _SNARE, _CLOSED, _PEDAL_HAT, _OPEN, _CRASH, _RIDE = 36, 37, 38, 42, 44, 46, 49, 51
_TAMBOURINE, _SHAKER, _BRUSH = 54, 70, 40
_TOMS = (50, 48, 47, 45, 43)
_LOUDNESS = {"X": 12.0, "x": 0.0, "o": -34.0}  # velocity steps; o is a ghost note

Pattern = Mapping[int, str]

GROOVES: Mapping[str, Mapping[str, Pattern]] = {
    "four": {
        "rock": {_KICK: "X.......x.x.....", _SNARE: "....X.......X...", _CLOSED: "x.x.x.x.x.x.x.x."},
        "backbeat": {_KICK: "X.....x...x.....", _SNARE: "....X..o.o..X..o", _CLOSED: "x.x.x.x.x.x.x.x."},
        "busy rock": {_KICK: "X..x..x.x.x..x..", _SNARE: "....X..o.o..X.o.", _CLOSED: "xoxoxoxoxoxoxoxo"},
        "floor": {_KICK: "X...X...X...X...", _SNARE: "....x.......x...", _OPEN: "..x...x...x...x."},
        "house": {_KICK: "X...X...X...X...", _CLOSED: "oox.oox.oox.oox.", _STICK: "...x..x....x..x."},
        "half-time": {_KICK: "X.....x.........", _SNARE: "........X.......", _CLOSED: "x...x...x...x..."},
        "broken": {_KICK: "X.....x...x.....", _SNARE: "....X..o.o..X.x.", _CLOSED: "x.xxx.x.xxx.x.xo"},
        "swing": {_RIDE: "x...x.x.x...x.x.", _PEDAL_HAT: "....x.......x...", _KICK: "o...o...o...o..."},
        "brushes": {_BRUSH: "o.o.x.o.o.o.x.o.", _PEDAL_HAT: "....o.......o...", _KICK: "o.......o......."},
        "bossa": {_STICK: "x..x..x...x..x..", _KICK: "x..xx..xx..xx..x", _SHAKER: "xoxoxoxoxoxoxoxo"},
        "clave": {_STICK: "x..x...x..x.x...", _SHAKER: "x.o.x.o.x.o.x.o.", _KICK: "x.......x......."},
        "march": {_SNARE: "x..ox..ox..oxoxo", _KICK: "X.......X.......", _CRASH: "x..............."},
        "folk": {_TAMBOURINE: "o...x...o...x...", _KICK: "x.......x......."},
    },
    "three": {
        "waltz": {_KICK: "X...........", _CLOSED: "....x...x..."},
        "jazz waltz": {_RIDE: "x...x.x.x...", _PEDAL_HAT: "....x.......", _KICK: "o.......o..."},
        "slow three": {_KICK: "X.......x...", _SNARE: "....X...o...", _CLOSED: "x.x.x.x.x.x."},
        "brushed three": {_BRUSH: "o.o.x.o.x.o.", _KICK: "o..........."},
    },
    "compound": {
        "six-eight": {_KICK: "X.....x..o..", _SNARE: "......X.....", _CLOSED: "x.x.x.x.x.x."},
        "slow blues": {_KICK: "X.........x.", _SNARE: "......X.....", _RIDE: "x.x.x.x.x.x."},
        "jig": {_TAMBOURINE: "x.o.o.x.o.o.", _KICK: "x.....x....."},
    },
}
"""Patterns by metre; a character is a sixteenth note: X accented, x plain, o a ghost note."""

SWUNG = frozenset({"swing", "jazz waltz"})
"""Patterns whose off-beat eighths come late, for all players."""


@dataclass(frozen=True)
class Drums:
    """Strokes: when (quarter notes), which drum, and by how much louder or softer than plain (velocity steps)."""

    onset: Floats
    pitch: Integers
    weight: Floats


def metre(score: Score) -> str:
    """Return the metre as a key of `GROOVES`; other metres than these count as ``"four"``."""
    if score.beat == 1.5:
        return "compound"
    return "three" if score.bar % 3 == 0 else "four"


def drum_part(pattern: Pattern, quarters: float, rng: np.random.Generator) -> Drums:
    """Play a pattern for ``quarters`` quarter notes.

    Some strokes are left out or added as ghost notes; for most clips every fourth or eighth repetition ends with a
    fill, and the next begins with a crash cymbal.
    """
    steps = len(next(iter(pattern.values())))
    period = steps / 4
    repeats = int(np.ceil(quarters / period))
    starts = np.arange(repeats) * period
    every = int(rng.choice([0, 4, 8]))
    filled = np.arange(repeats) % every == every - 1 if every else np.zeros(repeats, np.bool_)
    fill_steps = int(rng.choice([4, 8])) if steps >= 16 else 4
    ghosts = rng.choice([0.0, 0.05, 0.15])
    onset, pitch, weight = [], [], []
    for drum, line in pattern.items():
        played = np.tile(np.array([_LOUDNESS.get(mark, np.nan) for mark in line]), (repeats, 1))
        played[(rng.random(played.shape) < 0.04) & (played < 0)] = np.nan
        if drum == _SNARE:
            played[np.isnan(played) & (rng.random(played.shape) < ghosts)] = _LOUDNESS["o"]
        played[filled, steps - fill_steps :] = np.nan
        bar, step = np.nonzero(np.isfinite(played))
        onset.append(starts[bar] + step / 4)
        pitch.append(np.full(len(bar), drum))
        weight.append(played[bar, step])
    for start in starts[filled]:
        places = np.flatnonzero(rng.random(fill_steps) < 0.8)
        drums = np.array([_SNARE, *_TOMS])
        onset.append(start + period - (fill_steps - places) / 4)
        pitch.append(drums[np.minimum(places * len(drums) // fill_steps, len(drums) - 1)])
        weight.append(rng.uniform(-8, 8, len(places)))
        onset.append(np.array([start + period]))
        pitch.append(np.array([_CRASH]))
        weight.append(np.array([_LOUDNESS["X"]]))
    drums_at = np.concatenate(onset)
    inside = drums_at < quarters
    return Drums(drums_at[inside], np.concatenate(pitch)[inside].astype(np.int64), np.concatenate(weight)[inside])
