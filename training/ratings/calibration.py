"""Calibration: from the terms of clips to ratings between 1 and 10, by rank on a training corpus."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from midlevel_app.features import NAMES
from training.errors import NotesError
from training.notes import Floats
from training.ratings.terms import TERM_NAMES, composites

CENTRE, SPREAD, LOWEST, HIGHEST = 5.5, 1.8, 1.0, 10.0
"""Ratings from 1 to 10 are ``5.5 + 1.8 z``; networks learn and put out z."""
KNOTS = 201  # of each feature's table


@dataclass(frozen=True)
class Calibration:
    """How terms become ratings.

    Attributes
    ----------
    mean, deviation : dict
        Of each term on the training corpus.
    raw, rating : dict
        Of each feature: ascending composites, and the ratings that stand for them; linear in between.
    """

    mean: dict[str, float]
    deviation: dict[str, float]
    raw: dict[str, list[float]]
    rating: dict[str, list[float]]

    @classmethod
    def fit(cls, terms: Floats) -> "Calibration":
        """Return the calibration that spreads these clips' ratings normally: 5.5 + 1.8 inverse-normal(rank).

        `terms` is (clips, terms) in the order of ``TERM_NAMES``.
        """
        terms = _checked(terms)
        if len(terms) < 2:
            raise NotesError("A calibration needs the terms of at least two clips.")
        mean = terms.mean(axis=0)
        deviation = np.maximum(terms.std(axis=0), 1e-9)
        values = composites((terms - mean) / deviation)
        raw: dict[str, list[float]] = {}
        rating: dict[str, list[float]] = {}
        quantile = (np.arange(KNOTS) + 0.5) / KNOTS
        normal = np.array([NormalDist().inv_cdf(float(q)) for q in quantile])
        for name, value in zip(NAMES, values.T, strict=True):
            knots = np.quantile(value, quantile)
            # Clips that share a value share the mean of its ratings.
            unique, index = np.unique(knots, return_inverse=True)
            shared = np.bincount(index, CENTRE + SPREAD * normal) / np.bincount(index)
            raw[name] = unique.tolist()
            rating[name] = np.clip(shared, LOWEST, HIGHEST).tolist()
        return cls(
            mean=dict(zip(TERM_NAMES, mean.tolist(), strict=True)),
            deviation=dict(zip(TERM_NAMES, deviation.tolist(), strict=True)),
            raw=raw,
            rating=rating,
        )

    def composites(self, terms: Floats) -> Floats:
        """Return the uncalibrated values of (clips, terms), (clips, 7)."""
        mean = np.array([self.mean[name] for name in TERM_NAMES])
        deviation = np.array([self.deviation[name] for name in TERM_NAMES])
        return composites((_checked(terms) - mean) / deviation)

    def rate(self, terms: Floats) -> Floats:
        """Return the ratings, 1 to 10, of (clips, terms), (clips, 7) in the order of the features."""
        values = self.composites(terms)
        columns = [
            np.interp(value, self.raw[name], self.rating[name]) for name, value in zip(NAMES, values.T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def to_json(self) -> str:
        """Return the calibration as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """Return the calibration that `to_json` wrote.

        Raises
        ------
        NotesError
            If it is not one, or was made for other terms.
        """
        try:
            loaded = cls(**json.loads(text))
            known = set(loaded.mean) == set(loaded.deviation) == set(TERM_NAMES)
            known = known and set(loaded.raw) == set(loaded.rating) == set(NAMES)
        except (ValueError, TypeError) as error:
            raise NotesError(f"This is not a calibration of ratings ({error}).") from error
        if not known:
            raise NotesError("This calibration was made for other terms or features: fit it again.")
        return loaded

    def save(self, path: Path) -> None:
        """Write the calibration as JSON."""
        path.write_text(self.to_json())

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Return the calibration in a JSON file."""
        try:
            return cls.from_json(path.read_text())
        except OSError as error:
            raise NotesError(f"The calibration {path} cannot be read: {error.strerror}.") from error


def _checked(terms: Floats) -> Floats:
    if terms.ndim != 2 or terms.shape[1] != len(TERM_NAMES):
        raise NotesError(f"Terms of shape {terms.shape} were given; they are (clips, {len(TERM_NAMES)}).")
    if not np.isfinite(terms).all():
        raise NotesError("Some terms are not numbers.")
    return terms
