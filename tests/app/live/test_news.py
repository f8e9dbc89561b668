"""What is said of live listening, and when."""

from dataclasses import replace

import numpy as np

from midlevel_app.audio.lasting import State
from midlevel_app.curves import join
from midlevel_app.errors import DeviceError, ExportError
from midlevel_app.live.level import Level
from midlevel_app.live.news import News
from midlevel_app.live.state import Lag, Snapshot

QUIET = Level(np.zeros(1), np.zeros(1), np.zeros(1, dtype=bool))
LISTENING = Snapshot(
    state=State.LISTENING,
    device="vmic",
    error=None,
    seconds=10.0,
    curves=join([]),
    behind=np.empty(0),
    frames=np.empty((0, 160), dtype=np.float32),
    first_frame=0,
    level=QUIET,
    zero_seconds=0.0,
    lag=Lag(2.0, 0.03, 0.0),
    run_seconds=0.07,
    left_out_seconds=0.0,
    dropouts=0,
    gaps=(),
    rate=44100,
    seconds_left=None,
    cpu_share=0.1,
    written=(),
)


def test_the_input_comes_goes_and_comes():
    news = News()
    away = DeviceError("vmic went away")
    waiting = DeviceError("waiting for vmic")
    assert news.of(replace(LISTENING, state=State.OPENING)) == []
    assert news.of(LISTENING) == ["Listening to vmic at 44100 Hz"]
    assert news.of(LISTENING) == []
    assert news.of(replace(LISTENING, state=State.LOST, error=away)) == ["vmic went away"]
    assert news.of(replace(LISTENING, state=State.LOST, error=away)) == []
    assert news.of(replace(LISTENING, state=State.WAITING, error=waiting)) == ["waiting for vmic"]
    assert news.of(LISTENING) == ["vmic is heard again"]
    assert news.of(LISTENING) == []
    assert news.of(replace(LISTENING, state=State.WAITING, error=waiting)) == ["waiting for vmic"]
    assert news.of(replace(LISTENING, state=State.STOPPED)) == []


def test_what_is_lost_beside_a_take_is_said_once():
    news = News()
    news.of(LISTENING)
    wrong = replace(LISTENING, error=ExportError("the curves cannot be written"))
    assert news.of(wrong) == ["the curves cannot be written"]
    assert news.of(wrong) == []


def test_what_is_wrong_is_said_once_until_it_was_right():
    clipped = Level(np.ones(1), np.ones(1), np.ones(1, dtype=bool))
    for wrong, words in (
        (replace(LISTENING, zero_seconds=6.0), "not even noise"),
        (replace(LISTENING, level=clipped), "clips"),
        (replace(LISTENING, run_seconds=0.8), "every 0.8 s"),
        (replace(LISTENING, left_out_seconds=2.0), "no recorded audio is lost"),
        (replace(LISTENING, seconds_left=300.0), "room for 5:00 more"),
    ):
        news = News()
        news.of(LISTENING)
        (sentence,) = news.of(wrong)
        assert words in sentence
        assert news.of(wrong) == []
        assert news.of(LISTENING) == []
        assert news.of(wrong) == [sentence]
