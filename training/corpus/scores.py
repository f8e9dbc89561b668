"""Scores as notes in quarter notes, read from MusicXML, and kept once they are read because that takes long."""

import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import NotesError
from training.notes import HIGHEST, LOWEST, Floats, Integers

MELODY, UPPER, BASS = 0, 1, 2

_FEWEST_NOTES = 30
_LONGEST = 20000.0  # quarter notes; beyond it a score's numbers are nonsense
_FORMAT = b"1"  # of the kept files


@dataclass(frozen=True)
class Score:
    """Notes as written, in order of onset, then pitch.

    Attributes
    ----------
    onset, duration : (n,) float64
        Quarter notes; bars begin at whole multiples of ``bar`` for as long as the time signature stays.
    pitch : (n,) int64
    part : (n,) int64
        0 melody, 1 upper accompaniment, 2 bass.
    bar : float
        Length of a bar in quarter notes (of the first time signature).
    beat : float
        Length of a beat in quarter notes.
    """

    onset: Floats
    duration: Floats
    pitch: Integers
    part: Integers
    bar: float
    beat: float


def song(path: Path, cache: Path | None = None) -> Score:
    """Return a score, from ``cache`` if it was read before.

    Reading takes a fifth of a second for a song and seconds for a long quartet, from the cache a
    millisecond. The cache is a folder with a file a score, named by a hash of the score's content; several processes
    may fill one cache at once: ``pool.map(partial(song, cache=folder), paths)`` (it raises for the unusable ones).

    Raises
    ------
    NotesError
        If the score cannot be parsed or has under 30 notes; this, too, is kept.
    """
    if cache is None:
        return read_score(path)
    try:
        key = hashlib.sha256(_FORMAT + path.read_bytes()).hexdigest()[:24]
    except OSError as error:
        raise NotesError(f"{path} cannot be read: {error.strerror}.", "cannot be read") from error
    kept = cache / f"{key}.npz"
    if kept.exists():
        return _load(kept, path)
    try:
        score = read_score(path)
    except NotesError as error:
        _keep(kept, {"problem": np.array([str(error), error.reason])})
        raise
    _keep(kept, vars(score))
    return score


def _load(kept: Path, path: Path) -> Score:
    with np.load(kept) as arrays:
        if "problem" in arrays:
            message, reason = arrays["problem"]
            raise NotesError(str(message), str(reason))
        values: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    for name in ("bar", "beat"):
        values[name] = float(values[name])
    return Score(**values)


def _keep(kept: Path, arrays: dict[str, Any]) -> None:
    """Write a file of the cache at once, so that no other process sees half of it."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as stream:
        np.savez(stream, **arrays)
    unfinished.replace(kept)


def read_score(path: Path) -> Score:
    """Read a score from MusicXML; repeats are not played out, grace notes are left out.

    Of a song the voice is the melody, of other scores the first part or the upper staff.

    Raises
    ------
    NotesError
        If the score cannot be parsed or has under 30 notes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import partitura  # here, because it takes seconds to load and warns about its own dependencies

        try:
            parts = partitura.load_score(str(path)).parts
            arrays = [part.note_array(include_staff=True) for part in parts]
            signature = next(iter(parts[0].iter_all(partitura.score.TimeSignature)), None)
        except Exception as error:  # a parser over files from anywhere: whatever it meets, this score is unusable
            raise NotesError(f"{path} cannot be parsed: {error}", "score does not parse") from error
    beats, beat_type = (signature.beats, signature.beat_type) if signature else (4, 4)
    bar = beats * 4 / beat_type
    onset = np.concatenate([array["onset_quarter"] for array in arrays]).astype(np.float64)
    duration = np.concatenate([array["duration_quarter"] for array in arrays]).astype(np.float64)
    pitch = np.concatenate([array["pitch"] for array in arrays]).astype(np.int64)
    part = np.concatenate([_roles(array, place, len(arrays)) for place, array in enumerate(arrays)])
    keep = np.isfinite(onset) & (np.abs(onset) < _LONGEST) & (duration > 0) & (duration < _LONGEST)
    keep &= (pitch >= LOWEST) & (pitch <= HIGHEST)
    if keep.sum() < _FEWEST_NOTES:
        raise NotesError(f"{path} holds only {keep.sum()} notes.", "too few notes")
    onset = onset - np.floor(onset[keep].min() / bar) * bar  # an upbeat lies before 0
    order = np.flatnonzero(keep)[np.lexsort((pitch[keep], onset[keep]))]
    return Score(
        onset[order],
        duration[order],
        pitch[order],
        part[order],
        bar=bar,
        beat=1.5 if beat_type == 8 and beats % 3 == 0 else 4 / beat_type,
    )


def _roles(array: np.ndarray, place: int, parts: int) -> Integers:
    """Return the role of each note of one part: by its staff if it has two, else by its place in the score."""
    staff = array["staff"]
    if len(staff) and staff.max() > staff.min():
        upper = MELODY if parts == 1 else UPPER
        return np.where(staff == staff.max(), BASS, upper)
    return np.full(len(array), MELODY if place == 0 else BASS if place == parts - 1 else UPPER)
