"""Stamps: equal for a file left alone, different after whatever happens to it."""

import os
import shutil
from pathlib import Path

import pytest

from midlevel_app.stamp import take_stamp


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "étude.wav"
    path.write_bytes(b"music" * 100)
    os.utime(path, ns=(10**18, 10**18))
    return path


def rewrite_and_set_back(path):
    path.write_bytes(b"MUSIC" * 100)
    os.utime(path, ns=(10**18, 10**18))


def replace(path):
    other = path.with_name("other")
    shutil.copy2(path, other)
    other.replace(path)


CHANGES = {
    "touched": lambda path: os.utime(path, ns=(10**18, 10**18 + 1)),
    "longer": lambda path: path.write_bytes(b"music" * 101),
    "replaced": replace,
}


def test_file_left_alone(file):
    assert take_stamp(file) == take_stamp(file)
    assert take_stamp(file).key == take_stamp(file).key


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_file(file, change):
    before = take_stamp(file)
    change(file)
    after = take_stamp(file)
    assert after != before
    assert after.key != before.key


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no time of the inode's change")
def test_same_size_and_time_set_back(file):
    before = take_stamp(file)
    rewrite_and_set_back(file)
    assert take_stamp(file) != before


def test_other_path(file, tmp_path):
    (tmp_path / "link.wav").hardlink_to(file)
    assert take_stamp(tmp_path / "link.wav") != take_stamp(file)


def test_settled_once_a_change_would_show(file):
    assert take_stamp(file).settled
    file.touch()
    assert not take_stamp(file).settled


def test_time_in_the_future_is_never_settled(file):
    os.utime(file, ns=(4 * 10**18, 4 * 10**18))
    assert not take_stamp(file).settled


def test_relative_path_is_the_same_file(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert take_stamp(Path(file.name)) == take_stamp(file)


def test_nothing_there(tmp_path):
    assert take_stamp(tmp_path / "missing.wav") is None
    assert take_stamp(tmp_path / ("x" * 5000)) is None
