"""Calibration: ratings are spread normally, keep the order, and survive a file."""

import numpy as np
import pytest

from midlevel_app.features import NAMES
from training.errors import NotesError
from training.ratings import TERM_NAMES, Calibration

SIZE = len(TERM_NAMES)


@pytest.fixture(scope="module")
def terms():
    random = np.random.default_rng(0)
    return random.normal(size=(2000, SIZE)) * random.uniform(0.1, 9, SIZE) + random.uniform(-5, 5, SIZE)


@pytest.fixture(scope="module")
def calibration(terms):
    return Calibration.fit(terms)


def test_ratings_of_the_corpus_are_normal_around_the_middle(terms, calibration):
    ratings = calibration.rate(terms)
    assert ratings.shape == (2000, len(NAMES))
    np.testing.assert_allclose(ratings.mean(axis=0), 5.5, atol=0.05)
    np.testing.assert_allclose(ratings.std(axis=0), 1.8, atol=0.05)
    np.testing.assert_allclose(np.quantile(ratings, 0.841, axis=0), 7.3, atol=0.15)


def test_ratings_keep_the_order_of_the_composites(terms, calibration):
    values, ratings = calibration.composites(terms), calibration.rate(terms)
    for value, rating in zip(values.T, ratings.T, strict=True):
        assert (np.diff(rating[np.argsort(value)]) >= 0).all()
        assert np.corrcoef(value, rating)[0, 1] > 0.9


def test_ratings_stay_between_one_and_ten(calibration):
    extreme = calibration.rate(np.array([[1e6] * SIZE, [-1e6] * SIZE]))
    assert extreme.min() >= 1
    assert extreme.max() <= 10


def test_calibration_does_not_depend_on_the_terms_units(terms, calibration):
    other = Calibration.fit(terms * 7 - 3)
    np.testing.assert_allclose(other.rate(terms * 7 - 3), calibration.rate(terms), atol=1e-6)


def test_a_term_that_never_varies_does_no_harm(terms):
    constant = terms.copy()
    constant[:, 3] = 0.25
    assert np.isfinite(Calibration.fit(constant).rate(constant)).all()


def test_a_calibration_survives_a_file(terms, calibration, tmp_path):
    calibration.save(tmp_path / "calibration.json")
    again = Calibration.load(tmp_path / "calibration.json")
    assert again == calibration
    np.testing.assert_array_equal(again.rate(terms), calibration.rate(terms))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"mean": 1}', '{"mean": {}, "deviation": {}, "raw": {}, "rating": {}}']
)
def test_another_file_is_refused(text):
    with pytest.raises(NotesError, match="calibration"):
        Calibration.from_json(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotesError, match=r"gone\.json cannot be read"):
        Calibration.load(tmp_path / "gone.json")


def test_wrong_terms_are_refused(terms, calibration):
    with pytest.raises(NotesError, match="shape"):
        calibration.rate(terms[:, :3])
    with pytest.raises(NotesError, match="not numbers"):
        calibration.rate(np.full((2, SIZE), np.nan))
    with pytest.raises(NotesError, match="at least two"):
        Calibration.fit(terms[:1])
