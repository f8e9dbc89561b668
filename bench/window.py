"""The window's measurements: a real window in a process of its own, offscreen and, where there is one, under Xvfb."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import soundfile

from bench.measures import LOOP_SECONDS, RATE, Row, clock, first_paint, make_recording
from tests import sound_server
from tests.tones import piano_like

TEN = 10

# What must hold.
BLOCKED_MS = 50.0
PEAK_MB = 700.0
GROWTH_MB = 15.0  # of ten files: less than one of them takes while it is open


@dataclass(frozen=True)
class Lengths:
    """Seconds of the recordings: one to play, a long one, and each of ten to open in turn."""

    play: int
    long: int
    each: int


FULL = Lengths(3600, 3 * 3600, 120)
QUICK = Lengths(60, 60, 20)


def window_rows(folder: Path, lengths: Lengths) -> list[Row]:
    """Measure on each platform; makes its recordings in ``folder``."""
    mp3, long = folder / "play.mp3", folder / "long.flac"
    _make_mp3(mp3, lengths.play)
    make_recording(long, lengths.long)
    several = [folder / f"turn-{number}.flac" for number in range(TEN)]
    for file in several:
        make_recording(file, lengths.each)
    rows = []
    for name, platform in (("offscreen", _offscreen), ("Xvfb", _xvfb)):
        if name == "Xvfb" and shutil.which("Xvfb") is None:
            rows.append(Row("window under Xvfb: not measured, Xvfb is not installed", ""))
            continue
        with platform() as environment, _sound(folder) as sound:
            rows += _rows(name, {**environment, **sound}, mp3, long, several, lengths)
    return rows


def _rows(
    name: str, environment: dict[str, str], mp3: Path, long: Path, several: list[Path], lengths: Lengths
) -> list[Row]:
    """All rows of one platform."""

    def found(task: str, *files: Path) -> dict[str, float]:
        return _task(environment, task, *files)

    curve = found("first_curve", mp3)["seconds"]
    play, kept, turn = found("play", mp3), found("long_file", long), found("in_turn", *several)
    blocked, growth = play["longest_ms"], turn["late_mb"] - turn["early_mb"]
    length = clock(lengths.long)
    rows = []
    if environment["QT_QPA_PLATFORM"] == "xcb":  # offscreen it stands among the starts
        paint = first_paint(environment)
        rows.append(Row(f"{name}: from start to first paint", f"{paint:.2f} s", "", "< 1.00 s", paint < 1.0))
    return [
        *rows,
        Row(f"{name}: first curve of {clock(lengths.play)} mp3", f"{curve:.2f} s", "", "< 1.00 s", curve < 1.0),
        Row(
            f"{name}: frames a second, playing and analysing",
            f"{play['frames']:.0f}",
            "",
            ">= 30",
            play["frames"] >= 30,
        ),
        Row(
            f"{name}: window blocked at most, playing and analysing",
            f"{blocked:.0f} ms",
            f"{play['idle_longest_ms']:.0f} ms",
            "<= 50 ms",
            blocked <= BLOCKED_MS,
        ),
        Row(f"{name}: the same, 99 of 100 beats", f"{play['p99_ms']:.0f} ms", f"{play['idle_p99_ms']:.0f} ms"),
        Row(f"{name}: dropouts while playing and analysing", f"{play['dropouts']:.0f}"),
        Row(f"{name}: window blocked at most, opening", f"{play['opening_longest_ms']:.0f} ms"),
        Row(
            f"{name}: peak memory with {length}",
            f"{kept['peak_mb']:.0f} MB",
            f"{kept['empty_mb']:.0f} MB",
            "< 700 MB",
            kept["peak_mb"] < PEAK_MB,
        ),
        Row(f"{name}: window blocked at most, reading {length}", f"{kept['reading_ms']:.0f} ms"),
        Row(f"{name}: window blocked at most, zooming in {length}", f"{kept['acting_ms']:.0f} ms"),
        Row(
            f"{name}: memory after ten files, against the second to fifth",
            f"{turn['late_mb']:.0f} MB",
            f"{turn['early_mb']:.0f} MB",
            f"+ {GROWTH_MB:.0f} MB",
            growth < GROWTH_MB,
        ),
        Row(f"{name}: threads left after ten files", f"{turn['threads']:.0f}", "", "0", turn["threads"] == 0),
    ]


def _task(environment: dict[str, str], task: str, *files: Path) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.window_tasks", task, *map(str, files)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(f"the window's task {task} failed: {answer.stderr[-2000:]}")
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def _make_mp3(path: Path, seconds: int) -> None:
    loop = piano_like(LOOP_SECONDS, RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, format="MP3") as file:
        for start in range(0, seconds, LOOP_SECONDS):
            file.write(loop[: (seconds - start) * RATE])


@contextmanager
def _offscreen() -> Iterator[dict[str, str]]:
    yield {"QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def _xvfb() -> Iterator[dict[str, str]]:
    """Run an X server of 1600 x 1000."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            number = os.read(reading, 16).decode().strip()  # it writes once it is up
            if not number:
                raise RuntimeError("Xvfb did not start")
            yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
        finally:
            os.close(reading)
            server.terminate()


@contextmanager
def _sound(folder: Path) -> Iterator[dict[str, str]]:
    """Run a sound server whose devices are all null; without PulseAudio there is no sound, and no playing."""
    home = folder / f"sound-{time.monotonic_ns()}"
    home.mkdir()
    with sound_server.running(home):
        yield sound_server.environment(home)
