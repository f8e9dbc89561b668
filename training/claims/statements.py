"""The 36 claims: what each says, on which cases, and what counts as right."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from midlevel_app.features import NAMES
from training.claims import manipulations as made
from training.claims import studies
from training.claims.cases import OTHER_PIANO, PAIRS, Case, Change, Sound, compared, composed, edited, played, taken
from training.claims.judging import DOWN, UP, Judge, moves, moves_less, same_order, stays
from training.claims.material import Material, Piece
from training.corpus import edits, textures, timings
from training.notes import Notes

BACKED, USUAL, ALL = 0.8, 0.7, 1.0
"""Share of the cases in which a claim must hold: one backed by human data, any other, and the rank order."""

_PEDAL = 1.5  # seconds between two renewals
_SWING, _SWING_PERIOD = 0.25, 6.0  # depth and seconds of a period
_KEY_PERIOD = 3.0  # seconds


@dataclass(frozen=True)
class Statement:
    """One claim.

    Attributes
    ----------
    number : int
    text : str
    judge : Judge
    cases : callable
        What it is decided on.
    needed : float
        Share of the cases in which it must hold.
    human : bool
        Whether listeners' judgements back it.
    of_sound : bool
        Whether it is about sound alone. Ratings of notes then keep it by construction.
    """

    number: int
    text: str
    judge: Judge
    cases: Callable[[Material], list[Case]]
    needed: float = USUAL
    human: bool = False
    of_sound: bool = False


def _shorter(factor: float) -> Change:
    return lambda piece, _: made.sounding_shorter(piece.notes, factor)


def _jitter(deviation: float) -> Change:
    return lambda piece, rng: edits.jitter(piece.notes, deviation, rng)


def _transposed(semitones: int) -> Change:
    return lambda piece, _: edits.transpose(piece.notes, semitones)


def _dry(piece: Piece) -> Piece:
    return replace(piece, notes=edits.without_pedal(piece.notes))


def _swung(piece: Piece, rng: np.random.Generator) -> Notes:
    return timings.rubato(piece.notes, _SWING, _SWING_PERIOD, float(rng.uniform(0, 2 * np.pi)))


def _semitones_added(piece: Piece, rng: np.random.Generator) -> Notes:
    return edits.add_semitones(piece.notes, 1.0, rng)


def _random_pitches(piece: Piece, rng: np.random.Generator) -> Notes:
    return edits.scatter_pitches(piece.notes, rng)


def _to_minor(piece: Piece, _: np.random.Generator) -> Notes:
    tonic, _minor = edits.best_key(piece.notes)
    return edits.remap(piece.notes, tonic, edits.MAJOR_STEPS, edits.MINOR_STEPS)


def _to_major(piece: Piece, _: np.random.Generator) -> Notes:
    tonic, _minor = edits.best_key(piece.notes)
    return edits.remap(piece.notes, tonic, edits.MINOR_STEPS, edits.MAJOR_STEPS)


def _nocturnes_unpedalled(material: Material) -> list[Case]:
    pieces = [*composed(studies.nocturne, 14), *material.pedalled]
    return edited(pieces, lambda piece, _: edits.without_pedal(piece.notes))


def _played_freely(material: Material) -> list[Case]:
    songs = edited(material.songs[::2][:12], made.expressive)
    backwards = [replace(case, versions=case.versions[::-1]) for case in songs]
    written, free = zip(*material.passages, strict=True)
    return [*backwards, *compared(free, written)]


def _reset(material: Material) -> list[Case]:
    return [
        replace(case, versions=case.versions[1:])
        for case in edited(
            material.mixed,
            lambda piece, _: made.equal_quarters(piece.notes),
            lambda piece, rng: made.mixed_intervals(piece.notes, rng),
        )
    ]


def _ladder(_: Material) -> list[Case]:
    return compared(*(composed(partial(studies.chords, steps)) for steps in studies.LADDER.values()))


def _mozart_first(material: Material) -> list[Case]:
    pieces = [*material.schoenberg, *composed(studies.bagatelle, 12)]
    return compared(taken(material.mozart, len(pieces)), pieces)


def _mozart_last(material: Material) -> list[Case]:
    return [replace(case, versions=case.versions[::-1]) for case in _mozart_first(material)]


def _preludes(material: Material) -> list[Case]:
    minor = [studies.minor_prelude(bar, quarter) for bar in range(4) for quarter in np.linspace(0.55, 0.9, 6)]
    return compared(taken(material.preludes, len(minor)), minor)


def _without_melody(piece: Piece, _: np.random.Generator) -> Notes:
    return piece.notes.select(~piece.melody)


STATEMENTS = (
    Statement(
        1,
        "all sounding durations x0.3, no pedal: articulation up",
        moves("articulation", UP),
        lambda m: edited(m.mixed, _shorter(0.3)),
        BACKED,
        human=True,
    ),
    Statement(
        2,
        "pedal added, same keys: articulation down",
        moves("articulation", DOWN),
        lambda m: edited([_dry(piece) for piece in m.keyed], lambda piece, _: edits.with_pedal(piece.notes, _PEDAL)),
        BACKED,
        human=True,
    ),
    Statement(
        3,
        "pedal removed from a pedalled nocturne: articulation up",
        moves("articulation", UP),
        _nocturnes_unpedalled,
        BACKED,
        human=True,
    ),
    Statement(
        4,
        "staccato study > legato nocturne in articulation",
        moves("articulation", UP),
        lambda m: compared(composed(studies.nocturne), composed(studies.staccato_study)),
        BACKED,
        human=True,
    ),
    Statement(
        5,
        "durations x1, x0.6, x0.3: articulation rises step by step",
        moves("articulation", UP),
        lambda m: edited(m.mixed, _shorter(0.6), _shorter(0.3)),
    ),
    Statement(
        6,
        "durations x0.3: minorness moves less than articulation",
        moves_less("minorness", "articulation"),
        lambda m: edited(m.mixed, _shorter(0.3)),
    ),
    Statement(
        7,
        "onsets jittered by 60 ms: stability down",
        moves("rhythmic_stability", DOWN),
        lambda m: edited(m.steady, _jitter(0.06)),
        BACKED,
        human=True,
    ),
    Statement(
        8,
        "jitter 0 < 30 < 60 < 120 ms: stability falls step by step",
        moves("rhythmic_stability", DOWN),
        lambda m: edited(m.steady, _jitter(0.03), _jitter(0.06), _jitter(0.12)),
    ),
    Statement(
        9,
        "deadpan score > rubato performance in stability",
        moves("rhythmic_stability", UP),
        _played_freely,
        BACKED,
        human=True,
    ),
    Statement(
        10,
        "march > recitative in stability",
        moves("rhythmic_stability", UP),
        lambda m: compared(composed(studies.recitative), composed(studies.march)),
    ),
    Statement(
        11,
        "sinusoidal rubato of 25 %: stability down",
        moves("rhythmic_stability", DOWN),
        lambda m: edited(m.steady, _swung),
    ),
    Statement(
        12,
        "a third of the on-beat notes moved by an eighth: complexity up",
        moves("rhythmic_complexity", UP),
        lambda m: edited(m.steady, lambda piece, rng: made.syncopated(piece, 1 / 3, rng)),
    ),
    Statement(
        13,
        "rag > march in complexity",
        moves("rhythmic_complexity", UP),
        lambda m: compared(composed(studies.march), [*m.rags[:12], *composed(studies.rag, 12)]),
    ),
    Statement(
        14,
        "three against two added in the left hand: complexity up",
        moves("rhythmic_complexity", UP),
        lambda m: edited(m.steady, lambda piece, _: made.three_against_two(piece)),
    ),
    Statement(
        15,
        "equal quarters < the same notes with mixed intervals in complexity",
        moves("rhythmic_complexity", UP),
        _reset,
    ),
    Statement(
        16,
        "a semitone added above every chord tone: dissonance up",
        moves("dissonance", UP),
        lambda m: edited(m.mixed, _semitones_added),
        BACKED,
        human=True,
    ),
    Statement(
        17,
        "a semitone added above every chord tone: tonal stability down",
        moves("tonal_stability", DOWN),
        lambda m: edited(m.mixed, _semitones_added),
    ),
    Statement(
        18,
        "a semitone added above every chord tone: melodiousness down",
        moves("melodiousness", DOWN),
        lambda m: edited(m.mixed, _semitones_added),
    ),
    Statement(
        19,
        "octave < fifth < major triad < diminished triad < 4-note cluster in dissonance",
        moves("dissonance", UP),
        _ladder,
        BACKED,
        human=True,
    ),
    Statement(
        20,
        "random pitches, same rhythm: dissonance up",
        moves("dissonance", UP),
        lambda m: edited(m.mixed, _random_pitches),
    ),
    Statement(
        21,
        "random pitches, same rhythm: tonal stability down",
        moves("tonal_stability", DOWN),
        lambda m: edited(m.mixed, _random_pitches),
    ),
    Statement(
        22,
        "Schoenberg op. 19, bagatelles without a key > Mozart K. 545 in dissonance",
        moves("dissonance", UP),
        _mozart_first,
    ),
    Statement(
        23,
        "Mozart K. 545 > Schoenberg op. 19, bagatelles without a key in tonal stability",
        moves("tonal_stability", UP),
        _mozart_last,
    ),
    Statement(
        24,
        "major mapped to harmonic minor: minorness up",
        moves("minorness", UP),
        lambda m: edited(m.in_mode(minor=False), _to_minor),
        BACKED,
        human=True,
    ),
    Statement(
        25,
        "minor to parallel major: minorness down",
        moves("minorness", DOWN),
        lambda m: edited(m.in_mode(minor=True), _to_major),
    ),
    Statement(
        26,
        "C minor prelude > C major prelude (WTC I) in minorness",
        moves("minorness", UP),
        _preludes,
        BACKED,
        human=True,
    ),
    Statement(
        27,
        "transposed by 3 semitones up or down: every feature moves by less than 0.5",
        stays(NAMES, 0.5),
        lambda m: edited(m.mixed, _transposed(3), _transposed(-3)),
    ),
    Statement(
        28,
        "a tritone key change every 3 s: tonal stability down",
        moves("tonal_stability", DOWN),
        lambda m: edited(m.mixed, lambda piece, _: made.tritone_shifts(piece.notes, _KEY_PERIOD)),
    ),
    Statement(
        29,
        "WTC I C major prelude > bagatelle without a key in tonal stability",
        moves("tonal_stability", UP),
        lambda m: compared(composed(studies.bagatelle), taken(m.preludes, PAIRS)),
    ),
    Statement(
        30,
        "nocturne > cluster study in melodiousness",
        moves("melodiousness", UP),
        lambda m: compared(composed(studies.cluster_study), composed(studies.nocturne)),
    ),
    Statement(
        31,
        "top voice 25 velocity steps louder: melodiousness up",
        moves("melodiousness", UP),
        lambda m: edited(m.mixed, lambda piece, _: textures.louder(piece.notes, piece.melody, 25)),
    ),
    Statement(
        32,
        "melody scattered by octaves: melodiousness down",
        moves("melodiousness", DOWN),
        lambda m: edited(m.mixed, lambda piece, rng: made.scattered_by_octaves(piece.notes, piece.melody, rng)),
    ),
    Statement(
        33,
        "melody removed: melodiousness down",
        moves("melodiousness", DOWN),
        lambda m: edited(m.mixed, _without_melody),
    ),
    Statement(
        34,
        "6 dB louder or softer: every feature moves by less than 0.3",
        stays(NAMES, 0.3),
        lambda m: played(m.mixed, Sound(gain=6.0), Sound(gain=-6.0)),
        of_sound=True,
    ),
    Statement(
        35,
        "another piano, or a reverberant room: rank order of the pieces rho > .8",
        same_order(0.8),
        lambda m: played(m.mixed, Sound(piano=OTHER_PIANO), Sound(room=True)),
        ALL,
        of_sound=True,
    ),
    Statement(
        36,
        "bars shuffled: minorness moves by less than 0.5",
        stays(("minorness",), 0.5),
        lambda m: edited(m.songs[:30], lambda piece, rng: made.bars_shuffled(piece, rng)),
    ),
)
