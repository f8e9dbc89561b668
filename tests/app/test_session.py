"""Sessions: the round trip, where the audio is found, and what is refused."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from midlevel_app.errors import ExportError, SessionAudioMissing, SessionError
from midlevel_app.markers import Marker
from midlevel_app.session import Session, load, save
from tests.app.unprivileged import without_privileges


@pytest.fixture
def session(tmp_path):
    """A session on an audio file in a folder beside that of the session files."""
    (tmp_path / "audio").mkdir()
    (tmp_path / "work").mkdir()
    audio = tmp_path / "audio" / "Prélude №1.flac"
    audio.write_bytes(b"music")
    return Session(
        audio=audio,
        sha256="ab" * 32,
        duration=61.25,
        model="piano",
        model_sha256="cd" * 32,
        view={"hidden": ["minorness"], "range": [1.5, 20.0], "of a later version": {"kept": [None, True]}},
        markers=(Marker(3.0, "Thema"), Marker(1.0, "")),
        selection=(2.0, 5.5),
    )


@pytest.fixture
def file(tmp_path):
    return tmp_path / "work" / "lesson.midlevel"


def damaged(file, session, change):
    """Save the session with ``change`` made to its document."""
    save(file, session)
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def test_round_trip(file, session):
    save(file, session)
    assert load(file) == session
    poor = Session(session.audio, None, None, "tiny", "ef" * 32)
    save(file, poor)
    assert load(file) == poor
    assert [path.name for path in file.parent.iterdir()] == ["lesson.midlevel"]


def test_saving_is_stable(file, session):
    save(file, session)
    content = file.read_bytes()
    save(file, load(file))
    assert file.read_bytes() == content
    document = json.loads(content)
    assert (document["format"], document["version"]) == ("midlevel session", 1)
    assert document["audio"]["relative"] == "../audio/Prélude №1.flac"
    assert document["audio"]["absolute"] == str(session.audio)


def test_both_moved_together(tmp_path, file, session):
    save(file, session)
    (tmp_path / "new").mkdir()
    for name in ("audio", "work"):
        (tmp_path / name).rename(tmp_path / "new" / name)
    assert load(tmp_path / "new" / "work" / file.name) == replace(
        session, audio=tmp_path / "new" / "audio" / session.audio.name
    )


def test_a_copy_nearby_goes_before_the_original(tmp_path, file, session):
    save(file, session)
    (tmp_path / "copy" / "work").mkdir(parents=True)
    (tmp_path / "copy" / "audio").mkdir()
    copied = tmp_path / "copy" / "work" / file.name
    copied.write_bytes(file.read_bytes())
    (tmp_path / "copy" / "audio" / session.audio.name).write_bytes(b"music")
    assert load(copied).audio == tmp_path / "copy" / "audio" / session.audio.name


def test_the_session_alone_moved(tmp_path, file, session):
    save(file, session)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    moved = file.rename(tmp_path / "deep" / "er" / file.name)
    assert load(moved).audio == session.audio


def test_the_audio_was_put_beside_the_session(file, session):
    save(file, session)
    beside = session.audio.rename(file.parent / session.audio.name)
    assert load(file).audio == beside


def test_the_audio_was_named_on_another_system(file, session):
    beside = session.audio.rename(file.parent / session.audio.name)
    damaged(file, session, lambda document: document["audio"].update(absolute="C:\\music\\x.flac"))
    assert load(file).audio == beside


def test_relative_calls(tmp_path, file, session, monkeypatch):
    monkeypatch.chdir(file.parent)
    save(Path(file.name), replace(session, audio=Path("..", "audio", session.audio.name)))
    assert load(Path(file.name)) == load(file) == session


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_folder_reached_by_a_link(tmp_path, file, session):
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "here").symlink_to(file.parent)
    save(tmp_path / "link" / "here" / file.name, session)
    assert load(file) == load(tmp_path / "link" / "here" / file.name) == session


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX systems only")
def test_a_name_that_is_not_text(file, session):
    name = session.audio.with_name(os.fsdecode(b"caf\xe9.wav"))
    session.audio.rename(name)
    save(file, replace(session, audio=name))
    assert load(file).audio == name


def test_missing_audio_names_both_places_and_keeps_the_session(tmp_path, file, session):
    save(file, session)
    moved = file.rename(tmp_path / file.name)
    session.audio.unlink()
    with pytest.raises(SessionAudioMissing) as caught:
        load(moved)
    near = tmp_path.parent / "audio" / session.audio.name
    for place in (moved, near, session.audio):
        assert str(place) in str(caught.value)
    assert caught.value.session == session


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is damaged or is no session"),
        (b'{"format": "midlevel sess', "is damaged or is no session"),
        (b"\xff\xfe\x00\x01", "is damaged or is no session"),
        (b"[" * 100_000, "is damaged or is no session"),
        (b'{"format": "midlevel session", "version": NaN}', "is damaged or is no session"),
        (b"[]", "is not a session of this program"),
        (b'{"format": "another"}', "is not a session of this program"),
        (b'{"format": "midlevel session", "version": 2}', r"newer version .* version 2, .* install the newer"),
        (b'{"format": "midlevel session"}', r"is damaged \(version is None\)"),
        (b'{"format": "midlevel session", "version": true}', r"is damaged"),
    ],
)
def test_other_files_are_refused(file, session, content, complaint):
    file.write_bytes(content)
    with pytest.raises(SessionError, match=rf"lesson\.midlevel .*{complaint}"):
        load(file)


@pytest.mark.parametrize(
    ("keys", "value", "complaint"),
    [
        (("audio",), [], "audio is no object"),
        (("audio", "absolute"), None, "absolute is no text"),
        (("audio", "absolute"), "a\0b", "absolute is no text"),
        (("audio", "relative"), 3, "relative is no text"),
        (("audio", "sha256"), 3, "sha256 is no text"),
        (("audio", "duration_seconds"), "long", "duration_seconds is no number"),
        (("audio", "duration_seconds"), -1, "duration_seconds is no time"),
        (("model", "name"), {}, "name is no text"),
        (("view",), None, "view is no object"),
        (("markers",), {}, "markers are no list"),
        (("markers",), [3], "a marker is no object"),
        (("markers",), [{"seconds": 1}], "the text of a marker is no text"),
        (("markers",), [{"seconds": True, "text": ""}], "seconds is no number"),
        (("markers",), [{"seconds": 10**400, "text": ""}], "seconds is no time"),
        (("selection",), [1], "selection is no start and stop"),
        (("selection",), [1, "2"], "selection is no number"),
        (("selection",), [2, 1], "selection ends before it starts"),
    ],
)
def test_wrong_types_are_refused(file, session, keys, value, complaint):
    def change(document):
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    damaged(file, session, change)
    with pytest.raises(SessionError, match=rf"lesson\.midlevel is damaged \({complaint}\): open another"):
        load(file)


def test_what_is_added_elsewhere_is_passed_over(file, session):
    damaged(file, session, lambda document: document.update(addition=1))
    assert load(file) == session


def test_missing_file(file):
    with pytest.raises(SessionError, match=r"lesson\.midlevel cannot be read \(No such file"):
        load(file)


def test_a_failed_save_leaves_the_old_session(file, session, monkeypatch):
    save(file, session)

    def fsync(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ExportError, match=r"lesson\.midlevel could not be written \(No space left"):
        save(file, replace(session, markers=()))
    assert load(file) == session
    assert [path.name for path in file.parent.iterdir()] == ["lesson.midlevel"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_folder_that_may_not_be_written(open_folder, session):
    (open_folder / "listed").mkdir(mode=0o555)
    with without_privileges(), pytest.raises(ExportError, match=r"listed is read-only\): choose another folder"):
        save(open_folder / "listed" / "x.midlevel", session)
