"""Programme: what a player plays from a place on, with its speed and its loop, as pieces that know their places."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from midlevel_app.audio.decode import AudioReader
from midlevel_app.audio.devices import Device
from midlevel_app.audio.feed import Feed, Piece, Samples, device_audio
from midlevel_app.audio.stretch import CONTEXT_SECONDS, FADE_SECONDS, SEARCH_SECONDS, best_lag, faded, stretched
from midlevel_app.errors import AudioFileError

SLOWEST, FASTEST = 0.5, 1.5
SHORTEST_LOOP_SECONDS = 0.2
SEAM_SECONDS = 0.005  # the end of a loop fades into its start for so long

KEPT_SECONDS = (0.12, 0.3, 1.0)
"""What is still played as it was after a change: the first time in which the change can be prepared."""

GUARD_SECONDS = 0.05  # nothing is exchanged that the device may ask for within this time


@dataclass(frozen=True)
class Loop:
    """A part of a recording to be played again and again, in seconds."""

    start: float
    stop: float

    def __post_init__(self) -> None:
        """Refuse what cannot be looped."""
        if not (self.start >= 0.0 and self.stop - self.start >= SHORTEST_LOOP_SECONDS):
            raise ValueError(f"a loop is at least {SHORTEST_LOOP_SECONDS} s long, not {self.start} to {self.stop} s")


def programme(
    reader: AudioReader, start: float, output: Device, speed: float = 1.0, loop: Loop | None = None
) -> Iterator[Piece]:
    """What is played from ``start`` seconds on; from behind a loop's end, it is played on without it."""
    if loop is not None and start >= loop.stop:
        loop = None
    if speed == 1.0:
        return looped(reader, start, output, loop)
    before = min(CONTEXT_SECONDS, start)
    return stretched(looped(reader, start - before, output, loop), speed, output.rate, before)


def looped(reader: AudioReader, start: float, output: Device, loop: Loop | None) -> Iterator[Piece]:
    """Audio at its own speed from ``start`` on, round and round once ``loop`` is reached.

    After its end, a loop goes on for `SEAM_SECONDS` under its beginning. Where the recording ends within the
    loop, the loop ends there; one that starts behind the end is none.
    """
    rate = output.rate
    fade = round(SEAM_SECONDS * rate)
    tail: Samples = np.empty((0, output.channels), dtype=np.float32)
    while True:
        length = None if loop is None else round((loop.stop - start) * rate)
        done, after, behind = 0, tail[:0], 0
        for chunk in device_audio(reader, start, output):
            body = chunk if length is None else chunk[: max(0, length - done)]
            if len(body):
                yield Piece(faded(tail, body, done), start + done / rate, 1.0)
                done += len(body)
            if len(body) < len(chunk):
                after = np.concatenate([after, chunk[len(body) :][: fade - behind]])
                behind = len(after)
                if behind == fade:
                    break
        if loop is None or start + done / rate < loop.start + SHORTEST_LOOP_SECONDS / 2:
            return
        start, tail = loop.start, after


def exchanged(feed: Feed, reader: AudioReader, output: Device, speed: float, loop: Loop | None) -> Iterator[Piece]:
    """Let ``feed`` go on with another speed or loop, and return what is to be added to it next.

    The old audio fades into the new where both are most alike, within `SEARCH_SECONDS` of the same place.

    Raises
    ------
    AudioFileError
        If the recording breaks off there: the feed then ends.
    """
    piece, problem = None, None
    for kept in KEPT_SECONDS:
        frame = min(feed.taken + round(kept * feed.rate), feed.added)
        start = feed.source(frame)
        if loop is not None and abs(start - loop.stop) < 2 / feed.rate:  # the loop's start comes next
            start = loop.start
        before = min(SEARCH_SECONDS * speed, start)
        source = programme(reader, start - before, output, speed, None if loop and start >= loop.stop else loop)
        try:
            piece = next(source, None)
        except AudioFileError as error:
            problem = error
        if frame == feed.added or feed.taken + GUARD_SECONDS * feed.rate < frame:
            break
    tail = feed.ahead(frame, round(2 * FADE_SECONDS * feed.rate))
    feed.exchange(frame)
    if problem is not None:
        raise problem
    if piece is not None:
        lag = middle = round(before / speed * feed.rate)
        if len(tail):
            lag = best_lag(tail, piece.samples[: 2 * middle + len(tail)], middle)
        joined = faded(tail[: len(tail) // 2], piece.samples[lag:])
        feed.add(joined, piece.source + lag * speed / feed.rate, speed)
    return source
