"""The sounds of the poles: a pair differs in the quality it stands for, and the assets are what the code makes."""

import shutil

import numpy as np
import pytest
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.poles import pole_sound
from training.__main__ import main
from training.corpus.instruments import find_soundfont
from training.errors import RenderError
from training.example import PIANO, RATE
from training.minuets import read_line
from training.poles import BEATS, BLOCK, LEVEL, PAIRS, loudness, perform
from training.ratings import raw_terms
from training.ratings.terms import MODULES, composites, standardised

POLES = [(name, high) for name in NAMES for high in (False, True)]
PHRASES = [pytest.param(phrase, id=f"{name}-{i}") for name, pair in PAIRS.items() for i, phrase in enumerate(pair)]
CLEAR = 2.0  # standard deviations of a rating whose terms vary independently


def shipped(name, high):
    sound, rate = soundfile.read(pole_sound(name, high), dtype="float32", always_2d=True)
    assert rate == RATE
    return sound


def envelope(sound):
    """RMS level in windows of 20 ms."""
    size = RATE // 50
    return np.sqrt((sound[: len(sound) // size * size].reshape(-1, size) ** 2).mean(axis=1))


def differences(name):
    """High minus low in the computed ratings of all features, in standard deviations."""
    low, high = composites(standardised(np.stack([raw_terms(perform(phrase)) for phrase in PAIRS[name]])))
    return (high - low) / [np.hypot.reduce(list(MODULES[name].WEIGHTS.values())) for name in NAMES]


def test_every_feature_has_a_pair():
    assert set(PAIRS) == set(NAMES)


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_hand_has_eight_quarters(phrase):
    for line, stretch in ((phrase.right, 1), (phrase.left, phrase.stretch)):
        last = read_line(line)[-1]
        assert stretch * (last.beat + last.beats) == pytest.approx(BEATS), line


@pytest.mark.parametrize("phrase", PHRASES)
def test_notes_are_playable(phrase):
    """Every note has a length, and no key is struck while it is down."""
    notes = perform(phrase)
    assert (notes.key_up - notes.onset > 0.03).all()
    for pitch in np.unique(notes.pitch):
        own = notes.pitch == pitch
        assert (notes.onset[own][1:] > notes.key_up[own][:-1]).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_poles_of_a_feature_differ_in_its_computed_rating(name):
    """By a clear amount, and no other rating differs by much more."""
    found = differences(name)
    own = found[NAMES.index(name)]
    assert own > CLEAR
    assert np.abs(found).max() < 1.1 * own


@pytest.mark.parametrize("name", NAMES)
def test_the_poles_of_a_feature_have_as_many_notes_in_as_much_time(name):
    low, high = PAIRS[name]
    assert len(perform(low)) == len(perform(high))
    assert low.seconds == high.seconds
    assert len(shipped(name, False)) == len(shipped(name, True))


def test_loudness_leaves_out_silence():
    """Half a second of a sine, the rest quieter than the gate: the level of the sine, not of the whole."""
    sine = np.sin(2 * np.pi * 500 * np.arange(4 * RATE) / RATE).astype(np.float32)[:, None]
    assert loudness(sine) == pytest.approx(np.sqrt(0.5), rel=1e-3)
    gated = sine.copy()
    gated[2 * RATE :] = 0
    blocks = 2 / BLOCK
    assert np.sqrt(0.5) * np.sqrt(1 - 1 / blocks) < loudness(gated) < np.sqrt(0.5)


@pytest.mark.parametrize(("name", "high"), POLES)
def test_the_shipped_sound_is_short_small_and_clean(name, high):
    sound = shipped(name, high)
    assert 2 < len(sound) / RATE < 5
    assert pole_sound(name, high).stat().st_size < 40_000
    assert 0.2 < np.abs(sound).max() < 0.9
    assert np.abs(sound[: RATE // 50]).max() < 1e-2
    assert np.abs(sound[-RATE // 50 :]).max() < 1e-2
    assert abs(20 * np.log10(loudness(sound) / LEVEL)) < 1


def test_the_shipped_sounds_are_equally_loud():
    """As a whole too, silence and all."""
    level = [20 * np.log10(np.sqrt((shipped(*pole) ** 2).mean())) for pole in POLES]
    assert np.ptp(level) < 3


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="the command fluidsynth is not installed")
def test_they_can_be_made_again(tmp_path):
    try:
        find_soundfont(PIANO, ())
    except RenderError as error:
        pytest.skip(str(error))
    assert main(["poles", "--out", str(tmp_path / "poles")]) == 0
    assert {path.name for path in (tmp_path / "poles").iterdir()} == {pole_sound(*pole).name for pole in POLES}
    for name, high in POLES:
        again, rate = soundfile.read(tmp_path / "poles" / pole_sound(name, high).name, always_2d=True)
        sound = shipped(name, high)
        assert rate == RATE
        assert len(again) == len(sound)
        assert np.corrcoef(envelope(again), envelope(sound))[0, 1] > 0.95
