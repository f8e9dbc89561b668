"""The two decoders, libsndfile and FFmpeg (PyAV), behind one small interface: what `decode` reads from."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float32]

SEEK_PREROLL_SECONDS = 0.3
"""Decoded and thrown away before a seek's target, so that overlapping codec frames have their history."""

_UNKNOWN_FRAMES = 1 << 62  # libsndfile reports more than this for a stream of unknown length
_LARGEST_OGG_PAGE = 65307  # bytes (RFC 3533, section 6)
# Sizes that mean "unknown" where the file is shorter: the writer could not go back to fill them in. SoX and some
# others write the largest that fit into 31 bits, most programs those of 32 bits.
_UNKNOWN_SIZES = (range(0x7FFF0000, 0x80000001), range(0xFFFFFF00, 0x100000000))
# How files begin that libsndfile reads. What it does not know it tries as MP3, and reports on standard error.
_SNDFILE_STARTS = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"caff", b"riff", b".snd", b"NIST")
# Containers whose header states the length to the sample; others have none, or one guessed from the bit rate.
_EXACT_CONTAINERS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "flac", "wav", "aiff", "w64", "caf"})


class NotDecodableError(Exception):
    """The decoder does not take the file."""


class NoAudioError(NotDecodableError):
    """The decoder takes the file, but finds no audio in it."""


class Source(Protocol):
    """An opened recording.

    Attributes
    ----------
    name : str
        The decoder and its version.
    frames : int or None
        Length in frames, declared by the file or estimated; None if unknown.
    exact : bool
        Whether the file itself declares ``frames``, so that fewer mean damage.
    broken : bool
        Whether decoding had to stop before the end of the file.
    """

    name: str
    rate: int
    channels: int
    frames: int | None
    exact: bool
    broken: bool

    def read(self, count: int) -> Samples:
        """Return the next frames, (n, channels) float32; fewer than ``count`` only at the end or damage."""

    def seek(self, frame: int) -> None:
        """Continue reading at ``frame``; `NotDecodableError` if the file does not allow that any more."""

    def close(self) -> None:
        """Release the file."""


class SndfileSource:
    """A recording read by libsndfile: wav, aiff, flac, ogg, opus and the rarer uncompressed formats.

    Not MP3: libsndfile guesses the length of a variable-rate MP3 without a length tag from its first frames
    and ends there, losing up to half of the music, and reports damage on standard error.
    """

    def __init__(self, path: Path) -> None:
        # As bytes, because soundfile encodes names strictly and some old names are not UTF-8.
        name = os.fsencode(path) if os.name == "posix" else str(path)
        try:
            self._file = soundfile.SoundFile(name)
        except (soundfile.SoundFileError, TypeError, ValueError) as error:  # TypeError: headerless .raw
            raise NotDecodableError(str(error)) from error
        if not 0 < self._file.frames < _UNKNOWN_FRAMES:  # FFmpeg reads on where the header tells no length
            self._file.close()
            raise NoAudioError
        self.name = f"libsndfile {soundfile.__libsndfile_version__}"
        self.rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self.broken = False
        self.exact = not (self._file.format == "OGG" and _ends_inside_page(path))
        self.frames = _declared_frames(self._file.frames, self._file.extra_info) if self.exact else None
        self._cut = not self.exact

    def read(self, count: int) -> Samples:
        """See `Source`."""
        if self.broken:
            return np.empty((0, self.channels), dtype=np.float32)
        samples = np.empty((count, self.channels), dtype=np.float32)
        start = self._file.tell()
        try:
            got = len(self._file.read(out=samples))
        except soundfile.LibsndfileError:
            got = max(0, self._file.tell() - start)  # what was decoded before the damage lies in the buffer
            self.broken = True
        self.broken = self.broken or (self._cut and got < count)
        return samples[:got]

    def seek(self, frame: int) -> None:
        """See `Source`."""
        self.broken = False
        try:
            self._file.seek(min(frame, self._file.frames))
        except soundfile.LibsndfileError as error:  # the file was cut or overwritten since it was opened
            raise NotDecodableError(str(error)) from error

    def close(self) -> None:
        """See `Source`."""
        self._file.close()


def _declared_frames(found: int, log: str) -> int:
    """Length in frames by the header's word, where libsndfile corrected it to what the file holds.

    Its log then says ``data : 1764000 (should be 881956)``, in bytes; "SSND" in AIFF, "riff" in Wave64.
    """
    for declared, actual in re.findall(r"^\s*(?:data|SSND|riff)\s*: (\d+) \(should be (\d+)\)", log, re.M):
        unknown = any(int(declared) in sizes for sizes in _UNKNOWN_SIZES)
        if 0 < int(actual) < int(declared) and not unknown:
            return found * int(declared) // int(actual)
    return found


def _ends_inside_page(path: Path) -> bool:
    """Tell whether an Ogg file stops in the middle of a page, as one that was cut does (RFC 3533)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LARGEST_OGG_PAGE))
        tail = file.read()
    page = tail.rfind(b"OggS\x00")
    if page < 0:
        return False
    header = tail[page : page + 27]
    if len(header) < 27:
        return True
    lengths = tail[page + 27 : page + 27 + header[26]]
    return page + 27 + header[26] + sum(lengths) > len(tail)


class AvSource:
    """A recording read by FFmpeg through PyAV: mp3, m4a (AAC, ALAC), wma, Matroska and odd files.

    FFmpeg removes the encoder's silence before the music wherever the file tells its length (edit lists,
    iTunes and LAME tags), so times agree with the other formats. Bare AAC and WMA are off by up to 50 ms.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = f"PyAV {av.__version__}"
        self.broken = False
        self._gone = False  # the file could not be opened anew
        self._open()
        try:
            first = next(self._decoded, None)
            if first is None:
                raise NoAudioError
            # From the first frame, not the header: spectral band replication doubles the rate of AAC.
            self.rate = first.sample_rate
            self.channels = first.layout.nb_channels
            self._start = first.pts or 0
            try:
                self._waiting = _samples(first)
            except ValueError as error:  # a kind of samples that PyAV does not hand over
                raise NotDecodableError(str(error)) from error
            container = self._container.format.name
            self.frames = self._length()
            self.exact = self.frames is not None and (
                container in _EXACT_CONTAINERS or (container == "mp3" and _states_length(path))
            )
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        try:
            # "file:" because FFmpeg takes what stands before a colon in a name for a protocol.
            self._container = av.open(f"file:{self._path}", metadata_errors="replace")
        except (av.FFmpegError, ValueError) as error:
            raise NotDecodableError(str(error)) from error
        if not self._container.streams.audio:
            self._container.close()
            raise NoAudioError
        self._stream = self._container.streams.audio[0]
        self._decoded = self._decode()

    def _length(self) -> int | None:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return round(self._stream.duration * self._stream.time_base * self.rate)
        if self._container.duration is not None:
            return round(self._container.duration * self.rate / av.time_base)
        return None

    def _decode(self) -> Iterator[av.AudioFrame]:
        """Yield frames up to the end or the first damage; sets `broken` at damage."""
        damaged = False
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    damaged = True  # an error only if audio follows: many MP3 files end in tags and padding
                    continue
                if frames and damaged:
                    break
                for frame in frames:
                    if isinstance(frame, av.AudioFrame):
                        yield frame
            else:
                damaged = damaged and self._container.format.name != "mp3"
        except av.FFmpegError:
            damaged = True
        self.broken = damaged

    def read(self, count: int) -> Samples:
        """See `Source`."""
        parts = [self._waiting]
        total = len(self._waiting)
        while total < count and not self.broken:
            frame = next(self._decoded, None)
            if frame is None:
                break
            if frame.sample_rate != self.rate or frame.layout.nb_channels != self.channels:
                self.broken = True
                break
            parts.append(_samples(frame))
            total += len(parts[-1])
        samples = np.concatenate(parts)
        self._waiting = samples[count:].copy()
        return samples[:count]

    def seek(self, frame: int) -> None:
        """See `Source`; exact where the container counts samples, within 2 ms where milliseconds."""
        time_base = self._stream.time_base
        # Near the start decoding begins anew, since a jump there leaves out the encoder's run-up.
        near = frame <= SEEK_PREROLL_SECONDS * self.rate
        if self._gone or near or time_base is None or not self._jump(frame, float(time_base)):
            self._container.close()
            self._gone = self.broken = True
            self._open()
            self._gone = self.broken = False
            self._waiting = np.empty((0, self.channels), dtype=np.float32)
            self._skip(frame)

    def _jump(self, frame: int, time_base: float) -> bool:
        """Go to ``frame`` by the container's index; False if that did not lead to a known place before it."""
        self.broken = False
        seconds = frame / self.rate - SEEK_PREROLL_SECONDS
        try:
            self._container.seek(self._start + round(seconds / time_base), stream=self._stream)
        except av.FFmpegError:
            return False
        self._decoded = self._decode()
        first = next(self._decoded, None)
        if first is None or first.pts is None:
            return False
        reached = round((first.pts - self._start) * time_base * self.rate)
        if reached > frame:
            return False
        self._waiting = _samples(first)
        self._skip(frame - reached)
        return True

    def _skip(self, count: int) -> None:
        while count > 0 and len(thrown := self.read(min(count, self.rate))):
            count -= len(thrown)

    def close(self) -> None:
        """See `Source`."""
        self._container.close()


def _samples(frame: av.AudioFrame) -> Samples:
    """Audio of a frame as (n, channels) float32, full scale -1 to 1."""
    raw: npt.NDArray[Any] = frame.to_ndarray()
    shaped = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if shaped.dtype.kind == "f":
        return shaped.astype(np.float32, copy=False)
    full_scale = 2.0 ** (8 * shaped.dtype.itemsize - 1)
    offset = full_scale if shaped.dtype.kind == "u" else 0.0
    return ((shaped - offset) / full_scale).astype(np.float32)


def _states_length(mp3: Path) -> bool:
    """Tell whether an MP3 file states its length, in a "Xing" or "Info" tag that fits the size of the file."""
    with mp3.open("rb") as file:
        header = file.read(10)
        begin = 0
        if header.startswith(b"ID3") and len(header) == 10:
            begin = 10 + sum(byte << shift for byte, shift in zip(header[6:], (21, 14, 7, 0), strict=True))
        file.seek(begin)
        start = file.read(256)
    tag = max(start.find(b"Xing"), start.find(b"Info"))
    if tag < 0 or len(start) < tag + 16 or start[tag + 7] & 3 != 3:  # it must state frames and bytes
        return False
    return mp3.stat().st_size - begin < 1.05 * int.from_bytes(start[tag + 12 : tag + 16])


def sources_for(path: Path) -> tuple[type[SndfileSource] | type[AvSource], ...]:
    """Decoders to try, in order, by how the file begins."""
    with path.open("rb") as file:
        known = file.read(4) in _SNDFILE_STARTS and path.suffix.lower() != ".mp3"
    return (SndfileSource, AvSource) if known else (AvSource,)
