"""The text the command prints: the summary table, and its pieces."""

from dataclasses import replace
from pathlib import Path

import pytest

from midlevel_app.features import FEATURES
from midlevel_app.report import SummaryRow, clock, displayed, fitted, model_description, summary_table, width_of
from tests.app.tiny_model import TINY_CARD


def test_table_fits_a_terminal_and_stays_aligned():
    rows = [
        SummaryRow(Path("a/very/long/path/that/nobody/wants/to/read/in/full.flac"), 3725.0, (5.0,) * 7),
        SummaryRow(Path("前奏曲.wav"), 61.4, (10.0,) * 7),
        SummaryRow(Path("short.wav"), 0.4, (float("nan"),) * 7),
    ]
    lines = summary_table(rows, 90).splitlines()
    assert {width_of(line) for line in lines[1:]} == {90}
    assert lines[2].startswith("…")
    assert "1:02:05" in lines[2]
    assert str(rows[0].audio) in summary_table(rows, None)
    assert len(lines[1].split()) == 2 + len(FEATURES)


@pytest.mark.parametrize(
    ("seconds", "decimals", "text"),
    [
        (0.0, 0, "0:00"), (61.0, 0, "1:01"), (3599.99, 0, "59:59"), (3600.0, 0, "1:00:00"), (0.3, 1, "0:00.3"),
        (59.96, 1, "0:59.9"), (7325.25, 2, "2:02:05.25"), (0.1 + 0.2, 1, "0:00.3"),
    ],
)  # fmt: skip
def test_clock(seconds, decimals, text):
    assert clock(seconds, decimals) == text


def test_pieces_of_the_report():
    assert displayed("a\x1b[31m\nb\udce9é") == "a?[31m?b?é"
    assert fitted("abcdef", 4) == "…def"
    assert fitted("前奏曲", 4) == "…曲"


def test_claims_that_a_model_does_not_keep_are_named():
    def described(*kept):
        claims = tuple(
            {"number": number, "claim": f"claim {number}", "rate": 0.75, "kept": one}
            for number, one in enumerate(kept, 1)
        )
        return model_description(replace(TINY_CARD, claims=claims))

    text = described(False, True, False)
    assert "claims about music kept: 1 of 3\n  not kept: 1 claim 1 (75% of the pieces)\n  not kept: 3 claim 3" in text
    assert "claims about music kept: 2 of 2\n" in described(True, True)
    assert "not kept" not in described(True, True)
    assert "claims" not in described()
