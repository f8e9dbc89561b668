"""Playback: what reaches the device, and the position that is heard, on a virtual sound server."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from midlevel_app.audio import devices
from midlevel_app.audio.decode import open_audio
from midlevel_app.audio.devices import Device, OutputStream, choose_output, sound_library, within
from midlevel_app.audio.feed import Feed, device_audio, stereo_weights
from midlevel_app.audio.playback import AHEAD_SECONDS, Player
from midlevel_app.errors import AudioFileError, DeviceError
from tests import sound_server as server
from tests.app.audio_files import write_audio
from tests.waiting import wait_for

RATE = 44100
SECONDS = 4.0
TOLERANCE = 0.030  # seconds between the position told and the sound that left the device


def level(seconds):
    """The ramp's sample at a time: it tells the place in the file."""
    return 0.1 + 0.8 * seconds / SECONDS


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    path = tmp_path_factory.mktemp("playback") / "ramp.wav"
    mono = level(np.arange(round(SECONDS * RATE)) / RATE).astype(np.float32)
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE, subtype="FLOAT")
    return path


@pytest.fixture
def player(ramp):
    playing = Player(ramp)
    yield playing
    assert playing.close()


class Listener:
    """Records what the speaker plays, with the time at which each piece of it came."""

    def __init__(self, sink="vspk"):
        command = ["parec", f"--device={sink}.monitor", "--format=float32le", f"--rate={RATE}", "--channels=2"]
        self._process = subprocess.Popen([*command, "--raw", "--latency-msec=5"], stdout=subprocess.PIPE)
        self.pieces = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        wait_for(lambda: self.pieces)

    def _listen(self):
        rest = b""
        while got := self._process.stdout.read1(1 << 16):
            now, rest = time.monotonic(), rest + got
            whole = len(rest) // 8 * 8
            self.pieces.append((now, np.frombuffer(rest[:whole], np.float32).reshape(-1, 2)))
            rest = rest[whole:]

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()

    def heard(self):
        return np.concatenate([samples for _, samples in self.pieces])

    def places(self):
        """Times at which the ramp sounded, and where in the file it was then."""
        found = [(at, (x[-1, 0] - 0.1) / 0.8 * SECONDS) for at, x in self.pieces if len(x) and x[-1, 0] > 0.05]
        return np.array(found).T


@pytest.fixture
def listener(sound_server):
    listening = Listener()
    yield listening
    listening.stop()


@pytest.fixture
def quiet_listener(sound_server):
    listening = Listener("vspk2")
    yield listening
    listening.stop()


# What reaches the device


@pytest.mark.parametrize("channels", range(1, 9))
def test_mixing_to_stereo_keeps_full_scale(channels):
    weights = stereo_weights(channels)
    assert weights.shape == (channels, 2)
    assert (weights >= 0).all()
    assert np.allclose(weights.sum(axis=0), 1.0)


def test_mixing_to_stereo_keeps_sides_apart():
    assert (stereo_weights(1) == [[1, 1]]).all()
    assert (stereo_weights(2) == np.eye(2)).all()
    left, right, centre, bass, left_surround, right_surround = stereo_weights(6)
    assert left[1] == right[0] == left_surround[1] == right_surround[0] == 0
    assert centre[0] == centre[1] > 0
    assert (bass == 0).all()


@pytest.mark.parametrize("frames", [1, 64, 441, 5000])
def test_feed_hands_over_every_sample_once(frames):
    samples = np.random.default_rng(1).uniform(-1, 1, (3000, 2)).astype(np.float32)
    feed = Feed(0.0, RATE)
    for piece in np.array_split(samples, 7):
        feed.add(piece)
    feed.complete = True
    got = []
    while not feed.spent:
        out = np.empty((frames, 2), dtype=np.float32)
        got.append(out[: feed.take(out, len(got) * frames)])
    assert (np.concatenate(got) == samples).all()


def test_feed_knows_what_was_heard_across_silence():
    feed = Feed(10.0, 100)
    feed.add(np.zeros((250, 2), dtype=np.float32))
    out = np.empty((100, 2), dtype=np.float32)
    assert feed.heard(1000.0) == 10.0
    feed.take(out, 500)
    feed.take(out, 900)  # paused from device frame 600 to 900
    assert [feed.heard(frame) for frame in (499, 500, 550, 600, 899, 900, 950, 2000)] == [
        10.0, 10.0, 10.5, 11.0, 11.0, 11.0, 11.5, 12.0,
    ]  # fmt: skip


def test_callback_frames_are_mapped_to_places_by_speed():
    feed = Feed(10.0, 100)
    feed.add(np.full((100, 2), 0.1, dtype=np.float32), 10.0, 0.5)  # 10.0 to 10.5
    feed.add(np.full((200, 2), 0.2, dtype=np.float32), 10.5, 1.5)  # 10.5 to 13.5

    def fill(out, frame):
        out[feed.take(out, frame) :] = 0.0

    stream = OutputStream(Device("test", 100, 2), fill)
    moment = SimpleNamespace(currentTime=0.0, outputBufferDacTime=0.1)
    heard = np.empty((300, 2), dtype=np.float32)

    def ask(begin, end):
        for frame in range(begin, end, 30):
            stream.callback(heard[frame : frame + 30], 30, moment, SimpleNamespace(output_underflow=False))

    ask(0, 150)
    assert [feed.heard(frame) for frame in (-5, 0, 50, 100, 140)] == pytest.approx([10.0, 10.0, 10.25, 10.5, 11.1])
    assert (feed.ahead(190, 20) == np.float32(0.2)).all()
    feed.exchange(200)  # from 12.0 on
    assert feed.exchanging
    assert feed.end == pytest.approx(12.0)
    feed.add(np.full((60, 2), 0.3, dtype=np.float32), 3.0, 1.0)
    feed.complete = True
    ask(150, 300)
    assert not feed.exchanging
    assert heard[:, 0] == pytest.approx(np.repeat([0.1, 0.2, 0.3, 0.0], [100, 100, 60, 40]))
    assert [feed.heard(frame) for frame in (199, 200, 230, 260, 299)] == pytest.approx([11.985, 3.0, 3.3, 3.6, 3.6])
    assert not feed.finished(258)
    assert feed.finished(259)


def test_callback_fills_the_device_and_counts():
    feed = Feed(0.0, RATE)
    feed.add(np.full((150, 2), 0.5, dtype=np.float32))
    asked = []

    def fill(out, frame):
        asked.append(frame)
        out[feed.take(out, frame) :] = 0.0

    stream = OutputStream(Device("test", RATE, 2), fill)
    assert stream.frame_heard() < 0
    out = np.full((100, 2), np.nan, dtype=np.float32)
    moment = SimpleNamespace(currentTime=5.0, outputBufferDacTime=5.08)
    stream.callback(out, 100, moment, SimpleNamespace(output_underflow=False))
    assert (out == 0.5).all()
    stream.callback(out, 100, moment, SimpleNamespace(output_underflow=True))
    assert (out[:50] == 0.5).all()
    assert (out[50:] == 0.0).all()
    assert asked == [0, 100]
    assert stream.underruns == 1
    assert stream.lag == pytest.approx(0.08)


@pytest.mark.parametrize("rate", [8000, 96000])
def test_other_rates_are_resampled_to_the_device(tmp_path, rate):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    soundfile.write(tmp_path / "tone.wav", tone, rate, subtype="FLOAT")
    with open_audio(tmp_path / "tone.wav") as reader:
        got = np.concatenate(list(device_audio(reader, 0.5, Device("test", RATE, 2))))
    assert abs(len(got) - 1.5 * RATE) <= 2
    assert (got[:, 0] == got[:, 1]).all()
    expected = 0.5 * np.sin(2 * np.pi * 440 * (np.arange(len(got)) / RATE + 0.5))
    assert np.abs(got[2000:-2000, 0] - expected[2000:-2000]).max() < 1e-3


def test_loud_samples_are_clipped(tmp_path):
    soundfile.write(tmp_path / "loud.wav", np.full(RATE, 3.0), RATE, subtype="FLOAT")
    with open_audio(tmp_path / "loud.wav") as reader:
        got = np.concatenate(list(device_audio(reader, 0.0, Device("test", RATE, 1))))
    assert got.shape == (RATE, 1)
    assert (got == 1.0).all()


# What is heard


def test_position_is_what_is_heard(listener, player):
    """Plays, seeks, pauses and goes on; compares the position told with the sound that left the device."""
    told = []
    player.play()
    start = time.monotonic()
    plan = [(1.0, lambda: player.seek(2.0)), (1.8, player.pause), (2.3, player.play), (2.8, lambda: player.seek(0.5))]
    while time.monotonic() < start + 3.8:
        if plan and time.monotonic() > start + plan[0][0]:
            plan.pop(0)[1]()
        told.append((time.monotonic(), player.position()))
        time.sleep(0.005)
    assert player.state().underruns == 0
    assert player.state().lag == pytest.approx(devices.LATENCY_SECONDS, abs=0.05)
    player.pause()
    sounded, places = listener.places()
    differences = []
    for at, position in told:
        last = np.searchsorted(sounded, at) - 1
        if last >= 0 and at - sounded[last] < 0.02:
            differences.append(position - (places[last] + at - sounded[last]))
    differences = np.abs(differences)
    assert len(differences) > 300
    # A seek shows at once, and is heard when what the device already holds has sounded.
    assert np.mean(differences < TOLERANCE) > 0.9
    assert np.median(differences) < TOLERANCE / 2


def test_the_device_gets_the_file_and_nothing_else(listener, player, ramp):
    player.play()
    wait_for(lambda: player.state().ended)
    heard = listener.heard()
    sounding = heard[np.flatnonzero(heard[:, 0])]
    whole, _ = soundfile.read(ramp, dtype="float32")
    assert sounding.shape == whole.shape
    assert np.abs(sounding - whole).max() < 1e-6


def test_the_end_stops_and_play_starts_again(sound_server, player):
    player.seek(SECONDS - 0.3)
    assert player.position() == SECONDS - 0.3
    player.play()
    assert player.state().playing
    wait_for(lambda: player.state().ended)
    state = player.state()
    assert not state.playing
    assert state.position == pytest.approx(SECONDS, abs=1e-3)
    player.play()
    wait_for(lambda: 0.0 < player.position() < 1.0)


def test_a_seek_beyond_the_end_goes_to_the_end(sound_server, player):
    player.seek(1000.0)
    player.play()
    wait_for(lambda: player.state().ended)
    assert player.position() == pytest.approx(SECONDS)


def test_little_is_decoded_ahead(sound_server, tmp_path):
    soundfile.write(tmp_path / "long.flac", np.zeros((60 * RATE, 2)), RATE)
    playing = Player(tmp_path / "long.flac")
    playing.play()
    wait_for(lambda: playing.position() > 0.3)
    assert playing._feed.waiting <= AHEAD_SECONDS + 0.5
    assert playing.close()


def test_a_paused_player_gives_the_device_back(sound_server, player, monkeypatch):
    monkeypatch.setattr("midlevel_app.audio.playback.IDLE_SECONDS", 0.2)
    player.play()
    wait_for(lambda: player.position() > 0.2)
    player.pause()
    wait_for(lambda: player.state().output is None)
    kept = player.position()
    assert kept > 0.2
    player.play()
    wait_for(lambda: player.position() > kept)
    assert player.position() < kept + 1.0


def test_what_can_be_decoded_of_a_damaged_file_is_played(sound_server, ramp, tmp_path):
    cut = tmp_path / "cut.wav"
    cut.write_bytes(ramp.read_bytes()[: RATE * 8])  # a second of it
    playing = Player(cut)
    playing.seek(0.7)
    playing.play()
    wait_for(lambda: playing.state().ended)
    assert playing.position() == pytest.approx(1.0, abs=0.01)
    assert isinstance(playing.state().error, AudioFileError)
    assert playing.close()


def test_a_missing_file_is_told(sound_server, tmp_path):
    playing = Player(tmp_path / "gone.wav")
    playing.play()
    wait_for(lambda: playing.state().error)
    assert "gone.wav" in str(playing.state().error)
    assert not playing.state().playing
    assert playing.close()


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def away(path):
    path.rename(path.with_name("elsewhere"))


@pytest.mark.parametrize(("suffix", "change"), [("wav", cut), ("flac", cut), ("mp3", away), ("m4a", away)])
def test_a_file_that_fails_while_it_plays_plays_on_once_it_is_back(sound_server, ramp, tmp_path, suffix, change):
    path = write_audio(tmp_path / f"ramp.{suffix}", soundfile.read(ramp)[0], RATE)
    content = path.read_bytes()
    playing = Player(path)
    playing.play()
    wait_for(lambda: playing.position() > 0.3)
    change(path)
    playing.seek(3.0 if change is cut else 0.1)  # near the start FFmpeg opens the file anew
    wait_for(lambda: playing.state().error and not playing.state().playing)
    assert isinstance(playing.state().error, AudioFileError)
    place = playing.position()
    playing.play()
    wait_for(lambda: playing.state().error and not playing.state().playing)
    path.with_name("new").write_bytes(content)
    path.with_name("new").replace(path)
    playing.play()
    wait_for(lambda: playing.position() > place + 0.3)
    assert playing.position() < place + 1.0
    assert playing.state().error is None
    assert playing.close()


# Speed, loop and volume, as they are heard


CHIRP_SECONDS, CHIRP_LOW, CHIRP_SLOPE = 12.0, 400.0, 50.0  # each moment has a frequency of its own, in Hz
BURSTS = np.arange(0.4, 4.6, 0.4)
BURST_SECONDS = 0.06


@pytest.fixture(scope="module")
def chirp(tmp_path_factory):
    """A tone that rises steadily: what is heard for some ms tells the place in the file."""
    path = tmp_path_factory.mktemp("playback") / "chirp.wav"
    seconds = np.arange(round(CHIRP_SECONDS * RATE)) / RATE
    mono = 0.4 * np.sin(2 * np.pi * (CHIRP_LOW + CHIRP_SLOPE / 2 * seconds) * seconds)
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def bursts(tmp_path_factory):
    """Tone bursts of 1 kHz that begin at `BURSTS`."""
    path = tmp_path_factory.mktemp("playback") / "bursts.wav"
    mono = np.zeros(5 * RATE)
    count = round(BURST_SECONDS * RATE)
    for begin in np.round(BURSTS * RATE).astype(int):
        mono[begin : begin + count] = 0.5 * np.hanning(count) * np.sin(2 * np.pi * 1000 * np.arange(count) / RATE)
    soundfile.write(path, np.stack([mono, mono], axis=1), RATE, subtype="FLOAT")
    return path


@pytest.fixture
def patient(monkeypatch):
    """Let the device hold so much that a machine busy with other things leaves no gaps."""
    monkeypatch.setattr(devices, "LATENCY_SECONDS", 0.3)


@pytest.fixture
def chirping(patient, chirp):
    playing = Player(chirp)
    yield playing
    assert playing.close()


@pytest.fixture
def bursting(patient, bursts):
    playing = Player(bursts)
    yield playing
    assert playing.close()


def centres(mono):
    """Frames around which the bursts of a recording lie."""
    sounding = np.flatnonzero(np.abs(mono) > 0.02)
    groups = np.split(sounding, np.flatnonzero(np.diff(sounding) > 0.05 * RATE) + 1)
    return np.array([np.average(group, weights=mono[group] ** 2) for group in groups if len(group) > 100])


def levels(mono, seconds=0.005):
    """Effective levels of stretches of ``seconds``."""
    size = round(seconds * RATE)
    return np.sqrt(np.mean(mono[: len(mono) // size * size].reshape(-1, size) ** 2, axis=1))


def sounding(mono):
    """What lies between the first sound and the last."""
    loud = np.flatnonzero(np.abs(mono) > 1e-3)
    return mono[loud[0] : loud[-1] + 1]


def chirp_place(mono):
    """Seconds into the chirp of the middle of a piece."""
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 1 << 18))
    return (spectrum.argmax() * RATE / (1 << 18) - CHIRP_LOW) / CHIRP_SLOPE


def chirp_differences(listener, told, size=4096):
    """How far told positions are from what was heard at those times, in seconds."""
    heard = listener.heard()[:, 0]
    ends = np.cumsum([len(piece) for _, piece in listener.pieces])
    times = np.array([at for at, _ in listener.pieces])
    # Late pieces were held up by the machine; the earliest tell when a frame sounded.
    clock = np.min(times - ends / RATE)
    found = []
    for at, position in told:
        middle = round((at - clock) * RATE)
        piece = heard[max(0, middle - size // 2) : middle + size // 2]
        if len(piece) == size and levels(piece).min() > 0.1:
            found.append(position - chirp_place(piece))
    return np.array(found)


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.0, 1.25, 1.5])
def test_bursts_sound_at_their_times_at_every_speed(listener, bursting, speed):
    bursting.set_speed(speed)
    bursting.play()
    wait_for(lambda: bursting.state().ended, 20.0)
    assert bursting.position() == pytest.approx(5.0, abs=0.03)
    heard = listener.heard()[:, 0]
    found = centres(heard)
    assert len(found) == len(BURSTS)
    distances = np.diff(found) / RATE * speed
    assert np.median(distances) == pytest.approx(0.4, abs=0.005)
    assert np.count_nonzero(np.abs(distances - 0.4) > 0.030) <= 1  # a busy machine may leave the device dry once
    for centre in found.astype(int):
        spectrum = np.abs(np.fft.rfft(heard[centre - 1500 : centre + 1500] * np.hanning(3000), 1 << 16))
        assert spectrum.argmax() * RATE / (1 << 16) == pytest.approx(1000, rel=0.01)


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.0, 1.25, 1.5])
def test_position_is_what_is_heard_at_every_speed(listener, chirping, speed):
    chirping.set_speed(speed)
    chirping.play()
    wait_for(lambda: chirping.position() > 0.0)
    told = []
    while len(told) < 120:
        told.append((time.monotonic(), chirping.position()))
        time.sleep(0.02)
    last = told[-1][1]
    wait_for(lambda: chirping.position() > last + 0.2)  # so that it is recorded
    chirping.pause()
    assert chirping.state().speed == speed
    differences = np.abs(chirp_differences(listener, told))
    assert len(differences) > 80
    assert np.mean(differences < TOLERANCE) > 0.9


def test_changing_speed_while_playing_leaves_no_gap(listener, chirping):
    chirping.play()
    told = []
    for speed in (1.0, 0.5, 1.5, 1.0):
        chirping.set_speed(speed)
        asked = time.monotonic()
        while time.monotonic() < asked + 2.2:
            told.append((time.monotonic(), chirping.position()))
            time.sleep(0.02)
        late = np.array([(at, position) for at, position in told if at > asked + 1.7])
        assert np.polyfit(late[:, 0], late[:, 1], 1)[0] == pytest.approx(speed, abs=0.1)
    chirping.pause()
    differences = np.abs(chirp_differences(listener, told))
    assert np.mean(differences < TOLERANCE) > 0.9
    mono = sounding(listener.heard()[:, 0])[RATE // 20 : -RATE // 20]
    assert levels(mono).min() > 0.05


@pytest.mark.parametrize("speed", [0.75, 1.0])
def test_a_loop_is_heard_again_and_again_without_a_gap(listener, chirping, speed):
    chirping.set_speed(speed)
    chirping.set_loop(2.0, 2.6)
    chirping.seek(1.8)
    chirping.play()
    told = []
    wait_for(lambda: chirping.position() > 1.8)
    end = time.monotonic() + (0.2 + 3.5 * 0.6) / speed
    while time.monotonic() < end:
        told.append((time.monotonic(), chirping.position()))
        time.sleep(0.01)
    assert chirping.state().looping
    positions = np.array([position for _, position in told])
    assert np.count_nonzero(np.diff(positions) < -0.4) >= 3
    assert positions.max() < 2.6 + TOLERANCE
    chirping.pause()
    mono = sounding(listener.heard()[:, 0])[RATE // 20 : -RATE // 20]
    assert levels(mono).min() > 0.05
    heard = np.array([chirp_place(mono[i : i + 2048]) for i in range(0, len(mono) - 2048, 512)])
    assert np.count_nonzero((heard[:-4] > 2.4) & (heard[4:] < 2.2)) >= 3
    assert 1.7 < heard.min() < heard.max() < 2.7
    chirping.set_loop(None)
    assert not chirping.state().looping
    chirping.play()
    wait_for(lambda: chirping.position() > 2.8)


def test_a_loop_set_while_playing_is_played(sound_server, chirping):
    chirping.play()
    wait_for(lambda: chirping.position() > 0.3)
    chirping.set_loop(0.2, 1.0)
    wait_for(lambda: chirping.position() > 0.8)
    wait_for(lambda: chirping.position() < 0.5)
    chirping.seek(3.0)
    wait_for(lambda: chirping.position() > 3.5)


def test_impossible_wishes_are_refused(player):
    for wish in (
        lambda: player.set_loop(1.0, 1.1),
        lambda: player.set_loop(1.0),
        lambda: player.set_speed(0.4),
        lambda: player.set_speed(float("nan")),
        lambda: player.set_volume(1.1),
    ):
        with pytest.raises(ValueError, match=r"loop|speed|volume"):
            wish()


def test_volume_is_a_factor_of_what_is_heard(listener, chirping):
    chirping.play()
    wait_for(lambda: chirping.position() > 0.5)
    chirping.set_volume(0.5)
    wait_for(lambda: chirping.position() > 1.2)
    chirping.pause()
    mono = sounding(listener.heard()[:, 0])
    found = levels(mono, 0.02)
    assert np.median(found[2:15]) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)
    assert np.median(found[-15:-2]) == pytest.approx(0.2 / np.sqrt(2), rel=0.05)
    steepest = 0.4 * 2 * np.pi * (CHIRP_LOW + CHIRP_SLOPE * 2) / RATE
    assert np.abs(np.diff(mono[RATE // 20 : -RATE // 20])).max() < 1.1 * steepest


def test_dragging_the_speed_keeps_the_sound_going(listener, chirping):
    chirping.play()
    wait_for(lambda: chirping.position() > 0.2)
    told = []
    for i in range(100):
        chirping.set_speed(1.0 + 0.5 * np.sin(i / 5))
        told.append((time.monotonic(), chirping.position()))
        time.sleep(0.03)
    chirping.pause()
    positions = np.array([position for _, position in told])
    assert np.diff(positions).min() > -0.03
    assert positions[-1] > 2.0
    differences = np.abs(chirp_differences(listener, told))
    assert np.mean(differences < TOLERANCE) > 0.9
    mono = sounding(listener.heard()[:, 0])[RATE // 20 : -RATE // 20]
    assert levels(mono).min() > 0.05


# Outputs by name


def test_outputs_are_named_once(sound_server):
    names = devices.device_names("output")
    assert {"default", "vspk", "vspk2"} <= set(names)
    assert len(names) == len(set(names))


def test_another_output_takes_over_at_the_same_place(listener, quiet_listener, chirping):
    chirping.play()
    wait_for(lambda: chirping.position() > 0.7)
    assert np.abs(quiet_listener.heard()).max() == 0.0
    chirping.set_output("vspk2")
    wait_for(lambda: chirping.state().output == "vspk2")
    reached = chirping.position()
    assert 0.7 <= reached < 2.5
    wait_for(lambda: chirping.position() > reached + 0.5)
    chirping.pause()
    first, second = sounding(listener.heard()[:, 0]), sounding(quiet_listener.heard()[:, 0])
    assert len(second) > 0.4 * RATE
    break_off, going_on = chirp_place(first[-2048:]), chirp_place(second[:2048])
    assert going_on == pytest.approx(break_off, abs=0.2)
    chirping.set_output(None)
    chirping.play()
    wait_for(lambda: chirping.state().output not in (None, "vspk2"))


def test_a_missing_output_is_told_with_the_choices(sound_server, player):
    player.seek(1.0)
    player.set_output("kitchen")
    player.play()
    wait_for(lambda: player.state().error)
    assert isinstance(player.state().error, DeviceError)
    for name in ("kitchen", "vspk", "vspk2"):
        assert name in str(player.state().error)
    assert not player.state().playing
    assert player.position() == 1.0
    player.set_output(None)
    player.play()
    wait_for(lambda: player.position() > 1.2)


# Devices that fail


def test_a_lost_output_is_found_again_by_its_name(own_server, chirping, tmp_path_factory, monkeypatch):
    chirping.set_speed(0.75)
    chirping.set_output("vspk2")
    chirping.play()
    wait_for(lambda: chirping.position() > 0.5)
    own_server.process.kill()
    wait_for(lambda: chirping.state().error)
    with pytest.raises(DeviceError, match="vspk2 went away"):
        raise chirping.state().error
    kept = chirping.position()
    assert 0.5 < kept < 2.0
    folder = tmp_path_factory.mktemp("pa")
    for name, value in server.environment(folder).items():
        monkeypatch.setenv(name, value)
    chirping.pause()  # wait for it no longer
    with server.running(folder):
        listening = Listener("vspk2")
        chirping.play()
        wait_for(lambda: chirping.position() > kept + 0.4)
        assert chirping.state().output == "vspk2"
        assert chirping.close()
        listening.stop()
    assert chirp_place(sounding(listening.heard()[:, 0])[:4096]) == pytest.approx(kept + 0.03, abs=0.1)


def test_a_pulled_out_output_pauses_until_it_is_back(own_server, chirping):
    chirping.set_output("vspk2")
    chirping.play()
    wait_for(lambda: chirping.position() > 0.5)
    wrong = Listener("vspk")
    own_server.unplug("vspk2")
    wait_for(lambda: chirping.state().error)
    with pytest.raises(DeviceError, match=r"vspk2 went away: playing goes on when it is back"):
        raise chirping.state().error
    assert not chirping.state().playing
    kept = chirping.position()
    assert 0.5 < kept < 2.5
    wrong.stop()
    assert len(sounding(wrong.heard()[:, 0])) < 2.0 * RATE, "the sound server's own choice is heard only for moments"
    own_server.plug_in("vspk2")
    listening = Listener("vspk2")
    wait_for(lambda: chirping.position() > kept + 0.4)
    assert chirping.state().output == "vspk2"
    assert chirping.state().error is None
    listening.stop()
    assert len(sounding(listening.heard()[:, 0])) > 0.2 * RATE


@pytest.mark.parametrize("wish", ["pause", "another"])
def test_a_pulled_out_output_is_not_waited_for_once_something_else_is_wanted(own_server, chirping, wish):
    chirping.set_output("vspk2")
    chirping.play()
    wait_for(lambda: chirping.position() > 0.3)
    own_server.unplug("vspk2")
    wait_for(lambda: chirping.state().error)
    if wish == "pause":
        chirping.pause()
    else:
        chirping.set_output("vspk")
    own_server.plug_in("vspk2")
    time.sleep(2.5)
    assert not chirping.state().playing
    chirping.play()
    wait_for(lambda: chirping.state().output == ("vspk2" if wish == "pause" else "vspk"))


def test_the_systems_choice_follows_where_the_sound_server_moves_it(own_server, chirping):
    chirping.play()
    wait_for(lambda: chirping.position() > 0.3)
    own_server.unplug("vspk")
    time.sleep(1.5)
    assert chirping.state().error is None
    assert chirping.state().playing
    listening = Listener("vspk2")
    wait_for(lambda: np.abs(listening.heard()).max() > 0.1)
    listening.stop()


def test_a_lost_device_is_told_and_play_finds_the_next(own_server, player, tmp_path_factory, monkeypatch):
    player.play()
    wait_for(lambda: player.position() > 0.5)
    own_server.process.kill()
    wait_for(lambda: player.state().error)
    with pytest.raises(DeviceError, match="went away"):
        raise player.state().error
    kept = player.position()
    assert 0.5 < kept < 2.0
    folder = tmp_path_factory.mktemp("pa")
    for name, value in server.environment(folder).items():
        monkeypatch.setenv(name, value)
    with server.running(folder):
        player.play()
        wait_for(lambda: player.position() > kept + 0.2)
        assert player.state().error is None
        assert player.close()


def test_a_frozen_device_hangs_nothing(own_server, ramp):
    playing = Player(ramp)
    playing.play()
    wait_for(lambda: playing.position() > 0.5)
    own_server.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: playing.state().error)
    assert isinstance(playing.state().error, DeviceError)
    start = time.monotonic()
    assert playing.close()
    assert time.monotonic() - start < 9.0
    assert devices.hanging()


def test_no_device_is_told(own_server, player):
    own_server.process.kill()
    own_server.process.wait()
    devices.rescan()
    with pytest.raises(DeviceError, match="no sound output"):
        choose_output(RATE)
    player.play()
    wait_for(lambda: player.state().error)
    assert not player.state().playing
    assert "no sound output" in str(player.state().error)


def test_a_missing_sound_library_is_told(tmp_path, monkeypatch):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(DeviceError, match=r"PortAudio library not found.*install"):
        sound_library()


def test_a_call_that_hangs_is_given_up():
    release = threading.Event()
    with pytest.raises(DeviceError, match="does not answer"):
        within(0.05, release.wait)
    assert devices.hanging()
    threading.Timer(0.1, release.set).start()
    assert not devices.hanging(patience=5.0), "it came back"
    assert within(1.0, os.getpid) == os.getpid()
