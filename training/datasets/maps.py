"""MAPS: real Disklavier recordings with the notes that were played (evaluation only)."""

from dataclasses import dataclass
from pathlib import Path

import soundfile

from midlevel_app.frontend import Samples
from training.corpus.clips import CLIP_SECONDS
from training.corpus.sources import works
from training.datasets.corpus import at_rate
from training.notes import Notes, cut, read_maps


@dataclass(frozen=True)
class RealClip:
    """A stretch of a real recording with the notes that were played in it."""

    work: str
    audio: Samples
    notes: Notes


def maps_clips(data: Path, rate: int) -> list[RealClip]:
    """Return consecutive 15-s clips of the MAPS Disklavier recordings (evaluation only), mono at ``rate``."""
    clips = []
    for work in works(data, "maps_disklavier"):
        notes = read_maps(work.path)
        samples, recorded = soundfile.read(work.path.with_suffix(".flac"), dtype="float32", always_2d=True)
        audio = at_rate(samples.mean(axis=1), recorded, rate)
        length = round(CLIP_SECONDS * rate)
        for number in range(len(audio) // length):
            start = number * CLIP_SECONDS
            part = cut(notes, start, start + CLIP_SECONDS)
            if len(part) >= 12:
                clips.append(RealClip(work.name, audio[number * length : (number + 1) * length], part))
    return clips
