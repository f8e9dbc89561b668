"""Hearing: a live session and what it gave by now: what is shown of it, and the curves of its take."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midlevel_app.audio.lasting import State
from midlevel_app.curves import Curves, join, span
from midlevel_app.gui.livechoices import LENGTHS
from midlevel_app.gui.liveview import NOTHING, Heard
from midlevel_app.language import decimal, tr
from midlevel_app.live.news import SLOW_SECONDS, ZERO_SECONDS, News
from midlevel_app.live.session import LiveSession
from midlevel_app.live.state import LiveSettings, Snapshot
from midlevel_app.model import Model
from midlevel_app.onsets import OnsetStream

_MOST_PARTS = 500  # more small arrays would take more room than what they hold
_KEPT_SECONDS = 3 * max(LENGTHS)  # of what was heard, to be shown and to make a band of


class Hearing:
    """Begins a session and pulls what it gives.

    Parameters
    ----------
    model : Model
    settings : LiveSettings
    after : Hearing, optional
        Ends now; an input that both hear is heard on where it ends.

    Attributes
    ----------
    heard : Heard
        To be shown.
    news : News
        What was said of it.
    """

    def __init__(self, model: Model, settings: LiveSettings, after: "Hearing | None" = None) -> None:
        self.heard = NOTHING
        self.news: News = News() if after is None else after.news
        self.session: LiveSession = LiveSession(model, settings, after=None if after is None else after.session)
        self._chunks: list[Curves] = []  # all of the take but for
        self._parts: list[Curves] = []  # the latest
        self._recent: list[Curves] = []  # what is shown
        self._onsets = OnsetStream(model.card.frontend)
        self._onset_times = np.empty(0)
        self._onset_start = self._next_frame = 0

    @property
    def take(self) -> Path | None:
        """Where a take is recorded."""
        return self.session.settings.take

    @property
    def curves(self) -> Curves:
        """Of the whole take."""
        return join([*self._chunks, *self._parts])

    def pull(self) -> Snapshot:
        """Take what is new, and return it."""
        found = self.session.snapshot()
        if len(found.frames):
            self._hear_onsets(found)
        if len(found.curves):
            self._recent.append(found.curves)
            if self.take is not None:
                self._parts.append(found.curves)
                if len(self._parts) > _MOST_PARTS:
                    self._chunks.append(join(self._parts))
                    self._parts = []
        curves = span(join(self._recent), found.seconds - _KEPT_SECONDS, found.seconds)
        self._recent = [curves] if len(curves) else []
        self._onset_times = self._onset_times[self._onset_times > found.seconds - _KEPT_SECONDS]
        self.heard = Heard(curves, self._onset_times, found.seconds)
        return found

    def _hear_onsets(self, found: Snapshot) -> None:
        if found.first_frame != self._next_frame:  # some were left out: begin anew behind them
            self._onsets = OnsetStream(self._onsets.frontend)
            self._onset_start = found.first_frame
        self._next_frame = found.first_frame + len(found.frames)
        new: npt.NDArray[np.float64] = self._onsets.push(found.frames)
        self._onset_times = np.append(self._onset_times, new + float(self._onsets.frontend.times(self._onset_start)))


def has_ended(snapshot: Snapshot) -> bool:
    """Tell whether nothing more will come."""
    return snapshot.state in (State.STOPPED, State.FULL)


def state_text(snapshot: Snapshot, ending: Sequence[Hearing]) -> str:
    """Say in a few words what is out of the ordinary, as long as it is; ``ending`` is what was heard before."""
    if snapshot.state is State.OPENING and not ending:  # which hands its input on
        return tr("Opening the input …")
    if snapshot.state in (State.FROZEN, State.LOST, State.WAITING):
        return tr("No input")
    if snapshot.zero_seconds > ZERO_SECONDS:
        return tr("Silent: muted?")
    if snapshot.run_seconds > SLOW_SECONDS:
        return tr("Slow: values every {seconds} s").format(seconds=decimal(snapshot.run_seconds, ".1f"))
    return tr("Writing the take …") if any(hearing.take for hearing in ending) else ""
