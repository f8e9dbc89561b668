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
from training import runs
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
    piano : str
        How the training clips hold piano: `runs.TAUGHT`, `runs.RATED`, or empty for not at all.
    made_of : tuple of str
        What decides the ratings beside the clips themselves, such as the teachers.
    taught_by : tuple of Origin
        What the teachers were made of: what they heard counts as heard.
    """

    training: RatedClips
    validation: RatedClips
    watched: RatedClips | None = None
    target: RatedClips | None = None
    piano: str = ""
    made_of: tuple[str, ...] = ()
    taught_by: tuple[runs.Origin, ...] = ()

    def origin(self, adapted: bool, start: runs.Origin | None = None, weights: str = "") -> runs.Origin:
        """Return what a network is made of that learns from this.

        Parameters
        ----------
        adapted : bool
            Whether it hears the target.
        start : runs.Origin or None
            Of the network it learns on from.
        weights : str
            Hash of that network.
        """
        target = self.target if self.target is not None and adapted else None
        heard = [self.training] + ([target] if target is not None else [])
        names = ["\n".join(clips.table["name"]) for clips in heard]
        rated = self.training
        ratings = [] if self.piano == runs.TAUGHT else [rated.ratings.tobytes(), rated.windowed.tobytes()]
        piano = {self.piano, runs.UNLABELLED if adapted else ""} - {""}
        recordings = {work for clips in heard for work in _recordings(clips)}
        for before in ([start] if start is not None else []) + list(self.taught_by):
            piano |= set(before.piano)
            recordings |= set(before.recordings)
        return runs.Origin(
            lessons=runs.fingerprint(*self.made_of, *names, *ratings),
            start=weights,
            piano=tuple(sorted(piano)),
            recordings=tuple(sorted(recordings)),
        )


def _recordings(clips: RatedClips) -> list[str]:
    """Return the names of the recordings among clips: those that no corpus has."""
    table = clips.table
    return list(table["work"][table["domain"].isna()] if "domain" in table else table["work"])


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
    files = [(path.relative_to(folder).as_posix(), path.stat().st_size, path.stat().st_mtime_ns) for path in audio]
    made_of = json.dumps([files, frontend.to_dict(), STEP_DB])
    path = keep / f"recordings-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}.npz"
    if not path.exists():
        problems: list[AudioFileError] = []
        codes, names, works = [], [], []
        for clip in folder_audio(folder, frontend.rate, problems):  # one after the other: they may be many hours
            codes.append(encode(spectrogram(clip.audio, frontend), frontend.floor_db))
            names.append(clip.name)
            works.append(clip.work)
        for problem in problems:
            print(f"left out: {problem}")
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, codes=np.stack(codes), name=names, work=works)
        unfinished.replace(path)
    with np.load(path) as kept:
        table = pd.DataFrame({"name": kept["name"], "work": kept["work"]})
        return unrated(kept["codes"], frontend.floor_db, table)


def fewer(lessons: Lessons, source: int, target: int, seed: int) -> Lessons:
    """Return lessons with at most so many clips of the source and of the target, drawn by a seed; 0 keeps all."""
    return replace(
        lessons,
        training=drawn(lessons.training, source, seed),
        target=None if lessons.target is None else drawn(lessons.target, target, seed),
    )


def drawn(clips: RatedClips, count: int, seed: int) -> RatedClips:
    """Return at most so many clips, drawn by a seed, in their order; 0 keeps all."""
    if not count or count >= len(clips):
        return clips
    return clips.select(np.sort(np.random.default_rng(seed).permutation(len(clips))[:count]))
