"""FluidSynth renders every clip on its own, and the same each time."""

import ctypes.util
import shutil
from dataclasses import replace

import numpy as np
import pytest

from training.corpus import render as rendering
from training.corpus.instruments import find_soundfont
from training.corpus.render import render
from training.errors import RenderError
from training.notes import Notes

RATE = 22050


@pytest.fixture
def font():
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    try:
        return find_soundfont("timgm", ())
    except RenderError as error:
        pytest.skip(str(error))


def notes(onset, pitch, length=0.2, program=0, drum=False):
    onset = np.asarray(onset, float)
    count = len(onset)
    return Notes(onset, onset + length, np.full(count, pitch), np.full(count, 90), np.zeros(count, np.int64),
                 np.full(count, drum), program={0: program})  # fmt: skip


def energy(audio, start, stop):
    return float((audio[round(start * RATE) : round(stop * RATE)].astype(np.float64) ** 2).sum())


def test_clips_stand_in_their_own_places(font):
    first, empty, last = notes([1.0, 2.0], 60), notes([0.5], 30, drum=True), notes([0.25], 72, program=40)
    rendered = render([first, empty, last], 3.0, font, RATE)
    assert [len(audio) for audio in rendered] == [3 * RATE] * 3
    assert energy(rendered[0], 0, 0.99) < 1e-6 * energy(rendered[0], 0.99, 1.3)
    assert energy(rendered[0], 2.0, 2.2) > 0.1
    assert energy(rendered[2], 0, 0.24) < 1e-6 * energy(rendered[2], 0.25, 0.5)


def test_pedal_and_held_notes_do_not_reach_the_next_clip(font):
    held = notes([2.5], 50, length=0.5)
    held = Notes(held.onset, held.key_up, held.pitch, held.velocity, held.track, held.drum,
                 np.array([[2.6, 3.0]]), held.program)  # fmt: skip
    _, quiet = render([held, notes([2.0], 60)], 3.0, font, RATE)
    assert energy(quiet, 0, 1.9) == 0


@pytest.mark.parametrize("name", ["timgm", "fluid", "musescore"])
def test_a_clip_sounds_the_same_in_any_company(font, name):
    try:
        font = find_soundfont(name, ())
    except RenderError as error:
        pytest.skip(str(error))
    rng = np.random.default_rng(4)

    def band(programs):
        count = 300
        onset = np.sort(rng.uniform(0, 3, count))
        track = rng.integers(len(programs), size=count)
        clip = Notes(onset, onset + rng.exponential(0.5, count), rng.integers(30, 90, count),
                     rng.integers(20, 127, count), track, track == 0, np.array([[0.2, 1.0], [1.1, 3.0]]),
                     dict(enumerate(programs)))  # fmt: skip
        return replace(clip, pitch=np.where(clip.drum, 35 + clip.pitch % 40, clip.pitch))

    clips = [band(programs) for programs in ((0, 48, 81), (0, 0), (0, 22, 88, 104), (0, 52, 16))]
    together = render(clips, 3.0, font, RATE)
    alone = [render([clip], 3.0, font, RATE)[0] for clip in reversed(clips)]
    for first, second in zip(together, reversed(alone), strict=True):
        assert np.array_equal(first, second)
        assert np.abs(first).max() > 0.05


def test_a_pitch_struck_twice_at_once_sounds_for_its_whole_length(font):
    once = notes([0.5], 60, length=1.5, program=19)
    twice = notes([0.5, 0.5], 60, length=1.5, program=19)
    first, second = render([once, twice], 2.0, font, RATE)
    assert np.array_equal(first, second)


def test_program_is_heard(font):
    piano, organ = render([notes([0.0], 60, 2.0), notes([0.0], 60, 2.0, program=19)], 2.0, font, RATE)
    assert energy(piano, 1.5, 2) / energy(piano, 0, 0.5) < 0.5 * energy(organ, 1.5, 2) / energy(organ, 0, 0.5)


def test_what_is_no_soundfont(font, tmp_path):
    (tmp_path / "text.sf2").write_text("no soundfont")
    with pytest.raises(RenderError, match=r"text\.sf2"):
        render([notes([0.0], 60)], 1.0, tmp_path / "text.sf2", RATE)


def test_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    rendering._library.cache_clear()
    with pytest.raises(RenderError, match="install the package fluidsynth"):
        rendering.fluidsynth_version()


def test_missing_soundfont_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("training.corpus.instruments.SYSTEM_SOUNDFONTS", ())
    with pytest.raises(RenderError, match=r"TimGM6mb\.sf2"):
        find_soundfont("timgm", (tmp_path,))
