"""The microphone: inputs by name, what the callback keeps and counts, and calls that are not in each other's way."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from midlevel_app.audio import devices
from midlevel_app.audio.devices import Device
from midlevel_app.audio.listing import names_now
from midlevel_app.audio.microphone import InputStream, choose_input
from midlevel_app.errors import DeviceError
from tests.waiting import wait_for

RATE = 44100
MOMENT = SimpleNamespace(currentTime=5.08, inputBufferAdcTime=5.0)


def status(overflow=False):
    return SimpleNamespace(input_overflow=overflow)


def call(stream, samples, overflow=False):
    stream.callback(samples, len(samples), MOMENT, status(overflow))


def test_the_callback_keeps_every_sample_in_order():
    random = np.random.default_rng(3)
    stream = InputStream(Device("test", 100, 2))  # its ring holds 2000 frames, and is gone round many times
    given, got = [], []
    for _ in range(200):
        for _ in range(random.integers(0, 5)):
            given.append(random.uniform(-1, 1, (random.integers(1, 400), 2)).astype(np.float32))
            call(stream, given[-1])
        got += stream.take()
    assert [len(heard.samples) for heard in got] == [len(samples) for samples in given]
    assert (np.concatenate([heard.samples for heard in got]) == np.concatenate(given)).all()
    assert not any(heard.overflow for heard in got)
    assert stream.lag == pytest.approx(0.08)


def test_what_was_taken_stays_when_the_ring_goes_round():
    stream = InputStream(Device("test", 100, 1))
    call(stream, np.full((1500, 1), 0.25, dtype=np.float32))
    (first,) = stream.take()
    for _ in range(4):
        call(stream, np.ones((1500, 1), dtype=np.float32))
        stream.take()
    assert (first.samples == 0.25).all()


def test_missing_audio_is_marked_where_it_is_missing():
    stream = InputStream(Device("test", 100, 1))
    block = np.ones((900, 1), dtype=np.float32)
    call(stream, block)
    call(stream, block, overflow=True)
    call(stream, block)  # no room
    assert [heard.overflow for heard in stream.take()] == [False, True]
    call(stream, block)
    call(stream, block)
    assert [heard.overflow for heard in stream.take()] == [True, False]


def test_inputs_are_named_once(sound_server):
    names = devices.device_names("input")
    assert {"default", "vmic"} <= set(names)
    assert len(names) == len(set(names))


def test_an_input_is_chosen_by_name_at_its_own_rate(sound_server):
    chosen = choose_input("vmic")
    assert (chosen.name, chosen.rate, chosen.channels) == ("vmic", RATE, 2)
    assert devices.sound_library().query_devices(chosen.device)["name"] == "vmic"
    assert choose_input().device is None
    assert choose_input("vmic", Device("vmic", 22050, 1)) == Device("vmic", 22050, 1, chosen.device)


def test_a_missing_input_is_told_with_the_choices(sound_server):
    with pytest.raises(DeviceError, match=r"no sound input called cellar.*vmic"):
        choose_input("cellar")


def test_a_device_that_came_back_otherwise_is_told(sound_server):
    with pytest.raises(DeviceError, match="does not take 44100 samples a second in 99 channels any more"):
        choose_input("vmic", Device("vmic", RATE, 99))


def test_an_open_input_hears_what_is_fed_to_it(sound_server, tmp_path):
    ramp = (np.arange(1, 3 * RATE) / (4 * RATE)).astype(np.float32)
    soundfile.write(tmp_path / "ramp.wav", np.stack([ramp, ramp], axis=1), RATE, subtype="FLOAT")
    stream = InputStream(choose_input("vmic"))
    stream.open()
    assert not stream.ended
    heard = []
    with sound_server.feed_microphone(tmp_path / "ramp.wav"):
        wait_for(lambda: heard.extend(stream.take()) or (heard and heard[-1].samples[-1, 0] > 0.5))
    stream.close()
    assert stream.ended
    sound = np.concatenate([one.samples for one in heard])[:, 0]
    sound = np.round(sound[sound > 0] * 4 * RATE)
    assert sound[0] == 1
    assert (np.diff(sound) == 1).all()
    moments = np.array([one.moment for one in heard])
    assert (np.diff(moments) >= 0).all()


def test_nothing_is_rescanned_under_an_open_stream(sound_server):
    stream = InputStream(choose_input("vmic"))
    stream.open()
    wait_for(stream.take)
    assert devices.rescan() is False
    assert "vmic" in names_now("input")
    wait_for(stream.take)
    stream.close()
    assert devices.rescan() is True


def test_devices_that_went_away_are_not_listed_after_looking_anew(own_server):
    own_server.process.kill()
    own_server.process.wait()
    assert names_now("input") == []
    devices.rescan()
    with pytest.raises(DeviceError, match="no sound input: connect one and start again"):
        choose_input()


def is_there(opened):
    return devices.is_there("input", opened.device, opened.rate, opened.channels)


def test_an_input_that_is_gone_is_known(own_server):
    chosen = choose_input("vmic")
    stream = InputStream(chosen)
    stream.open()
    wait_for(stream.take)
    assert is_there(chosen)
    own_server.unplug("vmic")
    assert not is_there(chosen)
    own_server.plug_in("vmic")
    assert is_there(chosen)
    stream.close()


def test_inputs_that_come_and_go_are_named_while_another_is_heard(own_server):
    stream = InputStream(choose_input("vmic"))
    stream.open()
    wait_for(stream.take)
    own_server.process.kill()
    own_server.process.wait()
    assert names_now("input") == []
    assert "vmic" in devices.device_names("input")  # PortAudio has not looked
    stream.close()


def test_a_sound_system_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("midlevel_app.audio.listing.CALL_LIMIT_SECONDS", 0.001)
    with pytest.raises(DeviceError, match="does not answer"):
        names_now("input")
