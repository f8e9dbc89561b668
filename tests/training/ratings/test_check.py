"""Agreement with listeners: the arithmetic, and on the data kit the size."""

import numpy as np
import pytest

from training.notes import NotesError
from training.ratings.check import agreement, check, print_table


def test_agreement_separates_within_from_between():
    random = np.random.default_rng(0)
    level, detail = np.repeat(random.normal(size=20) * 5, 10), random.normal(size=200)
    group = [str(number) for number in np.repeat(np.arange(20), 10)]
    found = agreement("a", "b", level + detail, level - detail, group)
    assert found.within == pytest.approx(-1)
    assert found.between > 0.95
    assert found.overall > 0.8
    assert found.clips == 200


def test_a_folder_that_is_not_the_kit_is_named(tmp_path):
    with pytest.raises(NotesError, match=r"ratings\.csv cannot be read.*data kit"):
        check(tmp_path)


def test_computed_ratings_agree_with_listeners(kit, capsys):
    rows = check(kit)
    print_table(rows)
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 1 + len(rows)
    found = {row.feature: row for row in rows}
    assert found["articulation"].overall >= 0.75
    assert found["articulation (fitted)"].overall >= 0.75
    assert found["rhythmic_stability"].within >= 0.50
    assert found["rhythmic_stability (fitted)"].within >= 0.50
    assert found["minorness"].overall >= 0.50
    assert found["dissonance"].overall >= 0.75
    assert all(name in printed for name in found)
