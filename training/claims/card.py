"""What a model kept of the claims, written into the card of its file."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import onnx

from midlevel_app.errors import ModelError
from midlevel_app.model import CARD_KEY, Model
from training.claims.check import Result


def save_claims(results: Sequence[Result], path: Path) -> None:
    """Write the model's side of the results into the card of its ONNX file, in place of any claims there.

    The network and the rest of the metadata stay as they are; the file is replaced at once or not at all.

    Raises
    ------
    ModelError
        If no model was asked in the results, or the file is not a model or cannot be written.
    """
    asked = [(result.statement.number, result.model) for result in results if result.model is not None]
    if not asked:
        raise ModelError(f"there is nothing to write into {path}: the claims were not put to a model")
    claims = tuple(
        {"number": number, "rate": round(outcome.rate, 2), "kept": outcome.kept} for number, outcome in asked
    )
    card = replace(Model(path).card, claims=claims)
    file = onnx.load(path)
    onnx.helper.set_model_props(
        file, {**{entry.key: entry.value for entry in file.metadata_props}, CARD_KEY: card.to_json()}
    )
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = Path(folder) / path.name
            onnx.save(file, unfinished)
            unfinished.replace(path)
    except OSError as error:
        raise ModelError(f"the claims cannot be written into {path}: {error.strerror}") from error
