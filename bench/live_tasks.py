"""One task of live listening, in a process of its own: python -m bench.live_tasks TASK FOLDER SECONDS prints JSON."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from bench.live import TAKE
from bench.measures import resident_mb
from midlevel_app.audio.devices import Device
from midlevel_app.audio.lasting import LastingInput, State, Stretch
from midlevel_app.audio.microphone import InputStream
from midlevel_app.audio.takefiles import as_read, quantised
from midlevel_app.frontend import FrontEnd, spectrogram
from midlevel_app.live.session import LiveSession
from midlevel_app.live.state import LiveSettings, Snapshot
from midlevel_app.model import Model, find_model
from tests.tones import piano_like

Result = dict[str, float]
Samples = npt.NDArray[np.float32]

PULL_SECONDS = 0.05  # twenty times a second, as a window does
SETTLED = 0.2  # of the time: from then on memory is to stay as it is
CURVES = "take.csv"

SIMULATED_RATE = 48000  # three samples for each two of 32 kHz, 320 for each 147 of the model's rate
PERIOD_SECONDS = 10  # a whole number of samples, frames and values at either rate
BLOCK = 1024
MOST_WAITING_SECONDS = 4.0
ENOUGH_BLOCKS = 94  # at a time: two seconds


def listen(folder: Path, seconds: int) -> Result:
    """Record and describe what is fed to the microphone; delays, processor time, memory."""
    settings = LiveSettings("vmic", folder / TAKE, folder / CURVES, seconds=float(seconds))
    session = LiveSession(Model(find_model()), settings)
    behind, memory = [], []
    begun, used = time.monotonic(), time.process_time()
    listening = False
    while (pulled := session.snapshot()).state not in {State.STOPPED, State.FULL}:
        if not listening and pulled.seconds > 0:
            listening = True
            print("listening", flush=True)
            begun, used = time.monotonic(), time.process_time()
        behind.append(pulled.behind)
        memory.append(resident_mb())
        time.sleep(PULL_SECONDS)
    if pulled.error is not None:
        raise pulled.error
    share = (time.process_time() - used) / (time.monotonic() - begun)
    late = np.concatenate(behind)
    late = 1000 * late[np.isfinite(late)]
    return {
        "median_ms": float(np.median(late)),
        "p99_ms": float(np.percentile(late, 99)),
        "most_ms": float(late.max()),
        "values": len(late),
        "dropouts": pulled.dropouts,
        "left_out_seconds": pulled.left_out_seconds,
        "cpu_share": share,
        "settled_mb": memory[int(SETTLED * len(memory))],
        "late_mb": memory[-1],
    }


def watch(folder: Path, seconds: int) -> Result:
    """Record a take in the window, its live page shown, from what is fed to the microphone."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from bench.window_tasks import Heartbeat, wait, window

    app = QApplication([])
    app.setStyle("Fusion")
    memory: list[float] = []
    with window(live={"device": "vmic", "folder": str(folder)}) as opened:
        opened.intents.live_page.trigger()
        opened.intents.record.trigger()
        listening = opened.pages.listening
        assert listening is not None
        wait(lambda: listening.recording and listening.heard.now > 0)
        print("listening", flush=True)
        heartbeat = Heartbeat()
        heartbeat.start()
        begun, used = time.monotonic(), time.process_time() + _children_seconds()
        while (passed := time.monotonic() - begun) < seconds:
            QTest.qWait(200)
            memory.append(resident_mb())
        share = (time.process_time() + _children_seconds() - used) / passed
        beats = heartbeat.result()
        last = listening.snapshot
        assert last is not None
        opened.intents.record.trigger()
        wait(lambda: not listening.recording)
    return {
        "cpu_share": share,
        "settled_mb": memory[int(SETTLED * len(memory))],
        "late_mb": memory[-1],
        "dropouts": last.dropouts,
        "left_out_seconds": last.left_out_seconds,
        **beats,
    }


def _children_seconds() -> float:
    """Processor time of processes that were started and have ended."""
    used = os.times()
    return used.children_user + used.children_system


class CalledInput(LastingInput):
    """An input whose callback is called with the same sound again and again, as fast as the analysis takes it."""

    def __init__(self, loop: Samples, rate: int, frames: int) -> None:
        super().__init__("called")
        self.input = Device("called", rate, loop.shape[1])
        self.session: LiveSession | None = None
        self._loop = loop
        self._left = frames
        self._place = 0

    def choose(self) -> Device:
        """See `LastingInput`."""
        return self.input

    def start(self) -> None:
        """See `LastingInput`."""
        self._stream = InputStream(self.input)
        self.state = State.LISTENING

    def read(self) -> list[Stretch]:
        """Call the callback, then do as usual."""
        stream, session = self._stream, self.session
        if stream is not None and session is not None and session.waiting_seconds < MOST_WAITING_SECONDS:
            moment = SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0)
            for _ in range(ENOUGH_BLOCKS):
                count = min(BLOCK, self._left, len(self._loop) - self._place)
                if not count:
                    break
                block = self._loop[self._place : self._place + count]
                stream.callback(block, count, moment, SimpleNamespace(input_overflow=False))
                self._place = (self._place + count) % len(self._loop)
                self._left -= count
        return super().read()


def simulate(folder: Path, seconds: int) -> Result:
    """Let the path hear hours in minutes; whether times are exact, and what memory does.

    The sound repeats itself, so each period must give the same frames, and the take must hold it at its place.
    """
    music = np.round(piano_like(PERIOD_SECONDS, SIMULATED_RATE)[:, :1] * 2000) / 32768
    loop = as_read(quantised(music.astype(np.float32)))
    source = CalledInput(loop, SIMULATED_RATE, seconds * SIMULATED_RATE)
    model = Model(find_model())
    session = LiveSession(model, LiveSettings(None, folder / TAKE, None, seconds=float(seconds)), source)
    source.session = session
    frontend = model.card.frontend
    times, memory, frames = _Times(model), [], _Periodic(frontend, seconds)
    begun = time.monotonic()
    while (pulled := session.snapshot()).state not in {State.STOPPED, State.FULL}:
        times.add(pulled)
        frames.add(pulled)
        memory.append((pulled.seconds, resident_mb()))
        time.sleep(PULL_SECONDS)
    times.add(pulled)
    if pulled.error is not None:
        raise pulled.error
    settled = next(mb for heard, mb in memory if heard >= SETTLED * seconds)
    return {
        "seconds": time.monotonic() - begun,
        "settled_mb": settled,
        "late_mb": memory[-1][1],
        "rows": times.rows,
        "wrong_times": times.wrong,
        "frames_db": frames.difference,
        "frames_compared": frames.compared,
        "sample_db": _shifted_db(loop, model),
        "left_out_seconds": pulled.left_out_seconds,
        "dropouts": pulled.dropouts,
        "take_samples_off": _samples_off(folder / TAKE, loop, seconds),
    }


class _Times:
    """Whether each row has the time that the number of samples before it gives."""

    def __init__(self, model: Model) -> None:
        self.rows = self.wrong = 0
        self._card = model.card

    def add(self, pulled: Snapshot) -> None:
        """Check the rows of a pull."""
        points = np.arange(self.rows, self.rows + len(pulled.curves))
        expected = points * (self._card.stride * self._card.frontend.hop) / self._card.frontend.rate
        self.wrong += int(np.count_nonzero(np.abs(pulled.curves.times - expected) > 1e-6))
        self.rows += len(points)


class _Periodic:
    """How much frames differ, in decibels, from those of the second period at the same place of it."""

    def __init__(self, frontend: FrontEnd, seconds: int) -> None:
        self.difference, self.compared = 0.0, 0
        self._period = round(PERIOD_SECONDS * frontend.frame_rate)
        self._whole = round(seconds * frontend.frame_rate) - frontend.frame // frontend.hop  # frames before the end
        self._first: list[Samples] = []

    def add(self, pulled: Snapshot) -> None:
        """Compare the frames of a pull."""
        for number, frame in enumerate(pulled.frames, pulled.first_frame):
            if not self._period <= number < self._whole:  # others reach into the silence before and after
                continue
            if number < 2 * self._period:
                self._first.append(frame)
                continue
            self.difference = max(self.difference, float(np.abs(frame - self._first[number % self._period]).max()))
            self.compared += 1


def _shifted_db(loop: Samples, model: Model) -> float:
    """By how much frames differ that are one sample of the model's rate late: what a wrong time would show."""
    frontend = model.card.frontend
    mono = soxr.resample(loop[:, 0], SIMULATED_RATE, frontend.rate)
    here, late = spectrogram(mono[1:], frontend), spectrogram(mono[:-1], frontend)
    return float(np.abs(here - late).max())


def _samples_off(take: Path, loop: Samples, seconds: int) -> int:
    """How far the take is from what was heard: in length, or its whole length where any period of ten differs."""
    frames = seconds * SIMULATED_RATE
    with soundfile.SoundFile(take) as file:
        if file.frames != frames:
            return abs(int(file.frames) - frames)
        for place in np.linspace(0, frames // len(loop) - 1, 10).astype(int).tolist():
            file.seek(place * len(loop))
            if not (file.read(len(loop), dtype="float32", always_2d=True) == loop).all():
                return frames
    return 0


TASKS: dict[str, Callable[[Path, int], Result]] = {"listen": listen, "watch": watch, "simulate": simulate}


def main() -> None:
    """Do one task and print what it found."""
    name, folder, seconds = sys.argv[1:]
    print(json.dumps(TASKS[name](Path(folder), int(seconds))))


if __name__ == "__main__":
    main()
