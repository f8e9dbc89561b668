"""The sounds of the poles: for each feature two short phrases that differ in that quality, and little else.

The phrases are the project's own. Each lasts eight quarters; where the second of a pair can be made from the
first by `dataclasses.replace`, it is, so that the code shows what differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from midlevel_app.frontend import Samples
from midlevel_app.poles import file_name
from training.example import RATE, Stroke, faded, pedal_spans, played, released, render, write_ogg
from training.minuets import midi_number, read_line
from training.notes import Floats, Notes

BEATS = 8  # of every phrase
START = 0.05  # of the first note, seconds
TAIL = 0.6  # after the last beat, seconds
FADE = 0.4  # seconds
LEVEL = 10 ** (-20 / 20)  # of the sound, see `loudness`
BLOCK = 0.4  # seconds over which loudness is measured
ROLL = 0.008  # seconds from one note of a chord to the next
MELODY = 72  # mean velocity of the right hand


@dataclass(frozen=True)
class Phrase:
    """Eight quarters of two hands, in the notation of `training.minuets.Bar`, and how they are played.

    Attributes
    ----------
    right, left : str
    tempo : float
        Quarters a minute.
    touch : float
        Share of the written length for which a key is held.
    pedal : tuple of float
        Beats on which the pedal is renewed, from 0; without any it is not used.
    pace : tuple of float
        How long equal parts of the phrase last, relative to each other.
    lead : int
        Velocity by which the right hand stands out.
    stretch : float
        Factor on the left hand's note values; 2/3 makes triplets.
    """

    right: str
    left: str
    tempo: float = 144.0
    touch: float = 0.98
    pedal: tuple[float, ...] = (0, 2, 4, 6)
    pace: tuple[float, ...] = (1.0,)
    lead: int = 14
    stretch: float = 1.0

    @property
    def seconds(self) -> float:
        """Length of the eight quarters, whatever their pace."""
        return BEATS * 60 / self.tempo


class Pair(NamedTuple):
    """The two phrases of a feature."""

    low: Phrase
    high: Phrase


_SONG = Phrase(
    "f5__/ g5/ f5/ eb5/ d5 c5/ d5/ eb5 d5_",
    "bb2/ f3/ d4/ f3/ bb2/ f3/ d4/ f3/ a2/ f3/ c4/ f3/ bb2/ f3/ d4",
    lead=20,
)
_LEAPING = replace(_SONG, right="bb3__/ eb5/ d3/ c5/ bb3 eb3/ f5/ c3 bb4_", lead=0)  # the tune's rhythm, and its chords

_MAJOR = Phrase("c5 e5 d5 c5 a4 c5/ b4/ c5_", "c3+g3+e4_ f3+c4_ f3+a3_ c3+e3+g3_", touch=1.03)
_STACCATO = replace(_MAJOR, touch=0.18, pedal=())

_PLAIN = Phrase("d5 d5 e5 d5 c5 c5 b4 g4", "g3 b3+d4 c4 b3+d4 a3 d3+f#3 g3 b3+d4")
_CROSSED = replace(  # off the beat over three against two, in as many notes
    _PLAIN,
    right="r/ d5 d5 e5__// d5__// r/ c5__// c5__// b4 g4",
    left="g3 b3 d4 b3 g3 d4 a3 d3 f#3 g3 d3 g3",
    stretch=2 / 3,
)

_MARCH = Phrase("c5 c5/ d5/ e5 c5 d5 d5/ e5/ d5 g4", "c3 e3+g3 c3 e3+g3 b2 d3+g3 b2 d3+g3", touch=0.7, pedal=())
_FREE = replace(_MARCH, pace=(1.0, 0.5, 0.9, 2.2, 0.6, 0.4, 1.2, 1.9))

_THIRDS = Phrase("c5+e5 b4+d5 a4+c5 b4+d5 c5+e5 d5+f5 c5+e5_", "c3+g3 e3+b3 f3+c4 g3+d4 a3+e4 d3+a3 c3+g3_")
_SECONDS = replace(_THIRDS, right="d#5+e5 c#5+d5 b4+c5 c#5+d5 d#5+e5 e5+f5 d#5+e5_")

_SETTLED = Phrase("e4+g4+c5 e4+a4+c5 f4+a4+c5 d4+g4+b4 e4+a4+c5 f4+a4+d5 d4+g4+b4 e4+g4+c5", "c3 a2 f3 g3 a3 d3 g3 c3")
_WANDERING = replace(  # triads throughout, most of which share no key with the one before
    _SETTLED,
    right="e4+g4+c5 eb4+ab4+c5 e4+g#4+b4 d4+f4+bb4 c#4+f#4+a#4 d4+f#4+a4 eb4+ab4+c5 eb4+g4+bb4",
    left="c3 ab2 e3 bb2 f#3 d3 ab2 eb3",
)

_MINOR = replace(_MAJOR, right="c5 eb5 d5 c5 ab4 c5/ b4/ c5_", left="c3+g3+eb4_ f3+c4_ f3+ab3_ c3+eb3+g3_")

PAIRS: Mapping[str, Pair] = {
    "melodiousness": Pair(_LEAPING, _SONG),
    "articulation": Pair(_MAJOR, _STACCATO),
    "rhythmic_complexity": Pair(_PLAIN, _CROSSED),
    "rhythmic_stability": Pair(_FREE, _MARCH),
    "dissonance": Pair(_THIRDS, _SECONDS),
    "tonal_stability": Pair(_WANDERING, _SETTLED),
    "minorness": Pair(_MAJOR, _MINOR),
}


def clock(phrase: Phrase, beats: Floats) -> Floats:
    """Return the times of beats in seconds."""
    parts = np.cumsum([0.0, *phrase.pace])
    place = np.linspace(0, BEATS, len(parts))
    return np.asarray(START + np.interp(beats, place, parts / parts[-1] * phrase.seconds))


def perform(phrase: Phrase) -> Notes:
    """Return the notes of a phrase as they are played: metre and height accented, chords rolled from below."""
    rows = []
    for line, stretch, softer in ((phrase.right, 1.0, 0), (phrase.left, phrase.stretch, phrase.lead)):
        for note in read_line(line):
            beat, beats = stretch * note.beat, stretch * note.beats
            written, end = clock(phrase, np.array([beat, min(beat + beats, BEATS)]))
            accent = 5.0 if beat % 4 == 0 else 0.0 if beat % 1 == 0 else -3.0
            height = 0.0 if softer else 0.3 * (note.pitch - midi_number("c5"))
            loud = MELODY - softer + accent + height - (0.0 if note.top else 6.0)
            on = float(written + ROLL * note.below)
            rows.append(Stroke(on, on + phrase.touch * float(end - written), note.pitch, loud))
    pedal = pedal_spans(clock(phrase, np.array([*phrase.pedal, BEATS])), 1.0) if phrase.pedal else []
    return released(played(rows, pedal))


def loudness(sound: Samples) -> float:
    """Return the RMS of those blocks of 0.4 s that are within 10 dB of the mean (as ITU-R BS.1770 gates, unfiltered).

    `sound` is (n, channels).
    """
    size = round(BLOCK * RATE)
    power = np.array([np.mean(sound[at : at + size] ** 2) for at in range(0, len(sound) - size + 1, size // 4)])
    return float(np.sqrt(power[power > power.mean() / 10].mean()))


def pole(phrase: Phrase, soundfont: Path) -> Samples:
    """Return the sound of a phrase, (n, 1) at 44.1 kHz; all phrases are equally loud.

    Raises
    ------
    RenderError
        If it cannot be rendered.
    """
    length = round((START + phrase.seconds + TAIL) * RATE)
    sound = render(perform(phrase), soundfont).mean(axis=1, keepdims=True)
    sound = np.pad(sound, ((0, max(length - len(sound), 0)), (0, 0)))[:length]
    sound = faded(sound, FADE)
    return np.asarray(sound * (LEVEL / loudness(sound)), dtype=np.float32)


def write_poles(out: Path, soundfont: Path) -> None:
    """Render the two sounds of every feature into the folder ``out`` (Ogg Vorbis), as the program finds them.

    Raises
    ------
    RenderError
        If they cannot be rendered.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, pair in PAIRS.items():
        for high, phrase in enumerate(pair):
            write_ogg(out / file_name(name, high=bool(high)), pole(phrase, soundfont))
