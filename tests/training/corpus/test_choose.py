"""Clips are chosen so that their ratings correlate as listeners' do; no clip twice, no work too often."""

import numpy as np
import pytest

from midlevel_app.features import NAMES
from training.corpus.choose import choose, choose_evenly, correlations_of, human_target, self_correlations
from training.errors import CorpusError
from training.ratings import TERM_NAMES, Calibration

UPPER = np.triu_indices(len(NAMES), 1)
SHARES = {"songs": 0.7, "rolls": 0.3}


def candidates(count, works, seed=0):
    """Ratings with correlations of their own: every one goes with the first."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(count, len(NAMES)))
    z[:, 1:] = 0.95 * z[:, 1:] + 0.31 * z[:, :1]
    work = rng.integers(works, size=count)
    collection = np.where(work % 10 < 7, "songs", "rolls")
    return np.clip(5.5 + 1.8 * z, 1, 10), [f"work {number}" for number in work], collection.tolist()


def distance(ratings):
    return np.abs(correlations_of(ratings) - human_target())[UPPER].mean()


def test_target_is_a_correlation_matrix():
    target = human_target()
    assert np.array_equal(target, target.T)
    assert np.array_equal(np.diag(target), np.ones(7))
    assert np.linalg.eigvalsh(target).min() > 0
    assert target[NAMES.index("melodiousness"), NAMES.index("dissonance")] == -0.6
    assert target[NAMES.index("minorness"), NAMES.index("rhythmic_complexity")] == 0


def test_chosen_clips_come_near_the_target():
    ratings, works, collections = candidates(12000, 100)
    chosen = choose(ratings, works, collections, SHARES, 1500, np.random.default_rng(1))
    assert len(set(chosen.tolist())) == 1500
    assert distance(ratings[chosen]) < 0.3 * distance(ratings)
    assert np.abs(ratings[chosen].mean(axis=0) - 5.5).max() < 0.3
    songs = np.mean([collections[index] == "songs" for index in chosen])
    assert songs == pytest.approx(0.7, abs=0.05)
    again = choose(ratings, works, collections, SHARES, 1500, np.random.default_rng(1))
    assert np.array_equal(chosen, again)
    assert not np.array_equal(chosen, choose(ratings, works, collections, SHARES, 1500, np.random.default_rng(2)))


@pytest.mark.parametrize("wanted", [1, 7, 299, 300])
def test_never_twice_even_where_there_is_little_choice(wanted):
    ratings, works, collections = candidates(300, 3)
    chosen = choose(ratings, works, collections, SHARES, wanted, np.random.default_rng(1))
    assert len(set(chosen.tolist())) == wanted
    assert set(chosen.tolist()) <= set(range(300))


def test_no_work_gives_much_more_than_its_share():
    ratings, works, collections = candidates(6000, 50)
    favoured = [index for index, name in enumerate(works) if name == "work 4"]
    rng = np.random.default_rng(3)
    ratings[favoured] = 5.5 + 1.8 * rng.multivariate_normal(np.zeros(7), human_target(), len(favoured))
    chosen = choose(ratings, works, collections, SHARES, 1000, np.random.default_rng(1))
    counts = {name: sum(works[index] == name for index in chosen) for name in set(works)}
    songs = [count for name, count in counts.items() if int(name.split()[1]) % 10 < 7]
    assert max(songs) <= 2 * np.mean(songs) + 2
    assert counts["work 4"] > np.mean(songs)


def test_too_few_candidates():
    ratings, works, collections = candidates(20, 4)
    with pytest.raises(CorpusError, match="only 20 candidates could be made for 21 clips"):
        choose(ratings, works, collections, SHARES, 21, np.random.default_rng(1))
    with pytest.raises(CorpusError, match="only 3 candidates"):
        choose_evenly(3, 4)
    assert choose_evenly(10, 4).tolist() == [0, 2, 5, 7]


def test_ratings_and_their_uncalibrated_selves():
    terms = np.random.default_rng(0).normal(size=(500, len(TERM_NAMES)))
    assert self_correlations(Calibration.fit(terms), terms).min() > 0.98
    terms[:5] *= 1e6
    assert self_correlations(Calibration.fit(terms), terms).min() < 0.9
