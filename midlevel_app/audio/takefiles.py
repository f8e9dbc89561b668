"""The two kinds of file a take is written to, WAV and FLAC of 24 bits, and how either is mended after a kill.

A WAV file starts with 80 bytes that are written again at every sync, so that at any moment any program reads what was
there at the last: with 32-bit sizes, or from 4 GB on as RF64 (EBU Tech 3306), whose 64-bit sizes take the place of a
chunk that was kept free for them. A FLAC file tells its length only in the end; until then it is a stream without one.
"""

import errno
import os
import struct
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from midlevel_app.audio.decode import open_audio
from midlevel_app.errors import AudioFileError
from midlevel_app.frontend import Samples
from midlevel_app.language import tr

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Quantised = npt.NDArray[np.int32]

BITS = 24
_FULL_SCALE = 1 << (BITS - 1)
_BYTES = BITS // 8
_HEADER_BYTES = 80
_SMALLEST_FLAC = 1 << 14  # bytes; less may be a header without audio
_LENGTH_BITS = 36  # of the length in the header of FLAC
_UNKNOWN_SIZE = 0xFFFFFFFF
_LARGEST_RIFF = 0xFFFFFF00  # bytes; sizes from here on are taken for unknown by some readers, by ours as well


def quantised(samples: Samples) -> Quantised:
    """Round samples (full scale -1 to 1) to 24 bits, and clip them; what is no number becomes silence."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.asarray(np.clip(np.rint(finite * np.float32(_FULL_SCALE)), -_FULL_SCALE, _FULL_SCALE - 1), dtype=np.int32)


def as_read(samples: Quantised) -> Samples:
    """Return 24-bit samples as a decoder gives them, full scale -1 to 1; exact in single precision."""
    return np.asarray(samples * np.float32(1.0 / _FULL_SCALE), dtype=np.float32)


class TakeFile(Protocol):
    """An open file of a take.

    Attributes
    ----------
    frames : int
        Whole frames written.
    """

    frames: int

    def write(self, samples: Quantised) -> None:
        """Append samples (n, channels); ``OSError`` if that fails."""

    def sync(self) -> None:
        """See that what was written survives; ``OSError`` if that fails."""

    def close(self) -> None:
        """End the file, so that it is an ordinary one; also after an error, with the whole frames before it."""


class WavFile:
    """A take as WAV, or RF64 where it is long; the file must not exist. See `TakeFile`."""

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        self.frames = 0
        self._descriptor = _created(path)
        self._rate, self._channels = rate, channels
        _write_all(self._descriptor, wav_header(rate, channels, None))

    def write(self, samples: Quantised) -> None:
        """See `TakeFile`."""
        bytes_of = samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :_BYTES]
        _write_all(self._descriptor, bytes_of.tobytes())
        self.frames += len(samples)

    def sync(self) -> None:
        """See `TakeFile`."""
        os.fsync(self._descriptor)  # before the header, which must not promise more than is there
        self._write_header()

    def close(self) -> None:
        """See `TakeFile`."""
        try:
            self._end()
        finally:
            os.close(self._descriptor)

    def _end(self) -> None:
        size = self.frames * self._channels * _BYTES
        os.ftruncate(self._descriptor, _HEADER_BYTES + size + size % 2)  # chunks are even
        self._write_header()
        os.fsync(self._descriptor)

    def _write_header(self) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        _write_all(self._descriptor, wav_header(self._rate, self._channels, self.frames))
        os.lseek(self._descriptor, 0, os.SEEK_END)


class FlacFile:
    """A take as FLAC; the file must not exist. See `TakeFile`."""

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        self.frames = 0
        self._path = path
        self._descriptor = _created(path)
        self._file = soundfile.SoundFile(
            self._descriptor, "w", rate, channels, f"PCM_{BITS}", format="FLAC", closefd=False
        )
        self._failed = False

    def write(self, samples: Quantised) -> None:
        """See `TakeFile`."""
        try:
            self._file.write(samples << (32 - BITS))
        except (soundfile.LibsndfileError, AssertionError) as error:  # it asserts that all was written
            self._failed = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error  # it does not say why
        self.frames += len(samples)

    def sync(self) -> None:
        """See `TakeFile`."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """See `TakeFile`."""
        try:
            try:
                self._file.close()
            except soundfile.LibsndfileError:
                self._failed = True
            if self._failed:
                self.frames = _mend_flac(self._descriptor, self._path)
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


TAKE_FILES: dict[str, type[WavFile] | type[FlacFile]] = {".wav": WavFile, ".flac": FlacFile}
"""By the ending of the name."""


def wav_header(rate: int, channels: int, frames: int | None) -> bytes:
    """Return the first 80 bytes of a WAV file with 24-bit samples; None for a length that is not known yet."""
    frame_bytes = channels * _BYTES
    size = 0 if frames is None else frames * frame_bytes
    whole = _HEADER_BYTES - 8 + size + size % 2
    long = whole >= _LARGEST_RIFF
    known = frames is not None and not long
    kind, room = (b"RF64", b"ds64") if long else (b"RIFF", b"JUNK")
    sizes = struct.pack("<QQQI", whole, size, frames or 0, 0) if long else bytes(28)
    parts = (
        struct.pack("<4sI4s", kind, whole if known else _UNKNOWN_SIZE, b"WAVE"),
        struct.pack("<4sI", room, len(sizes)),
        sizes,
        struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame_bytes, frame_bytes, BITS),
        struct.pack("<4sI", b"data", size if known else _UNKNOWN_SIZE),
    )
    return b"".join(parts)


def mend(path: Path) -> int:
    """Make a file that a kill left unfinished an ordinary one, in place; return its whole frames.

    ``OSError`` if that fails, `AudioFileError` if it is no file of a take.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        return _mend_wav(descriptor, path) if path.suffix == ".wav" else _mend_flac(descriptor, path)
    finally:
        os.close(descriptor)


def _mend_wav(descriptor: int, path: Path) -> int:
    header = os.pread(descriptor, _HEADER_BYTES, 0)
    if len(header) < _HEADER_BYTES:
        return 0
    if header[8:12] != b"WAVE" or header[48:52] != b"fmt ":
        raise AudioFileError(
            tr("{path} was not written as a take by this program: open it as a recording instead").format(path=path)
        )
    channels, rate = struct.unpack_from("<HI", header, 58)
    frames = (os.fstat(descriptor).st_size - _HEADER_BYTES) // (channels * _BYTES)
    size = frames * channels * _BYTES
    os.ftruncate(descriptor, _HEADER_BYTES + size + size % 2)
    os.pwrite(descriptor, wav_header(rate, channels, frames), 0)
    os.fsync(descriptor)
    return int(frames)


def _mend_flac(descriptor: int, path: Path) -> int:
    """Count what can be decoded and say so in the header, which then has no checksum of it all any more."""
    header = os.pread(descriptor, 42, 0)
    frames = 0
    try:
        with open_audio(path) as reader:
            for block in reader.blocks():
                frames = block.first_sample + len(block.samples)
    except AudioFileError:  # how it breaks off; what was decoded before is whole
        if not frames and os.fstat(descriptor).st_size > _SMALLEST_FLAC:
            raise
    if frames:
        facts = int.from_bytes(header[18:26], "big")
        told = (facts >> _LENGTH_BITS << _LENGTH_BITS) | frames
        os.pwrite(descriptor, told.to_bytes(8, "big") + bytes(16), 18)
        os.fsync(descriptor)
    return frames


def is_being_written(path: Path) -> bool:
    """Tell whether a program, this one or another, is writing a file of a take."""
    if fcntl is None:  # where a file in use cannot be renamed anyway
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _created(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while len(rest):
        rest = rest[os.write(descriptor, rest) :]
