"""What listeners would say of a changed performance, on the ratings of made pieces, whose every note is known."""

from dataclasses import replace

import numpy as np
import pytest

from midlevel_app.features import NAMES
from tests.training.ratings import pieces
from training.notes import sounding_offset
from training.ratings import Calibration, raw_terms
from training.ratings.melodiousness import top_line


@pytest.fixture(scope="module")
def measured():
    """Return the function that rates a made piece.

    On a scale with the spread of ratings, but linear: ranks among a few versions of one song are too coarse.
    """
    terms = np.array([raw_terms(piece) for piece in pieces.corpus()])
    calibration = Calibration.fit(terms)
    spread = calibration.composites(terms).std(axis=0)
    return lambda notes: dict(zip(NAMES, 1.8 * calibration.composites(raw_terms(notes)[None])[0] / spread, strict=True))


def sounding_shorter(notes, factor):
    """Return the notes with what sounds multiplied, without pedal."""
    return replace(notes, key_up=notes.onset + factor * (sounding_offset(notes) - notes.onset), pedal=pieces.NO_PEDAL)


def unpedalled(notes):
    return replace(notes, pedal=pieces.NO_PEDAL)


def louder_melody(notes):
    velocity = notes.velocity.copy()
    velocity[top_line(notes)] += 25
    return replace(notes, velocity=np.minimum(velocity, 127))


def without_melody(notes):
    return notes.select(np.setdiff1d(np.arange(len(notes)), top_line(notes)))


def scattered_melody(notes):
    pitch, line = notes.pitch.copy(), top_line(notes)
    pitch[line] += 12 * np.random.default_rng(0).integers(-2, 3, len(line))
    return replace(notes, pitch=np.clip(pitch, 21, 108)).ordered()


def tritone_every_three_seconds(notes):
    return replace(notes, pitch=notes.pitch + 6 * (notes.onset // 3 % 2 == 1)).ordered()


# Change, feature, direction.
CLAIMS = (
    (lambda notes: sounding_shorter(notes, 0.3), "articulation", 1),
    (lambda notes: pieces.pedalled(unpedalled(notes)), "articulation", -1),
    (lambda notes: pieces.jittered(notes, 0.06), "rhythmic_stability", -1),
    (pieces.rubato, "rhythmic_stability", -1),
    (pieces.with_semitones, "dissonance", 1),
    (pieces.with_semitones, "tonal_stability", -1),
    (pieces.with_semitones, "melodiousness", -1),
    (pieces.random_pitches, "dissonance", 1),
    (pieces.random_pitches, "tonal_stability", -1),
    (tritone_every_three_seconds, "tonal_stability", -1),
    (louder_melody, "melodiousness", 1),
    (scattered_melody, "melodiousness", -1),
    (without_melody, "melodiousness", -1),
)
IDS = [f"{number}-{feature}" for number, (_, feature, _) in enumerate(CLAIMS)]


@pytest.mark.parametrize(("change", "feature", "sign"), CLAIMS, ids=IDS)
def test_made_pieces_keep_the_claims(measured, change, feature, sign):
    for scale in (pieces.MAJOR, pieces.MINOR):
        for beat in (0.4, 0.6):
            plain = pieces.song(scale, beat=beat)
            assert sign * (measured(change(plain))[feature] - measured(plain)[feature]) > 0


def test_stability_falls_with_jitter(measured):
    found = [
        measured(pieces.jittered(pieces.song(), deviation))["rhythmic_stability"] for deviation in (0, 0.03, 0.06, 0.12)
    ]
    assert np.all(np.diff(found) <= 0)
    assert found[0] - found[2] > 1


def test_articulation_rises_with_shorter_notes_and_minorness_moves_less(measured):
    found = [measured(pieces.shorter(pieces.song(), factor)) for factor in (1, 0.6, 0.3)]
    articulation = np.array([ratings["articulation"] for ratings in found])
    minorness = np.array([ratings["minorness"] for ratings in found])
    assert np.all(np.diff(articulation) > 0.3)
    assert np.ptp(minorness) < np.ptp(articulation)


def test_minor_is_more_minor(measured):
    major, minor = (measured(pieces.song(scale))["minorness"] for scale in (pieces.MAJOR, pieces.MINOR))
    assert minor > major + 1


@pytest.mark.parametrize("semitones", [-3, 3])
def test_transposition_moves_no_rating_by_half_a_point(measured, semitones):
    for plain in (pieces.song(), pieces.random_pitches(pieces.song())):
        ratings, moved = measured(plain), measured(pieces.transposed(plain, semitones))
        assert max(abs(moved[name] - ratings[name]) for name in NAMES) < 0.5
