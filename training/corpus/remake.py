"""One clip, from its work to its audio: made when the corpus is built, and made again from the manifest."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midlevel_app.frontend import Samples
from training.corpus.acoustics import record
from training.corpus.clips import CLIP_SECONDS, PREROLL, Clip, make_notes
from training.corpus.instruments import find_soundfont
from training.corpus.manifest import read_manifest
from training.corpus.render import render
from training.corpus.sources import works
from training.errors import CorpusError
from training.notes import Notes

RATE = 22050
BITS = 12
"""Of the stored audio, of a full scale of 16. Below the last one lies noise, which would fill half of the disk space;
its own noise is at -74 dB re a full-scale sine, in the bands of a spectrogram below -90 dB."""


def remake(folder: Path, name: str, data: Path, soundfonts: tuple[Path, ...]) -> Samples:
    """Make a clip of a corpus again, from its line of the manifest.

    Parameters
    ----------
    folder : Path
        The corpus.
    name : str
        The clip.
    data : Path
        The data kit.
    soundfonts : tuple of Path
        Folders of sample sets, besides the system's.

    Returns
    -------
    (n,) float32
        Mono at 22,050 Hz: with the same versions of the programs, sample for sample what ``audio/NAME.flac`` holds.

    Raises
    ------
    CorpusError
        If the corpus has no such clip, or the data kit not the work it is made from.
    """
    manifest = read_manifest(folder).set_index("name", drop=False)
    if name not in manifest.index:
        raise CorpusError(f"{folder} has no clip {name!r}: take a name from manifest.parquet")
    row = manifest.loc[name]
    clip = Clip(**{field.name: row[field.name] for field in fields(Clip)} | {"edits": tuple(row["edits"])})
    found = [work for work in works(data, clip.work.split("/")[0]) if work.name == clip.work]
    if not found:
        raise CorpusError(
            f"{data} does not hold {row['file']}, from which {name} is made: give the folder it was made from"
        )
    return sound(make_notes(found[0], clip), clip, soundfonts).astype(np.float32) / np.float32(2**15)


def sound(notes: Notes, clip: Clip, soundfonts: tuple[Path, ...]) -> npt.NDArray[np.int16]:
    """Return the audio of a clip, (n,) mono at 22,050 Hz, from its notes with their pre-roll."""
    (dry,) = render([notes], PREROLL + CLIP_SECONDS, find_soundfont(clip.soundfont, soundfonts), RATE)
    audio = record(dry[round(PREROLL * RATE) :], RATE, np.random.default_rng([clip.seed, 1]))
    full_scale, step = 2 ** (BITS - 1), 2 ** (16 - BITS)
    return np.asarray(np.clip(np.round(audio * full_scale), -full_scale, full_scale - 1) * step, dtype=np.int16)
