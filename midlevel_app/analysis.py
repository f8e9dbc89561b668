"""From audio to curves: a stream of blocks in, values with their times out. No Qt, no devices."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import soxr

from midlevel_app.audio.block import Block
from midlevel_app.curves import Curves, join, span
from midlevel_app.errors import AudioFileError
from midlevel_app.frontend import SILENCE_DB, Samples, Spectrogram, SpectrogramStream
from midlevel_app.language import decimal, tr
from midlevel_app.model import Model

if TYPE_CHECKING:
    from midlevel_app.audio.decode import AudioReader

SOUNDING_SHARE = 0.5
"""A value exists where at least this share of the frames it describes sound."""

FILE_CHUNK_SECONDS = 20.0
"""How much new audio the network takes at once when a file is analysed."""


class StreamAnalyser:
    """Curves of audio that arrives in blocks; the same for a file and for a microphone.

    The network sees each new stretch of frames with the receptive field before it as context, so the values
    do not depend on the size of the blocks or chunks. Time counts from the first sample pushed.

    Values lie on one grid from 0 to the end of the audio; the first and last half receptive field, where no
    full field of frames exists, and silence hold NaN; so does their spread, where the model has one. The windows
    of the outermost frames reach half a frame past the audio, into silence.

    Parameters
    ----------
    model : Model
    rate : int
        Samples a second of the blocks.
    chunk_seconds : float
        Least amount of new audio to run the network on: long for files, 0 for live.
    on_frames : callable, optional
        Given each new stretch of the spectrogram (n, bands) in decibels, so that it need not be made twice.
    """

    def __init__(
        self,
        model: Model,
        rate: int,
        chunk_seconds: float = FILE_CHUNK_SECONDS,
        on_frames: Callable[[Spectrogram], None] | None = None,
    ) -> None:
        card = model.card
        self.model = model
        self._resampler = (
            soxr.ResampleStream(rate, card.frontend.rate, 1, dtype="float32") if rate != card.frontend.rate else None
        )
        self._stream = SpectrogramStream(card.frontend)
        self._on_frames = on_frames
        self._chunk = max(1, round(chunk_seconds * card.frontend.frame_rate))
        self._frames: list[Spectrogram] = []  # from frame number `self._next * stride` on
        self._pending = 0
        self._next = 0  # the value to compute next; value i belongs to frames from i * stride on
        self._opened = False
        self._rate = rate
        self._received = 0

    def push(self, block: Block) -> Curves:
        """Take a block and return the values it completes, possibly none."""
        mono = _mono(block.samples)
        self._received += len(mono)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        return self._take(self._stream.push(mono), self._chunk)

    def finish(self) -> Curves:
        """Return the remaining values, up to the end of the audio."""
        parts = []
        if self._resampler is not None:
            rest: Samples = self._resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True)
            parts.append(self._take(self._stream.push(rest), self._chunk))
        parts.append(self._take(self._stream.finish(), 1))
        if not self._received:
            return join(parts)
        card = self.model.card
        last = int(self._received / self._rate / card.step_seconds + 1e-9)  # grid points up to the last sample
        done = card.lead + self._next if self._opened else 0
        parts.append(self._gap(done, last + 1))
        return join(parts)

    def _gap(self, start: int, stop: int) -> Curves:
        """Grid points without a value."""
        times = self.model.card.times(np.arange(start, max(start, stop)))
        nothing = np.full((len(times), len(self.model.card.features)), np.nan)
        return Curves(times, nothing, spread=nothing if self.model.has_spread else None)

    def _take(self, frames: Spectrogram, least: int) -> Curves:
        """Collect frames; once at least ``least`` new ones wait, run the network over them."""
        card = self.model.card
        if len(frames):
            if self._on_frames is not None:
                self._on_frames(frames)
            self._frames.append(frames)
            self._pending += len(frames)
        waiting = sum(len(part) for part in self._frames)
        count = card.count(waiting)
        if self._pending < least or count == 0:
            return self._gap(0, 0)
        available = np.concatenate(self._frames)
        rated = self.model.rate(available)
        silent = ~_sounding(available, card.receptive_field, card.stride)
        rated.values[silent] = np.nan
        if rated.spread is not None:
            rated.spread[silent] = np.nan
        offset = card.lead + self._next
        times = card.times(offset + np.arange(count))
        self._frames = [available[count * card.stride :]]
        self._pending = 0
        self._next += count
        found = Curves(times, rated.values, spread=rated.spread)
        if self._opened:
            return found
        self._opened = True
        return join([self._gap(0, offset), found])


def _mono(samples: npt.NDArray[np.float32]) -> Samples:
    """Mean of the channels, (n, channels) to (n,); as a product, since `mean` over a short axis is slow."""
    channels = samples.shape[1]
    return np.asarray(samples @ np.full(channels, 1.0 / channels, dtype=np.float32))


def _sounding(frames: Spectrogram, field: int, stride: int) -> npt.NDArray[np.bool_]:
    """Tell for each value whether enough of its frames sound, (n,) bool."""
    sounds = frames.max(axis=1) > SILENCE_DB
    cumulative = np.concatenate([[0], np.cumsum(sounds)])
    starts = np.arange(0, len(frames) - field + 1, stride)
    return np.asarray(cumulative[starts + field] - cumulative[starts] >= SOUNDING_SHARE * field)


def curve_parts(
    blocks: Iterable[Block], model: Model, on_frames: Callable[[Spectrogram], None] | None = None
) -> Iterator[Curves]:
    """Curves of a recording, piece by piece as they are found; together they are `analyse`'s result.

    ``on_frames`` is given the spectrogram, as `StreamAnalyser` gives it.
    """
    analyser: StreamAnalyser | None = None
    for block in blocks:
        if analyser is None:
            analyser = StreamAnalyser(model, block.rate, on_frames=on_frames)
        yield analyser.push(block)
    if analyser is not None:
        yield analyser.finish()


def analyse(blocks: Iterable[Block], model: Model, name: str = "the recording") -> Curves:
    """Curves of a whole recording; ``name`` is what an error's sentence calls it, a file's path for example.

    Returns
    -------
    Curves
        One value every ``model.card.step_seconds`` from 0 to the end of the audio.

    Raises
    ------
    AudioFileError
        If there is nothing to describe: the audio is shorter than one receptive field, or silent for half of
        each of them.
    """
    curves = join(list(curve_parts(blocks, model)))
    check_describable(curves, model, name)
    return curves


def analyse_stretch(reader: "AudioReader", model: Model, start: float, stop: float) -> Curves:
    """Curves from about ``start`` to ``stop`` seconds only, on the grid of the whole recording's.

    Values differ from those of the whole recording by what a resampler makes of another beginning, less than 0.01
    rating points.
    """
    card = model.card
    edge = card.field_seconds / 2 + card.frontend.frame / card.frontend.rate  # what the cuts at the ends spoil
    first = max(0, math.floor((start - edge) / card.step_seconds))
    reader.seek(first * card.step_seconds)
    cut = stop + edge
    read = 0.0

    def inside() -> Iterator[Block]:
        nonlocal read
        for block in reader.blocks():
            if read >= cut:
                return
            read = (block.first_sample + len(block.samples)) / block.rate
            yield block
        read = math.inf  # its own end is no cut

    found = join(list(curve_parts(inside(), model)))
    found = replace(found, times=card.times(first + np.arange(len(found))))
    return span(found, first * card.step_seconds + edge if first else 0.0, read - edge)


def check_describable(curves: Curves, model: Model, name: str = "the recording") -> None:
    """Raise `AudioFileError` for finished curves without a single value, and say why ``name`` has none."""
    if np.isfinite(curves.values).any():
        return
    duration = float(curves.times[-1]) if len(curves) else 0.0
    if len(curves) <= 2 * model.card.lead:
        needed = model.card.field_seconds
        raise AudioFileError(
            tr(
                "{name} is too short: {duration} s, and one value describes {needed} s; choose a longer recording"
            ).format(name=name, duration=decimal(duration, ".1f"), needed=decimal(needed, ".1f"))
        )
    raise AudioFileError(
        tr(
            "{name} is silent: in no {needed} s does the mean of its channels exceed {least:.0f} dBFS in any band for "
            "half of the time; check how it was recorded"
        ).format(name=name, needed=decimal(model.card.field_seconds, ".1f"), least=SILENCE_DB)
    )
