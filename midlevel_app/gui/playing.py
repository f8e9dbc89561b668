"""Playing: the actions that play and go elsewhere; speed, loop, volume and output, as the user chose them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from midlevel_app.gui.actions import FINE_STEP_SECONDS, STEP_SECONDS, Actions
from midlevel_app.gui.controller import Controller
from midlevel_app.gui.devicenames import DeviceNames
from midlevel_app.language import tr

SPEEDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5)
VOLUME_STEP = 0.1


@dataclass(frozen=True)
class Playback:
    """How recordings are played.

    Attributes
    ----------
    speed : float
        One of `SPEEDS`; the pitch stays.
    volume : float
        Amplitude, from 0 to 1.
    output : str or None
        Name of the output device; None for the system's own choice.
    looping : bool
        Repeat the selection.
    """

    speed: float = 1.0
    volume: float = 1.0
    output: str | None = None
    looping: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what is kept, ready for JSON: not the loop, which belongs to a selection."""
        return {"speed": self.speed, "volume": self.volume, "output": self.output}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Playback":
        """Read what `to_dict` gave; what is missing or makes no sense gets its default."""
        speed, volume, output = (kept.get(key) for key in ("speed", "volume", "output"))
        number = isinstance(volume, int | float) and not isinstance(volume, bool) and 0 <= volume <= 1
        return cls(
            speed if speed in SPEEDS else 1.0,
            float(volume) if number and volume is not None else 1.0,
            output if isinstance(output, str) else None,
        )


class Playing(QObject):
    """Lets actions change how recordings are played, and the controller play so."""

    changed = Signal(object)
    """A `Playback`."""

    moved = Signal()
    """It plays, pauses, or is elsewhere."""

    def __init__(
        self, actions: Actions, controller: Controller, playback: Playback, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.playback = playback
        self._actions = actions
        self._controller = controller
        actions.play.triggered.connect(controller.toggle)
        actions.play.triggered.connect(self.moved)
        for action, seconds in (
            (actions.back, -STEP_SECONDS),
            (actions.forward, STEP_SECONDS),
            (actions.fine_back, -FINE_STEP_SECONDS),
            (actions.fine_forward, FINE_STEP_SECONDS),
            (actions.start, float("-inf")),
            (actions.end, float("inf")),
        ):
            action.triggered.connect(lambda checked=False, seconds=seconds: self._move(seconds))
        actions.slower.triggered.connect(lambda: self._step_speed(-1))
        actions.faster.triggered.connect(lambda: self._step_speed(1))
        actions.usual_speed.triggered.connect(lambda: self.change(speed=1.0))
        actions.louder.triggered.connect(lambda: self._step_volume(VOLUME_STEP))
        actions.softer.triggered.connect(lambda: self._step_volume(-VOLUME_STEP))
        actions.loop.triggered.connect(lambda checked: self.change(looping=checked))
        actions.outputs.aboutToShow.connect(self._find_outputs)
        controller.marks.selected.connect(self._play_so)
        controller.opened.connect(self._play_so)
        self._play_so()
        self._list_outputs([])

    def change(self, **changes: Any) -> None:
        """Choose another `Playback` that differs in these attributes."""
        self.playback = replace(self.playback, **changes)
        self._actions.loop.setChecked(self.playback.looping)
        selection = self._controller.marks.selection
        if changes.get("looping") and selection and not selection[0] <= self._controller.position < selection[1]:
            self._controller.seek(selection[0])
        self._play_so()
        self.changed.emit(self.playback)

    def _move(self, seconds: float) -> None:
        self._controller.seek_by(seconds)
        self.moved.emit()

    def _step_speed(self, step: int) -> None:
        place = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - self.playback.speed)) + step
        self.change(speed=SPEEDS[min(max(place, 0), len(SPEEDS) - 1)])

    def _step_volume(self, step: float) -> None:
        self.change(volume=min(max(round(self.playback.volume + step, 2), 0.0), 1.0))

    @Slot()
    def _play_so(self) -> None:
        playback = self.playback
        self._actions.loop.setEnabled(self._controller.marks.selection is not None)
        loop = self._controller.marks.selection if playback.looping else None
        self._controller.play_so(playback.speed, playback.volume, playback.output, loop)

    @Slot()
    def _find_outputs(self) -> None:
        """Ask the sound system, which may take a while, and then list what it names."""
        finder = DeviceNames("output", self)
        finder.found.connect(self._list_outputs)
        self._controller.launch(finder)

    @Slot(object)
    def _list_outputs(self, names: list[str]) -> None:
        menu = self._actions.outputs
        menu.clear()
        chosen = self.playback.output
        for name in [None, *names, *([chosen] if chosen is not None and chosen not in names else [])]:
            made = menu.addAction(tr("The system's choice") if name is None else name.replace("&", "&&"))
            made.setCheckable(True)
            made.setChecked(name == chosen)
            made.triggered.connect(lambda checked=False, name=name: self.change(output=name))
