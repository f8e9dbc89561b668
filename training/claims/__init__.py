"""What any honest model must satisfy: 36 claims, each put to the model and to the ratings."""

from training.claims.check import Outcome, Result, check, print_claims, run

__all__ = ["Outcome", "Result", "check", "print_claims", "run"]
