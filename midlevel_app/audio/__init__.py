"""Audio in and out: decoding, resampling, playback."""
