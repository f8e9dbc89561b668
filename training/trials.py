"""What models are tested on: clips and recordings, as spectrograms, with the ratings they are compared with."""

import hashlib
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, Samples, spectrogram
from midlevel_app.model import COMPUTED, LISTENERS
from training.corpus.acoustics import record
from training.corpus.clips import CLIP_SECONDS, PIANO_DOMAIN, SOURCE
from training.corpus.instruments import TEST_PIANO, find_soundfont
from training.corpus.manifest import versions
from training.corpus.render import render
from training.corpus.sources import TEST, works
from training.datasets.audio import whole
from training.datasets.corpus import load_corpus
from training.datasets.maps import maps_clips
from training.datasets.rated import STEP_DB, Codes, RatedClips, encode
from training.errors import DataError
from training.notes import Floats, Notes, read_maps, read_midi
from training.ratings import Calibration, raw_terms, windowed_terms
from training.ratings.listeners import SCALES

SOURCE_TEST = "rendered instruments, unseen works and sample set"
PIANO_TEST = "rendered piano, unseen works and pianos"
UNEDITED_TEST = "rendered piano, of these the unedited performances"
REAL_TEST = "real Disklavier recordings (MAPS ENSTDkCl)"
SAME_NOTES_TEST = "the same notes rendered"
CURVE_TEST = "real Disklavier, the curve within each recording"
LISTENERS_TEST = "PercePiano listeners, Beethoven WoO 80"


@dataclass(frozen=True)
class Trial:
    """Clips with one rating of each feature.

    Attributes
    ----------
    name : str
    kind : str
        Whose ratings they are: ``"computed"`` or ``"listeners"``.
    codes : sequence of (t, bands) uint8
        Of each clip (see `training.datasets.rated.encode`).
    ratings : (clips, 7) float64
        NaN in the columns of features that were not rated.
    works : sequence of str
        Which work each clip is of; clips of one work are alike.
    """

    name: str
    kind: str
    codes: Sequence[Codes]
    ratings: Floats
    works: Sequence[str]


@dataclass(frozen=True)
class CurveTrial:
    """Recordings with ratings over time.

    Attributes
    ----------
    name, kind : str
        As in `Trial`.
    codes : sequence of (t, bands) uint8
        Of each recording.
    times : sequence of (m,) float64
        Of each recording: the moments that were rated, in seconds.
    ratings : sequence of (m, 7) float64
        At these moments.
    """

    name: str
    kind: str
    codes: Sequence[Codes]
    times: Sequence[Floats]
    ratings: Sequence[Floats]


@dataclass(frozen=True)
class Trials:
    """Everything a model is tested on, heard through one front end.

    Attributes
    ----------
    frontend : FrontEnd
    clips : tuple of Trial
    curve : CurveTrial
    windows : RatedClips
        The piano clips of the corpus with their ratings by window.
    """

    frontend: FrontEnd
    clips: tuple[Trial, ...]
    curve: CurveTrial
    windows: RatedClips


def gather(corpus: Path, data: Path, soundfonts: tuple[Path, ...], frontend: FrontEnd) -> Trials:
    """Return all tests: the corpus' test side, the Disklavier recordings, PercePiano's listeners.

    The last two are kept in a file beside the corpus. Its name holds a hash of the front end, the corpus' calibration
    and what renders and rates (see `training.corpus.manifest.versions`), but not of the data kit and the sample sets:
    remove it when they change.

    Raises
    ------
    DataError
        If a test has no clips.
    """
    calibration = corpus / "calibration.json"
    made_of = [frontend.to_dict(), STEP_DB, calibration.read_text(), versions()]
    path = corpus / f"trials-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]}.pickle"
    if not path.exists():
        scale = Calibration.load(calibration)
        clips = (*disklavier(data, scale, soundfonts, frontend), listeners(data, soundfonts, frontend))
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(pickle.dumps((clips, disklavier_curves(data, scale, frontend))))
        unfinished.replace(path)
    others, curve = pickle.loads(path.read_bytes())
    return _trials(frontend, load_corpus(corpus, frontend), others, curve)


def _trials(frontend: FrontEnd, clips: RatedClips, others: tuple[Trial, ...], curve: CurveTrial) -> Trials:
    """Put the corpus' test clips before the other tests."""
    piano = clips.part(PIANO_DOMAIN, TEST)
    plain = piano.select((piano.table["edits"].map(len) == 0).to_numpy())
    own = (
        _of_corpus(SOURCE_TEST, clips.part(SOURCE, TEST)),
        _of_corpus(PIANO_TEST, piano),
        _of_corpus(UNEDITED_TEST, plain),
    )
    empty = [trial.name for trial in (*own, *others) if not len(trial.codes)]
    if empty:
        raise DataError(f"there are no clips for the test {'; '.join(empty)}: build a larger corpus")
    return Trials(frontend, (*own, *others), curve, piano)


def _of_corpus(name: str, clips: RatedClips) -> Trial:
    codes = [clips.spectrograms[part][place] for part, place in clips.rows]
    return Trial(name, COMPUTED, codes, clips.ratings.astype(np.float64), list(clips.table["work"]))


def disklavier(
    data: Path, calibration: Calibration, soundfonts: tuple[Path, ...], frontend: FrontEnd
) -> tuple[Trial, Trial]:
    """Return real recordings with the ratings of their notes, and the same notes rendered."""
    clips = maps_clips(data, frontend.rate)
    ratings = calibration.rate(np.stack([raw_terms(clip.notes) for clip in clips]))
    pieces = [clip.work for clip in clips]
    real = _codes([clip.audio for clip in clips], frontend)
    rendered = _codes(_performed([clip.notes for clip in clips], CLIP_SECONDS, soundfonts, frontend.rate), frontend)
    return (
        Trial(REAL_TEST, COMPUTED, real, ratings, pieces),
        Trial(SAME_NOTES_TEST, COMPUTED, rendered, ratings, pieces),
    )


def disklavier_curves(data: Path, calibration: Calibration, frontend: FrontEnd) -> CurveTrial:
    """Return real recordings with the ratings of the notes in a window that slides over each.

    The windows are those of `training.ratings.WINDOWS`, one a second.
    """
    codes, times, ratings = [], [], []
    for work in works(data, "maps_disklavier"):
        audio = whole(work.path.with_suffix(".flac"), frontend.rate)
        moments, terms = windowed_terms(read_maps(work.path), len(audio) / frontend.rate, hop=1.0)
        codes.append(encode(spectrogram(audio, frontend), frontend.floor_db))
        times.append(moments)
        ratings.append(calibration.rate(terms))
    return CurveTrial(CURVE_TEST, COMPUTED, codes, times, ratings)


def listeners(data: Path, soundfonts: tuple[Path, ...], frontend: FrontEnd) -> Trial:
    """Return PercePiano's performances of the test side, rendered, with the mean ratings of their listeners."""
    table = pd.read_csv(data / "percepiano" / "ratings.csv").set_index("midi")
    tested = [work for work in works(data, "percepiano") if work.split == TEST and work.path.name in table.index]
    heard = table.loc[[work.path.name for work in tested]]
    ratings = np.full((len(tested), len(NAMES)), np.nan)
    for feature, scale in SCALES.items():
        ratings[:, NAMES.index(feature)] = -heard[scale].to_numpy()
    audio = _performed([read_midi(work.path) for work in tested], None, soundfonts, frontend.rate)
    pieces = ["_".join(work.path.name.split("_")[:2]) for work in tested]  # a theme and its variations are one
    return Trial(LISTENERS_TEST, LISTENERS, _codes(audio, frontend), ratings, pieces)


def _codes(audio: Sequence[Samples], frontend: FrontEnd) -> list[Codes]:
    return [encode(spectrogram(samples, frontend), frontend.floor_db) for samples in audio]


def _performed(notes: Sequence[Notes], seconds: float | None, soundfonts: tuple[Path, ...], rate: int) -> list[Samples]:
    """Return notes as the test piano and some microphone would have them; without ``seconds`` each to its own end."""
    font = find_soundfont(TEST_PIANO, soundfonts)
    heard = []
    for number, clip in enumerate(notes):
        (dry,) = render([clip], seconds or max(clip.end + 0.5, 4.0), font, rate)
        heard.append(record(dry, rate, np.random.default_rng(number)))
    return heard
