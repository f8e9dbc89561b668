"""A user who does anything at all: each act is chosen and carried out by a random generator of its own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QDragEnterEvent, QDropEvent, QEnterEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QMenu,
    QMessageBox,
    QWidget,
)

from midlevel_app.gui.exportdialog import ExportDialog
from midlevel_app.gui.settings import data_folder
from midlevel_app.gui.window import MainWindow
from tests.app.gui.soak_files import Material

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_NAMED = "Space Home End Left Right Up Down PageUp PageDown Tab Backtab Return Escape Delete Backspace F1 F2"
_TYPED = "BracketLeft BracketRight Equal Semicolon Plus Minus L I O F Z A E S 1 2 3 4 5 6 7 0"
KEYS = [getattr(Qt.Key, f"Key_{name}") for name in f"{_NAMED} {_TYPED}".split()]
ANSWERS = [getattr(QMessageBox.StandardButton, name) for name in ("Save", "Discard", "Cancel", "Yes")]


class User:
    """Acts on a window as a person with mouse and keyboard would, only without sense.

    Parameters
    ----------
    material : Material
    sound : callable
        Takes the sound device away (False) or brings it back (True).
    """

    def __init__(self, material: Material, sound: Callable[[bool], None]) -> None:
        self._material = material
        self._sound = sound
        self._random = Random()
        self._did: list[str] = []
        self._acts = [
            (16, self._trigger),
            (14, self._press_keys),
            (14, self._use_lanes),
            (5, self._use_overview),
            (4, self._use_header),
            (4, self._use_transport),
            (5, self._use_live),
            (8, self._use_inspector),
            (4, self._use_status),
            (10, self._drop),
            (3, self._use_screen),
            (3, self._lose_files),
            (2, self._mend_files),
            (5, self._use_dialogs),
            (3, self._resize),
            (3, self._use_list),
            (3, self._open_menu),
            (1, self._change_sound),
            (1, self._leave_orphan),
            (6, self._wait),
        ]
        self.window: MainWindow | None = None

    def install(self) -> None:
        """Answer in place of dialogs that would wait for a person."""
        QFileDialog.getOpenFileName = lambda *asked, **options: (self._chosen(self._material.some), "")
        QFileDialog.getExistingDirectory = lambda *asked, **options: self._chosen(self._folder)
        QFileDialog.getSaveFileName = lambda parent, title, name, *asked, **options: (self._target(name), "")
        QMessageBox.question = lambda *asked: self._random.choice(ANSWERS)
        wait = ExportDialog.exec

        def execute(dialog: ExportDialog) -> int:
            QTimer.singleShot(self._random.choice([0, 0, 50, 300]), dialog, lambda: self._fill(dialog))
            return wait(dialog)

        ExportDialog.exec = execute

    def act(self, random: Random) -> str:
        """Do something, and tell what."""
        self._random, self._did = random, []
        popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            self._use_popup(popup)
        elif dialog is not None:
            self._use_dialog(dialog)
        else:
            weights, acts = zip(*self._acts, strict=True)
            random.choices(acts, weights)[0]()
        return ", ".join(self._did)

    def _say(self, text: str) -> None:
        self._did.append(text)

    # What dialogs answer

    def _chosen(self, choose: Callable[[Random], Path]) -> str:
        path = "" if self._random.random() < 0.2 else str(choose(self._random))
        self._say(f"chooses {path!r}")
        return path

    def _folder(self, random: Random) -> Path:
        return self._material.work / random.choice(["many", "none", "missing", "."])

    def _target(self, suggested: str) -> str:
        path = self._material.target(self._random, Path(suggested).suffix)
        self._say(f"saves as {str(path)[-60:]!r}")
        return "" if path is None else str(path)

    def _fill(self, dialog: ExportDialog) -> None:
        try:
            for combo in dialog.findChildren(QComboBox):
                if combo.isEnabled() and self._random.random() < 0.7:
                    combo.setCurrentIndex(self._random.randrange(combo.count()))
            self._say(f"wishes {dialog.wish}")
            buttons = dialog.buttons.buttons()
            self._random.choice([button for button in buttons if button.isEnabled()]).click()
        finally:
            dialog.reject()

    # Acts

    def _trigger(self) -> None:
        actions = [action for action in self.window.actions() if action.isEnabled() and action.text() != "Quit"]
        action = self._random.choice(actions)
        self._say(f"menu {action.text()!r}")
        action.trigger()

    def _press_keys(self) -> None:
        for _ in range(self._random.choice([1, 1, 1, 2, 5])):
            key = self._random.choice(KEYS)
            held = self._random.choice([NONE, NONE, NONE, SHIFT, CONTROL, CONTROL | SHIFT])
            self._say(f"key {key.name} {held.name}")
            QTest.keyClick(self._focused(), key, held)
            if QApplication.activeModalWidget() is not None or not self.window.isVisible():
                break

    def _focused(self) -> QWidget:
        focused = QApplication.focusWidget()
        return self.window if focused is None else focused

    def _use_lanes(self) -> None:
        head = self.window.stage.lanes.playhead
        if not head.isVisible():
            return self._say("no lanes")
        kind = self._random.choice(["click", "drag", "grip", "wheel", "hover", "menu", "double", "drag", "bar"])
        self._say(kind)
        x, y = self._random.randrange(max(head.width(), 1)), self._random.randrange(max(head.height(), 1))
        if kind == "grip" and head._selection is not None:
            x = round(head.x_of(self._random.choice(head._selection)))
        if kind == "click":
            QTest.mouseClick(head, LEFT, NONE, QPoint(x, y))
        elif kind == "double":
            QTest.mouseDClick(head, LEFT, NONE, QPoint(x, y))
        elif kind in ("drag", "grip"):
            self._drag(head, x, y)
        elif kind == "wheel":
            for _ in range(self._random.randint(1, 6)):
                self._turn(head, x, y)
        elif kind == "hover":
            for place in range(x, min(x + 60, head.width()), 12):
                QTest.mouseMove(head, QPoint(place, y))
        elif kind == "menu":
            place = QPoint(x, y)
            QApplication.sendEvent(
                head, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, head.mapToGlobal(place))
            )
        else:
            bar = self.window.stage.lanes.scroll_bar
            bar.setValue(self._random.randint(bar.minimum(), bar.maximum()))
        return None

    def _drag(self, widget: QWidget, x: int, y: int) -> None:
        """Drag from here to somewhere, also beyond the edges; now and then something happens on the way."""
        QTest.mousePress(widget, LEFT, NONE, QPoint(x, y))
        stop = self._random.randint(-200, widget.width() + 200)
        for part in (0.01, 0.3, 0.7, 1.0):
            QTest.mouseMove(widget, QPoint(round(x + part * (stop - x)), y))
            if self._random.random() < 0.1:
                self._random.choice([self._trigger, self._drop, self._wait])()
        QTest.mouseRelease(widget, LEFT, NONE, QPoint(stop, y))

    def _turn(self, widget: QWidget, x: int, y: int) -> None:
        turn = QPoint(self._random.choice([0, 0, 120, -120]), self._random.choice([120, -120, 40, -1200, 1200]))
        event = QWheelEvent(
            QPointF(x, y),
            QPointF(widget.mapToGlobal(QPoint(x, y))),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            self._random.choice([NONE, NONE, SHIFT, CONTROL]),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def _use_overview(self) -> None:
        overview = self.window.stage.lanes.overview
        if overview.isVisible():
            x, y = self._random.randrange(overview.width()), self._random.randrange(overview.height())
            kind = self._random.choice(["click", "drag", "drag", "wheel"])
            self._say(f"overview {kind}")
            if kind == "click":
                QTest.mouseClick(overview, self._random.choice([LEFT, RIGHT]), NONE, QPoint(x, y))
            elif kind == "drag":
                self._drag(overview, x, y)
            else:
                self._turn(overview, x, y)

    def _use_header(self) -> None:
        shown = [header for header in self.window.stage.lanes.headers if header.isVisible()]
        if shown:
            header = self._random.choice(shown)
            place = QPointF(5, 5)
            QApplication.sendEvent(header, QEnterEvent(place, place, QPointF(header.mapToGlobal(place.toPoint()))))
            button = self._random.choice(header.findChildren(QAbstractButton))
            self._say(button.accessibleName())
            button.click()
            QApplication.sendEvent(header, QEvent(QEvent.Type.Leave))

    def _use_transport(self) -> None:
        transport = self.window.transport
        part = self._random.choice([transport.speed, transport.volume, *transport.findChildren(QAbstractButton)])
        self._say(f"transport {type(part).__name__} {part.accessibleName()}")
        if part is transport.speed and self._random.random() < 0.5:
            part.setCurrentIndex(self._random.randrange(part.count()))
            part.activated.emit(part.currentIndex())
        elif part is transport.volume:
            self._drag(part, self._random.randrange(part.width()), part.height() // 2)
        else:
            QTest.mouseClick(part, LEFT)

    def _use_live(self) -> None:
        pages = self.window.pages
        if not pages.shows_live or self._random.random() < 0.2:
            action = self._random.choice([self.window.intents.live_page, self.window.intents.recording_page])
            self._say(f"page {action.text()!r}")
            return action.trigger()
        parts = [part for part in pages.live.findChildren(QAbstractButton) if part.isVisible() and part.isEnabled()]
        part = self._random.choice([*parts, pages.live.inputs])
        self._say(f"live {type(part).__name__} {part.accessibleName()}")
        if part is pages.live.inputs and part.count():
            part.setCurrentIndex(self._random.randrange(part.count()))
            part.activated.emit(part.currentIndex())
        elif part is not pages.live.inputs:
            QTest.mouseClick(part, LEFT)
        return None

    def _use_inspector(self) -> None:
        inspector = self.window.stage.inspector
        if not inspector.isVisible():
            return self._say("no inspector")
        markers, links = inspector.markers, inspector._links
        kind = self._random.choice(["link", "rename", "key", "click", "scroll", "edit"])
        self._say(f"inspector {kind}")
        if kind == "link" and links:
            inspector.changes.linkActivated.emit(str(self._random.randrange(len(links))))
        elif kind == "scroll":
            self._turn(inspector.viewport(), 50, 50)
        elif markers.rowCount() and kind != "link":
            row, column = self._random.randrange(markers.rowCount()), self._random.choice([0, 1])
            place = markers.visualItemRect(markers.item(row, column)).center()
            QTest.mouseClick(markers.viewport(), LEFT, NONE, place)
            if kind == "key":
                QTest.keyClick(markers, self._random.choice([Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Down]))
            elif kind in ("rename", "edit") and markers.rowCount() > row:
                QTest.mouseDClick(markers.viewport(), LEFT, NONE, place)
                if kind == "rename":  # else the editor stays open while other things happen
                    QTest.keyClicks(self._focused(), "theme 2")
                    QTest.keyClick(self._focused(), self._random.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
        return None

    def _use_status(self) -> None:
        status = self.window.status
        button = self._random.choice([status.model, status.stop, status.stop, status.stop])
        self._say(f"status {button.text()!r}")
        if button.isVisible():
            QTest.mouseClick(button, LEFT)

    def _drop(self) -> None:
        some = self._material.some if self._random.random() < 0.5 else self._material.recording
        paths = [some(self._random) for _ in range(self._random.choice([0, 1, 1, 1, 1, 1, 3]))]
        self._say(f"drops {[path.name[:30] for path in paths]}")
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        for kind, place in ((QDragEnterEvent, QPoint(50, 50)), (QDropEvent, QPointF(50, 50))):
            QApplication.sendEvent(self.window, kind(place, Qt.DropAction.CopyAction, data, LEFT, NONE))

    def _use_screen(self) -> None:
        window = self.window
        buttons = [window.banner.close_button, window.empty.open_button, window.empty.example_button]
        button = self._random.choice(buttons)
        self._say(button.text())
        if button.isVisible():
            QTest.mouseClick(button, LEFT)

    def _lose_files(self) -> None:
        path = self.window.controller.path
        if path is None or self._material.work not in path.parents or path not in path.parent.iterdir():
            return self._say("nothing to lose")
        kind = self._random.choice(["delete", "cut", "replace", "forbid"])
        self._say(f"{kind} {path.name[:30]}")
        if kind == "delete":
            path.unlink()
        elif kind == "cut":
            os.truncate(path, path.stat().st_size // 2)
        elif kind == "replace":
            shutil.copy(self._material.assets / "example.ogg", path)
        else:
            path.chmod(0)
        return None

    def _mend_files(self) -> None:
        self._say("mends the files")
        self._material.restore()

    def _use_dialogs(self) -> None:
        acts = self.window.intents
        action = self._random.choice(
            [acts.export, acts.export, acts.quick_export, acts.card, acts.about, acts.manual, acts.keys]
        )
        if action.isEnabled():
            self._say(f"dialog {action.text()!r}")
            action.trigger()

    def _resize(self) -> None:
        window = self.window
        size = self._random.choice([self._random.randint(300, 1900), 1200]), self._random.randint(200, 1200)
        self._random.choice([window.showNormal, window.showNormal, window.showMaximized, window.showFullScreen])()
        window.resize(*size)
        self._say(f"size {size}")

    def _use_list(self) -> None:
        files = self.window.files
        if files.isVisible() and files.count():
            item = files.item(self._random.randrange(files.count()))
            self._say(f"list {item.text()}")
            QTest.mouseClick(files.viewport(), LEFT, NONE, files.visualItemRect(item).center())

    def _open_menu(self) -> None:
        bar = self.window.menuBar()
        entry = self._random.choice(bar.actions())
        self._say(f"opens menu {entry.text()}")
        QTest.mouseClick(bar, LEFT, NONE, bar.actionGeometry(entry).center())

    def _use_popup(self, popup: QWidget) -> None:
        key = self._random.choice(
            [Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Escape]
        )
        if isinstance(popup, QMenu) and key == Qt.Key.Key_Return and _text(popup.activeAction()) == "Quit":
            key = Qt.Key.Key_Escape
        self._say(f"popup {key.name}")
        QTest.keyClick(popup, key)

    def _use_dialog(self, dialog: QWidget) -> None:
        buttons = [
            button for button in dialog.findChildren(QAbstractButton) if button.isEnabled() and button.isVisible()
        ]
        kind = self._random.choice(["key", "button", "button", "size"])
        if kind == "button" and buttons:
            button = self._random.choice(buttons)
            self._say(f"{dialog.windowTitle()}: {button.text()}")
            QTest.mouseClick(button, LEFT)
        elif kind == "size":
            dialog.resize(self._random.randint(100, 1300), self._random.randint(100, 900))
        else:
            key = self._random.choice([Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_PageDown, Qt.Key.Key_Space])
            self._say(f"{dialog.windowTitle()}: {key.name}")
            QTest.keyClick(dialog.focusWidget() or dialog, key)

    def _change_sound(self) -> None:
        there = self._random.random() < 0.7
        self._say("sound comes" if there else "sound goes")
        self._sound(there)

    def _leave_orphan(self) -> None:
        """A session is left as by a window that crashed."""
        folder = data_folder(self.window._store) / "autosave"
        folder.mkdir(exist_ok=True)
        name = self._random.choice(["near", "far", "beyond", "lost", "broken", "bad"])
        self._say(f"orphan {name}")
        shutil.copy(self._material.work / f"{name}.midlevel", folder / f"{name}.midlevel")

    def _wait(self) -> None:
        pause = self._random.choice([50, 200, 800])
        self._say(f"waits {pause} ms")
        QTest.qWait(pause)


def _text(action: QAction | None) -> str:
    return "" if action is None else action.text()
