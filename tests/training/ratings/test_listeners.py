"""Tables of what listeners said: a damaged one is named, with the line and what is wrong there."""

import numpy as np
import pytest

from training.errors import NotesError
from training.ratings.listeners import DARK, SCALES, read_chords, read_percepiano

CHORDS = "dataset,midi_pitches,consonance_rating\n"
PERFORMANCES = ",".join(["midi", *SCALES.values(), DARK]) + "\n"
PASSAGE = "Schubert_D960_mv2_8bars_1_2.mid"


def test_chords_are_standardised_within_their_experiment(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(CHORDS + "a,60-64-67,10\na,60-61,2\nb,60-64-67,0.9\nb,61-60,0.1\n")
    found = read_chords(path)
    np.testing.assert_allclose(found.unpleasant, [-1, 1, -1, 1])
    np.testing.assert_allclose(found.terms[:2], found.terms[2:])


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("a,60-six,3", "'60-six' are not MIDI pitches"),
        ("a,,3", "'' are not MIDI pitches"),
        ("a,60-128,3", "beyond pitch 127"),
        ("a,60-64,many", "'many' under consonance_rating is not a number"),
        ("a,60-64,nan", "'nan' under consonance_rating is no rating"),
        ("a,60-64", "not as many cells"),
        ("a,60-64,3,4", "not as many cells"),
    ],
)
def test_a_bad_line_of_the_chords_is_named(tmp_path, row, wrong):
    path = tmp_path / "ratings.csv"
    path.write_text(f"{CHORDS}a,60-64-67,5\n{row}\n")
    with pytest.raises(NotesError, match=rf"ratings\.csv, line 3: .*{wrong}") as caught:
        read_chords(path)
    assert caught.value.reason == "not a table"


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("dataset,midi_pitches,rating\na,60-64-67,5\n")
    with pytest.raises(NotesError, match=r"ratings\.csv, line 1: there is no column consonance_rating"):
        read_chords(path)
    path.write_text(f"midi,{DARK}\n{PASSAGE},0.5\n")
    with pytest.raises(NotesError, match="there is no column articulation_short_long, timing_stable_unstable"):
        read_percepiano(tmp_path)


def test_a_file_that_is_not_of_percepiano_is_named(tmp_path):
    (tmp_path / "ratings.csv").write_text(f"{PERFORMANCES}../song.mid,1,1,1\n")
    with pytest.raises(NotesError, match=r"ratings\.csv, line 2: '\.\./song\.mid' is not a passage"):
        read_percepiano(tmp_path)


def test_a_bad_rating_of_a_performance_is_named(tmp_path, kit):
    (tmp_path / "midi").symlink_to(kit / "percepiano" / "midi")
    name = sorted((kit / "percepiano" / "midi").glob("*.mid"))[0].name
    (tmp_path / "ratings.csv").write_text(f"{PERFORMANCES}{name},0.5,0.5,0.5\n{name},0.5,?,0.5\n")
    with pytest.raises(NotesError, match=r"ratings\.csv, line 3: '\?' under timing_stable_unstable is not a number"):
        read_percepiano(tmp_path)


def test_a_table_that_is_not_text_is_named(tmp_path):
    (tmp_path / "ratings.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotesError, match=r"ratings\.csv cannot be read"):
        read_chords(tmp_path / "ratings.csv")
