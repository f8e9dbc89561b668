"""Scores become notes in bars; what was read is kept; what cannot be read is named with a reason."""

import zipfile

import numpy as np
import pytest

from tests.training.corpus.made import write_score
from training.corpus import scores
from training.corpus.scores import BASS, MELODY, UPPER, read_score, song
from training.errors import NotesError

TUNE = [60 + (7 * place) % 13 for place in range(32)]


def test_parts_bars_and_beats(tmp_path):
    write_score(tmp_path / "song.mxl", TUNE)
    found = read_score(tmp_path / "song.mxl")
    voice = found.part == MELODY
    np.testing.assert_array_equal(found.pitch[voice], TUNE)
    np.testing.assert_allclose(found.onset[voice], np.arange(32))
    assert set(found.pitch[found.part == UPPER]) == {60}
    assert set(found.pitch[found.part == BASS]) == {43}
    assert (found.bar, found.beat) == (4.0, 1.0)


def test_an_upbeat_stands_before_the_bar(tmp_path):
    write_score(tmp_path / "song.mxl", TUNE, upbeat=1)
    found = read_score(tmp_path / "song.mxl")
    np.testing.assert_allclose(found.onset[found.part == MELODY][:3], [3, 4, 5])


def test_a_score_is_kept_once_it_is_read(tmp_path, monkeypatch):
    write_score(tmp_path / "song.mxl", TUNE)
    first = song(tmp_path / "song.mxl", tmp_path / "cache")
    monkeypatch.setattr(scores, "read_score", None)
    again = song(tmp_path / "song.mxl", tmp_path / "cache")
    for name, values in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), values)
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".npz"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("noise.mxl", bytes(range(256)), "score does not parse"),
        ("empty.mxl", b"", "score does not parse"),
        ("cut.xml", b"<score-partwise><part-list>", "score does not parse"),
        ("page.xml", b"<html></html>", "score does not parse"),
    ],
)
def test_what_is_no_score_is_named_with_a_reason(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        with pytest.raises(NotesError, match=name) as caught:
            song(path, cache)
        assert caught.value.reason == reason


def test_a_short_or_missing_score_is_named(tmp_path):
    write_score(tmp_path / "short.mxl", TUNE[:8])
    with pytest.raises(NotesError, match=r"short\.mxl holds only 12 notes") as caught:
        song(tmp_path / "short.mxl", tmp_path)
    assert caught.value.reason == "too few notes"
    with pytest.raises(NotesError, match=r"gone\.mxl cannot be read"):
        song(tmp_path / "gone.mxl", tmp_path)
    with zipfile.ZipFile(tmp_path / "other.mxl", "w") as archive:
        archive.writestr("letter.txt", "not music")
    with pytest.raises(NotesError, match=r"other\.mxl"):
        song(tmp_path / "other.mxl")
