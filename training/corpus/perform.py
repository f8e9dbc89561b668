"""From a written score to a performance: tempo, timing, dynamics, articulation."""

from collections.abc import Callable

import numpy as np

from training.corpus.arrange import DRUMS, Arrangement
from training.notes import Floats, Notes


def perform(arrangement: Arrangement, duration: float, rng: np.random.Generator) -> Notes:
    """Play a stretch of a score, ``duration`` seconds from a random place on.

    Tempo 50 to 160 beats a minute, with slow waves and small random timing that range from strict to free;
    dynamics with metrical accents; an articulation from staccato to legato for each part.
    """
    score = arrangement.score
    tempo = float(np.exp(rng.uniform(np.log(50), np.log(160))))  # beats a minute
    quarters = duration * tempo / 60 * score.beat
    latest = max(0.0, float(score.onset.max()) - quarters)
    start = np.floor(rng.uniform(0, latest) / score.bar) * score.bar if latest else 0.0
    inside = (score.onset >= start) & (score.onset < start + quarters)
    place, part = score.onset[inside] - start, score.part[inside]

    seconds = _tempo_curve(quarters, tempo / 60 / score.beat, rng)
    freedom = float(rng.choice([0.0, 0.005, 0.012, 0.025]))  # seconds of random timing
    onset = np.maximum(0.0, seconds(place) + rng.normal(0, freedom, len(place)))
    written = seconds(place + score.duration[inside]) - seconds(place)

    ratio = np.empty(len(place))
    loud = np.empty(len(place))
    style = rng.choice([0.25, 0.45, 0.7, 0.9, 1.0, 1.05], p=[0.1, 0.1, 0.15, 0.25, 0.25, 0.15])
    for number in np.unique(part):
        own = style if rng.random() < 0.7 else rng.uniform(0.25, 1.05)
        ratio[part == number] = np.clip(own + rng.normal(0, 0.05), 0.15, 1.05)
        loud[part == number] = rng.uniform(55, 95) + (8 if number == 0 else 0)
    on_bar = np.abs((score.onset[inside] + 1e-6) % score.bar) < 1e-3
    on_beat = np.abs((score.onset[inside] + 1e-6) % score.beat) < 1e-3
    swell = rng.uniform(0, 12) * np.sin(2 * np.pi * place / quarters * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    velocity = loud + rng.uniform(2, 12) * on_bar + rng.uniform(0, 6) * on_beat + swell
    velocity += rng.normal(0, 4, len(place))
    return Notes(
        onset=onset,
        key_up=onset + np.maximum(0.03, written * ratio),
        pitch=score.pitch[inside],
        velocity=np.clip(np.round(velocity), 10, 127).astype(np.int64),
        track=part,
        drum=part == DRUMS,
        program=arrangement.program,
    ).ordered()


def _tempo_curve(quarters: float, rate: float, rng: np.random.Generator) -> Callable[[Floats], Floats]:
    """Seconds at places in quarter notes: a tempo around ``rate`` quarters a second, with waves of 0 to 20 %."""
    grid = np.linspace(0, quarters * 1.5 + 8, 400)
    depth = float(rng.choice([0.0, 0.02, 0.05, 0.1, 0.2]))
    wave = depth * np.sin(2 * np.pi * grid / rng.uniform(3, 10) + rng.uniform(0, 6))
    wave += depth / 2 * np.sin(2 * np.pi * grid / rng.uniform(1.5, 4) + rng.uniform(0, 6))
    pace = 1.0 / (rate * np.exp(wave))
    seconds = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2 * np.diff(grid))])
    return lambda place: np.asarray(np.interp(place, grid, seconds))
