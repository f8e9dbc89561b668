"""The shipped example: the minuets of the score, performed, rendered and described.

Major legato, major staccato, minor with rubato and a lively major again show what the curves describe.
"""

import itertools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from midlevel_app.frontend import Samples
from training.corpus.render import synthesise
from training.minuets import BEATS, SECTIONS, Section, Written, midi_number, read_line
from training.notes import Floats, Notes, next_strike, write_midi

RATE = 44_100
PEAK = 10 ** (-3 / 20)
SILENCE = 0.3  # before the first note and after the last, seconds
TAIL = 1.2  # of sound after the last release, seconds
PIANO = "musescore"  # the shipped file's soundfont: its "Splendid Grand" is public domain, the set MIT

PHRASES = (6, 12)  # beats: two bars and four, the levels at which tempo and loudness swell
RITARD = 4  # beats over which a section slows down to its close
STROKE = 0.065  # of a mordent, seconds
OVERLAP = 0.05  # of bound notes at most, seconds
RELEASE = 0.03  # a key is up this long before it is struck again, seconds
FERMATA = 1.2  # seconds added to the last chord
JITTER = 0.004  # standard deviation of the timing, seconds
VOICES = {"right": 0, "left": -13, "inner": -16}  # velocity against the melody


def arc(beat: Floats) -> Floats:
    """Return the phrase arc at beats: parabolas over two and four bars, of mean 0 (Todd 1992)."""
    place = [beat % span / span for span in PHRASES]
    arcs: Floats = np.mean([4 * x * (1 - x) for x in place], axis=0) - 2 / 3
    return arcs


def clock(section: Section) -> tuple[Floats, Floats]:
    """Return beats of a section and their times in seconds from its start.

    The tempo follows the phrase arc; over the last beats it falls to ``close`` with constant braking power,
    v(x) = [1 + (close^3 - 1) x]^(1/3) (Friberg & Sundberg 1999).
    """
    total = BEATS * len(section.bars)
    beat = np.linspace(0, total, total * 48 + 1)
    middle = (beat[1:] + beat[:-1]) / 2
    x = np.clip((middle - (total - RITARD)) / RITARD, 0, 1)
    braking = np.cbrt(1 + (section.close**3 - 1) * x)
    speed = section.tempo / 60 * (1 + section.rubato * arc(middle)) * braking
    return beat, np.concatenate([[0.0], np.cumsum(np.diff(beat) / speed)])


def section_spans() -> list[tuple[float, float]]:
    """Return begin and end of each section in seconds, without the breath after it."""
    spans, start = [], SILENCE
    for section in SECTIONS:
        end = start + float(clock(section)[1][-1])
        spans.append((start, end))
        start = end + section.breath
    return spans


def loudness(section: Section, voice: str, beat: float, note: Written) -> float:
    """Return the velocity of a note: phrase arc, metre, height of the melody, and its part in the texture."""
    accent = 5.0 if beat % BEATS == 0 else -3.0 if beat % 1 else 0.0
    height = 0.4 * (note.pitch - midi_number("c5")) if voice == "right" else 0.0
    chord = 0.0 if note.top else -6.0
    swell = section.swell * float(arc(np.array(beat)))
    return section.level + swell + accent + height + VOICES[voice] + chord


class Stroke(NamedTuple):
    """A key struck and released (seconds), its MIDI number and velocity."""

    onset: float
    key_up: float
    pitch: int
    velocity: float


def strokes(note: Written, on: float, off: float, loud: float) -> list[Stroke]:
    """Return the strokes of a note from ``on`` to ``off``: one, or the three of a mordent."""
    if note.neighbour is None:
        return [Stroke(on, off, note.pitch, loud)]
    second, third = on + STROKE, on + 2 * STROKE
    return [
        Stroke(on, second, note.pitch, loud),
        Stroke(second, third, note.neighbour, loud - 8),
        Stroke(third, max(off, third + STROKE), note.pitch, loud - 4),
    ]


def pedalling(section: Section, start: float) -> list[tuple[float, float]]:
    """Return when the pedal goes down (after the new sound has begun) and up (as the next one begins)."""
    if not section.pedal:
        return []
    beats, seconds = clock(section)
    renewals = [BEATS * i + int(beat) - 1 for i, bar in enumerate(section.bars) for beat in bar.pedal.split()]
    return pedal_spans(start + np.interp([*renewals, beats[-1]], beats, seconds), section.pedal)


def pedal_spans(renewals: Floats, share: float) -> list[tuple[float, float]]:
    """Return when a pedal renewed at these times is down; ``share`` of the time between two, the last is the end."""
    return [
        (float(time) + 0.09, float(time + share * (following - time)) + 0.02)
        for time, following in itertools.pairwise(renewals)
    ]


def played(rows: Sequence[Stroke], pedal: Sequence[tuple[float, float]]) -> Notes:
    """Return strokes and pedal as notes of one piano."""
    onset, key_up, pitch, velocity = (np.array(column) for column in zip(*rows, strict=True))
    return Notes(
        onset=onset,
        key_up=key_up,
        pitch=pitch.astype(np.int64),
        velocity=np.clip(np.round(velocity), 1, 127).astype(np.int64),
        track=np.zeros(len(onset), np.int64),
        drum=np.zeros(len(onset), np.bool_),
        pedal=np.array(pedal).reshape(-1, 2),
        program={0: 0},
    ).ordered()


def released(notes: Notes) -> Notes:
    """Return notes whose keys are up shortly before they are struck again."""
    return replace(notes, key_up=np.minimum(notes.key_up, next_strike(notes) - RELEASE))


def perform() -> Notes:
    """Return the performance, the same at every call.

    The melody leads by 12 ms, chords are rolled from below by 8 ms a note, and every onset strays by some
    milliseconds. The last chord is held.
    """
    random = np.random.default_rng(1725)
    rows: list[Stroke] = []
    pedal: list[tuple[float, float]] = []
    for section, (start, _) in zip(SECTIONS, section_spans(), strict=True):
        beats, seconds = clock(section)
        score = [
            (voice, BEATS * number + note.beat, note)
            for number, bar in enumerate(section.bars)
            for voice, line in (("right", bar.right), ("left", bar.left), ("inner", bar.inner))
            for note in read_line(line)
        ]
        for voice, beat, note in score:
            held = note.beats if section.pedal else min(note.beats, 1)
            written, end = start + np.interp([beat, beat + held], beats, seconds)
            lag = 0.008 * note.below + (0.0 if voice == "right" else 0.012)
            on = float(written + lag + np.clip(random.normal(0, JITTER), -2 * JITTER, 2 * JITTER))
            length = float(end - written)
            off = on + min(section.touch * length, length + OVERLAP)
            rows += strokes(note, on, off, loudness(section, voice, beat, note) + random.normal(0, 1.5))
        pedal += pedalling(section, start)

    last_pedal = pedal[-1][0]  # goes down with the last bar
    end = section_spans()[-1][1] + FERMATA
    notes = played(rows, [*pedal[:-1], (last_pedal, end)])
    return released(replace(notes, key_up=np.where(notes.onset >= last_pedal - 0.2, end, notes.key_up)))


def render(notes: Notes, soundfont: Path) -> Samples:
    """Return the (n, 2) sound of notes at 44.1 kHz, played by the ``fluidsynth`` command with a little room.

    Raises
    ------
    RenderError
        If the command is missing, or it fails, or the soundfont cannot be played.
    """
    room = ("room-size=0.35", "damp=0.3", "width=0.6", "level=0.35", "active=1")
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "notes.mid"
        write_midi(notes, midi)
        settings = ("synth.gain=0.5", "synth.chorus.active=0", *(f"synth.reverb.{setting}" for setting in room))
        return synthesise(midi, soundfont, RATE, settings)


def faded(sound: Samples, seconds: float) -> Samples:
    """Return sound (n, channels) that fades out over its last ``seconds``."""
    gain = np.ones(len(sound), np.float32)
    fade = round(seconds * RATE)
    gain[-fade:] = np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    return np.asarray(sound * gain[:, None])


def write_ogg(out: Path, sound: Samples) -> None:
    """Write sound (n, channels) at 44.1 kHz as Ogg Vorbis."""
    with soundfile.SoundFile(out, "w", RATE, sound.shape[1], format="OGG", subtype="VORBIS") as file:
        # Second by second: libsndfile crashes when it encodes a minute of Vorbis at once.
        for start in range(0, len(sound), RATE):
            file.write(sound[start : start + RATE])


def write_example(out: Path, soundfont: Path) -> None:
    """Render the performance to ``out`` (OGG Vorbis) and describe its sections in a JSON file beside it.

    Raises
    ------
    RenderError
        If it cannot be rendered.
    """
    notes = perform()
    length = round((notes.end + TAIL) * RATE)
    sound = render(notes, soundfont)[:length]
    sound *= PEAK / np.abs(sound).max()
    sound = faded(sound, TAIL / 2)
    write_ogg(out, np.concatenate([sound, np.zeros((round(SILENCE * RATE), 2), np.float32)]))
    card = {
        "title": "Minuets in G major and G minor, BWV Anh. 114 and 115 (excerpts)",
        "composer": "Christian Petzold",
        "piano": soundfont.stem,
        "sections": [
            {"start": round(start, 2), "end": round(end, 2), "title": section.title, "listen": section.listen}
            for section, (start, end) in zip(SECTIONS, section_spans(), strict=True)
        ],
    }
    out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
