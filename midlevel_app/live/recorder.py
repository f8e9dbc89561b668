"""The recorder: a thread that writes what is heard, and what is said about it, so that no disk holds up anything else.

It alone touches the files. What it is given waits in a queue: if the disk does not keep up for `MOST_WAITING_SECONDS`,
the take ends there, and is kept.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from midlevel_app.audio.decode import AudioFacts
from midlevel_app.audio.devices import Device
from midlevel_app.audio.lasting import Gap
from midlevel_app.audio.take import FULL_DISK, SYNC_SECONDS, Take
from midlevel_app.audio.takefiles import Quantised
from midlevel_app.curves import Curves
from midlevel_app.errors import DiskFullError, ExportError, MidlevelError
from midlevel_app.export import audio_origin, origin, sidecar_bytes
from midlevel_app.files import check_writable, file_sha256, placed, write_whole
from midlevel_app.formats import TIME_DECIMALS, csv_header, csv_rows
from midlevel_app.language import decimal, tr
from midlevel_app.live.state import LiveSettings
from midlevel_app.markers import Marker
from midlevel_app.model import Model
from midlevel_app.session import SUFFIX, Session, save

MOST_WAITING_SECONDS = 60.0
"""Of audio; a disk that falls behind so far will not catch up."""


@dataclass(frozen=True)
class Interruptions:
    """What was missing: times in which the device was away, how often audio did not come, seconds not analysed."""

    gaps: tuple[Gap, ...]
    dropouts: int
    left_out_seconds: float


class Recorder:
    """Writes a take, its curves and its markers. Every method returns at once.

    Attributes
    ----------
    error : MidlevelError or None
        Why it does not write any more.
    error_beside : MidlevelError or None
        Why something beside the take, its curves or its markers, is not written; the take goes on.
    seconds_left : float or None
        How much longer the take can get until the disk is full.
    written : tuple of Path
        Whole files, the take first.
    ended : threading.Event
        All is written that can be.
    cpu_seconds : float
        What the thread took of a processor.
    """

    def __init__(self, settings: LiveSettings, model: Model, input_: Device) -> None:
        """Begin all files; `ExportError` if that fails."""
        self.error: MidlevelError | None = None
        self.error_beside: MidlevelError | None = None
        self.seconds_left: float | None = None
        self.written: tuple[Path, ...] = ()
        self.ended = threading.Event()
        self.cpu_seconds = 0.0
        self._settings, self._model, self._input = settings, model, input_
        self._frames = 0
        self._rows = 0
        self._markers: list[Marker] = []
        self._given = self._taken = 0  # frames, by who hears and by the thread
        self._room_asked = 0.0
        self._broken = False  # the take cannot be written
        self._take: Take | None = None
        self._take_path: Path | None = None
        self._csv: FileIO | None = None
        self._begin()
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="midlevel-recorder", daemon=True)
        self._thread.start()

    def _begin(self) -> None:
        settings = self._settings
        if settings.csv is not None:
            check_writable((placed(settings.csv), _sidecar(settings.csv)), settings.force)
        if settings.take is not None:
            check_writable((placed(settings.take.with_suffix(SUFFIX)),), settings.force)
            self._take = Take(settings.take, self._input.rate, self._input.channels, settings.force)
            self.seconds_left = self._take.seconds_left()
        if settings.csv is not None:
            try:
                settings.csv.parent.mkdir(parents=True, exist_ok=True)
                self._csv = FileIO(settings.csv, "wb" if settings.force else "xb")
                self._write_csv(csv_header(self._model.card.features))
            except (OSError, ExportError) as error:
                if self._take is not None:
                    self._take.finish()  # it is empty, and leaves nothing
                if isinstance(error, ExportError):
                    raise
                raise _csv_failure(settings.csv, error) from error

    def hear(self, samples: Quantised) -> None:
        """Append audio (n, channels) to the take."""
        if self._take is None:
            self._frames += len(samples)
            return
        if self._given - self._taken > MOST_WAITING_SECONDS * self._input.rate:
            self.error = self.error or ExportError(
                tr("the disk of {take} takes too long: the take ends here, and is kept; choose another").format(
                    take=self._settings.take
                )
            )
            return
        self._given += len(samples)
        self._jobs.put(lambda: self._write_audio(samples))

    def describe(self, curves: Curves) -> None:
        """Append rows to the table of curves."""
        self._rows += len(curves)
        if self._csv is not None and len(curves):
            self._jobs.put(lambda: self._beside(lambda: self._write_csv(csv_rows(curves))))

    def mark(self, marker: Marker) -> None:
        """Keep a marker, at once, beside the take."""
        self._jobs.put(lambda: self._beside(lambda: self._write_marker(marker)))

    def end_audio(self) -> None:
        """Nothing more is heard: give the take its name."""
        self._jobs.put(self._finish_take)

    def end(self, interruptions: Interruptions) -> None:
        """Nothing more comes at all: write what lies beside the take."""
        self._jobs.put(lambda: self._finish(interruptions))
        self._jobs.put(None)

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                try:
                    job()
                except MidlevelError as error:
                    self.error = self.error or error
                self.cpu_seconds = time.thread_time()
        finally:
            self.ended.set()

    def _beside(self, job: Callable[[], None]) -> None:
        """Do what is not worth ending the take for, if there is one."""
        try:
            job()
        except ExportError as error:
            if self._settings.take is None:
                raise
            self.error_beside = self.error_beside or error

    def _write_audio(self, samples: Quantised) -> None:
        self._taken += len(samples)
        if self._take is None or self._broken:
            return
        try:
            self._take.write(samples)
        except ExportError:
            self._broken = True
            raise
        if self._take.seconds - self._room_asked >= SYNC_SECONDS:
            self._room_asked = self._take.seconds
            with contextlib.suppress(ExportError):  # where the disk does not tell, the take goes on
                self.seconds_left = self._take.seconds_left()

    def _write_csv(self, text: str) -> None:
        if self._csv is None or self._settings.csv is None:
            return
        rest = memoryview(text.encode())
        try:
            while len(rest):
                rest = rest[self._csv.write(rest) or 0 :]
        except OSError as error:
            self._csv.close()
            self._csv = None
            raise _csv_failure(self._settings.csv, error) from error

    def _write_marker(self, marker: Marker) -> None:
        self._markers.append(marker)
        if self._settings.take is not None:
            self._save_markers(self._settings.take, None)

    def _finish_take(self) -> None:
        if self._take is None:
            return
        take, self._take = self._take, None
        self._frames = take.frames
        self._take_path = take.finish()
        if self._take_path is not None:
            self.written = (self._take_path,)

    def _finish(self, interruptions: Interruptions) -> None:
        if self._settings.take is not None and not self._frames:
            self._leave_nothing()
            return
        rate = self._input.rate
        self._markers += [
            Marker(gap.first / rate, tr("input away for {seconds} s").format(seconds=decimal(gap.count / rate, ".1f")))
            for gap in interruptions.gaps
        ]
        take = self._take_path
        try:
            sha256 = None if take is None else file_sha256(take)
        except OSError as error:
            raise ExportError(
                tr("{take} can no longer be read for its hash ({reason})").format(take=take, reason=error.strerror)
            ) from error
        if take is not None and self._markers:
            self.written = (*self.written, self._save_markers(take, sha256))
        if self._csv is not None and self._settings.csv is not None:
            self._csv.close()
            origins = self._origins(interruptions, sha256)
            sidecar = _sidecar(self._settings.csv)
            write_whole({sidecar: sidecar_bytes(origins)})
            self.written = (*self.written, self._settings.csv, sidecar)

    def _leave_nothing(self) -> None:
        """Remove what was begun beside a take of nothing."""
        if self._csv is not None and self._settings.csv is not None:
            self._csv.close()
            self._settings.csv.unlink(missing_ok=True)

    def _save_markers(self, take: Path, sha256: str | None) -> Path:
        path = take.with_suffix(SUFFIX)
        markers = tuple(sorted(self._markers, key=lambda marker: marker.seconds))
        model = self._model
        seconds = None if sha256 is None else self._frames / self._input.rate
        save(path, Session(take, sha256, seconds, model.card.name, model.sha256, markers=markers))
        return path

    def _origins(self, interruptions: Interruptions, sha256: str | None) -> dict[str, Any]:
        rate = self._input.rate
        facts = AudioFacts(
            self._take_path or Path(os.devnull), self._frames / rate, rate, self._input.channels, "live input", True
        )
        live = {
            "device": self._input.name,
            "analysis_gain_db": self._settings.gain_db,
            "dropouts": interruptions.dropouts,
            "away_seconds": [
                [round(gap.first / rate, TIME_DECIMALS), round(gap.count / rate, TIME_DECIMALS)]
                for gap in interruptions.gaps
            ],
            "not_analysed_seconds": round(interruptions.left_out_seconds, TIME_DECIMALS),
        }
        step = round(self._model.card.step_seconds, TIME_DECIMALS)
        curves = {"values": self._rows, "step_seconds": step, "window_seconds": 0.0}
        kept = self._take_path is not None
        return origin({**audio_origin(facts, sha256, kept), "live": live}, self._model, curves)


def _sidecar(csv: Path) -> Path:
    return csv.with_name(f"{csv.name}.json")


def _csv_failure(csv: Path, error: OSError) -> ExportError:
    kind = DiskFullError if error.errno in FULL_DISK else ExportError
    return kind(
        tr("{csv} could not be written any more ({reason}): make room or choose another folder").format(
            csv=csv, reason=error.strerror
        )
    )
