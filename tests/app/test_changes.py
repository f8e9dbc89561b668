"""Sentences about changes: true of known steps, silent about noise and about what is too short."""

import numpy as np
import pytest

from midlevel_app.changes import LEAST_POINTS, describe_selection, find_changes
from midlevel_app.curves import Curves, span
from midlevel_app.features import NAMES

STEP = 1 / 15
FIELD = 4.0


def made(seconds, levels=(), wander=0.1, seed=0):
    """Curves around 5 whose values share audio over a field, as a model's do.

    ``levels`` holds (feature, from second, level): what a feature's audio is about from then on.
    """
    field = round(FIELD / STEP)
    count = round(seconds / STEP)
    course = np.full((count + field, len(NAMES)), 5.0)
    for feature, start, level in levels:
        course[round(start / STEP) + field // 2 :, NAMES.index(feature)] = level
    course += wander * np.sqrt(field) * np.random.default_rng(seed).standard_normal(course.shape)
    sums = np.cumsum(course, axis=0)
    return Curves(np.arange(count) * STEP, (sums[field:] - sums[:-field]) / field)


def texts(curves, **options):
    return [change.text for change in find_changes(curves, **options)]


def test_known_step():
    (change,) = find_changes(made(90, [("articulation", 44, 3.8)]))
    assert change.feature == "articulation"
    assert 41 < change.start < 44 < change.stop < 47
    assert change.before == pytest.approx(5.0, abs=0.15)
    assert change.after == pytest.approx(3.8, abs=0.15)


def test_sentence():
    curves = made(90, [("articulation", 44.0, 3.8)], wander=0.0)
    assert texts(curves) == [
        "articulation fell by 1.2 between 0:43 and 0:45 (5.0 to 3.8: less staccato); melodiousness and rhythmic "
        "complexity steady"
    ]


def test_steps_of_two_features_in_order_of_time():
    curves = made(120, [("minorness", 80, 8.0), ("dissonance", 30, 6.0), ("minorness", 100, 5.0)])
    found = [(change.feature, round(change.start / 10)) for change in find_changes(curves)]
    assert found == [("dissonance", 3), ("minorness", 8), ("minorness", 10)]


def test_the_clearest_come_first_when_not_all_may_come():
    curves = made(120, [("minorness", 80, 8.0), ("dissonance", 30, 6.0)])
    assert [change.feature for change in find_changes(curves, most=1)] == ["minorness"]
    assert find_changes(curves, most=0) == []


def test_what_the_numbers_say_agrees_with_the_text():
    for change in find_changes(made(300, [("minorness", 40 * i, 5 + 2 * (i % 2)) for i in range(7)], wander=0.2)):
        assert abs(change.after - change.before) >= LEAST_POINTS
        way = "rose" if change.after > change.before else "fell"
        assert f"{way} by {abs(change.after - change.before):.1f}" in change.text
        assert (
            f"({change.before:.1f} to {change.after:.1f}: {'more' if way == 'rose' else 'less'} minor)" in change.text
        )


def test_step_below_half_a_point_is_not_worth_a_sentence():
    assert texts(made(120, [("articulation", 60, 5.4)], wander=0.01)) == []


def test_the_same_step_in_a_curve_that_wanders_far_says_nothing():
    assert texts(made(120, [("articulation", 60, 6.0)], wander=0.1)) != []
    assert texts(made(120, [("articulation", 60, 6.0)], wander=1.0)) == []


@pytest.mark.parametrize("wander", [0.1, 0.3, 0.8])
@pytest.mark.parametrize("seconds", [25, 60, 180, 600])
def test_noise_alone_says_next_to_nothing(wander, seconds):
    said = [bool(texts(made(seconds, wander=wander, seed=seed))) for seed in range(20)]
    assert np.mean(said) <= 0.15


def test_steady_names_only_what_is_steady():
    curves = made(90, [(name, 44, 7.0) for name in NAMES[:5]], wander=0.05)
    assert all(text.endswith("; tonal stability and minorness steady") for text in texts(curves))
    assert not any("; " in text for text in texts(made(90, [(name, 44, 7.0) for name in NAMES], wander=0.05)))


def test_gap_at_the_step_hides_it_no_more_than_its_length():
    curves = made(90, [("articulation", 44, 3.0)])
    curves.values[(curves.times > 42) & (curves.times < 46)] = np.nan
    (change,) = find_changes(curves)
    assert change.start < 44 < change.stop
    assert change.before - change.after == pytest.approx(2.0, abs=0.2)


def test_gaps_at_the_ends_and_in_one_feature():
    curves = made(90, [("articulation", 44, 3.0)])
    curves.values[:30] = curves.values[-30:] = np.nan
    curves.values[:, NAMES.index("dissonance")] = np.nan
    curves.values[200:600, NAMES.index("minorness")] = np.nan
    assert [change.feature for change in find_changes(curves)] == ["articulation"]


@pytest.mark.parametrize("seconds", [0, STEP, 3, 10, 19])
def test_short_recordings_say_nothing(seconds):
    curves = made(seconds, [("articulation", seconds / 2, 3.0)])
    assert find_changes(curves) == []


def test_nothing_but_gaps():
    curves = made(60)
    curves.values[:] = np.nan
    assert find_changes(curves) == []
    assert describe_selection(curves, 10, 20)[0].startswith("there is nothing to compare here")


def test_limits():
    curves = made(120, [("minorness", 90, 8.0), ("dissonance", 30, 6.5)])
    assert [change.feature for change in find_changes(curves, (50.0, 120.0))] == ["minorness"]
    assert find_changes(curves, (80.0, 95.0)) == []


def test_an_hour():
    curves = made(3700, [("minorness", 3640, 8.0)], wander=0.05)
    assert "between 1:00:3" in texts(curves)[0]


def test_selection_that_differs():
    curves = made(120, [("articulation", 40, 6.3), ("articulation", 50, 5.0), ("minorness", 40, 3.0)], wander=0.0)
    assert describe_selection(curves, 41, 49)[0] == "more staccato than the rest: articulation 6.3 against 5.0"
    assert describe_selection(curves, 0, 30)[0] == "more minor than the rest: minorness 5.0 against 3.2"


def test_selection_that_differs_in_much_is_told_by_the_three_largest():
    rise = {"articulation": 1.0, "dissonance": 3.0, "minorness": 2.0, "melodiousness": 1.5, "tonal_stability": 2.5}
    steps = [step for name, by in rise.items() for step in ((name, 40, 5.0 + by), (name, 50, 5.0))]
    sentences = describe_selection(made(120, steps, wander=0.0), 41, 49)
    told = [sentence.partition(": ")[2] for sentence in sentences]
    assert len(told) == 3
    for sentence, name in zip(told, ("dissonance", "tonal stability", "minorness"), strict=True):
        assert sentence.startswith(name)


def test_selection_that_does_not_differ():
    assert describe_selection(made(120, wander=0.05), 40, 60) == [
        "nothing here differs from the rest of the piece by more than half a point"
    ]


def test_selection_no_more_different_than_any_other():
    curves = made(200, [("minorness", 10 * i, 5 + 2 * (-1) ** i) for i in range(20)], wander=0.0)
    assert describe_selection(curves, 50, 60)[0].startswith("nothing here stands out")


def test_selection_of_everything_has_no_rest():
    curves = made(60)
    assert describe_selection(curves, 0, 60) == ["there is no rest of the piece to compare this with"]
    assert describe_selection(curves, 0, 58) == ["there is no rest of the piece to compare this with"]


@pytest.mark.parametrize("limits", [(70, 80), (20.01, 20.02), (30, 20)])
def test_selection_of_nothing(limits):
    curves = made(60)
    assert len(span(curves, *limits)) == 0
    assert describe_selection(curves, *limits)[0].startswith("there is nothing to compare here")


def test_selection_of_one_value():
    curves = made(60, [("minorness", 29, 9.0), ("minorness", 31, 5.0)], wander=0.0)
    assert describe_selection(curves, 30.0, 30.01) == ["more minor than the rest: minorness 7.0 against 5.1"]
