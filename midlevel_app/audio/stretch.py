"""Stretch: audio at another speed with its pitch kept, piece by piece, each piece with its place in the recording."""

from collections.abc import Iterator

import numpy as np
import python_stretch

from midlevel_app.audio.feed import Piece, Samples

CONTEXT_SECONDS = 0.15
"""Audio around a window that is stretched with it and thrown away: more than the stretcher's block of 0.12 s."""

FIRST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS = 0.25, 1.0
"""Short windows sound soon, long ones have few joins; the stretcher holds Python's lock for 5 % of one."""

SEARCH_SECONDS = 0.010
FADE_SECONDS = 0.020


def stretched(pieces: Iterator[Piece], speed: float, rate: int, skip: float = 0.0) -> Iterator[Piece]:
    """Audio of ``pieces`` at ``speed``, from ``skip`` seconds into them on.

    `python_stretch` forgets everything between calls and aligns each output with its input: the latencies are
    taken out inside, so that output frame i is input frame ``i * speed``. A stream is therefore cut into
    windows that overlap, and each is moved by up to `SEARCH_SECONDS` to where it fits the one before and is
    faded into it. The move is in the places that the pieces tell.

    Parameters
    ----------
    pieces : iterator of Piece
        At the recording's own speed.
    speed : float
        Above 1 is faster.
    rate : int
        Samples a second, of both sides.
    skip : float
        What comes before is context only.
    """
    stretcher = python_stretch.Signalsmith.Stretch(0)
    source = _Buffer(pieces, rate)
    context, search, fade = (round(s * rate) for s in (CONTEXT_SECONDS, SEARCH_SECONDS, FADE_SECONDS))
    begin, window = round(skip * rate), round(FIRST_WINDOW_SECONDS * rate)
    tail: Samples | None = None
    while source.fill(begin + window + context) > begin:
        end = min(begin + window, source.end)
        if source.end < begin + window + context:  # nothing follows
            end = source.end
        source.forget(begin - context)
        first = source.first
        audio = source.samples[: min(end + context, source.end) - first]
        stretcher.preset(audio.shape[1], rate)
        stretcher.setTimeFactor(speed)
        out = np.asarray(stretcher.process(np.ascontiguousarray(audio.T)), dtype=np.float32).T
        start, stop = round((begin - first) / speed), min(len(out), round((end - first) / speed))
        if tail is not None and len(tail):
            low = max(0, start - search)
            start = low + best_lag(tail, out[low : start + search + len(tail)], start - low)
            out = np.concatenate([out[:start], faded(tail[:fade], out[start:])])
        tail = out[stop : stop + 2 * fade].copy()
        yield from source.placed(np.clip(out[start:stop], -1.0, 1.0), first + start * speed, speed)
        begin, window = end, min(2 * window, round(LONGEST_WINDOW_SECONDS * rate))


def best_lag(tail: Samples, audio: Samples, middle: int) -> int:
    """Frame of ``audio`` from which on it looks most like ``tail``; ``middle`` where nothing does."""
    left, right = tail.mean(axis=1), audio.mean(axis=1)
    if len(right) <= len(left):
        return min(middle, len(right))
    products = np.correlate(right, left, "valid")
    energies = np.convolve(right**2, np.ones(len(left), dtype=np.float32), "valid")
    floor = 1e-6 * len(left)
    likeness = products / np.sqrt(np.maximum(energies, floor) * max(float(left @ left), floor))
    best = int(np.argmax(likeness))
    return best if likeness[best] > max(0.1, likeness[min(middle, len(likeness) - 1)]) else middle


def faded(tail: Samples, audio: Samples, done: int = 0) -> Samples:
    """``audio``, of which ``done`` frames came before, with its beginning faded in as ``tail`` fades out."""
    count = max(0, min(len(tail) - done, len(audio)))
    if not count:
        return audio
    audio = audio.copy()
    gain = ((np.arange(done, done + count, dtype=np.float32) + 0.5) / len(tail))[:, None]
    audio[:count] = tail[done : done + count] * (1.0 - gain) + audio[:count] * gain
    return audio


class _Buffer:
    """A window on joined pieces, by frames counted over all of them, that knows the place of each frame."""

    def __init__(self, pieces: Iterator[Piece], rate: int) -> None:
        self.first = self.end = 0
        self.samples: Samples = np.empty((0, 0), dtype=np.float32)
        self._pieces = pieces
        self._rate = rate
        self._marks: list[tuple[int, float]] = []  # frames from which places run on, and the places there

    def fill(self, end: int) -> int:
        """Read until ``end`` if there is so much; return the frame where the buffer ends."""
        got = [self.samples] if len(self.samples) else []
        while self.end < end and (piece := next(self._pieces, None)) is not None:
            if len(piece.samples):
                got.append(piece.samples)
                if not self._marks or abs(self._place(self.end) - piece.source) * self._rate > 0.5:
                    self._marks.append((self.end, piece.source))
                self.end += len(piece.samples)
        if got:
            self.samples = np.concatenate(got)
        return self.end

    def forget(self, before: int) -> None:
        """Drop the frames before ``before``."""
        count = max(0, min(before, self.end) - self.first)
        self.samples = self.samples[count:]
        self.first += count
        while len(self._marks) > 1 and self._marks[1][0] <= self.first:
            self._marks.pop(0)

    def placed(self, out: Samples, frame: float, speed: float) -> Iterator[Piece]:
        """Pieces of ``out``, which begins at ``frame`` here: one for each part that it came from."""
        ends = [mark for mark, _ in self._marks[1:]] + [self.end]
        done = 0
        for (mark, source), end in zip(self._marks, ends, strict=True):
            stop = len(out) if end == self.end else min(len(out), round((end - frame) / speed))
            if stop > done:
                here = frame + done * speed
                yield Piece(out[done:stop], source + (here - mark) / self._rate, speed)
                done = stop

    def _place(self, frame: int) -> float:
        """Seconds into the recording of ``frame``, if the last piece goes on."""
        mark, source = self._marks[-1]
        return source + (frame - mark) / self._rate
