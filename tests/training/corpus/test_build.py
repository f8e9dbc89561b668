"""A corpus is built in stages, goes on where it was killed, and says of each clip where it comes from."""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from midlevel_app.features import NAMES
from training.corpus import build as building
from training.corpus.candidates import CANDIDATES, digest, plan
from training.corpus.clips import CLIP_SECONDS, PARTS, PIANO_DOMAIN, SOURCE, Part
from training.corpus.manifest import BY_WINDOW, COLUMNS, check_manifest, write_manifest
from training.corpus.remake import remake
from training.corpus.sources import COLLECTIONS, MUSIC21, TEST, TRAINING, VALIDATION
from training.errors import CorpusError, RenderError
from training.notes import read_midi
from training.ratings import Calibration

FEW = (
    Part(SOURCE, TRAINING, {"freedoom": 0.8, "percepiano": 0.2}, ("fluid", "timgm"), 8),
    Part(SOURCE, VALIDATION, {MUSIC21: 1.0}, ("csound",), 1),
    Part(SOURCE, TEST, {"freedoom": 1.0}, ("kawai",), 1),
    Part(PIANO_DOMAIN, TRAINING, {"percepiano": 1.0}, ("fluid",), 3),
    Part(PIANO_DOMAIN, TEST, {"percepiano": 1.0}, ("timgm", "kawai"), 2),
)
SEED = 3
ROOT = Path(__file__).resolve().parents[3]


def few(kit, folder, seed=SEED):
    return building.build(kit, folder, (kit.parent / "soundfonts",), seed, 1.0, 1, FEW)


@pytest.fixture(scope="module")
def small(kit, tmp_path_factory):
    """A few clips of each part."""
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    folder = tmp_path_factory.mktemp("corpus")
    return folder, few(kit, folder)


def test_plan_is_the_same_each_time_and_keeps_sides_apart(kit):
    planned = plan(kit, SEED, 1.0, FEW)
    assert planned == plan(kit, SEED, 1.0, FEW)
    assert digest(planned) != digest(plan(kit, SEED + 1, 1.0, FEW))
    counts = Counter((clip.domain, clip.split) for _, clip in planned)
    assert counts[SOURCE, TRAINING] >= 8 * CANDIDATES
    assert counts[PIANO_DOMAIN, TRAINING] < 2 * 3
    sides = {}
    for work, clip in planned:
        assert work.split == clip.split
        assert sides.setdefault(clip.work, clip.split) == clip.split


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if not COLLECTIONS[name].trains])
def test_material_that_may_not_train_is_refused(kit, collection):
    forbidden = replace(PARTS[0], shares={collection: 1.0})
    with pytest.raises(CorpusError, match=f"licence of {collection}"):
        plan(kit, 1, 0.01, (forbidden,))


def test_a_side_without_works_is_named(kit):
    with pytest.raises(CorpusError, match="percepiano has no work on the side 'validation'"):
        plan(kit, 1, 1.0, (replace(FEW[-1], split=VALIDATION),))


def test_clips_are_whole_and_explained(kit, small):
    folder, manifest = small
    assert tuple(manifest.columns) == COLUMNS
    assert Counter(zip(manifest["domain"], manifest["split"], strict=True)) == {
        (part.domain, part.split): part.clips for part in FEW
    }
    for row in manifest.itertuples():
        audio = soundfile.info(folder / f"audio/{row.name}.flac")
        assert (audio.frames, audio.samplerate, audio.channels) == (round(CLIP_SECONDS * 22050), 22050, 1)
        collection = row.work.split("/")[0]
        assert row.licence == COLLECTIONS[collection].licence
        assert collection == MUSIC21 or (kit / row.file).is_file()
        notes = read_midi(folder / f"midi/{row.name}.mid")
        assert notes.end <= CLIP_SECONDS + 0.01
        pitched = {notes.program[track] for track in np.unique(notes.track[~notes.drum])}
        assert set(row.programs) == pitched
        assert pitched == {0} if row.domain == PIANO_DOMAIN else min(pitched) >= 4


def test_manifest_tells_of_the_whole(small):
    _, manifest = small
    assert manifest.attrs["recipe"]["seed"] == SEED
    assert len(manifest.attrs["recipe"]["parts"]) == len(FEW)
    assert manifest.attrs["ships"] is True
    assert manifest.attrs["recipe"]["versions"]["fluidsynth"].startswith("2.")
    assert np.array(manifest.attrs["correlations of candidates"]).shape == (7, 7)
    assert set(manifest.attrs["skipped"]) <= {"too few notes", "score does not parse"}


def test_ratings_come_from_the_kept_terms(small):
    folder, manifest = small
    calibration = Calibration.load(folder / "calibration.json")
    terms = manifest[[column for column in manifest if column.startswith("term ")]].to_numpy()
    assert np.allclose(manifest[list(NAMES)], calibration.rate(terms))
    assert all(len(values) == round(CLIP_SECONDS / building.HOP) for column in BY_WINDOW for values in manifest[column])


def test_any_clip_can_be_made_again(kit, small):
    folder, manifest = small
    for name in manifest["name"][::3]:
        again = remake(folder, name, kit, (kit.parent / "soundfonts",))
        stored, _ = soundfile.read(folder / f"audio/{name}.flac", dtype="float32")
        assert np.array_equal(again, stored)
        assert np.abs(stored).max() > 0.01
    with pytest.raises(CorpusError, match="no clip 'absent'"):
        remake(folder, "absent", kit, ())


def test_a_missing_sample_set_is_told_before_the_work(kit, tmp_path):
    with pytest.raises(RenderError, match=r"bacon_honkytonk\.sf3"):
        building.build(kit, tmp_path, (), SEED, 1.0, 1, (replace(FEW[0], soundfonts=("honkytonk",)),))
    assert not list(tmp_path.iterdir())


def test_another_plan_does_not_mix_in(kit, small):
    with pytest.raises(CorpusError, match="another plan"):
        few(kit, small[0], SEED + 1)


def test_a_killed_build_goes_on_to_the_same_corpus(kit, small, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "_BATCH", 3)
    script = f"""
from pathlib import Path
from tests.training.corpus import test_build
test_build.building._BATCH = 3
test_build.few(Path({str(kit)!r}), Path({str(tmp_path)!r}))
"""
    running = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while running.poll() is None and not (tmp_path / "batches/0001.parquet").exists():
            time.sleep(0.01)
    finally:
        running.kill()
        running.wait()
    first = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "batches").glob("*.parquet")}
    assert 2 <= len(first) < 5
    assert not (tmp_path / "manifest.parquet").exists()

    folder, manifest = small
    pd.testing.assert_frame_equal(few(kit, tmp_path), manifest)
    assert all((tmp_path / "batches" / name).stat().st_mtime_ns == when for name, when in first.items())
    for name in manifest["name"]:
        audio = f"audio/{name}.flac"
        assert (tmp_path / audio).read_bytes() == (folder / audio).read_bytes()
    assert (tmp_path / "calibration.json").read_text() == (folder / "calibration.json").read_text()
    assert json.loads((tmp_path / "plan.json").read_text())["plan"] == manifest.attrs["recipe"]["plan"]


def change(manifest, folder, row, **values):
    """Write the manifest with other values in one row."""
    table = manifest.copy()
    for column, value in values.items():
        table.at[row, column] = value
    write_manifest(folder, table, manifest.attrs)


def test_rules_of_the_corpus_are_enforced(small, tmp_path):
    _, manifest = small
    first = int(np.flatnonzero((manifest["domain"] == SOURCE) & (manifest["split"] == TRAINING))[0])
    with pytest.raises(CorpusError, match="build the corpus first"):
        check_manifest(tmp_path)
    change(manifest, tmp_path, first, work="maps_disklavier/piece")
    with pytest.raises(CorpusError, match="licence of maps_disklavier does not allow"):
        check_manifest(tmp_path)
    other = manifest.loc[manifest["split"] == TEST, "work"].iloc[0]
    change(manifest, tmp_path, first, work=other)
    with pytest.raises(CorpusError, match=f"{other} is on test and training"):
        check_manifest(tmp_path)
    change(manifest, tmp_path, first, soundfont="kawai")
    with pytest.raises(CorpusError, match="set kawai is on test and training of the domain source"):
        check_manifest(tmp_path)
    change(manifest, tmp_path, first, dissonance=float("nan"))
    with pytest.raises(CorpusError, match=f"dissonance of {manifest.at[first, 'name']} is no rating"):
        check_manifest(tmp_path)
    change(manifest, tmp_path, first, **{"minorness by window": [0.0] * 15})
    with pytest.raises(CorpusError, match="minorness by window of"):
        check_manifest(tmp_path)
    manifest.drop(columns="edits").to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(CorpusError, match="lacks edits"):
        check_manifest(tmp_path)
