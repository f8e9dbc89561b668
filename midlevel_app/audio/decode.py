"""Decode recordings in blocks: any format, any length, in flat memory, every failure a clear sentence."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from midlevel_app.audio.block import Block
from midlevel_app.audio.sources import NoAudioError, NotDecodableError, Samples, Source, sources_for
from midlevel_app.errors import AudioFileError
from midlevel_app.language import decimal, tr

MISSING_SECONDS = 0.25
"""A recording shorter than declared by more than this breaks off; below lie encoder padding and rounding."""

LOWEST_RATE, HIGHEST_RATE = 1_000, 1_000_000
"""Sample rates in Hz outside of which a header is taken for damaged."""

LARGEST_SAMPLE = 100.0
"""Floating-point audio beyond this (full scale is 1) is on another scale, such as that of 16-bit integers."""

_LARGEST_BLOCK = 1 << 22  # samples over all channels: 16 MB, whatever rate and channels a header claims


@dataclass(frozen=True)
class AudioFacts:
    """What is known of a recording, for exports and for display.

    Attributes
    ----------
    path : Path
    duration : float or None
        Seconds: decoded, once it was read to its end, until then as declared or estimated; None if unknown.
    rate : int
        Samples a second.
    channels : int
    decoder : str
        The library that read it, with its version.
    complete : bool
        It was read to its end; False while it is being read, and where it breaks off.
    sha256 : str or None
        Of the file that was decoded; None to be computed when it is asked for, empty if it cannot be known any more.
    """

    path: Path
    duration: float | None
    rate: int
    channels: int
    decoder: str
    complete: bool
    sha256: str | None = None


class AudioReader:
    """A recording opened for reading in blocks; a context manager. Made by `open_audio`.

    Attributes
    ----------
    path : Path
    rate : int
        Samples a second.
    channels : int
    duration : float or None
        Seconds, as the file declares, else as the decoder estimates (MP3 without a length tag, bare AAC,
        WMA); None if unknown.
    decoder : str
        ``"libsndfile 1.2.2"`` or ``"PyAV 18.1.0"``, for example.
    """

    def __init__(self, path: Path, source: Source) -> None:
        self.path = path
        self.rate = source.rate
        self.channels = source.channels
        self.duration = source.frames / source.rate if source.frames is not None else None
        self.decoder = source.name
        self._source = source
        self._position = 0
        self._end: int | None = None

    def __enter__(self) -> "AudioReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._source.close()

    def within(self, seconds: float) -> float:
        """Return ``seconds``, or the end where the file declares one before; an estimated one may be wrong."""
        frames = self._source.frames
        return seconds if not self._source.exact or frames is None else min(seconds, frames / self.rate)

    @property
    def facts(self) -> AudioFacts:
        """What is known now; after the last block the duration is the decoded one."""
        duration = self.duration if self._end is None else self._end / self.rate
        return AudioFacts(self.path, duration, self.rate, self.channels, self.decoder, self._end is not None)

    def seek(self, seconds: float) -> None:
        """Continue at ``seconds`` from the start: the next block begins at that sample, or at the end."""
        target = max(0, round(seconds * self.rate))
        if self._source.exact and self._source.frames is not None:
            target = min(target, self._source.frames)
        try:
            self._source.seek(target)
        except NotDecodableError as error:
            raise AudioFileError(
                tr("{path} can no longer be read: it was moved, deleted or changed").format(path=self.path)
            ) from error
        self._position = target

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        """Yield the rest of the recording in blocks of ``seconds``; the last may be shorter.

        Raises
        ------
        AudioFileError
            After the part that could be decoded: if the file is damaged there or breaks off before its
            declared end, if it holds no audio, or if a sample is no number. Ogg declares no length, but a cut
            inside a page shows; an MP3 without a length tag that was cut cannot be told from a whole one,
            nor can uncompressed or Opus audio that was overwritten in the middle.
        """
        size = max(1, min(round(seconds * self.rate), _LARGEST_BLOCK // self.channels))
        start = self._position
        while len(samples := self._source.read(self._allowed(size))):
            self._check_numbers(samples)
            block = Block(samples, self.rate, self._position)
            self._position += len(samples)
            yield block
        self._check_end()
        if self._position > start:  # not after a seek past the end
            self._end = self._position

    def _allowed(self, size: int) -> int:
        """Frames to read next: not past a declared end, where codecs put padding."""
        if not self._source.exact or self._source.frames is None:
            return size
        return max(0, min(size, self._source.frames - self._position))

    def _check_numbers(self, samples: Samples) -> None:
        if np.abs(samples).max() <= LARGEST_SAMPLE:  # False for NaN, too
            return
        first = int(np.argmax(~(np.abs(samples) <= LARGEST_SAMPLE).all(axis=1)))
        place = tr("the first at {place} s").format(place=decimal((self._position + first) / self.rate, ".3f"))
        if np.isfinite(samples[first]).all():
            raise AudioFileError(
                tr(
                    "{path} holds samples far beyond full scale, {place}: export it again with samples from -1 to 1"
                ).format(path=self.path, place=place)
            )
        raise AudioFileError(
            tr(
                "{path} holds samples that are not numbers (NaN or infinite), {place}: export it again "
                "from the program that made it"
            ).format(path=self.path, place=place)
        )

    def _check_end(self) -> None:
        frames = self._source.frames if self._source.exact else None
        reached = self._position / self.rate
        if frames is not None and self._position + MISSING_SECONDS * self.rate < frames:
            place = tr("{reached} of {all} s").format(
                reached=decimal(reached, ".1f"), all=decimal(frames / self.rate, ".1f")
            )
        elif self._source.broken and frames is None:
            place = tr("{reached} s").format(reached=decimal(reached, ".1f"))
        else:
            return
        raise AudioFileError(
            tr(
                "{path} breaks off at {place}: it is cut short or damaged there; get a complete copy or export it again"
            ).format(path=self.path, place=place)
        )


def open_audio(path: str | Path) -> AudioReader:
    """Open a recording for reading in blocks.

    Parameters
    ----------
    path : str or Path
        A file in any format that libsndfile or FFmpeg reads, whatever its name says.

    Raises
    ------
    AudioFileError
        If it is missing, not a file, unreadable, empty, or not a recording.
    """
    path = Path(path)
    silent = False
    for decoder in _decoders(path):
        try:
            source = decoder(path)
        except NotDecodableError as error:
            silent = silent or isinstance(error, NoAudioError)
            continue
        except OSError as error:
            raise AudioFileError(_unreadable(path, error)) from error
        if not LOWEST_RATE <= source.rate <= HIGHEST_RATE:
            source.close()
            raise AudioFileError(
                tr("{path} declares {rate} samples a second: its header is damaged; get another copy").format(
                    path=path, rate=source.rate
                )
            )
        return AudioReader(path, source)
    if silent:
        raise AudioFileError(
            tr(
                "{path} holds no audio that could be decoded: it is empty, cut short or damaged; get a "
                "complete copy or record it again"
            ).format(path=path)
        )
    raise AudioFileError(
        tr(
            "{path} is not a recording this program can read, or is cut short or damaged: get a "
            "complete copy or convert it to WAV or FLAC"
        ).format(path=path)
    )


def _decoders(path: Path) -> tuple[Callable[[Path], Source], ...]:
    """Decoders to try; `AudioFileError` for what is no readable file."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise AudioFileError(tr("{path} is a folder, not a recording: choose a file in it").format(path=path))
        if not stat.S_ISREG(status.st_mode):
            raise AudioFileError(
                tr("{path} is not a regular file: save the recording to a file first").format(path=path)
            )
        if status.st_size == 0:
            raise AudioFileError(tr("{path} is empty (0 bytes): copy or download it again").format(path=path))
        return sources_for(path)
    except OSError as error:
        raise AudioFileError(_unreadable(path, error)) from error


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return tr("{path} is not there: check the name, or whether it was moved or deleted").format(path=path)
    if isinstance(error, PermissionError):
        return tr("{path} may not be read: change its permissions or copy it to where you may read it").format(
            path=path
        )
    return tr("{path} cannot be read ({reason}): check the disk or the connection to it").format(
        path=path, reason=error.strerror
    )
