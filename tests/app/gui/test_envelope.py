"""The waveform's envelope: the same in any blocks, complete, and drawn without losing peaks."""

import numpy as np
import pytest

from midlevel_app.audio.block import Block
from midlevel_app.gui.envelope import BINS_PER_SECOND, Envelope, EnvelopeStream, joined


def envelope_of(samples, rate, size):
    stream = EnvelopeStream(rate)
    starts = range(0, len(samples), size)
    parts = [stream.push(Block(samples[start : start + size], rate, start)) for start in starts]
    return joined([*parts, stream.finish()])


@pytest.mark.parametrize("rate", [1000, 8000, 22050, 44100])
def test_blocks_do_not_change_it(rate):
    samples = np.random.default_rng(2).uniform(-1, 1, (round(1.2345 * rate), 2)).astype(np.float32)
    whole = envelope_of(samples, rate, len(samples))
    assert len(whole.low) == np.ceil(len(samples) * BINS_PER_SECOND / rate)
    for size in (1, 77, 1000):
        parts = envelope_of(samples[: 3 * rate // 4], rate, size)
        wanted = envelope_of(samples[: 3 * rate // 4], rate, len(samples))
        assert np.array_equal(parts.low, wanted.low)
        assert np.array_equal(parts.high, wanted.high)


def test_bins_hold_the_extremes_of_their_samples():
    samples = np.random.default_rng(3).uniform(-1, 1, (44100, 2)).astype(np.float32)
    found = envelope_of(samples, 44100, 5000)
    edges = np.ceil(np.arange(BINS_PER_SECOND + 1) * 44100 / BINS_PER_SECOND).astype(int)
    for k in range(BINS_PER_SECOND):
        inside = samples[edges[k] : edges[k + 1]]
        assert found.low[k] == inside.min()
        assert found.high[k] == inside.max()


def test_columns_lose_no_peak_and_lie_in_time():
    samples = np.zeros((10 * 8000, 1), dtype=np.float32)
    samples[30000] = 0.9
    samples[50000] = -0.7
    envelope = Envelope()
    part = envelope_of(samples, 8000, 8000)
    envelope.add(part)
    assert envelope.seconds == pytest.approx(10.0)
    assert envelope.peak == pytest.approx(0.9)
    for most in (7, 100, 964, 5000):
        columns = envelope.columns(0.0, 10.0, most)
        assert len(columns.times) == min(most, 2000)
        assert columns.high.max() == np.float32(0.9)
        assert columns.low.min() == np.float32(-0.7)
        width = 10.0 / len(columns.times)
        assert columns.times[np.argmax(columns.high)] == pytest.approx(30000 / 8000, abs=width)
        assert columns.times[np.argmin(columns.low)] == pytest.approx(50000 / 8000, abs=width)
    part_view = envelope.columns(3.0, 4.0, 964)
    assert part_view.times[0] >= 3.0 - 1 / BINS_PER_SECOND
    assert part_view.times[-1] <= 4.0 + 1 / BINS_PER_SECOND


def test_nothing_gives_nothing():
    assert len(Envelope().columns(0.0, 10.0, 100).times) == 0
    assert len(EnvelopeStream(8000).finish().low) == 0


def test_it_grows_piece_by_piece():
    samples = np.random.default_rng(4).uniform(-1, 1, (200 * 1000, 1)).astype(np.float32)
    stream, grown, whole = EnvelopeStream(1000), Envelope(), Envelope()
    for start in range(0, len(samples), 1000):
        grown.add(stream.push(Block(samples[start : start + 1000], 1000, start)))
    grown.add(stream.finish())
    whole.add(envelope_of(samples, 1000, len(samples)))
    assert grown.seconds == whole.seconds == 200.0
    assert np.array_equal(grown.columns(0, 200, 500).low, whole.columns(0, 200, 500).low)
