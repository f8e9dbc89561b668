"""Small tests of models: all that models are tested on, as noise that the networks of `clips_made` learn."""

import numpy as np

from midlevel_app.features import NAMES
from tests.training.clips_made import FRONTEND, SECONDS, made_clips
from training.trials import (
    COMPUTED,
    CURVE_TEST,
    LISTENERS,
    LISTENERS_TEST,
    PIANO_TEST,
    REAL_TEST,
    SAME_NOTES_TEST,
    SOURCE_TEST,
    UNEDITED_TEST,
    CurveTrial,
    Trial,
    Trials,
)

RATED_BY_LISTENERS = ("articulation", "rhythmic_stability")


def made_trial(name: str, count: int = 6, seed: int = 50) -> Trial:
    """Return one test of noise of 4 s."""
    clips = made_clips(count, seed)
    works = [f"work {number // 2}" for number in range(count)]
    return Trial(name, COMPUTED, list(clips.spectrograms[0]), clips.ratings.astype(np.float64), works)


def made_listeners(seed: int = 60) -> Trial:
    """Return a test whose ratings cover two features only."""
    trial = made_trial(LISTENERS_TEST, seed=seed)
    covered = np.isin(NAMES, RATED_BY_LISTENERS)
    return Trial(trial.name, LISTENERS, trial.codes, np.where(covered, trial.ratings, np.nan), trial.works)


def made_curve(recordings: int = 2, seed: int = 70) -> CurveTrial:
    """Return recordings of 24 s whose ratings change every fourth second."""
    parts = [made_clips(6, seed + number) for number in range(recordings)]
    times = np.arange(0.5, 6 * SECONDS)
    return CurveTrial(
        CURVE_TEST,
        COMPUTED,
        [np.concatenate(list(part.spectrograms[0])) for part in parts],
        [times] * recordings,
        [np.repeat(part.ratings.astype(np.float64), SECONDS, axis=0) for part in parts],
    )


def made_trials() -> Trials:
    """Return every test."""
    computed = (SOURCE_TEST, PIANO_TEST, UNEDITED_TEST, REAL_TEST, SAME_NOTES_TEST)
    trials = [made_trial(name, seed=50 + number) for number, name in enumerate(computed)]
    return Trials(FRONTEND, (*trials, made_listeners()), made_curve(), made_clips(8, 80))
