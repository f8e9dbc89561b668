"""Which clips of a corpus to listen to: one near each end of every rating, from different works."""

from dataclasses import dataclass

import pandas as pd

from midlevel_app.features import NAMES
from training.corpus.clips import PIANO_DOMAIN, SOURCE

LOW, HIGH = 0.05, 0.95
"""Quantiles of a domain's ratings near which examples lie: clear cases, not the strangest."""

_PIANO_FEATURES = ("articulation", "dissonance", "minorness")


@dataclass(frozen=True)
class Example:
    """A clip to listen to.

    Attributes
    ----------
    feature : str
    high : bool
        Whether it stands for a high or a low rating of the feature.
    row : Series
        Its line of the manifest.
    """

    feature: str
    high: bool
    row: pd.Series


def draw_examples(manifest: pd.DataFrame) -> list[Example]:
    """Return twenty examples, the same at every call.

    Low and high of each feature from the source domain, then of three features from the piano domain. Each is the
    clip whose rating is nearest to the quantile among works that gave no example yet (among all, once every work
    has). A domain without clips gives none.
    """
    wanted = [(SOURCE, feature) for feature in NAMES] + [(PIANO_DOMAIN, feature) for feature in _PIANO_FEATURES]
    examples: list[Example] = []
    heard: set[str] = set()
    for domain, feature in wanted:
        clips = manifest[manifest["domain"] == domain]
        if clips.empty:
            continue
        for high in (False, True):
            fresh = clips[~clips["work"].isin(heard)]
            pool = clips if fresh.empty else fresh
            distance = (pool[feature] - clips[feature].quantile(HIGH if high else LOW)).abs()
            row = pool.loc[distance.idxmin()]
            heard.add(row["work"])
            examples.append(Example(feature, high, row))
    return examples
