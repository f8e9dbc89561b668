"""Agreement with listeners: the arithmetic, and on the data kit the size."""

import numpy as np
import pytest

from training.errors import NotesError
from training.ratings.check import NONE_FITTED, NOT_FITTED_ON, OUT_OF_FOLD, SHIPPED, agreement, check, print_table


def test_agreement_separates_within_from_between():
    random = np.random.default_rng(0)
    level, detail = np.repeat(random.normal(size=20) * 5, 10), random.normal(size=200)
    group = [str(number) for number in np.repeat(np.arange(20), 10)]
    found = agreement("a", "b", SHIPPED, level + detail, level - detail, group, 0.9)
    assert found.within == pytest.approx(-1)
    assert found.between > 0.95
    assert found.overall > 0.8
    assert found.clips == 200


def test_a_folder_that_is_not_the_kit_is_named(tmp_path):
    with pytest.raises(NotesError, match=r"ratings\.csv cannot be read.*data kit"):
        check(tmp_path)


def test_an_empty_table_is_named(tmp_path):
    (tmp_path / "percepiano").mkdir()
    (tmp_path / "percepiano" / "ratings.csv").write_text("midi,timing_stable_unstable\n")
    with pytest.raises(NotesError, match="holds no ratings"):
        check(tmp_path)


def test_computed_ratings_agree_with_listeners(kit, capsys):
    rows = check(kit)
    print_table(rows)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 4 + len(rows)
    found = {(row.feature, row.weights): row for row in rows}
    for weights in (SHIPPED, NOT_FITTED_ON, OUT_OF_FOLD):
        assert found["articulation", weights].overall >= 0.72
        assert found["rhythmic_stability", weights].within >= 0.45
    for weights in (SHIPPED, OUT_OF_FOLD):
        assert found["dissonance", weights].overall >= 0.75
    assert found["minorness", NONE_FITTED].overall >= 0.45
    assert all(row.overall < row.ceiling for row in rows if np.isfinite(row.ceiling))
    assert all(feature in " ".join(printed) for feature, _ in found)
