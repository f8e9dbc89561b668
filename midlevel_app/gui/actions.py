"""Actions: everything the window's menus, keys and buttons can ask for, and the menus that offer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from midlevel_app.features import FEATURES
from midlevel_app.gui.languages import CHOICES as LANGUAGE_CHOICES
from midlevel_app.gui.look import LAYOUTS, PICTURES, SCALES, SMOOTHINGS
from midlevel_app.gui.theme import CHOICES
from midlevel_app.language import LANGUAGES, decimal, tr

STEP_SECONDS = 1.0
FINE_STEP_SECONDS = 0.1


@dataclass(frozen=True)
class Actions:
    """The window's actions; the window connects them."""

    open: QAction
    open_folder: QAction
    recent: QMenu
    previous: QAction
    next: QAction
    example: QAction
    save: QAction
    save_as: QAction
    export: QAction
    quick_export: QAction
    import_labels: QAction
    quit: QAction
    play: QAction
    start: QAction
    end: QAction
    loop: QAction
    slower: QAction
    faster: QAction
    usual_speed: QAction
    louder: QAction
    softer: QAction
    outputs: QMenu
    back: QAction
    forward: QAction
    fine_back: QAction
    fine_forward: QAction
    zoom_in: QAction
    zoom_out: QAction
    whole: QAction
    to_selection: QAction
    page_left: QAction
    page_right: QAction
    follow: QAction
    undo: QAction
    redo: QAction
    mark: QAction
    marker_before: QAction
    marker_after: QAction
    select_all: QAction
    select_none: QAction
    select_from: QAction
    select_to: QAction
    features: tuple[QAction, ...]
    layouts: QActionGroup
    scales: QActionGroup
    pictures: QActionGroup
    smoothings: QActionGroup
    band: QAction
    inspector: QAction
    themes: QActionGroup
    languages: QActionGroup
    recording_page: QAction
    live_page: QAction
    record: QAction
    mark_take: QAction
    takes_folder: QAction
    stay_within: QAction
    stand: QAction
    card: QAction
    clear_cache: QAction
    about: QAction
    manual: QAction
    keys: QAction

    def need_recording(self) -> tuple[QAction, ...]:
        """Return those that make sense only while a recording is open."""
        moves = (self.play, self.start, self.end, self.back, self.forward, self.fine_back, self.fine_forward)
        views = (self.zoom_in, self.zoom_out, self.whole, self.page_left, self.page_right, self.follow)
        return (*moves, *views, self.mark, self.import_labels, self.save, self.save_as, *self.selecting())

    def selecting(self) -> tuple[QAction, ...]:
        """Return those that select."""
        return (self.select_all, self.select_from, self.select_to)


def make_actions(window: QMainWindow) -> Actions:
    """Make the actions and fill the menu bar with them."""

    def action(text: str, *keys: str | QKeySequence.StandardKey, tip: str = "") -> QAction:
        made = QAction(text, window)
        made.setShortcuts([QKeySequence(key) for key in keys])
        shown = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        made.setToolTip(" ".join(part for part in (tip or text.rstrip("…"), f"({shown})" if shown else "") if part))
        window.addAction(made)
        return made

    def choices(named: Mapping[Any, str], keys: Sequence[str] = ()) -> QActionGroup:
        group = QActionGroup(window)
        for number, (choice, text) in enumerate(named.items()):
            made = action(text, *keys[number : number + 1])
            made.setCheckable(True)
            made.setData(choice)
            group.addAction(made)
        return group

    def switch(text: str, *keys: str, tip: str = "") -> QAction:
        made = action(text, *keys, tip=tip)
        made.setCheckable(True)
        made.setAutoRepeat(False)
        return made

    actions = Actions(
        open=action(tr("Open…"), QKeySequence.StandardKey.Open, tip=tr("Open a recording")),
        open_folder=action(tr("Open folder…"), "Ctrl+Shift+O", tip=tr("Open all recordings of a folder")),
        recent=QMenu(tr("Open recent"), window),
        previous=action(tr("Previous recording"), "Ctrl+PgUp"),
        next=action(tr("Next recording"), "Ctrl+PgDown"),
        example=action(tr("Open the example")),
        save=action(tr("Save session"), QKeySequence.StandardKey.Save, tip=tr("Save markers, selection and view")),
        save_as=action(tr("Save session as…"), "Ctrl+Shift+S"),
        export=action(tr("Export…"), "Ctrl+E", tip=tr("Write the curves to a table or a picture")),
        quick_export=action(
            tr("Export as last time"), "Ctrl+Shift+E", tip=tr("Export beside the recording, as last time")
        ),
        import_labels=action(tr("Import labels…"), tip=tr("Add the labels of an Audacity label track to the markers")),
        quit=action(tr("Quit"), "Ctrl+Q"),
        play=action(tr("Play"), "Space", tip=tr("Play or pause")),
        start=action(tr("Go to the start"), "Home"),
        end=action(tr("Go to the end"), "End"),
        loop=switch(tr("Loop the selection"), "L"),
        slower=action(tr("Slower"), "["),
        faster=action(tr("Faster"), "]"),
        usual_speed=action(tr("Usual speed"), "="),
        louder=action(tr("Louder"), "Ctrl+Up"),
        softer=action(tr("Softer"), "Ctrl+Down"),
        outputs=QMenu(tr("Output"), window),
        back=action(tr("Back 1 s"), "Left"),
        forward=action(tr("Forward 1 s"), "Right"),
        fine_back=action(tr("Back 0.1 s"), "Shift+Left"),
        fine_forward=action(tr("Forward 0.1 s"), "Shift+Right"),
        zoom_in=action(tr("Zoom in"), "Ctrl++", "Ctrl+="),
        zoom_out=action(tr("Zoom out"), "Ctrl+-"),
        whole=action(tr("Whole file"), "Ctrl+0", tip=tr("Show the whole recording")),
        to_selection=action(tr("Zoom to the selection"), "Z"),
        page_left=action(tr("Move left"), "PgUp"),
        page_right=action(tr("Move right"), "PgDown"),
        follow=switch(tr("Follow the playhead"), "F", tip=tr("Turn the page with the playhead")),
        undo=action(tr("Undo"), QKeySequence.StandardKey.Undo),
        redo=action(tr("Redo"), QKeySequence.StandardKey.Redo, "Ctrl+Shift+Z"),
        mark=action(tr("Add a marker"), ";", tip=tr("Add a marker at the playhead")),
        marker_before=action(tr("Previous marker"), "Ctrl+Left"),
        marker_after=action(tr("Next marker"), "Ctrl+Right"),
        select_all=action(tr("Select all"), QKeySequence.StandardKey.SelectAll),
        select_none=action(tr("Select nothing"), "Esc"),
        select_from=action(tr("Select from here"), "I", tip=tr("Start the selection at the playhead")),
        select_to=action(tr("Select to here"), "O", tip=tr("End the selection at the playhead")),
        features=tuple(switch(tr(feature.label), str(number)) for number, feature in enumerate(FEATURES, 1)),
        layouts=choices(
            dict(zip(LAYOUTS, (tr("Stacked lanes"), tr("Overlaid"), tr("Heat strips")), strict=True)),
            ["Ctrl+1", "Ctrl+2", "Ctrl+3"],
        ),
        scales=choices(dict(zip(SCALES, (tr("Model scale 1 to 10"), tr("Within this piece")), strict=True))),
        pictures=choices(dict(zip(PICTURES, (tr("Waveform"), tr("Spectrogram")), strict=True))),
        smoothings=choices(
            {seconds: f"{decimal(seconds, 'g')} s" if seconds else tr("None") for seconds in SMOOTHINGS}
        ),
        band=switch(tr("Band of the teachers' spread")),
        inspector=switch(tr("Inspector"), "Ctrl+I"),
        themes=choices(dict(zip(CHOICES, (tr("System"), tr("Light"), tr("Dark")), strict=True))),
        languages=choices(dict(zip(LANGUAGE_CHOICES, (tr("System"), *LANGUAGES.values()), strict=True))),
        recording_page=switch(tr("Recording"), "Ctrl+Shift+R", tip=tr("The recording that is open")),
        live_page=switch(tr("Live"), "Ctrl+L", tip=tr("Listen to a pianist through a microphone")),
        record=action(tr("Record a take"), "R", "PgDown", tip=tr("Begin or end a take")),
        mark_take=action(tr("Mark the take"), ";", "PgUp", tip=tr("Put a marker at what is heard now")),
        takes_folder=action(tr("Folder of takes…"), tip=tr("Choose where takes are kept")),
        stay_within=action(
            tr("Stay within the selection"), "Ctrl+B", tip=tr("Make the selection the band of the live page")
        ),
        stand=switch(tr("Music stand"), "F11", tip=tr("Fill the screen, to be read from afar")),
        card=action(tr("About the model…")),
        clear_cache=action(tr("Forget kept analyses"), tip=tr("Analyse recordings anew when they are opened again")),
        manual=action(tr("Manual"), "F1"),
        keys=action(tr("Keys"), "F2"),
        about=action(tr("About midlevel…")),
    )
    for made in (actions.play, actions.mark, actions.record, actions.mark_take):
        made.setAutoRepeat(False)  # by a key that is held, or a pedal
    _fill_menus(window, actions)
    return actions


def _fill_menus(window: QMainWindow, actions: Actions) -> None:
    bar = window.menuBar()
    file = bar.addMenu(tr("File"))
    file.addActions([actions.open, actions.open_folder])
    file.addMenu(actions.recent)
    file.addAction(actions.example)
    file.addSeparator()
    file.addActions([actions.previous, actions.next])
    file.addSeparator()
    file.addActions([actions.save, actions.save_as])
    file.addSeparator()
    file.addActions([actions.export, actions.quick_export, actions.import_labels])
    file.addSeparator()
    file.addAction(actions.quit)
    edit = bar.addMenu(tr("Edit"))
    edit.addActions([actions.undo, actions.redo])
    edit.addSeparator()
    edit.addActions([actions.mark, actions.marker_before, actions.marker_after])
    edit.addSeparator()
    edit.addActions([actions.select_all, actions.select_from, actions.select_to, actions.select_none])
    view = bar.addMenu(tr("View"))
    view.addActions([actions.zoom_in, actions.zoom_out, actions.whole, actions.to_selection])
    view.addActions([actions.page_left, actions.page_right, actions.follow])
    view.addSeparator()
    view.addMenu(tr("Features")).addActions(actions.features)
    view.addMenu(tr("Curves")).addActions(actions.layouts.actions())
    view.addMenu(tr("Scale")).addActions(actions.scales.actions())
    view.addMenu(tr("Smoothing")).addActions(actions.smoothings.actions())
    view.addMenu(tr("Sound")).addActions(actions.pictures.actions())
    view.addActions([actions.band, actions.inspector])
    view.addSeparator()
    view.addMenu(tr("Theme")).addActions(actions.themes.actions())
    view.addMenu(tr("Language")).addActions(actions.languages.actions())
    transport = bar.addMenu(tr("Transport"))
    transport.addActions([actions.play, actions.start, actions.end])
    transport.addSeparator()
    transport.addActions([actions.loop, actions.slower, actions.faster, actions.usual_speed])
    transport.addActions([actions.louder, actions.softer])
    transport.addMenu(actions.outputs)
    transport.addSeparator()
    transport.addActions([actions.back, actions.forward, actions.fine_back, actions.fine_forward])
    live = bar.addMenu(tr("Live"))
    live.addActions([actions.recording_page, actions.live_page])
    live.addSeparator()
    live.addActions([actions.record, actions.mark_take, actions.stay_within, actions.stand, actions.takes_folder])
    bar.addMenu(tr("Model")).addActions([actions.card, actions.clear_cache])
    bar.addMenu(tr("Help")).addActions([actions.manual, actions.keys, actions.about])
