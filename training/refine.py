"""Teachers and a student: several networks rate unlabelled clips, and one learns from what they say on average.

After Chowdhury & Widmer (ICASSP 2021): the best of several adapted networks, by validation, are averaged into
pseudo-ratings of unlabelled piano, and a student learns from the labelled and the pseudo-rated clips together. Here
how far the teachers differ is kept too, as the student's second output.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from midlevel_app.frontend import FrontEnd
from training import runs
from training.datasets.rated import RatedClips, joined
from training.errors import RunError
from training.fit import FitConfig, fit, load_config, load_network
from training.lessons import Lessons
from training.networks import Network
from training.predict import predict


def best_runs(teachers: Sequence[Path], count: int) -> list[Path]:
    """Return the ``count`` runs with the highest r on their validation clips, best first; 0 returns all as they are.

    `RunError` for a count that makes no sense.
    """
    if not 0 <= count <= len(teachers):
        raise RunError(f"the best {count} of {len(teachers)} teachers: choose a number from 0 (all) to {len(teachers)}")
    if not count:
        return list(teachers)
    ranked = sorted(teachers, key=runs.validation_r, reverse=True)
    return ranked[:count]


def pseudo_rated(teachers: Sequence[Network], clips: RatedClips, frontend: FrontEnd) -> RatedClips:
    """Return clips with what teachers say of them: the mean of their ratings, and how far they differ.

    The spread is the standard deviation between teachers (n - 1) by window.
    """
    if len(teachers) < 2:
        raise RunError("a spread needs at least two teachers: train another from a different seed")
    said = [predict(teacher, clips, frontend) for teacher in teachers]
    windowed = np.stack([prediction.windowed for prediction in said])
    return replace(
        clips,
        ratings=np.mean([prediction.ratings for prediction in said], axis=0, dtype=np.float32),
        windowed=windowed.mean(axis=0).astype(np.float32),
        spread=windowed.std(axis=0, ddof=1).astype(np.float32),
    )


def student_config(config: FitConfig) -> FitConfig:
    """Return a configuration whose network has the second output."""
    return replace(config, network=replace(config.network, spread=True))


def refine(
    config: FitConfig,
    lessons: Lessons,
    teachers: Sequence[Path],
    run: Path,
    start: Path | None = None,
    devices: int | str = "auto",
) -> Network:
    """Train a student on the labelled clips and on the target, rated by the networks of the teachers' runs.

    Raises
    ------
    RunError
        As `fit`; or if there is no target, there are fewer than two teachers, or one has another front end.
    """
    if lessons.target is None:
        raise RunError("a student needs unlabelled clips that its teachers can rate: there are none")
    other = [teacher.name for teacher in teachers if load_config(teacher).frontend != config.frontend]
    if other:
        raise RunError(f"{', '.join(other)} hear through another front end than the student: train them alike")
    networks = [load_network(teacher) for teacher in teachers]
    rated = pseudo_rated(networks, lessons.target, config.frontend)
    taught = replace(
        lessons,
        training=joined([lessons.training, rated]),
        piano=runs.TAUGHT,
        made_of=(*lessons.made_of, *map(runs.weights_fingerprint, networks)),
        taught_by=tuple(map(runs.recorded_origin, teachers)),
    )
    return fit(student_config(config), taught, run, start, devices)
