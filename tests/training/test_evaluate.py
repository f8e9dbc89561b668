"""Scores are what they say, against the ratings they name."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
import torch

import midlevel_app
from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd
from midlevel_app.model import Model, find_model
from tests.training.clips_made import CONFIG, FRONTEND, SECONDS
from tests.training.trials_made import RATED_BY_LISTENERS, made_curve, made_listeners, made_trial, made_trials
from training import trials
from training.corpus.sources import works
from training.datasets.maps import maps_clips
from training.evaluate import (
    CURVE_OF_CLIPS,
    Listener,
    Score,
    evaluate,
    listener_of_model,
    listener_of_network,
    print_scores,
    rate_audio,
    rate_clips,
    score_clips,
    score_curves,
    score_spread,
    score_windows,
)
from training.networks import Network
from training.predict import Prediction, predict
from training.ratings import Calibration, raw_terms
from training.trials import PIANO_TEST, SOURCE_TEST, disklavier_curves

EXAMPLE = Path(midlevel_app.__file__).parent / "assets" / "example.ogg"


FIELD = 29  # frames that each value of the listener below hears, a second


def hearing(bias=0.0):
    """A listener that hears the seven levels in the made clips, and says ``bias`` more."""

    def curve(frames):
        levels = frames[:, :21].reshape(len(frames), len(NAMES), 3).mean(axis=2)
        heard = np.lib.stride_tricks.sliding_window_view(levels, FIELD, axis=0).mean(axis=2)
        return (heard + 50) / 6 + 5.5 + bias

    return Listener(FRONTEND, curve, (FIELD - 1) / 2, 1)


def knowing(curve, late=0.0):
    """A listener that knows the ratings of the one recording of a curve, and says them so many seconds late."""
    first, second = curve.times[0][:2]
    frontend = FrontEnd()
    rate = frontend.frame_rate
    return Listener(frontend, lambda frames: curve.ratings[0], (first + late) * rate, round((second - first) * rate))


def test_score_prints_and_serialises(capsys):
    score = Score("a test", "listeners", 12, 3, {"articulation": 0.51234, "dissonance": 0.3})
    assert score.to_dict() == {
        "test": "a test",
        "ratings": "listeners",
        "clips": 12,
        "works": 3,
        "r": {"articulation": 0.512, "dissonance": 0.3},
        "mean_r": 0.406,
    }
    print_scores([score])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == ["a", "test", "listeners", "12", "3", "0.41", "0.51", "0.30"]


def test_the_example_is_heard_as_it_was_played():
    """Staccato above legato, minor above major, by the shipped model."""
    model = Model(find_model())
    rate = model.card.frontend.rate
    audio, recorded = soundfile.read(EXAMPLE, dtype="float32", always_2d=True)
    mono = soxr.resample(audio.mean(axis=1), recorded, rate)
    rated = {}
    for section in json.loads(EXAMPLE.with_suffix(".json").read_text())["sections"]:
        part = mono[round(section["start"] * rate) : round(section["end"] * rate)]
        rated[section["title"]] = dict(zip(NAMES, rate_audio(model, part), strict=True))
    legato, staccato, minor = (
        rated[title] for title in ("G major, legato", "G major, staccato", "G minor, legato with rubato")
    )
    assert staccato["articulation"] > legato["articulation"] + 1
    assert minor["minorness"] > legato["minorness"] + 0.5


def test_who_hears_the_ratings_scores_1_in_every_test():
    scores = evaluate(hearing(), made_trials()).scores
    assert [score.test for score in scores] == [trial.name for trial in made_trials().clips] + [trials.CURVE_TEST]
    for score in scores:
        assert min(score.r.values()) > 0.98
    assert [score.works for score in scores[:6]] == [3] * 6


def test_listeners_are_compared_where_they_rated():
    score = score_clips(rate_clips(hearing(), made_listeners()), made_listeners())
    assert score.ratings == "listeners"
    assert list(score.r) == list(RATED_BY_LISTENERS)


def test_a_clip_is_rated_by_the_mean_of_its_curve():
    trial = made_trial(PIANO_TEST, count=1)
    listener = hearing()
    frames = trials.encode(np.full((40, FRONTEND.bands), -50.0, np.float32), FRONTEND.floor_db)
    louder = trials.encode(np.full((40, FRONTEND.bands), -38.0, np.float32), FRONTEND.floor_db)
    assert listener.rate(frames) == pytest.approx(5.5, abs=0.05)
    assert listener.rate(np.concatenate([frames, louder])) == pytest.approx(6.5, abs=0.05)  # half of the time 7.5
    assert listener.rate(trial.codes[0]) == pytest.approx(trial.ratings[0], abs=0.3)


def test_a_curve_is_scored_within_recordings():
    """Whoever hears only which recording it is scores nothing; where the curve has no values, nothing is compared."""
    curve = made_curve()

    def level(frames):
        return np.full((len(frames), len(NAMES)), frames.mean())

    deaf = Listener(FRONTEND, level, 0.0, 1)
    assert score_curves(deaf, curve).mean_r == pytest.approx(0.0)
    assert score_curves(hearing(), curve).clips == 2 * 6 * SECONDS

    middle = replace(hearing(), curve=lambda frames: hearing().curve(frames)[60:-60], first=60.0 + FIELD // 2)
    score = score_curves(middle, curve)
    assert score.clips == 2 * (6 * SECONDS - 4)  # two seconds at each end have no values
    assert score.works == 2
    assert min(score.r.values()) > 0.98


def test_a_curve_is_scored_against_the_notes_of_its_own_recording(kit, monkeypatch):
    """A model that knows the windowed ratings scores 1; one that says them a second late scores less."""
    monkeypatch.setattr("training.datasets.maps.works", lambda data, collection: works(data, collection)[:2])
    monkeypatch.setattr(trials, "works", lambda data, collection: works(data, collection)[:1])
    calibration = Calibration.fit(np.stack([raw_terms(clip.notes) for clip in maps_clips(kit, 22050)]))
    curve = disklavier_curves(kit, calibration, FrontEnd())
    score = score_curves(knowing(curve), curve)
    assert score.clips == len(curve.times[0]) > 100
    assert score.works == 1
    assert min(score.r.values()) > 0.999
    late = score_curves(knowing(curve, late=1.0), curve)
    assert late.clips == score.clips - 1
    assert late.mean_r < 0.95
    assert score_curves(knowing(curve, late=-1.0), curve).mean_r < 0.95


def test_discrepancy_is_the_distance_between_the_means_of_the_domains():
    made = made_trials()
    source, piano = (next(trial for trial in made.clips if trial.name == name) for name in (SOURCE_TEST, PIANO_TEST))
    shift = source.ratings.mean(axis=0) - piano.ratings.mean(axis=0)
    found = evaluate(hearing(), made).discrepancy
    assert found == pytest.approx(float(np.linalg.norm(shift)), abs=0.1)
    assert evaluate(hearing(bias=2.0), made).discrepancy == pytest.approx(found)  # it is common to both
    same = replace(made, clips=(source, replace(source, name=PIANO_TEST)))
    assert evaluate(hearing(), same).discrepancy == 0


def test_curves_of_clips_are_scored_over_all_windows_that_are_seen():
    made = made_trials()
    windowed = made.windows.windowed.astype(np.float64)
    windowed[:, 0] = np.nan  # before the first value of the curve
    score = score_windows(Prediction(windowed.mean(axis=1), windowed, None), made)
    assert score.test == CURVE_OF_CLIPS
    assert score.clips == len(made.windows) * (SECONDS - 1)
    assert score.works == 1
    assert list(score.r.values()) == pytest.approx([1.0] * len(NAMES))
    opposite = score_windows(Prediction(windowed.mean(axis=1), 11 - windowed, None), made)
    assert opposite.mean_r == pytest.approx(-1.0)


def test_spread_is_scored_by_the_error_that_it_foretells():
    made = made_trials()
    rng = np.random.default_rng(3)
    spread = rng.uniform(0.1, 1.0, made.windows.windowed.shape)
    sign = rng.choice([-1.0, 1.0], spread.shape)
    windowed = made.windows.windowed + 2.0 * sign * spread
    windowed[:, -1] = spread[:, -1] = np.nan  # not seen
    score = score_spread(Prediction(windowed.mean(axis=1), windowed, spread), made)
    assert list(score.rho) == list(score.error) == list(score.spread) == list(NAMES)
    assert list(score.rho.values()) == pytest.approx([1.0] * len(NAMES), abs=1e-3)
    for name, column in zip(NAMES, spread[:, :-1].reshape(-1, len(NAMES)).T, strict=True):
        assert score.spread[name] == pytest.approx(np.sqrt((column**2).mean()))
        assert score.error[name] == pytest.approx(2 * score.spread[name], rel=1e-5)

    inverted = score_spread(Prediction(windowed.mean(axis=1), windowed, 1.1 - spread), made)
    assert max(inverted.rho.values()) < -0.99
    assert score_spread(Prediction(windowed.mean(axis=1), windowed, None), made) is None


def test_a_network_is_heard_as_in_training():
    """Its means are those of `predict`, and its values lie in the middle of what they hear."""
    torch.manual_seed(0)
    network = Network(CONFIG.network).eval()
    listener = listener_of_network(network, FRONTEND)
    clips = made_trials().windows
    heard = predict(network, clips, FRONTEND)
    for row, (part, place) in enumerate(clips.rows):
        assert listener.rate(clips.spectrograms[part][place]) == pytest.approx(heard.ratings[row], abs=0.05)
    centre = (CONFIG.network.receptive_field - 1) / 2
    assert listener.times(3) == pytest.approx([(centre + 2 * number) * 735 / 22050 for number in range(3)])


def test_the_shipped_file_says_when_its_values_lie():
    model = Model(find_model())
    listener = listener_of_model(model)
    card = model.card
    assert listener.times(5) == pytest.approx(card.times(card.lead + np.arange(5)))
    frames = np.full((card.receptive_field + card.stride, card.frontend.bands), -50, np.float32)
    assert listener.curve(frames).shape == (2, len(NAMES))
