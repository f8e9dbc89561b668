"""Arrangements keep the melody, and their drums, basses and accompaniments are in the metre and the harmony."""

from collections import Counter

import numpy as np
import pytest

from tests.training.corpus.made import score
from training.corpus.accompany import BASS_LINES, TEXTURES, bass_line, harmony, texture, with_part
from training.corpus.arrange import DRUMS, GENRES, arrange
from training.corpus.drums import GROOVES, drum_part, metre
from training.corpus.instruments import ENSEMBLES, HIGHEST_PITCHES, PIANO
from training.corpus.scores import BASS, MELODY, UPPER

METRES = {"four": (4.0, 1.0), "three": (3.0, 1.0), "compound": (3.0, 1.5)}


def test_metre():
    for name, (bar, beat) in METRES.items():
        assert metre(score(bar=bar, beat=beat)) == name
    assert metre(score(bar=2.0)) == "four"


def test_harmony_finds_the_chords():
    chords = harmony(score(4), 4.0)
    assert chords.root == (0, 7, 0, 7)
    assert all(set(chord) >= {root, (root + 4) % 12} for root, chord in zip(chords.root, chords.chord, strict=True))


@pytest.mark.parametrize("name", BASS_LINES)
def test_a_bass_line_stands_on_the_roots(name):
    chords = harmony(score(8), 4.0)
    rows = bass_line(chords, BASS_LINES[name], 32.0, np.random.default_rng(0))
    onset, duration, pitch = np.array(rows).T
    assert (pitch >= 26).all()
    assert (pitch <= HIGHEST_PITCHES[BASS]).all()
    assert (onset + duration <= 32).all()
    on_root = pitch % 12 == np.array(chords.root)[(onset // 4).astype(int)]
    assert on_root.mean() >= (0.25 if name == "walking" else 0.5)


@pytest.mark.parametrize("name", TEXTURES)
def test_an_accompaniment_holds_chord_tones_and_replaces_the_written_one(name):
    song = score(8)
    chords = harmony(song, 4.0)
    rows = texture(chords, name, 1.0, np.random.default_rng(0))
    for onset, _, pitch in rows:
        allowed = {0, 7} if name == "drone" else set(chords.chord[int(onset // 4)])
        assert int(pitch) % 12 in allowed
    again = with_part(song, rows, UPPER)
    assert (again.part == UPPER).sum() == len(rows)
    assert np.array_equal(again.pitch[again.part == MELODY], song.pitch[song.part == MELODY])
    assert (np.diff(again.onset) >= 0).all()


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in GROOVES.items() for name in names])
def test_drums_keep_their_pattern(kind, name):
    pattern = GROOVES[kind][name]
    steps = 16 if kind == "four" else 12
    assert {len(line) for line in pattern.values()} == {steps}
    played = [drum_part(pattern, 32 * steps / 4, np.random.default_rng(seed)) for seed in range(6)]
    for strokes in played:
        assert strokes.onset.min() >= 0
        assert strokes.onset.max() < 8 * steps
        assert np.allclose(strokes.onset * 4, np.round(strokes.onset * 4))
        assert len(strokes.onset) == len(strokes.pitch) == len(strokes.weight)
        drum, line = next(iter(pattern.items()))
        places = np.round(strokes.onset[strokes.pitch == drum] * 4).astype(int) % steps
        common = Counter(places.tolist()).most_common(sum(mark != "." for mark in line))
        assert {place for place, _ in common} == {place for place, mark in enumerate(line) if mark != "."}
    assert len({len(strokes.onset) for strokes in played}) > 1  # with or without fills and ghost notes


@pytest.mark.parametrize("kind", METRES)
def test_arrangements_are_of_many_kinds_and_without_piano(kind):
    bar, beat = METRES[kind]
    song = score(16, bar, beat)
    drums, players, weights = 0, set(), set()
    for seed in range(150):
        found = arrange(song, False, np.random.default_rng(seed))
        assert PIANO not in found.program.values()
        parts = set(found.score.part.tolist())
        assert parts - {DRUMS} <= set(found.program)
        drums += DRUMS in parts
        players.add(tuple(found.program.values()))
        weights |= set(found.weight.tolist())
        assert len(found.weight) == len(found.score.onset)
        melody = found.score.part == MELODY
        assert np.array_equal(found.score.pitch[melody], song.pitch[song.part == MELODY])
        assert (found.score.duration > 0).all()
    assert 40 < drums < 110
    assert len(players) > 75
    assert min(weights) < 0 < max(weights)  # ghost notes and accents


def test_the_piano_plays_alone():
    song = score()
    for seed in range(30):
        found = arrange(song, True, np.random.default_rng(seed))
        assert set(found.program.values()) == {PIANO}
        assert DRUMS not in found.score.part


def test_high_notes_come_down_to_where_instruments_sound():
    song = score()
    song.pitch[:] += 24
    for seed in range(40):
        found = arrange(song, False, np.random.default_rng(seed))
        if len(set(found.program.values())) > 1:
            for part, highest in enumerate(HIGHEST_PITCHES):
                assert (found.score.pitch[found.score.part == part] <= highest).all()


def test_genres_name_what_exists():
    for genre in GENRES.values():
        assert set(genre.ensembles) <= set(ENSEMBLES)
        assert set(genre.grooves) <= set(GROOVES["four"])
        assert set(genre.bass_lines) <= set(BASS_LINES)
        assert set(genre.textures) <= set(TEXTURES)
    assert sum(genre.share for genre in GENRES.values()) == pytest.approx(1)
