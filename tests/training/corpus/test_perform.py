"""Performances go from deadpan to free, and hold all notes of the score."""

import numpy as np

from tests.training.corpus.made import score
from training.corpus.arrange import Arrangement, arrange
from training.corpus.perform import perform, stretch
from training.notes import sounding_offset

RATE = 2.0


def piano(closes=False, seeds=range(80)):
    song = score(8)
    alone = Arrangement(song, {0: 0, 1: 0, 2: 0}, np.zeros(len(song.onset)))
    return [perform(alone, RATE, closes, np.random.default_rng(seed)) for seed in seeds]


def test_performances_are_whole_and_in_order():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        arranged = arrange(score(8), seed % 2 == 0, rng)
        notes = perform(arranged, RATE, seed % 3 == 0, rng)
        assert len(notes) == len(arranged.score.onset)
        assert (np.diff(notes.onset) >= 0).all()
        assert (notes.onset >= 0).all()
        assert (notes.key_up > notes.onset).all()
        assert np.isfinite(notes.key_up).all()
        assert notes.velocity.min() >= 1
        assert notes.velocity.max() <= 127
        assert (notes.pedal[:, 1] > notes.pedal[:, 0]).all()


def test_from_deadpan_to_free():
    deviation = []
    for notes in piano():
        melody = notes.onset[notes.track == 0]
        deviation.append(float(np.std(np.diff(melody)) / np.diff(melody).mean()))
    assert np.mean(np.array(deviation) < 1e-6) > 0.1
    assert max(deviation) > 0.1
    assert max(deviation) < 0.5


def test_the_mean_tempo_is_as_asked():
    for notes in piano():
        assert abs(notes.onset.max() - 31 / RATE) < 0.1 * 31 / RATE


def test_a_piece_that_closes_slows_down_at_its_end():
    slower = [np.diff(n.onset[n.track == 0])[-1] / np.diff(n.onset[n.track == 0])[:16].mean() for n in piano(True)]
    assert np.median(slower) > 1.15
    assert max(slower) < 4


def test_articulation_loudness_and_pedal_vary():
    played = piano()
    held = [float(((n.key_up - n.onset)[n.track == 0]).mean() * RATE) for n in played]
    assert min(held) < 0.4
    assert max(held) > 0.9
    assert np.ptp([n.velocity.mean() for n in played]) > 25
    pedalled = [n for n in played if len(n.pedal)]
    assert 0.5 < len(pedalled) / len(played) < 0.95
    for notes in pedalled:
        assert (sounding_offset(notes) >= notes.key_up - 1e-9).mean() > 0.5
        assert notes.pedal.max() <= notes.end + 1e-9


def test_only_instruments_with_a_pedal_use_it():
    song = score(8)
    band = Arrangement(song, {0: 73, 1: 4, 2: 32}, np.zeros(len(song.onset)))
    assert all(not len(perform(band, RATE, False, np.random.default_rng(seed)).pedal) for seed in range(20))


def test_a_stretch_begins_with_a_bar_and_is_long_enough():
    song = score(40)
    song.pitch[-1] = 90
    starts = set()
    for seed in range(40):
        part = stretch(song, 15.0, np.random.default_rng(seed))
        assert part.score.onset.min() == 0
        assert part.score.pitch[0] in (43, 48)  # the bass of a bar
        assert part.closes == (90 in part.score.pitch)
        starts.add((int(part.score.pitch[0]), round(part.rate, 3)))
        assert part.score.onset.max() <= 15.0 * part.rate
    assert len(starts) > 20
    short = stretch(score(2), 15.0, np.random.default_rng(0))
    assert short.closes
    assert len(short.score.onset) == len(score(2).onset)
