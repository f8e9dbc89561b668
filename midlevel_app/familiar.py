"""Familiarity: whether audio is what the model was made for, told from the spectrogram's frames alone.

Each window of `WINDOW_SECONDS` is summed up by the `MEASURES`, and a fixed linear rule turns these into
probabilities of `KINDS`. Windows vote. The rule was fitted by `training.familiarity`, which also measures how often
it errs: with the shipped rule none of 28 held-out recordings of real piano got a notice, and 57 of 67 of game music
did. It is made to miss a violin rather than to doubt a piano. A window half of whose frames are silent
has no vote, and audio too quiet to have curves gets no notice.
"""

import json
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midlevel_app.frontend import SILENCE_DB, FrontEnd, Spectrogram
from midlevel_app.language import translatable

Values = npt.NDArray[np.float64]

KINDS = PIANO, OTHER_MUSIC, NOISE = ("piano", "other music", "noise or speech")

NOTICES = {
    OTHER_MUSIC: translatable(
        "This sounds unlike a piano. The model was made for piano alone: read the curves with caution."
    ),
    NOISE: translatable(
        "This sounds like noise or speech. The model was made for piano alone: the curves mean nothing here."
    ),
}
"""What the user is told."""

WINDOW_SECONDS = 15.0
LEAST_SECONDS = 10.0
"""A last window may be as short as this."""

PIANO_FROM = 0.4
"""A window is like piano from this probability on."""

NOTICE_BELOW = 0.5
"""A notice is given if a smaller share of windows is like piano."""

NOTICE_WINDOWS = 2
"""Nothing is said on fewer windows than this: one alone errs too often."""

MEASURES = (
    "rise",
    "fall",
    "rise_bursts",
    "fall_bursts",
    "rise_skewness",
    "restlessness",
    "depth",
    "depth_deviation",
    "peaks",
    "tops",
    "peak_share",
    "peaks_kept",
    "drift",
    "drift_deviation",
    "decaying_share",
    "constant_share",
    "growing_share",
    "octaves_1_2",
    "octaves_3_4",
    "octave_5",
    "octave_6_7",
    "level_deviation",
    "level_restlessness",
    "alike_1",
    "alike_3",
    "alike_10",
    "alike_30",
)
"""What `measures` returns, in order."""

_RULE = Path(__file__).resolve().parent / "assets" / "familiarity.json"
_RANGE_DB = 60.0  # below the loudest band of a window everything counts as equally silent
_LATER = 6  # frames over which the course of a partial is followed, 0.2 s


@dataclass(frozen=True)
class Familiarity:
    """How like the model's own material audio is.

    Attributes
    ----------
    share_like_piano : float
        Share of the windows that are like piano, 0 to 1; NaN while none has a vote.
    kind : str
        One of `KINDS`; piano as long as there is no reason to think otherwise.
    notice : str or None
        What to tell the user, if anything.
    """

    share_like_piano: float
    kind: str
    notice: str | None


@dataclass(frozen=True)
class Rule:
    """A linear rule from measures to kinds.

    Attributes
    ----------
    front_end : FrontEnd
        Of the spectrograms that it was fitted on.
    centre, scale : (measures,) float64
        Taken from the measures, and what the rest is divided by.
    weights : (measures, kinds) float64
    bias : (kinds,) float64
    """

    front_end: FrontEnd
    centre: Values
    scale: Values
    weights: Values
    bias: Values

    def probabilities(self, found: Values) -> Values:
        """Probabilities of the kinds (..., kinds) for measures (..., measures)."""
        score = np.clip((found - self.centre) / self.scale, -4.0, 4.0) @ self.weights + self.bias
        odds = np.exp(score - score.max(axis=-1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


@lru_cache(maxsize=1)
def shipped_rule() -> Rule:
    """Return the rule that comes with the program."""
    stored = json.loads(_RULE.read_text(encoding="utf-8"))
    arrays = (np.array(stored[name], dtype=np.float64) for name in ("centre", "scale", "weights", "bias"))
    return Rule(FrontEnd.from_dict(stored["front_end"]), *arrays)


class FamiliarityStream:
    """Familiarity of audio whose frames arrive in pieces; pieces of any size give the same verdict.

    A front end other than the rule's gives no notice, ever.
    """

    def __init__(self, front_end: FrontEnd, rule: Rule | None = None) -> None:
        self._rule = shipped_rule() if rule is None else rule
        self._known = front_end == self._rule.front_end
        self._window = round(WINDOW_SECONDS * front_end.frame_rate)
        self._least = round(LEAST_SECONDS * front_end.frame_rate)
        self._frames: deque[Spectrogram] = deque()
        self._waiting = 0
        self._votes: list[Values] = []

    def push(self, frames: Spectrogram) -> None:
        """Take the next frames (n, bands), in decibels."""
        if not self._known or not len(frames):
            return
        self._frames.append(frames)
        self._waiting += len(frames)
        if self._waiting < self._window:
            return
        gathered = np.concatenate(self._frames)
        whole = len(gathered) // self._window * self._window
        for start in range(0, whole, self._window):
            self._votes += self._vote(gathered[start : start + self._window])
        self._frames = deque([gathered[whole:].copy()])
        self._waiting = len(gathered) - whole

    def verdict(self) -> Familiarity:
        """Return what is known so far; more may be pushed after."""
        votes = list(self._votes)
        if self._waiting >= self._least:
            votes += self._vote(np.concatenate(self._frames))
        if not votes:
            return Familiarity(float("nan"), PIANO, None)
        probabilities = np.array(votes)
        share = float(np.mean(probabilities[:, 0] >= PIANO_FROM))
        if share >= NOTICE_BELOW or len(votes) < NOTICE_WINDOWS:
            return Familiarity(share, PIANO, None)
        kind = KINDS[1 + int(np.argmax(probabilities[:, 1:].sum(axis=0)))]
        return Familiarity(share, kind, NOTICES[kind])

    def _vote(self, frames: Spectrogram) -> list[Values]:
        if np.mean(frames.max(axis=1) > SILENCE_DB) < 0.5:
            return []
        return [self._rule.probabilities(measures(frames))]


def measures(frames: Spectrogram) -> Values:
    """Sum up a window of frames (n, bands), n > 30, in numbers that do not depend on its level, (measures,).

    A struck string rises at once and decays slowly, and its partials stay where they are; bows and voices rise
    slowly, hold and glide; noise has no partials. So: how much bands rise and fall from frame to frame, and in what
    bursts; how far the spectrum lies below its loudest band; how many bands are peaks, how high, and whether they
    are there 0.2 s later; how loud bands drift over 0.2 s; the mean spectrum; the level's movement; and how alike
    frames are at some distances.
    """
    level = frames.max(axis=1).astype(np.float64)
    bottom = level.max() - _RANGE_DB
    bands = np.maximum(frames.astype(np.float64), bottom)
    top_level = np.maximum(level, bottom)[:, None]
    return np.concatenate(
        [
            _steps(np.diff(bands, axis=0)),
            [(bands - top_level).mean(), (bands - top_level).std()],
            _peaks(bands, top_level),
            _drift(bands, top_level),
            _profile(bands),
            [level.std(), np.diff(level).std()],
            _alike(bands),
        ]
    )


def _steps(steps: Values) -> Values:
    """Rises and falls of all bands from frame to frame, and how unevenly they are spread over time."""
    rises, falls = np.maximum(steps, 0.0).mean(axis=1), np.maximum(-steps, 0.0).mean(axis=1)
    bursts = [np.mean(course**2) / max(float(np.mean(course)) ** 2, 1e-9) for course in (rises, falls)]
    power = float(np.mean(steps**2))
    return np.array(
        [rises.mean(), falls.mean(), *bursts, np.mean(steps**3) / max(power**1.5, 1e-9), np.log(power + 1e-3)]
    )


def _peaks(bands: Values, top_level: Values) -> Values:
    """Peaks are bands 6 dB above those an eighth of an octave away; tops are all local maxima in the upper 35 dB."""
    inner = bands[:, 3:-3]
    tops = (inner >= bands[:, 2:-4]) & (inner >= bands[:, 4:-2]) & (inner > top_level - 35.0)
    peaks = tops & (inner > np.maximum(bands[:, :-6], bands[:, 6:]) + 6.0)
    kept = (peaks[_LATER:] & peaks[:-_LATER]).sum() / max(peaks[:-_LATER].sum(), 1)
    return np.array(
        [peaks.sum(axis=1).mean(), tops.sum(axis=1).mean(), peaks.sum() / max(tops.sum(), 1), kept], dtype=np.float64
    )


def _drift(bands: Values, top_level: Values) -> Values:
    """How bands within 30 dB of the loudest change over 0.2 s, in dB."""
    loud = bands > top_level - 30.0
    drift = (bands[_LATER:] - bands[:-_LATER])[loud[_LATER:] & loud[:-_LATER]]
    if not len(drift):
        drift = np.zeros(1)
    shares = [np.mean((drift < -0.3) & (drift > -6.0)), np.mean(np.abs(drift) < 0.3), np.mean(drift > 6.0)]
    return np.array([drift.mean(), drift.std(), *shares])


def _profile(bands: Values) -> Values:
    """Mean spectrum against its loudest band, in four ranges."""
    profile = bands.mean(axis=0)
    profile -= profile.max()
    return np.array([part.mean() for part in np.split(profile, [48, 96, 128])])


def _alike(bands: Values) -> Values:
    """Correlation of frames 1, 3, 10 and 30 apart, the mean spectrum taken out."""
    rest = bands - bands.mean(axis=0)
    pairs = ((rest[lag:], rest[:-lag]) for lag in (1, 3, 10, 30))
    return np.array([np.sum(a * b) / max(float(np.sqrt(np.sum(a**2) * np.sum(b**2))), 1e-9) for a, b in pairs])
