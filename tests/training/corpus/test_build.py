"""A corpus is built in pieces, can be taken up again, and says of each clip where it comes from."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd, spectrogram
from training.corpus import build as building
from training.corpus.clips import CLIP_SECONDS, PARTS, PREROLL, make_notes
from training.corpus.sources import COLLECTIONS
from training.datasets.corpus import load_corpus, rate_corpus
from training.notes import read_midi

SCALE = 0.006


@pytest.fixture(scope="module")
def small(kit, tmp_path_factory):
    """A few clips of each part."""
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    folder = tmp_path_factory.mktemp("corpus")
    manifest = building.build(kit, folder, (kit.parent / "soundfonts",), 3, SCALE, 1)
    return folder, manifest


def test_plan_is_the_same_each_time_and_keeps_sides_apart(kit):
    planned = building.plan(kit, 3, 0.05)
    assert planned == building.plan(kit, 3, 0.05)
    assert planned != building.plan(kit, 4, 0.05)
    sides = {}
    for work, clip in planned:
        assert work.split == clip.split
        assert sides.setdefault(clip.work, clip.split) == clip.split
        assert COLLECTIONS[work.collection].trains or clip.split != "training"
    fonts = {split: {c.soundfont for _, c in planned if c.domain == "source" and c.split == split} for split in
             ("training", "validation", "test")}  # fmt: skip
    assert not fonts["training"] & (fonts["validation"] | fonts["test"])


def test_material_that_may_not_train_is_refused(kit):
    forbidden = replace(PARTS[0], shares={"maps_disklavier": 1.0})
    with pytest.raises(ValueError, match="licence of maps_disklavier"):
        building.plan(kit, 1, 0.01, (forbidden,))


def test_clips_are_whole_and_explained(small):
    folder, manifest = small
    assert set(zip(manifest["domain"], manifest["split"], strict=True)) == {(p.domain, p.split) for p in PARTS}
    for row in manifest.itertuples():
        audio = soundfile.info(folder / f"audio/{row.name}.flac")
        assert (audio.frames, audio.samplerate, audio.channels) == (round(CLIP_SECONDS * 22050), 22050, 1)
        assert row.licence == COLLECTIONS[row.work.split("/")[0]].licence
        notes = read_midi(folder / f"midi/{row.name}.mid")
        assert notes.end <= CLIP_SECONDS + 0.01
        if row.domain == "piano":
            assert set(notes.program.values()) == {0}
        else:
            assert min(program for t, program in notes.program.items() if not notes.drum[notes.track == t].all()) >= 4


def test_notes_can_be_made_again(kit, small):
    folder, manifest = small
    works = {clip.name: (work, clip) for work, clip in building.plan(kit, 3, SCALE)}
    for name in manifest["name"][::5]:
        again = make_notes(*works[name])
        kept = again.select(again.onset >= PREROLL)
        stored = read_midi(folder / f"midi/{name}.mid")
        assert len(stored) == len(kept)
        assert np.allclose(np.sort(stored.onset), np.sort(kept.onset - PREROLL), atol=1e-3)


def test_building_goes_on_where_it_stopped(kit, small, capfd):
    folder, manifest = small
    last = sorted((folder / "batches").glob("*.json"))[-1]
    last.unlink()
    capfd.readouterr()
    again = building.build(kit, folder, (kit.parent / "soundfonts",), 3, SCALE, 1)
    assert "rendered batch 1 of 1" in capfd.readouterr().out
    pd.testing.assert_frame_equal(again, manifest)


def test_another_plan_does_not_mix_in(kit, small):
    with pytest.raises(FileExistsError, match="another plan"):
        building.build(kit, small[0], (), 4, SCALE, 1)


def test_ratings_and_spectrograms(small):
    folder, _ = small
    rated = rate_corpus(folder)
    assert np.isfinite(rated.to_numpy()).all()
    values = rated[list(NAMES)].to_numpy()
    assert values.min() >= 1
    assert values.max() <= 10
    clips = load_corpus(folder, FrontEnd())
    piano = clips.part("piano", "test")
    name = piano.table["name"].iloc[1]
    audio, _ = soundfile.read(folder / f"audio/{name}.flac", dtype="float32")
    assert np.abs(piano.frames(slice(1, 2))[0] - spectrogram(audio, FrontEnd())).max() < 0.1
    assert np.allclose(piano.ratings[1], rated.loc[name, list(NAMES)].to_numpy(float))
    files = set(folder.glob("spectrograms-*.npy"))
    load_corpus(folder, FrontEnd())
    assert set(folder.glob("spectrograms-*.npy")) == files
    load_corpus(folder, FrontEnd(bands=100))
    assert len(set(folder.glob("spectrograms-*.npy")) - files) == 1
    with pytest.raises(ValueError, match="no clips of domain 'organ'"):
        clips.part("organ", "test")
