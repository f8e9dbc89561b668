"""Clips as networks see them: spectrograms of one length, kept as codes of a byte, with their ratings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from midlevel_app.features import NAMES
from midlevel_app.frontend import Spectrogram
from training.corpus.clips import CLIP_SECONDS
from training.errors import CorpusError

STEP_DB = 0.4
"""Decibels between neighbouring codes of a kept spectrogram: 256 of them reach 102 dB above the floor."""

WINDOWS = round(CLIP_SECONDS)
"""Ratings over time of a clip: one a second, the first at 0.5 s."""

Codes = npt.NDArray[np.uint8]
Ratings = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RatedClips:
    """Clips of one length, ready for a network.

    Attributes
    ----------
    spectrograms : tuple of (some clips, frames, bands) uint8
        Codes (see `encode`), which may be mapped from files.
    floor_db : float
        What code 0 stands for.
    rows : (clips, 2) int64
        Where each clip stands: in which of the ``spectrograms``, and at which place there.
    ratings : (clips, features) float32
        1 to 10; NaN where nobody said.
    windowed : (clips, windows, features) float32
        The same over time: one a second, the first at 0.5 s.
    table : DataFrame
        A row a clip: the manifest's columns, or at least ``name`` and ``work``.
    spread : (clips, windows, features) float32 or None
        By how many rating points those who rated differed, if they were several.
    """

    spectrograms: tuple[Codes, ...]
    floor_db: float
    rows: npt.NDArray[np.int64]
    ratings: Ratings
    windowed: Ratings
    table: pd.DataFrame
    spread: Ratings | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def frames(self, clips: npt.NDArray[np.int64]) -> Spectrogram:
        """Return the spectrograms of some clips in decibels, (n, frames, bands) float32, right to 0.2 dB."""
        codes = np.stack([self.spectrograms[part][place] for part, place in self.rows[clips]])
        return decode(codes, self.floor_db)

    def select(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "RatedClips":
        """Return the clips under a mask, or at some places."""
        return replace(
            self,
            rows=self.rows[keep],
            ratings=self.ratings[keep],
            windowed=self.windowed[keep],
            table=self.table.iloc[keep],
            spread=None if self.spread is None else self.spread[keep],
        )

    def part(self, domain: str, split: str) -> "RatedClips":
        """Return the clips of one domain on one side of the split."""
        keep = ((self.table["domain"] == domain) & (self.table["split"] == split)).to_numpy()
        if not keep.any():
            raise CorpusError(f"the corpus has no clips of domain {domain!r}, split {split!r}")
        return self.select(keep)

    def unlabelled(self) -> "RatedClips":
        """Return the same clips without their ratings."""
        return replace(
            self,
            ratings=np.full_like(self.ratings, np.nan),
            windowed=np.full_like(self.windowed, np.nan),
            spread=None,
        )


def unrated(codes: Codes, floor_db: float, table: pd.DataFrame) -> RatedClips:
    """Return clips that nobody rated."""
    count = len(codes)
    return RatedClips(
        spectrograms=(codes,),
        floor_db=floor_db,
        rows=np.stack([np.zeros(count, np.int64), np.arange(count)], axis=1),
        ratings=np.full((count, len(NAMES)), np.nan, np.float32),
        windowed=np.full((count, WINDOWS, len(NAMES)), np.nan, np.float32),
        table=table,
    )


def joined(parts: Sequence[RatedClips]) -> RatedClips:
    """Return the clips of all parts, in their order; what one says of its spread and another does not is NaN."""
    rows, before = [], 0
    for part in parts:
        rows.append(part.rows + np.array([before, 0]))
        before += len(part.spectrograms)
    spread = None
    if any(part.spread is not None for part in parts):
        spread = np.concatenate(
            [np.full_like(part.windowed, np.nan) if part.spread is None else part.spread for part in parts]
        )
    return RatedClips(
        spectrograms=tuple(codes for part in parts for codes in part.spectrograms),
        floor_db=parts[0].floor_db,
        rows=np.concatenate(rows),
        ratings=np.concatenate([part.ratings for part in parts]),
        windowed=np.concatenate([part.windowed for part in parts]),
        table=pd.concat([part.table for part in parts], ignore_index=True),
        spread=spread,
    )


def encode(decibels: Spectrogram, floor_db: float) -> Codes:
    """Return decibels as codes of one byte: ``round((decibels - floor_db) / 0.4)``, within 0 to 255."""
    return np.asarray(np.clip(np.round((decibels - floor_db) / STEP_DB), 0, 255), dtype=np.uint8)


def decode(codes: Codes, floor_db: float) -> Spectrogram:
    """Return what codes stand for, in decibels, float32, right to 0.2 dB."""
    return np.float32(floor_db) + np.float32(STEP_DB) * codes
