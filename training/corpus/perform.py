"""From a written score to a performance: tempo, timing, dynamics, articulation, pedal; from deadpan to free."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from training.corpus.arrange import DRUMS, Arrangement
from training.corpus.instruments import PIANO
from training.corpus.scores import BASS, MELODY, Score
from training.notes import Floats, Notes, merged

_PEDALLED = (PIANO, 4, 5, 11)  # programs with a sustain pedal: pianos and vibraphone
_FASTEST = 3.5  # quarter notes a second


@dataclass(frozen=True)
class Stretch:
    """A stretch of a score that begins with a bar.

    Attributes
    ----------
    score : Score
        From 0 on.
    rate : float
        Mean tempo in quarter notes a second.
    closes : bool
        Whether the piece ends with it.
    """

    score: Score
    rate: float
    closes: bool


def stretch(score: Score, duration: float, rng: np.random.Generator) -> Stretch:
    """Choose a tempo of 50 to 160 beats a minute and a random stretch that lasts ``duration`` seconds at it."""
    tempo = float(np.exp(rng.uniform(np.log(50), np.log(160))))
    rate = min(tempo / 60 * score.beat, _FASTEST)
    quarters = duration * rate
    latest = max(0.0, float(score.onset.max()) - quarters + score.bar)
    start = np.floor(rng.uniform(0, latest + 1e-9) / score.bar) * score.bar
    inside = (score.onset >= start - 1e-6) & (score.onset < start + quarters)
    part = Score(
        np.maximum(0.0, score.onset[inside] - start),
        score.duration[inside],
        score.pitch[inside],
        score.part[inside],
        score.bar,
        score.beat,
    )
    return Stretch(part, rate, bool(start + quarters > score.onset.max()))


def perform(arrangement: Arrangement, rate: float, closes: bool, rng: np.random.Generator) -> Notes:
    """Play an arrangement at a mean tempo of ``rate`` quarter notes a second.

    One number between 0 (deadpan, a fifth of the clips) and 1 scales all that is free: phrase arcs of tempo and
    loudness (Todd 1992), slower waves of tempo, random timing, the melody ahead of the chord by up to 35 ms (Goebl
    2001); drums hold it down. A piece that ``closes`` slows down at its end like a runner (Friberg & Sundberg
    1999). Each part has an articulation between staccato and legato. Instruments with a pedal use it for most
    clips, changed with the harmony or by the bar.
    """
    score = arrangement.score
    drummed = bool((score.part == DRUMS).any())
    free = 0.0 if rng.random() < 0.2 else float(rng.beta(1.2, 1.8)) * (0.3 if drummed else 1.0)
    quarters = float((score.onset + score.duration).max())
    phrase = score.bar * float(rng.choice([2, 4, 4, 8]))
    arc = _arc(phrase, float(rng.uniform(0, phrase)) if rng.random() < 0.2 else 0.0)
    seconds = _clock(quarters, rate, arc, free, closes and rng.random() < 0.7, score.beat, rng)

    onset = seconds(score.onset) + _deviations(score, free, drummed, rng)
    onset -= min(0.0, float(onset.min()))
    written = seconds(score.onset + score.duration) - seconds(score.onset)
    loud = _loudness(score, arc, free, rng) + arrangement.weight
    notes = Notes(
        onset=onset,
        key_up=onset + np.maximum(0.03, written * _articulation(score, rng)),
        pitch=score.pitch,
        velocity=np.clip(np.round(loud), 8, 127).astype(np.int64),
        track=score.part,
        drum=score.part == DRUMS,
        program=arrangement.program,
    ).ordered()
    players = {program for part, program in arrangement.program.items() if (score.part == part).any()}
    if len(players) == 1 and players <= set(_PEDALLED):
        notes = replace(notes, pedal=_pedal(score, seconds, notes.end, rng))
    return notes


def _arc(phrase: float, shift: float) -> Callable[[Floats], Floats]:
    """Return the course of phrases of ``phrase`` quarter notes: -1 at their ends, 1 in the middle, a parabola."""
    return lambda place: np.asarray(1 - 2 * (2 * ((place + shift) / phrase % 1) - 1) ** 2)


def _clock(
    quarters: float,
    rate: float,
    arc: Callable[[Floats], Floats],
    free: float,
    slows: bool,
    beat: float,
    rng: np.random.Generator,
) -> Callable[[Floats], Floats]:
    """Return seconds at places in quarter notes; the mean tempo is ``rate`` but for a final slowing."""
    grid = np.linspace(0, quarters, 400)
    bend = free * rng.uniform(0.0, 0.2) * arc(grid)
    for longest, depth in ((10, 0.12), (4, 0.06)):
        period = rng.uniform(longest / 3, longest)
        bend += free * rng.uniform(0, depth) * np.sin(2 * np.pi * grid / period + rng.uniform(0, 6))
    pace = np.exp(-bend)
    pace /= pace.mean()
    if slows:
        last = min(quarters, beat * rng.uniform(2, 6))
        run = np.clip((grid - quarters + last) / last, 0, 1)
        final = rng.uniform(0.35, 0.8)  # tempo at the end
        pace /= np.cbrt(1 + (final**3 - 1) * run)
    pace /= rate
    seconds = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2 * np.diff(grid))])
    return lambda place: np.asarray(np.interp(place, grid, seconds))


def _deviations(score: Score, free: float, drummed: bool, rng: np.random.Generator) -> Floats:
    """Seconds by which notes are off: random for each, the melody early, some chords spread from the bass up."""
    off = rng.normal(0, free * rng.uniform(0.004, 0.02), len(score.onset))
    if not drummed:
        off -= (score.part == MELODY) * free * rng.uniform(0, 0.035)
        if rng.random() < 0.15 * free:
            height = np.argsort(np.argsort(score.pitch)) / len(score.pitch)
            off += height * rng.uniform(0.03, 0.1)
    return np.asarray(off)


def _loudness(score: Score, arc: Callable[[Floats], Floats], free: float, rng: np.random.Generator) -> Floats:
    """Velocity before rounding: level of the part, accents of the metre, phrase arcs, a swell, chance."""
    loud = np.empty(len(score.onset))
    level, spread = rng.uniform(52, 96), rng.uniform(0, 10)
    for number in np.unique(score.part):
        ahead = rng.uniform(-2, 20) if number == MELODY else 0.0
        loud[score.part == number] = level + rng.normal(0, spread) + ahead
    on_bar = np.abs((score.onset + 1e-6) % score.bar) < 1e-3
    on_beat = np.abs((score.onset + 1e-6) % score.beat) < 1e-3
    loud += rng.uniform(0, 12) * on_bar + rng.uniform(0, 6) * on_beat
    place = score.onset / max(float(score.onset.max()), 1e-9)
    loud += rng.uniform(0, 10) * free * arc(score.onset) + rng.uniform(-15, 15) * (place - 0.5)
    loud += rng.uniform(0, 10) * np.sin(2 * np.pi * place * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    return np.asarray(loud + rng.normal(0, 1 + 4 * free, len(loud)))


def _articulation(score: Score, rng: np.random.Generator) -> Floats:
    """Share of its written duration for which each note is held: one style for all parts, or some with their own."""
    ratio = np.empty(len(score.onset))
    style = rng.choice([0.25, 0.45, 0.7, 0.9, 1.0, 1.05], p=[0.1, 0.1, 0.15, 0.25, 0.25, 0.15])
    for number in np.unique(score.part):
        own = style if rng.random() < 0.7 else rng.uniform(0.25, 1.05)
        ratio[score.part == number] = own
    return np.clip(ratio + rng.normal(0, 0.05, len(ratio)), 0.15, 1.05)


def _pedal(score: Score, seconds: Callable[[Floats], Floats], end: float, rng: np.random.Generator) -> Floats:
    """Pedal that is changed with the bass, by the bar or by the half bar; none for a quarter of the clips."""
    if rng.random() < 0.25:
        return np.empty((0, 2))
    way = rng.choice(["bass", "bar", "half bar"], p=[0.6, 0.25, 0.15])
    quarters = float(score.onset.max())
    if way == "bass" and (score.part == BASS).any():
        bass = np.unique(score.onset[(score.part == BASS) & (np.abs((score.onset + 1e-6) % score.beat) < 1e-3)])
        changes = seconds(bass)
    else:
        changes = seconds(np.arange(0, quarters + 1e-6, score.bar if way == "bar" else score.bar / 2))
    changes = np.asarray(changes)[np.diff(changes, prepend=-1.0) > 0.3]
    if rng.random() < 0.2:  # only here and there
        changes, ends = changes[:-1:2], changes[1::2]
        count = min(len(changes), len(ends))
        changes, ends = changes[:count], ends[:count]
    else:
        ends = np.append(changes[1:], end)[: len(changes)]
    return merged(np.stack([changes + rng.uniform(0.03, 0.12), ends], axis=1))
