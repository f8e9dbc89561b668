"""News of live listening: what people should know, in sentences, each once when it happens."""

from midlevel_app.audio.lasting import State
from midlevel_app.errors import MidlevelError
from midlevel_app.language import decimal, tr
from midlevel_app.live.state import Snapshot
from midlevel_app.report import clock

ZERO_SECONDS = 5.0
"""An input that is exactly zero for so long is spoken of."""

SLOW_SECONDS = 0.5
"""Where runs of the network take so much audio at once, the machine is called slow."""

LITTLE_ROOM_SECONDS = 600.0
"""Left on the disk; less is spoken of."""


class News:
    """Sentences about snapshots that are pulled one after the other, of one session or of those that follow it."""

    def __init__(self) -> None:
        self._input: tuple[str, int] | None = None  # name and rate
        self._error: str | None = None
        self._away = False
        self._said: set[str] = set()

    def of(self, snapshot: Snapshot) -> list[str]:
        """Return what is new, if anything."""
        found = [*self._of_input(snapshot)]
        if snapshot.state is not State.LISTENING:
            return found
        found += self._once("zero", snapshot.zero_seconds > ZERO_SECONDS, silent_text(snapshot.device))
        found += self._once("clip", bool(snapshot.level.clipped.any()), tr("The input clips: turn it down"))
        slow = tr("This machine is slow: new values come every {seconds} s").format(
            seconds=decimal(snapshot.run_seconds, ".1f")
        )
        found += self._once("slow", snapshot.run_seconds > SLOW_SECONDS, slow)
        behind = tr("The analysis fell behind and leaves a gap in the curves; no recorded audio is lost")
        found += self._once("behind", snapshot.left_out_seconds > 0, behind)
        left = LITTLE_ROOM_SECONDS if snapshot.seconds_left is None else snapshot.seconds_left
        found += self._once(
            "room", left < LITTLE_ROOM_SECONDS, tr("The disk has room for {left} more").format(left=clock(left))
        )
        return found

    def _of_input(self, snapshot: Snapshot) -> list[str]:
        if snapshot.state is State.LISTENING:
            away, self._away = self._away, False
            if snapshot.error is not None:  # about what is written
                return self._changed(snapshot.error)
            self._error = None
            before, self._input = self._input, (snapshot.device, snapshot.rate)
            if before != self._input:
                return [tr("Listening to {device} at {rate} Hz").format(device=snapshot.device, rate=snapshot.rate)]
            return [tr("{device} is heard again").format(device=snapshot.device)] if away else []
        if snapshot.state not in {State.FROZEN, State.LOST, State.WAITING}:
            return []
        self._away = True
        return self._changed(snapshot.error)

    def _changed(self, error: MidlevelError | None) -> list[str]:
        before, self._error = self._error, None if error is None else str(error)
        return [] if self._error is None or self._error == before else [self._error]

    def _once(self, what: str, so: bool, text: str) -> list[str]:
        """Return the text when it becomes so; again only after it was not so."""
        if not so:
            self._said.discard(what)
            return []
        if what in self._said:
            return []
        self._said.add(what)
        return [text]


def silent_text(device: str) -> str:
    """Return what an exactly silent input means."""
    return tr(
        "Nothing at all comes from {device}, not even noise: see whether it is muted, or whether "
        "this program may use the microphone"
    ).format(device=device)
