"""What people are told: kinds of ratings, the progress line, the summary table, the description of a model."""

import math
import shutil
import textwrap
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from midlevel_app.features import FEATURES
from midlevel_app.language import decimal_mark, tr, translatable

if TYPE_CHECKING:
    from midlevel_app.audio.block import Block
    from midlevel_app.model import ModelCard

KINDS = {
    "computed": translatable("computed ratings, not listeners'"),
    "listeners": translatable("listeners' ratings"),
}
"""How each kind of rating is named to people."""

SHOW_AFTER_SECONDS = 0.5
"""Work on one file that goes unreported: most files are done before a progress line could be read."""

_REDRAW_SECONDS = 0.1
_BAR = 24  # characters
_CELL = 8  # characters of a column of the summary, with the space before it
_NARROWEST_NAME = 16  # characters


def displayed(text: str) -> str:
    """Return text safe to print: a question mark for what is not printable, as names of files may hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class Progress:
    """A line on a terminal that tells how far the analysis of a file is; a context manager that clears it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = self._drawn = time.monotonic()
        self._shown = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._stream.write(f"\r{' ' * self._shown}\r")
            self._stream.flush()

    def watch(self, blocks: Iterable["Block"], label: str, duration: float | None) -> Iterator["Block"]:
        """Hand blocks on, and redraw the line now and then; ``duration`` in seconds, None if unknown."""
        for block in blocks:
            now = time.monotonic()
            if now - self._begun > SHOW_AFTER_SECONDS and now - self._drawn > _REDRAW_SECONDS:
                self._drawn = now
                self._draw(block.first_sample / block.rate, label, duration)
            yield block

    def _draw(self, seconds: float, label: str, duration: float | None) -> None:
        if duration:
            share = min(seconds / duration, 1.0)
            done = round(share * _BAR)
            state = f" {'#' * done}{'.' * (_BAR - done)} {100 * share:3.0f} %"
        else:
            state = f" {clock(seconds)}"
        columns = shutil.get_terminal_size().columns - 1
        line = fitted(displayed(label), columns - len(state)) + state
        self._stream.write("\r" + line.ljust(self._shown))
        self._stream.flush()
        self._shown = max(self._shown, len(line))


@dataclass(frozen=True)
class SummaryRow:
    """A recording, its length in seconds and the mean of each feature over it."""

    audio: Path
    duration: float
    means: tuple[float, ...]


def summary_table(rows: Sequence[SummaryRow], columns: int | None) -> str:
    """Return a table, one line for each recording: name, length, the mean of each feature.

    ``columns`` is the width of the terminal, to which long names are shortened at the front; None leaves
    them whole.
    """
    fixed = _CELL * (1 + len(FEATURES))
    names = [displayed(str(row.audio)) for row in rows]
    width = max([width_of(name) for name in names] + [_NARROWEST_NAME])
    if columns is not None:
        width = max(min(width, columns - fixed), _NARROWEST_NAME)
    labels = [feature.label.lower().split() for feature in FEATURES]
    upper = ["", *(words[0] if len(words) > 1 else "" for words in labels)]
    lower = ["length", *(words[-1] for words in labels)]
    lines = [" " * width + _cells(upper), "file".ljust(width) + _cells(lower)]
    for row, name in zip(rows, names, strict=True):
        short = fitted(name, width)
        values = [clock(round(row.duration)), *(f"{mean:.2f}" for mean in row.means)]
        lines.append(short + " " * (width - width_of(short)) + _cells(values))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cells(texts: Sequence[str]) -> str:
    longest = _CELL - 1
    return "".join((text if len(text) <= longest else f"{text[: longest - 1]}.").rjust(_CELL) for text in texts)


def clock(seconds: float, decimals: int = 0) -> str:
    """Write a time as ``m:ss``, from an hour on ``h:mm:ss``, with decimals of a second, in the window's language."""
    units = math.floor(seconds * 10**decimals + 1e-6)
    whole, part = divmod(units, 10**decimals)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}{decimal_mark()}{part:0{decimals}d}" if decimals else text


def width_of(text: str) -> int:
    """Columns that text takes on a terminal: two for wide East Asian letters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def fitted(text: str, columns: int) -> str:
    """Return text, shortened at the front to at most ``columns`` columns."""
    if width_of(text) <= columns:
        return text
    while text and width_of(text) > columns - 1:
        text = text[1:]
    return f"…{text}" if columns > 0 else ""


def model_line(name: str, card: "ModelCard") -> str:
    """One line for a model in the list."""
    return displayed(f"{name}  version {card.version}, {card.rating_kind} ratings: {card.description}") + "\n"


def claims_kept(card: "ModelCard") -> str:
    """How many of the claims about music a model keeps."""
    kept = len(card.claims) - len(claims_lost(card))
    return tr("claims about music kept: {kept} of {all}").format(kept=kept, all=len(card.claims))


def claims_lost(card: "ModelCard") -> list[str]:
    """The claims about music that a model does not keep, each with the share of the pieces in which it does."""
    lost = (claim for claim in card.claims if not claim["kept"])
    sentence = tr("{number} {claim} ({rate:.0%} of the pieces)")
    return [sentence.format(number=claim["number"], claim=claim["claim"], rate=claim["rate"]) for claim in lost]


def model_description(card: "ModelCard") -> str:
    """What a model is, from its card: kind of rating, time grid, training data, scores, claims, limits."""
    lines = [
        f"{card.name} {card.version}",
        *textwrap.wrap(card.description, 100),
        f"kind of rating:   {card.rating_kind}",
        f"a value every:    {card.step_seconds:.4g} s",
        f"a value describes {card.field_seconds:.4g} s",
    ]
    if card.training_data:
        lines.append("training data:")
        lines += [f"  {item['name']} ({item['licence']}): {item['use']}" for item in card.training_data]
    for score in card.scores:
        lines.append(
            f"score: {score['test']}, {score['clips']} clips of {score['works']} works, {score['ratings']} ratings:"
        )
        lines.append(f"  mean r {score['mean_r']:.2f}")
        lines += [f"  {name:<20} {value:5.2f}" for name, value in score["r"].items()]
    if card.claims:
        lines.append(claims_kept(card))
        lines += [f"  not kept: {claim}" for claim in claims_lost(card)]
    if card.limits:
        lines.append("limits:")
        lines += [f"  {limit}" for limit in card.limits]
    return "".join(f"{displayed(line)}\n" for line in lines)
