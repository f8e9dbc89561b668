"""The card of a trained network: what it says of itself, and how it gets into the file."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import onnx
import pandas as pd

from midlevel_app import __version__
from midlevel_app.errors import ModelError
from midlevel_app.features import NAMES
from midlevel_app.model import CARD_KEY, COMPUTED, Model, ModelCard
from training.claims import Result
from training.config import from_mapping, read_toml
from training.corpus.clips import PIANO_DOMAIN, SOURCE
from training.corpus.instruments import SOUNDFONTS
from training.corpus.sources import COLLECTIONS, TRAINING
from training.errors import RunError
from training.fit import FitConfig
from training.runs import RATED, TAUGHT, UNLABELLED, Origin

LIMITS = (
    "The values are estimates of ratings computed from notes by published models of perception. They are not "
    "listeners' ratings, and agree with listeners only as far as the scores say.",
    "A mean over 15 s or more is what it is good for. The single values of a curve follow the ratings of their own "
    "window much less well: see the scores of curves.",
    "Made for solo piano. What it says of other music, speech or noise means nothing.",
    "The level of a recording, the instrument and the room move its values, too: claims 34 and 35 tell "
    "how far. Prefer recordings made at a normal level.",
    "Compare values within one recording, or between recordings made alike. The scale is relative to the "
    "training corpus.",
    "Not for judging people: it must not decide exams, auditions or competitions.",
)
_NETWORK = "A receptive-field-regularised ResNet after Chowdhury & Widmer (ICASSP 2021)"
_PLAIN_NETWORK = "A convolutional network like VGG, the baseline of Chowdhury & Widmer (ICASSP 2021),"
_LEARNT = "It learnt from rendered music of other instruments whose ratings were computed from the notes."
_PIANO = {
    UNLABELLED: "It was adapted to piano without piano ratings.",
    TAUGHT: (
        "Networks that had learnt from those instruments rated unlabelled piano, and it learnt from what they said on "
        "average and, as its spread, from how far they differed."
    ),
    RATED: "It learnt from rated piano, too.",
}
_NO_PIANO = "It has heard no acoustic piano."
NO_ERROR_BAR = (
    "The spread says how far the teachers differed. It is no error bar: teachers that err alike do not differ."
)
HEARD_BEFORE = (
    "Some pieces of the tests and of the claims are among the recordings that it heard without ratings, and which "
    "network is passed on was decided with the tests in view: take the scores for somewhat too good."
)
NOT_TO_SHIP = "Part of what it learnt from may not be used for a model that is passed on: for your own use."


@dataclass(frozen=True)
class Credit:
    """Whose recordings those are whose names match ``files``, and under which licence they may be used."""

    files: str
    performer: str
    licence: str


@dataclass(frozen=True)
class Credits:
    """All that is known of the recordings of the target."""

    credits: tuple[Credit, ...] = ()


def read_credits(path: Path) -> Credits:
    """Read who plays in recordings; `RunError` for a file that says it in another way."""
    return from_mapping(Credits, read_toml(path), str(path))


def credited(recordings: Sequence[str], known: Credits) -> list[dict[str, str]]:
    """Return a line of a card's training data for each performer of recordings, given by the names of their files.

    Raises
    ------
    RunError
        If of a recording it is not known who plays in it.
    """
    lines: dict[Credit, list[str]] = {}
    unknown = []
    for name in sorted(set(recordings)):
        credit = next((one for one in known.credits if fnmatch(Path(name).name, one.files)), None)
        if credit is None:
            unknown.append(name)
        else:
            lines.setdefault(credit, []).append(name)
    if unknown:
        raise RunError(f"nobody is credited for {', '.join(unknown)}: add who plays, and the licence, to the credits")
    return [
        {
            "name": f"recordings by {credit.performer}",
            "licence": credit.licence,
            "use": f"{len(names)} piano recordings, without ratings",
        }
        for credit, names in lines.items()
    ]


def describe(config: FitConfig, origin: Origin, manifest: pd.DataFrame, name: str, known: Credits) -> ModelCard:
    """Return the card of a network trained on a corpus, without scores.

    Parameters
    ----------
    config : FitConfig
    origin : Origin
        What the network was made of.
    manifest : DataFrame
        Of the corpus.
    name : str
        Of the model.
    known : Credits
        Who plays in the recordings that it heard.

    Raises
    ------
    RunError
        If of a recording it is not known who plays in it.
    """
    training = manifest[manifest["split"] == TRAINING]
    source, piano = (training[training["domain"] == domain] for domain in (SOURCE, PIANO_DOMAIN))
    data = _rendered(source, "instruments other than acoustic piano, with ratings")
    if origin.piano:
        data += _rendered(piano, "piano, with ratings" if RATED in origin.piano else "piano, without ratings")
    data += credited(origin.recordings, known)
    used = training if origin.piano else source
    how = " ".join(text for kind, text in _PIANO.items() if kind in origin.piano) or _NO_PIANO
    fonts = [
        {
            "name": f"soundfont {SOUNDFONTS[font].file}",
            "licence": SOUNDFONTS[font].licence,
            "use": "rendering",
        }
        for font in sorted(used["soundfont"].unique())
    ]
    return ModelCard(
        name=name,
        version=__version__,
        description=(
            f"{_NETWORK if config.network.residual else _PLAIN_NETWORK} that hears solo piano through seven qualities. "
            f"{_LEARNT} {how}"
        ),
        features=NAMES,
        frontend=config.frontend,
        stride=config.network.stride,
        receptive_field=config.network.receptive_field,
        rating_kind=COMPUTED,
        training_data=tuple(data + fonts),
        limits=(
            *LIMITS,
            *([NO_ERROR_BAR] if config.network.spread else []),
            *([HEARD_BEFORE] if origin.recordings else []),
            *([] if manifest.attrs["ships"] else [NOT_TO_SHIP]),
        ),
    )


def _rendered(clips: pd.DataFrame, what: str) -> list[dict[str, str]]:
    """Return a line for each collection of rendered clips."""
    collections = clips["work"].str.split("/").str[0]
    return [
        {
            "name": f"{collection}: {COLLECTIONS[collection].origin}",
            "licence": COLLECTIONS[collection].licence,
            "use": f"{count} rendered clips of 15 s, {what}",
        }
        for collection, count in collections.value_counts().sort_index().items()
    ]


def card_claims(results: Sequence[Result]) -> tuple[dict[str, Any], ...]:
    """Return the model's side of the results for `ModelCard.claims`; empty if no model was asked."""
    return tuple(
        {
            "number": result.statement.number,
            "claim": result.statement.text,
            "rate": round(result.model.rate, 2),
            "kept": result.model.kept,
        }
        for result in results
        if result.model is not None
    )


def write_card(path: Path, card: ModelCard) -> None:
    """Put ``card`` into the metadata of an ONNX file, in place of any it has; the file's other entries stay."""
    graph = onnx.load(path)
    for part in (graph.graph, *graph.graph.node, *graph.graph.value_info, *graph.graph.input, *graph.graph.output):
        del part.metadata_props[:]  # torch leaves names of source files here
    entries = {entry.key: entry.value for entry in graph.metadata_props}
    onnx.helper.set_model_props(graph, {**entries, CARD_KEY: card.to_json()})
    onnx.save(graph, path)


def save_claims(results: Sequence[Result], path: Path) -> None:
    """Write the model's side of the results into the card of its ONNX file, in place of any claims there.

    The network and the rest of the metadata stay as they are; the file is replaced at once or not at all.

    Raises
    ------
    ModelError
        If no model was asked in the results, or the file is not a model or cannot be written.
    """
    claims = card_claims(results)
    if not claims:
        raise ModelError(f"there is nothing to write into {path}: the claims were not put to a model")
    card = replace(Model(path).card, claims=claims)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = Path(folder) / path.name
            shutil.copyfile(path, unfinished)
            write_card(unfinished, card)
            unfinished.replace(path)
    except OSError as error:
        raise ModelError(f"the claims cannot be written into {path}: {error.strerror}") from error
