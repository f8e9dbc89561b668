"""Works stand on one side of the split, with every other version of their piece."""

import importlib.util
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest

from tests.training.corpus.made import melody, write_score
from training.corpus import sources
from training.corpus.sources import COLLECTIONS, MUSIC21, TEST, TRAINING, VALIDATION, works
from training.corpus.versions import fingerprints
from training.errors import NotesError
from training.notes import write_midi


def write_rolls(folder, tunes, passages=()):
    (folder / "piano_rolls").mkdir(parents=True)
    (folder / "maps_disklavier").mkdir()
    (folder / "percepiano/midi").mkdir(parents=True)
    for name, notes in tunes.items():
        write_midi(notes, folder / f"piano_rolls/{name}.mid")
    for name, notes in passages:
        write_midi(notes, folder / f"percepiano/midi/{name}.mid")


def sides(folder, collection):
    return {work.path.stem: work.split for work in works(folder, collection)}


def test_versions_of_a_piece_and_pieces_kept_for_evaluation(tmp_path):
    rng = np.random.default_rng(3)
    tunes = {f"tune{i}": rng.integers(50, 80, 200) for i in range(60)}
    versions = {f"version{i}": melody(tunes[f"tune{i}"] + 2, 0.3 + i / 100) for i in range(60)}
    passages = [
        ("Beethoven_WoO80_var3_8bars_1_1", melody(tunes["tune9"][:60])),
        ("Beethoven_WoO80_var4_8bars_1_1", melody(tunes["tune10"][:60])),
        *((f"Schubert_D960_mv2_8bars_{i}_1", melody(tunes[f"tune{i}"][:60])) for i in range(11, 21)),
    ]
    write_rolls(tmp_path, {name: melody(pitches) for name, pitches in tunes.items()} | versions, passages)
    rows = "\n".join(f"{i * 0.4}\t{i * 0.4 + 0.3}\t{pitch}\t80" for i, pitch in enumerate(tunes["tune7"]))
    (tmp_path / "maps_disklavier/seven.tsv").write_text(f"# onset\toffset\tnote\tvelocity\n{rows}\n")

    split = sides(tmp_path, "piano_rolls")
    assert all(split[f"tune{i}"] == split[f"version{i}"] for i in range(60))
    assert split["tune7"] == split["tune9"] == split["tune10"] == TEST
    assert {split[f"tune{i}"] for i in range(11, 21)} == {TRAINING}
    assert {TRAINING, VALIDATION, TEST} == set(split.values())
    assert set(sides(tmp_path, "maps_disklavier").values()) == {TEST}
    passages = sides(tmp_path, "percepiano")
    assert all(side == (TEST if name.startswith("Beethoven") else TRAINING) for name, side in passages.items())


def test_songs_with_one_melody_stand_together(tmp_path):
    (tmp_path / "lieder").mkdir()
    rng = np.random.default_rng(5)
    for number in range(30):
        tune = rng.integers(60, 80, 60)
        write_score(tmp_path / f"lieder/first{number}.mxl", tune)
        write_score(tmp_path / f"lieder/second{number}.mxl", np.concatenate([tune[:40] - 3, rng.integers(60, 80, 20)]))
    (tmp_path / "lieder/damaged.mxl").write_bytes(b"no score")
    split = sides(tmp_path, "lieder")
    assert len(split) == 61
    assert all(split[f"first{number}"] == split[f"second{number}"] for number in range(30))
    assert len(set(split.values())) > 1


def test_pieces_of_different_collections_stand_together(tmp_path):
    rng = np.random.default_rng(7)
    for folder in ("piano_rolls", "lieder", "freedoom"):
        (tmp_path / folder).mkdir()
    for number in range(20):
        tune = rng.integers(60, 80, 60)
        write_score(tmp_path / f"lieder/song{number}.mxl", tune)
        write_midi(melody(tune - 4, 0.5), tmp_path / f"piano_rolls/roll{number}.mid")
        other = rng.integers(50, 80, 60)
        for name in ("first", "second"):
            write_midi(melody(other), tmp_path / f"freedoom/{name}{number}.mid")
    songs, rolls, bands = (sides(tmp_path, collection) for collection in ("lieder", "piano_rolls", "freedoom"))
    assert all(songs[f"song{number}"] == rolls[f"roll{number}"] for number in range(20))
    assert all(bands[f"first{number}"] == bands[f"second{number}"] for number in range(20))
    assert len(set(songs.values())) > 1
    assert len(set(bands.values())) > 1


def test_empty_folder_is_named(tmp_path):
    with pytest.raises(NotesError, match="freedoom holds no"):
        works(tmp_path, "freedoom")


def test_scores_of_music21(tmp_path):
    found = works(tmp_path, "music21")
    named = {work.name: work for work in found}
    assert len(named) == len(found) > 400
    assert {work.split for work in found} == {TRAINING, VALIDATION, TEST}
    for piece in ("bach-bwv846", "mozart-k545-movement1_exposition", "joplin-maple_leaf_rag"):
        assert named[f"music21/{piece}"].split == TEST
    assert len({named[f"music21/haydn-opus74no1-movement{number}"].split for number in range(1, 5)}) == 1
    assert named["music21/bach-bwv227.1"].split == named["music21/bach-bwv227.11"].split  # one tune
    folders = {work.name.split("/")[1].split("-")[0] for work in found}
    assert not folders & {"oneills1850", "ryansMammoth", "airdsAirs", "essenFolksong", "leadSheet"}


def test_scores_of_music21_take_the_side_of_the_songs_they_match(tmp_path, monkeypatch):
    rng = np.random.default_rng(8)
    (tmp_path / "lieder").mkdir()
    (tmp_path / "corpus/bach").mkdir(parents=True)
    monkeypatch.setattr(sources, "_music21_corpus", lambda: tmp_path / "corpus")
    for number in range(30):
        tune = rng.integers(60, 80, 60)
        write_score(tmp_path / f"lieder/song{number}.mxl", tune)
        write_score(tmp_path / f"corpus/bach/{number}.mxl", tune + 2)
    songs, scores = sides(tmp_path, "lieder"), sides(tmp_path, MUSIC21)
    assert {f"song{name}": side for name, side in scores.items()} == songs
    assert len(set(songs.values())) > 1


def test_music21_is_asked_for_by_name(tmp_path, monkeypatch):
    works.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotesError, match="pip install music21") as caught:
        works(tmp_path, "music21")
    assert caught.value.reason == "package missing"


def test_the_kit_has_works_for_every_side(kit):
    for collection in ("piano_rolls", "lieder"):
        split = defaultdict(int)
        for work in works(kit, collection):
            split[work.split] += 1
        assert split[TRAINING] > 400
        assert split[TEST] > 40
        assert split[VALIDATION] > 40
    assert {name for name, place in COLLECTIONS.items() if not place.trains} == {"maps_disklavier", "music21"}


def test_no_piece_of_the_kit_stands_on_two_sides(kit):
    listed = [work for name in COLLECTIONS if name != MUSIC21 for work in works(kit, name)]
    split = {work.name: work.split for work in listed}
    assert split["freedoom/d_intro"] == split["freedoom/d_introa"]  # one file twice
    assert split["piano_rolls/zx785pg9042_exp"] == split["lieder/lc5989459"]  # a song on a roll
    assert split["piano_rolls/pz594dj8436_exp"] == split["lieder/lc5004731"]

    content = defaultdict(set)
    for work in listed:
        content[work.path.read_bytes()].add(work.split)
    assert all(len(found) == 1 for found in content.values())

    prints = {work.name: fingerprints(work.path) for work in listed}
    holders = defaultdict(list)
    for name, own in prints.items():
        for one in own:
            holders[one].append(name)
    shared = Counter(
        pair for names in holders.values() for pair in combinations(names, 2) if split[pair[0]] != split[pair[1]]
    )
    shares = {pair: count / min(len(prints[name]) for name in pair) for pair, count in shared.items() if count >= 5}
    compared = {tuple(sorted(name.split("/")[0] for name in pair)) for pair in shares}
    assert len(compared) > 8  # of the pairs of collections
    assert {pair: share for pair, share in shares.items() if share > 0.13} == {}
