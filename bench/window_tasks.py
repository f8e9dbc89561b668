"""One task for a real window, in a process of its own: python -m bench.window_tasks TASK FILE... prints JSON.

The window has nobody's settings and no cache; sound goes where the environment leads it.
"""

import gc
import json
import statistics
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from bench.measures import resident_mb
from midlevel_app.gui.window import MainWindow

BEAT_SECONDS = 0.005
PLAY_SECONDS, LEAST_SECONDS = 20.0, 2.0  # as long as it is read, but at least and at most
VIEW_SECONDS = 15.0  # shown while playing, so that the line moves with each frame and pages are turned
LIMIT_SECONDS = 580.0

Result = dict[str, float]


class Heartbeat:
    """How long the window's thread answers to nothing: a timer of 5 ms, and by how much each beat was late."""

    def __init__(self) -> None:
        self.late = array("f")  # as a list, half an hour of them would take ten megabytes
        self._timer = QTimer(interval=round(1000 * BEAT_SECONDS))
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()

    def start(self) -> None:
        """Begin to count."""
        del self.late[:]
        self._last = time.perf_counter()
        self._timer.start()

    def result(self) -> Result:
        """Stop; the longest time between two beats and the 99th percentile, in milliseconds."""
        self._timer.stop()
        self._beat()
        gaps = 1000 * np.array(self.late)
        return {"longest_ms": float(gaps.max()), "p99_ms": float(np.percentile(gaps, 99))}

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(now - self._last)
        self._last = now


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let every event pass."""
        self.count += event.type() == QEvent.Type.Paint
        return False


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until ``condition`` holds."""
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.001)


@contextmanager
def window(live: dict[str, object] | None = None) -> Iterator[MainWindow]:
    """A loaded window of 1200 x 800 that listens as ``live`` says, closed afterwards."""
    with tempfile.TemporaryDirectory(prefix="midlevel-bench-") as folder:
        store = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        store.setValue("live", json.dumps(live or {}))
        made = MainWindow(store)
        made.show()
        made.load()
        made.controller.cache = None
        made.resize(1200, 800)
        wait(lambda: made.controller.card is not None)
        QTest.qWait(300)
        yield made
        made.controller.marks.undo_stack.setClean()
        made.close()


def first_curve(files: list[Path]) -> Result:
    """Time from opening a recording until a lane was painted with values."""
    with window() as opened:
        assert opened.stage is not None
        lane = opened.stage.lanes.curve_plots[0]
        paints = Paints(lane.viewport())
        begun = time.perf_counter()
        opened.opening.open(files)

        def has_values() -> bool:
            values = lane.curve.getData()[1]
            return values is not None and bool(np.isfinite(values).any())

        wait(has_values)
        before = paints.count
        wait(lambda: paints.count > before)
        return {"seconds": time.perf_counter() - begun}


def play(files: list[Path]) -> Result:
    """Frames a second and the heartbeat while playing, with the spectrogram and all lanes, as long as it is read."""
    with window() as opened:
        heartbeat = Heartbeat()
        heartbeat.start()
        QTest.qWait(2000)
        idle = heartbeat.result()
        opened.looking.change(picture="spectrogram")
        heartbeat.start()
        opened.opening.open(files)
        controller = opened.controller
        wait(lambda: controller.recording is not None and controller.recording.has_values)
        opening = heartbeat.result()
        assert opened.stage is not None
        opened.stage.lanes.set_view(0.0, VIEW_SECONDS)
        opened.intents.play.trigger()
        wait(lambda: (state := controller.player_state()) is not None and state.lag is not None)
        paints = Paints(opened.stage.lanes.playhead)
        heartbeat.start()
        begun = time.perf_counter()
        seconds = 0.0
        while seconds < LEAST_SECONDS or (controller.reading and seconds < PLAY_SECONDS):
            QTest.qWait(50)
            seconds = time.perf_counter() - begun
        playing = heartbeat.result()
        state = controller.player_state()
        return {
            "frames": paints.count / seconds,
            "seconds": seconds,
            "dropouts": float("nan" if state is None else state.underruns),
            **{f"idle_{key}": value for key, value in idle.items()},
            **{f"opening_{key}": value for key, value in opening.items()},
            **playing,
        }


def long_file(files: list[Path]) -> Result:
    """Peak memory with a long recording: read to its end, played, zoomed, exported."""
    with window() as opened, tempfile.TemporaryDirectory() as folder:
        empty = resident_mb()
        controller = opened.controller
        opened.opening.open(files)
        heartbeat = Heartbeat()
        heartbeat.start()
        wait(lambda: controller.recording is not None and controller.recording.finished)
        reading = heartbeat.result()
        opened.intents.play.trigger()
        QTest.qWait(2000)
        heartbeat.start()
        for action in [opened.intents.zoom_in] * 8 + [opened.intents.whole, opened.intents.select_all]:
            action.trigger()
            QTest.qWait(100)
        acting = heartbeat.result()
        done: list[object] = []
        controller.exported.connect(done.append)
        from midlevel_app.export import Choices, export

        snapshot = controller.snapshot()
        assert snapshot is not None
        target = Path(folder) / "curves.csv"
        controller.export(lambda: export(target, snapshot.facts, snapshot.model, snapshot.curves, Choices()))
        wait(lambda: bool(done))
        return {
            "peak_mb": peak_mb(),
            "empty_mb": empty,
            "reading_ms": reading["longest_ms"],
            "acting_ms": acting["longest_ms"],
        }


def in_turn(files: list[Path]) -> Result:
    """Resident memory after each of several recordings was read in one window, and threads left in the end."""
    with window() as opened:
        after = []
        for file in files:
            opened.opening.open([file])
            wait(lambda: opened.controller.recording is not None and opened.controller.recording.finished)
            QTest.qWait(300)
            gc.collect()
            after.append(resident_mb())
        half = len(after) // 2
        threads = {thread.name for thread in threading.enumerate()} - {"MainThread", "midlevel-player"}
        return {
            "early_mb": statistics.median(after[1:half]) if half > 1 else after[0],
            "late_mb": statistics.median(after[half:]),
            "threads": float(len(threads)),
        }


def peak_mb() -> float:
    """The most memory of this process since it started."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


TASKS = {"first_curve": first_curve, "play": play, "long_file": long_file, "in_turn": in_turn}


def main() -> None:
    """Do one task and print what it found."""
    name, *files = sys.argv[1:]
    QApplication(sys.argv[:1]).setStyle("Fusion")
    found = TASKS[name]([Path(file) for file in files])
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
