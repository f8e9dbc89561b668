"""Notes: what was played, as arrays; reading them from MIDI and MAPS tables, writing and cutting them."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import symusic

from training.errors import NotesError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SUSTAIN = 64  # the controller of the sustain pedal, and the value from which it counts as down
LOWEST, HIGHEST = 21, 108  # pitches of a piano's keys
LONGEST_NOTE = 30.0  # seconds; a longer one lost its note-off
PITCHED_CHANNELS = 15
_SLOWEST, _FASTEST = 5.0, 1000.0  # quarter notes a minute
TICKS_PER_QUARTER, TEMPO = 2000, 120.0  # one tick is 0.25 ms


@dataclass(frozen=True)
class Notes:
    """The notes of a performance or of a clip, ordered by onset, then pitch.

    Attributes
    ----------
    onset, key_up : (n,) float64
        Seconds. ``key_up`` is when the key is released (the written end of the note).
    pitch, velocity : (n,) int64
        MIDI numbers.
    track : (n,) int64
        Which part a note belongs to (one instrument each).
    drum : (n,) bool
        True for percussion without pitch.
    pedal : (p, 2) float64
        Down and up times of the sustain pedal in seconds, ascending, not overlapping. It acts on all tracks.
    program : dict
        General MIDI program (0-based) of each track.
    """

    onset: Floats
    key_up: Floats
    pitch: Integers
    velocity: Integers
    track: Integers
    drum: npt.NDArray[np.bool_]
    pedal: Floats = field(default_factory=lambda: np.empty((0, 2)))
    program: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def end(self) -> float:
        """Latest key-up in seconds (0 without notes)."""
        return float(self.key_up.max()) if len(self) else 0.0

    def select(self, keep: npt.NDArray[np.bool_] | Integers) -> "Notes":
        """Return the notes under a mask or at indices; pedal and programs stay."""
        return replace(
            self,
            onset=self.onset[keep],
            key_up=self.key_up[keep],
            pitch=self.pitch[keep],
            velocity=self.velocity[keep],
            track=self.track[keep],
            drum=self.drum[keep],
        )

    def ordered(self) -> "Notes":
        """Return the notes in order of onset, then pitch."""
        return self.select(np.lexsort((self.pitch, self.onset)))


def read_midi(path: Path) -> Notes:
    """Return the notes of a MIDI file.

    A note-on of velocity 0 is a note-off. The sustain pedals of all pitched tracks are merged: it is down
    while any of them is. A pedal never released ends with the last note. A note without a note-off is left
    out; one longer than 30 s lost its own and gets the median length of its track's other notes.

    Raises
    ------
    NotesError
        If the file cannot be read, is not MIDI, is damaged, is of type 2 (independent patterns), holds no notes, or
        has a tempo outside 5 to 1000 quarter notes a minute before its last note.
    """
    try:
        head = path.read_bytes()[:14]
    except OSError as error:
        raise NotesError(f"{path} cannot be read: {error.strerror}.", "cannot be read") from error
    if head[:4] != b"MThd":
        raise NotesError(f"{path} is not a MIDI file.", "not MIDI")
    if int.from_bytes(head[8:10], "big") == 2:
        raise NotesError(
            f"{path} is MIDI of type 2 (independent patterns), which has no single time line.", "MIDI type 2"
        )
    try:
        score: Any = symusic.Score(str(path), ttype="second")
    except Exception as error:  # symusic raises whatever its parser met
        raise NotesError(f"{path} is damaged MIDI ({str(error).rstrip('.')}).", "damaged") from error

    tracks = [track for track in score.tracks if len(track.notes)]
    if not tracks:
        raise NotesError(f"{path} holds no notes.", "no notes")
    columns = [track.notes.numpy() for track in tracks]
    sizes = [len(column["time"]) for column in columns]
    number = np.repeat(np.arange(len(tracks)), sizes)
    onset = np.concatenate([column["time"] for column in columns]).astype(np.float64)
    length = np.concatenate([column["duration"] for column in columns]).astype(np.float64)
    if not (np.isfinite(onset).all() and np.isfinite(length).all()):
        raise NotesError(f"{path} holds notes whose time is not a number.", "damaged")
    for tempo in score.tempos:
        if tempo.time <= onset.max() and not _SLOWEST <= tempo.qpm <= _FASTEST:
            raise NotesError(
                f"{path} has a tempo of {tempo.qpm:g} quarter notes a minute, which no music has.", "absurd tempo"
            )
    notes = Notes(
        onset=onset,
        key_up=onset + _plausible(length, number),
        pitch=np.concatenate([column["pitch"] for column in columns]).astype(np.int64),
        velocity=np.concatenate([column["velocity"] for column in columns]).astype(np.int64),
        track=number,
        drum=np.repeat([bool(track.is_drum) for track in tracks], sizes),
        program={index: int(track.program) for index, track in enumerate(tracks)},
    )
    # A pedal may stand on a track of its own, without notes.
    spans = [_pedal_spans(track, notes.end) for track in score.tracks if not track.is_drum]
    return replace(notes, pedal=merged(np.concatenate([*spans, np.empty((0, 2))]))).ordered()


def _plausible(length: Floats, track: Integers) -> Floats:
    """Return lengths in seconds without stuck notes."""
    stuck = length > LONGEST_NOTE
    result = length.copy()
    for number in np.unique(track[stuck]):
        sound = length[(track == number) & ~stuck]
        result[stuck & (track == number)] = np.median(sound) if len(sound) else LONGEST_NOTE
    return np.maximum(result, 0.0)


def _pedal_spans(track: Any, end: float) -> Floats:
    """Return the (p, 2) times at which a track's sustain pedal goes down and up."""
    controls = track.controls.numpy()
    chosen = controls["number"] == SUSTAIN
    order = np.argsort(controls["time"][chosen], kind="stable")
    time = controls["time"][chosen][order].astype(np.float64)
    down = controls["value"][chosen][order] >= SUSTAIN
    edges = np.diff(np.concatenate([[False], down, [False]]).astype(np.int8))
    start = time[np.flatnonzero(edges == 1)]
    stop = np.append(time, max(end, time[-1] if len(time) else end))[np.flatnonzero(edges == -1)]
    return np.stack([start, stop], axis=1)


def merged(spans: Floats) -> Floats:
    """Return the union of (p, 2) time spans, ascending, without empty ones."""
    spans = spans[spans[:, 1] > spans[:, 0]]
    spans = spans[np.argsort(spans[:, 0])]
    if not len(spans):
        return spans
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.stack([spans[first, 0], reach[last]], axis=1)


def write_midi(notes: Notes, path: Path) -> None:
    """Write notes as a MIDI file, right to 0.25 ms, that a synthesiser plays as they are.

    Drums go to channel 10, the pedal to every pitched track. MIDI cannot hold two notes of one pitch on one
    track at once: such a note ends where the next begins.

    Raises
    ------
    NotesError
        If there are more than 15 pitched tracks, or the file cannot be written.
    """
    rate = TICKS_PER_QUARTER * TEMPO / 60
    score: Any = symusic.Score(TICKS_PER_QUARTER)
    score.tempos.append(symusic.Tempo(0, TEMPO))
    onset = np.round(notes.onset * rate).astype(np.int32)
    stop = np.round(np.minimum(notes.key_up, next_strike(notes)) * rate).astype(np.int32)
    length = np.maximum(stop - onset, 1)
    pedal = np.round(notes.pedal * rate).astype(np.int32)
    numbers = [int(number) for number in np.unique(notes.track)]
    pitched = sum(not notes.drum[notes.track == number].any() for number in numbers)
    if pitched > PITCHED_CHANNELS:
        raise NotesError(
            f"{path} would need {pitched} pitched channels; MIDI has {PITCHED_CHANNELS}.", "cannot be written"
        )
    for number in numbers:
        own = notes.track == number
        is_drum = bool(notes.drum[own].any())
        track: Any = symusic.Track(str(number), notes.program.get(number, 0), is_drum)
        track.notes = symusic.Note.from_numpy(
            onset[own], length[own], notes.pitch[own].astype(np.int8), notes.velocity[own].astype(np.int8)
        )
        if not is_drum and len(pedal):
            track.controls = symusic.ControlChange.from_numpy(
                pedal.ravel(),
                np.full(pedal.size, SUSTAIN, np.uint8),
                np.tile(np.array([127, 0], np.uint8), len(pedal)),
            )
        score.tracks.append(track)
    try:
        score.dump_midi(str(path))
    except Exception as error:  # symusic raises whatever its writer met
        raise NotesError(f"{path} cannot be written: {error}.", "cannot be written") from error


def read_maps(path: Path) -> Notes:
    """Return the notes of a MAPS table (Emiya et al. 2010): ``onset offset note velocity``, tab separated.

    Its offsets are extended by the pedal already, so they stand as ``key_up`` and there is no pedal.

    Raises
    ------
    NotesError
        If the file cannot be read, is not such a table (the line is named), or holds no notes.
    """
    columns = "onset, offset, note and velocity"
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise NotesError(f"{path} cannot be read: {error.strerror}.", "cannot be read") from error
    except UnicodeDecodeError as error:
        raise NotesError(f"{path} is not a table of {columns}, nor text.", "not a table") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip() and line[0] != "#":
            try:
                onset, offset, note, strength = map(float, line.split())
            except ValueError as error:
                raise NotesError(f"{path}, line {number}: {line!r} is not {columns}.", "not a table") from error
            if not (0 <= onset < np.inf and 0 <= offset < np.inf and 0 <= note <= 127 and 0 <= strength <= 127):
                raise NotesError(f"{path}, line {number}: {line!r} is not {columns} of a note.", "not a table")
            rows.append((onset, offset, note, strength))
    if not rows:
        raise NotesError(f"{path} holds no notes.", "no notes")
    table = np.array(rows)
    pitch, velocity = np.round(table[:, 2:]).astype(np.int64).T
    return Notes(
        onset=table[:, 0],
        key_up=np.maximum(table[:, 1], table[:, 0]),
        pitch=pitch,
        velocity=velocity,
        track=np.zeros(len(table), np.int64),
        drum=np.zeros(len(table), np.bool_),
        program={0: 0},
    ).ordered()


def next_strike(notes: Notes) -> Floats:
    """Return, per note, when its pitch is struck next on its track, in seconds (inf if never)."""
    order = np.lexsort((notes.onset, notes.pitch, notes.track))
    same = (np.diff(notes.track[order]) == 0) & (np.diff(notes.pitch[order]) == 0)
    result = np.full(len(notes), np.inf)
    result[order[:-1][same]] = notes.onset[order[1:][same]]
    return result


def sounding_offset(notes: Notes) -> Floats:
    """Return the (n,) times in seconds at which the notes stop to sound.

    A note sounds until its key-up; if the pedal is down then, until it goes up; never past the next strike of
    the same pitch on the same track.
    """
    stop = notes.key_up.copy()
    if len(notes.pedal):
        index = np.searchsorted(notes.pedal[:, 0], stop, side="right") - 1
        up = notes.pedal[np.maximum(index, 0), 1]
        stop = np.where((index >= 0) & (up > stop) & ~notes.drum, up, stop)
    return np.minimum(stop, np.maximum(next_strike(notes), notes.onset))


def cut(notes: Notes, start: float, stop: float) -> Notes:
    """Return the notes that begin in [start, stop), moved so that start is 0.

    Key-ups and the pedal are clipped to the span; times are in seconds.
    """
    part = notes.select((notes.onset >= start) & (notes.onset < stop))
    pedal = np.clip(notes.pedal, start, stop)
    return replace(
        part,
        onset=part.onset - start,
        key_up=np.minimum(part.key_up, stop) - start,
        pedal=pedal[pedal[:, 1] > pedal[:, 0]] - start,
    )
