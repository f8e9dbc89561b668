"""The pulse of a passage: how periodic its onsets are, and where its beats fall."""

from dataclasses import dataclass

import numpy as np

from training.notes import Floats, Integers
from training.ratings.clusters import Clusters

RATE = 100  # samples a second of the onset train
BLUR = 0.02  # seconds, standard deviation of the Gaussian that stands for an onset
SHORTEST, LONGEST = 0.2, 1.5  # seconds, periods that are felt as a pulse
MARCH, SPREAD = 0.5, 1.0  # preferred period in seconds, and the octaves of one standard deviation around it
FEWEST = 4  # onsets that have a pulse
ROUGH_BLUR = 0.04  # seconds, of the onsets whose clarity is sought
CLARITY_HOP = 50  # samples between its windows
# Of the beat tracker: what an uneven beat costs, what an empty one costs, and how many beats may be apart.
TIGHTNESS, SKIP, REACH = 6.0, 0.3, 4


@dataclass(frozen=True)
class Pulse:
    """What is periodic in a row of onsets.

    Attributes
    ----------
    clarity : float
        Height of the best peak of the normalised autocorrelation, 0 to 1.
    period : float
        Beat period in seconds (nan without a pulse).
    beats : (b,) float64
        Times of the tracked beats in seconds.
    """

    clarity: float
    period: float
    beats: Floats


def onset_train(times: Floats, weights: Floats, blur: float = BLUR) -> Floats:
    """Return the sum of Gaussians at the onsets, at 100 Hz from 0.1 s before the first one.

    `blur` is their standard deviation in seconds.
    """
    start = times[0] - 0.1
    size = int(np.ceil((times[-1] - start + 0.1) * RATE)) + 1
    reach = round(4 * blur * RATE)
    place = np.round((times - start) * RATE).astype(np.int64) + np.arange(-reach, reach + 1)[:, None]
    height = weights * np.exp(-0.5 * ((place / RATE + start - times) / blur) ** 2)
    inside = (place >= 0) & (place < size)
    return np.asarray(np.bincount(place[inside], height[inside], size))


def autocorrelation(train: Floats) -> Floats:
    """Return the autocorrelation of trains (..., t) without their mean, 1 at lag 0.

    It is corrected for the shrinking overlap, up to a factor of three.
    """
    size = train.shape[-1]
    padded = 1 << (2 * size - 1).bit_length()  # a length that is quick to transform
    spectrum = np.fft.rfft(train - train.mean(axis=-1, keepdims=True), padded)
    raw = np.fft.irfft(np.abs(spectrum) ** 2)[..., :size]
    lag = np.arange(size)
    return np.asarray(raw / np.maximum(raw[..., :1], 1e-12) * size / np.maximum(size - lag, size / 3))


def _preference(lags: Integers) -> Floats:
    """Return how near lags in samples are to a march's beat, 1 at best: a Gaussian of one octave."""
    return np.asarray(np.exp(-0.5 * (np.log2(lags / RATE / MARCH) / SPREAD) ** 2))


def pulse(events: Clusters) -> Pulse:
    """Return the pulse of a row of onset clusters (after Lartillot et al. 2008, section 3).

    The period is the lag between 0.2 and 1.5 s at which the autocorrelation, weighted by how near the lag is to
    a march's, is largest; the clarity is the autocorrelation there.
    """
    if len(events.time) < FEWEST:
        return Pulse(clarity=np.nan, period=np.nan, beats=np.empty(0))
    curve = autocorrelation(onset_train(events.time, events.accent))
    lags = np.arange(int(SHORTEST * RATE), min(int(LONGEST * RATE) + 1, len(curve)))
    if len(lags) < 3:
        return Pulse(clarity=np.nan, period=np.nan, beats=np.empty(0))
    best = int(np.argmax(curve[lags] * _preference(lags)))
    period = float(lags[best] / RATE)
    return Pulse(clarity=float(np.clip(curve[lags[best]], 0, 1)), period=period, beats=track_beats(events, period))


def clarity(onset: Floats, weights: Floats, length: float) -> float:
    """Return how clear a pulse onsets have: the best weighted autocorrelation, mean over windows every 0.5 s.

    Onsets are blurred by 40 ms, so that a chord is one event however its notes are spread. Windows last `length`
    seconds, or all of a shorter passage. Those with fewer than four onsets are left out; nan if there is no other.
    """
    train = onset_train(onset, weights, ROUGH_BLUR)
    size = min(round(length * RATE), len(train))
    start = np.arange(0, len(train) - size + 1, CLARITY_HOP)
    first = onset[0] - 0.1 + start / RATE
    start = start[np.searchsorted(onset, first + size / RATE) - np.searchsorted(onset, first) >= FEWEST]
    lags = np.arange(int(SHORTEST * RATE), min(int(LONGEST * RATE) + 1, size))
    if not len(start) or len(lags) < FEWEST:
        return np.nan
    curves = autocorrelation(train[start[:, None] + np.arange(size)])[:, lags]
    return float((curves * _preference(lags)).max(axis=1).mean())


def track_beats(events: Clusters, period: float) -> Floats:
    """Return the beats of a row of clusters by dynamic programming (after Ellis 2007, on onsets only).

    A beat falls on a cluster; up to three beats in a row may have none and are spaced evenly.
    """
    time, accent = events.time, events.accent / events.accent.mean()
    score, back = accent.copy(), np.full(len(time), -1)
    for now in range(1, len(time)):
        first = int(np.searchsorted(time, time[now] - (REACH + 0.5) * period))
        gap = time[now] - time[first:now]
        count = np.maximum(np.round(gap / period), 1)
        cost = TIGHTNESS * np.log2(gap / (count * period)) ** 2 + SKIP * (count - 1)
        gain = score[first:now] - cost
        if len(gain) and gain.max() > 0:
            back[now] = first + int(np.argmax(gain))
            score[now] += gain.max()
    path = [int(np.argmax(score))]
    while back[path[-1]] >= 0:
        path.append(int(back[path[-1]]))
    anchors = time[path[::-1]]
    steps = np.maximum(np.round(np.diff(anchors) / period), 1).astype(np.int64)
    position = np.concatenate([[0], np.cumsum(steps)])
    return np.interp(np.arange(position[-1] + 1), position, anchors)
