"""MAPS recordings become clips with the notes heard in them; a recording or table without its other is named."""

import numpy as np
import pytest
import soundfile

from training.datasets.maps import maps_clips
from training.errors import DataError, NotesError

RATE = 8000


@pytest.fixture
def data(tmp_path):
    """Two recordings of 47 s with three notes a second, then silence of 5 s."""
    folder = tmp_path / "maps_disklavier"
    folder.mkdir()
    for name in ("one", "two"):
        rows = [f"{i / 3:.6f}\t{i / 3 + 0.2:.6f}\t{40 + i % 50}\t64" for i in range(3 * 31)]
        (folder / f"{name}.tsv").write_text("\n".join(["# onset,offset,note,velocity", *rows]))
        sound = np.repeat(np.arange(1, 48) / 100, 16000).astype(np.float32)
        soundfile.write(folder / f"{name}.flac", sound, 16000)
    return tmp_path


def test_clips_with_their_notes(data):
    clips = maps_clips(data, RATE)
    names = [f"{name}-00{number}" for name in ("one", "two") for number in range(2)]
    assert [clip.name for clip in clips] == names  # the third of each holds three notes only
    second = clips[1]
    assert second.work == "maps_disklavier/one"
    assert second.ratings is None
    assert len(second.notes) == 45
    assert second.notes.onset[0] == pytest.approx(0, abs=1e-5)
    assert np.allclose(second.audio[RATE // 2 :: RATE], np.arange(16, 31) / 100, atol=2e-3)


def test_a_recording_or_table_alone_is_named(data):
    folder = data / "maps_disklavier"
    (folder / "one.flac").unlink()
    (folder / "two.tsv").unlink()
    with pytest.raises(DataError) as caught:
        maps_clips(data, RATE)
    assert str(caught.value).splitlines()[1:] == [
        f"{folder / 'one.tsv'} has no .flac file of the same name beside it",
        f"{folder / 'two.flac'} has no .tsv file of the same name beside it",
    ]


def test_a_malformed_table_is_named(data):
    table = data / "maps_disklavier" / "two.tsv"
    table.write_text("0.5\t0.7\tsixty\t64\n")
    with pytest.raises(NotesError, match=r"two.tsv"):
        maps_clips(data, RATE)
