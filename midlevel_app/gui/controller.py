"""Controller: carries out what the window asks for; owns the model, the player and the threads."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from midlevel_app.errors import ExportError, ModelError
from midlevel_app.gui.marks import Marks
from midlevel_app.gui.worker import (
    Analysis,
    Export,
    Failed,
    Finished,
    Keep,
    Listing,
    ModelLoader,
    Opened,
    Report,
    Stopped,
    Wording,
)
from midlevel_app.language import language, tr

if TYPE_CHECKING:  # loaded by `ModelLoader`, off the window's thread
    import numpy.typing as npt

    from midlevel_app.audio.decode import AudioFacts
    from midlevel_app.audio.playback import Player, PlayerState
    from midlevel_app.batch import Plan
    from midlevel_app.cache import Cache
    from midlevel_app.curves import Curves
    from midlevel_app.gui.recording import Recording
    from midlevel_app.model import Model, ModelCard

END_LIMIT_MS = 10_000  # how long closing waits for a thread that does not end


@dataclass(frozen=True)
class Problem:
    """Something that went wrong: what happened, and what still works."""

    what: str
    works: str


@dataclass(frozen=True)
class Snapshot:
    """What exports are made from: a recording, the model that described it, and what it said."""

    facts: "AudioFacts"
    model: "Model"
    curves: "Curves"


class Controller(QObject):
    """Opens, describes, plays and exports one recording at a time."""

    model_ready = Signal()
    """`card` tells about the model, or there is none and a problem was reported."""

    opening = Signal()
    """`path` is being opened; whatever was open is closed."""

    opened = Signal()
    """`recording` has its facts."""

    changed = Signal()
    """`recording` knows more."""

    stopped = Signal()
    """Reading has ended: everything is there, or a problem was reported."""

    failed = Signal()
    """What was being opened cannot be; nothing is open."""

    listed = Signal(object)
    """Recordings (list of `Path`) that were asked for together; the first is being opened."""

    worded = Signal()
    """`recording` knows what changes in it, or how the selection differs."""

    exported = Signal(object)
    """The file written."""

    problem = Signal(object)
    """A `Problem`."""

    solved = Signal(object)
    """A `Problem` that was told and is over."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cache: Cache | None = None  # of finished analyses
        self.recording: Recording | None = None
        self.marks = Marks(self)
        self.marks.selected.connect(self._compare)
        self.reading = False
        self._model: Model | None = None
        self._ready = False
        self._ended = False  # by `shut_down`
        self._since = 0.0  # when reading began, of the monotonic clock
        self._requested: Path | None = None
        self._analysis: Analysis | None = None
        self._listing: Listing | None = None  # while files and folders are looked through
        self._player: Player | None = None
        self._sound: Player | None = None  # of an explanation
        self._volume = 1.0
        self._output: str | None = None
        self._old_players: list[Player] = []
        self._threads: set[QThread] = set()
        self._player_error: Exception | None = None
        self._silence: Problem | None = None  # what the last such error was told as

    @property
    def model(self) -> "Model | None":
        """The model, once it is loaded."""
        return self._model

    @property
    def card(self) -> "ModelCard | None":
        """The model's card, once it is loaded."""
        return None if self._model is None else self._model.card

    @property
    def model_sha256(self) -> str | None:
        """The hash of the model, once it is loaded."""
        return None if self._model is None else self._model.sha256

    @property
    def path(self) -> Path | None:
        """What is open or being opened."""
        return self._requested if self.recording is None else self.recording.path

    @property
    def exportable(self) -> bool:
        """There are curves, and they are complete."""
        recording = self.recording
        return recording is not None and (recording.finished or recording.stopped) and recording.has_values

    @property
    def extent(self) -> float:
        """Seconds the open recording lasts; 0 for none."""
        return 0.0 if self.recording is None else self.recording.extent

    @property
    def position(self) -> float:
        """Seconds into the recording that are heard now; 0 for none."""
        return 0.0 if self._player is None else self._player.position()

    def start(self) -> None:
        """Load the model and the libraries in the background; what is opened meanwhile waits for them."""
        loader = ModelLoader(self)
        loader.loaded.connect(self._on_model)
        self.launch(loader)

    def open(self, path: Path) -> None:
        """Close what is open, and open, describe and be ready to play ``path``."""
        if self._ended:  # a thread found it while the window closed
            return
        self._drop()
        self._requested, self._listing = path, None
        self.opening.emit()
        if self._ready:
            self._begin(path)

    def _begin(self, path: Path) -> None:
        """Begin to read what was asked for."""
        from midlevel_app.audio.playback import Player
        from midlevel_app.gui.recording import Recording

        self.recording = Recording(path)
        self._player = Player(path)
        self._analysis = Analysis(path, self._model, self.cache, self)
        self._read_on()

    def list_all(self, paths: Sequence[Path]) -> None:
        """Find the recordings that these files and folders mean, and tell."""
        self._listing = Listing(list(paths), self)
        self._listing.found.connect(self._on_listing)
        self.launch(self._listing)

    def stop_reading(self) -> None:
        """Describe no more than was described; what there is stays."""
        if self._analysis is not None and self.reading:
            self._analysis.stop()

    def read_again(self) -> None:
        """After `stop_reading`, describe all of the recording; what there is stays until its file is open again."""
        if self.recording is not None and self.recording.stopped and not self.reading:
            self._analysis = Analysis(self.recording.path, self._model, self.cache, self, self.recording.stamp)
            self._read_on()

    @property
    def seconds_left(self) -> float | None:
        """How long reading will go on, by how fast it was so far; None where that cannot be told yet."""
        recording = self.recording
        if not self.reading or recording is None or not recording.extent or recording.described < 1:
            return None
        passed = time.monotonic() - self._since
        return passed * (recording.extent - recording.described) / recording.described

    def _look_at(self, seconds: float) -> None:
        """Let what is being read be described there first."""
        if self._analysis is not None and self.reading:
            self._analysis.look_at(seconds)

    def _read_on(self) -> None:
        assert self._analysis is not None
        self._analysis.reported.connect(self._on_report)
        self.reading = True
        self._since = time.monotonic()
        self.launch(self._analysis)

    def toggle(self) -> None:
        """Play or pause."""
        if self._player is not None and self.recording is not None:
            if self._player.state().playing:
                self._player.pause()
                return
            if self._player.position() >= self.recording.extent:
                self._player.seek(0.0)
            self._player_error = None
            self._player.play()

    def play_so(self, speed: float, volume: float, output: str | None, loop: tuple[float, float] | None) -> None:
        """Play at this speed and volume (0 to 1), through the output of this name, over and over within ``loop``."""
        self._volume, self._output = volume, output
        if self._player is not None:
            self._player.set_speed(speed)
            self._player.set_volume(volume)
            self._player.set_output(output)
            self._player.set_loop(*(loop or (None,)))

    def play_sound(self, path: Path | None) -> None:
        """Play a short sound in place of the recording; None falls silent."""
        from midlevel_app.audio.playback import Player

        if self._player is not None and path is not None:
            self._player.pause()
        if self._sound is not None:
            self._old_players.append(self._sound)
        self._sound = None
        self._old_players = [player for player in self._old_players if not player.close(0.0)]
        if path is not None:
            self._sound = Player(path)
            self._sound.set_volume(self._volume)
            self._sound.set_output(self._output)
            self._sound.play()

    def seek(self, seconds: float) -> None:
        """Go to ``seconds``, within the recording."""
        if self._player is not None and self.recording is not None:
            target = min(max(seconds, 0.0), self.recording.extent)
            self._player.seek(target)
            self._look_at(target)

    def seek_by(self, seconds: float) -> None:
        """Go forwards or backwards from what is heard."""
        if self._player is not None:
            self.seek(self._player.position() + seconds)

    def select(self, selection: tuple[float, float] | None) -> None:
        """Select a stretch (seconds), as far as the recording goes; or nothing."""
        if selection is not None and self.extent:
            selection = selection[0], min(selection[1], self.extent)
        self.marks.select(selection)

    def player_state(self) -> "PlayerState | None":
        """Return what the player does, and report what stopped it, once."""
        if self._player is None:
            return None
        state = self._player.state()
        self._look_at(state.position)
        if self._sound is not None and (error := self._sound.state().error) is not None:
            self.play_sound(None)
            self.problem.emit(Problem(str(error), tr("The curves still work, and so does exporting them.")))
        if state.error is not None and state.error is not self._player_error:
            self._player_error = state.error
            self._silence = Problem(str(state.error), tr("The curves still work, and so does exporting them."))
            self.problem.emit(self._silence)
        elif state.error is None and state.lag is not None and state.playing and self._silence is not None:
            self.solved.emit(self._silence)
            self._silence = None
        return state

    def snapshot(self) -> "Snapshot | None":
        """Return what an export is made from; None where there is nothing to export."""
        if not self.exportable or self._model is None or self.recording is None or self.recording.facts is None:
            return None
        facts = replace(self.recording.facts, sha256=self.recording.sha256)
        return Snapshot(facts, self._model, self.recording.curves())

    def export(self, job: Callable[[], tuple[Path, ...]]) -> None:
        """Let ``job`` write files on a thread of its own; it returns them or raises `ExportError`."""
        worker = Export(job, self)
        worker.done.connect(self._on_exported)
        self.launch(worker)

    def shut_down(self) -> bool:
        """End playing and all threads; tell whether all of them ended in time."""
        from midlevel_app.audio.devices import CALL_LIMIT_SECONDS, hanging

        self._ended = True
        self._drop()
        if self._sound is not None:
            self._old_players.append(self._sound)
            self._sound = None
        ended = [player.close() for player in self._old_players]
        ended += [thread.wait(END_LIMIT_MS) for thread in list(self._threads)]
        return all(ended) and not hanging(patience=CALL_LIMIT_SECONDS)

    def launch(self, thread: QThread) -> None:
        """Run a thread, and wait for it when the window closes; a closed window runs none."""
        if self._ended:
            return
        self._threads.add(thread)
        thread.finished.connect(self._on_thread_end)
        thread.start()

    def _drop(self) -> None:
        """Let go of the open recording; its threads end by themselves."""
        if self._analysis is not None:
            self._analysis.cancel()
        if self._player is not None:
            self._old_players.append(self._player)
        self._old_players = [player for player in self._old_players if not player.close(0.0)]
        self._analysis, self._player, self.recording, self._requested = None, None, None, None
        self.marks.load()
        self.reading = False

    @Slot()
    def _on_thread_end(self) -> None:
        thread = self.sender()
        assert isinstance(thread, QThread)
        self._threads.discard(thread)
        if thread is self._analysis and self.reading:  # ended by a mistake of ours, which was reported
            self.reading = False
            self.stopped.emit()
        thread.deleteLater()

    @Slot(object)
    def _on_model(self, model: "Model | ModelError") -> None:
        self._ready = True
        if not isinstance(model, ModelError):
            self._model = model
        self.model_ready.emit()
        if self._requested is not None and self.recording is None:
            self._begin(self._requested)
        if isinstance(model, ModelError):
            self.problem.emit(Problem(str(model), tr("Recordings still open and play, without curves.")))

    @Slot(object, object)
    def _on_report(self, analysis: Analysis, report: Report) -> None:
        if analysis is not self._analysis or self.recording is None:
            return  # of a recording that was closed meanwhile
        if isinstance(report, Failed):
            self._on_failed(report)
            return
        if isinstance(report, Opened) and self.recording.stopped:
            from midlevel_app.gui.recording import Recording

            self.recording = Recording(analysis.path)
        self.recording.take(report)
        if isinstance(report, Opened):
            self.opened.emit()
        elif isinstance(report, Finished | Stopped):
            self.reading = False
            self._stay_within()
            if isinstance(report, Finished):
                self._find_words(None)
                self._compare()
                if not analysis.was_kept:
                    self._keep(report)
            self.stopped.emit()
            if isinstance(report, Finished) and report.problem is not None:
                works = (
                    tr("What there is of it still plays, and its curves can be exported.")
                    if self.exportable
                    else tr("What there is of it still plays.")
                )
                self.problem.emit(Problem(report.problem, works))
            elif isinstance(report, Finished) and report.notice is not None and self.recording.has_values:
                self.problem.emit(
                    Problem(tr(report.notice), tr("Everything works, and what it says is yours to judge."))
                )
        self.changed.emit()

    def _on_failed(self, failed: Failed) -> None:
        """Nothing is open, or, if it was to be read again, what there was stays."""
        if self.recording is not None and self.recording.stopped:
            self.reading = False
            self.stopped.emit()
            self.changed.emit()
            works = tr("What there was of its curves stays, with your markers, and can be exported.")
        else:
            self._drop()
            self.failed.emit()
            works = tr("Any other recording can be opened.")
        self.problem.emit(Problem(failed.message, works))

    def _find_words(self, selection: tuple[float, float] | None) -> None:
        """Let what changes, or how a selection differs, be put into words."""
        assert self.recording is not None
        wording = Wording(self.recording.curves(), selection, self)
        recording = self.recording
        wording.found.connect(lambda found: self._on_words(recording, selection, found))
        self.launch(wording)

    @Slot()
    def _compare(self) -> None:
        if self.recording is not None and self.recording.finished and self.marks.selection is not None:
            self._find_words(self.marks.selection)

    def _on_words(self, recording: "Recording", selection: tuple[float, float] | None, found: list[Any]) -> None:
        if recording is not self.recording or selection not in (None, self.marks.selection):
            return  # another recording or selection by now
        if selection is None:
            recording.changes = found
        else:
            recording.comparison = selection, found
        self.worded.emit()

    def _stay_within(self) -> None:
        """Give up what lies beyond the end: the recording may be shorter than its file declares. Markers stay."""
        self.select(self.marks.selection)
        if self.extent and self.position > self.extent:
            self.seek(self.extent)

    def _keep(self, finished: Finished) -> None:
        """Keep what was found for the next time this recording is opened."""
        import numpy as np

        from midlevel_app.cache import Entry

        recording, model, analysis = self.recording, self._model, self._analysis
        if self.cache is None or recording is None or model is None or analysis is None or analysis.stamp is None:
            return
        envelope = recording.envelope.all()
        arrays: dict[str, npt.NDArray[Any]] = {
            "low": envelope.low,
            "high": envelope.high,
            "frames": recording.frames.frames(),
            "notice": np.frombuffer((finished.notice or "").encode(), dtype=np.uint8),
            "language": np.frombuffer(language().encode(), dtype=np.uint8),
        }
        facts = finished.facts
        entry = Entry(recording.curves(), facts.duration, facts.complete, finished.problem, arrays)
        self.launch(Keep(self.cache, recording.path, model.sha256, entry, analysis.stamp, self))

    @Slot(object)
    def _on_listing(self, plan: "Plan") -> None:
        if self.sender() is not self._listing:
            return  # the user asked for something else meanwhile
        self._listing = None
        paths = [job.audio for job in plan.jobs]
        if paths:
            self.listed.emit(paths)
        if plan.problems:
            works = tr("The others can be opened.") if paths else tr("Any other recording can be opened.")
            self.problem.emit(Problem(str(plan.problems[0]), works))

    @Slot(object)
    def _on_exported(self, outcome: tuple[Path, ...] | ExportError) -> None:
        if isinstance(outcome, ExportError):
            self.problem.emit(Problem(str(outcome), tr("Nothing was written; playing and the curves still work.")))
        else:
            self.exported.emit(outcome[0])
