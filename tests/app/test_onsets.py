"""Note onsets: where notes begin, at any gain and block size, and nowhere else."""

import numpy as np
import pytest
import soundfile
import soxr

from midlevel_app.frontend import FrontEnd, spectrogram
from midlevel_app.onsets import OnsetStream

FRONTEND = FrontEnd()
BEGINNINGS = np.array([0.5, 1.0, 1.4, 2.1, 2.3, 3.0])
EARLY = 0.07  # seconds by which a window that reaches ahead may see what follows silence


def struck(beginnings, seconds=4.0, gain=0.3):
    """Decaying tones, each at another pitch, that begin at these times; mono."""
    time = np.arange(round(seconds * FRONTEND.rate)) / FRONTEND.rate
    sound = np.zeros_like(time)
    for number, beginning in enumerate(beginnings):
        since = np.maximum(time - beginning, 0.0)
        pitch = 220.0 * 2.0 ** (number * 5 / 12)
        tone = sum(np.sin(2 * np.pi * pitch * partial * since) / partial for partial in (1, 2, 3))
        sound += np.where(time >= beginning, tone * np.exp(-3.0 * since), 0.0)
    return (gain * sound / np.abs(sound).max()).astype(np.float32)


def onsets(samples):
    return OnsetStream(FRONTEND).push(spectrogram(samples, FRONTEND))


def hits(found, true, tolerance=0.05):
    """How many of the true onsets were found, each by an onset of its own."""
    return sum(bool(np.any(np.abs(found - beginning) <= tolerance)) for beginning in true)


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_every_note_is_found_and_nothing_else(gain):
    found = onsets(struck(BEGINNINGS, gain=gain))
    np.testing.assert_allclose(found, BEGINNINGS, atol=EARLY)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_pieces_of_any_size_give_the_same(size):
    frames = spectrogram(struck(BEGINNINGS), FRONTEND)
    stream = OnsetStream(FRONTEND)
    parts = [stream.push(frames[start : start + size]) for start in range(0, len(frames), size)]
    np.testing.assert_array_equal(np.concatenate(parts), OnsetStream(FRONTEND).push(frames))


def test_a_held_tone_begins_once():
    time = np.arange(3 * FRONTEND.rate) / FRONTEND.rate
    vibrato = 440.0 * time + 2.0 * np.sin(2 * np.pi * 5.0 * time) / 5.0
    sound = 0.3 * np.sin(2 * np.pi * vibrato) * (time >= 1.0) * np.minimum(3.0 - time, 1.0)
    np.testing.assert_allclose(onsets(sound.astype(np.float32)), [1.0], atol=EARLY)


def test_silence_and_a_quiet_room_have_none():
    room = 1e-5 * np.random.default_rng(0).standard_normal(3 * FRONTEND.rate)
    assert not len(onsets(np.zeros(3 * FRONTEND.rate, np.float32)))
    assert not len(onsets(room.astype(np.float32)))


def test_most_notes_of_a_real_piano_are_found(kit):
    audio = kit / "maps_disklavier" / "MAPS_MUS-alb_se2_ENSTDkCl.flac"
    samples, rate = soundfile.read(audio, frames=60 * 16000, dtype="float32")
    found = onsets(soxr.resample(samples, rate, FRONTEND.rate))
    notes = np.sort(np.loadtxt(audio.with_suffix(".tsv"))[:, 0])
    notes = notes[notes < 59.0]
    chords = notes[np.diff(notes, prepend=-1.0) > 0.05]
    assert hits(found, chords) > 0.7 * len(chords)
    assert hits(chords, found) > 0.8 * len(found)
