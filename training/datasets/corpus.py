"""The corpus as networks see it; its spectrograms are made once and kept beside it."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import soundfile
import soxr

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, spectrogram
from training.corpus.clips import CLIP_SECONDS
from training.corpus.manifest import BY_WINDOW, check_manifest
from training.corpus.processes import each, pieces
from training.datasets.rated import STEP_DB, RatedClips, encode, unrated

_BATCH = 256


def load_corpus(folder: Path, frontend: FrontEnd) -> RatedClips:
    """Load a built corpus; its spectrograms are made on first use, by a process a core, and kept beside it.

    Raises
    ------
    CorpusError
        If the folder holds no corpus, or one that breaks a rule (see `check_manifest`).
    """
    table = check_manifest(folder)
    curves = [np.stack(table[column].to_numpy()) for column in BY_WINDOW]
    clips = unrated(_kept_spectrograms(folder, table, frontend), frontend.floor_db, table)
    return replace(
        clips, ratings=table[list(NAMES)].to_numpy(np.float32), windowed=np.stack(curves, axis=2).astype(np.float32)
    )


def _kept_spectrograms(folder: Path, table: pd.DataFrame, frontend: FrontEnd) -> npt.NDArray[np.uint8]:
    """Spectrograms of a manifest's clips, from a file whose name holds a hash of front end, clips and their recipe."""
    names = list(table["name"])
    made_of = [frontend.to_dict(), STEP_DB, names, table.attrs.get("recipe")]
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    path = folder / f"spectrograms-{key}.npy"
    if not path.exists():
        frames = frontend.count(round(CLIP_SECONDS * frontend.rate))
        unfinished = path.with_suffix(".part")
        np.lib.format.open_memmap(unfinished, "w+", np.uint8, (len(names), frames, frontend.bands)).flush()
        tasks = [(unfinished, rows[0], [names[row] for row in rows], folder, frontend)
                 for rows in pieces(range(len(names)), _BATCH)]  # fmt: skip
        each("spectrograms", _fill, tasks, os.cpu_count() or 1)
        unfinished.replace(path)
    kept: npt.NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return kept


def _fill(path: Path, first: int, names: Sequence[str], folder: Path, frontend: FrontEnd) -> None:
    """Write the spectrograms of some clips into the file, from row ``first`` on."""
    kept = np.lib.format.open_memmap(path, "r+")
    for row, name in enumerate(names, start=first):
        audio, rate = soundfile.read(folder / f"audio/{name}.flac", dtype="float32")
        if rate != frontend.rate:
            audio = soxr.resample(audio, rate, frontend.rate)
        kept[row] = encode(spectrogram(audio, frontend)[: kept.shape[1]], frontend.floor_db)
    kept.flush()
