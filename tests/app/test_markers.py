"""Markers as label tracks: what is written, what is read, and what is refused."""

import pytest

from midlevel_app.errors import ExportError
from midlevel_app.markers import Marker, label_text, read_labels


def labels(tmp_path, content):
    (tmp_path / "labels.txt").write_bytes(content)
    return read_labels(tmp_path / "labels.txt")


def test_a_label_track_is_exactly_this():
    markers = (Marker(0.0, "Thema"), Marker(61.0000004, "second\ttime\r\nround\u2028again"))
    assert label_text(markers) == ("0.000000\t0.000000\tThema\n61.000000\t61.000000\tsecond time  round again\n")


@pytest.mark.parametrize(
    "markers", [(), (Marker(0.25, ""), Marker(3600.5, "Prélude 前奏曲 \\"), Marker(1.0, "earlier"))]
)
def test_round_trip(tmp_path, markers):
    assert labels(tmp_path, label_text(markers).encode()) == markers


def test_what_audacity_writes_is_read(tmp_path):
    content = b"\xef\xbb\xbf1.5\t1.5\tmoment\r\n\\\t200.0\t400.0\r\n2,25\t4,5\tspan with commas\r\n\r\n5\t6\r\n"
    assert labels(tmp_path, content) == (Marker(1.5, "moment"), Marker(2.25, "span with commas"), Marker(5.0, ""))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"no labels here\n", r"line 1 does not hold start, end and text"),
        (b"1\t1\ta\n2.0\n", r"line 2 does not hold"),
        (b"1\t1\ta\n\nx\ty\tz\n", r"line 3 does not hold"),
        (b"nan\t1\ta\n", r"line 1 holds no time"),
        (b"-1\t1\ta\n", r"line 1 holds no time"),
        (b"\xff\xfe\x00\x01", r"it is not text"),
    ],
)
def test_other_files_are_refused(tmp_path, content, complaint):
    with pytest.raises(ExportError, match=rf"labels\.txt is not a label track: {complaint}"):
        labels(tmp_path, content)


def test_missing_file(tmp_path):
    with pytest.raises(ExportError, match=r"labels\.txt cannot be read \(No such file"):
        read_labels(tmp_path / "labels.txt")
