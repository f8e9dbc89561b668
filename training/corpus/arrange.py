"""Songs and quartets re-scored: who plays which part, with what accompaniment, bass line and drums."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from training.corpus.accompany import BASS_LINES, BASS_LINES_OF_THREE, TEXTURES, bass_line, harmony, texture, with_part
from training.corpus.drums import GROOVES, SWUNG, drum_part, metre
from training.corpus.instruments import ENSEMBLES, HIGHEST_PITCHES, PIANO, SOLO
from training.corpus.scores import BASS, UPPER, Score
from training.notes import Floats

DRUMS = 3
"""The part of the drums, after `training.corpus.scores`' melody, upper accompaniment and bass."""

_SOLO_SHARE = 0.15


@dataclass(frozen=True)
class Arrangement:
    """A score with its players.

    Attributes
    ----------
    score : Score
        With part 3 for the drums, if there are any.
    program : dict
        General MIDI program of each pitched part.
    weight : (n,) float64
        By how many velocity steps a note is louder than its part, for accents and ghost notes of the drums.
    """

    score: Score
    program: dict[int, int]
    weight: Floats


@dataclass(frozen=True)
class Genre:
    """What a kind of music sounds like.

    Attributes
    ----------
    share : float
        Of the arrangements for more than one instrument.
    ensembles : tuple of str
        Keys of `ENSEMBLES`.
    drums : float
        Share of arrangements with drums.
    grooves : tuple of str
        Drum patterns in four (of `GROOVES`).
    bass_lines, textures : tuple of str
        Keys of `BASS_LINES` and `TEXTURES`.
    rewritten : float
        Share of arrangements whose bass and accompaniment are made anew, each; the rest keep the written ones.
    """

    share: float
    ensembles: tuple[str, ...]
    drums: float
    grooves: tuple[str, ...]
    bass_lines: tuple[str, ...]
    textures: tuple[str, ...]
    rewritten: float


GENRES: Mapping[str, Genre] = {
    "pop": Genre(
        0.22,
        ("pop", "guitars", "pop"),
        0.85,
        ("rock", "backbeat", "half-time", "house"),
        ("pop", "eighths", "whole", "halves", "pushed"),
        ("blocks", "repeated", "arpeggio", "off-beats"),
        0.7,
    ),
    "rock": Genre(
        0.13,
        ("rock",),
        0.95,
        ("rock", "busy rock", "half-time", "backbeat"),
        ("eighths", "pushed", "pop"),
        ("repeated", "blocks"),
        0.75,
    ),
    "electronic": Genre(
        0.13,
        ("synthesisers",),
        0.85,
        ("floor", "house", "broken", "half-time"),
        ("off-beat", "octaves", "eighths", "sparse"),
        ("arpeggio", "repeated", "blocks", "drone"),
        0.75,
    ),
    "jazz": Genre(
        0.14,
        ("jazz", "jazz", "mallets"),
        0.85,
        ("swing", "swing", "brushes", "bossa", "clave"),
        ("walking", "walking", "bossa", "halves"),
        ("off-beats", "blocks", "repeated"),
        0.65,
    ),
    "film": Genre(
        0.13,
        ("orchestra", "choir", "brass", "strings"),
        0.15,
        ("march", "half-time", "folk"),
        ("whole", "halves"),
        ("blocks", "drone", "arpeggio", "repeated"),
        0.45,
    ),
    "classical": Genre(
        0.15,
        ("strings", "winds", "brass", "baroque", "orchestra"),
        0.0,
        (),
        ("whole", "halves"),
        ("arpeggio", "blocks"),
        0.1,
    ),
    "folk": Genre(
        0.1,
        ("folk", "dance band", "guitars", "mallets"),
        0.35,
        ("folk", "brushes", "clave", "march"),
        ("halves", "whole", "sparse"),
        ("off-beats", "drone", "arpeggio", "blocks"),
        0.5,
    ),
}
"""The mix of the Mid-level dataset in mind: pop, rock, electronic, jazz, film music, classical and folk."""


def arrange(score: Score, piano: bool, rng: np.random.Generator) -> Arrangement:
    """Give a stretch of a score to one piano, to one other instrument, or to an ensemble of some genre."""
    if piano or rng.random() < _SOLO_SHARE:
        if rng.random() < 0.25:
            score = _rewritten(score, tuple(TEXTURES), ("whole", "halves", "pop"), 0.6, rng)
        player = PIANO if piano else int(rng.choice(SOLO))
        return Arrangement(score, dict.fromkeys((0, 1, 2), player), np.zeros(len(score.onset)))
    genres = list(GENRES.values())
    shares = np.array([genre.share for genre in genres])
    genre = genres[rng.choice(len(genres), p=shares / shares.sum())]
    pools = ENSEMBLES[str(rng.choice(genre.ensembles))]
    program = {part: int(rng.choice(pool)) for part, pool in enumerate(pools)}
    score = _lowered(_rewritten(score, genre.textures, genre.bass_lines, genre.rewritten, rng))
    if rng.random() >= genre.drums:
        return Arrangement(score, program, np.zeros(len(score.onset)))
    kind = metre(score)
    names = genre.grooves if kind == "four" else tuple(GROOVES[kind])
    return _with_drums(score, program, kind, str(rng.choice(names)), rng)


def _rewritten(
    score: Score, textures: tuple[str, ...], lines: tuple[str, ...], share: float, rng: np.random.Generator
) -> Score:
    """Replace the bass and the upper accompaniment, each for a share of the arrangements."""
    kind = metre(score)
    step = {"four": 2.0 if rng.random() < 0.7 else 4.0, "three": 3.0, "compound": 1.5}[kind]
    bass, upper = rng.random(2) < share
    if not (bass or upper):
        return score
    chords = harmony(score, step)
    quarters = len(chords.root) * step
    if upper:
        unit = {"four": rng.choice([0.5, 1.0, 1.0, 2.0]), "three": 1.0, "compound": 1.5}[kind]
        score = with_part(score, texture(chords, str(rng.choice(textures)), float(unit), rng), UPPER)
    if bass:
        line = BASS_LINES[str(rng.choice(lines))] if kind == "four" else ""
        line = line or BASS_LINES_OF_THREE[str(rng.choice(list(BASS_LINES_OF_THREE)))]
        score = with_part(score, bass_line(chords, line, quarters, rng), BASS)
    return score


def _lowered(score: Score) -> Score:
    """Move notes above what their part's instruments can play down by octaves."""
    above = score.pitch - np.array(HIGHEST_PITCHES)[score.part]
    return replace(score, pitch=score.pitch - 12 * np.maximum(0, -(-above // 12)))


def _with_drums(score: Score, program: dict[int, int], kind: str, groove: str, rng: np.random.Generator) -> Arrangement:
    """Add drums; where their pattern swings, the off-beats of all players come late."""
    strokes = drum_part(GROOVES[kind][groove], float(score.onset.max()) + score.bar, rng)
    count, added = len(score.onset), len(strokes.onset)
    score = replace(
        score,
        onset=np.concatenate([score.onset, strokes.onset]),
        duration=np.concatenate([score.duration, np.full(added, 0.1)]),
        pitch=np.concatenate([score.pitch, strokes.pitch]),
        part=np.concatenate([score.part, np.full(added, DRUMS)]),
    )
    if groove in SWUNG:
        late = float(rng.uniform(0.58, 0.68))
        stop = _swung(score.onset + score.duration, late)
        onset = _swung(score.onset, late)
        score = replace(score, onset=onset, duration=stop - onset)
    return Arrangement(score, program, np.concatenate([np.zeros(count), strokes.weight]))


def _swung(place: Floats, late: float) -> Floats:
    """Move the middle of each quarter note to ``late`` of it, and what is around in proportion."""
    whole = np.floor(place + 1e-6)
    within = place - whole
    bent = np.where(within < 0.5, within * late / 0.5, late + (within - 0.5) * (1 - late) / 0.5)
    return np.asarray(whole + bent)
