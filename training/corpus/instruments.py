"""Instruments: which sample sets there are, and which General MIDI programs play what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.errors import RenderError

SYSTEM_SOUNDFONTS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))

PIANO = 0

TEST_PIANO = "kawai"
"""The sample set on which notes are rendered to test a model; no training hears it."""

SOLO = (4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 19, 21, 22, 24, 25, 26, 27, 45, 46, 48, 49, 50, 52, 61, 62, 73, 75,
        79, 80, 81, 88, 89, 90, 104, 106, 107, 108)  # fmt: skip
"""Programs that can play a whole piano texture alone (no acoustic piano among them)."""

ENSEMBLES: Mapping[str, tuple[tuple[int, ...], ...]] = {
    # melody, upper accompaniment, bass: programs to draw from
    "strings": ((40, 41, 48), (41, 42, 48, 49), (42, 48)),
    "winds": ((68, 71, 73, 64, 65), (71, 68, 60, 69), (70, 58, 57)),
    "brass": ((56, 60, 61), (57, 60, 61), (58, 57)),
    "choir": ((52, 53, 54), (48, 89, 19, 52), (32, 42, 19)),
    "orchestra": ((40, 48, 68, 73, 60), (48, 49, 60, 61, 46), (42, 48, 58)),
    "guitars": ((24, 25, 26), (24, 25, 26), (32, 33, 24)),
    "pop": ((53, 54, 73, 80, 25, 65), (4, 5, 24, 25, 27, 50, 89), (33, 34, 35)),
    "rock": ((29, 30, 27, 18), (27, 29, 30, 16), (33, 34)),
    "synthesisers": ((80, 81, 82, 85, 87), (88, 89, 90, 50, 51, 81), (38, 39, 33)),
    "mallets": ((11, 12, 13, 9, 10), (12, 46, 108, 24), (32, 12)),
    "folk": ((73, 74, 75, 22, 40, 21), (46, 24, 6, 15, 25, 21), (42, 32)),
    "jazz": ((65, 66, 56, 59, 11, 71), (26, 16, 4, 11), (32, 33, 35)),
    "dance band": ((21, 22, 40), (21, 24, 105), (32, 42, 58)),
    "baroque": ((40, 73, 74, 68), (6, 19, 48), (42, 70, 6)),
}
"""Ensembles for songs: programs for the melody, the upper accompaniment and the bass.

The contrabass (43) is not among them: FluidR3's is silent above pitch 56.
"""

HIGHEST_PITCHES = (91, 91, 67)
"""How high melody, upper accompaniment and bass may go so that no sample set falls silent."""


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
        Soundfont("csound", "sf_GMbank.sf2", "public domain"),
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
    raise RenderError(
        f"soundfont {file} is in none of {', '.join(str(f) for f in (*folders, *SYSTEM_SOUNDFONTS))}: install "
        "fluid-soundfont-gm, musescore-general-soundfont, csound-soundfont and timgm6mb-soundfont, or name its folder "
        "with --soundfonts"
    )
