"""Sessions: the work on one recording, kept in a file; which audio and model, the view, the markers."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from midlevel_app.errors import SessionAudioMissing, SessionError
from midlevel_app.files import check_writable, placed, write_whole
from midlevel_app.language import tr
from midlevel_app.markers import Marker

SUFFIX = ".midlevel"
FORMAT = "midlevel session"
VERSION = 1


@dataclass(frozen=True)
class Session:
    """What is kept of the work on a recording.

    Attributes
    ----------
    audio : Path
        The recording.
    sha256 : str or None
        Of its bytes; None if nobody computed it.
    duration : float or None
        Seconds; None if unknown.
    model, model_sha256 : str
        Name and hash of the model that made the curves.
    view : mapping
        Settings of the window, by name: anything JSON can hold. Names that a version does not know are kept.
    markers : tuple of Marker
    selection : (float, float) or None
        Start and stop in seconds.
    """

    audio: Path
    sha256: str | None
    duration: float | None
    model: str
    model_sha256: str
    view: Mapping[str, Any] = field(default_factory=dict)
    markers: tuple[Marker, ...] = ()
    selection: tuple[float, float] | None = None


def save(path: Path, session: Session) -> None:
    """Write a session, in place of what is there; `ExportError` if that fails, and then the old file is whole.

    The audio is named twice: relative to the session's folder, so that both can be moved together, and absolute.
    """
    target = placed(path)
    check_writable((target,), force=True)
    audio = placed(session.audio)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "audio": {
            "relative": _relative(audio, target.parent),
            "absolute": str(audio),
            "sha256": session.sha256,
            "duration_seconds": session.duration,
        },
        "model": {"name": session.model, "sha256": session.model_sha256},
        "view": dict(session.view),
        "markers": [{"seconds": marker.seconds, "text": marker.text} for marker in session.markers],
        "selection": None if session.selection is None else list(session.selection),
    }
    # Escaped to ASCII, which can hold names of files that are not text.
    write_whole({target: (json.dumps(document, allow_nan=False, indent=1) + "\n").encode("ascii")})


def _relative(audio: Path, folder: Path) -> str | None:
    try:
        return Path(os.path.relpath(audio, folder)).as_posix()
    except ValueError:  # on another drive
        return None


def load(path: Path) -> Session:
    """Read a session and find its audio.

    It is looked for at its place relative to the session file, then at its absolute place, then under its name beside
    the session file. Whether it is still the same audio is not checked here: ``sha256`` tells.

    Raises
    ------
    SessionError
        If the file cannot be read, is damaged, is no session, or is one of a newer version.
    SessionAudioMissing
        If the audio is at none of these places; carries the session, so that a caller may ask for the audio.
    """
    try:
        content = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise SessionError(
            tr("{path} cannot be read ({reason}): check the name").format(path=path, reason=error.strerror)
        ) from error
    except (ValueError, RecursionError) as error:
        raise SessionError(
            tr("{path} is damaged or is no session (it is not JSON): open another file, or a copy of it").format(
                path=path
            )
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SessionError(
            tr("{path} is not a session of this program: open a file that it saved as {suffix}").format(
                path=path, suffix=SUFFIX
            )
        )
    version = content.get("version")
    if isinstance(version, int) and version > VERSION:
        raise SessionError(
            tr(
                "{path} was saved by a newer version of this program (sessions of version {version}, and "
                "this one reads {newest}): install the newer version"
            ).format(path=path, version=version, newest=VERSION)
        )
    try:
        if version != VERSION:
            raise ValueError(f"version is {version!r}")
        session, relative = _parsed(content)
    except ValueError as error:
        raise SessionError(
            tr("{path} is damaged ({error}): open another file, or a copy of it").format(path=path, error=error)
        ) from error
    return _found(path, session, relative)


def _found(path: Path, session: Session, relative: str | None) -> Session:
    """Return the session with the audio where it is."""
    folder = placed(path).parent
    near = folder / (session.audio.name if relative is None else relative)
    for place in (near, session.audio, folder / near.name):
        if _is_file(place):
            return replace(session, audio=Path(os.path.normpath(place)))
    here, there = os.path.normpath(near), str(session.audio)
    sentence = (
        tr("The recording of {path} is not at {here}: put it beside the session file, or choose it")
        if here == there
        else tr(
            "The recording of {path} is neither at {here} nor at {there}: put it beside the session file, or choose it"
        )
    )
    raise SessionAudioMissing(sentence.format(path=path, here=here, there=there), session)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # not to be looked at, or too long a name
        return False


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _parsed(content: Mapping[str, Any]) -> tuple[Session, str | None]:
    """Return a session, its audio at the absolute place, and the relative one; ``ValueError`` says what is wrong."""
    audio, model = _mapping(content, "audio"), _mapping(content, "model")
    markers, selection = content.get("markers"), content.get("selection")
    if not isinstance(markers, list):
        raise ValueError("markers are no list")
    limits = None if selection is None else _limits(selection)
    session = Session(
        audio=Path(_text(audio, "absolute")),
        sha256=None if audio.get("sha256") is None else _text(audio, "sha256"),
        duration=None if audio.get("duration_seconds") is None else _seconds(audio, "duration_seconds"),
        model=_text(model, "name"),
        model_sha256=_text(model, "sha256"),
        view=_mapping(content, "view"),
        markers=tuple(_marker(marker) for marker in markers),
        selection=limits,
    )
    return session, None if audio.get("relative") is None else _text(audio, "relative")


def _limits(selection: object) -> tuple[float, float]:
    if not isinstance(selection, list) or len(selection) != 2:
        raise ValueError("selection is no start and stop")
    start, stop = (_number(value, "selection") for value in selection)
    if start > stop:
        raise ValueError("selection ends before it starts")
    return start, stop


def _marker(value: object) -> Marker:
    if not isinstance(value, dict):
        raise ValueError("a marker is no object")
    text = value.get("text")
    if not isinstance(text, str):
        raise ValueError("the text of a marker is no text")
    return Marker(_seconds(value, "seconds"), text)


def _mapping(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")
    return value


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"{name} is no text")
    return value


def _seconds(content: Mapping[str, Any], name: str) -> float:
    return _number(content.get(name), name)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{name} is no time")
    return number
