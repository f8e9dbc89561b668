"""From audio to curves: chunks equal one pass, times are honest, silence is a gap, formats agree."""

import numpy as np
import pytest
import soundfile
import soxr

from midlevel_app.analysis import (
    FILE_CHUNK_SECONDS,
    StreamAnalyser,
    analyse,
    analyse_stretch,
    check_describable,
    curve_parts,
)
from midlevel_app.audio.block import Block
from midlevel_app.audio.decode import open_audio
from midlevel_app.curves import join
from midlevel_app.errors import AudioFileError
from midlevel_app.frontend import spectrogram
from tests.app.audio_files import FORMATS, LOSSLESS, write_audio
from tests.tones import piano_like

RATE = 44100
LOSSLESS_TOLERANCE = 0.002
"""Largest difference on the scale 1 to 10 that 16-bit rounding makes."""
LOSSY_TOLERANCE = 0.4
"""Largest difference that a codec at its usual rate makes; a mean of a fifth of that."""


def blocks(audio, rate, size):
    for start in range(0, len(audio), size):
        yield Block(audio[start : start + size], rate, start)


def one_pass(audio, rate, model):
    """Values and spread from the whole spectrogram at once."""
    mono = audio.mean(axis=1)
    frontend = model.card.frontend
    if rate != frontend.rate:
        mono = soxr.ResampleStream(rate, frontend.rate, 1, dtype="float32").resample_chunk(mono, last=True)
    return model.rate(spectrogram(mono, frontend))


@pytest.fixture(scope="module")
def music():
    return piano_like(45.0, RATE)


@pytest.mark.parametrize("size", [4410, 44100, 1_000_003])
def test_chunked_analysis_equals_one_pass(music, tiny_model, size):
    curves = analyse(blocks(music, RATE, size), tiny_model)
    expected = one_pass(music, RATE, tiny_model).values
    lead = tiny_model.card.lead
    np.testing.assert_allclose(curves.values[lead : lead + len(expected)], expected, atol=1e-4)
    assert np.isnan(curves.values[:lead]).all()
    assert np.isnan(curves.values[lead + len(expected) :]).all()


@pytest.mark.parametrize(("rate", "chunk"), [(22050, 0.0), (22050, 7.3), (48000, 0.0)])
def test_chunk_length_does_not_change_the_values(tiny_model, rate, chunk):
    audio = piano_like(9.0, rate)
    analyser = StreamAnalyser(tiny_model, rate, chunk)
    curves = join([*(analyser.push(block) for block in blocks(audio, rate, 1000)), analyser.finish()])
    expected = one_pass(audio, rate, tiny_model).values
    lead = tiny_model.card.lead
    np.testing.assert_allclose(curves.values[lead : lead + len(expected)], expected, atol=1e-4)


@pytest.mark.parametrize(("size", "chunk"), [(441, 0.0), (1000, 7.3), (1_000_003, FILE_CHUNK_SECONDS)])
def test_spread_is_there_where_values_are(spread_model, size, chunk):
    audio = piano_like(16.0, 22050)
    audio[5 * 22050 : 10 * 22050] = 0
    analyser = StreamAnalyser(spread_model, 22050, chunk)
    curves = join([*(analyser.push(block) for block in blocks(audio, 22050, size)), analyser.finish()])
    np.testing.assert_array_equal(np.isnan(curves.spread), np.isnan(curves.values))
    expected = one_pass(audio, 22050, spread_model).spread
    inside = curves.spread[spread_model.card.lead :][: len(expected)]
    known = np.isfinite(inside)
    assert 0 < known.sum() < known.size
    np.testing.assert_allclose(inside[known], expected[known], atol=1e-4)


def test_no_spread_without_a_model_that_says_it(tiny_model):
    assert analyse(blocks(piano_like(4.0, 22050), 22050, 22050), tiny_model).spread is None


def test_live_values_come_as_soon_as_their_field_is_full(tiny_model):
    rate = tiny_model.card.frontend.rate
    analyser = StreamAnalyser(tiny_model, rate, 0.0)
    heard = 0
    delays = []
    for block in blocks(piano_like(6.0, rate), rate, 441):
        heard += len(block.samples)
        found = analyser.push(block)
        if len(found) and np.isfinite(found.values[-1]).any():
            delays.append(heard / rate - found.times[-1])
    assert len(delays) > 20
    assert max(delays) < tiny_model.card.field_seconds / 2 + tiny_model.card.step_seconds + 0.02


def test_parts_join_to_the_whole(music, tiny_model):
    parts = list(curve_parts(blocks(music, RATE, RATE), tiny_model))
    whole = analyse(blocks(music, RATE, RATE), tiny_model)
    assert len([part for part in parts if len(part)]) > 2
    np.testing.assert_array_equal(join(parts).values, whole.values)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 192_000])
@pytest.mark.parametrize("seconds", [4.0, 5.03])
def test_grid_goes_from_zero_to_the_end(tiny_model, rate, seconds):
    curves = analyse(blocks(piano_like(seconds, rate), rate, rate), tiny_model)
    step = tiny_model.card.step_seconds
    np.testing.assert_allclose(curves.times, np.arange(len(curves)) * step, atol=1e-9)
    assert curves.times[-1] <= seconds < curves.times[-1] + step


def test_times_of_thirty_minutes_end_at_thirty_minutes(tiny_model):
    rate, minutes = 8000, 30
    minute = np.random.default_rng(0).uniform(-0.1, 0.1, (60 * rate, 1)).astype(np.float32)
    stream = (Block(minute, rate, i * len(minute)) for i in range(minutes))
    curves = analyse(stream, tiny_model)
    assert curves.times[-1] == pytest.approx(60 * minutes, abs=1e-6)
    known = curves.times[np.isfinite(curves.values[:, 0])]
    half_field = tiny_model.card.field_seconds / 2
    assert known[-1] == pytest.approx(60 * minutes - half_field, abs=0.25)
    np.testing.assert_allclose(np.diff(curves.times), 0.1, atol=1e-9)


def test_time_is_the_centre_of_what_is_described(tiny_model):
    """A sound from 8 to 12 s, silence around it: the values that exist lie evenly around 10 s."""
    audio = np.zeros((20 * RATE, 1), dtype=np.float32)
    audio[8 * RATE : 12 * RATE] = np.random.default_rng(0).uniform(-0.3, 0.3, (4 * RATE, 1))
    curves = analyse(blocks(audio, RATE, RATE), tiny_model)
    known = curves.times[np.isfinite(curves.values[:, 0])]
    assert (known[0] + known[-1]) / 2 == pytest.approx(10.0, abs=tiny_model.card.step_seconds)
    assert known[-1] - known[0] < 4.0 + tiny_model.card.field_seconds


def test_silence_is_a_gap(tiny_model):
    audio = piano_like(30.0, 22050)
    audio[10 * 22050 : 20 * 22050] = 0
    curves = analyse(blocks(audio, 22050, 22050), tiny_model)
    middle = (curves.times > 12.0) & (curves.times < 18.0)
    assert np.isnan(curves.values[middle]).all()
    assert np.isfinite(curves.values[(curves.times > 3.0) & (curves.times < 8.0)]).all()


def test_all_channels_count_alike(tiny_model):
    stereo = piano_like(5.0, 22050)
    six = np.concatenate([stereo, stereo, stereo], axis=1)
    expected = analyse(blocks(stereo, 22050, 22050), tiny_model).values
    np.testing.assert_allclose(analyse(blocks(six, 22050, 22050), tiny_model).values, expected, atol=1e-3)


@pytest.fixture(scope="module")
def formats(tmp_path_factory):
    """Eight seconds of piano in a room's noise, in every format."""
    folder = tmp_path_factory.mktemp("curves")
    noise = 0.01 * np.random.default_rng(3).standard_normal((8 * RATE, 2))
    audio = (piano_like(8.0, RATE) + noise).astype(np.float32)
    return {name: write_audio(folder / name, audio, RATE) for name in FORMATS}


def curves_of(path, model):
    with open_audio(path) as reader:
        return analyse(reader.blocks(), model)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_curve(formats, tiny_model, name):
    expected = curves_of(formats["float.wav"], tiny_model)
    curves = curves_of(formats[name], tiny_model)
    assert len(curves) == len(expected)
    difference = np.abs(curves.values - expected.values)
    np.testing.assert_array_equal(np.isnan(curves.values), np.isnan(expected.values))
    tolerance = LOSSLESS_TOLERANCE if name in LOSSLESS else LOSSY_TOLERANCE
    assert np.nanmax(difference) < tolerance
    assert np.nanmean(difference) < tolerance / 4


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.2, 2.5])
def test_too_short(tiny_model, seconds):
    audio = piano_like(4.0, 22050)[: round(seconds * 22050)]
    with pytest.raises(AudioFileError, match=r"^etude\.wav is too short: .* one value describes 3\.0 s"):
        analyse(blocks(audio, 22050, 22050), tiny_model, "etude.wav")


def test_silent_throughout(tiny_model):
    audio = np.zeros((22050 * 5, 2), dtype=np.float32)
    with pytest.raises(AudioFileError, match=r"^etude\.wav is silent: in no .*check"):
        analyse(blocks(audio, 22050, 22050), tiny_model, "etude.wav")


def test_sentence_without_a_name(tiny_model):
    with pytest.raises(AudioFileError, match=r"^the recording is too short"):
        check_describable(join([]), tiny_model)


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
@pytest.mark.parametrize(("start", "stop"), [(0.0, 8.0), (13.37, 20.0), (30.0, 60.0)])
def test_a_stretch_lies_on_the_grid_of_the_whole_and_agrees_with_it(tmp_path, tiny_model, rate, start, stop):
    soundfile.write(tmp_path / "music.wav", piano_like(45.0, rate), rate, subtype="FLOAT")
    with open_audio(tmp_path / "music.wav") as reader:
        whole = analyse(reader.blocks(), tiny_model)
    with open_audio(tmp_path / "music.wav") as reader:
        part = analyse_stretch(reader, tiny_model, start, stop)
    first = round(part.times[0] / whole.step)
    np.testing.assert_allclose(part.times, whole.times[first : first + len(part)], atol=1e-9)
    np.testing.assert_allclose(part.values, whole.values[first : first + len(part)], atol=0.01)
    lead = tiny_model.card.field_seconds / 2
    known = part.times[np.isfinite(part.values[:, 0])]
    assert known[0] <= max(start, lead) + 2 * whole.step
    assert known[-1] >= min(stop, 45.0 - lead) - 2 * whole.step
