"""The manifest: a row a clip that says where it comes from and how it is rated, and what it must fulfil."""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from midlevel_app.features import NAMES
from training.corpus.render import fluidsynth_version
from training.corpus.sources import COLLECTIONS, TRAINING
from training.errors import CorpusError
from training.ratings import TERM_NAMES
from training.ratings.calibration import HIGHEST, LOWEST

MANIFEST = "manifest.parquet"
ORIGIN = ("name", "domain", "split", "work", "file", "licence", "soundfont", "programs", "edits", "seed")
TERMS = [f"term {name}" for name in TERM_NAMES]
BY_WINDOW = [f"{name} by window" for name in NAMES]
COLUMNS = (*ORIGIN, *NAMES, *BY_WINDOW, *TERMS)
"""Columns of the manifest: origin, ratings of the clip, ratings by window (one a second), terms of the clip."""

_PACKAGES = ("numpy", "scipy", "soundfile", "soxr", "symusic", "partitura")


def versions() -> dict[str, str]:
    """Return the versions of the programs that a clip's audio and ratings depend on.

    ``midlevel`` is a hash of the project's own files that decide them.
    """
    return {
        "midlevel": _own_version(),
        "python": platform.python_version(),
        "fluidsynth": fluidsynth_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _own_version() -> str:
    folder = Path(__file__).parent
    files = [folder.parent / "notes.py", *folder.glob("*.py"), *folder.with_name("ratings").iterdir()]
    content = [path.read_bytes() for path in sorted(files) if path.is_file()]
    return hashlib.sha256(b"".join(content)).hexdigest()[:16]


def write_manifest(folder: Path, table: pd.DataFrame, about: dict[str, Any]) -> None:
    """Write the manifest of a corpus at once.

    Parameters
    ----------
    folder : Path
    table : DataFrame
        The columns ``COLUMNS``.
    about : dict
        What holds for the whole corpus: ``recipe`` (seed, scale, parts, hash of the plan, versions of the programs),
        ``skipped`` (candidates that gave no clip, by reason), ``ships`` (whether a model that learns from it may ship),
        ``correlations of candidates`` (between the ratings of the source's training candidates). It is kept as
        ``attrs`` of the table.
    """
    table = table[list(COLUMNS)].reset_index(drop=True)
    table.attrs = about
    unfinished = folder / f"{MANIFEST}.part"
    table.to_parquet(unfinished)
    unfinished.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> pd.DataFrame:
    """Return the manifest of a corpus; its ``attrs`` say what holds for the whole (see `write_manifest`).

    Raises
    ------
    CorpusError
        If there is none, or columns are missing.
    """
    try:
        table = pd.read_parquet(folder / MANIFEST)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{folder / MANIFEST} cannot be read ({error}): build the corpus first") from error
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise CorpusError(f"{folder / MANIFEST} lacks {', '.join(missing)}: build the corpus again")
    return table


def check_manifest(folder: Path) -> pd.DataFrame:
    """Return the manifest of a corpus that keeps its rules.

    - If a model that learns from it may ship, the licence of every training clip's collection allows it.
    - No work is on two sides of the split.
    - Within a domain no sample set is on two sides.
    - All ratings are numbers from 1 to 10.

    Raises
    ------
    CorpusError
        With every rule that is broken, and an example.
    """
    table = read_manifest(folder)
    broken = []
    if table.attrs.get("ships", True):
        collections = table.loc[table["split"] == TRAINING, "work"].str.partition("/")[0].unique()
        broken += [
            f"the licence of {name} does not allow a model that ships to learn from it"
            for name in collections
            if name not in COLLECTIONS or not COLLECTIONS[name].trains
        ]
    broken += [f"the work {work} is on {sides}" for work, sides in _on_two_sides(table, ["work"])]
    broken += [
        f"the sample set {font} is on {sides} of the domain {domain}"
        for (domain, font), sides in _on_two_sides(table, ["domain", "soundfont"])
    ]
    for column in (*NAMES, *BY_WINDOW):
        values = np.stack(table[column].to_numpy()).astype(np.float64)
        wrong = ~((values >= LOWEST) & (values <= HIGHEST)).reshape(len(table), -1).all(axis=1)
        broken += [f"{column} of {name} is no rating" for name in table.loc[wrong, "name"][:1]]
    if table["name"].duplicated().any():
        broken.append(f"there is more than one clip {table.loc[table['name'].duplicated(), 'name'].iloc[0]}")
    if broken:
        raise CorpusError(f"{folder / MANIFEST} breaks rules of the corpus: {'; '.join(broken)}")
    return table


def _on_two_sides(table: pd.DataFrame, keys: list[str]) -> list[tuple[Any, str]]:
    """Return the groups that have clips on several sides, with those sides."""
    sides = table.groupby(keys if len(keys) > 1 else keys[0])["split"].unique()
    return [(group, " and ".join(sorted(own))) for group, own in sides.items() if len(own) > 1]
