"""Measurements of live listening: minutes of a virtual microphone as they pass, and hours simulated."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from bench.measures import RATE, Row, clock, make_recording
from tests import sound_server

TAKE = "take.flac"
MEDIAN_MS, LATE_MS = 60.0, 120.0
SHARE, WINDOW_SHARE = 0.15, 0.6  # of a processor core
GROWTH_MB = 10.0

_WINDOW = RATE // 2  # samples that are looked for in the take at once
_SEARCH = RATE // 4  # samples before and after the place where they should be
_LOUDEST = 1e-4  # more than this apart, samples are not the same


@dataclass(frozen=True)
class LiveLengths:
    """Seconds that are heard as they pass, without a window and in it, and that are simulated."""

    heard: int
    watched: int
    simulated: int


FULL = LiveLengths(600, 1800, 8 * 3600)
QUICK = LiveLengths(8, 8, 120)


def live_rows(folder: Path, lengths: LiveLengths) -> list[Row]:
    """Measure both; makes its files in ``folder``."""
    return [
        *_heard_rows(folder / "live", lengths.heard),
        *_watched_rows(folder / "watched", lengths.watched),
        *_simulated_rows(folder / "simulated", lengths.simulated),
    ]


def _heard_rows(folder: Path, seconds: int) -> list[Row]:
    folder.mkdir()
    played = _music(folder / "played.wav", seconds)
    found = _fed("listen", folder, seconds, ["paplay", "--device=vmic", str(played)])
    name = f"live, {clock(seconds)}"
    lost = found["dropouts"] + (found["left_out_seconds"] > 0)
    heard_lost = missing_places(folder / TAKE, played)
    growth = found["late_mb"] - found["settled_mb"]
    return [
        Row(f"{name}: dropouts told", f"{lost:.0f}", "", "0", lost == 0),
        Row(f"{name}: dropouts by cross-correlation with what was played", f"{heard_lost}", "", "0", heard_lost == 0),
        Row(
            f"{name}: from a sound's arrival to its value, median",
            f"{found['median_ms']:.0f} ms",
            "",
            f"< {MEDIAN_MS:.0f} ms",
            found["median_ms"] < MEDIAN_MS,
        ),
        Row(
            f"{name}: the same, 99 of 100",
            f"{found['p99_ms']:.0f} ms",
            "",
            f"< {LATE_MS:.0f} ms",
            found["p99_ms"] < LATE_MS,
        ),
        Row(
            f"{name}: hearing, writing and analysing",
            f"{100 * found['cpu_share']:.1f} % of a core",
            "",
            f"< {100 * SHARE:.0f} %",
            found["cpu_share"] < SHARE,
        ),
        _memory_row(name, found["settled_mb"], found["late_mb"], growth),
    ]


def _watched_rows(folder: Path, seconds: int) -> list[Row]:
    folder.mkdir()
    minute = _music(folder / "minute.wav", 60)
    again = ["sh", "-c", 'while paplay --device=vmic "$0"; do :; done', str(minute)]
    found = _fed("watch", folder, seconds, again)
    name = f"live in the window, {clock(seconds)}"
    lost = found["dropouts"] + (found["left_out_seconds"] > 0)
    return [
        Row(f"{name}: dropouts told", f"{lost:.0f}", "", "0", lost == 0),
        Row(
            f"{name}: all it does",
            f"{100 * found['cpu_share']:.1f} % of a core",
            "",
            f"< {100 * WINDOW_SHARE:.0f} %",
            found["cpu_share"] < WINDOW_SHARE,
        ),
        Row(f"{name}: window blocked at most", f"{found['longest_ms']:.0f} ms", f"{found['p99_ms']:.0f} ms"),
        _memory_row(name, found["settled_mb"], found["late_mb"], found["late_mb"] - found["settled_mb"]),
    ]


def _music(path: Path, seconds: int) -> Path:
    """Make a recording that every paplay can play: some read no FLAC."""
    make_recording(path.with_suffix(".flac"), seconds)
    soundfile.write(path, *soundfile.read(path.with_suffix(".flac"), dtype="int16"))
    return path


def _fed(task: str, folder: Path, seconds: int, player: list[str]) -> dict[str, float]:
    """Run one of the tasks that listen, with a sound server of its own whose microphone a player feeds."""
    with sound_server.running(folder) as server:
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **sound_server.environment(folder)}
        command = [sys.executable, "-m", "bench.live_tasks", task, str(folder), str(seconds)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as listener:
            if listener.stdout is None or listener.stdout.readline() != "listening\n":
                raise RuntimeError("live listening did not begin")
            with subprocess.Popen(player, env=environment, start_new_session=True) as feeding:
                answer = listener.stdout.read()
                os.killpg(feeding.pid, signal.SIGTERM)
        if listener.returncode or server.process.poll() is not None:
            raise RuntimeError("live listening failed")
    found: dict[str, float] = json.loads(answer)
    return found


def _simulated_rows(folder: Path, seconds: int) -> list[Row]:
    folder.mkdir()
    command = [sys.executable, "-m", "bench.live_tasks", "simulate", str(folder), str(seconds)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(answer.stdout)
    name = f"live, {clock(seconds)} simulated in {clock(round(found['seconds']))}"
    exact = not (found["wrong_times"] or found["take_samples_off"]) and found["frames_db"] < found["sample_db"] / 2
    whole = found["frames_compared"] > 0 and not found["left_out_seconds"] and not found["dropouts"]
    return [
        _memory_row(name, found["settled_mb"], found["late_mb"], found["late_mb"] - found["settled_mb"]),
        Row(
            f"{name}: times and take are exact to the sample",
            "yes" if exact and whole else "no",
            "",
            "yes",
            exact and whole,
        ),
        Row(
            f"{name}: frames change by, against one sample's shift",
            f"{found['frames_db']:.4f} dB",
            f"{found['sample_db']:.4f} dB",
        ),
    ]


def _memory_row(name: str, settled_mb: float, late_mb: float, growth: float) -> Row:
    return Row(
        f"{name}: memory at the end, against a fifth of the way",
        f"{late_mb:.0f} MB",
        f"{settled_mb:.0f} MB",
        f"+ {GROWTH_MB:.0f} MB",
        growth < GROWTH_MB,
    )


def missing_places(take: Path, played: Path) -> int:
    """Count the places where a take does not go on as what was played into it did.

    Each half second that was played is looked for in the take by cross-correlation around the place where it should
    be. A place counts where it lies elsewhere than the half second before it, or where samples differ there.
    """
    source, _ = soundfile.read(played, dtype="float32", always_2d=True)
    heard, _ = soundfile.read(take, dtype="float32", always_2d=True)
    source, heard = source[:, 0], heard[:, 0]
    begin = int(np.flatnonzero(heard)[0]) if heard.any() else len(heard)
    place = begin - int(np.flatnonzero(source)[0])
    found = 0 if begin < len(heard) else 1
    for first in range(0, len(source) - _WINDOW, _WINDOW):
        low = first + place - _SEARCH
        part = heard[max(0, low) : first + place + _WINDOW + _SEARCH]
        if low < 0:
            part = np.concatenate([np.zeros(-low, dtype=np.float32), part])
        if len(part) < _WINDOW + 2 * _SEARCH:
            break  # the take ends
        window = source[first : first + _WINDOW]
        shift = _best_shift(window, part)
        same = np.abs(part[shift : shift + _WINDOW] - window).max() < _LOUDEST
        found += not (shift == _SEARCH and same)
        place += shift - _SEARCH
    return found


def _best_shift(window: npt.NDArray[np.float32], part: npt.NDArray[np.float32]) -> int:
    """Place in ``part`` where ``window`` fits best, by cross-correlation normalised by the energy there."""
    size = 1 << int(np.ceil(np.log2(len(part) + len(window))))
    product = np.fft.rfft(part, size) * np.conj(np.fft.rfft(window, size))
    places = len(part) - len(window) + 1
    energy = np.concatenate([[0.0], np.cumsum(part.astype(np.float64) ** 2)])
    there = energy[len(window) :][:places] - energy[:places]
    return int(np.argmax(np.fft.irfft(product, size)[:places] / np.sqrt(there + 1e-9)))
