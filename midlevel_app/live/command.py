"""The command ``midlevel live``: rows out as they are made, what happens on standard error, a clean end."""

import signal
import time
from dataclasses import dataclass
from types import FrameType

from midlevel_app.audio.lasting import State
from midlevel_app.audio.take import check_take, mended, unfinished_takes
from midlevel_app.console import say, write_out
from midlevel_app.errors import MidlevelError
from midlevel_app.formats import csv_header, csv_rows
from midlevel_app.live.news import News
from midlevel_app.live.session import LiveSession
from midlevel_app.live.state import LiveSettings, Snapshot
from midlevel_app.model import Model
from midlevel_app.report import clock

PULL_SECONDS = 0.02
END_SECONDS = 30.0  # for what is written at the end, when Ctrl+C was pressed twice

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass(frozen=True)
class Outputs:
    """Where rows go beside the files: to standard output, and to a host and port by OSC."""

    standard: bool
    osc: tuple[str, int] | None


def listen(model: Model, settings: LiveSettings, outputs: Outputs) -> bool:
    """Listen until told to stop, and tell whether all that was heard was written.

    Raises
    ------
    MidlevelError
        For what cannot even begin.
    BrokenPipeError
        If nobody reads standard output any more; files are whole nevertheless.
    """
    sender = None
    if outputs.osc is not None:
        from midlevel_app.live.osc import OscSender

        sender = OscSender(*outputs.osc)
    if settings.take is not None:
        check_take(settings.take, settings.force)
        _mend_beside(settings)
    stopping = _Stopping()
    session = LiveSession(model, settings)
    try:
        news, started, told = News(), False, None
        while True:
            if stopping.asked:
                session.stop()
            snapshot = session.snapshot()
            if outputs.standard and snapshot.rate:
                write_out(("" if started else csv_header(model.card.features)) + csv_rows(snapshot.curves))
                started = True
            if sender is not None:
                sender.send(snapshot.curves)
                if sender.problem not in {None, told}:
                    say(f"the OSC messages do not get out ({sender.problem}); they are tried again")
                told = sender.problem
            for sentence in news.of(snapshot):
                say(sentence)
            if snapshot.state in {State.STOPPED, State.FULL}:
                return _ended(snapshot)
            time.sleep(PULL_SECONDS)
    finally:
        session.close(END_SECONDS)
        stopping.restore()
        if sender is not None:
            sender.close()


class _Stopping:
    """Whether Ctrl+C was pressed, or the end was asked for otherwise; the second time ends the program at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number, handler in self._before.items():
            if handler is not signal.SIG_IGN:  # as in the background of a shell, or under nohup
                signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self.restore()

    def restore(self) -> None:
        """Let signals do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _mend_beside(settings: LiveSettings) -> None:
    """Mend what a crash left unfinished where the take is to be."""
    if settings.take is None:
        return
    for path in unfinished_takes(settings.take.parent):
        try:
            found = mended(path)
        except MidlevelError as error:
            say(str(error))
        else:
            if found is not None:
                say(f"{found} had been left unfinished, and is whole now")


def _ended(snapshot: Snapshot) -> bool:
    """Say what came of it, and tell whether all is well."""
    if snapshot.error is not None:
        say(str(snapshot.error))
    for path in snapshot.written:
        say(f"wrote {path}")
    if snapshot.seconds:
        lost = f"{snapshot.dropouts} dropouts" if snapshot.dropouts != 1 else "1 dropout"
        say(f"heard {clock(snapshot.seconds)}, {lost}, {snapshot.left_out_seconds:.1f} s not analysed")
    return snapshot.error is None
