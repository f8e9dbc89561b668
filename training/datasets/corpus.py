"""The corpus as networks see it: spectrograms of clips with their ratings, by clip and by window."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import soundfile
import soxr

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, Spectrogram, spectrogram
from training.corpus.clips import CLIP_SECONDS
from training.corpus.manifest import BY_WINDOW, check_manifest
from training.corpus.processes import each, pieces
from training.errors import CorpusError

STEP_DB = 0.4
"""Decibels between neighbouring codes of a kept spectrogram: 256 of them reach 102 dB above the floor."""

_BATCH = 256


@dataclass(frozen=True)
class RatedClips:
    """Clips of one length, ready for a network.

    Attributes
    ----------
    spectrograms : (all clips, frames, bands) uint8
        Codes (see `encode`); mapped from a file.
    floor_db : float
        What code 0 stands for.
    rows : (clips,) int64
        Where each clip stands in ``spectrograms``.
    ratings : (clips, features) float32
        1 to 10, computed from notes.
    windowed : (clips, windows, features) float32
        The same over time: one a second, the first at 0.5 s.
    table : DataFrame
        A row a clip: the manifest's columns.
    """

    spectrograms: npt.NDArray[np.uint8]
    floor_db: float
    rows: npt.NDArray[np.int64]
    ratings: npt.NDArray[np.float32]
    windowed: npt.NDArray[np.float32]
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.ratings)

    def frames(self, clips: npt.NDArray[np.int64] | slice) -> Spectrogram:
        """Return the spectrograms of some clips in decibels, (n, frames, bands) float32, right to 0.2 dB."""
        return np.float32(self.floor_db) + np.float32(STEP_DB) * self.spectrograms[self.rows[clips]]

    def select(self, keep: npt.NDArray[np.bool_]) -> "RatedClips":
        """Return the clips under a mask."""
        return replace(
            self,
            rows=self.rows[keep],
            ratings=self.ratings[keep],
            windowed=self.windowed[keep],
            table=self.table[keep],
        )

    def part(self, domain: str, split: str) -> "RatedClips":
        """Return the clips of one domain on one side of the split."""
        keep = ((self.table["domain"] == domain) & (self.table["split"] == split)).to_numpy()
        if not keep.any():
            raise CorpusError(f"the corpus has no clips of domain {domain!r}, split {split!r}")
        return self.select(keep)


def load_corpus(folder: Path, frontend: FrontEnd) -> RatedClips:
    """Load a built corpus; its spectrograms are made on first use, by a process a core, and kept beside it.

    Raises
    ------
    CorpusError
        If the folder holds no corpus, or one that breaks a rule (see `check_manifest`).
    """
    table = check_manifest(folder)
    curves = [np.stack(table[column].to_numpy()) for column in BY_WINDOW]
    return RatedClips(
        spectrograms=_kept_spectrograms(folder, table, frontend),
        floor_db=frontend.floor_db,
        rows=np.arange(len(table)),
        ratings=table[list(NAMES)].to_numpy(np.float32),
        windowed=np.stack(curves, axis=2).astype(np.float32),
        table=table,
    )


def encode(decibels: Spectrogram, floor_db: float) -> npt.NDArray[np.uint8]:
    """Return decibels as codes of one byte: ``round((decibels - floor_db) / 0.4)``, within 0 to 255."""
    return np.asarray(np.clip(np.round((decibels - floor_db) / STEP_DB), 0, 255), dtype=np.uint8)


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
