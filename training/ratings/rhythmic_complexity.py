"""Rhythmic complexity: how hard it would be to tap along, and how many rhythms run at once.

The rating is the sum of ``WEIGHTS`` times the standardised terms of `terms`. No listeners' ratings of it can be had
here, and listeners hardly agree on it (Cronbach's alpha .27 to .47); the weights are a recipe, checked by what must
follow of moved notes, mixed intervals and three against two (`training.claims`).
"""

from itertools import pairwise

import numpy as np

from training.notes import Floats, Integers, Notes
from training.ratings.clusters import TOGETHER, clusters
from training.ratings.pulse import pulse

# The entropy of the beats' patterns notices a moved note and a missed repetition, which the intervals' does not,
# and jitter disturbs it less.
WEIGHTS = {"syncopation": 0.30, "patterns": 0.20, "density": 0.25, "interval_entropy": 0.10, "layers": 0.15}
TYPICAL = {"syncopation": 0.21, "patterns": 1.38, "density": 1.55, "interval_entropy": 1.97, "layers": 1.31}
SPREAD = {"syncopation": 0.24, "patterns": 0.63, "density": 0.57, "interval_entropy": 0.68, "layers": 0.46}

PARTS = 4  # grid positions in a beat
LEVELS = np.array([0, -3, -2, -3, -1, -3, -2, -3])  # metrical weight of the positions in two beats
APART = 12.0  # semitones between the means of two hands
FEWEST = 4  # onsets that make a stream
BINS_PER_OCTAVE = 2  # of the histogram of inter-onset intervals


def streams(notes: Notes) -> list[Floats]:
    """Return the onset times of the passage's streams, the busiest first.

    A track is one stream, or two where its pitches fall into two groups an octave or more apart (the hands of
    a pianist). Streams of fewer than four onsets are left out.
    """
    times: list[Floats] = []
    for number in np.unique(notes.track):
        part = notes.select(notes.track == number)
        upper = _upper_hand(part.pitch) if not part.drum.any() else np.ones(len(part), np.bool_)
        times += [clusters(part.select(own)).time for own in (upper, ~upper)]
    return sorted((stream for stream in times if len(stream) >= FEWEST), key=len, reverse=True)


def _upper_hand(pitch: Integers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which pitches belong to the upper of two groups (two means); all, if there is just one group."""
    low, high = float(pitch.min()), float(pitch.max())
    for _ in range(10):
        upper = pitch > (low + high) / 2
        if not upper.any() or upper.all():
            break
        low, high = float(pitch[~upper].mean()), float(pitch[upper].mean())
    return upper if high - low >= APART else np.ones(len(pitch), np.bool_)


def grid_positions(times: Floats, beats: Floats) -> Integers:
    """Return the positions of onsets on a grid of four to a beat, of those between the first and last beat."""
    inside = times[(times >= beats[0] - TOGETHER) & (times <= beats[-1] + TOGETHER)]
    return np.asarray(np.round(np.interp(inside, beats, np.arange(len(beats))) * PARTS), dtype=np.int64)


def syncopation(positions: Integers) -> int:
    """Return the syncopation of onsets at grid positions, summed (Longuet-Higgins & Lee 1984).

    An onset is syncopated by as much as the strongest grid position between it and the next onset is stronger
    than its own.
    """
    return sum(
        max(0, int(LEVELS[np.arange(here + 1, there) % len(LEVELS)].max(initial=-3) - LEVELS[here % len(LEVELS)]))
        for here, there in pairwise(positions)
    )


def pattern_entropy(positions: Integers, beats: int) -> float:
    """Return the entropy in bits of the rhythmic patterns of the beats: which of the four positions are struck."""
    struck = np.zeros((beats + 1, PARTS), np.int64)
    struck.flat[positions] = 1
    count = np.bincount(struck[: beats - 1] @ (1 << np.arange(PARTS)))
    share = count[count > 0] / count.sum()
    return float(-(share * np.log2(share)).sum())


def layers(parts: list[Floats]) -> float:
    """Return how many independent rhythms there are.

    1, plus, for every stream after the busiest, the share of its onsets at which no busier one has an onset.
    """
    result, known = 1.0, parts[0] if parts else np.empty(0)
    for stream in parts[1:]:
        index = np.clip(np.searchsorted(known, stream), 1, len(known) - 1)
        distance = np.minimum(np.abs(stream - known[index - 1]), np.abs(stream - known[index]))
        result += float((distance > TOGETHER).mean())
        known = np.sort(np.concatenate([known, stream]))
    return result


def interval_entropy(intervals: Floats) -> float:
    """Return the entropy in bits of a histogram of inter-onset intervals, half-octave bins that overlap."""
    place = np.log2(np.maximum(intervals, 0.03) / 0.03) * BINS_PER_OCTAVE
    low = np.floor(place).astype(np.int64)
    count = np.bincount(low, 1 - (place - low), low.max() + 2) + np.bincount(low + 1, place - low, low.max() + 2)
    share = count[count > 0] / count.sum()
    return float(-(share * np.log2(share)).sum())


def terms(notes: Notes) -> dict[str, float]:
    """Return the terms of rhythmic complexity, drums included.

    ``syncopation`` is that of a beat, on the tracked beats, mean over the streams; ``patterns`` the entropy of
    the beats' rhythmic patterns, mean over the streams; ``density`` the log of the onsets a second;
    ``interval_entropy`` that of the inter-onset intervals in bits; ``layers`` the number of rhythms.
    """
    events = clusters(notes)
    intervals = np.diff(events.time)
    parts = streams(notes)
    beats = pulse(events).beats
    on_grid = [grid_positions(part, beats) for part in parts] if len(beats) >= FEWEST else []
    return {
        "syncopation": _syncopation(on_grid, len(beats)) if on_grid else np.nan,
        "patterns": float(np.mean([pattern_entropy(part, len(beats)) for part in on_grid])) if on_grid else np.nan,
        "density": float(np.log(1 / intervals.mean())) if len(intervals) else np.nan,
        "interval_entropy": interval_entropy(intervals) if len(intervals) else np.nan,
        "layers": layers(parts) if parts else np.nan,
    }


def _syncopation(on_grid: list[Integers], beats: int) -> float:
    """Return the syncopation of a beat, mean over the streams, with the strong beats where they make it least."""
    total = min(sum(syncopation(part + shift) for part in on_grid) for shift in (0, PARTS))
    return total / beats / len(on_grid)
