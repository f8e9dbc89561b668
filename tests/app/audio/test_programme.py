"""What a player plays at other speeds and in loops, and where in the recording each sample of it is."""

import itertools

import numpy as np
import pytest
import soundfile

from midlevel_app.audio.decode import open_audio
from midlevel_app.audio.devices import Device
from midlevel_app.audio.feed import Feed, scaled
from midlevel_app.audio.programme import Loop, exchanged, programme

RATE = 44100
OUTPUT = Device("test", RATE, 2)
SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5)
BURST = 0.06
TIMES = np.arange(0.3, 5.6, 0.37)


@pytest.fixture(scope="module")
def bursts(tmp_path_factory):
    """Six seconds with tone bursts that begin at `TIMES`."""
    path = tmp_path_factory.mktemp("programme") / "bursts.wav"
    mono = np.zeros(6 * RATE, dtype=np.float32)
    count = round(BURST * RATE)
    for time in TIMES:
        begin = round(time * RATE)
        mono[begin : begin + count] = 0.5 * np.hanning(count) * np.sin(2 * np.pi * 1000 * np.arange(count) / RATE)
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    """Six seconds of three steady partials."""
    path = tmp_path_factory.mktemp("programme") / "tone.wav"
    seconds = np.arange(6 * RATE) / RATE
    mono = 0.2 * sum(np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 443, 1000))
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE, subtype="FLOAT")
    return path


def sound_and_places(pieces):
    pieces = list(pieces)
    places = [piece.source + np.arange(len(piece.samples)) * piece.speed / RATE for piece in pieces]
    return np.concatenate([piece.samples for piece in pieces]), np.concatenate(places)


def burst_centres(mono, shortest_gap=0.05):
    """Frames around which the bursts lie."""
    sounding = np.flatnonzero(np.abs(mono) > 0.02)
    groups = np.split(sounding, np.flatnonzero(np.diff(sounding) > shortest_gap * RATE) + 1)
    return [float(np.average(group, weights=mono[group] ** 2)) for group in groups if len(group) > 100]


def levels(mono, seconds=0.02):
    size = round(seconds * RATE)
    return np.sqrt(np.mean(mono[: len(mono) // size * size].reshape(-1, size) ** 2, axis=1))


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_places_told_are_those_of_the_sound(bursts, speed, start):
    with open_audio(bursts) as reader:
        sound, places = sound_and_places(programme(reader, start, OUTPUT, speed))
    assert len(sound) == pytest.approx((6.0 - start) * RATE / speed, abs=0.02 * RATE)
    told = np.array([places[round(centre)] for centre in burst_centres(sound[:, 0])])
    expected = TIMES[start < TIMES] + BURST / 2
    assert len(told) == len(expected)
    assert np.abs(told - expected).max() < 0.010
    after_start = (np.array(burst_centres(sound[:, 0])) / RATE * speed + start) - expected
    assert np.abs(after_start).max() < 0.030


@pytest.mark.parametrize("speed", SPEEDS)
def test_pitch_and_level_are_kept(tone, speed):
    with open_audio(tone) as reader:
        sound, _ = sound_and_places(programme(reader, 0.5, OUTPUT, speed))
    middle = sound[RATE // 5 : -RATE // 5, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    hertz = np.fft.rfftfreq(len(middle), 1 / RATE)
    for low, high, expected in ((180, 300, 220), (380, 500, 443), (900, 1100, 1000)):
        band = (hertz > low) & (hertz < high)
        assert hertz[band][spectrum[band].argmax()] == pytest.approx(expected, rel=0.01)
    original = 0.2 * np.sqrt(1.5)
    assert levels(middle, 0.1).min() > 0.6 * original
    assert levels(middle, 0.1).max() < 1.4 * original


def test_its_own_speed_is_bit_exact(bursts):
    with open_audio(bursts) as reader:
        sound, places = sound_and_places(programme(reader, 1.0, OUTPUT))
    whole, _ = soundfile.read(bursts, dtype="float32")
    assert (sound == whole[RATE:]).all()
    assert np.abs(places - np.arange(RATE, 6 * RATE) / RATE).max() < 1e-9


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_loop_comes_round_without_a_gap(tone, speed):
    loop = Loop(2.0, 2.7)
    with open_audio(tone) as reader:
        some = itertools.islice(programme(reader, 1.5, OUTPUT, speed, loop), 40)
        sound, places = sound_and_places(some)
    turns = np.flatnonzero(np.diff(places) < -0.5)
    assert len(turns) >= 3
    assert places.max() < loop.stop + 0.02
    assert places[turns[0] + 1 :].min() > loop.start - 0.02
    assert np.diff(turns) / RATE == pytest.approx(0.7 / speed, abs=0.02)
    mono = sound[RATE // 10 : turns[-1], 0]
    assert levels(mono, 0.01).min() > 0.05
    assert np.abs(np.diff(mono)).max() < 0.1  # a click would be a jump


def test_behind_a_loop_playing_goes_on(tone):
    with open_audio(tone) as reader:
        _, places = sound_and_places(programme(reader, 3.0, OUTPUT, 1.5, Loop(2.0, 3.0)))
    assert (np.diff(places) > -0.02).all()
    assert places[-1] == pytest.approx(6.0, abs=0.01)


def test_a_loop_over_the_end_ends_there(tone):
    with open_audio(tone) as reader:
        some = itertools.islice(programme(reader, 5.0, OUTPUT, 1.0, Loop(5.5, 9.0)), 12)
        _, places = sound_and_places(some)
        assert np.count_nonzero(np.diff(places) < -0.4) >= 2
        _, places = sound_and_places(programme(reader, 5.0, OUTPUT, 1.0, Loop(8.0, 9.0)))
    assert len(places) == RATE


@pytest.mark.parametrize("bounds", [(1.0, 1.1), (2.0, 1.0), (-1.0, 3.0), (float("nan"), 3.0)])
def test_what_cannot_be_looped_is_refused(bounds):
    with pytest.raises(ValueError, match="at least"):
        Loop(*bounds)


@pytest.mark.parametrize(("old", "new"), [(1.0, 0.5), (1.0, 1.5), (0.5, 1.0), (1.5, 0.75), (1.0, 1.0)])
def test_a_change_of_speed_is_heard_soon_and_smoothly(tone, old, new):
    """Takes blocks as the device's callback does, around an exchange."""
    feed = Feed(1.0, RATE)
    out = np.zeros((3 * RATE, 2), dtype=np.float32)
    with open_audio(tone) as reader:
        source = programme(reader, 1.0, OUTPUT, old)
        while feed.waiting < 2.0:
            piece = next(source)
            feed.add(piece.samples, piece.source, piece.speed)
        half = 441 * 100
        for begin in range(0, half, 441):
            assert feed.take(out[begin : begin + 441], 1000 + begin) == 441
        source = exchanged(feed, reader, OUTPUT, new, None)
        for piece in itertools.islice(source, 6):
            feed.add(piece.samples, piece.source, piece.speed)
    stop = half + round(0.9 * RATE)
    for begin in range(half, stop, 441):
        feed.take(out[begin : begin + 441], 1000 + begin)
    places = np.array([feed.heard(1000 + frame) for frame in range(0, stop, 100)])
    steps = np.diff(places) * RATE / 100
    soon = (half + round(0.2 * RATE)) // 100
    assert np.median(steps[: half // 100]) == pytest.approx(old)
    assert np.median(steps[soon:]) == pytest.approx(new)
    assert np.abs(np.diff(places)).max() < 0.02
    expected = 1.0 + old * (half + 0.12 * RATE) / RATE + new * (stop - half - 0.12 * RATE) / RATE
    assert places[-1] == pytest.approx(expected, abs=0.02)
    mono = out[RATE // 10 : stop, 0]
    assert levels(mono).min() > 0.08
    assert np.abs(np.diff(mono)).max() < 0.1


def test_volume_changes_without_a_step():
    ones = np.ones((4 * RATE // 100, 2), dtype=np.float32)
    gain = 1.0
    for block in np.array_split(ones, 30):
        gain = scaled(block, gain, 0.25, RATE)
    assert gain == 0.25
    assert np.abs(np.diff(ones[:, 0])).max() < 0.0012
    assert (ones[round(0.02 * RATE) :] == 0.25).all()
    same = np.random.default_rng(1).uniform(-1, 1, (100, 2)).astype(np.float32)
    kept = same.copy()
    assert scaled(same, 1.0, 1.0, RATE) == 1.0
    assert (same == kept).all()
