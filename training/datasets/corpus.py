"""The rendered corpus as networks see it: spectrograms of clips with their ratings."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import soundfile
import soxr

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, Samples, Spectrogram, spectrogram
from training.corpus.clips import CLIP_SECONDS, SOURCE
from training.corpus.sources import TRAINING
from training.notes import NotesError, read_midi
from training.ratings import TERM_NAMES, Calibration, raw_terms


@dataclass(frozen=True)
class RatedClips:
    """Clips of one length, ready for a network.

    Attributes
    ----------
    spectrograms : (all clips, frames, bands) float16
        Decibels; mapped from a file.
    rows : (clips,) int64
        Where each clip stands in ``spectrograms``.
    ratings : (clips, features) float32
        1 to 10, computed from notes.
    table : DataFrame
        A row a clip: name, domain, split, work, soundfont, edits.
    """

    spectrograms: npt.NDArray[np.float16]
    rows: npt.NDArray[np.int64]
    ratings: npt.NDArray[np.float32]
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.ratings)

    def frames(self, clips: npt.NDArray[np.int64] | slice) -> Spectrogram:
        """Return the spectrograms of some clips, (n, frames, bands) float32."""
        return self.spectrograms[self.rows[clips]].astype(np.float32)

    def select(self, keep: npt.NDArray[np.bool_]) -> "RatedClips":
        """Return the clips under a mask."""
        return replace(self, rows=self.rows[keep], ratings=self.ratings[keep], table=self.table[keep])

    def part(self, domain: str, split: str) -> "RatedClips":
        """Return the clips of one domain on one side of the split."""
        keep = ((self.table["domain"] == domain) & (self.table["split"] == split)).to_numpy()
        if not keep.any():
            raise ValueError(f"the corpus has no clips of domain {domain!r}, split {split!r}")
        return self.select(keep)


def load_corpus(folder: Path, frontend: FrontEnd) -> RatedClips:
    """Load a built and rated corpus; spectrograms are made on first use and kept beside it."""
    manifest = pd.read_parquet(folder / "manifest.parquet")
    rated = pd.read_parquet(folder / "ratings.parquet")
    table = manifest[manifest["name"].isin(rated.index)].reset_index(drop=True)
    ratings = rated.loc[table["name"], list(NAMES)].to_numpy(np.float32)
    spectrograms = _cached_spectrograms(folder, list(table["name"]), frontend)
    return RatedClips(spectrograms, np.arange(len(table)), ratings, table)


def _cached_spectrograms(folder: Path, names: Sequence[str], frontend: FrontEnd) -> npt.NDArray[np.float16]:
    """Spectrograms of named clips, from a file whose name holds a hash of the front end and the clips."""
    key = hashlib.sha256(json.dumps([frontend.to_dict(), list(names)]).encode()).hexdigest()[:12]
    path = folder / f"spectrograms-{key}.npy"
    if not path.exists():
        frames = frontend.count(round(CLIP_SECONDS * frontend.rate))
        unfinished = path.with_suffix(".part")
        cache = np.lib.format.open_memmap(
            unfinished, mode="w+", dtype=np.float16, shape=(len(names), frames, frontend.bands)
        )
        for row, name in enumerate(names):
            audio, rate = soundfile.read(folder / f"audio/{name}.flac", dtype="float32")
            cache[row] = spectrogram(at_rate(audio, rate, frontend.rate), frontend)[:frames]
        cache.flush()
        unfinished.replace(path)
    cached: npt.NDArray[np.float16] = np.load(path, mmap_mode="r")
    return cached


def at_rate(audio: Samples, rate: int, wanted: int) -> Samples:
    """Return mono audio at another rate."""
    return audio if rate == wanted else np.asarray(soxr.resample(audio, rate, wanted), dtype=np.float32)


def rate_corpus(folder: Path) -> pd.DataFrame:
    """Compute the ratings of a built corpus from its notes and write them.

    ``ratings.parquet`` gets a row a clip (index: its name) with the seven ratings and all terms,
    ``calibration.json`` the scale, fitted on the source's training clips. Clips that cannot be rated are left out.
    """
    manifest = pd.read_parquet(folder / "manifest.parquet").set_index("name")
    terms: dict[str, npt.NDArray[np.float64]] = {}
    for name in manifest.index:
        try:
            terms[name] = raw_terms(read_midi(folder / f"midi/{name}.mid"))
        except NotesError as error:
            print(f"{name} has no rating: {error}")
    rows = np.stack(list(terms.values()))
    kept = manifest.loc[list(terms)]
    fitted = ((kept["domain"] == SOURCE) & (kept["split"] == TRAINING)).to_numpy()
    calibration = Calibration.fit(rows[fitted])
    calibration.save(folder / "calibration.json")
    result = pd.DataFrame(calibration.rate(rows), index=kept.index, columns=list(NAMES))
    result = result.join(pd.DataFrame(rows, index=kept.index, columns=[f"term {name}" for name in TERM_NAMES]))
    result.to_parquet(folder / "ratings.parquet")
    return result
