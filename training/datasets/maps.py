"""MAPS: real Disklavier recordings with the notes that were played (evaluation only)."""

from pathlib import Path

from training.corpus.clips import CLIP_SECONDS
from training.corpus.sources import COLLECTIONS, works
from training.datasets.audio import RealClip, consecutive_clips
from training.datasets.tables import check
from training.notes import cut, read_maps

_LEAST_NOTES = 12


def maps_clips(data: Path, rate: int) -> list[RealClip]:
    """Return consecutive 15-s clips of the MAPS Disklavier recordings (evaluation only), mono at ``rate``.

    Clips with fewer than 12 notes are left out.

    Raises
    ------
    DataError
        If a recording has no table of notes beside it, or a table no recording.
    NotesError, AudioFileError
        If one of them cannot be read.
    """
    folder = data / COLLECTIONS["maps_disklavier"].folder
    check(
        [
            f"{path} has no {other} file of the same name beside it"
            for kind, other in ((".tsv", ".flac"), (".flac", ".tsv"))
            for path in sorted(folder.glob(f"*{kind}"))
            if not path.with_suffix(other).is_file()
        ]
    )
    clips = []
    for work in works(data, "maps_disklavier"):
        notes = read_maps(work.path)
        for number, audio in enumerate(consecutive_clips(work.path.with_suffix(".flac"), rate)):
            start = number * CLIP_SECONDS
            part = cut(notes, start, start + CLIP_SECONDS)
            if len(part) >= _LEAST_NOTES:
                clips.append(RealClip(f"{work.path.stem}-{number:03d}", work.name, audio, None, part))
    return clips
