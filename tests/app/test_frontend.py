"""The front end: against librosa, in any blocks, and what its decibels mean."""

import numpy as np
import pytest

from midlevel_app.frontend import FrontEnd, SpectrogramStream, filterbank, spectrogram
from tests.tones import piano_like

FRONTEND = FrontEnd()


@pytest.fixture(scope="module")
def music():
    """Three seconds of mono at the front end's rate."""
    return piano_like(3.0, FRONTEND.rate).mean(axis=1)


def test_equals_librosa(music):
    import librosa

    spectrum = librosa.stft(
        music,
        n_fft=FRONTEND.frame,
        hop_length=FRONTEND.hop,
        window="hann",
        center=True,
        pad_mode="constant",
        dtype=np.complex128,
    )
    power = np.abs(spectrum.T * 2.0 / (0.5 * FRONTEND.frame)) ** 2  # the mean of a Hann window is a half
    expected = 10.0 * np.log10(np.maximum(power @ filterbank(FRONTEND), 1e-9))
    np.testing.assert_allclose(spectrogram(music, FRONTEND), expected, atol=0.01)


@pytest.mark.parametrize("size", [1, 441, 735, 4096, 22050])
def test_block_size_does_not_change_the_spectrogram(music, size):
    samples = music[: 20 * size] if size == 1 else music
    stream = SpectrogramStream(FRONTEND)
    parts = [stream.push(samples[i : i + size]) for i in range(0, len(samples), size)]
    streamed = np.concatenate([*parts, stream.finish()])
    np.testing.assert_allclose(streamed, spectrogram(samples, FRONTEND), atol=1e-3)


def test_blocks_of_changing_size(music):
    random = np.random.default_rng(0)
    cuts = np.sort(random.integers(0, len(music), 40))
    stream = SpectrogramStream(FRONTEND)
    parts = [stream.push(part) for part in np.split(music, cuts)]
    streamed = np.concatenate([*parts, stream.finish()])
    np.testing.assert_allclose(streamed, spectrogram(music, FRONTEND), atol=1e-3)


@pytest.mark.parametrize("samples", [0, 1, 734, 735, 736, 4096, 22050])
def test_frames_have_their_centres_on_the_audio(samples):
    frames = spectrogram(np.ones(samples, dtype=np.float32), FRONTEND)
    assert frames.shape == (FRONTEND.count(samples), FRONTEND.bands)
    assert frames.dtype == np.float32
    if samples:
        assert FRONTEND.times(len(frames) - 1) <= samples / FRONTEND.rate < FRONTEND.times(len(frames))


def test_times_are_those_of_the_sound():
    """A click appears loudest in the frame centred nearest to it."""
    audio = np.zeros(3 * FRONTEND.rate, dtype=np.float32)
    audio[round(1.5 * FRONTEND.rate)] = 1.0
    loudest = int(spectrogram(audio, FRONTEND).mean(axis=1).argmax())
    assert FRONTEND.times(loudest) == pytest.approx(1.5, abs=0.5 / FRONTEND.frame_rate)


def test_full_scale_sine_reads_0_db_in_its_band():
    bin_ = 186  # a frequency on a bin, in the middle of the range
    frequency = bin_ * FRONTEND.rate / FRONTEND.frame
    sine = np.sin(2 * np.pi * frequency * np.arange(2 * FRONTEND.rate) / FRONTEND.rate).astype(np.float32)
    frame = spectrogram(sine, FRONTEND)[20]
    assert frame.max() == pytest.approx(0.0, abs=3.0)  # the triangle's height there, and the window's side bins
    assert FRONTEND.centres()[frame.argmax()] == pytest.approx(frequency, rel=2 ** (1 / 24) - 1)


def test_gain_shifts_the_decibels(music):
    quiet, loud = spectrogram(music, FRONTEND), spectrogram(music * np.float32(2), FRONTEND)
    above_floor = quiet > FRONTEND.floor_db + 1
    np.testing.assert_allclose((loud - quiet)[above_floor], 20 * np.log10(2), atol=1e-3)


def test_silence_reads_the_floor():
    frames = spectrogram(np.zeros(22050, dtype=np.float32), FRONTEND)
    np.testing.assert_array_equal(frames, np.float32(FRONTEND.floor_db))


def test_bands_are_triangles_that_all_catch_something():
    bank = filterbank(FRONTEND)
    assert bank.shape == (FRONTEND.frame // 2 + 1, FRONTEND.bands)
    assert bank.min() == 0.0
    assert bank.max() <= 1.0
    assert bank.max(axis=0).min() > 0.4
    centroid = (bank * np.arange(len(bank))[:, None]).sum(axis=0) / bank.sum(axis=0)
    assert (np.diff(centroid) > 0).all()


def test_dictionary_round_trip():
    other = FrontEnd(hop=441, bands=108)
    assert FrontEnd.from_dict(other.to_dict()) == other


@pytest.mark.parametrize("change", [{"extra": 1}, {"hop": None}])
def test_dictionary_with_other_keys_is_refused(change):
    parameters = FRONTEND.to_dict() | change
    if change.get("hop", 0) is None:
        del parameters["hop"]
    with pytest.raises(ValueError, match="front end needs exactly"):
        FrontEnd.from_dict(parameters)
