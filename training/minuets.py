"""The score of the shipped example, two minuets by Christian Petzold, and how each of its sections is played.

The minuets in G major and G minor (BWV Anh. 114 and 115, about 1725), from the notebook for Anna Magdalena
Bach, are one dance in two modes. Eight bars each: the opening and its answer, the opening of the minor one,
whose half cadence leads back, and the close of the major one.
"""

import re
from dataclasses import dataclass

BEATS = 3  # a bar


@dataclass(frozen=True)
class Bar:
    """One bar of 3/4, as written.

    A note is its name and octave (``f#4``, ``bb3``), ``+`` joins a chord, ``r`` is a rest. It lasts a
    quarter, one more for each ``_``, half as long for each ``/``. ``c5~b4`` is a mordent on c5 with b4.
    ``pedal`` names the beats on which a pianist renews the pedal.
    """

    right: str
    left: str
    inner: str = ""
    pedal: str = "1"


OPENING = (
    Bar("d5 g4/ a4/ b4/ c5/", "g3+b3+d4_ a3", pedal="1 2 3"),
    Bar("d5 g4 g4", "b3__"),
    Bar("e5 c5/ d5/ e5/ f#5/", "c4__", pedal="1 2 3"),
    Bar("g5 g4 g4", "b3__"),
    Bar("c5~b4 d5/ c5/ b4/ a4/", "a3__", pedal="1 2 3"),
    Bar("b4 c5/ b4/ a4/ g4/", "g3__", pedal="1 2 3"),
    Bar("f#4 g4/ a4/ b4/ g4/", "d4 b3 g3", pedal="1 2 3"),
    Bar("b4 a4_", "d4 d3/ c4/ b3/ a3/", pedal="1 2 3"),  # the long appoggiatura takes its beat
)
ANSWER = (
    Bar("d5 g4/ a4/ b4/ c5/", "b3_ a3"),
    Bar("d5 g4 g4", "g3 b3 g3"),
    Bar("e5 c5/ d5/ e5/ f#5/", "c4__"),
    Bar("g5 g4 g4", "b3 c4/ b3/ a3/ g3/"),
    Bar("c5~b4 d5/ c5/ b4/ a4/", "a3_ f#3"),
    Bar("b4 c5/ b4/ a4/ g4/", "g3_ b3"),
    Bar("a4 b4/ a4/ g4/ f#4/", "c4 d4 d3"),
    Bar("g4__", "g3_ g2"),
)
MINOR = (
    Bar("bb5 a5 g5", "g3__", pedal="1 2 3"),
    Bar("a5 d5 d5", "f3__"),
    Bar("g5 g4/ a4/ bb4/ c5/", "eb3__", pedal="1 2 3"),
    Bar("d5__", "d3 d4/ c4/ bb3/ a3/", pedal="1 2 3"),
    Bar("eb5 f5/ eb5/ d5/ c5/", "g3+bb3_ a3", pedal="1 2 3"),
    Bar("d5 eb5/ d5/ c5/ bb4/", "bb3_ g3", pedal="1 2 3"),
    Bar("c5 d5/ c5/ bb4/ c5/", "a3 f#3 g3", pedal="1 2 3"),
    Bar("a4~bb4__", "d3 d4/ c4/ bb3/ a3/", pedal="1 2 3"),
)
CLOSE = (
    Bar("d5 g4/ f#4/ g4", "b3_ b3", inner="r d4_"),
    Bar("e5 g4/ f#4/ g4", "c4_ c4", inner="r e4_"),
    Bar("d5 c5 b4", "b3 a3 g3", pedal="1 2 3"),
    Bar("a4/ g4/ f#4/ g4/ a4", "d4_ r"),
    Bar("d4/ e4/ f#4/ g4/ a4/ b4/", "d3__", inner="r r f#3"),
    Bar("c5 b4~c5 a4", "e3 g3 f#3", pedal="1 2 3"),
    Bar("b4/ d5/ g4 f#4", "g3 b2 d3", pedal="1 2 3"),
    Bar("b3+d4+g4__", "g3 d3 g2"),
)


@dataclass(frozen=True)
class Section:
    """Eight bars and how they are played.

    Attributes
    ----------
    title, listen : str
        What it is, and what to listen for.
    bars : tuple of Bar
    tempo : float
        Quarter notes a minute.
    rubato, swell : float
        Depth of the phrase arcs in tempo (a share) and in loudness (velocity).
    close : float
        Tempo at the end of the section as a share of the tempo before.
    touch : float
        Share of the written length for which a key is held; above 1 the notes overlap. Without pedal, long
        notes are as short as quarters.
    level : float
        Mean velocity of the melody.
    pedal : float
        Share of the time between two renewals in which the pedal is down.
    breath : float
        Rest after the section, seconds.
    """

    title: str
    listen: str
    bars: tuple[Bar, ...]
    tempo: float
    rubato: float
    swell: float
    close: float
    touch: float
    level: float
    pedal: float
    breath: float


SECTIONS = (
    Section(
        "G major, legato",
        "Bound notes under the pedal, in a steady tempo: articulation low, minorness low.",
        OPENING, tempo=114, rubato=0.14, swell=12, close=0.78, touch=1.04, level=64, pedal=1.0, breath=0.25,
    ),
    Section(
        "G major, staccato",
        "Short, dry notes without pedal, strictly in time: articulation rises.",
        ANSWER, tempo=132, rubato=0.03, swell=10, close=0.96, touch=0.3, level=74, pedal=0.0, breath=0.7,
    ),
    Section(
        "G minor, legato with rubato",
        "Soft, bound and free in time: minorness rises, articulation falls.",
        MINOR, tempo=94, rubato=0.6, swell=18, close=0.6, touch=1.04, level=54, pedal=1.0, breath=0.35,
    ),
    Section(
        "G major, lively",
        "Loud, detached and steady: minorness falls again, articulation rises a little.",
        CLOSE, tempo=144, rubato=0.05, swell=10, close=0.5, touch=0.72, level=96, pedal=0.3, breath=0.0,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A note of the score.

    Attributes
    ----------
    beat, beats : float
        Where it begins in its bar, and how long it lasts, in quarters.
    pitch : int
        MIDI number.
    below : int
        How many notes of its chord lie below it.
    top : bool
        Whether it is the highest of its chord.
    neighbour : int or None
        The other note of its mordent.
    """

    beat: float
    beats: float
    pitch: int
    below: int
    top: bool
    neighbour: int | None


def midi_number(name: str) -> int:
    """Return the MIDI number of a note name: ``c4`` is 60, ``f#4`` 66, ``bb3`` 58."""
    match = re.fullmatch(r"([a-g])([#b]?)(\d)", name)
    if match is None:
        raise ValueError(f"{name!r} is not a note name")
    letter, sign, octave = match.groups()
    step = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[letter]
    return 12 * (int(octave) + 1) + step + {"": 0, "#": 1, "b": -1}[sign]


def token_beats(token: str) -> float:
    """Return how long a token of a line lasts, in quarters."""
    return float((1 + token.count("_")) / 2 ** token.count("/"))


def read_line(line: str) -> list[Written]:
    """Return the notes of one voice in one bar."""
    notes, beat = [], 0.0
    for token in line.split():
        chord, _, neighbour = token.rstrip("_/").partition("~")
        pitches = [midi_number(name) for name in chord.split("+")] if chord != "r" else []
        other = midi_number(neighbour) if neighbour else None
        for below, pitch in enumerate(pitches):
            top = below == len(pitches) - 1
            notes.append(Written(beat, token_beats(token), pitch, below, top, other))
        beat += token_beats(token)
    return notes
