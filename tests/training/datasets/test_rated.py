"""Clips for networks: taken, joined and hidden without mixing up sound, ratings and names."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.clips_made import FRONTEND, made_clips
from training.datasets.rated import STEP_DB, WINDOWS, decode, encode, joined, unrated
from training.errors import CorpusError


def whole(clips):
    return clips.frames(np.arange(len(clips)))


def test_codes_reach_from_the_floor_to_beyond_full_scale():
    decibels = np.array([-200.0, -90.0, -89.9, -45.2, 0.0, 12.0, 50.0], np.float32)
    codes = encode(decibels, -90.0)
    assert codes.dtype == np.uint8
    decoded = decode(codes, -90.0)
    assert decoded.dtype == np.float32
    assert np.abs(decoded - np.clip(decibels, -90, 12)).max() <= STEP_DB / 2 + 1e-4
    assert STEP_DB / 2 == 0.2
    assert np.array_equal(encode(decoded, -90.0), codes)


def test_nobody_rated_unrated_clips():
    clips = made_clips(4)
    bare = unrated(clips.spectrograms[0], clips.floor_db, clips.table)
    assert np.array_equal(whole(bare), whole(clips))
    assert bare.ratings.shape == (4, 7)
    assert bare.windowed.shape == (4, WINDOWS, 7)
    assert np.isnan(bare.ratings).all()
    assert np.isnan(bare.windowed).all()
    assert bare.spread is None


@pytest.mark.parametrize("keep", [np.array([4, 0, 4]), np.arange(6) % 2 == 0])
def test_clips_are_selected_by_place_or_mask(keep):
    clips = made_clips(6)
    clips = replace(clips, spread=clips.windowed / 10)
    some = clips.select(keep).select(np.array([1, 2]))
    places = np.arange(6)[keep][[1, 2]]
    assert len(some) == 2
    assert list(some.table["name"]) == [f"0-{place}" for place in places]
    for part in ("ratings", "windowed", "spread"):
        assert np.array_equal(getattr(some, part), getattr(clips, part)[places])
    assert np.array_equal(whole(some), whole(clips)[places])
    assert some.spectrograms is clips.spectrograms  # nothing is copied


def test_a_part_is_a_domain_on_one_side():
    clips = made_clips(4)
    table = clips.table.assign(domain=["source", "piano"] * 2, split=["training", "training", "test", "training"])
    clips = replace(clips, table=table)
    piano = clips.part("piano", "training")
    assert list(piano.table["name"]) == ["0-1", "0-3"]
    assert np.array_equal(whole(piano), whole(clips)[[1, 3]])
    with pytest.raises(CorpusError, match="no clips of domain 'piano', split 'test'"):
        clips.part("piano", "test")


def test_unlabelled_clips_keep_their_sound_alone():
    clips = replace(made_clips(3), spread=np.ones((3, 4, 7), np.float32))
    hidden = clips.unlabelled()
    assert np.isnan(hidden.ratings).all()
    assert np.isnan(hidden.windowed).all()
    assert hidden.windowed.shape == clips.windowed.shape
    assert hidden.spread is None
    assert np.array_equal(whole(hidden), whole(clips))
    assert not np.isnan(clips.ratings).any()


def test_joined_clips_come_in_order_each_with_its_own():
    first, second = made_clips(5, seed=1).select(np.array([3, 1])), made_clips(4, seed=2)
    third = replace(made_clips(2, seed=3), spread=np.ones((2, 4, 7), np.float32))
    parts = [joined([first, second]), third]  # also what was joined before
    clips = joined(parts)
    assert list(clips.table["name"]) == ["1-3", "1-1", "2-0", "2-1", "2-2", "2-3", "3-0", "3-1"]
    assert np.array_equal(whole(clips), np.concatenate([whole(part) for part in (first, second, third)]))
    assert np.array_equal(clips.ratings, np.concatenate([part.ratings for part in (first, second, third)]))
    assert np.array_equal(clips.windowed, np.concatenate([part.windowed for part in (first, second, third)]))
    assert np.isnan(clips.spread[:6]).all()
    assert (clips.spread[6:] == 1).all()
    assert parts[0].spread is None
    assert clips.floor_db == FRONTEND.floor_db
    some = clips.select(np.array([7, 0, 4]))
    assert np.array_equal(whole(some), whole(clips)[[7, 0, 4]])
    assert list(some.table["name"]) == ["3-1", "1-3", "2-2"]
