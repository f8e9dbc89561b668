"""The Mid-level dataset is read from its own layout, what is wrong with a copy is named, and artists keep sides."""

import numpy as np
import pytest
import soundfile

from midlevel_app.features import NAMES
from training.datasets.midlevel import artist_split, midlevel_audio, piano_split, read_midlevel
from training.errors import DataError

HEADER = "song_id, melody, articulation , rhythm_complexity, rhythm stability, dissonance, atonality, mode"
RATING = "5.5,2,3.25,8,1,10,7"


def lay_out(folder, songs, header=HEADER, piano=(), ratings=None, newline="\n"):
    """Write a data set of songs {id: artist}, without audio."""
    place = folder / "metadata_annotations"
    place.mkdir(parents=True)
    (folder / "audio").mkdir()
    rated = [f"{song},{(ratings or {}).get(song, RATING)}" for song in songs]
    described = [f'"{artist}";{song};jamendo;77;"A; title"' for song, artist in songs.items()]
    write = {
        "annotations.csv": [header, *rated, "", ""],
        "metadata.csv": ["Artist;song id;Source;ID at file source;Title", *described, ";;;;"],
        **({"metadata_piano.csv": ["song id", *piano]} if piano else {}),
    }
    for name, lines in write.items():
        (place / name).write_bytes(b"\xef\xbb\xbf" + newline.join(lines).encode())
    for song in songs:
        (folder / "audio" / f"{song}.mp3").touch()
    return folder


def many(count):
    """Songs by artists of one, of two and of six clips, and some by nobody known."""
    artists = ["", *(f"single {i}" for i in range(count // 3)), *(f"pair {i // 2}" for i in range(count // 3))]
    return {str(100 + i): artists[i] if i < len(artists) else f"group {i // 6}" for i in range(count)}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tables_as_they_are_published(tmp_path, newline):
    folder = lay_out(tmp_path, {"7": "Ann", "12": "Beñ", "3": "Ann"}, piano=["12"], newline=newline)
    clips = read_midlevel(folder)
    assert [clip.song_id for clip in clips] == ["7", "12", "3"]
    assert [clip.artist for clip in clips] == ["Ann", "Beñ", "Ann"]
    assert [clip.piano for clip in clips] == [False, True, False]
    assert clips[0].ratings == (5.5, 2, 3.25, 8, 1, 10, 7)
    assert clips[0].source == "jamendo"
    assert clips[1].path == folder / "audio" / "12.mp3"


def test_metadata_may_lie_beside_the_annotations_folder(tmp_path):
    folder = lay_out(tmp_path, {"7": "Ann"})
    (folder / "metadata_annotations" / "metadata.csv").rename(folder / "metadata.csv")
    assert read_midlevel(folder)[0].artist == "Ann"


@pytest.mark.parametrize(
    "columns",
    [
        NAMES,
        ("Melodious", "Articulaton", "rythmic complexity", "Rhythm Stability", "disonance", "tonality", "modality"),
    ],
)
def test_headers_near_enough_are_taken(tmp_path, columns):
    assert read_midlevel(lay_out(tmp_path, {"7": "Ann"}, ",".join(["id", *columns])))


def test_columns_in_another_order_are_refused(tmp_path):
    swapped = HEADER.replace("dissonance, atonality", "tonal stability, dissonance")
    with pytest.raises(DataError) as caught:
        read_midlevel(lay_out(tmp_path, {"7": "Ann"}, swapped))
    first, second = str(caught.value).splitlines()[1:]
    assert "annotations.csv, line 1: column 6 should be dissonance and is tonal_stability" in first
    assert "column 7 should be tonal_stability and is dissonance" in second


@pytest.mark.parametrize("name", ["loudness", "majorness", "x"])
def test_an_unknown_column_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=f"line 1: column 8 should be minorness and is named '{name}'"):
        read_midlevel(lay_out(tmp_path, {"7": "Ann"}, HEADER.replace("mode", name)))


def test_a_missing_column_is_refused(tmp_path):
    with pytest.raises(DataError, match="line 1: 7 columns where there should be an id and 7 ratings"):
        read_midlevel(lay_out(tmp_path, {"7": "Ann"}, HEADER.replace(", mode", ""), ratings={"7": "1,2,3,4,5,6"}))


def test_everything_wrong_is_named_with_its_line(tmp_path):
    songs = {str(i): "Ann" for i in range(1, 7)}
    bad = {"2": RATING.replace("5.5", "0.9"), "3": RATING.replace("10", "nan"), "4": RATING.replace("8", "eight")}
    folder = lay_out(tmp_path, songs, piano=["5", "77"], ratings=bad)
    place = folder / "metadata_annotations"
    annotations, metadata = place / "annotations.csv", place / "metadata.csv"
    annotations.write_text(annotations.read_text(encoding="utf-8").rstrip() + f"\n6,{RATING}\n9,1,2\n88,{RATING}\n")
    metadata.write_text("\n".join(metadata.read_text(encoding="utf-8").splitlines()[:-1]) + "\nAnn;99;jamendo;1;T\n")
    (folder / "audio" / "5.mp3").unlink()
    with pytest.raises(DataError) as caught:
        read_midlevel(folder)
    problems = str(caught.value).splitlines()[1:]
    audio = folder / "audio"
    assert set(problems) == {
        f"{annotations}, line 3: melody is 0.9, outside 1 to 10",
        f"{annotations}, line 4: atonality is nan, outside 1 to 10",
        f"{annotations}, line 5: rhythm stability is 'eight', not a number",
        f"{annotations}, line 6: the audio of song 5 is missing, {audio / '5.mp3'}",
        f"{annotations}, line 8: song 6 stands on line 7 already",
        f"{annotations}, line 9: 3 cells where the header has 8",
        f"{annotations}, line 10: song 88 is not in {metadata}",
        f"{annotations}, line 10: the audio of song 88 is missing, {audio / '88.mp3'}",
        f"{metadata}, line 8: song 99 is not in {annotations}",
        f"{place / 'metadata_piano.csv'}, line 3: song 77 is not in {annotations}",
    }


def test_ten_problems_are_listed_and_the_rest_counted(tmp_path):
    songs = {str(i): "Ann" for i in range(30)}
    with pytest.raises(DataError) as caught:
        read_midlevel(lay_out(tmp_path, songs, ratings=dict.fromkeys(songs, "1,2,3,4,5,6,11")))
    lines = str(caught.value).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "and 20 more"


def test_missing_and_broken_tables_are_named(tmp_path):
    folder = lay_out(tmp_path, {"7": "Ann"})
    metadata = folder / "metadata_annotations" / "metadata.csv"
    metadata.write_text("song id;Source\n7;jamendo\n")
    with pytest.raises(DataError, match=r"metadata.csv, line 1: there is no column 'Artist', only song id, Source"):
        read_midlevel(folder)
    metadata.write_bytes(b"song id;Artist\n7;Be\xf1\n")
    with pytest.raises(DataError, match=r"metadata.csv is not a table in UTF-8"):
        read_midlevel(folder)
    metadata.write_text("\n\n")
    with pytest.raises(DataError, match=r"metadata.csv is empty"):
        read_midlevel(folder)
    metadata.unlink()
    with pytest.raises(DataError, match=r"metadata.csv cannot be read \(No such file"):
        read_midlevel(folder)


def test_artists_stand_on_one_side(tmp_path):
    clips = read_midlevel(lay_out(tmp_path, many(300)))
    split = artist_split(clips, seed=4)
    sides = (split.training, split.validation, split.test)
    assert sorted(clip.song_id for side in sides for clip in side) == sorted(clip.song_id for clip in clips)
    training, validation, test = ({clip.artist for clip in side} for side in sides)
    assert not (training & validation) | (training & test) | (validation & test)
    assert len(split.test) == 24
    assert {clip.artist.split()[0] for clip in split.test} == {"single"}
    assert 15 <= len(split.validation) <= 20
    assert {clip.artist.split()[0] for clip in split.validation} > {"single"}
    assert "" in training
    assert split == artist_split(clips, seed=4)
    assert split != artist_split(clips, seed=5)


def test_spelling_of_an_artist_does_not_divide_them(tmp_path):
    songs = {str(i): f"single {i}" for i in range(20)} | {"90": "The Who", "91": "THE WHO "}
    clips = read_midlevel(lay_out(tmp_path, songs))
    for seed in range(20):
        assert not any("who" in clip.artist.casefold() for clip in artist_split(clips, seed).test)


def test_too_few_single_artists_are_told(tmp_path):
    clips = read_midlevel(lay_out(tmp_path, {str(i): f"pair {i // 2}" for i in range(40)}))
    with pytest.raises(DataError, match="3 artists with one clip are needed for the test side; there are 0"):
        artist_split(clips)


def test_piano_is_held_out(tmp_path):
    songs = many(300)
    piano = [song for song in songs if int(song) % 10 == 0]
    clips = read_midlevel(lay_out(tmp_path, songs, piano=piano))
    split = piano_split(clips)
    assert sorted(clip.song_id for clip in split.piano) == sorted(piano)
    assert not any(clip.piano for side in (split.training, split.validation, split.test) for clip in side)
    assert len(split.test) == round(0.08 * (300 - len(piano)))


def test_a_piano_split_needs_a_list_of_piano_clips(tmp_path):
    clips = read_midlevel(lay_out(tmp_path, many(60)))
    with pytest.raises(DataError, match=r"put metadata_piano.csv"):
        piano_split(clips)


def test_audio_is_fifteen_seconds_with_its_ratings(tmp_path):
    folder = lay_out(tmp_path, {"7": "Ann", "8": ""})
    rng = np.random.default_rng(0)
    for song, seconds in (("7", 16.0), ("8", 6.0)):
        sound = rng.normal(0, 0.1, (round(seconds * 44100), 2)).astype(np.float32)
        soundfile.write(folder / "audio" / f"{song}.mp3", sound, 44100, format="MP3")
    long, short = midlevel_audio(read_midlevel(folder), 22050)
    assert long.audio.shape == short.audio.shape == (15 * 22050,)
    assert long.ratings.tolist() == [5.5, 2, 3.25, 8, 1, 10, 7]
    assert (long.work, short.work) == ("Ann", "8")
    assert np.array_equal(short.audio[: 6 * 22050], short.audio[6 * 22050 : 12 * 22050])
    assert short.audio.std() > 0.05
