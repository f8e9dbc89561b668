"""From a trained network to the file the app runs: ONNX with the card in its metadata, reloaded and compared."""

import json
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import torch
from torch import Tensor, nn

from midlevel_app import __version__
from midlevel_app.errors import ModelError
from midlevel_app.features import NAMES
from midlevel_app.model import CARD_KEY, Model, ModelCard
from training.config import from_mapping
from training.corpus.clips import SOURCE
from training.corpus.instruments import SOUNDFONTS
from training.corpus.sources import COLLECTIONS, TRAINING
from training.evaluate import evaluate, print_scores
from training.fit import FitConfig
from training.networks import RFResNet
from training.ratings.calibration import CENTRE, SPREAD

TOLERANCE = 1e-4

LIMITS = (
    "The values are estimates of ratings computed from notes by published models of perception. They are not "
    "listeners' ratings, and agree with listeners only as far as the scores say.",
    "It learnt from means over 15 s, and a mean over such a span is what it is good for. The single values of a "
    "curve follow the ratings of their own window only weakly, minorness apart: see the score 'the curve within each "
    "recording'.",
    "Made for solo piano. What it says of other music, speech or noise means nothing.",
    "A recording 6 dB louder or softer moves a recording's mean by up to 0.25, one 12 dB softer by up to 0.4 and "
    "20 dB by up to 0.6 (8 recordings): prefer recordings made at a normal level.",
    "Compare values within one recording, or between recordings made alike. The scale is relative to the "
    "training corpus.",
    "Not for judging people: it must not decide exams, auditions or competitions.",
)


class _Rated(nn.Module):
    """A network with its output on the scale of the ratings."""

    def __init__(self, network: RFResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrogram: Tensor) -> Tensor:
        rated: Tensor = CENTRE + SPREAD * self.network(spectrogram)
        return rated


def export(network: RFResNet, card: ModelCard, path: Path) -> float:
    """Write ``network`` with ``card`` to ``path`` and return its largest difference from torch (rating points).

    The file is loaded with `midlevel_app.model` and run on noise of several lengths; a difference of more than
    1e-4 is a `ModelError` and leaves nothing new under ``path``.
    """
    rated = _Rated(network).eval().float()
    example = torch.randn(1, card.receptive_field + 40 * card.stride, card.frontend.bands) * 20 - 50
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of torch about torch
            torch.onnx.export(
                rated,
                (example,),
                unfinished,
                input_names=["spectrogram"],
                output_names=["ratings"],
                dynamic_shapes={"spectrogram": {1: torch.export.Dim("frames", min=card.receptive_field + card.stride)}},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        write_card(unfinished, card)
        difference = compare(rated, unfinished)
        if not difference <= TOLERANCE:
            raise ModelError(f"the exported network differs from torch by {difference:.2g} rating points")
        unfinished.replace(path)
    return difference


def write_card(path: Path, card: ModelCard) -> None:
    """Put ``card`` into the metadata of an ONNX file, in place of any it has."""
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, {CARD_KEY: card.to_json()})
    onnx.save(graph, path)


def export_run(run: Path, corpus: Path, data: Path, soundfonts: tuple[Path, ...], path: Path) -> None:
    """Export a training run's network, score the exported file on every test, and write the scores into its card."""
    config = from_mapping(FitConfig, json.loads((run / "config.json").read_text()), str(run / "config.json"))
    network = RFResNet(config.network)
    network.load_state_dict(torch.load(run / "state.pt", weights_only=True)["network"])
    card = describe(config, pd.read_parquet(corpus / "manifest.parquet"), path.stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        difference = export(network, card, unfinished)
        print(f"largest difference between torch and the exported file: {difference:.1e} rating points")
        scores = evaluate(Model(unfinished), corpus, data, soundfonts)
        print_scores(scores)
        write_card(unfinished, replace(card, scores=tuple(score.to_dict() for score in scores)))
        unfinished.replace(path)


def describe(config: FitConfig, manifest: pd.DataFrame, name: str) -> ModelCard:
    """Return the card of a network trained on a corpus, without scores."""
    trained = manifest[(manifest["domain"] == SOURCE) & (manifest["split"] == TRAINING)]
    collections = trained["work"].str.split("/").str[0]
    data = [
        {
            "name": f"{collection}: {COLLECTIONS[collection].origin}",
            "licence": COLLECTIONS[collection].licence,
            "use": f"{count} rendered clips of 15 s, instruments other than acoustic piano",
        }
        for collection, count in collections.value_counts().sort_index().items()
    ]
    fonts = [
        {
            "name": f"soundfont {SOUNDFONTS[font].file}",
            "licence": SOUNDFONTS[font].licence,
            "use": "rendering",
        }
        for font in sorted(trained["soundfont"].unique())
    ]
    return ModelCard(
        name=name,
        version=__version__,
        description=(
            "A receptive-field-regularised ResNet after Chowdhury & Widmer (ICASSP 2021) that hears solo piano "
            "through seven qualities. It learnt from rendered music of other instruments whose ratings were "
            "computed from the notes."
        ),
        features=NAMES,
        frontend=config.frontend,
        stride=config.network.stride,
        receptive_field=config.network.receptive_field,
        rating_kind="computed",
        training_data=tuple(data + fonts),
        limits=LIMITS,
    )


def compare(rated: nn.Module, path: Path) -> float:
    """Largest difference between torch and the reloaded file over noise of several lengths."""
    model = Model(path)
    differences = []
    for frames in (model.card.receptive_field, model.card.receptive_field + 7, 600):
        noise = (np.random.default_rng(frames).normal(-50, 20, (frames, model.card.frontend.bands))).astype(np.float32)
        with torch.inference_mode():
            expected = rated(torch.from_numpy(noise)[None])[0].numpy()
        differences.append(float(np.abs(model.predict(noise) - expected).max()))
    return max(differences)
