"""Ratings of the seven features, computed from notes by published perceptual models."""

from training.ratings.calibration import Calibration
from training.ratings.terms import TERM_NAMES, WINDOWS, raw_terms, windowed_terms

__all__ = ["TERM_NAMES", "WINDOWS", "Calibration", "raw_terms", "windowed_terms"]
