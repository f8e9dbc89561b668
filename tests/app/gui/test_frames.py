"""The kept spectrogram: bytes of decibels, and columns that lose no loud frame."""

import numpy as np
import pytest

from midlevel_app.frontend import FrontEnd
from midlevel_app.gui.frames import FrameStore, quantised

FRONTEND = FrontEnd()


def test_bytes_keep_decibels_to_half_a_step():
    frames = np.random.default_rng(0).uniform(-90, 0, (20, FRONTEND.bands)).astype(np.float32)
    back = quantised(frames, FRONTEND) / 255 * 90 - 90
    assert np.abs(back - frames).max() <= 90 / 255 / 2 + 1e-4


def test_pieces_are_put_together():
    frames = np.random.default_rng(1).integers(0, 200, (5000, FRONTEND.bands)).astype(np.uint8)
    store = FrameStore(FRONTEND)
    for part in np.array_split(frames, 7):
        store.add(part)
    assert np.array_equal(store.frames(), frames)
    assert store.loudest == frames.max()


def test_columns_cover_the_time_asked_for_and_keep_the_loudest():
    frames = np.zeros((3000, FRONTEND.bands), dtype=np.uint8)
    frames[1234, 7] = 255
    store = FrameStore(FRONTEND)
    store.add(frames)
    columns, start, stop = store.columns(0.0, 100.0, 50)
    assert len(columns) == 50
    assert start == pytest.approx(-0.5 / FRONTEND.frame_rate)
    assert stop == pytest.approx(2999.5 / FRONTEND.frame_rate)
    loud = np.flatnonzero(columns[:, 7] == 255)
    assert len(loud) == 1
    width = (stop - start) / len(columns)
    assert start + loud[0] * width <= 1234 / FRONTEND.frame_rate <= start + (loud[0] + 1) * width


def test_close_up_each_frame_is_a_column_at_its_time():
    store = FrameStore(FRONTEND)
    store.add(np.arange(200, dtype=np.uint8).repeat(FRONTEND.bands).reshape(200, -1))
    columns, start, stop = store.columns(2.0, 3.0, 1000)
    assert (stop - start) * FRONTEND.frame_rate == pytest.approx(len(columns))
    first = round((start * FRONTEND.frame_rate) + 0.5)
    assert columns[0, 0] == first


def test_beyond_the_end_there_is_nothing():
    store = FrameStore(FRONTEND)
    assert len(store.columns(0.0, 10.0, 100)[0]) == 0
