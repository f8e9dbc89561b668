"""A live session: what is recorded, described and told, whatever the blocks, the machine and the device do."""

import json
import signal
import threading
import time

import numpy as np
import pytest
import soundfile

from midlevel_app import session as sessions
from midlevel_app.analysis import analyse
from midlevel_app.audio import devices
from midlevel_app.audio import take as takes
from midlevel_app.audio.decode import open_audio
from midlevel_app.audio.lasting import State
from midlevel_app.audio.takefiles import as_read, quantised
from midlevel_app.curves import join
from midlevel_app.errors import DeviceError, DiskFullError, ExportError
from midlevel_app.export import read_csv
from midlevel_app.formats import csv_text
from midlevel_app.live import recorder as recorders
from midlevel_app.live.session import LiveSession
from midlevel_app.live.state import LiveSettings
from midlevel_app.markers import Marker
from midlevel_app.model import Model, find_model
from tests.fed_input import FedInput
from tests.tones import piano_like
from tests.waiting import wait_for

RATE = 44100
TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def shipped():
    return Model(find_model())


def music(seconds, rate=RATE):
    samples = piano_like(seconds, rate, seed=3)
    samples[round(0.4 * len(samples)) : round(0.5 * len(samples))] = 0.0
    return samples


def blocks_of(samples, most, seed=0):
    random, place = np.random.default_rng(seed), 0
    while place < len(samples):
        size = int(random.integers(1, most + 1))
        yield samples[place : place + size]
        place += size


def fed(model, settings, samples, most=RATE // 2, patient=True):
    source = FedInput(blocks_of(samples, most), RATE, samples.shape[1])
    session = LiveSession(model, settings, source)
    if patient:
        source.session = session
    return session, source


def run(session, source):
    """Feed to the end; return all pulls."""
    pulls = []
    wait_for(lambda: pulls.append(session.snapshot()) or source.finished, 60.0)
    assert session.close(30.0)
    return [*pulls, session.snapshot()]


def offline(path, model):
    with open_audio(path) as reader:
        return analyse(reader.blocks(), model)


def same(one, other):
    np.testing.assert_allclose(one.times, other.times, atol=1e-6)
    np.testing.assert_allclose(one.values, other.values, atol=TOLERANCE)


class SlowModel:
    """A model on a machine that takes so many seconds for each run and each value."""

    def __init__(self, model, a_run, a_value):
        self._model, self._a_run, self._a_value = model, a_run, a_value
        self.card, self.has_spread, self.sha256 = model.card, model.has_spread, model.sha256

    def rate(self, frames):
        time.sleep(self._a_run + self._a_value * self.card.count(len(frames)))
        return self._model.rate(frames)


# What is recorded and described


@pytest.mark.parametrize("most", [400, 20000, 90000])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_the_live_curve_is_that_of_the_take(tmp_path, shipped, monkeypatch, most, kind):
    monkeypatch.setattr("midlevel_app.live.session.TICK_SECONDS", 0.001)
    samples = music(8.0 if most < 1000 else 20.0) * 1.9  # near full scale
    take, csv = tmp_path / f"take.{kind}", tmp_path / "take.csv"
    pulls = run(*fed(shipped, LiveSettings(take=take, csv=csv), samples, most))
    last = pulls[-1]
    assert last.state is State.STOPPED
    assert last.error is None
    assert last.written == (take, csv, tmp_path / "take.csv.json")
    assert sorted(tmp_path.iterdir()) == sorted(last.written)
    with open_audio(take) as reader:
        assert (np.concatenate([block.samples for block in reader.blocks()]) == as_read(quantised(samples))).all()
    live = join([pull.curves for pull in pulls])
    same(live, offline(take, shipped))
    assert csv.read_text(encoding="utf-8") == csv_text(live)
    assert last.seconds == len(samples) / RATE
    assert (last.left_out_seconds, last.dropouts) == (0.0, 0)


def test_the_sidecar_tells_where_the_curves_come_from(tmp_path, tiny_model):
    settings = LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "curves.csv", gain_db=6.0)
    run(*fed(tiny_model, settings, music(5.0)))
    origin = json.loads((tmp_path / "curves.csv.json").read_text(encoding="utf-8"))
    assert origin["audio"]["file"] == "take.wav"
    assert origin["audio"]["duration_seconds"] == 5.0
    assert origin["audio"]["sample_rate"] == RATE
    assert origin["audio"]["live"] == {
        "device": "fed",
        "analysis_gain_db": 6.0,
        "dropouts": 0,
        "away_seconds": [],
        "not_analysed_seconds": 0.0,
    }
    assert origin["model"]["rating_kind"] == "computed"
    assert origin["curves"]["values"] == len(read_csv(tmp_path / "curves.csv"))


def test_curves_alone(tmp_path, tiny_model):
    last = run(*fed(tiny_model, LiveSettings(csv=tmp_path / "curves.csv"), music(5.0)))[-1]
    assert last.written == (tmp_path / "curves.csv", tmp_path / "curves.csv.json")
    assert last.seconds_left is None
    audio = json.loads((tmp_path / "curves.csv.json").read_text(encoding="utf-8"))["audio"]
    assert (audio["file"], audio["sha256"], audio["duration_seconds"]) == (None, None, 5.0)


def test_gain_is_of_the_analysis_and_never_of_the_take(tmp_path, shipped):
    samples = music(9.0) / 50
    settings = LiveSettings(take=tmp_path / "take.wav", gain_db=20.0)
    live = join([pull.curves for pull in run(*fed(shipped, settings, samples))])
    recorded, _ = soundfile.read(tmp_path / "take.wav", dtype="float32")
    assert (recorded == as_read(quantised(samples))).all()
    soundfile.write(tmp_path / "louder.wav", recorded * 10, RATE, subtype="FLOAT")
    same(live, offline(tmp_path / "louder.wav", shipped))


def test_it_stops_to_the_sample(tmp_path, tiny_model):
    settings = LiveSettings(take=tmp_path / "take.wav", seconds=1.2345)
    session, _ = fed(tiny_model, settings, music(9.0), most=5000)
    wait_for(lambda: session.snapshot().state is State.STOPPED)
    assert soundfile.info(tmp_path / "take.wav").frames == round(1.2345 * RATE)
    assert session.snapshot().seconds == pytest.approx(1.2345, abs=1 / RATE)


def test_markers_are_kept_at_once_and_found_with_the_take(tmp_path, tiny_model):
    samples = music(6.0)
    session, source = fed(tiny_model, LiveSettings(take=tmp_path / "take.wav"), samples, most=3000)
    wait_for(lambda: session.snapshot().seconds > 1.0)
    before = session.snapshot().seconds
    session.mark("the repeat")
    wait_for((tmp_path / "take.midlevel").exists)
    last = run(session, source)[-1]
    assert last.written == (tmp_path / "take.wav", tmp_path / "take.midlevel")
    kept = sessions.load(tmp_path / "take.midlevel")
    assert kept.audio == tmp_path / "take.wav"
    assert kept.duration == 6.0
    (marker,) = kept.markers
    assert marker.text == "the repeat"
    assert before <= marker.seconds < before + 1.0


# What is told


def test_pulls_add_up(tiny_model):
    samples = music(12.0)
    samples[:, 1] = 0.0
    samples[5000, 0] = 1.0
    pulls = run(*fed(tiny_model, LiveSettings(), samples, most=4000))
    live = join([pull.curves for pull in pulls])
    np.testing.assert_array_equal(live.times, tiny_model.card.times(np.arange(len(live))))
    behind = np.concatenate([pull.behind for pull in pulls])
    assert len(behind) == len(live)
    assert (behind[np.isfinite(behind)] >= 0).all()
    frames = np.concatenate([pull.frames for pull in pulls])
    assert len(frames) == 1 + 12 * 30
    follows = np.cumsum([0, *(len(pull.frames) for pull in pulls)])
    assert [pull.first_frame for pull in pulls] == follows[:-1].tolist()
    peaks = [pull.level.peak for pull in pulls if len(pull.level.peak) == 2]
    assert np.max(peaks, axis=0) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert pulls[-1].level.clipped.tolist() == [True, False]


def test_an_exactly_silent_input_is_told(tiny_model):
    session, source = fed(tiny_model, LiveSettings(), np.zeros((4 * RATE, 2), dtype=np.float32))
    assert run(session, source)[-1].zero_seconds == 4.0


def test_spectra_that_nobody_pulls_do_not_pile_up(tiny_model, monkeypatch):
    monkeypatch.setattr("midlevel_app.live.session.FRAMES_SECONDS", 2.0)
    session, source = fed(tiny_model, LiveSettings(), music(12.0), most=4000)
    wait_for(lambda: source.finished)
    assert session.close()
    pull = session.snapshot()
    assert 60 <= len(pull.frames) < 250  # and what one run of the network brought
    assert pull.first_frame + len(pull.frames) == 1 + 12 * 30


# Falling behind


def in_real_time(samples, begun):
    place = 0
    while place < len(samples):
        now = int((time.monotonic() - begun) * RATE)
        yield samples[place:now]
        place = max(place, now)


def test_a_slow_machine_analyses_rarer_and_nothing_is_lost(tmp_path, tiny_model):
    """A run takes 0.2 s; one for each tenth of a second, as values fall due, would be too many."""
    slow = SlowModel(tiny_model, 0.2, 0.0)
    samples = music(8.0)
    source = FedInput(in_real_time(samples, time.monotonic()), RATE, 2)
    session = LiveSession(slow, LiveSettings(take=tmp_path / "take.wav"), source)
    pulls = run(session, source)
    same(join([pull.curves for pull in pulls]), offline(tmp_path / "take.wav", tiny_model))
    before = pulls[-2]
    assert 0.3 < before.run_seconds < 0.7
    assert before.left_out_seconds == 0.0
    assert 0.2 < before.lag.behind < 1.0


def test_a_machine_too_slow_leaves_out_analysis_and_never_recording(tmp_path, tiny_model, monkeypatch):
    monkeypatch.setattr("midlevel_app.live.backlog.WAITING_SECONDS", 5.0)
    slow = SlowModel(tiny_model, 0.0, 0.02)  # a value takes 20 ms, and there are many times as many
    samples = music(120.0)
    settings = LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv")
    session, source = fed(slow, settings, samples, patient=False)
    pulls = run(session, source)
    recorded, _ = soundfile.read(tmp_path / "take.wav", dtype="float32")
    assert (recorded == as_read(quantised(samples))).all()
    live, whole = join([pull.curves for pull in pulls]), offline(tmp_path / "take.wav", tiny_model)
    np.testing.assert_allclose(live.times, whole.times, atol=1e-6)
    there = np.isfinite(live.values[:, 0])
    assert 0.02 < there.mean() < 0.9
    np.testing.assert_allclose(live.values[there], whole.values[there], atol=TOLERANCE)
    assert pulls[-1].left_out_seconds > 20.0
    assert pulls[-1].dropouts == 0
    told = json.loads((tmp_path / "take.csv.json").read_text(encoding="utf-8"))["audio"]["live"]
    assert told["not_analysed_seconds"] == pytest.approx(pulls[-1].left_out_seconds)


def test_a_disk_that_does_not_keep_up_ends_the_take(tmp_path, tiny_model, monkeypatch):
    monkeypatch.setattr(recorders, "MOST_WAITING_SECONDS", 2.0)
    write, going_on = takes.Take.write, threading.Event()

    def slow_write(self, samples):
        going_on.wait(10.0)
        write(self, samples)

    monkeypatch.setattr(takes.Take, "write", slow_write)
    session, _ = fed(tiny_model, LiveSettings(take=tmp_path / "take.wav"), music(20.0))
    wait_for(lambda: session.snapshot().state is State.FINISHING)
    assert "takes too long" in str(session.snapshot().error)
    going_on.set()
    assert session.close()
    assert soundfile.info(tmp_path / "take.wav").duration > 2.0, "what was accepted is written"


def test_a_take_goes_on_although_its_curves_cannot_be_written(tmp_path, tiny_model, monkeypatch):
    def fail(self, text):
        raise ExportError("the curves cannot be written")

    settings = LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv")
    session, source = fed(tiny_model, settings, music(20.0), most=20000)
    wait_for(lambda: session.snapshot().seconds > 0.0)  # what the table begins with is written
    monkeypatch.setattr(recorders.Recorder, "_write_csv", fail)
    pulls = run(session, source)
    listening = [pull for pull in pulls if pull.state is State.LISTENING and pull.error is not None]
    assert "the curves cannot be written" in str(listening[0].error)
    assert "the curves cannot be written" in str(pulls[-1].error)
    assert soundfile.info(tmp_path / "take.wav").frames == round(20.0 * RATE)


def test_a_take_of_nothing_leaves_nothing(tmp_path, tiny_model):
    settings = LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv")
    session, source = fed(tiny_model, settings, music(1.0)[:0])
    last = run(session, source)[-1]
    assert (last.written, last.error) == ((), None)
    assert list(tmp_path.iterdir()) == []


# One session after another


def test_sessions_of_one_input_lose_nothing_between_them(tmp_path, tiny_model):
    samples = music(5.0)[:, :1]
    first, source = fed(tiny_model, LiveSettings(), samples, most=RATE // 100, patient=False)
    wait_for(lambda: first.snapshot().seconds > 0.5)
    second = LiveSession(tiny_model, LiveSettings(take=tmp_path / "second.wav"), after=first)
    wait_for(lambda: second.snapshot().seconds > 0.5)
    third = LiveSession(tiny_model, LiveSettings(take=tmp_path / "third.wav"), after=second)
    wait_for(lambda: source.finished)
    assert third.close()
    assert [session.close() for session in (first, second)] == [True, True]
    start = round(first.snapshot().seconds * RATE)
    made = (tmp_path / "second.wav", tmp_path / "third.wav")
    kept = np.concatenate([soundfile.read(take, dtype="float32")[0] for take in made])
    assert (kept == as_read(quantised(samples))[start:, 0]).all()


def test_a_session_that_is_stopped_before_it_begins_hands_its_input_on(tmp_path, tiny_model):
    first, source = fed(tiny_model, LiveSettings(), music(5.0), most=RATE // 100, patient=False)
    wait_for(lambda: first.snapshot().seconds > 0.2)
    last = first
    for _ in range(5):
        last = LiveSession(tiny_model, LiveSettings(), after=last)
    wait_for(lambda: last.snapshot().seconds > 0.2)
    assert last.snapshot().dropouts == 0
    wait_for(lambda: source.finished)
    assert last.close()


# While things are opened


def test_it_listens_once_everything_is_open(tiny_model, monkeypatch):
    making, going_on, make = threading.Event(), threading.Event(), recorders.Recorder

    def slowly(*arguments):
        making.set()
        going_on.wait(10.0)
        return make(*arguments)

    monkeypatch.setattr("midlevel_app.live.session.Recorder", slowly)
    session, _ = fed(tiny_model, LiveSettings(), music(9.0))
    assert making.wait(10.0)
    assert (session.snapshot().state, session.snapshot().rate) == (State.OPENING, 0)
    going_on.set()
    wait_for(lambda: session.snapshot().state is State.LISTENING)
    assert session.snapshot().rate == RATE
    assert session.close()


# What cannot be done


def test_what_exists_is_not_replaced(tmp_path, tiny_model):
    for name in ("take.wav", "take.csv", "take.csv.json", "take.midlevel"):
        (tmp_path / name).write_text("kept")
        session, _ = fed(tiny_model, LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv"), music(1.0))
        wait_for(lambda session=session: session.snapshot().state is State.STOPPED)
        assert isinstance(session.snapshot().error, ExportError)
        assert [path.read_text() for path in tmp_path.iterdir()] == ["kept"]
        (tmp_path / name).unlink()


def test_a_full_disk_stops_cleanly(tmp_path, tiny_model, monkeypatch):
    settings = LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv")
    session, _ = fed(tiny_model, settings, music(20.0), most=20000)
    wait_for(lambda: session.snapshot().seconds > 4.0)
    monkeypatch.setattr(takes, "_SPARE_BYTES", 1 << 60)
    wait_for(lambda: session.snapshot().state is State.FULL)
    last = session.snapshot()
    assert isinstance(last.error, DiskFullError)
    assert last.written == (tmp_path / "take.wav", tmp_path / "take.csv", tmp_path / "take.csv.json")
    assert soundfile.info(tmp_path / "take.wav").duration > 3.5


# On a sound server


def test_a_disk_without_room_is_told_before_the_take(tmp_path, tiny_model, monkeypatch):
    monkeypatch.setattr(takes, "_SPARE_BYTES", 1 << 60)
    session, _ = fed(tiny_model, LiveSettings(take=tmp_path / "take.wav", csv=tmp_path / "take.csv"), music(1.0))
    wait_for(lambda: session.snapshot().state is State.FULL)
    assert "has no room for a take" in str(session.snapshot().error)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_device_is_told(sound_server, tiny_model):
    session = LiveSession(tiny_model, LiveSettings(device="cellar"))
    wait_for(lambda: session.snapshot().state is State.STOPPED)
    assert session.snapshot().device == "cellar"
    assert isinstance(session.snapshot().error, DeviceError)


def test_what_is_played_is_recorded_and_described(sound_server, shipped, tmp_path):
    samples = quantised(music(12.0))
    soundfile.write(tmp_path / "played.wav", samples << 8, RATE, subtype="PCM_24")
    take = tmp_path / "take.flac"
    session = LiveSession(shipped, LiveSettings(device="vmic", take=take))
    pulls = []
    wait_for(lambda: pulls.append(session.snapshot()) or pulls[-1].seconds > 0.1)
    with sound_server.feed_microphone(tmp_path / "played.wav") as player:
        wait_for(lambda: pulls.append(session.snapshot()) or player.poll() is not None, 30.0)
    assert pulls[-1].state is State.LISTENING
    assert pulls[-1].cpu_share < 0.5
    lag = pulls[-1].lag
    assert lag.field == pytest.approx(shipped.card.field_seconds / 2)
    assert 0.0 < lag.behind < 1.0
    assert lag.total == pytest.approx(lag.field + lag.behind + lag.device)
    session.stop()
    wait_for(lambda: pulls.append(session.snapshot()) or pulls[-1].state is State.STOPPED)
    assert (pulls[-1].dropouts, pulls[-1].left_out_seconds) == (0, 0.0)
    live, whole = join([pull.curves for pull in pulls]), offline(take, shipped)
    assert np.isfinite(live.values[:, 0]).sum() > 100
    with open_audio(take) as reader:
        heard = np.concatenate([block.samples for block in reader.blocks()])
    begin = int(np.flatnonzero(heard.any(axis=1))[0]) - int(np.flatnonzero(samples.any(axis=1))[0])
    assert (heard[begin : begin + len(samples)] == as_read(samples)).all()
    same(live, whole)


def test_one_take_follows_another(sound_server, tiny_model, tmp_path):
    for number in range(8):
        session = LiveSession(tiny_model, LiveSettings(device="vmic", take=tmp_path / f"{number}.wav", seconds=0.3))
        wait_for(lambda session=session: session.snapshot().state is State.STOPPED)
        assert session.snapshot().error is None
        assert soundfile.info(tmp_path / f"{number}.wav").frames == round(0.3 * RATE)
        assert not devices.hanging()


def test_takes_go_on_where_the_last_one_ended(sound_server, tiny_model, tmp_path):
    samples = quantised(music(6.0))
    soundfile.write(tmp_path / "played.wav", samples << 8, RATE, subtype="PCM_24")
    last = LiveSession(tiny_model, LiveSettings(device="vmic"))
    wait_for(lambda: last.snapshot().seconds > 0.1)
    takes_made = [tmp_path / f"{number}.wav" for number in range(4)]
    with sound_server.feed_microphone(tmp_path / "played.wav") as player:
        for take in takes_made:
            last = LiveSession(tiny_model, LiveSettings(device="vmic", take=take), after=last)
            wait_for(lambda last=last: last.snapshot().seconds > 1.2)
        player.wait()
    assert last.close()
    wait_for(lambda: all(take.exists() for take in takes_made))
    heard = np.concatenate([soundfile.read(take, dtype="float32", always_2d=True)[0] for take in takes_made])
    begin = int(np.flatnonzero(heard.any(axis=1))[0])
    played = as_read(samples)
    played = played[int(np.flatnonzero(played.any(axis=1))[0]) :]
    whole = heard[begin : begin + len(played)]
    assert len(whole) > 4.0 * RATE
    assert (whole == played[: len(whole)]).all()


def test_listening_may_overlap(sound_server, tiny_model):
    """The next session opens the device, and looks for devices anew, while the last one gives it back."""
    begun = []
    for _ in range(10):
        begun.append(LiveSession(tiny_model, LiveSettings(device="vmic")))
        begun.append(LiveSession(tiny_model, LiveSettings(device="vmic")))
        wait_for(lambda: all(session.snapshot().seconds > 0.1 for session in begun[-2:]))
        for session in begun[-2:]:
            session.stop()
    assert all(session.close() for session in begun)
    assert [session.snapshot().error for session in begun] == [None] * len(begun)


def test_a_take_goes_on_after_the_device_was_away(own_server, tiny_model, tmp_path):
    session = LiveSession(tiny_model, LiveSettings(device="vmic", take=tmp_path / "take.wav"))
    wait_for(lambda: session.snapshot().seconds > 1.0)
    for sink in ("vspk", "vspk2", "vmic"):
        own_server.unplug(sink)
    wait_for(lambda: session.snapshot().state is State.WAITING)
    assert "Waiting for the sound input vmic" in str(session.snapshot().error)
    own_server.plug_in("vmic")
    wait_for(lambda: session.snapshot().state is State.LISTENING)
    after = session.snapshot().seconds
    wait_for(lambda: session.snapshot().seconds > after + 0.5)
    assert session.close()
    last = session.snapshot()
    assert last.dropouts == 1
    (gap,) = last.gaps
    (marker,) = sessions.load(tmp_path / "take.midlevel").markers
    assert marker == Marker(gap.first / RATE, f"input away for {gap.count / RATE:.1f} s")
    assert soundfile.info(tmp_path / "take.wav").frames == round(last.seconds * RATE)


def test_a_frozen_server_holds_up_nothing(own_server, tiny_model, tmp_path):
    session = LiveSession(tiny_model, LiveSettings(device="vmic", take=tmp_path / "take.wav"))
    wait_for(lambda: session.snapshot().seconds > 1.0)
    own_server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    wait_for(lambda: session.snapshot().state is State.FROZEN)
    assert time.monotonic() - begun < 2.0
    begun = time.monotonic()
    assert session.close()
    assert time.monotonic() - begun < 1.0
    assert session.snapshot().written == (tmp_path / "take.wav",)
    assert soundfile.info(tmp_path / "take.wav").duration > 0.9
