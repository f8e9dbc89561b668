"""The shipped example: its score, its performance, and the file in the assets."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import midlevel_app
from training.corpus.instruments import find_soundfont
from training.errors import RenderError
from training.example import PIANO, RATE, arc, clock, perform, render, section_spans, write_example
from training.minuets import BEATS, CLOSE, MINOR, SECTIONS, midi_number, read_line, token_beats
from training.notes import cut, sounding_offset

SHIPPED = Path(midlevel_app.__file__).parent / "assets" / "example.ogg"
needs_fluidsynth = pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="the command fluidsynth is not installed"
)
LEGATO, STACCATO, RUBATO, LIVELY = range(4)


def clusters(onset):
    """Onsets at least 50 ms after the one before: what the ear takes as one attack."""
    return onset[np.diff(onset, prepend=-1.0) > 0.05]


def part(index):
    """The notes of one section, with up to 50 ms of the pianist's early hand."""
    start, end = section_spans()[index]
    return cut(perform(), start - 0.05, end)


def sounding_ratio(notes):
    """Mean of sounding duration over the interval to the next attack."""
    attacks = clusters(notes.onset)
    place = np.searchsorted(attacks, notes.onset + 0.05)
    inside = place < len(attacks)
    interval = attacks[place[inside]] - notes.onset[inside]
    return np.mean((sounding_offset(notes) - notes.onset)[inside] / interval)


def envelope(sound):
    """RMS level in windows of 20 ms."""
    size = RATE // 50
    frames = sound[: len(sound) // size * size].reshape(-1, size * sound.shape[1])
    return np.sqrt((frames**2).mean(axis=1))


@pytest.fixture(scope="module")
def shipped():
    sound, rate = soundfile.read(SHIPPED, dtype="float32", always_2d=True)
    assert rate == RATE
    return sound


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_bar_of_every_voice_has_three_beats(section):
    assert len(section.bars) == 8
    for bar in section.bars:
        for line in filter(None, (bar.right, bar.left, bar.inner)):
            assert sum(token_beats(token) for token in line.split()) == BEATS, line


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_the_score_stays_in_its_key(section):
    """G major throughout; G minor with the leading note F sharp beside F."""
    scale = {7, 9, 10, 0, 2, 3, 5, 6} if section.bars is MINOR else {7, 9, 11, 0, 2, 4, 6}
    lines = [line for bar in section.bars for line in (bar.right, bar.left, bar.inner)]
    written = [note for line in lines for note in read_line(line)]
    used = {note.pitch % 12 for note in written} | {note.neighbour % 12 for note in written if note.neighbour}
    assert used == scale


def test_reading_a_line():
    low, high, ornamented, short = read_line("g3+bb3_ r/ c5~b4/ d5//")
    assert (low.pitch, high.pitch, ornamented.pitch, short.pitch) == (55, 58, 72, 74)
    assert (low.beats, ornamented.beats, short.beats) == (2, 0.5, 0.25)
    assert (high.below, high.top, low.top) == (1, True, False)
    assert (ornamented.beat, ornamented.neighbour) == (2.5, 71)
    with pytest.raises(ValueError, match="'h4' is not a note name"):
        midi_number("h4")


def test_the_performance_is_the_same_each_time():
    first, second = perform(), perform()
    for name in ("onset", "key_up", "pitch", "velocity", "pedal"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert 30 < first.end < 60


def test_notes_are_playable():
    """Every note has a length, and no key is struck while it is down."""
    notes = perform()
    assert (notes.key_up - notes.onset > 0.03).all()
    for pitch in np.unique(notes.pitch):
        own = notes.pitch == pitch
        assert (notes.onset[own][1:] > notes.key_up[own][:-1]).all()
    assert (np.diff(notes.pedal.ravel()) > 0).all()


def test_each_section_lasts_long_enough_to_be_seen():
    spans = section_spans()
    assert all(end - start > 8 for start, end in spans)
    assert all(after[0] > before[1] - 1e-9 for before, after in itertools.pairwise(spans))


def test_staccato_is_far_shorter_than_legato():
    legato, staccato, rubato = (sounding_ratio(part(index)) for index in (LEGATO, STACCATO, RUBATO))
    assert staccato < 0.3 * legato
    assert staccato < 0.3 * rubato
    assert len(part(STACCATO).pedal) == 0


def test_the_melody_is_louder_than_the_accompaniment_and_the_close_is_loudest():
    mean = [part(index).velocity.mean() for index in range(4)]
    assert mean[RUBATO] < mean[LEGATO] < mean[STACCATO] < mean[LIVELY] - 10
    for index in range(4):
        notes = part(index)
        high = notes.pitch >= midi_number("f4")
        assert notes.velocity[high].mean() > notes.velocity[~high].mean() + 8


def test_the_tempo_is_free_in_minor_and_steady_elsewhere():
    def unevenness(section):
        beats, seconds = clock(section)
        spans = np.diff(np.interp(np.arange(BEATS * 6 + 1), beats, seconds))  # before the last ritardando
        return spans.std() / spans.mean()

    legato, staccato, rubato, lively = map(unevenness, SECTIONS)
    assert rubato > 0.12
    assert max(legato, staccato, lively) < 0.05
    last = np.interp([BEATS * 7, BEATS * 8], *clock(SECTIONS[LIVELY]))
    assert np.diff(last) > 1.2 * BEATS * 60 / SECTIONS[LIVELY].tempo  # the piece closes with a ritardando


def test_the_phrase_arc_has_mean_zero():
    assert np.mean(arc(np.linspace(0, 12, 12_001)[:-1])) == pytest.approx(0, abs=1e-3)


def test_the_shipped_file_is_small_and_clean(shipped):
    seconds = len(shipped) / RATE
    assert 30 < seconds < 60
    assert SHIPPED.stat().st_size < 1_500_000
    assert 0.5 < np.abs(shipped).max() < 0.9
    assert np.abs(shipped.mean(axis=0)).max() < 1e-3
    assert np.abs(shipped[: RATE // 4]).max() < 1e-3
    assert np.abs(shipped[-RATE // 4 :]).max() < 1e-3


def test_the_shipped_file_sounds_where_notes_are_written(shipped):
    """The spectrum grows within 30 ms of every attack, and far less where nothing is struck."""
    hop, size = 256, 1024
    mono = np.concatenate([np.zeros(size // 2, np.float32), shipped.mean(axis=1)])
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    spectrum = np.log1p(1000 * np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    flux = np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1)
    time = (np.arange(len(flux)) + 0.5) * hop / RATE
    onset = perform().onset
    attacks = clusters(onset)
    at_attacks = np.array([flux[np.abs(time - attack) < 0.03].max() for attack in attacks])
    gap = np.abs(time[:, None] - onset).min(axis=1)
    between = flux[(gap > 0.06) & (time > attacks[0]) & (time < attacks[-1])]
    assert np.mean(at_attacks > np.quantile(between, 0.98)) > 0.95


def test_the_shipped_sections_differ_in_level(shipped):
    level = [
        20 * np.log10(np.sqrt((shipped[round(start * RATE) : round(end * RATE)] ** 2).mean()))
        for start, end in section_spans()
    ]
    assert level[RUBATO] < level[LEGATO] - 2
    assert level[LIVELY] > max(level[:LIVELY]) + 4


def test_the_card_beside_it_names_the_sections():
    card = json.loads(SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))
    assert [section["title"] for section in card["sections"]] == [section.title for section in SECTIONS]
    written = np.array([(section["start"], section["end"]) for section in card["sections"]])
    assert np.allclose(written, section_spans(), rtol=0, atol=0.01)


@needs_fluidsynth
def test_it_can_be_made_again(shipped, tmp_path):
    try:
        soundfont = find_soundfont(PIANO, ())
    except RenderError as error:
        pytest.skip(str(error))
    write_example(tmp_path / "again.ogg", soundfont)
    again, rate = soundfile.read(tmp_path / "again.ogg", dtype="float32", always_2d=True)
    assert rate == RATE
    assert len(again) == len(shipped)
    assert np.corrcoef(envelope(again), envelope(shipped))[0, 1] > 0.95
    card = (tmp_path / "again.json").read_text(encoding="utf-8")
    assert json.loads(card) == json.loads(SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))


@needs_fluidsynth
def test_a_file_that_is_no_soundfont_is_said_so(tmp_path):
    (tmp_path / "piano.sf2").write_text("no samples")
    with pytest.raises(RenderError, match=r"could not play with .*piano\.sf2"):
        render(perform(), tmp_path / "piano.sf2")


def test_a_missing_command_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="install the package fluidsynth"):
        render(perform(), tmp_path / "piano.sf2")


def test_the_last_chord_is_held_to_the_end():
    notes = perform()
    last = notes.key_up == notes.end
    assert set(notes.pitch[last]) == {note.pitch for line in ("b3+d4+g4", "g3 d3 g2") for note in read_line(line)}
    assert CLOSE[-1].right.startswith("b3+d4+g4")
