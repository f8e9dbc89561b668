"""Works stand on one side of the split, with every other version of their piece."""

from collections import defaultdict

import numpy as np
import pytest

from training.corpus.sources import COLLECTIONS, TEST, TRAINING, VALIDATION, works
from training.notes import Notes, NotesError, write_midi


def melody(pitches, pace=0.4):
    onset = np.arange(len(pitches)) * pace
    ones = np.ones(len(pitches), np.int64)
    return Notes(onset, onset + pace, np.asarray(pitches), 80 * ones, 0 * ones, np.zeros(len(pitches), bool))


def write_rolls(folder, tunes):
    (folder / "piano_rolls").mkdir(parents=True)
    (folder / "maps_disklavier").mkdir()
    (folder / "percepiano/midi").mkdir(parents=True)
    for name, notes in tunes.items():
        write_midi(notes, folder / f"piano_rolls/{name}.mid")


def test_versions_of_a_piece_and_maps_pieces(tmp_path):
    rng = np.random.default_rng(3)
    tunes = {f"tune{i}": rng.integers(50, 80, 200) for i in range(40)}
    versions = {f"version{i}": melody(tunes[f"tune{i}"] + 2, 0.3 + i / 100) for i in range(40)}
    write_rolls(tmp_path, {name: melody(pitches) for name, pitches in tunes.items()} | versions)
    rows = "\n".join(f"{i * 0.4}\t{i * 0.4 + 0.3}\t{pitch}\t80" for i, pitch in enumerate(tunes["tune7"]))
    (tmp_path / "maps_disklavier/seven.tsv").write_text(f"# onset\toffset\tnote\tvelocity\n{rows}\n")
    write_midi(melody(tunes["tune9"][:60]), tmp_path / "percepiano/midi/passage.mid")

    split = {work.path.stem: work.split for work in works(tmp_path, "piano_rolls")}
    assert all(split[f"tune{i}"] == split[f"version{i}"] for i in range(40))
    assert split["tune7"] == split["tune9"] == TEST
    assert {TRAINING, VALIDATION, TEST} == set(split.values())
    assert all(work.split == TEST for work in works(tmp_path, "maps_disklavier"))


def test_empty_folder_is_named(tmp_path):
    with pytest.raises(NotesError, match="freedoom holds no"):
        works(tmp_path, "freedoom")


def test_evaluation_data_never_trains(kit):
    assert not COLLECTIONS["maps_disklavier"].trains
    split = defaultdict(list)
    for work in works(kit, "piano_rolls"):
        split[work.split].append(work)
    assert len(split[TRAINING]) > 300
    assert len(split[TEST]) > 40
    assert len(split[VALIDATION]) > 40
