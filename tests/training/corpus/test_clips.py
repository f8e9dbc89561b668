"""A clip is the same wherever and whenever it is made, and holds what its domain allows."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.made import melody, write_score
from training.corpus.clips import (
    CLIP_SECONDS,
    PARTS,
    PIANO_DOMAIN,
    PREROLL,
    SCORES_PARTS,
    SOURCE,
    Clip,
    draw_edits,
    draw_works,
    make_notes,
)
from training.corpus.edits import EDITS
from training.corpus.instruments import PIANO, SOUNDFONTS
from training.corpus.sources import COLLECTIONS, TEST, TRAINING, VALIDATION, Work
from training.errors import NotesError
from training.notes import next_strike, write_midi

ROOT = Path(__file__).resolve().parents[3]

_IN_ANOTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from tests.training.corpus.test_clips import clip, digest, small_works
from training.corpus.clips import make_notes
print([digest(make_notes(work, clip(work, seed, domain)))
       for domain in ("piano", "source") for seed in (8, 3) for work in small_works(Path(sys.argv[1]))])
"""


def small_works(folder):
    """Return a song and a performance, written on the first call."""
    rng = np.random.default_rng(1)
    if not (folder / "song.mxl").exists():
        write_score(folder / "song.mxl", 60 + rng.integers(0, 12, 160))
        write_midi(melody(rng.integers(50, 80, 200)), folder / "roll.mid")
    return [
        Work("lieder", folder / "song.mxl", TRAINING, "lieder/song"),
        Work("piano_rolls", folder / "roll.mid", TRAINING, "piano_rolls/roll"),
    ]


def clip(work, seed, domain=SOURCE, edits=("jitter", "clusters")):
    return Clip("clip", domain, work.split, work.name, "CC0", "fluid", tuple(edits), seed)


def digest(notes):
    columns = (notes.onset, notes.key_up, notes.pitch, notes.velocity, notes.track, notes.drum, notes.pedal)
    return [column.tobytes().hex() for column in columns] + [sorted(notes.program.items())]


def test_the_same_clip_has_the_same_notes_in_any_process_and_order(tmp_path):
    made = small_works(tmp_path)
    asked = [(work, seed, domain) for domain in ("piano", "source") for seed in (8, 3) for work in made]
    first = [digest(make_notes(work, clip(work, seed, domain))) for work, seed, domain in asked]
    backwards = [digest(make_notes(w, clip(w, seed, domain), tmp_path / "cache")) for w, seed, domain in asked[::-1]]
    assert backwards[::-1] == first
    assert len({str(one) for one in first}) == len(first)
    command = [sys.executable, "-W", "ignore", "-c", _IN_ANOTHER_PROCESS, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(first)


@pytest.mark.parametrize("domain", [SOURCE, PIANO_DOMAIN])
def test_clips_are_long_enough_and_keep_to_their_domain(tmp_path, domain):
    rng = np.random.default_rng(4)
    for work in small_works(tmp_path):
        for seed in range(60):
            notes = make_notes(work, clip(work, seed, domain, draw_edits(0.6, rng)), tmp_path / "cache")
            assert notes.end <= PREROLL + CLIP_SECONDS + 1e-9
            assert notes.end > 0.6 * CLIP_SECONDS
            assert (notes.key_up > notes.onset).all()
            assert (np.diff(notes.onset) >= 0).all()
            assert notes.pitch.max() <= 108
            if domain == PIANO_DOMAIN:
                assert notes.program == {0: PIANO}
                assert not notes.drum.any()
            else:
                assert min(notes.program.values()) >= 4


@pytest.mark.parametrize("domain", [SOURCE, PIANO_DOMAIN])
def test_no_key_of_one_player_is_struck_again_within_80_ms(tmp_path, domain):
    write_score(tmp_path / "unisons.mxl", [60, 43, 60, 64] * 40)  # the accompaniment holds C4 and G2
    work = Work("lieder", tmp_path / "unisons.mxl", TRAINING, "lieder/unisons")
    rng = np.random.default_rng(6)
    alone = 0
    for seed in range(40):
        notes = make_notes(work, clip(work, seed, domain, draw_edits(0.5, rng)), tmp_path / "cache")
        if len(set(notes.program.values())) > 1 or notes.drum.any():
            continue
        alone += 1
        assert set(notes.track) == {0}
        assert (next_strike(notes) - notes.onset).min() > 0.08
    assert alone > 2


def test_a_work_without_music_says_so(tmp_path):
    write_midi(melody([60, 62, 64]), tmp_path / "short.mid")
    work = Work("piano_rolls", tmp_path / "short.mid", TRAINING, "piano_rolls/short")
    with pytest.raises(NotesError, match=r"short\.mid has no stretch of 16 s") as caught:
        make_notes(work, clip(work, 1))
    assert caught.value.reason == "too few notes"


def test_edits_are_drawn_for_their_share_of_clips():
    rng = np.random.default_rng(0)
    drawn = [draw_edits(0.6, rng) for _ in range(3000)]
    counts = Counter(len(edits) for edits in drawn)
    assert set(counts) == {0, 1, 2, 3}
    assert counts[0] == pytest.approx(1200, abs=120)
    assert all(len(set(edits)) == len(edits) for edits in drawn)
    assert {name for edits in drawn for name in edits} == set(EDITS)


def test_every_work_comes_once_before_any_comes_again():
    works = [Work("lieder", Path(f"{i}.mxl"), TRAINING, f"lieder/{i}") for i in range(10)]
    drawn = draw_works(works, 60, np.random.default_rng(0))
    counts = Counter(work.name for work in drawn)
    assert len(drawn) == 60
    assert max(counts.values()) - min(counts.values()) <= 4
    assert len({work.name for work in drawn[:40]}) == 10


def test_parts_keep_sample_sets_and_licences_apart():
    sets = {(part.domain, part.split): set(part.soundfonts) for part in PARTS}
    assert len(sets) == len(PARTS) == 6
    for domain in (SOURCE, PIANO_DOMAIN):
        sides = [sets[domain, split] for split in (TRAINING, VALIDATION, TEST)]
        assert sum(map(len, sides)) == len(set.union(*sides))
    for part in (*PARTS, *SCORES_PARTS):
        assert sum(part.shares.values()) == pytest.approx(1)
        assert set(part.soundfonts) <= set(SOUNDFONTS)
        if part.ships and part.split == TRAINING:
            assert all(COLLECTIONS[name].trains for name in part.shares)
    assert all(part.ships for part in PARTS)
    assert not any(part.ships for part in SCORES_PARTS)
    assert {name for part in SCORES_PARTS for name in part.shares} == {"music21"}
