"""Candidates for the corpus: all are decided first, then composed and described by their terms, not rendered."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from training.corpus.choose import choose, choose_evenly
from training.corpus.clips import CLIP_SECONDS, PREROLL, SOURCE, Clip, Part, draw_edits, draw_works, make_notes
from training.corpus.manifest import TERMS
from training.corpus.processes import each, pieces
from training.corpus.scores import song
from training.corpus.sources import COLLECTIONS, SCORES, TRAINING, Work, works
from training.errors import CorpusError, NotesError
from training.notes import cut
from training.ratings import Calibration, raw_terms

CANDIDATES = 6  # for each clip of the source: from 3 the correlations between listeners' ratings are out of reach
SPARE = 1.05  # candidates for each piano clip, because some works give no usable notes

_CHUNK = 128

Planned = tuple[Work, Clip]


def plan(data: Path, seed: int, scale: float, parts: Sequence[Part]) -> list[Planned]:
    """Decide every candidate of the corpus: its work, instruments, edits and seed.

    Parameters
    ----------
    data : Path
        The data kit.
    seed : int
        Another seed gives another corpus.
    scale : float
        Factor on the number of clips of each part.
    parts : sequence of Part
        What the corpus consists of.

    Raises
    ------
    CorpusError
        If a model that ships would learn from a collection whose licence does not allow it, or a collection has no
        work on a side.
    """
    planned: list[Planned] = []
    for place, part in enumerate(parts):
        rng = np.random.default_rng([seed, place])
        count = clips_of(part, scale) * (CANDIDATES if part.domain == SOURCE else SPARE)
        drawn: list[Work] = []
        for collection, share in part.shares.items():
            if part.split == TRAINING and part.ships and not COLLECTIONS[collection].trains:
                raise CorpusError(f"the licence of {collection} does not allow a model that ships to learn from it")
            side = [work for work in works(data, collection) if work.split == part.split]
            if not side:
                raise CorpusError(f"{collection} has no work on the side {part.split!r}: give it no share there")
            drawn += draw_works(side, int(np.ceil(share * count)), rng)
        for number, work in enumerate(drawn):
            clip = Clip(
                name=f"{part.domain}-{part.split}-{number:05d}",
                domain=part.domain,
                split=part.split,
                work=work.name,
                licence=COLLECTIONS[work.collection].licence,
                soundfont=part.soundfonts[number % len(part.soundfonts)],
                edits=draw_edits(part.edited, rng),
                seed=int(rng.integers(2**31)),
            )
            planned.append((work, clip))
    return planned


def clips_of(part: Part, scale: float) -> int:
    """Return how many clips a part has."""
    return max(1, round(part.clips * scale))


def digest(planned: Sequence[Planned]) -> str:
    """Return a hash of a plan: other works, splits, instruments, edits or seeds give another."""
    text = json.dumps([(work.split, asdict(clip)) for work, clip in planned])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compose_all(planned: Sequence[Planned], folder: Path, jobs: int) -> pd.DataFrame:
    """Compose the candidates and return their terms; what was done before is not done again.

    Returns
    -------
    DataFrame
        Index: names. ``reason``: why a candidate gives no clip, or empty; the columns ``TERMS``.
    """
    scores = sorted({work.path for work, _ in planned if work.collection in SCORES})
    each("scores", _keep_scores, [(part, folder / "scores") for part in pieces(scores, 16)], jobs)
    chunks = folder / "candidates"
    chunks.mkdir(exist_ok=True)
    tasks = [
        (chunk, folder / "scores", chunks / f"{number:04d}.parquet")
        for number, chunk in enumerate(pieces(planned, _CHUNK))
    ]
    each("candidates", _compose, [task for task in tasks if not task[-1].exists()], jobs)
    return pd.concat([pd.read_parquet(path) for _, _, path in tasks])


def choose_all(
    planned: Sequence[Planned], terms: pd.DataFrame, parts: Sequence[Part], scale: float, seed: int
) -> list[str]:
    """Return the names of the clips to render.

    Those of the source are chosen by their ratings, on the scale of all candidates of its training part; those of the
    piano domain evenly from what could be made.

    Raises
    ------
    CorpusError
        If a part has too few candidates.
    """
    usable = [(work, clip) for work, clip in planned if not terms.at[clip.name, "reason"]]
    own = {
        (p.domain, p.split): [(w, c) for w, c in usable if (c.domain, c.split) == (p.domain, p.split)] for p in parts
    }
    calibration = Calibration.fit(terms.loc[[clip.name for _, clip in own[SOURCE, TRAINING]], TERMS].to_numpy())
    names: list[str] = []
    for place, part in enumerate(parts):
        candidates, wanted = own[part.domain, part.split], clips_of(part, scale)
        if part.domain == SOURCE:
            ratings = calibration.rate(terms.loc[[clip.name for _, clip in candidates], TERMS].to_numpy())
            rng = np.random.default_rng([seed, place, 1])
            collections = [work.collection for work, _ in candidates]
            chosen = choose(ratings, [work.name for work, _ in candidates], collections, part.shares, wanted, rng)
        else:
            chosen = choose_evenly(len(candidates), wanted)
        names += [candidates[index][1].name for index in chosen]
    return names


def _keep_scores(paths: Sequence[Path], cache: Path) -> None:
    """Parse scores into the cache; what is wrong with one is met again by its candidates."""
    for path in paths:
        with suppress(NotesError):
            song(path, cache)


def _compose(planned: Sequence[Planned], cache: Path, path: Path) -> None:
    """Compose some candidates and write their terms to a file, which appears when it is complete."""
    rows = []
    for work, clip in planned:
        try:
            terms = raw_terms(cut(make_notes(work, clip, cache), PREROLL, PREROLL + CLIP_SECONDS))
            reason = ""
        except NotesError as error:
            terms, reason = np.full(len(TERMS), np.nan), error.reason
        rows.append({"name": clip.name, "reason": reason, **dict(zip(TERMS, terms, strict=True))})
    unfinished = path.with_suffix(".part")
    pd.DataFrame(rows).set_index("name").to_parquet(unfinished)
    unfinished.replace(path)
