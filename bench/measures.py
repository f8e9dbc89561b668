"""The measurements: each runs the real program in a process of its own and returns rows of the table.

This process stays small (no torch, no librosa): a child's peak memory counts from its parent's.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import soundfile

from tests.tones import piano_like

RATE = 44100
LOOP_SECONDS = 30
MIDLEVEL = (sys.executable, "-c", "import sys; from midlevel_app.cli import main; sys.exit(main())")
"""What the installed command `midlevel` does."""

# One thread everywhere, for ours as for the reference.
_ENVIRONMENT = {
    **os.environ,
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "QT_QPA_PLATFORM": "offscreen",
}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    measure : str
        What was measured.
    value, reference, target : str
        With units; empty where there is none.
    met : bool or None
        Whether the target was met; None where there is none.
    """

    measure: str
    value: str
    reference: str = ""
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Cost:
    """What a process took: elapsed and processor time in seconds, peak resident memory in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Timing:
    """What an analysis by the reference took.

    Attributes
    ----------
    seconds : float
        Elapsed time, without imports and start-up.
    cpu_seconds : float
        Processor time of the same stretch, all threads.
    parameters : int
        Weights of the network.
    windows : int
        Sets of seven values it gave.
    """

    seconds: float
    cpu_seconds: float
    parameters: int
    windows: int


def make_recording(path: Path, seconds: int) -> None:
    """Write a stereo 44.1 kHz FLAC of made piano sound that repeats itself."""
    loop = piano_like(LOOP_SECONDS, RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, format="FLAC") as file:
        for start in range(0, seconds, LOOP_SECONDS):
            file.write(loop[: (seconds - start) * RATE])


def cost(command: tuple[str, ...]) -> Cost:
    """Run a command to its end; ``CalledProcessError`` if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=_ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # Popen did not see it end
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def analyze(recording: Path) -> Cost:
    """Analyse a recording to a CSV file beside it, with the command a user types."""
    output = recording.with_suffix(".csv")
    return cost((*MIDLEVEL, "analyze", str(recording), "-o", str(output), "--force", "-q"))


def values_a_second(table: Path) -> float:
    """Rows a second of an exported CSV file."""
    lines = table.read_text(encoding="utf-8").splitlines()[1:]
    times = [float(line.split(",")[0]) for line in lines]
    return (len(times) - 1) / (times[-1] - times[0])


def published(recording: Path) -> Timing:
    """Time the reference on a recording."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.reference", str(recording)],
        env=_ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    return Timing(**json.loads(answer.stdout))


def speed(folder: Path, seconds: int, rounds: int) -> list[Row]:
    """Processor time of an analysis, ours and the reference's in turn, the best of each."""
    recording = folder / "speed.flac"
    make_recording(recording, seconds)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(analyze(recording))
        theirs.append(published(recording))
    our_best = min(ours, key=lambda took: took.cpu_seconds)
    their_best = min(theirs, key=lambda took: took.cpu_seconds)
    ratio = our_best.cpu_seconds / their_best.cpu_seconds
    rate = values_a_second(recording.with_suffix(".csv"))
    length = clock(seconds)
    their_rate = their_best.windows / seconds
    return [
        Row(
            f"analyse {length}, processor time",
            f"{our_best.cpu_seconds:.2f} s",
            f"{their_best.cpu_seconds:.2f} s",
        ),
        Row(f"analyse {length}, elapsed time", f"{our_best.seconds:.2f} s", f"{their_best.seconds:.2f} s"),
        Row("ratio of processor times", f"{ratio:.3f}", "1", "<= 0.200", ratio <= 0.2),
        Row("values a second", f"{rate:.1f}", f"{their_rate:.1f}", ">= 10.0", rate >= 10.0),
        Row("weights of the reference's network", "", f"{their_best.parameters:,}"),
    ]


def memory(folder: Path, seconds: int) -> list[Row]:
    """Peak memory of the analysis of one long file; its reference is what the samples alone take, as float32."""
    recording = folder / "memory.flac"
    make_recording(recording, seconds)
    took = analyze(recording)
    whole = seconds * RATE * 2 * 4 / 1e6
    recording.unlink()
    length = clock(seconds)
    return [
        Row(
            f"analyse {length}, peak memory",
            f"{took.peak_mb:.0f} MB",
            f"{whole:.0f} MB",
            "< 500 MB",
            took.peak_mb < 500,
        ),
        Row(f"analyse {length}, elapsed time", f"{took.seconds:.1f} s"),
    ]


def starts(repeats: int) -> list[Row]:
    """Elapsed time until the command has answered and until the window is painted, the median of several."""
    help_seconds = statistics.median(cost((*MIDLEVEL, "--help")).seconds for _ in range(repeats))
    paint_seconds = statistics.median(first_paint() for _ in range(repeats))
    return [
        Row("midlevel --help", f"{help_seconds:.2f} s", "", "< 0.50 s", help_seconds < 0.5),
        Row("window: from start to first paint", f"{paint_seconds:.2f} s", "", "< 1.00 s", paint_seconds < 1.0),
    ]


def first_paint(environment: dict[str, str] | None = None) -> float:
    """Seconds from starting the window's process until it is painted; offscreen unless the environment says more."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.first_paint", str(time.monotonic())],
        env={**_ENVIRONMENT, **(environment or {})},
        capture_output=True,
        check=True,
    )
    return float(answer.stdout)


def resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def clock(seconds: int) -> str:
    """Hours, minutes and seconds as h:mm:ss."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
