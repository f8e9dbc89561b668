"""From a trained network to the file the app runs: ONNX with the card in its metadata, reloaded and compared."""

import math
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from midlevel_app.errors import ModelError
from midlevel_app.model import SPREAD_OUTPUT, Model, ModelCard
from training import runs
from training.card import Credits, card_claims, describe, write_card
from training.claims import print_claims
from training.claims import run as run_claims
from training.corpus.manifest import read_manifest
from training.evaluate import evaluate, listener_of_model, print_scores
from training.fit import load_config, load_network
from training.networks import Network, Output
from training.ratings import Calibration
from training.ratings.calibration import CENTRE, SPREAD
from training.trials import gather

TOLERANCE = 1e-4


class _Rated(nn.Module):
    """A network with its output on the scale of the ratings."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectrogram: Tensor) -> tuple[Tensor, ...]:
        output: Output = self.network(spectrogram)
        rated = CENTRE + SPREAD * output.curve
        return (rated,) if output.spread is None else (rated, SPREAD * output.spread)


def export(network: Network, card: ModelCard, path: Path) -> float:
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
                output_names=["ratings", SPREAD_OUTPUT][: 1 + network.config.spread],
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


def export_run(run: Path, corpus: Path, data: Path, soundfonts: tuple[Path, ...], known: Credits, path: Path) -> None:
    """Export a training run's network, and write into its card how the exported file fared on every test and claim.

    Parameters
    ----------
    run, corpus, data : Path
    soundfonts : tuple of Path
        Folders of sample sets, besides the system's.
    known : Credits
        Who plays in the recordings that it heard.
    path : Path
        The file to write.

    Raises
    ------
    RunError
        If the run is not finished, or of a recording that it heard it is not known who plays in it.
    """
    network = on_grid(load_network(run).cpu())
    config = replace(load_config(run), network=network.config)
    card = describe(config, runs.recorded_origin(run), read_manifest(corpus), path.stem, known)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        difference = export(network, card, unfinished)
        print(f"largest difference between torch and the exported file: {difference:.1e} rating points")
        model = Model(unfinished)
        scores = evaluate(listener_of_model(model), gather(corpus, data, soundfonts, config.frontend)).scores
        print_scores(scores)
        results = run_claims(data, Calibration.load(corpus / "calibration.json"), model, soundfonts)
        print_claims(results)
        scored = tuple(score.to_dict() for score in scores)
        write_card(unfinished, replace(card, scores=scored, claims=card_claims(results)))
        unfinished.replace(path)


def on_grid(network: Network) -> Network:
    """Return a network whose values lie on a grid from time 0: smoothed over one value more, if it takes that.

    So half of its receptive field is a whole number of strides.
    """
    config = network.config
    if (config.receptive_field - 1) % (2 * config.stride) == 0:
        return network
    smoother = Network(replace(config, smoothing=config.smoothing + 1))
    smoother.load_state_dict(network.state_dict())
    return smoother.eval()


def compare(rated: nn.Module, path: Path) -> float:
    """Largest difference between torch and the reloaded file over noise of several lengths."""
    model = Model(path)
    differences = []
    for frames in (model.card.receptive_field, model.card.receptive_field + 7, 600):
        noise = (np.random.default_rng(frames).normal(-50, 20, (frames, model.card.frontend.bands))).astype(np.float32)
        noise[: frames // 3] = model.card.frontend.floor_db  # silence
        with torch.inference_mode():
            expected = [output[0].numpy() for output in rated(torch.from_numpy(noise)[None])]
        found = model.rate(noise)
        for output, wanted in zip((found.values, found.spread), expected, strict=False):
            differences.append(math.inf if output is None else float(np.abs(output - wanted).max()))
    return float(np.max(differences))  # NaN if any is
