"""Instruments: which sample sets there are, and which General MIDI programs play what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_SOUNDFONTS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))

PIANO = 0

SOLO = (4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 19, 21, 22, 24, 25, 26, 27, 45, 46, 48, 49, 50, 52, 61, 62, 73, 75,
        79, 80, 81, 88, 89, 90, 104, 106, 107, 108)  # fmt: skip
"""Programs that can play a whole piano texture alone (no acoustic piano among them)."""

ENSEMBLES: tuple[tuple[tuple[int, ...], ...], ...] = (
    # melody, upper accompaniment, bass: programs to draw from
    ((40, 41, 48), (41, 42, 48, 49), (42, 43)),  # strings
    ((68, 71, 73, 64, 65), (70, 71, 68, 60), (70, 58, 57)),  # winds
    ((56, 60, 61), (57, 60, 61), (58, 57)),  # brass
    ((52, 53, 54), (48, 89, 19), (43, 32, 42)),  # choir
    ((24, 25, 26, 29, 30), (25, 26, 27, 28), (32, 33, 34, 35)),  # guitars
    ((80, 81, 82, 85), (88, 89, 90, 50, 51), (38, 39, 33)),  # synthesisers
    ((11, 12, 13, 9, 10), (12, 46, 108, 24), (43, 32, 12)),  # mallets
    ((73, 74, 75, 22), (46, 24, 6, 15), (42, 43, 32)),  # folk
    ((65, 66, 56, 59), (26, 16, 4, 5), (32, 33)),  # jazz
    ((21, 22, 40), (21, 24, 105), (32, 43, 58)),  # dance band
)
"""Ensembles for songs: programs for the melody, the upper accompaniment and the bass."""


@dataclass(frozen=True)
class Soundfont:
    """A sample set.

    Attributes
    ----------
    name, file, licence : str
    """

    name: str
    file: str
    licence: str


SOUNDFONTS: Mapping[str, Soundfont] = {
    font.name: font
    for font in (
        Soundfont("fluid", "FluidR3_GM.sf2", "MIT"),
        Soundfont("musescore", "MuseScore_General.sf3", "MIT"),
        Soundfont("timgm", "TimGM6mb.sf2", "GPL-2"),
        Soundfont("kawai", "kawai_upright.sf3", "CC0"),
        Soundfont("honkytonk", "bacon_honkytonk.sf3", "CC0"),
    )
}


def find_soundfont(name: str, folders: tuple[Path, ...]) -> Path:
    """Return a sample set's file from the first of ``folders`` or of Debian's folders that holds it."""
    file = SOUNDFONTS[name].file
    for folder in (*folders, *SYSTEM_SOUNDFONTS):
        if (folder / file).is_file():
            return folder / file
    raise FileNotFoundError(
        f"soundfont {file} is in none of {', '.join(str(f) for f in (*folders, *SYSTEM_SOUNDFONTS))}: install "
        "fluid-soundfont-gm, musescore-general-soundfont and timgm6mb-soundfont, or name its folder with --soundfonts"
    )
