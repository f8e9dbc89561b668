"""The virtual sound devices the other tests rely on."""

import numpy as np
import soundfile


def test_microphone_hears_what_is_fed_to_it(sound_server, tmp_path):
    import sounddevice

    rate = 44100
    tone = (0.25 * np.sin(2 * np.pi * 1000 * np.arange(10 * rate) / rate)).astype(np.float32)
    soundfile.write(tmp_path / "tone.wav", tone, rate, subtype="FLOAT")
    with sound_server.feed_microphone(tmp_path / "tone.wav") as player:
        heard = sounddevice.rec(2 * rate, samplerate=rate, channels=1, dtype="float32", blocking=True)
        player.terminate()
    last = heard[rate:, 0]
    assert np.argmax(np.abs(np.fft.rfft(last))) == 1000
    assert np.isclose(np.abs(last).max(), 0.25, rtol=1e-4)


def test_only_virtual_devices_are_listed(sound_server):
    import sounddevice

    assert {device["name"] for device in sounddevice.query_devices()} == {"default", "vspk", "vspk2", "vmic"}
