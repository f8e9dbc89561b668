"""MAESTRO is read from its own layout, clips carry the notes heard in them, and what is wrong is named."""

import numpy as np
import pytest
import soundfile

from midlevel_app.errors import AudioFileError
from training.datasets.maestro import maestro_audio, maestro_clips, read_maestro
from training.errors import DataError, NotesError
from training.notes import Notes, write_midi

RATE = 8000
HEADER = "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration"


def ticks(seconds):
    """A note a second, each pitch one higher than the last."""
    count = int(seconds)
    onset = np.arange(count, dtype=float)
    number = np.arange(count)
    return Notes(onset, onset + 0.2, 40 + number, np.full(count, 64), np.zeros(count, int), np.zeros(count, bool))


def lay_out(folder, version="v3.0.0", **changed):
    """Write a data set of two performances of 47 and 31 s; ``changed`` replaces cells of the first."""
    first = {"composer": "Franz Schubert", "title": '"Fantasia, D760"', "split": "train", "year": "2018",
             "midi": "2018/a.midi", "audio": "2018/a.wav", "duration": "47.0"} | changed  # fmt: skip
    (folder / "2018").mkdir()
    table = folder / f"maestro-{version}.csv"
    table.write_text(f"{HEADER}\n{','.join(first.values())}\nBach,Fuga,validation,2018,2018/b.midi,2018/b.wav,31\n")
    for name, seconds in (("a", 47), ("b", 31)):
        write_midi(ticks(seconds), folder / "2018" / f"{name}.midi")
        sound = np.zeros((seconds * 16000, 2), np.float32)
        for second in range(seconds):  # the sound tells its second by its level
            sound[second * 16000 : (second + 1) * 16000] = (second + 1) / 100
        soundfile.write(folder / "2018" / f"{name}.wav", sound, 16000)
    return table


@pytest.mark.parametrize("version", ["v2.0.0", "v3.0.0"])
def test_table_and_own_split(tmp_path, version):
    lay_out(tmp_path, version)
    first, second = read_maestro(tmp_path)
    assert first.work == "Franz Schubert: Fantasia, D760"
    assert (first.split, second.split) == ("training", "validation")
    assert (first.year, first.duration) == (2018, 47.0)
    assert second.audio == tmp_path / "2018" / "b.wav"


def test_clips_follow_each_other_with_their_own_notes(tmp_path):
    lay_out(tmp_path)
    clips = list(maestro_clips(read_maestro(tmp_path), RATE))
    assert [clip.name for clip in clips] == ["a-000", "a-001", "a-002", "b-000", "b-001"]
    second = clips[1]
    assert second.ratings is None
    assert second.audio.shape == (15 * RATE,)
    assert second.notes.pitch.tolist() == list(range(55, 70))
    assert np.allclose(second.notes.onset, np.arange(15), atol=1e-3)
    middles = second.audio[RATE // 2 :: RATE]
    assert np.allclose(middles, np.arange(16, 31) / 100, atol=2e-3)


def test_unlabelled_audio_needs_no_midi(tmp_path):
    lay_out(tmp_path)
    for path in tmp_path.glob("2018/*.midi"):
        path.unlink()
    performances = read_maestro(tmp_path)
    clips = list(maestro_audio(performances, RATE))
    assert len(clips) == 5
    assert {clip.work for clip in clips} == {performance.work for performance in performances}
    with pytest.raises(NotesError, match=r"a.midi cannot be read"):
        next(maestro_clips(performances, RATE))


def test_a_recording_is_decoded_only_as_far_as_it_is_used(tmp_path):
    """The second recording breaks off, which the clips before it do not mind."""
    lay_out(tmp_path)
    second = tmp_path / "2018" / "b.wav"
    second.write_bytes(second.read_bytes()[: 44 + 20 * 64000])
    clips = maestro_audio(read_maestro(tmp_path), RATE)
    assert [next(clips).name for _ in range(4)][-1] == "b-000"
    with pytest.raises(AudioFileError, match=r"b.wav breaks off at 20"):
        next(clips)


def test_everything_wrong_is_named_with_its_line(tmp_path):
    table = lay_out(tmp_path, split="dev", year="MMXVIII", duration="nan", audio="2018/c.wav")
    with pytest.raises(DataError) as caught:
        read_maestro(tmp_path)
    assert str(caught.value).splitlines()[1:] == [
        f"{table}, line 2: split is 'dev', not one of train, validation, test",
        f"{table}, line 2: year is 'MMXVIII', not a number",
        f"{table}, line 2: duration is 'nan', not a number of seconds",
        f"{table}, line 2: the audio is missing, {tmp_path / '2018/c.wav'}",
    ]


def test_a_folder_without_one_table_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"should hold one table maestro-v\*.csv, and has none"):
        read_maestro(tmp_path)
    table = lay_out(tmp_path)
    table.with_name("maestro-v2.0.0.csv").write_text(table.read_text())
    with pytest.raises(DataError, match=r"has maestro-v2.0.0.csv, maestro-v3.0.0.csv"):
        read_maestro(tmp_path)


def test_a_missing_column_is_named(tmp_path):
    table = lay_out(tmp_path)
    table.write_text(table.read_text().replace("audio_filename", "wav"))
    with pytest.raises(DataError, match=r"line 1: there is no column 'audio_filename'"):
        read_maestro(tmp_path)
