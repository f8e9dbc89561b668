"""What a run learns from and is watched on: labelled clips, and unlabelled ones of the target."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from midlevel_app.batch import make_plan
from midlevel_app.errors import AudioFileError
from midlevel_app.frontend import FrontEnd, spectrogram
from training.corpus.clips import PIANO_DOMAIN, SOURCE
from training.corpus.sources import TRAINING, VALIDATION
from training.datasets.corpus import load_corpus
from training.datasets.folder import folder_audio
from training.datasets.rated import STEP_DB, RatedClips, encode, joined, unrated


@dataclass(frozen=True)
class Lessons:
    """What a run learns from and is watched on.

    Attributes
    ----------
    training : RatedClips
        Learnt from.
    validation : RatedClips
        Decides which epoch is taken, if the configuration has patience.
    watched : RatedClips or None
        Further clips whose score is only logged, such as piano.
    target : RatedClips or None
        Unlabelled: their ratings are not looked at.
    """

    training: RatedClips
    validation: RatedClips
    watched: RatedClips | None = None
    target: RatedClips | None = None


def corpus_lessons(corpus: Path, recordings: Path | None, frontend: FrontEnd) -> Lessons:
    """Return the corpus' source as what is learnt from, its piano and a folder of recordings as the unlabelled target.

    Parameters
    ----------
    corpus : Path
    recordings : Path or None
        Recordings of the target, see `training.datasets.folder`; their spectrograms are kept beside the corpus.
    frontend : FrontEnd

    Raises
    ------
    CorpusError
        If the folder holds no corpus, or one that lacks a part.
    DataError
        If no recording gave a clip.
    """
    clips = load_corpus(corpus, frontend)
    target = clips.part(PIANO_DOMAIN, TRAINING).unlabelled()
    if recordings is not None:
        target = joined([target, recorded_clips(recordings, corpus, frontend)])
    return Lessons(
        training=clips.part(SOURCE, TRAINING),
        validation=clips.part(SOURCE, VALIDATION),
        watched=clips.part(PIANO_DOMAIN, VALIDATION),
        target=target,
    )


def recorded_clips(folder: Path, keep: Path, frontend: FrontEnd) -> RatedClips:
    """Return the recordings of a folder as unrated clips; their spectrograms are kept in the folder ``keep``.

    They are made again when the folder's recordings, by name, size and time, or the front end are others.
    """
    plan = make_plan([folder], None, recursive=True, extension="")
    audio = [job.audio for job in plan.jobs if job.audio.exists()]
    files = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in audio]
    made_of = json.dumps([files, frontend.to_dict(), STEP_DB])
    path = keep / f"recordings-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}.npz"
    if not path.exists():
        problems: list[AudioFileError] = []
        clips = list(folder_audio(folder, frontend.rate, problems))
        codes = [encode(spectrogram(clip.audio, frontend), frontend.floor_db) for clip in clips]
        for problem in problems:
            print(f"left out: {problem}")
        unfinished = path.with_suffix(".part.npz")
        names, works = [clip.name for clip in clips], [clip.work for clip in clips]
        np.savez(unfinished, codes=np.stack(codes), name=names, work=works)
        unfinished.replace(path)
    with np.load(path) as kept:
        table = pd.DataFrame({"name": kept["name"], "work": kept["work"]})
        return unrated(kept["codes"], frontend.floor_db, table)


def fewer(lessons: Lessons, source: int, target: int, seed: int) -> Lessons:
    """Return lessons with at most so many clips of the source and of the target, drawn by a seed; 0 keeps all."""

    def drawn(clips: RatedClips, count: int) -> RatedClips:
        if not count or count >= len(clips):
            return clips
        return clips.select(np.sort(np.random.default_rng(seed).permutation(len(clips))[:count]))

    return replace(
        lessons,
        training=drawn(lessons.training, source),
        target=None if lessons.target is None else drawn(lessons.target, target),
    )
