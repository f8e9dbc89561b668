"""The terms of all seven features of a clip, and how they add up."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from midlevel_app.features import NAMES
from training.errors import NotesError
from training.notes import Floats, Notes, cut
from training.ratings import (
    articulation,
    dissonance,
    melodiousness,
    minorness,
    rhythmic_complexity,
    rhythmic_stability,
    tonal_stability,
)
from training.ratings.sounding import sounding

FEWEST_NOTES = 4  # pitched notes of a clip that can be rated
WIDER = 1.5  # factor by which a window with too few notes grows
EXTREME = 4.0  # standard deviations to which a term is limited, so that none alone decides

MODULES = MappingProxyType(
    {
        "melodiousness": melodiousness,
        "articulation": articulation,
        "rhythmic_complexity": rhythmic_complexity,
        "rhythmic_stability": rhythmic_stability,
        "dissonance": dissonance,
        "tonal_stability": tonal_stability,
        "minorness": minorness,
    }
)
TERM_NAMES = tuple(f"{name}.{term}" for name in NAMES for term in MODULES[name].WEIGHTS)

# Seconds of music that a value at one moment describes.
WINDOWS = MappingProxyType({name: 8.0 if name.startswith(("rhythmic", "tonal")) else 3.0 for name in NAMES})


def raw_terms(notes: Notes) -> Floats:
    """Return the terms of a clip, (terms,) in the order of ``TERM_NAMES``; all finite.

    A term of which the clip holds no evidence (say, the beats of three onsets) has its module's ``TYPICAL`` value, the
    median of the corpus' source clips for training; ``SPREAD`` is their standard deviation.

    Raises
    ------
    NotesError
        If the clip has fewer than four pitched notes.
    """
    return _terms(notes.ordered(), NAMES)


def _terms(notes: Notes, features: tuple[str, ...]) -> Floats:
    """Return the terms of some of the features, of notes in order; all finite."""
    pitched = notes.select(~notes.drum)
    if len(pitched) < FEWEST_NOTES:
        raise NotesError(f"A clip of {len(pitched)} pitched notes cannot be rated; {FEWEST_NOTES} are needed.")
    tones = sounding(pitched)
    measures: dict[str, Callable[[], dict[str, float]]] = {
        "melodiousness": lambda: melodiousness.terms(pitched, tones),
        "articulation": lambda: articulation.terms(pitched),
        "rhythmic_complexity": lambda: rhythmic_complexity.terms(notes),
        "rhythmic_stability": lambda: rhythmic_stability.terms(notes),
        "dissonance": lambda: dissonance.terms(tones),
        "tonal_stability": lambda: tonal_stability.terms(tones),
        "minorness": lambda: minorness.terms(tones),
    }
    found = {name: measures[name]() for name in features}
    values = np.array([found[name][term] for name in features for term in MODULES[name].WEIGHTS])
    return np.where(np.isfinite(values), values, _of_terms("TYPICAL", features))


def _of_terms(constant: str, features: tuple[str, ...]) -> Floats:
    """Return a module's constant of each term of some of the features."""
    return np.array([getattr(MODULES[name], constant)[term] for name in features for term in MODULES[name].WEIGHTS])


def standardised(terms: Floats, features: tuple[str, ...] = NAMES) -> Floats:
    """Return terms (clips, terms) of some features on the corpus' scale: less ``TYPICAL``, over ``SPREAD``, limited."""
    return limited((terms - _of_terms("TYPICAL", features)) / _of_terms("SPREAD", features))


def limited(value: Floats) -> Floats:
    """Return standardised terms, none further from 0 than 4."""
    return np.asarray(np.clip(value, -EXTREME, EXTREME))


def composites(terms: Floats) -> Floats:
    """Return the weighted sums of standardised terms (clips, terms), (clips, 7) in the order of the features.

    A share of melodiousness is tonal stability minus dissonance of the same clip.
    """
    weights = np.zeros((len(TERM_NAMES), len(NAMES)))
    row = 0
    for column, name in enumerate(NAMES):
        for weight in MODULES[name].WEIGHTS.values():
            weights[row, column] = weight
            row += 1
    values = np.asarray(limited(terms) @ weights)
    melody, tonal, rough = (NAMES.index(name) for name in ("melodiousness", "tonal_stability", "dissonance"))
    values[:, melody] += melodiousness.PLEASANTNESS * (values[:, tonal] - values[:, rough])
    return values


def windowed_terms(notes: Notes, duration: float, hop: float) -> tuple[Floats, Floats]:
    """Return terms over time: the moments (t,) in seconds and (t, terms) as in `raw_terms`, all finite.

    The moments are hop / 2, 3 hop / 2, ... below `duration`. Each feature's terms come from the notes that begin in
    the window of its own length (``WINDOWS``) around the moment, which is shifted to lie inside [0, duration], and
    widened by half until it holds four pitched notes.

    Raises
    ------
    NotesError
        If fewer than four pitched notes begin in [0, duration].
    """
    notes = notes.ordered()
    struck = notes.onset[~notes.drum]
    moments = np.arange(hop / 2, duration, hop)
    result = np.empty((len(moments), len(TERM_NAMES)))
    for length in sorted(set(WINDOWS.values())):
        features = tuple(name for name in NAMES if WINDOWS[name] == length)
        own = np.array([name.split(".")[0] in features for name in TERM_NAMES])
        known: dict[tuple[float, float], Floats] = {}  # at both ends, several moments share a window
        for row, moment in enumerate(moments.tolist()):
            window = _window(moment, length, duration, struck)
            if window not in known:
                known[window] = _terms(cut(notes, *window), features)
            result[row, own] = known[window]
    return moments, result


def _window(moment: float, length: float, duration: float, struck: Floats) -> tuple[float, float]:
    """Return start and end in seconds of the window around a moment that holds enough onsets of pitched notes."""
    while True:
        start = max(min(moment - length / 2, duration - length), 0.0)
        stop = min(start + length, duration)
        first, last = np.searchsorted(struck, (start, stop))
        if last - first >= FEWEST_NOTES or length >= duration:
            return start, stop
        length *= WIDER
