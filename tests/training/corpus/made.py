"""Small scores and performances for the corpus' tests."""

import zipfile

import numpy as np

from training.corpus.scores import Score
from training.notes import Notes

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def melody(pitches, pace=0.4):
    """Return a performance of one line."""
    onset = np.arange(len(pitches)) * pace
    ones = np.ones(len(pitches), np.int64)
    return Notes(onset, onset + pace, np.asarray(pitches), 80 * ones, 0 * ones, np.zeros(len(pitches), bool))


def score(bars=16, bar=4.0, beat=1.0):
    """Return a song: a scale in quarters, C and G major chords in turn on the bars, roots in the bass."""
    rows = []
    for number in range(bars):
        start, root = number * bar, (48, 43)[number % 2]
        rows += [(start + place, 1.0, 72 + place, 0) for place in range(int(bar))]
        rows += [(start, bar, root + 12 + tone, 1) for tone in (0, 4, 7)]
        rows.append((start, bar, root, 2))
    onset, duration, pitch, part = np.array(sorted(rows, key=lambda row: (row[0], row[2])), float).T
    return Score(onset, duration, pitch.astype(np.int64), part.astype(np.int64), bar, beat)


def write_score(path, pitches, accompaniment=True, upbeat=0):
    """Write a song as MusicXML, compressed if the path says so: pitches in quarters, 4/4, whole notes below."""

    def note(pitch, quarters, staff=1):
        name = NAMES[pitch % 12]
        alter = "<alter>1</alter>" if len(name) > 1 else ""
        pitched = f"<pitch><step>{name[0]}</step>{alter}<octave>{pitch // 12 - 1}</octave></pitch>"
        return f"<note>{pitched}<duration>{quarters}</duration><voice>{staff}</voice><staff>{staff}</staff></note>"

    first = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
    pitches = [int(pitch) for pitch in pitches]
    bars = [pitches[:upbeat]] if upbeat else []
    bars += [pitches[start : start + 4] for start in range(upbeat, len(pitches), 4)]

    def part(number, measures):
        body = "".join(
            f'<measure number="{place}">{first if place == 0 else ""}{content}</measure>'
            for place, content in enumerate(measures)
        )
        return f'<part id="P{number}">{body}</part>'

    voice = part(1, ["".join(note(pitch, 1) for pitch in bar) for bar in bars])
    lower = [
        note(60, len(bar)) + f"<backup><duration>{len(bar)}</duration></backup>" + note(43, len(bar), 2) for bar in bars
    ]
    names = '<score-part id="P1"><part-name>Voice</part-name></score-part>'
    if accompaniment:
        names += '<score-part id="P2"><part-name>Piano</part-name></score-part>'
    text = (
        '<?xml version="1.0"?><score-partwise version="3.1"><part-list>'
        f"{names}</part-list>{voice}{part(2, lower) if accompaniment else ''}</score-partwise>"
    )
    if path.suffix == ".mxl":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "META-INF/container.xml",
                '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>',
            )
            archive.writestr("score.xml", text)
    else:
        path.write_text(text)
