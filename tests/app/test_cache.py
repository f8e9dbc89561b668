"""The cache: what was kept comes back exact, what changed never does, and nothing about its folder is an error."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import midlevel_app.cache
from midlevel_app.cache import Cache, Entry, user_cache_folder
from midlevel_app.curves import Curves
from midlevel_app.features import NAMES
from midlevel_app.stamp import take_stamp
from tests.app.unprivileged import without_privileges

MODEL = "a" * 64
OLD = 10**18
"""Nanoseconds since 1970: long ago, so that a file of that time is settled."""


def write(path, content, modified=OLD):
    path.write_bytes(content)
    os.utime(path, ns=(modified, modified))
    return path


def made(count=50, seed=0, spread=True):
    random = np.random.default_rng(seed)
    values = random.uniform(1, 10, (count, len(NAMES)))
    values[:5] = np.nan
    times = np.arange(count) * 0.1
    curves = Curves(times, values, spread=random.uniform(0, 1, values.shape) if spread else None)
    arrays = {"low": random.standard_normal(200).astype(np.float32), "file/ä": np.array(3)}
    return Entry(curves, 5.03, True, None, arrays)


def assert_same(found, kept):
    for name in ("times", "values", "spread"):
        expected, array = getattr(kept.curves, name), getattr(found.curves, name)
        assert (array is None) == (expected is None)
        if expected is not None:
            assert array.dtype == np.float64
            np.testing.assert_array_equal(array, expected)
    assert found.curves.features == kept.curves.features
    assert (found.duration, found.complete, found.problem) == (kept.duration, kept.complete, kept.problem)
    assert found.arrays.keys() == kept.arrays.keys()
    for name, array in kept.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


def keep(cache, path, entry=None, model=MODEL):
    return cache.store(path, model, entry or made(), take_stamp(path))


def only_file(cache):
    (file,) = cache.folder.iterdir()
    return file


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache" / "midlevel")


@pytest.fixture
def recording(tmp_path):
    return write(tmp_path / "étude.wav", b"music" * 1000)


@pytest.fixture
def unread(monkeypatch):
    """Whoever hashes a recording in this test fails."""

    def refuse(path):
        raise AssertionError(f"{path} was read")

    return lambda: monkeypatch.setattr(midlevel_app.cache, "file_sha256", refuse)


@pytest.mark.parametrize("spread", [True, False])
def test_comes_back_exact_and_without_reading_the_recording(cache, recording, unread, spread):
    entry = made(spread=spread)
    assert cache.find(recording, MODEL) is None
    assert keep(cache, recording, entry)
    unread()
    assert_same(cache.find(recording, MODEL), entry)


def test_problem_and_unknown_duration_come_back(cache, recording):
    entry = replace(made(), duration=None, complete=False, problem=f"{recording} breaks off at 3.0 s")
    keep(cache, recording, entry)
    assert_same(cache.find(recording, MODEL), entry)


def test_problem_that_names_another_path_does_not(cache, recording, tmp_path):
    keep(cache, recording, replace(made(), problem=f"{recording} breaks off at 3.0 s"))
    copy = shutil.copy2(recording, tmp_path / "copy.wav")
    assert cache.find(copy, MODEL) is None


def test_other_model_finds_nothing(cache, recording):
    keep(cache, recording)
    assert cache.find(recording, "b" * 64) is None


@pytest.mark.parametrize(("name", "value"), [("FORMAT", 0), ("__version__", "0.0.0")])
def test_other_format_or_program_finds_nothing(cache, recording, monkeypatch, name, value):
    keep(cache, recording)
    monkeypatch.setattr(midlevel_app.cache, name, value)
    assert cache.find(recording, MODEL) is None


@pytest.mark.parametrize("place", [0, 2500, 4999])
@pytest.mark.parametrize("modified", [OLD + 1, OLD])
def test_changed_file_of_the_same_size_is_not_found(cache, recording, place, modified):
    if modified == OLD and os.name == "nt":
        pytest.skip("Windows keeps no time of the inode's change")
    keep(cache, recording)
    content = bytearray(recording.read_bytes())
    content[place] ^= 1
    write(recording, content, modified)
    assert cache.find(recording, MODEL) is None


def test_file_replaced_by_another_is_not_found(cache, recording, tmp_path):
    keep(cache, recording)
    write(tmp_path / "other", b"MUSIC" * 1000).replace(recording)
    assert cache.find(recording, MODEL) is None


def test_touched_file_is_found_and_known_from_then_on(cache, recording, unread):
    entry = made()
    keep(cache, recording, entry)
    os.utime(recording, ns=(OLD + 5, OLD + 5))
    assert_same(cache.find(recording, MODEL), entry)
    unread()
    assert_same(cache.find(recording, MODEL), entry)


def test_file_touched_just_now_is_found_by_its_content(cache, recording):
    keep(cache, recording)
    recording.touch()
    for _ in range(2):
        assert cache.find(recording, MODEL) is not None
    write(recording, b"MUSIC" * 1000, time.time_ns())
    assert cache.find(recording, MODEL) is None


def test_copy_and_moved_file_are_found(cache, recording, tmp_path):
    keep(cache, recording)
    copy = shutil.copy(recording, tmp_path / "copy.wav")
    assert cache.find(copy, MODEL) is not None
    assert cache.find(recording.rename(tmp_path / "moved.wav"), MODEL) is not None


def test_file_of_another_size_is_not_read(cache, recording, tmp_path, unread):
    keep(cache, recording)
    unread()
    assert cache.find(write(tmp_path / "other.wav", b"other"), MODEL) is None


def test_files_of_one_size_are_kept_apart(cache, tmp_path):
    paths = [write(tmp_path / f"{i}.wav", bytes([i]) * 100) for i in range(3)]
    for i, path in enumerate(paths):
        keep(cache, path, made(seed=i))
    for i, path in enumerate(paths):
        assert_same(cache.find(path, MODEL), made(seed=i))


def test_file_changed_during_its_analysis_is_not_kept(cache, recording):
    since = take_stamp(recording)
    write(recording, b"MUSIC" * 1000, OLD + 1)
    assert not cache.store(recording, MODEL, made(), since)
    assert cache.find(recording, MODEL) is None
    assert not cache.folder.exists()


def test_file_still_being_written_is_not_kept(cache, recording):
    recording.touch()
    assert not keep(cache, recording)


def test_missing_recording(cache, recording):
    keep(cache, recording)
    since = take_stamp(recording)
    recording.unlink()
    assert cache.find(recording, MODEL) is None
    assert not cache.store(recording, MODEL, made(), since)


def test_one_recording_and_model_take_one_file(cache, recording):
    for i in range(3):
        os.utime(recording, ns=(OLD + i, OLD + i))
        keep(cache, recording, made(seed=i))
        assert_same(cache.find(recording, MODEL), made(seed=i))
        assert cache.size() == only_file(cache).stat().st_size


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"nonsense" * 50, b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'}\n"], ids=repr
)
def test_damaged_entry_is_ignored_and_removed(cache, recording, content):
    keep(cache, recording)
    only_file(cache).write_bytes(content)
    assert cache.find(recording, MODEL) is None
    assert list(cache.folder.iterdir()) == []
    assert keep(cache, recording)


def test_no_damage_is_served(cache, recording):
    """Cut anywhere or with any byte changed, an entry comes back as it was or not at all."""
    entry = made()
    keep(cache, recording, entry)
    file = only_file(cache)
    whole = file.read_bytes()
    damaged = [whole[:stop] for stop in range(0, len(whole), 211)]
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        damaged.append(bytes(flipped))
    refused = 0
    for content in damaged:
        file.write_bytes(content)
        found = cache.find(recording, MODEL)
        if found is None:
            refused += 1
        else:
            assert_same(found, entry)
    assert refused > 0.9 * len(damaged)


def test_arrays_of_objects_are_not_written(cache, recording):
    with pytest.raises(ValueError, match="allow_pickle"):
        keep(cache, recording, replace(made(), arrays={"low": np.array([{}])}))
    assert list(cache.folder.iterdir()) == []


def test_least_recently_used_go_first(cache, tmp_path):
    paths = [write(tmp_path / f"{i}.wav", bytes([i]) * (100 + i)) for i in range(4)]
    keep(cache, paths[0])
    cache.limit = 3 * cache.size()
    for path in paths[1:3]:
        keep(cache, path)
    for file in cache.folder.iterdir():
        os.utime(file, ns=(OLD, OLD))
    assert cache.find(paths[0], MODEL) is not None
    assert keep(cache, paths[3])
    assert cache.size() <= cache.limit
    assert len(list(cache.folder.iterdir())) == 3
    assert cache.find(paths[0], MODEL) is not None
    assert cache.find(paths[3], MODEL) is not None


def test_entry_beyond_the_limit_is_not_kept(cache, recording, tmp_path):
    keep(cache, recording)
    cache.limit = cache.size()
    assert not keep(cache, write(tmp_path / "long.wav", b"long"), made(count=10_000))
    assert cache.find(recording, MODEL) is not None


def test_clear_removes_entries_and_nothing_else(cache, recording):
    keep(cache, recording)
    (cache.folder / ".midlevel-0123456789abcdef.part").touch()
    notes = cache.folder / "notes.npz"
    notes.write_bytes(b"mine")
    assert cache.clear()
    assert cache.size() == 0
    assert list(cache.folder.iterdir()) == [notes]


def test_leftovers_go(cache, recording):
    cache.folder.mkdir(parents=True)
    old = write(cache.folder / ".midlevel-0123456789abcdef.part", b"half")
    young = write(cache.folder / ".midlevel-fedcba9876543210.part", b"half", time.time_ns())
    keep(cache, recording)
    assert not old.exists()
    assert young.exists()


def test_no_folder_yet(cache, recording):
    assert cache.size() == 0
    assert cache.clear()
    assert cache.find(recording, MODEL) is None
    assert not cache.folder.exists()


def test_folder_that_is_a_file(recording):
    cache = Cache(recording)
    assert not keep(cache, recording)
    assert cache.find(recording, MODEL) is None
    assert cache.clear()


def test_read_only_folder_serves_and_keeps_nothing(open_folder):
    recording = write(open_folder / "etude.wav", b"music")
    other = write(open_folder / "other.wav", b"other")
    copy = shutil.copy2(recording, open_folder / "copy.wav")
    cache = Cache(open_folder / "cache")
    keep(cache, recording)
    only_file(cache).chmod(0o444)
    cache.folder.chmod(0o555)
    with without_privileges():
        assert cache.find(recording, MODEL) is not None
        assert cache.find(copy, MODEL) is not None
        assert not keep(cache, other)
        assert not cache.clear()
    cache.folder.chmod(0o755)


def test_full_disk_keeps_nothing(cache, recording, monkeypatch):
    def full(file, array, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    assert not keep(cache, recording)
    assert list(cache.folder.iterdir()) == []


def test_user_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert user_cache_folder({"XDG_CACHE_HOME": "/big/cache"}, "linux") == Path("/big/cache/midlevel")
    assert user_cache_folder({"XDG_CACHE_HOME": "cache"}, "linux") == tmp_path / ".cache/midlevel"
    assert user_cache_folder({}, "linux") == tmp_path / ".cache/midlevel"
    assert user_cache_folder({}, "darwin") == tmp_path / "Library/Caches/midlevel"
    assert user_cache_folder({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/midlevel/Cache")
    assert user_cache_folder({}, "win32") == tmp_path / "AppData/Local/midlevel/Cache"


def test_no_home(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert user_cache_folder({}, "linux") is None
