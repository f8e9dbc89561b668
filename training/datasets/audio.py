"""Clips of audio, whatever they come from: recordings decoded lazily, mono at a network's rate, 15 s at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from midlevel_app.audio.decode import open_audio
from midlevel_app.errors import AudioFileError
from midlevel_app.frontend import Samples
from training.corpus.clips import CLIP_SECONDS
from training.notes import Notes


@dataclass(frozen=True)
class AudioClip:
    """A clip of 15 s with its ratings, if it has any.

    Attributes
    ----------
    name : str
        Identifier within its data set.
    work : str
        The piece or recording it is from; clips of one work are alike.
    audio : (n,) float32
        Mono, at the rate it was asked for.
    ratings : (features,) float32 or None
        1 to 10; None for unlabelled audio.
    """

    name: str
    work: str
    audio: Samples
    ratings: npt.NDArray[np.float32] | None


@dataclass(frozen=True)
class RealClip(AudioClip):
    """A clip of a real recording with the notes that were played in it.

    Attributes
    ----------
    notes : Notes
        Those that begin in the clip, in seconds from its start.
    """

    notes: Notes


def consecutive_clips(path: Path, rate: int) -> Iterator[Samples]:
    """Yield a recording as consecutive clips of 15 s, (n,) mono at ``rate``; a shorter rest is left out.

    No more than a clip is held in memory.

    Raises
    ------
    AudioFileError
        If the recording cannot be opened, or, after the clips before that place, where it is damaged.
    """
    length = round(CLIP_SECONDS * rate)
    waiting = np.empty(0, np.float32)
    for piece in _pieces(path, rate):
        waiting = np.concatenate([waiting, piece])
        while len(waiting) >= length:
            yield waiting[:length].copy()
            waiting = waiting[length:]


def first_clip(path: Path, rate: int) -> Samples:
    """Return the first 15 s of a recording, (n,) mono at ``rate``; a shorter one is repeated from its start.

    Raises
    ------
    AudioFileError
        If it cannot be opened, is damaged within these 15 s, or is empty.
    """
    length = round(CLIP_SECONDS * rate)
    pieces: list[Samples] = []
    for piece in _pieces(path, rate):
        pieces.append(piece)
        if sum(map(len, pieces)) >= length:
            break
    if not sum(map(len, pieces)):
        raise AudioFileError(f"{path} holds no audio: get a complete copy")
    return np.resize(np.concatenate(pieces), length)


def whole(path: Path, rate: int) -> Samples:
    """Return a recording from beginning to end, (n,) mono at ``rate``; `AudioFileError` if it cannot be decoded."""
    return np.concatenate([np.empty(0, np.float32), *_pieces(path, rate)])


def _pieces(path: Path, rate: int) -> Iterator[Samples]:
    """Yield a recording second by second, mono at ``rate``."""
    with open_audio(path) as reader:
        weights = np.full(reader.channels, 1 / reader.channels, dtype=np.float32)
        if reader.rate == rate:
            yield from (block.samples @ weights for block in reader.blocks())
            return
        resampler = soxr.ResampleStream(reader.rate, rate, 1, dtype="float32")
        for block in reader.blocks():
            yield resampler.resample_chunk(block.samples @ weights)
        yield resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True)
