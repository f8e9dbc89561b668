"""The programs that play in the source domain are in every sample set, sound, and are no piano."""

import shutil

import numpy as np
import pytest

from training.corpus.instruments import ENSEMBLES, PIANO, SOLO, find_soundfont
from training.corpus.render import render
from training.errors import RenderError
from training.notes import Notes

RATE = 11000
PITCHES = (40, 52, 64)


def three_notes(program):
    """Return three notes, half a second each."""
    onset = np.arange(3) * 0.5
    return Notes(onset, onset + 0.4, np.array(PITCHES), np.full(3, 90), np.zeros(3, int), np.zeros(3, bool),
                 program={0: program})  # fmt: skip


def notes_of(sound):
    return sound.reshape(3, -1)


def likeness(sound, other):
    """Return the correlation of the waveforms, of the note where they differ most."""
    pairs = zip(notes_of(sound), notes_of(other), strict=True)
    return min(abs(float(a @ b)) / float(np.linalg.norm(a) * np.linalg.norm(b)) for a, b in pairs)


@pytest.mark.parametrize("name", ["fluid", "csound", "timgm"])
def test_programs_sound_and_are_no_piano(name):
    """FluidSynth plays the piano in place of a program that a sample set does not have."""
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    try:
        font = find_soundfont(name, ())
    except RenderError as error:
        pytest.skip(str(error))
    used = sorted({*SOLO, *(program for pools in ENSEMBLES.values() for pool in pools for program in pool)})
    piano, again, *others = render([three_notes(program) for program in (PIANO, PIANO, *used)], 1.5, font, RATE)
    assert likeness(again, piano) > 0.99
    for program, sound in zip(used, others, strict=True):
        for place, (part, pianos) in enumerate(zip(notes_of(sound), notes_of(piano), strict=True)):
            loud = np.linalg.norm(part) / np.linalg.norm(pianos)
            assert loud > 0.02, f"{name}: program {program} is silent at pitch {PITCHES[place]}"
        assert likeness(sound, piano) < 0.9, f"{name}: program {program} sounds like a piano"
