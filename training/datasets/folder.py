"""A folder of recordings without labels: what a model can be adapted to."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from midlevel_app.batch import make_plan
from midlevel_app.errors import AudioFileError
from training.corpus.clips import CLIP_SECONDS
from training.datasets.audio import AudioClip, consecutive_clips
from training.errors import DataError

QUIETEST_DB = -60.0
"""A clip whose root mean square lies below this (decibels re full scale) is left out."""


def folder_audio(folder: Path, rate: int, problems: list[AudioFileError]) -> Iterator[AudioClip]:
    """Yield the recordings of a folder and its subfolders as consecutive clips of 15 s, mono at ``rate``.

    Recordings come in the order of their names; hidden ones are passed over. Quiet clips are left out.

    Parameters
    ----------
    folder : Path
    rate : int
        Samples a second.
    problems : list of AudioFileError
        Gets, as they are met, the recordings that cannot be decoded (clips before the damage are kept) or that
        give no clip.

    Raises
    ------
    DataError
        At the end, if not one recording gave a clip.
    """
    plan = make_plan([folder], None, recursive=True, extension="")
    problems += plan.problems
    count = 0
    for job in plan.jobs:
        before = count
        place = job.audio.relative_to(folder).as_posix()
        try:
            for number, audio in enumerate(consecutive_clips(job.audio, rate)):
                if float(np.mean(np.square(audio, dtype=np.float64))) >= 10 ** (QUIETEST_DB / 10):
                    count += 1
                    yield AudioClip(f"{place}-{number:03d}", place, audio, None)
        except AudioFileError as error:
            problems.append(error)
        else:
            if count == before:
                problems.append(AudioFileError(f"{job.audio} is shorter than {CLIP_SECONDS:.0f} s or silent"))
    if not count:
        reasons = "\n".join(str(problem) for problem in problems[:10])
        raise DataError(f"{folder} gives no clip of {CLIP_SECONDS:.0f} s:\n{reasons}")
