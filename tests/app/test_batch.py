"""Which files a call means, and where the result of each goes."""

from pathlib import Path

import pytest

from midlevel_app.batch import AUDIO_SUFFIXES, CallError, Job, make_plan


@pytest.fixture
def music(tmp_path):
    """Empty files: a plan opens none."""
    for name in ("a.wav", "a.flac", "a.wav.ogg", "B.MP3", "sub/a.wav", "sub/deep/c.opus", "notes.txt", ".d/e.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def targets(plan):
    return {str(job.audio): str(job.target) for job in plan.jobs}


def test_folder_without_recursion(music):
    plan = make_plan([music], Path("out"), False, "csv")
    assert [job.audio.name for job in plan.jobs] == ["B.MP3", "a.flac", "a.wav", "a.wav.ogg"]
    assert plan.problems == ()


def test_colliding_stems_keep_their_extension_until_none_collides(music):
    assert targets(make_plan([music], Path("out"), False, "csv")) == {
        f"{music}/B.MP3": "out/B.csv",
        f"{music}/a.flac": "out/a.flac.csv",
        f"{music}/a.wav": "out/a.wav.csv",
        f"{music}/a.wav.ogg": "out/a.wav.ogg.csv",
    }


def test_stems_that_some_disks_take_for_one_keep_their_extension(tmp_path):
    for name in ("Song.wav", "song.mp3", "caf\u00e9.wav", "cafe\u0301.mp3"):
        (tmp_path / name).touch()
    found = targets(make_plan([tmp_path], Path("out"), False, "csv"))
    assert sorted(found.values()) == sorted(
        ("out/Song.wav.csv", "out/song.mp3.csv", "out/caf\u00e9.wav.csv", "out/cafe\u0301.mp3.csv")
    )


def test_recursion_keeps_the_tree_of_each_folder(music):
    found = targets(make_plan([music, music / "sub"], Path("out"), True, "json"))
    assert found[f"{music}/sub/deep/c.opus"] == "out/sub/deep/c.json"
    assert len(found) == 6
    assert targets(make_plan([music / "sub"], Path("out"), True, "json")) == {
        f"{music}/sub/a.wav": "out/a.json",
        f"{music}/sub/deep/c.opus": "out/deep/c.json",
    }


def test_any_file_that_is_named_is_a_job(music):
    plan = make_plan([music / "notes.txt", music / "missing.wav"], Path("out"), False, "csv")
    assert [job.audio.name for job in plan.jobs] == ["notes.txt", "missing.wav"]


def test_output_of_a_single_file(music):
    audio = music / "a.wav"
    assert make_plan([audio], None, False, "csv").jobs == (Job(audio, None),)
    assert make_plan([audio], Path("x"), False, "csv").jobs == (Job(audio, Path("x")),)
    assert make_plan([audio], Path("x"), False, "csv", out_is_folder=True).jobs == (Job(audio, Path("x/a.csv")),)
    assert make_plan([audio], music, False, "csv").jobs == (Job(audio, music / "a.csv"),)


def test_folders_without_recordings_are_problems(music):
    (music / "empty").mkdir()
    plan = make_plan([music / "empty", music / "a.wav"], Path("out"), False, "csv")
    assert len(plan.jobs) == 1
    assert [str(problem) for problem in plan.problems] == [
        f"{music}/empty holds no recordings (wav, flac, mp3, m4a and the like): "
        "name another one, or search its subfolders with -r"
    ]


@pytest.mark.parametrize("second", ["sub/a.wav", "sub/../sub/a.wav"])
def test_two_recordings_for_one_output(music, second):
    with pytest.raises(CallError, match=r"a\.wav and .*a\.wav would both be written to out/a\.wav\.csv"):
        make_plan([music / "a.wav", music / second], Path("out"), False, "csv")


@pytest.mark.parametrize("out", ["a.flac", "sub/../a.flac"])
def test_output_that_is_a_recording(music, out):
    with pytest.raises(CallError, match=r"would overwrite the recording .*a\.flac"):
        make_plan([music / "a.flac"], music / out, False, "csv")


def test_sidecar_that_is_a_recording(music):
    (music / "x.csv.json").touch()
    with pytest.raises(CallError, match=r"x\.csv\.json would overwrite the recording"):
        make_plan([music / "x.csv.json"], music / "x.csv", False, "csv")


def test_suffixes_are_lower_case():
    assert {suffix.lower() for suffix in AUDIO_SUFFIXES} == AUDIO_SUFFIXES
    assert {".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".m4a"} <= AUDIO_SUFFIXES
