"""Notes: reading, writing, cutting, and when they stop to sound."""

import pickle
import struct
from dataclasses import replace

import numpy as np
import pytest

from training.errors import NotesError
from training.notes import (
    LONGEST_NOTE,
    Notes,
    cut,
    merged,
    next_strike,
    read_maps,
    read_midi,
    sounding_offset,
    write_midi,
)

ON, OFF, PEDAL, LATER = b"\x90", b"\x80", b"\xb0\x40", b"\x83\x60"  # LATER is 480 ticks, 0.5 s


def midi(body, kind=0, division=480):
    """Return a MIDI file of one track; `body` is its events with their delta times."""
    track = body + b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, kind, 1, division) + b"MTrk" + struct.pack(">I", len(track)) + track


def read(tmp_path, data):
    path = tmp_path / "take.mid"
    path.write_bytes(data)
    return read_midi(path)


def some_notes(seed=0, size=200):
    random = np.random.default_rng(seed)
    track = random.integers(0, 4, size)
    onset = np.round(random.uniform(0, 60, size), 4)
    notes = Notes(
        onset=onset,
        key_up=onset + random.uniform(0.03, 2, size),
        pitch=random.integers(21, 109, size),
        velocity=random.integers(1, 128, size),
        track=track,
        drum=track == 2,
        pedal=np.array([[0.5, 1.25], [3.0, 9.125], [40.0, 41.0]]),
        program={0: 0, 1: 40, 2: 0, 3: 73},
    ).ordered()
    return replace(notes, key_up=np.minimum(notes.key_up, next_strike(notes)))


@pytest.mark.parametrize("seed", range(5))
def test_midi_returns_what_was_written(tmp_path, seed):
    notes = some_notes(seed)
    write_midi(notes, tmp_path / "round.mid")
    again = read_midi(tmp_path / "round.mid")
    order = [np.lexsort((some.onset, some.pitch, some.track)) for some in (notes, again)]
    for name in ("pitch", "velocity", "track", "drum"):
        np.testing.assert_array_equal(getattr(notes, name)[order[0]], getattr(again, name)[order[1]])
    for name in ("onset", "key_up"):
        np.testing.assert_allclose(getattr(notes, name)[order[0]], getattr(again, name)[order[1]], atol=1e-3)
    np.testing.assert_allclose(again.pedal, notes.pedal, atol=1e-3)
    assert again.program == notes.program


def test_drums_are_on_channel_ten_and_have_no_pedal(tmp_path):
    notes = replace(some_notes(), track=np.zeros(200, np.int64), drum=np.ones(200, bool), program={0: 0})
    write_midi(notes, tmp_path / "drums.mid")
    data = (tmp_path / "drums.mid").read_bytes()
    assert b"\x99" in data
    assert b"\xb9\x40" not in data
    assert read_midi(tmp_path / "drums.mid").drum.all()


def test_fifteen_pitched_tracks_are_the_most(tmp_path):
    size = 16
    notes = replace(some_notes(size=size), track=np.arange(size), drum=np.arange(size) == 5, program={})
    write_midi(notes, tmp_path / "band.mid")
    assert len(read_midi(tmp_path / "band.mid").program) == size
    with pytest.raises(NotesError, match="16 pitched channels"):
        write_midi(replace(notes, drum=np.zeros(size, bool)), tmp_path / "band.mid")


def test_writing_into_a_missing_folder_says_so(tmp_path):
    with pytest.raises(NotesError, match=r"gone.take\.mid cannot be written"):
        write_midi(some_notes(), tmp_path / "gone" / "take.mid")


def test_velocity_zero_ends_a_note(tmp_path):
    notes = read(tmp_path, midi(b"\x00" + ON + b"\x3c\x40" + LATER + ON + b"\x3c\x00"))
    np.testing.assert_allclose([notes.onset[0], notes.key_up[0]], [0, 0.5])
    assert len(notes) == 1


def test_a_pedal_never_released_ends_with_the_last_note(tmp_path):
    notes = read(tmp_path, midi(b"\x00" + PEDAL + b"\x7f\x00" + ON + b"\x3c\x40" + LATER + OFF + b"\x3c\x00"))
    np.testing.assert_allclose(notes.pedal, [[0, 0.5]])


@pytest.mark.parametrize(("value", "count"), [(0x3F, 0), (0x40, 1)])
def test_the_pedal_is_down_from_64_on(tmp_path, value, count):
    body = b"\x00" + PEDAL + bytes([value]) + b"\x00" + ON + b"\x3c\x40" + LATER + OFF + b"\x3c\x00"
    assert len(read(tmp_path, midi(body)).pedal) == count


def test_a_stuck_note_gets_the_usual_length(tmp_path):
    minutes = b"\x87\xa0\x00"  # 118,784 ticks, two minutes
    body = b"\x00" + ON + b"\x3c\x40\x00" + ON + b"\x40\x40" + LATER + OFF + b"\x40\x00" + minutes + OFF + b"\x3c\x00"
    notes = read(tmp_path, midi(body))
    np.testing.assert_allclose(notes.key_up - notes.onset, [0.5, 0.5])
    alone = read(tmp_path, midi(b"\x00" + ON + b"\x3c\x40" + minutes + OFF + b"\x3c\x00"))
    assert alone.end == LONGEST_NOTE


def tempo(microseconds):
    return b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big")


NOTE = b"\x00" + ON + b"\x3c\x40" + LATER + OFF + b"\x3c\x00"


@pytest.mark.parametrize(
    ("data", "reason", "text"),
    [
        (b"", "not MIDI", "is not a MIDI file"),
        (b"a letter, not music", "not MIDI", "is not a MIDI file"),
        (b"MThd" + bytes(range(200)), "damaged", "damaged MIDI"),
        (midi(b""), "no notes", "holds no notes"),
        (midi(b"\x00" + ON + b"\x3c\x40"), "no notes", "holds no notes"),
        (midi(NOTE, kind=2), "MIDI type 2", "type 2"),
        (midi(NOTE, kind=9), "damaged", "damaged MIDI"),
        (midi(NOTE)[:-6], "damaged", "damaged MIDI"),
        (midi(NOTE, division=0xE250), "damaged", "damaged MIDI"),
        (midi(NOTE, division=0), "damaged", "not a number"),
        (midi(tempo(0) + NOTE), "absurd tempo", "tempo of inf"),
        (midi(NOTE + tempo(0) + NOTE), "absurd tempo", "tempo of inf"),
        (midi(tempo(1) + NOTE), "absurd tempo", r"tempo of 6e\+07"),
        (midi(tempo(0xFFFFFF) + NOTE), "absurd tempo", "tempo of 3.57"),
    ],
)
def test_a_bad_midi_file_is_named_with_the_reason(tmp_path, data, reason, text):
    with pytest.raises(NotesError, match=rf"take\.mid .*{text}") as caught:
        read(tmp_path, data)
    assert caught.value.reason == reason


def test_a_tempo_after_the_last_note_does_no_harm(tmp_path):
    notes = read(tmp_path, midi(NOTE + NOTE + b"\x83\x60" + tempo(0)[1:]))
    np.testing.assert_allclose(notes.onset, [0, 0.5])


def test_the_reason_survives_another_process():
    error = pickle.loads(pickle.dumps(NotesError("take.mid holds no notes.", "no notes")))
    assert (str(error), error.reason) == ("take.mid holds no notes.", "no notes")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotesError, match=r"gone\.mid cannot be read"):
        read_midi(tmp_path / "gone.mid")
    with pytest.raises(NotesError, match=r"gone\.tsv cannot be read"):
        read_maps(tmp_path / "gone.tsv")


def test_a_maps_table_is_read(tmp_path):
    path = tmp_path / "take.tsv"
    path.write_text("# onset,offset,note,velocity\n1.5\t2.0\t62.0\t74.0\n0.5\t3.0\t60.0\t64.0\n")
    notes = read_maps(path)
    np.testing.assert_array_equal(notes.pitch, [60, 62])
    np.testing.assert_allclose(notes.key_up, [3.0, 2.0])
    np.testing.assert_array_equal(notes.velocity, [64, 74])
    assert not len(notes.pedal)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ttwo\n", 1),
        ("1\t2\t60\n", 1),
        ("1\t2\t60\tnan\n", 1),
        ("1\tinf\t60\t64\n", 1),
        ("-1\t2\t60\t64\n", 1),
        ("1\t2\t60\t640\n", 1),
        ("# onset,offset,note,velocity\n\n1\t2\t60\t64\n1\t2\n", 4),
    ],
)
def test_the_bad_line_of_a_maps_table_is_named(tmp_path, text, line):
    path = tmp_path / "take.tsv"
    path.write_text(text)
    with pytest.raises(
        NotesError, match=rf"take\.tsv, line {line}: .* is not onset, offset, note and velocity"
    ) as caught:
        read_maps(path)
    assert caught.value.reason == "not a table"


@pytest.mark.parametrize("text", ["", "# onset,offset,note,velocity\n"])
def test_an_empty_maps_table_is_named(tmp_path, text):
    path = tmp_path / "take.tsv"
    path.write_text(text)
    with pytest.raises(NotesError, match=r"take\.tsv holds no notes") as caught:
        read_maps(path)
    assert caught.value.reason == "no notes"


def test_a_maps_table_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "take.tsv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotesError, match=r"take\.tsv is not a table of onset"):
        read_maps(path)


def line(onset, key_up, pitch, pedal=(), track=None, drum=False):
    size = len(onset)
    return Notes(
        onset=np.array(onset, float),
        key_up=np.array(key_up, float),
        pitch=np.array(pitch),
        velocity=np.full(size, 64),
        track=np.zeros(size, np.int64) if track is None else np.array(track),
        drum=np.full(size, drum),
        pedal=np.array(pedal, float).reshape(-1, 2),
    )


def test_the_pedal_holds_what_is_released_while_it_is_down():
    notes = line([0, 0, 0], [0.5, 1.5, 2.5], [60, 64, 67], pedal=[[1, 2]])
    np.testing.assert_allclose(sounding_offset(notes), [0.5, 2.0, 2.5])
    np.testing.assert_allclose(sounding_offset(replace(notes, drum=np.ones(3, bool))), notes.key_up)


def test_the_next_strike_of_a_pitch_ends_it_on_its_own_track():
    notes = line([0, 1, 1, 2], [0.5, 1.5, 1.5, 2.5], [60, 60, 62, 60], pedal=[[0, 4]])
    np.testing.assert_allclose(sounding_offset(notes), [1, 2, 4, 4])
    other = replace(notes, track=np.array([0, 1, 0, 0]))
    np.testing.assert_allclose(sounding_offset(other), [2, 4, 4, 4])


def test_a_cut_begins_at_nought_and_clips_ends_and_pedal():
    notes = line([0, 1, 2, 3], [1.5, 1.4, 9, 4], [60, 62, 64, 65], pedal=[[0, 0.5], [0.8, 1.2], [2.5, 5]])
    part = cut(notes, 1, 3)
    np.testing.assert_allclose(part.onset, [0, 1])
    np.testing.assert_allclose(part.key_up, [0.4, 2])
    np.testing.assert_allclose(part.pedal, [[0, 0.2], [1.5, 2]])
    assert len(cut(notes, 20, 30)) == 0


def test_cuts_share_out_all_notes():
    notes = some_notes()
    parts = [cut(notes, start, start + 7) for start in range(0, 63, 7)]
    assert sum(len(part) for part in parts) == len(notes)
    assert all((part.onset >= 0).all() and part.end <= 7 for part in parts)


def test_merged_spans_are_apart_and_cover_the_same():
    random = np.random.default_rng(1)
    start = random.uniform(0, 50, 40)
    spans = np.stack([start, start + random.uniform(0, 2, 40)], axis=1)
    union = merged(spans)
    assert (union[1:, 0] > union[:-1, 1]).all()
    moments = np.linspace(0, 53, 5000)[:, None]
    np.testing.assert_array_equal(
        ((moments >= spans[:, 0]) & (moments < spans[:, 1])).any(axis=1),
        ((moments >= union[:, 0]) & (moments < union[:, 1])).any(axis=1),
    )


def test_the_kit_can_be_read_and_written(kit, tmp_path):
    files = [*sorted((kit / "piano_rolls").glob("*.mid"))[::80], *sorted((kit / "freedoom").glob("*.mid"))[::20]]
    for file in files:
        part = cut(read_midi(file), 20, 35)
        write_midi(part, tmp_path / "part.mid")
        again = read_midi(tmp_path / "part.mid")
        np.testing.assert_allclose(np.sort(again.onset), np.sort(part.onset), atol=1e-3, err_msg=file.name)
    for file in sorted((kit / "maps_disklavier").glob("*.tsv")):
        notes = read_maps(file)
        assert len(notes) > 100
        assert (np.diff(notes.onset) >= 0).all()
