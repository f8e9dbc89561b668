"""Write recordings in every format the program reads, with soundfile and PyAV."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr

LOSSLESS = ("pcm16.wav", "pcm24.wav", "float.wav", "x.flac", "x.aiff", "alac.m4a")
LOSSY = ("x.ogg", "x.opus", "x.mp3", "x.m4a")
FORMATS = (*LOSSLESS, *LOSSY)
"""Names whose stem and suffix tell `write_audio` what to write."""

_SUBTYPES = {"pcm24": "PCM_24", "float": "FLOAT"}


def write_audio(path: Path, samples: np.ndarray, rate: int) -> Path:
    """Write (n, channels) samples to ``path`` in the format its name tells."""
    match path.suffix:
        case ".opus":
            soundfile.write(path, soxr.resample(samples, rate, 48000), 48000, format="OGG", subtype="OPUS")
        case ".m4a":
            encode(path, samples, rate, "alac" if path.stem == "alac" else "aac")
        case ".aac":
            encode(path, samples, rate, "aac")
        case ".wma":
            encode(path, samples, rate, "wmav2", bit_rate=128_000)
        case _:
            soundfile.write(path, samples, rate, subtype=_SUBTYPES.get(path.stem))
    return path


def encode(
    path: Path,
    samples: np.ndarray,
    rate: int,
    codec: str,
    bit_rate: int | None = None,
    container_options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write stereo samples through FFmpeg."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo", options=codec_options or {})
        if bit_rate:
            stream.bit_rate = bit_rate
        for start in range(0, len(samples), 4096):
            piece = np.ascontiguousarray(samples[start : start + 4096].T, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
