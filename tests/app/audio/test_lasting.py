"""An input that lasts: what a device does to it that goes away, freezes or comes back, and what its time line says."""

import signal
import threading
import time

import numpy as np
import pytest
import soundfile

from midlevel_app.audio import devices, lasting
from midlevel_app.audio.devices import Device
from midlevel_app.audio.lasting import LastingInput, State
from midlevel_app.audio.microphone import Heard
from midlevel_app.errors import DeviceError, UnusableDeviceError
from tests import sound_server as server
from tests.waiting import wait_for

RATE = 44100
PERIOD = 65536
NOTICED_SECONDS = 2.0


@pytest.fixture(scope="module")
def counting(tmp_path_factory):
    """A minute whose samples tell their place, modulo `PERIOD`."""
    path = tmp_path_factory.mktemp("lasting") / "counting.wav"
    places = (np.arange(60 * RATE) % PERIOD + 1) / (2 * PERIOD)
    soundfile.write(path, np.stack([places, places], axis=1).astype(np.float32), RATE, subtype="FLOAT")
    return path


class Reader:
    """Reads an input on a thread, as a live session does, and times how long each read takes."""

    def __init__(self, name="vmic"):
        self.input = LastingInput(name)
        self.input.choose()
        self.input.start()
        self.begun = time.monotonic()
        self.stretches, self.slowest = [], 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._ending.wait(0.01):
            begun = time.monotonic()
            self.stretches += self.input.read()
            self.slowest = max(self.slowest, time.monotonic() - begun)
        self.ended = time.monotonic()
        self.input.close()

    def stop(self):
        self._ending.set()
        self._thread.join()

    def seconds(self):
        return sum(len(stretch.samples) for stretch in self.stretches) / RATE

    def sounds(self):
        return bool(self.stretches) and bool(self.stretches[-1].samples.all())

    def audio(self):
        return np.concatenate([stretch.samples for stretch in self.stretches])[:, 0]


@pytest.fixture
def reader(own_server):
    reading = Reader()
    yield reading
    reading.stop()


def jumps(audio):
    """Places at which the next sample of `counting` does not follow, silence apart."""
    places = np.round(audio * 2 * PERIOD).astype(int)
    both = (places[:-1] > 0) & (places[1:] > 0)
    return np.flatnonzero((np.diff(places) % PERIOD != 1) & both)


# By calling it with what callbacks bring


def made_input(rate=1000):
    made = LastingInput("made")
    made.input = Device("made", rate, 1)
    return made


def test_an_overflow_is_replaced_by_silence_of_its_length():
    made, found = made_input(), []
    sound = np.ones((100, 1), dtype=np.float32)
    made._take(Heard(sound, 10.1, overflow=False), found)
    made._take(Heard(sound, 10.2, overflow=False), found)
    made._take(Heard(sound, 10.8, overflow=True), found)  # its own audio is from 10.7 on
    made._take(Heard(sound, 10.9, overflow=False), found)
    audio = np.concatenate([stretch.samples for stretch in found])[:, 0]
    assert (audio == np.repeat([1.0, 0.0, 1.0], [200, 500, 200])).all()
    assert [stretch.missing for stretch in found] == [False, False, True, False, False]
    assert made.dropouts == 1
    assert made.gaps == ()


def test_an_overflow_that_cost_nothing_adds_nothing():
    made, found = made_input(), []
    sound = np.ones((100, 1), dtype=np.float32)
    made._take(Heard(sound, 10.1, overflow=False), found)
    made._take(Heard(sound, 10.15, overflow=True), found)
    assert sum(len(stretch.samples) for stretch in found) == 200
    assert made.dropouts == 1


# On a sound server


def test_every_sample_comes_once(reader, own_server, counting):
    with own_server.feed_microphone(counting) as player:
        wait_for(lambda: reader.sounds())
        time.sleep(1.5)
        player.terminate()
    reader.stop()
    assert len(jumps(reader.audio())) == 0
    assert np.count_nonzero(reader.audio()) > RATE
    assert (reader.input.dropouts, reader.input.gaps) == (0, ())
    assert reader.input.state is State.STOPPED


def test_a_short_freeze_costs_nothing(reader, own_server, counting):
    with own_server.feed_microphone(counting) as player:
        wait_for(lambda: reader.sounds())
        own_server.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        wait_for(lambda: reader.input.state is State.FROZEN)
        assert time.monotonic() - begun < NOTICED_SECONDS
        assert "Nothing comes from vmic" in str(reader.input.error)
        own_server.process.send_signal(signal.SIGCONT)
        wait_for(lambda: reader.input.state is State.LISTENING)
        assert reader.input.error is None
        wait_for(lambda: reader.seconds() > time.monotonic() - reader.begun - 0.2)  # what was kept has come
        player.terminate()
    reader.stop()
    assert len(jumps(reader.audio())) == 0
    assert reader.input.dropouts == 0


def test_a_long_freeze_is_silence_of_its_length(reader, own_server, counting):
    wait_for(lambda: reader.stretches)
    own_server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    wait_for(lambda: reader.input.state is State.FROZEN)
    assert time.monotonic() - begun < NOTICED_SECONDS
    wait_for(lambda: reader.input.gaps)
    wait_for(lambda: reader.input.state is State.FROZEN and "does not answer" in str(reader.input.error))
    own_server.process.send_signal(signal.SIGCONT)
    wait_for(lambda: reader.input.state is State.LISTENING)
    with own_server.feed_microphone(counting) as player:
        wait_for(lambda: reader.sounds())
        player.terminate()
    reader.stop()
    assert reader.slowest < 0.5
    assert reader.input.dropouts == 1
    (gap,) = reader.input.gaps
    assert gap.count / RATE > lasting.PATIENCE_SECONDS
    assert reader.seconds() == pytest.approx(reader.ended - reader.begun, abs=0.2)


def test_a_killed_server_is_noticed_and_its_device_heard_again_by_name(
    reader, own_server, counting, tmp_path_factory, monkeypatch
):
    wait_for(lambda: reader.stretches)
    own_server.process.kill()
    begun = time.monotonic()
    wait_for(lambda: reader.input.state is not State.LISTENING)
    assert time.monotonic() - begun < NOTICED_SECONDS
    wait_for(lambda: reader.input.state is State.WAITING)
    assert "Waiting for the sound input vmic" in str(reader.input.error)
    folder = tmp_path_factory.mktemp("pa")
    for name, value in server.environment(folder).items():
        monkeypatch.setenv(name, value)
    with server.running(folder) as another:
        wait_for(lambda: reader.input.state is State.LISTENING)
        with another.feed_microphone(counting) as player:
            wait_for(lambda: reader.sounds())
            player.terminate()
        reader.stop()
    (gap,) = reader.input.gaps
    silence = reader.audio()[gap.first : gap.first + gap.count]
    assert gap.count > 0
    assert not silence.any()
    assert reader.input.dropouts == 1
    assert reader.seconds() == pytest.approx(reader.ended - reader.begun, abs=0.2)


def test_why_a_device_that_is_back_cannot_be_heard_is_told(reader, own_server, monkeypatch):
    def fail(name, like=None):
        raise UnusableDeviceError("vmic is used by another program")

    monkeypatch.setattr(lasting, "choose_input", fail)
    own_server.process.kill()
    wait_for(lambda: reader.input.state is State.WAITING)
    assert str(reader.input.error) == "vmic is used by another program"


def test_a_device_pulled_out_is_not_silently_replaced_by_another(reader, own_server, counting):
    """PulseAudio goes on with the monitor of another sink, which is silent, and says nothing."""
    with own_server.feed_microphone(counting) as player:
        wait_for(lambda: reader.sounds())
        own_server.unplug("vmic")
        player.terminate()  # the server moved it, too, to where the input was moved
    begun = time.monotonic()
    wait_for(lambda: reader.input.state is State.WAITING)
    assert time.monotonic() - begun < lasting.ZERO_SECONDS + lasting.ASK_SECONDS + 1.0
    own_server.plug_in("vmic")
    wait_for(lambda: reader.input.state is State.LISTENING)
    with own_server.feed_microphone(counting) as player:
        wait_for(lambda: reader.sounds())
        player.terminate()
    reader.stop()
    assert len(reader.input.gaps) == 1
    assert reader.seconds() == pytest.approx(reader.ended - reader.begun, abs=0.2)


def test_the_last_device_pulled_out_is_noticed_at_once(reader, own_server):
    wait_for(lambda: reader.stretches)
    for sink in ("vspk", "vspk2", "vmic"):
        own_server.unplug(sink)
    begun = time.monotonic()
    wait_for(lambda: reader.input.state in {State.LOST, State.WAITING})
    assert time.monotonic() - begun < NOTICED_SECONDS
    own_server.plug_in("vmic")
    wait_for(lambda: reader.input.state is State.LISTENING)


def test_zeros_of_a_device_that_is_there_are_heard(reader):
    wait_for(lambda: reader.seconds() > lasting.ZERO_SECONDS + lasting.ASK_SECONDS + 0.5)
    assert reader.input.state is State.LISTENING
    assert not reader.audio().any()
    assert reader.input.gaps == ()


def test_a_freeze_is_noticed_where_only_zeros_came_before(reader, own_server):
    """When it is due to ask whether the device is still there, the question hangs."""
    wait_for(lambda: reader.seconds() > lasting.ZERO_SECONDS - 0.3)
    own_server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    wait_for(lambda: reader.input.state is State.FROZEN)
    assert time.monotonic() - begun < NOTICED_SECONDS
    assert reader.slowest < 0.5


def test_closing_a_frozen_input_takes_no_time(reader, own_server):
    wait_for(lambda: reader.stretches)
    own_server.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: reader.input.state is State.FROZEN)
    begun = time.monotonic()
    reader.stop()
    assert time.monotonic() - begun < 0.5
    wait_for(devices.hanging)


def test_an_input_found_after_it_was_closed_is_given_back(own_server, monkeypatch):
    opened, closed = [], []
    made = LastingInput("vmic")
    made.choose()
    made.start()
    release = threading.Event()

    class SlowStream:
        def __init__(self, input_):
            pass

        def open(self):
            opened.append(self)
            release.wait()

        def close(self):
            closed.append(self)

    monkeypatch.setattr(lasting, "InputStream", SlowStream)
    made._lose()
    wait_for(lambda: opened or made.read() is None)
    made.close()
    release.set()
    wait_for(lambda: closed == opened != [])


def test_a_device_that_is_missing_at_the_start_is_told(sound_server):
    with pytest.raises(DeviceError, match=r"cellar.*vmic"):
        LastingInput("cellar").choose()
