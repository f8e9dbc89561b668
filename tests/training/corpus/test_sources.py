"""Works stand on one side of the split, with every other version of their piece."""

import importlib.util
from collections import defaultdict

import numpy as np
import pytest

from tests.training.corpus.made import melody, write_score
from training.corpus.sources import COLLECTIONS, TEST, TRAINING, VALIDATION, works
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
