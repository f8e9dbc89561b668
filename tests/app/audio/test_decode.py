"""Decoding: every format gives the same audio at the same times, in blocks, from any place."""

import os
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from midlevel_app.audio.decode import open_audio
from midlevel_app.errors import AudioFileError
from tests.app.audio_files import FORMATS, LOSSLESS, encode, write_audio
from tests.tones import piano_like

RATE = 44100
SECONDS = 4.0


@pytest.fixture(scope="module")
def music():
    """Four seconds of stereo, every instant different."""
    noise = np.random.default_rng(3).standard_normal((round(SECONDS * RATE), 2))
    return (piano_like(SECONDS, RATE) + 0.01 * noise).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory, music):
    folder = tmp_path_factory.mktemp("formats")
    return {name: write_audio(folder / name, music, RATE) for name in (*FORMATS, "x.aac", "x.wma")}


def decode(path, seconds=1.0, start=None):
    """Return the audio from ``start`` on, as one array; checks that the blocks follow each other."""
    with open_audio(path) as reader:
        if start is not None:
            reader.seek(start)
        position = round((start or 0.0) * reader.rate)
        parts = [np.empty((0, reader.channels), dtype=np.float32)]
        for block in reader.blocks(seconds):
            assert (block.first_sample, block.rate) == (position, reader.rate)
            assert block.samples.dtype == np.float32
            position += len(block.samples)
            parts.append(block.samples)
        return np.concatenate(parts)


def lag(audio, original, rate):
    """Seconds by which ``audio`` comes later, by cross-correlation."""
    length = 2 * max(len(audio), len(original))
    spectrum = np.fft.rfft(audio, length) * np.conj(np.fft.rfft(original, length))
    best = int(np.argmax(np.fft.irfft(spectrum, length)))
    return (best if best < length / 2 else best - length) / rate


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_the_samples_back(files, music, name):
    audio = decode(files[name])
    assert audio.shape == music.shape
    np.testing.assert_allclose(audio, music, atol=1.0 / 32768)


@pytest.mark.parametrize("name", FORMATS)
def test_formats_agree_in_time_and_length(files, music, name):
    with open_audio(files[name]) as reader:
        rate = reader.rate
    audio = decode(files[name])
    original = soxr.resample(music, RATE, rate)
    assert len(audio) / rate == pytest.approx(SECONDS, abs=0.02)
    assert abs(lag(audio[:, 0], original[:, 0], rate)) < 0.002
    assert np.sqrt(np.mean(audio**2)) == pytest.approx(np.sqrt(np.mean(original**2)), rel=0.1)


@pytest.mark.parametrize("name", ["x.aac", "x.wma"])
def test_formats_without_an_exact_start_are_off_by_less_than_50_ms(files, music, name):
    assert abs(lag(decode(files[name])[:, 0], music[:, 0], RATE)) < 0.05


@pytest.mark.parametrize("name", FORMATS)
def test_duration_is_declared(files, name):
    with open_audio(files[name]) as reader:
        assert reader.duration == pytest.approx(SECONDS, abs=0.01)
        assert reader.channels == 2
        assert reader.path == files[name]


def test_reader_names_its_decoder(files):
    with open_audio(files["x.flac"]) as reader:
        assert reader.decoder == f"libsndfile {soundfile.__libsndfile_version__}"
    with open_audio(files["x.m4a"]) as reader:
        assert reader.decoder.startswith("PyAV ")


@pytest.mark.parametrize("name", ["x.flac", "x.ogg", "x.mp3", "x.m4a"])
def test_block_size_does_not_change_the_audio(files, name):
    whole = decode(files[name], 100.0)
    for seconds in (0.013, 0.5, 1.0):
        np.testing.assert_array_equal(decode(files[name], seconds), whole)


@pytest.mark.parametrize("name", [*FORMATS, "x.aac", "x.wma"])
@pytest.mark.parametrize("start", [0.0, 0.1, 1.7, 3.25])
def test_seek_continues_at_the_place(files, name, start):
    whole = decode(files[name])
    with open_audio(files[name]) as reader:
        rate = reader.rate
    audio = decode(files[name], start=start)
    expected = whole[round(start * rate) :]
    assert len(audio) == pytest.approx(len(expected), abs=0.002 * rate)
    assert abs(lag(audio[:, 0], expected[:, 0], rate)) <= 0.002
    if name in LOSSLESS:
        np.testing.assert_array_equal(audio, expected)


@pytest.mark.parametrize("name", ["x.flac", "x.m4a"])
def test_seek_back_and_past_the_end(files, name):
    whole = decode(files[name])
    with open_audio(files[name]) as reader:
        list(reader.blocks())
        reader.seek(1.0)
        assert next(reader.blocks(0.5)).first_sample == RATE
        reader.seek(100.0)
        assert list(reader.blocks()) == []
        reader.seek(-1.0)
        again = next(reader.blocks(0.5))
    assert again.first_sample == 0
    # AAC fills bands with noise that differs each time.
    np.testing.assert_allclose(again.samples, whole[: RATE // 2], atol=1e-6 if name == "x.flac" else 0.1)


def test_facts_hold_the_decoded_length(tmp_path, music):
    path = encode(tmp_path / "x.mp3", music, RATE, "libmp3lame", container_options={"write_xing": "0"})
    with open_audio(path) as reader:
        list(reader.blocks())
        facts = reader.facts
    assert facts.duration == len(decode(path)) / RATE
    assert (facts.path, facts.rate, facts.channels) == (path, RATE, 2)


def test_variable_rate_mp3_without_length_tag_is_read_to_its_end(tmp_path, music):
    quiet_then_loud = np.concatenate([music * 0.001, music, music, music])
    path = encode(
        tmp_path / "x.mp3",
        quiet_then_loud,
        RATE,
        "libmp3lame",
        container_options={"write_xing": "0"},
        codec_options={"q": "4"},
    )
    assert len(decode(path)) / RATE == pytest.approx(4 * SECONDS, abs=0.1)


def test_concatenated_mp3_is_read_to_its_end(files, tmp_path):
    """The tag of the first part tells of that part alone."""
    path = tmp_path / "twice.mp3"
    path.write_bytes(files["x.mp3"].read_bytes() * 2)
    assert len(decode(path)) / RATE == pytest.approx(2 * SECONDS, abs=0.15)


def test_mp3_that_ends_in_padding_is_whole(files, tmp_path):
    path = tmp_path / "padded.mp3"
    path.write_bytes(files["x.mp3"].read_bytes() + bytes(5000))
    whole = decode(files["x.mp3"])
    audio = decode(path)
    assert len(whole) <= len(audio) < len(whole) + 1152
    np.testing.assert_array_equal(audio[: len(whole)], whole)


@pytest.mark.parametrize(
    ("name", "wrong"), [("x.m4a", "a.wav"), ("x.mp3", "a.flac"), ("x.flac", "a.mp3"), ("x.ogg", "a.raw")]
)
def test_misnamed_files_are_read(files, tmp_path, name, wrong):
    path = tmp_path / wrong
    path.write_bytes(files[name].read_bytes())
    np.testing.assert_allclose(decode(path), decode(files[name]), atol=1e-6)


@pytest.mark.parametrize("name", ["Bach: Prelude.m4a", "50 % - ünï 音.flac", "-r.mp3", "a?b#c.ogg"])
def test_any_name_is_read(tmp_path, music, name):
    assert len(decode(write_audio(tmp_path / name, music, RATE))) == len(music)


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX systems only")
@pytest.mark.parametrize("name", ["x.flac", "x.m4a"])
def test_name_that_is_not_utf8_is_read(files, tmp_path, name):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9" + os.fsencode(Path(name).suffix)))
    path.write_bytes(files[name].read_bytes())
    assert len(decode(path)) == len(decode(files[name]))


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (22050, 2), (192_000, 2), (48000, 6)])
def test_rates_and_channels(tmp_path, rate, channels):
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, (rate, channels)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", audio, rate, subtype="FLOAT")
    with open_audio(tmp_path / "x.wav") as reader:
        assert (reader.rate, reader.channels) == (rate, channels)
    np.testing.assert_array_equal(decode(tmp_path / "x.wav"), audio)


def test_six_channel_aac(tmp_path):
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, (6, 48000)).astype(np.float32)
    with av.open(str(tmp_path / "x.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="5.1")
        frame = av.AudioFrame.from_ndarray(audio, format="fltp", layout="5.1")
        frame.rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert decode(tmp_path / "x.m4a").shape == (48000, 6)


def test_flac_of_undeclared_length(files, tmp_path, music):
    content = bytearray(files["x.flac"].read_bytes())
    content[21] &= 0xF0  # the 36 bits of the number of samples in STREAMINFO: 0 means unknown
    content[22:26] = bytes(4)
    (tmp_path / "x.flac").write_bytes(content)
    with open_audio(tmp_path / "x.flac") as reader:
        assert reader.duration is None
    assert len(decode(tmp_path / "x.flac")) == len(music)


def test_a_tag_that_is_not_unicode_refuses_no_recording(files, tmp_path, music):
    tag = b"TAG" + "Für Elise".encode("latin-1").ljust(125, b"\0")
    (tmp_path / "x.mp3").write_bytes(files["x.mp3"].read_bytes() + tag)
    assert len(decode(tmp_path / "x.mp3")) == len(decode(files["x.mp3"]))


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0])
def test_wav_of_undeclared_length(files, tmp_path, music, size):
    content = files["pcm16.wav"].read_bytes()
    place = content.index(b"data") + 4
    (tmp_path / "x.wav").write_bytes(content[:place] + size.to_bytes(4, "little") + content[place + 4 :])
    assert len(decode(tmp_path / "x.wav")) == len(music)


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Ten minutes are read in the memory of a few seconds."""
    rate = 8000
    with soundfile.SoundFile(tmp_path / "x.flac", "w", rate, 2) as file:
        for _ in range(60):
            file.write(np.random.default_rng(0).uniform(-0.1, 0.1, (10 * rate, 2)))
    tracemalloc.start()
    with open_audio(tmp_path / "x.flac") as reader:
        seconds = sum(len(block.samples) for block in reader.blocks()) / rate
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds == 600
    assert peak < 10 * rate * 2 * 4  # ten seconds as float32


def test_block_is_bounded_whatever_the_header_claims(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros((1000, 2)), 999_999)
    with open_audio(tmp_path / "x.wav") as reader:
        assert len(next(reader.blocks(1e6)).samples) == 1000
    soundfile.write(tmp_path / "y.wav", np.zeros((1000, 2)), 100)
    with pytest.raises(AudioFileError, match=r"y\.wav declares 100 samples a second"):
        open_audio(tmp_path / "y.wav")
