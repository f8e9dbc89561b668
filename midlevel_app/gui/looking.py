"""Looking: the actions that choose how curves and which part of them are shown, and the look that was chosen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from midlevel_app.features import FEATURES
from midlevel_app.gui.actions import Actions
from midlevel_app.gui.look import Look

if TYPE_CHECKING:  # loaded after the window is on the screen
    from midlevel_app.gui.lanes import Lanes
    from midlevel_app.gui.stage import Stage


class Looking(QObject):
    """Keeps the look and the actions' check marks the same."""

    changed = Signal(object)
    """A `Look`."""

    def __init__(self, actions: Actions, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._actions = actions
        self._lanes: Lanes | None = None
        for feature, action in zip(FEATURES, actions.features, strict=True):
            action.triggered.connect(lambda checked=False, name=feature.name: self.set_look(self.look.toggling(name)))
        actions.layouts.triggered.connect(lambda action: self.change(layout=action.data()))
        actions.scales.triggered.connect(lambda action: self.change(scale=action.data()))
        actions.pictures.triggered.connect(lambda action: self.change(picture=action.data()))
        actions.smoothings.triggered.connect(lambda action: self.change(smoothing=action.data()))
        actions.band.triggered.connect(lambda checked: self.change(band=checked))
        actions.inspector.triggered.connect(lambda checked: self.change(inspector=checked))
        self._check()

    def serve(self, stage: "Stage") -> None:
        """Let the stage show the curves so, and the actions of the menu View move what it shows."""
        acts, lanes = self._actions, stage.lanes
        self._lanes = lanes
        stage.set_look(self.look)
        self.changed.connect(stage.set_look)
        lanes.look_requested.connect(self.set_look)
        acts.whole.triggered.connect(lanes.show_whole)
        acts.zoom_in.triggered.connect(lanes.zoom_in)
        acts.zoom_out.triggered.connect(lanes.zoom_out)
        acts.page_left.triggered.connect(lambda: lanes.page(-0.8))
        acts.page_right.triggered.connect(lambda: lanes.page(0.8))
        acts.follow.triggered.connect(lanes.follow)
        acts.follow.setChecked(lanes.following)
        lanes.following_changed.connect(acts.follow.setChecked)

    def change(self, **changes: Any) -> None:
        """Choose another look that differs in these attributes of `Look`."""
        self.set_look(replace(self.look, **changes))

    @Slot(object)
    def set_look(self, look: Look) -> None:
        """Choose another look."""
        self.look = look
        self._check()
        self.changed.emit(look)

    def view(self) -> dict[str, object]:
        """Return what a session keeps: the look, and the seconds between which the curves are shown."""
        shown = {} if self._lanes is None else {"start": self._lanes.view.start, "stop": self._lanes.view.stop}
        return {"look": self.look.to_dict(), **shown}

    def restore(self, view: Mapping[str, object]) -> None:
        """Show the curves as when `view` was kept, as far as it makes sense."""
        look, start, stop = (view.get(key) for key in ("look", "start", "stop"))
        if isinstance(look, dict):
            self.set_look(Look.from_dict(look))
        numbers = (int, float)
        if self._lanes is not None and isinstance(start, numbers) and isinstance(stop, numbers) and stop > start:
            self._lanes.set_view(start, stop)

    def _check(self) -> None:
        actions, look = self._actions, self.look
        for feature, action in zip(FEATURES, actions.features, strict=True):
            action.setChecked(look.shows(feature.name))
        for group, chosen in (
            (actions.layouts, look.layout),
            (actions.scales, look.scale),
            (actions.pictures, look.picture),
            (actions.smoothings, look.smoothing),
        ):
            for action in group.actions():
                action.setChecked(action.data() == chosen)
        actions.band.setChecked(look.band)
        actions.inspector.setChecked(look.inspector)
