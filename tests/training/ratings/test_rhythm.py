"""Pulse, rhythmic stability and rhythmic complexity."""

import numpy as np
import pytest

from tests.training.ratings.pieces import jittered, make, rubato, song, together
from training.ratings import rhythmic_complexity as complexity
from training.ratings import rhythmic_stability as stability
from training.ratings.clusters import clusters
from training.ratings.pulse import autocorrelation, onset_train, pulse


def beats_at(times, pitch=60, duration=0.2):
    return make([(time, duration, pitch, 64) for time in times])


def steadiness(notes):
    """Sum of the terms by their weights, each over its spread in the corpus."""
    found = stability.terms(notes)
    return sum(weight * found[name] / stability.SPREAD[name] for name, weight in stability.WEIGHTS.items())


def difficulty(notes):
    """Sum of the terms by their weights, each over its spread in the corpus."""
    found = complexity.terms(notes)
    return sum(weight * found[name] / complexity.SPREAD[name] for name, weight in complexity.WEIGHTS.items())


def test_notes_struck_together_are_one_event():
    found = clusters(make([(0, 1, 60, 64), (0.03, 1, 64, 64), (0.049, 1, 67, 64), (0.06, 1, 72, 64)]))
    np.testing.assert_array_equal(found.index, [0, 0, 0, 1])
    np.testing.assert_allclose(found.accent, [np.sqrt(3), 1])
    np.testing.assert_allclose(found.time, [(0.03 + 0.049) / 3, 0.06])


def test_the_onset_train_holds_a_gaussian_at_each_onset():
    train = onset_train(np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    assert train[10] == pytest.approx(1)
    assert train[110] == pytest.approx(0.5)
    assert train[60] == pytest.approx(0, abs=1e-6)


def test_autocorrelation_finds_the_period():
    curve = autocorrelation(onset_train(np.arange(0, 12, 0.6), np.ones(20)))
    assert curve[0] == pytest.approx(1)
    assert 20 + np.argmax(curve[20:100]) == 60
    assert curve[60] > 0.9


@pytest.mark.parametrize("period", [0.4, 0.5, 0.65])
def test_beats_fall_on_a_steady_row_and_bridge_a_gap(period):
    times = np.delete(np.arange(24) * period, [7, 15, 16])
    beats = pulse(clusters(beats_at(times))).beats
    np.testing.assert_allclose(beats, np.arange(24) * period, atol=0.01)


def test_beats_follow_a_slow_change_of_tempo():
    times = np.cumsum(np.geomspace(0.5, 0.6, 24))
    np.testing.assert_allclose(pulse(clusters(beats_at(times))).beats, times, atol=0.01)


def test_three_onsets_have_no_pulse():
    found = pulse(clusters(beats_at([0, 0.5, 1])))
    assert np.isnan(found.clarity)
    assert not len(found.beats)


def test_jitter_lowers_stability_step_by_step():
    for seed in range(3):
        found = [steadiness(jittered(song(), deviation, seed)) for deviation in (0, 0.03, 0.06, 0.12)]
        assert np.all(np.diff(found) < 0)


def test_rubato_lowers_stability():
    assert steadiness(rubato(song())) < steadiness(song()) - 1


def test_stability_of_a_metronome_is_complete():
    found = stability.terms(beats_at(np.arange(0, 15, 0.5)))
    assert found["pulse_clarity"] > 0.95
    assert found["beat_variation"] == pytest.approx(0, abs=1e-6)
    assert found["local_clarity"] > 0.95
    assert found["uneven_intervals"] == pytest.approx(0, abs=1e-6)


def test_a_change_of_tempo_between_passages_leaves_the_local_clarity():
    slower = beats_at(np.concatenate([np.arange(0, 8, 0.5), 8 + np.arange(0, 8, 0.57)]))
    found, plain = stability.terms(slower), stability.terms(beats_at(np.arange(0, 16, 0.5)))
    loss = {name: plain[name] - found[name] for name in ("local_clarity", "pulse_clarity")}
    assert loss["pulse_clarity"] > 0.2
    assert loss["local_clarity"] < loss["pulse_clarity"] / 2


def test_intervals_that_double_and_halve_are_an_octave_uneven():
    assert stability.terms(beats_at(np.cumsum(np.tile([0.25, 0.5], 10))))["uneven_intervals"] == pytest.approx(1)


def test_syncopation_counts_a_weak_onset_held_over_a_stronger_place():
    straight, moved = np.array([0, 4, 8, 12, 16]), np.array([0, 4, 6, 12, 16])
    assert complexity.syncopation(straight) == 0
    assert complexity.syncopation(moved) == 2  # from half a beat (-2) over the strong beat (0) at 8
    assert complexity.syncopation(np.arange(17)) == 0


def test_patterns_are_counted_by_the_beat():
    assert complexity.pattern_entropy(np.arange(0, 33, 4), 9) == 0
    halves = np.concatenate([np.arange(0, 33, 4), np.arange(2, 33, 8)])
    assert complexity.pattern_entropy(halves, 9) == pytest.approx(1)


def test_layers_count_what_no_busier_stream_has():
    threes, twos = np.arange(0, 12, 1 / 3), np.arange(0, 12, 1 / 2)
    assert complexity.layers([threes]) == 1
    assert complexity.layers([threes, np.arange(0, 12, 1.0)]) == 1
    assert complexity.layers([threes, twos]) == pytest.approx(1.5, abs=0.02)


def test_hands_far_apart_are_two_streams():
    high, low = beats_at(np.arange(0, 10, 0.5), 76), beats_at(np.arange(0, 10, 1.0), 48)
    assert [len(part) for part in complexity.streams(together(high, low))] == [20, 10]
    assert len(complexity.streams(together(high, beats_at(np.arange(0, 10, 1.0), 72)))) == 1


def test_mixed_intervals_are_more_complex_than_equal_ones():
    equal = beats_at(np.arange(30) * 0.5)
    mixed = beats_at(np.cumsum(np.tile([0.5, 0.25, 0.25, 0.75, 0.25, 1.0], 5)))
    assert difficulty(mixed) > difficulty(equal)
    assert complexity.interval_entropy(np.full(9, 0.5)) <= 1


def test_a_moved_third_of_the_beats_is_more_complex():
    melody, times = song(accompaniment=False), np.arange(0, 16, 0.5)
    for seed in range(4):
        moved = times + 0.25 * (np.random.default_rng(seed).random(32) < 1 / 3)
        left = beats_at(times, 45)
        assert difficulty(together(beats_at(moved, 72), left)) > difficulty(together(melody, left))


def test_three_against_two_is_more_complex():
    assert difficulty(together(song(), beats_at(np.arange(0, 15.5, 1 / 3), 40))) > difficulty(song()) + 0.3


def test_drums_count():
    times = np.arange(0, 15.5, 0.5)
    drums = make([(time, 0.1, 38, 100) for time in times + 0.25], drum=True)
    assert complexity.terms(together(song(), drums))["density"] > complexity.terms(song())["density"] + 0.5
