"""Scores of an exported model: how far its curves' means agree with ratings, test by test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import soundfile

from midlevel_app.analysis import analyse
from midlevel_app.audio.block import Block
from midlevel_app.features import NAMES
from midlevel_app.frontend import Samples, spectrogram
from midlevel_app.model import Model
from training.corpus.acoustics import record
from training.corpus.clips import CLIP_SECONDS
from training.corpus.instruments import TEST_PIANO, find_soundfont
from training.corpus.render import render
from training.corpus.sources import TEST, works
from training.datasets.corpus import load_corpus
from training.datasets.maps import maps_clips
from training.fit import correlations
from training.notes import Notes, read_maps, read_midi
from training.ratings import Calibration, raw_terms, windowed_terms
from training.ratings.listeners import SCALES


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
        How many clips, and of how many works they are: clips of one work are alike.
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


def rate_audio(model: Model, audio: Samples) -> npt.NDArray[np.float64]:
    """Rate a clip by the mean of its curve, (features,); ``audio`` is mono at the front end's rate."""
    return np.asarray(model.predict(spectrogram(audio, model.card.frontend)).mean(axis=0))


def evaluate(model: Model, corpus: Path, data: Path, soundfonts: tuple[Path, ...]) -> list[Score]:
    """Run every test: the corpus, the Disklavier recordings, PercePiano's listeners."""
    return [
        *corpus_scores(model, corpus),
        *disklavier_scores(model, corpus, data, soundfonts),
        curve_score(model, corpus, data),
        *listener_scores(model, data, soundfonts),
    ]


def corpus_scores(model: Model, corpus: Path) -> list[Score]:
    """Score the test clips of the corpus: instruments of the source, and piano with and without edits."""
    clips = load_corpus(corpus, model.card.frontend)
    source, piano = clips.part("source", "test"), clips.part("piano", "test")
    plain = (piano.table["edits"].map(len) == 0).to_numpy()
    tests = {
        "rendered instruments, unseen works and sample set": source,
        "rendered piano, unseen works and pianos": piano,
        "rendered piano, of these the unedited performances": piano.select(plain),
    }
    scores = []
    for name, part in tests.items():
        rated = np.stack([model.predict(part.frames(slice(i, i + 1))[0]).mean(axis=0) for i in range(len(part))])
        scores.append(_score(name, rated, part.ratings, part.table["work"].nunique()))
    return scores


def disklavier_scores(model: Model, corpus: Path, data: Path, soundfonts: tuple[Path, ...]) -> list[Score]:
    """Score real recordings against the ratings of their notes, and the same notes rendered beside them."""
    rate = model.card.frontend.rate
    calibration = Calibration.load(corpus / "calibration.json")
    clips = maps_clips(data, rate)
    ratings = calibration.rate(np.stack([raw_terms(clip.notes) for clip in clips]))
    real = np.stack([rate_audio(model, clip.audio) for clip in clips])
    rendered = _rate_rendered(model, [clip.notes for clip in clips], CLIP_SECONDS, soundfonts)
    pieces = len({clip.work for clip in clips})
    return [
        _score("real Disklavier recordings (MAPS ENSTDkCl)", real, ratings, pieces),
        _score("the same notes rendered", rendered, ratings, pieces),
    ]


def curve_score(model: Model, corpus: Path, data: Path) -> Score:
    """Score curves against the ratings of the notes in a window that slides over each real recording.

    The windows are those of `ratings.WINDOWS`, one a second. r is taken within each recording and averaged, so that
    differences between recordings do not help.
    """
    calibration = Calibration.load(corpus / "calibration.json")
    found = []
    moments = 0
    recordings = works(data, "maps_disklavier")
    for work in recordings:
        samples, rate = soundfile.read(work.path.with_suffix(".flac"), dtype="float32", always_2d=True)
        times, terms = windowed_terms(read_maps(work.path), len(samples) / rate, hop=1.0)
        curves = analyse([Block(samples, rate, 0)], model, str(work.path))
        values = np.stack([np.interp(times, curves.times, column) for column in curves.values.T], axis=1)
        rated = np.isfinite(terms).all(axis=1) & np.isfinite(values).all(axis=1)
        found.append(correlations(values[rated], calibration.rate(terms[rated])))
        moments += int(rated.sum())
    r = dict(zip(NAMES, np.mean(found, axis=0).tolist(), strict=True))
    return Score("real Disklavier, the curve within each recording", "computed", moments, len(recordings), r)


def listener_scores(model: Model, data: Path, soundfonts: tuple[Path, ...]) -> list[Score]:
    """Score rendered PercePiano performances against the mean ratings of their listeners."""
    table = pd.read_csv(data / "percepiano" / "ratings.csv").set_index("midi")
    tested = [work for work in works(data, "percepiano") if work.split == TEST]
    files = [work.path for work in tested if work.path.name in table.index]
    notes = [read_midi(path) for path in files]
    rated = _rate_rendered(model, notes, None, soundfonts)
    heard = table.loc[[path.name for path in files]]
    r = {}
    for feature, scale in SCALES.items():
        column = NAMES.index(feature)
        r[feature] = float(correlations(rated[:, [column]], -heard[[scale]].to_numpy())[0])
    passages = len({path.name.split("bars")[0] for path in files})
    return [Score("PercePiano listeners, Beethoven WoO 80", "listeners", len(files), passages, r)]


def _rate_rendered(
    model: Model, notes: Sequence[Notes], seconds: float | None, soundfonts: tuple[Path, ...]
) -> npt.NDArray[np.float64]:
    """Render notes with the test piano, each to its own length if ``seconds`` is None, and rate the audio."""
    rate = model.card.frontend.rate
    font = find_soundfont(TEST_PIANO, soundfonts)
    lengths = np.array([seconds or max(clip.end + 0.5, 4.0) for clip in notes])
    rated = np.empty((len(notes), len(NAMES)))
    order = np.argsort(lengths, kind="stable")  # clips of one length are rendered in one call
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        audios = render([notes[number] for number in batch], float(lengths[batch].max()), font, rate)
        for number, audio in zip(batch, audios, strict=True):
            dry = audio[: round(lengths[number] * rate)]
            rated[number] = rate_audio(model, record(dry, rate, np.random.default_rng(number)))
    return rated


def _score(test: str, rated: npt.ArrayLike, ratings: npt.ArrayLike, works: int) -> Score:
    """Compare the model's ratings of clips with computed ones, both (clips, features)."""
    r = correlations(rated, ratings)
    return Score(test, "computed", len(np.asarray(ratings)), works, dict(zip(NAMES, map(float, r), strict=True)))


def print_scores(scores: Sequence[Score]) -> None:
    """Print a line a test: clips, mean r, r by feature (columns in the order of the features)."""
    print(
        f"{'Pearson r':<52} {'ratings':<10} {'clips':>5} {'works':>5} {'mean':>5}  "
        + " ".join(f"{n[:10]:>10}" for n in NAMES)
    )
    for score in scores:
        cells = " ".join(f"{score.r[n]:10.2f}" if n in score.r else " " * 10 for n in NAMES)
        print(f"{score.test:<52} {score.ratings:<10} {score.clips:5d} {score.works:5d} {score.mean_r:5.2f}  {cells}")
