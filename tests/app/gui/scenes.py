"""Scenes for pictures: each brings a window of its own into some states."""

import shutil
import tempfile
from pathlib import Path

import soundfile
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu

from midlevel_app.familiar import NOTICES, OTHER_MUSIC
from midlevel_app.gui.controller import Problem
from midlevel_app.gui.exportdialog import ExportDialog, Wish
from midlevel_app.gui.look import Look
from midlevel_app.gui.mistake import MistakeDialog, report_text
from midlevel_app.gui.window import MainWindow
from midlevel_app.markers import Marker
from midlevel_app.session import Session, save
from tests.app.gui.screenshots import Camera, wait

STOPPED_SECONDS = 300.0  # a recording that takes long enough to be stopped


def _read(window: MainWindow, path: Path) -> None:
    """Open a recording, and go where there are values."""
    window.controller.open(path)
    wait(lambda: window.controller.recording is not None and window.controller.recording.finished)
    window.controller.seek(0.4 * window.lanes.view.extent)
    wait(lambda: window.lanes.headers[0].text != "–")


def opening(camera: Camera) -> None:
    """From nothing to a recording that is described."""
    with camera.window() as window:
        controller = window.controller
        camera.picture("empty", window)
        window.empty.set_expecting(True)
        camera.picture("drop", window)
        window.empty.set_expecting(False)
        controller.open(Path("missing.wav"))
        wait(window.banner.isVisible)
        camera.picture("unreadable", window)
        controller.open(camera.recording)
        camera.picture("opening", window)
        wait(lambda: controller.recording is not None and controller.recording.described > 0)
        camera.picture("analysing", window)
        wait(lambda: not controller.reading)
        controller.seek(0.4 * window.lanes.view.extent)
        wait(lambda: window.lanes.headers[0].text != "–")
        camera.picture("described", window)


def looks(camera: Camera) -> None:
    """The ways to show the curves."""
    with camera.window() as window:
        _read(window, camera.recording)
        extent = window.lanes.view.extent
        window.controller.marks.select((0.3 * extent, 0.6 * extent))
        window.controller.marks.add(0.35 * extent, "a marker")
        wait()
        camera.picture("selected", window)
        for state, look in (
            ("overlaid", {"layout": "overlaid", "smoothing": 1.0}),
            ("strips", {"layout": "strips", "scale": "piece", "picture": "spectrogram"}),
            ("pinned", {"layout": "stacked", "pinned": ("articulation",), "hidden": ("dissonance",)}),
            ("alone", {"solo": "minorness", "scale": "model"}),
        ):
            window.looking.change(**look)
            wait()
            camera.picture(state, window)
        window.looking.set_look(Look())
        window.controller.marks.load()
        header, place = window.lanes.headers[2], QPointF(20, 20)
        QApplication.sendEvent(header, QEnterEvent(place, place, QPointF(header.mapToGlobal(place.toPoint()))))
        camera.picture("buttons", window)
        QApplication.sendEvent(header, QEvent(QEvent.Type.Leave))
        for _ in range(4):
            window.lanes.zoom_in()
        wait()
        camera.picture("zoomed", window)
        window.resize(760, 520)
        window.lanes.show_whole()
        wait()
        camera.picture("small", window)


def marks(camera: Camera) -> None:
    """Markers, the menu at a place, a loop, slow playing."""
    with camera.window() as window:
        _read(window, camera.recording)
        controller, head = window.controller, window.lanes.playhead
        extent = window.lanes.view.extent
        texts = ("theme", "theme again, staccato", "in minor", "", "a long name that is longer than its flag can be")
        for number, text in enumerate(texts):
            controller.marks.add((0.1 + 0.17 * number) * extent, text)
        controller.marks.add(0.28 * extent, "close by")
        scroll = window.stage.inspector.verticalScrollBar()
        wait()
        scroll.setValue(scroll.maximum())
        window.stage.inspector.markers.setFocus()
        window.stage.inspector.markers.setCurrentCell(1, 1)
        wait()
        camera.picture("markers", window)
        place = QPoint(head.width() // 3, 200)
        QApplication.sendEvent(head, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, head.mapToGlobal(place)))
        wait(lambda: QApplication.activePopupWidget() is not None)
        camera.picture("context-menu", window, QApplication.activePopupWidget())
        QApplication.activePopupWidget().close()
        controller.select((0.3 * extent, 0.5 * extent))
        window.playing.change(looping=True)
        wait()
        camera.picture("looped", window)
        window.playing.change(speed=0.5, volume=0.4)
        wait()
        window.transport.set_playing(True)
        camera.picture("slow", window)


def problems(camera: Camera) -> None:
    """What the banner says."""
    with camera.window() as window:
        _read(window, camera.recording)
        works = "The curves still work, and so does exporting them."
        for state, what, still in (
            ("no-sound", "There is no sound output: connect one and press play again", works),
            (
                "lost-device",
                "The sound output USB Audio went away: connect it, or choose another in the system's settings, and "
                "press play again",
                works,
            ),
            ("unlike-piano", NOTICES[OTHER_MUSIC], "Everything works, and what it says is yours to judge."),
        ):
            window.controller.problem.emit(Problem(what, still))
            wait()
            camera.picture(state, window)


def several(camera: Camera) -> None:
    """A list of recordings; an analysis that was stopped."""
    with tempfile.TemporaryDirectory() as name, camera.window() as window:
        folder = Path(name)
        names = ("Allemande", "Courante", "Sarabande, played once more and more slowly", "Gigue")
        for number, title in enumerate(names, 1):
            shutil.copy(camera.recording, folder / f"{number} {title}{camera.recording.suffix}")
        window.opening.open([folder])
        wait(lambda: window.controller.recording is not None and window.controller.recording.finished)
        camera.picture("list", window)
    with tempfile.TemporaryDirectory() as name, camera.window() as window:
        samples, rate = soundfile.read(camera.recording, dtype="float32", always_2d=True)
        with soundfile.SoundFile(f"{name}/long.flac", "w", rate, samples.shape[1]) as file:
            for _ in range(round(STOPPED_SECONDS * rate / len(samples))):
                file.write(samples)
        window.controller.open(Path(name, "long.flac"))
        wait(lambda: window.controller.recording is not None and window.controller.recording.described > 0)
        window.controller.stop_reading()
        wait(lambda: not window.controller.reading)
        camera.picture("stopped", window)


def sessions(camera: Camera) -> None:
    """A session restored after a crash, and one whose recording is gone."""
    kept = Session(camera.recording, None, None, "piano", "0", {}, (Marker(2.0, "begin"), Marker(5.0, "theme")))

    def crashed(folder: Path) -> None:
        (folder / "autosave").mkdir()
        save(folder / "autosave" / "left.midlevel", kept)

    with camera.window(crashed) as window:
        wait(lambda: window.banner.isVisible() and window.controller.recording.finished)
        camera.picture("restored", window)
    asked = QFileDialog.getOpenFileName
    QFileDialog.getOpenFileName = lambda *arguments: ("", "")
    try:
        with tempfile.TemporaryDirectory() as name, camera.window() as window:
            save(Path(name, "work.midlevel"), Session(Path(name, "gone.wav"), None, None, "piano", "0"))
            window.opening.open([Path(name, "work.midlevel")])
            wait(window.banner.isVisible)
            camera.picture("audio-missing", window)
    finally:
        QFileDialog.getOpenFileName = asked


def dialogs(camera: Camera) -> None:
    """Each dialog."""
    with camera.window() as window:
        _read(window, camera.recording)
        acts = window.intents
        for state, show in (
            ("card", acts.card.trigger),
            ("explain", lambda: window.telling.explain("articulation")),
            ("manual", acts.manual.trigger),
            ("keys", acts.keys.trigger),
            ("about", acts.about.trigger),
        ):
            show()
            wait(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
            dialog = QApplication.activeModalWidget()
            camera.picture(state, dialog)
            dialog.close()
            wait()
        try:
            raise ZeroDivisionError("a mistake for this picture")
        except ZeroDivisionError as error:
            report = MistakeDialog(report_text(error))
        for state, dialog in (
            ("export", ExportDialog(Wish(), 15.0, has_selection=True, has_markers=False, parent=window)),
            (
                "export-labels",
                ExportDialog(Wish("labels"), 15.0, has_selection=False, has_markers=False, parent=window),
            ),
            ("report", report),
        ):
            dialog.show()
            wait(dialog.isVisible)
            camera.picture(state, dialog)
            dialog.close()


def menus(camera: Camera) -> None:
    """Each menu of the menu bar, open; the one of speeds; keyboard focus."""
    with camera.window() as window:
        _read(window, camera.recording)
        bar = window.menuBar()
        for entry in bar.actions():
            menu = entry.menu()
            assert isinstance(menu, QMenu)
            menu.popup(bar.mapToGlobal(bar.actionGeometry(entry).bottomLeft()))
            wait(menu.isVisible)
            camera.picture(f"menu-{entry.text().lower()}", window, menu)
            menu.close()
        window.transport.speed.showPopup()
        wait(lambda: QApplication.activePopupWidget() is not None)
        camera.picture("menu-speed", window, QApplication.activePopupWidget())
        window.transport.speed.hidePopup()
        window.activateWindow()
        for number in range(4):
            QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
            wait()
            camera.picture(f"focus-{number}", window)


SCENES = (opening, looks, marks, problems, several, sessions, dialogs, menus)
