"""Scores: how far what a model says of clips and recordings agrees with ratings, test by test."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import scipy.stats
import torch

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, Samples, Spectrogram, spectrogram
from midlevel_app.model import COMPUTED, Model
from training.datasets.rated import decode
from training.networks import Network
from training.notes import Floats
from training.predict import Prediction, correlations
from training.ratings.calibration import CENTRE, SPREAD
from training.trials import PIANO_TEST, SOURCE_TEST, CurveTrial, Trial, Trials

CURVE_OF_CLIPS = "rendered piano, the curve over all clips"


@dataclass(frozen=True)
class Score:
    """Result of one test.

    Attributes
    ----------
    test : str
        What was tested.
    ratings : str
        ``"computed"`` or ``"listeners"``: which kind of rating the model was compared with.
    clips, works : int
        How many clips (of a curve: moments), and of how many works they are: clips of one work are alike.
    r : dict
        Pearson's r by feature; only the features that the ratings cover.
    """

    test: str
    ratings: str
    clips: int
    works: int
    r: dict[str, float]

    @property
    def mean_r(self) -> float:
        """Mean over the features that were tested."""
        return float(np.mean(list(self.r.values())))

    def to_dict(self) -> dict[str, object]:
        """Return the score as it stands in a model card."""
        return {
            **asdict(self),
            "r": {n: round(r, 3) for n, r in self.r.items()},
            "mean_r": round(self.mean_r, 3),
        }


@dataclass(frozen=True)
class Listener:
    """A model as the tests see it, be it a file or a network.

    Attributes
    ----------
    frontend : FrontEnd
    curve : callable
        From a spectrogram (t, bands) in decibels to values (n, 7), 1 to 10.
    first : float
        The frame in the middle of the first value.
    stride : int
        Frames from one value to the next.
    """

    frontend: FrontEnd
    curve: Callable[[Spectrogram], Floats]
    first: float
    stride: int

    def times(self, count: int) -> Floats:
        """Return the seconds of the first ``count`` values."""
        return self.frontend.times(self.first + self.stride * np.arange(count))

    def rate(self, codes: npt.NDArray[np.uint8]) -> Floats:
        """Rate a clip by the mean of its curve, (7,)."""
        return np.asarray(self.curve(decode(codes, self.frontend.floor_db)).mean(axis=0))


def listener_of_model(model: Model) -> Listener:
    """Return an exported model as the tests see it."""
    card = model.card
    return Listener(card.frontend, model.predict, (card.receptive_field - 1) / 2, card.stride)


def listener_of_network(network: Network, frontend: FrontEnd) -> Listener:
    """Return a network as the tests see it."""
    network.eval()
    device = next(network.parameters()).device

    def curve(frames: Spectrogram) -> Floats:
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
            said = network(torch.from_numpy(frames).to(device)[None]).curve[0]
        return np.asarray(CENTRE + SPREAD * said.double().cpu().numpy())

    return Listener(frontend, curve, network.config.centre(), network.config.stride)


def rate_audio(model: Model, audio: Samples) -> Floats:
    """Rate a clip by the mean of its curve, (features,); ``audio`` is mono at the front end's rate."""
    return np.asarray(model.predict(spectrogram(audio, model.card.frontend)).mean(axis=0))


@dataclass(frozen=True)
class Evaluation:
    """Result of all tests.

    Attributes
    ----------
    scores : tuple of Score
    discrepancy : float
        The distance between what is said on average of the source's and of the piano's test clips: the Euclidean norm
        of the difference of the two mean ratings (7,), in rating points.
    """

    scores: tuple[Score, ...]
    discrepancy: float


def evaluate(listener: Listener, trials: Trials) -> Evaluation:
    """Run every test."""
    rated = {trial.name: rate_clips(listener, trial) for trial in trials.clips}
    scores = [score_clips(rated[trial.name], trial) for trial in trials.clips]
    shift = rated[SOURCE_TEST].mean(axis=0) - rated[PIANO_TEST].mean(axis=0)
    return Evaluation((*scores, score_curves(listener, trials.curve)), float(np.linalg.norm(shift)))


def rate_clips(listener: Listener, trial: Trial) -> Floats:
    """Rate each clip by the mean of its curve, (clips, 7)."""
    return np.stack([listener.rate(codes) for codes in trial.codes])


def score_clips(rated: Floats, trial: Trial) -> Score:
    """Compare what is said of clips, (clips, 7), with their ratings."""
    r = correlations(rated, np.nan_to_num(trial.ratings))
    covered = list(np.atleast_1d(np.isfinite(trial.ratings).all(axis=0)))
    return Score(
        trial.name,
        trial.kind,
        len(rated),
        len(set(trial.works)),
        {name: float(value) for name, value, known in zip(NAMES, r, covered, strict=True) if known},
    )


def score_curves(listener: Listener, trial: CurveTrial) -> Score:
    """Score curves against ratings over time; r is taken within each recording and averaged.

    So differences between recordings do not help.
    """
    found = []
    moments = 0
    for codes, times, ratings in zip(trial.codes, trial.times, trial.ratings, strict=True):
        curve = listener.curve(decode(codes, listener.frontend.floor_db))
        own = listener.times(len(curve))
        inside = (times >= own[0]) & (times <= own[-1])
        values = np.stack([np.interp(times[inside], own, column) for column in curve.T], axis=1)
        found.append(correlations(values, ratings[inside]))
        moments += int(inside.sum())
    r = dict(zip(NAMES, np.mean(found, axis=0).tolist(), strict=True))
    return Score(trial.name, trial.kind, moments, len(trial.codes), r)


def score_windows(prediction: Prediction, trials: Trials) -> Score:
    """Score the curves of the corpus' piano clips over all windows of all clips together."""
    said = prediction.windowed.reshape(-1, len(NAMES))
    rated = trials.windows.windowed.reshape(-1, len(NAMES))
    seen = np.isfinite(said).all(axis=1)
    r = correlations(said[seen], rated[seen])
    works = trials.windows.table["work"].nunique()
    return Score(CURVE_OF_CLIPS, COMPUTED, int(seen.sum()), works, dict(zip(NAMES, map(float, r), strict=True)))


@dataclass(frozen=True)
class SpreadScore:
    """How well a spread predicts the error of the curve.

    Attributes
    ----------
    rho : dict
        Spearman's correlation between spread and absolute error over all windows, by feature.
    error, spread : dict
        Root mean square of the error and of the spread in rating points, by feature.
    """

    rho: dict[str, float]
    error: dict[str, float]
    spread: dict[str, float]


def score_spread(prediction: Prediction, trials: Trials) -> SpreadScore | None:
    """Compare the spread over the windows of the corpus' piano clips with the error; None if there is no spread."""
    if prediction.spread is None:
        return None
    seen = np.isfinite(prediction.windowed).all(axis=2)
    error = np.abs(prediction.windowed - trials.windows.windowed)[seen]
    spread = prediction.spread[seen]
    rho = [scipy.stats.spearmanr(s, e).statistic for s, e in zip(spread.T, error.T, strict=True)]

    def named(values: npt.ArrayLike) -> dict[str, float]:
        return dict(zip(NAMES, np.asarray(values, np.float64).tolist(), strict=True))

    return SpreadScore(named(rho), named(np.sqrt((error**2).mean(axis=0))), named(np.sqrt((spread**2).mean(axis=0))))


def print_scores(scores: Sequence[Score]) -> None:
    """Print a line a test: clips, mean r, r by feature (columns in the order of the features)."""
    print(
        f"{'Pearson r':<52} {'ratings':<10} {'clips':>5} {'works':>5} {'mean':>5}  "
        + " ".join(f"{n[:10]:>10}" for n in NAMES)
    )
    for score in scores:
        cells = " ".join(f"{score.r[n]:10.2f}" if n in score.r else " " * 10 for n in NAMES)
        print(f"{score.test:<52} {score.ratings:<10} {score.clips:5d} {score.works:5d} {score.mean_r:5.2f}  {cells}")
