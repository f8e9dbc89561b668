"""The composed pieces: each is of its kind, differs with its random numbers, and comes out the same again."""

import numpy as np
import pytest

from training.claims import studies
from training.claims.cases import composed
from training.claims.material import SECONDS
from training.corpus.edits import best_key

KINDS = (
    studies.march,
    studies.rag,
    studies.recitative,
    studies.nocturne,
    studies.staccato_study,
    studies.cluster_study,
    studies.bagatelle,
)


@pytest.mark.parametrize("composer", KINDS)
def test_pieces_fill_the_clip_and_differ(composer):
    pieces = composed(composer, 6)
    for piece in pieces:
        assert 20 < len(piece.notes) < 300
        assert SECONDS - 3 < piece.notes.onset[-1] < SECONDS
        assert 21 <= piece.notes.pitch.min() <= piece.notes.pitch.max() <= 108
        assert 1 <= piece.notes.velocity.min() <= piece.notes.velocity.max() <= 127
    assert len({piece.work for piece in pieces}) == len({piece.notes.pitch.tobytes() for piece in pieces}) == 6
    assert composer(np.random.default_rng(2)).notes.onset.tobytes() == pieces[2].notes.onset.tobytes()


def off_beat(piece):
    """Share of the onsets that fall on no beat of the left hand."""
    onset, low = piece.notes.onset, piece.notes.onset[piece.notes.pitch < 60]
    return float((np.abs(onset[:, None] - low[None, :]).min(axis=1) > 0.05).mean())


def test_each_kind_is_what_it_is_called():
    rng = np.random.default_rng(0)
    march, rag, recitative = studies.march(rng), studies.rag(rng), studies.recitative(rng)
    assert off_beat(rag) > off_beat(march) + 0.1
    steps = [np.diff(np.unique(np.round(piece.notes.onset, 3))) for piece in (march, recitative)]
    assert len(np.unique(np.round(steps[0], 2))) < 6 < len(np.unique(np.round(steps[1], 2)))
    nocturne, staccato = studies.nocturne(rng), studies.staccato_study(rng)
    assert len(nocturne.notes.pedal) > 5
    assert not len(staccato.notes.pedal)
    lengths = [np.median(piece.notes.key_up - piece.notes.onset) for piece in (nocturne, staccato)]
    assert lengths[0] > 2 * lengths[1]


def test_preludes_figure_is_in_c_minor():
    prelude = studies.minor_prelude(0, 0.8)
    assert best_key(prelude.notes) == (0, True)
    assert np.diff(np.unique(prelude.notes.onset)) == pytest.approx(0.2)
    assert len(prelude.notes) == 2 * len(np.unique(prelude.notes.onset))
    assert studies.minor_prelude(2, 0.8).notes.pitch[0] != prelude.notes.pitch[1]


def test_ladder_differs_in_its_chord_alone():
    first, last = (studies.chords(studies.LADDER[name], np.random.default_rng(5)) for name in ("octave", "cluster"))
    assert np.unique(first.notes.onset) == pytest.approx(np.unique(last.notes.onset))
    assert first.notes.pitch[::2].tolist() == last.notes.pitch[::4].tolist()
