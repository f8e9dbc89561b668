"""The 36 claims as a whole: complete, on enough pieces, kept by the ratings, and failed by who turns them round."""

import numpy as np
import pytest

from midlevel_app.features import NAMES
from midlevel_app.model import Model
from tests.app.tiny_model import write_tiny_model
from training.claims import check, print_claims
from training.claims.cases import DRY, Sound, Version, distinct
from training.claims.material import SECONDS, Material, gather
from training.claims.rating import heard, rate_notes, rate_sounds
from training.claims.statements import STATEMENTS
from training.corpus.edits import EDITS
from training.corpus.instruments import find_soundfont
from training.corpus.sources import TRAINING, works
from training.errors import RenderError
from training.notes import cut, read_midi
from training.ratings import Calibration, raw_terms

BACKED_BY_LISTENERS = {1, 2, 3, 4, 7, 9, 16, 19, 24, 26}
COMPOSED_ALONE = [statement for statement in STATEMENTS if statement.number in (4, 10, 19, 30)]
NOTHING = Material((), (), (), (), (), (), (), ())


def test_claims_are_complete_and_ask_enough():
    assert [statement.number for statement in STATEMENTS] == list(range(1, 37))
    assert {statement.number for statement in STATEMENTS if statement.human} == BACKED_BY_LISTENERS
    for statement in STATEMENTS:
        assert statement.needed == (1.0 if statement.number == 35 else 0.8 if statement.human else 0.7)
    assert {statement.number for statement in STATEMENTS if statement.of_sound} == {34, 35}


@pytest.fixture(scope="module")
def calibration(kit):
    """Scale of the ratings on piano rolls of the training side, half of them with an edit."""
    rng = np.random.default_rng(0)
    terms = []
    for number, work in enumerate([work for work in works(kit, "piano_rolls") if work.split == TRAINING][::3]):
        notes = cut(read_midi(work.path), 30.0, 30.0 + SECONDS)
        if number % 2:
            notes = EDITS[str(rng.choice(list(EDITS)))](notes, rng)
        if len(notes) > 20:
            terms.append(raw_terms(notes))
    return Calibration.fit(np.array(terms))


@pytest.fixture(scope="module")
def material(kit):
    return gather(kit)


def test_every_claim_has_enough_different_cases(material):
    for statement in STATEMENTS:
        cases = statement.cases(material)
        assert len(cases) >= 24
        assert len(distinct(cases)) >= len(cases)
        assert len({len(case.versions) for case in cases}) == 1
        for case in cases:
            assert len(distinct([case])) == len(case.versions)  # nothing is compared with itself
            assert all(np.all(np.diff(version.notes.onset) >= 0) for version in case.versions)


def test_pieces_are_of_works_that_train_nothing(material, kit):
    trained = {
        work.name
        for collection in ("lieder", "piano_rolls")
        for work in works(kit, collection)
        if work.split == TRAINING
    }
    used = {piece.work for piece in (*material.songs, *material.rolls, *material.disklavier)}
    assert len(used) > 80
    assert not used & trained


def test_ratings_keep_every_claim(material, calibration):
    results = check(material, lambda versions: rate_notes(versions, calibration), None)
    assert [result.statement.number for result in results if not result.ratings.kept] == []
    by_construction = [result.statement.number for result in results if result.ratings.by_construction]
    assert by_construction == [34, 35]


def linear(versions):
    """Ratings on a scale that needs no corpus: the composites of the versions' standardised terms."""
    terms = np.array([raw_terms(version.notes) for version in versions])
    return Calibration.fit(terms).composites(terms)


def test_who_turns_ratings_round_keeps_nothing(capsys):
    results = check(NOTHING, linear, lambda versions: -linear(versions), COMPOSED_ALONE)
    assert all(result.ratings.kept and result.ratings.rate == 1 for result in results)
    assert not any(result.model.kept or result.model.rate for result in results)
    print_claims(results)
    told = capsys.readouterr().out
    assert "ratings: 4 of 4 kept" in told
    assert "model: 0 of 4 kept" in told
    assert "not kept: 19, 0.00 of the cases (composed 0.00)" in told
    assert told.count(" NO\n") == 4


def test_each_version_is_rated_once():
    asked = []

    def reads(versions):
        asked.extend(versions)
        return np.zeros((len(versions), len(NAMES)))

    check(NOTHING, reads, None, COMPOSED_ALONE)
    kinds = 6 + len("45678")  # march, recitative, two studies, nocturne; five chords
    assert len(asked) == 24 * (kinds - 1)


def test_sound_is_louder_or_in_a_room():
    rate = 22050
    dry = np.zeros(2 * rate, np.float32)
    dry[100] = 0.5
    assert heard(dry, DRY, rate) == pytest.approx(dry)
    assert heard(dry, Sound(gain=6.0), rate).max() == pytest.approx(0.5 * 10**0.3)
    room = heard(dry, Sound(room=True), rate)
    assert len(room) == len(dry)
    late, later = (float((room[round(start * rate) : round((start + 0.2) * rate)] ** 2).sum()) for start in (0.1, 0.7))
    assert late > 100 * later > 0


def test_model_hears_each_version_in_its_sound(tmp_path):
    try:
        find_soundfont("timgm", ())
    except RenderError as error:
        pytest.skip(str(error))
    model = Model(write_tiny_model(tmp_path / "tiny.onnx"))
    first, second = (COMPOSED_ALONE[0].cases(NOTHING)[0].versions[place].notes for place in (0, 1))
    asked = [(first, 0.0), (second, 0.0), (first, 6.0)]
    versions = [Version(notes, Sound("timgm", gain)) for notes, gain in asked]
    values = rate_sounds(versions, model, ())
    assert values.shape == (3, len(NAMES))
    assert np.abs(values[0] - values[1]).max() > 0.01
    assert rate_sounds(versions[::-1], model, ())[::-1] == pytest.approx(values, abs=1e-6)
