"""The terms of all seven features of a clip, and how they add up."""

from contextlib import suppress
from types import MappingProxyType

import numpy as np

from midlevel_app.features import NAMES
from training.notes import Floats, Notes, NotesError, cut
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

    A term of which the clip holds no evidence (say, the beats of three onsets) has its module's ``TYPICAL``
    value, the median of 1,300 clips of 15 s of piano rolls.

    Raises
    ------
    NotesError
        If the clip has fewer than four pitched notes.
    """
    notes = notes.ordered()
    pitched = notes.select(~notes.drum)
    if len(pitched) < FEWEST_NOTES:
        raise NotesError(f"A clip of {len(pitched)} pitched notes cannot be rated; {FEWEST_NOTES} are needed.")
    tones = sounding(pitched)
    found = {
        "melodiousness": melodiousness.terms(pitched, tones),
        "articulation": articulation.terms(pitched),
        "rhythmic_complexity": rhythmic_complexity.terms(notes),
        "rhythmic_stability": rhythmic_stability.terms(notes),
        "dissonance": dissonance.terms(tones),
        "tonal_stability": tonal_stability.terms(tones),
        "minorness": minorness.terms(tones),
    }
    values = np.array([found[name][term] for name in NAMES for term in MODULES[name].WEIGHTS])
    typical = np.array([MODULES[name].TYPICAL[term] for name in NAMES for term in MODULES[name].WEIGHTS])
    return np.where(np.isfinite(values), values, typical)


def composites(standardised: Floats) -> Floats:
    """Return the weighted sums of standardised terms (clips, terms), (clips, 7) in the order of the features.

    A share of melodiousness is tonal stability minus dissonance of the same clip.
    """
    limited = np.clip(standardised, -EXTREME, EXTREME)
    weights = np.zeros((len(TERM_NAMES), len(NAMES)))
    row = 0
    for column, name in enumerate(NAMES):
        for weight in MODULES[name].WEIGHTS.values():
            weights[row, column] = weight
            row += 1
    values = np.asarray(limited @ weights)
    melody, tonal, rough = (NAMES.index(name) for name in ("melodiousness", "tonal_stability", "dissonance"))
    values[:, melody] += melodiousness.PLEASANTNESS * (values[:, tonal] - values[:, rough])
    return values


def windowed_terms(notes: Notes, duration: float, hop: float) -> tuple[Floats, Floats]:
    """Return terms over time: the moments (t,) in seconds, `hop` apart, and (t, terms) as in `raw_terms`.

    Each feature's terms come from the notes that begin in the window of its own length (``WINDOWS``) around the
    moment. A moment with a window that cannot be rated is nan throughout.
    """
    moments = np.arange(0.0, duration + hop / 2, hop)
    lengths = np.array([WINDOWS[name.split(".")[0]] for name in TERM_NAMES])
    result = np.full((len(moments), len(TERM_NAMES)), np.nan)
    for length in np.unique(lengths):
        own = lengths == length
        for row, moment in enumerate(moments):
            with suppress(NotesError):
                result[row, own] = raw_terms(cut(notes, moment - length / 2, moment + length / 2))[own]
    result[np.isnan(result).any(axis=1)] = np.nan
    return moments, result
