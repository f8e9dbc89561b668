"""Threads of the window: loading the model, reading a recording for waveform and curves, exporting."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from midlevel_app.errors import AudioFileError, ExportError, ModelError
from midlevel_app.language import language, tr

if TYPE_CHECKING:  # loaded on these threads, after the window is on the screen
    from midlevel_app.audio.block import Block
    from midlevel_app.audio.decode import AudioFacts, AudioReader
    from midlevel_app.cache import Cache, Entry
    from midlevel_app.curves import Curves
    from midlevel_app.frontend import FrontEnd, Spectrogram
    from midlevel_app.gui.envelope import EnvelopePart
    from midlevel_app.gui.frames import Bytes
    from midlevel_app.model import Model
    from midlevel_app.stamp import Stamp

BLOCK_SECONDS = 1.0  # also how soon a cancelled analysis stops
AHEAD_SECONDS = 30.0  # how much around a time the user went to is described at once
REPORT_SECONDS = 0.08  # least time between two pieces of the waveform


@dataclass(frozen=True)
class Opened:
    """The recording was opened; ``facts.duration`` is the declared one or None, ``stamp`` its file's before that."""

    facts: "AudioFacts"
    stamp: "Stamp | None"


@dataclass(frozen=True)
class WaveformPiece:
    """The next piece of the waveform, which now reaches to ``seconds``."""

    part: "EnvelopePart"
    seconds: float


@dataclass(frozen=True)
class FramePiece:
    """The next frames of the spectrogram (n, bands), a byte a point."""

    frontend: "FrontEnd"
    frames: "Bytes"


@dataclass(frozen=True)
class CurvePiece:
    """The next piece of the curves."""

    curves: "Curves"


@dataclass(frozen=True)
class AheadPiece:
    """Curves around a time the user went to, for the time until the reading gets there."""

    curves: "Curves"


@dataclass(frozen=True)
class Finished:
    """The recording was read as far as possible.

    Attributes
    ----------
    facts : AudioFacts
        Its duration is that of what was read.
    problem : str or None
        Why there is less than a whole recording's curves: it breaks off, is silent or too short.
    notice : str or None
        What makes its curves doubtful: it sounds unlike what the model was made for.
    """

    facts: "AudioFacts"
    problem: str | None
    notice: str | None = None


@dataclass(frozen=True)
class Stopped:
    """The user stopped the reading; ``facts`` has the duration of what was read, and that it is not all."""

    facts: "AudioFacts"


@dataclass(frozen=True)
class Failed:
    """The recording cannot be opened; ``message`` says why and what to do."""

    message: str


Report = Opened | WaveformPiece | FramePiece | CurvePiece | AheadPiece | Finished | Stopped | Failed


class ModelLoader(QThread):
    """Loads the default model, and with it the libraries that reading and playing recordings need."""

    loaded = Signal(object)
    """A `Model`, or the `ModelError` that says why there is none."""

    def run(self) -> None:
        """Load and report."""
        from midlevel_app.model import Model, find_model

        try:
            model: Model | ModelError = Model(find_model())
        except ModelError as error:
            model = error
        import midlevel_app.analysis
        import midlevel_app.audio.playback  # noqa: F401

        self.loaded.emit(model)


class Analysis(QThread):
    """Reads one recording and reports what it finds; ends early when cancelled.

    Parameters
    ----------
    path : Path
    model : Model or None
        Without one, only the waveform is made.
    cache : Cache or None
        Where to look for an analysis that was finished before.
    expected : Stamp or None
        Of the file as it must still be; None for any.
    """

    reported = Signal(object, object)
    """This thread and its next `Report`."""

    def __init__(
        self,
        path: Path,
        model: "Model | None",
        cache: "Cache | None",
        parent: QObject,
        expected: "Stamp | None" = None,
    ) -> None:
        super().__init__(parent)
        self.path = path
        self._expected = expected
        self.stamp: Stamp | None = None  # of the file, before it was read
        self.was_kept = False  # what was reported comes from the cache
        self._model = model
        self._cache = cache
        self._cancelled = threading.Event()
        self._stopped = threading.Event()
        self._broke_off = False  # stopped before all was read
        self._wanted: float | None = None  # seconds
        self._ahead: list[tuple[float, float]] = []  # stretches described before their turn
        self._read = 0.0  # seconds
        self._problem: str | None = None
        self._notice: str | None = None

    def cancel(self) -> None:
        """Ask the thread to end; it does so within a block."""
        self._cancelled.set()

    def look_at(self, seconds: float) -> None:
        """Ask the thread to describe the music around ``seconds`` first, if it has not got there."""
        self._wanted = seconds

    def stop(self) -> None:
        """Ask the thread to read no further, describe what it has, and report `Stopped`."""
        self._stopped.set()

    def run(self) -> None:
        """Read, describe, report; or report what was kept of an earlier reading."""
        from midlevel_app.audio.decode import open_audio
        from midlevel_app.stamp import take_stamp

        self.stamp = take_stamp(self.path)
        if self._expected is not None and self.stamp is not None and not self.stamp.alike(self._expected):
            self._report(
                Failed(tr("{path} has changed: open it again to describe what is there now").format(path=self.path))
            )
            return
        try:
            reader = open_audio(self.path)
        except AudioFileError as error:
            self._report(Failed(str(error)))
            return
        with reader:
            self._report(Opened(reader.facts, self.stamp))
            if self._report_kept(reader.facts):
                return
            self._describe(self._blocks(reader))
            facts = replace(reader.facts, duration=self._read)
            if self._stopped.is_set() and not facts.complete:
                self._report(Stopped(facts))
            elif not self._cancelled.is_set():
                self._report(Finished(facts, self._problem, self._notice))

    def _report(self, report: Report) -> None:
        self.reported.emit(self, report)

    def _report_kept(self, facts: "AudioFacts") -> bool:
        """Report a finished analysis from the cache; tell whether there was one."""
        from midlevel_app.gui.envelope import EnvelopePart

        if self._cache is None or self._model is None:
            return False
        entry = self._cache.find(self.path, self._model.sha256)
        if entry is None or set(entry.arrays) != {"low", "high", "frames", "notice", "language"}:
            return False
        if entry.problem is not None and entry.arrays["language"].tobytes().decode() != language():
            return False  # what it says is in the language of then
        part = EnvelopePart(entry.arrays["low"], entry.arrays["high"])
        self._report(WaveformPiece(part, entry.duration or 0.0))
        self._report(FramePiece(self._model.card.frontend, entry.arrays["frames"]))
        if len(entry.curves):
            self._report(CurvePiece(entry.curves))
        self.was_kept = True
        notice = entry.arrays["notice"].tobytes().decode() or None
        facts = replace(facts, duration=entry.duration, complete=entry.complete)
        self._report(Finished(facts, entry.problem, notice))
        return True

    def _describe(self, blocks: Iterator["Block"]) -> None:
        """Report the curves, or only go through the recording when there is no model."""
        if self._model is None:
            for _ in blocks:
                pass
            return
        from midlevel_app.analysis import check_describable, curve_parts
        from midlevel_app.curves import join
        from midlevel_app.familiar import FamiliarityStream
        from midlevel_app.gui.frames import quantised

        frontend = self._model.card.frontend
        familiarity = FamiliarityStream(frontend)

        def show(frames: "Spectrogram") -> None:
            familiarity.push(frames)
            self._report(FramePiece(frontend, quantised(frames, frontend)))

        found = []
        for part in curve_parts(blocks, self._model, on_frames=show):
            if self._cancelled.is_set():
                return
            if len(part):
                found.append(part)
                self._report(CurvePiece(part))
        if self._broke_off:
            return
        self._notice = familiarity.verdict().notice
        try:
            check_describable(join(found), self._model, str(self.path))
        except AudioFileError as error:
            self._problem = self._problem or str(error)

    def _blocks(self, reader: "AudioReader") -> Iterator["Block"]:
        """Blocks of the recording as far as it can be read or until cancelled; reports the waveform."""
        from midlevel_app.gui.envelope import EnvelopeStream, joined

        envelope = EnvelopeStream(reader.rate)
        waiting: list[EnvelopePart] = []
        due = 0.0
        try:
            for block in reader.blocks(BLOCK_SECONDS):
                if self._cancelled.is_set():
                    return
                if self._stopped.is_set():
                    self._broke_off = True
                    break
                waiting.append(envelope.push(block))
                self._read = (block.first_sample + len(block.samples)) / block.rate
                if time.monotonic() >= due:
                    self._report(WaveformPiece(joined(waiting), self._read))
                    waiting = []
                    due = time.monotonic() + REPORT_SECONDS
                yield block
                self._look_ahead()
        except AudioFileError as error:
            self._problem = str(error)
        waiting.append(envelope.finish())
        self._report(WaveformPiece(joined(waiting), self._read))

    def _look_ahead(self) -> None:
        """Describe the music around the time wanted, if that is not near and not done."""
        from midlevel_app.analysis import FILE_CHUNK_SECONDS, analyse_stretch
        from midlevel_app.audio.decode import open_audio

        wanted = self._wanted
        if wanted is None or self._model is None or wanted < self._read + FILE_CHUNK_SECONDS:
            return
        if any(start <= wanted < stop for start, stop in self._ahead):
            return
        start, stop = wanted - 0.2 * AHEAD_SECONDS, wanted + 0.8 * AHEAD_SECONDS
        self._ahead.append((start, stop - 0.2 * AHEAD_SECONDS))  # so that playing on is described in time
        with contextlib.suppress(AudioFileError), open_audio(self.path) as reader:
            found = analyse_stretch(reader, self._model, start, stop)
            if len(found):
                self._report(AheadPiece(found))


class Wording(QThread):
    """Puts into words what the curves do, which takes a while for long recordings.

    Parameters
    ----------
    curves : Curves
        Of the whole recording.
    selection : (float, float) or None
        Say how this stretch (seconds) differs from the rest; None: what changes over the recording.
    """

    found = Signal(object)
    """A list of `changes.Change`, or of sentences on the selection."""

    def __init__(self, curves: "Curves", selection: tuple[float, float] | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection = selection
        self._curves = curves

    def run(self) -> None:
        """Find and report."""
        from midlevel_app.changes import describe_selection, find_changes

        if self.selection is None:
            self.found.emit(find_changes(self._curves))
        else:
            self.found.emit(describe_selection(self._curves, *self.selection))


class Keep(QThread):
    """Keeps a finished analysis in the cache."""

    def __init__(
        self, cache: "Cache", path: Path, model_sha256: str, entry: "Entry", stamp: "Stamp", parent: QObject
    ) -> None:
        super().__init__(parent)
        self._cache = cache
        self._snapshot = (path, model_sha256, entry, stamp)

    def run(self) -> None:
        """Write; if that is not possible, the recording is analysed again next time."""
        self._cache.store(*self._snapshot)


class Listing(QThread):
    """Finds the recordings that files and folders mean, folders with all their subfolders."""

    found = Signal(object)
    """A `batch.Plan`."""

    def __init__(self, paths: list[Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = list(paths)

    def run(self) -> None:
        """Search and report."""
        from midlevel_app.batch import make_plan

        self.found.emit(make_plan(self._paths, None, recursive=True, extension=""))


class Export(QThread):
    """Writes files, replacing what is there: the window has asked.

    Parameters
    ----------
    job : callable
        Writes and returns the files, or raises `ExportError`.
    """

    done = Signal(object)
    """The files written (a tuple of `Path`), or the `ExportError` that says why there are none."""

    def __init__(self, job: Callable[[], tuple[Path, ...]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job

    def run(self) -> None:
        """Write and report."""
        try:
            self.done.emit(self._job())
        except ExportError as error:
            self.done.emit(error)
