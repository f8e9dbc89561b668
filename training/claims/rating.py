"""Versions to ratings: by the model, which hears them, and by the recipes, which read their notes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from midlevel_app.features import NAMES
from midlevel_app.frontend import Samples
from midlevel_app.model import Model
from training.claims.cases import Sound, Version
from training.claims.material import SECONDS
from training.corpus.acoustics import room
from training.corpus.instruments import find_soundfont
from training.corpus.render import render
from training.evaluate import rate_audio
from training.notes import Floats
from training.ratings import Calibration, raw_terms

_CALL = 128  # clips in one call of the synthesiser
_AFTER, _SHORTEST = 0.5, 5.0  # seconds heard after the last key-up, and at least
_DECAY = 1.2  # seconds in which the room's sound falls by 60 dB
_WET = 0.25  # the room's share of the energy


def rate_notes(versions: Sequence[Version], calibration: Calibration) -> Floats:
    """Return the computed ratings of the versions, (versions, features); their sound plays no part."""
    return calibration.rate(np.stack([raw_terms(version.notes) for version in versions]))


def rate_sounds(versions: Sequence[Version], model: Model, soundfonts: tuple[Path, ...]) -> Floats:
    """Render the versions and return the means of the model's curves, (versions, features).

    What lies more than half a second after the last key-up is not heard: a passage may be shorter than a clip.
    """
    rate = model.card.frontend.rate
    values = np.empty((len(versions), len(NAMES)))
    pianos = np.array([version.sound.piano for version in versions])
    for piano in np.unique(pianos):
        font = find_soundfont(str(piano), soundfonts)
        own = np.flatnonzero(pianos == piano)
        for start in range(0, len(own), _CALL):
            batch = own[start : start + _CALL]
            audios = render([versions[place].notes for place in batch], SECONDS, font, rate)
            for place, audio in zip(batch, audios, strict=True):
                length = round(max(versions[place].notes.end + _AFTER, _SHORTEST) * rate)
                values[place] = rate_audio(model, heard(audio[:length], versions[place].sound, rate))
    return values


def heard(audio: Samples, sound: Sound, rate: int) -> Samples:
    """Return rendered audio louder or softer, or in a room, the same each time."""
    placed = room(audio, rate, _DECAY, _WET, np.random.default_rng(0)) if sound.room else audio
    return np.asarray(placed * 10 ** (sound.gain / 20), dtype=np.float32)
