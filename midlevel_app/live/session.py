"""A live session: one input heard, recorded and described, from its start to its stop, on threads of its own.

The device's callback copies into a ring. One thread takes from the ring and hands on, rounded to the 24 bits of a
take: to the recorder, which drops nothing, and to the analysis, which may. The analysis takes all that waits at once,
and rests as long as each run took: where the machine is slow, its runs grow longer and rarer by themselves. If it
falls behind nevertheless, the oldest audio that waits is left out, from the analysis alone.
"""

import threading
import time
from collections import deque

import numpy as np
import numpy.typing as npt

from midlevel_app.audio.block import Block
from midlevel_app.audio.lasting import Gap, LastingInput, State, Stretch
from midlevel_app.audio.takefiles import as_read, quantised
from midlevel_app.curves import Curves, join
from midlevel_app.errors import DiskFullError, MidlevelError
from midlevel_app.frontend import Spectrogram
from midlevel_app.live.backlog import Arrived, Backlog, joined
from midlevel_app.live.following import FollowingAnalyser
from midlevel_app.live.level import Meter
from midlevel_app.live.recorder import Interruptions, Recorder
from midlevel_app.live.state import Lag, LiveSettings, Snapshot
from midlevel_app.markers import Marker
from midlevel_app.model import Model

TICK_SECONDS = 0.01  # how often the ring is emptied
FRAMES_SECONDS = 60.0  # how much of the spectrogram is kept for who does not pull
LAG_SECONDS = 3.0  # the lag that is told is that of the network's runs of late

RELEASE_SECONDS = 0.5  # the end waits so long for a device that hangs

_CPU_SECONDS = 1.0


class LiveSession:
    """Listens from the moment it is made until it is stopped. Every method but `close` returns at once.

    Parameters
    ----------
    model : Model
    settings : LiveSettings
    source : LastingInput, optional
        What is heard instead of the input that the settings name.
    after : LiveSession, optional
        Is stopped. If it hears the same input, this one hears on where it ends, without a sample missing or twice.
    """

    def __init__(
        self,
        model: Model,
        settings: LiveSettings,
        source: LastingInput | None = None,
        after: "LiveSession | None" = None,
    ) -> None:
        self.settings = settings
        self._after = after
        self._hands_over = False  # the input stays open, for the session after this one
        self._let_go = threading.Event()  # of the input
        self._missed: tuple[tuple[Gap, ...], int] | None = None  # gaps and dropouts, once the input was let go
        self._model = model
        self._input = source or LastingInput(settings.device)
        self._lock = threading.Lock()  # guards what a snapshot takes away
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._backlog = Backlog()
        self._recorder: Recorder | None = None
        self._meter = Meter(1, 1)
        self._error: MidlevelError | None = None
        self._device = settings.device or ""
        self._rate = 0
        self._frames = 0
        self._left_out = 0
        self._curves: list[Curves] = []
        self._behind: list[npt.NDArray[np.float64]] = []
        self._spectra: deque[Spectrogram] = deque()
        self._first_frame = self._next_frame = 0
        self._recent: deque[tuple[float, float, float]] = deque()  # of runs: moment, seconds behind, seconds taken
        self._described = False  # there was a value
        self._cpu = {"listen": 0.0, "analyse": 0.0}
        self._cpu_then = (time.monotonic(), 0.0)
        self._cpu_share = 0.0
        if after is not None:
            after._hands_over = after.settings.device == settings.device
            after.stop()
        threading.Thread(target=self._listen, name="midlevel-live", daemon=True).start()

    def stop(self) -> None:
        """Listen no more; what was heard is still described and written."""
        self._stopping.set()

    def close(self, limit: float = 10.0) -> bool:
        """Stop, and tell whether all was written within ``limit`` seconds."""
        self.stop()
        return self._ended.wait(limit)

    def mark(self, text: str) -> None:
        """Put a marker at what is heard now; it is kept beside the take at once."""
        if self._recorder is not None and self._rate:
            self._recorder.mark(Marker(self._frames / self._rate, text))

    @property
    def waiting_seconds(self) -> float:
        """How much audio waits for the analysis."""
        return self._backlog.waiting / self._rate if self._rate else 0.0

    def reset_clip(self) -> None:
        """Put the marks of clipping out."""
        with self._lock:
            self._meter.reset_clip()

    def snapshot(self) -> Snapshot:
        """Return what is going on, and take away what is new. For one puller."""
        recorder, ended = self._recorder, self._ended.is_set()
        with self._lock:
            curves, behind, spectra = self._curves, self._behind, list(self._spectra)
            first, level, zeros = self._first_frame, self._meter.pull(), self._meter.zero_seconds
            self._curves, self._behind = [], []
            self._spectra.clear()
            self._first_frame = self._next_frame
            recent = list(self._recent)
        gaps, dropouts = self._missed or (self._input.gaps, self._input.dropouts)
        error = self._error or (None if recorder is None else recorder.error or recorder.error_beside)
        card = self._model.card
        return Snapshot(
            state=self._state(ended),
            device=self._device,
            error=error or (None if self._let_go.is_set() else self._input.error),
            seconds=self._frames / self._rate if self._rate else 0.0,
            curves=join(curves),
            behind=np.concatenate(behind) if behind else np.empty(0),
            frames=np.concatenate(spectra) if spectra else np.empty((0, card.frontend.bands), dtype=np.float32),
            first_frame=first,
            level=level,
            zero_seconds=zeros,
            lag=Lag(
                card.field_seconds / 2,
                float(np.median([lag for _, lag, _ in recent])) if recent else None,
                self._input.lag,
            ),
            run_seconds=float(np.median([taken for _, _, taken in recent])) if recent else 0.0,
            left_out_seconds=self._left_out / self._rate if self._rate else 0.0,
            dropouts=dropouts,
            gaps=gaps,
            rate=self._rate,
            seconds_left=None if recorder is None else recorder.seconds_left,
            cpu_share=self._measured_cpu(recorder),
            written=recorder.written if recorder is not None and ended else (),
        )

    def _state(self, ended: bool) -> State:
        if ended:
            return State.FULL if isinstance(self._error, DiskFullError) else State.STOPPED
        if self._stopping.is_set():
            return State.FINISHING
        return self._input.state if self._rate else State.OPENING

    def _measured_cpu(self, recorder: Recorder | None) -> float:
        now, then = time.monotonic(), self._cpu_then
        if now - then[0] >= _CPU_SECONDS:
            used = sum(self._cpu.values()) + (0.0 if recorder is None else recorder.cpu_seconds)
            self._cpu_share = (used - then[1]) / (now - then[0])
            self._cpu_then = (now, used)
        return self._cpu_share

    # On the thread that listens

    def _listen(self) -> None:
        """Open everything, hand on what is heard, and close everything."""
        try:
            if self._after is not None:
                self._take_over(self._after)
            if self._input.state is State.OPENING:
                self._device = self._input.choose().name
                self._input.start()
            found = self._input.input  # its ring keeps what is heard while the files are made
            self._device = found.name
            self._recorder = recorder = Recorder(self.settings, self._model, found)
            self._meter, self._rate = Meter(found.rate, found.channels), found.rate
            self._listen_and_analyse(recorder)
        except MidlevelError as error:
            self._error = error
        finally:
            self._stopping.set()
            self._leave()
            if not self._hands_over:
                self._input.closed(RELEASE_SECONDS)  # so that the next session can open it
            self._ended.set()

    def _take_over(self, before: "LiveSession") -> None:
        """Wait until another session hears no more, and hear its input on if that was meant."""
        before._let_go.wait()
        self._after = None  # it is kept by who still pulls it
        if before._hands_over and before._input.state is not State.STOPPED:
            self._input = before._input
            self._input.count_anew()
        else:
            before._input.closed(RELEASE_SECONDS)

    def _leave(self) -> None:
        """Give the input back, or leave it to the session after this one."""
        if not self._let_go.is_set():
            self._missed = self._input.gaps, self._input.dropouts
            if not self._hands_over:
                self._input.close()
            self._let_go.set()

    def _listen_and_analyse(self, recorder: Recorder) -> None:
        analysis = threading.Thread(target=self._analyse, args=(recorder,), name="midlevel-analysis", daemon=True)
        analysis.start()
        try:
            self._hear(recorder)
        finally:
            self._stopping.set()
            self._leave()
            recorder.end_audio()
            self._backlog.end()
            analysis.join()
            assert self._missed is not None
            recorder.end(Interruptions(*self._missed, self._left_out / self._rate))
            recorder.ended.wait()
            self._error = self._error or recorder.error

    def _hear(self, recorder: Recorder) -> None:
        while recorder.error is None and not self._is_full():
            stopping = self._stopping.wait(TICK_SECONDS)
            self._hand_on(self._input.read(), recorder)
            self._cpu["listen"] = time.thread_time()
            if stopping:
                return

    def _is_full(self) -> bool:
        """Tell whether as much was heard as was asked for."""
        seconds = self.settings.seconds
        return seconds is not None and self._frames >= round(seconds * self._rate)

    def _hand_on(self, stretches: list[Stretch], recorder: Recorder) -> None:
        if not stretches:
            return
        samples = np.concatenate([stretch.samples for stretch in stretches])
        ends = np.cumsum([len(stretch.samples) for stretch in stretches]) + self._frames
        if self.settings.seconds is not None:
            samples = samples[: round(self.settings.seconds * self._rate) - self._frames]
        rounded = quantised(samples)
        heard = as_read(rounded)
        with self._lock:
            self._meter.add(heard, any(stretch.missing for stretch in stretches))
        recorder.hear(rounded)
        moments = (stretch.moment for stretch in stretches)
        block = Block(heard, self._rate, self._frames)
        self._backlog.put(Arrived(block, tuple(zip(ends.tolist(), moments, strict=True))))
        self._frames += len(samples)

    # On the thread that analyses

    def _analyse(self, recorder: Recorder) -> None:
        """Describe what arrives, until it ends."""
        analyser = FollowingAnalyser(self._model, self._rate, self.settings.gain_db, self._keep_frames)
        arrivals: deque[tuple[int, float]] = deque()
        taken = 0  # samples since the last run of the network
        while (parts := self._backlog.get()) is not None:
            begun = time.monotonic()
            arrivals.extend(end for part in parts for end in part.ends)
            for block in joined([part.block for part in parts]):
                found = analyser.push(block)
                self._left_out = analyser.left_out
                taken += len(block.samples)
                if len(found):
                    self._tell(found, self._lags(found, arrivals), taken, recorder)
                    taken = 0
            self._cpu["analyse"] = time.thread_time()
            self._stopping.wait(time.monotonic() - begun)  # half of a core is enough
        rest = analyser.finish()
        self._tell(rest, np.full(len(rest), np.nan), taken, recorder)

    def _lags(self, found: Curves, arrivals: deque[tuple[int, float]]) -> npt.NDArray[np.float64]:
        """Seconds since the end of what each row describes came, (t,); NaN for rows without a value."""
        now = time.monotonic()
        ends = (found.times + self._model.card.field_seconds / 2) * self._rate
        lags = np.full(len(found), np.nan)
        for row, end in enumerate(ends.tolist()):
            while len(arrivals) > 1 and arrivals[0][0] < end:
                arrivals.popleft()
            lags[row] = now - arrivals[0][1]
        return np.where(np.isfinite(found.values[:, 0]), lags, np.nan)

    def _tell(self, found: Curves, lags: npt.NDArray[np.float64], taken: int, recorder: Recorder) -> None:
        recorder.describe(found)
        with self._lock:
            self._curves.append(found)
            self._behind.append(lags)
            known = lags[np.isfinite(lags)]
            if len(known):
                if self._described:  # the first run of all waited for a whole field
                    self._remember(float(known[-1]), taken / self._rate)
                self._described = True

    def _remember(self, behind: float, taken: float) -> None:
        """Remember a run of the network: how far behind it was, and how many seconds it took at once."""
        now = time.monotonic()
        self._recent.append((now, behind, taken))
        while self._recent[0][0] < now - LAG_SECONDS:
            self._recent.popleft()

    def _keep_frames(self, first: int, frames: Spectrogram) -> None:
        with self._lock:
            if first != self._next_frame:  # some were left out
                self._spectra.clear()
                self._first_frame = first
            self._spectra.append(frames)
            self._next_frame = first + len(frames)
            most = FRAMES_SECONDS * self._model.card.frontend.frame_rate
            while self._next_frame - self._first_frame - len(self._spectra[0]) >= most:
                self._first_frame += len(self._spectra.popleft())
