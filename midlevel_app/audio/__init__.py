"""Audio in and out: decoding, resampling, playback, microphones, takes."""
