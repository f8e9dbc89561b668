"""What a soak opens: good, broken, silent, short and long recordings, folders and sessions; made once, remade."""

import json
import os
import shutil
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from midlevel_app.markers import Marker
from midlevel_app.session import SUFFIX, Session, save
from tests.app.audio_files import encode
from tests.tones import piano_like

_ASSETS = Path(__file__).resolve().parents[3] / "midlevel_app" / "assets"
_LONG_NAME = "n" * 250
_LONG_MINUTES, _NOISE_MINUTES = 5, 20


class Material:
    """Files below ``folder / "work"`` that may be deleted, cut and written over; `restore` brings them back.

    Parameters
    ----------
    folder : Path
        Of nobody else.
    """

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "kept"
        self.work = folder / "work"
        self.assets = folder / "assets"  # in place of the program's own, beside which nothing may be written
        self.exports = folder / "exports"
        for made in (self._kept, self.work, self.assets, self.exports):
            made.mkdir()
        for name in ("example.ogg", "icon.svg"):
            shutil.copy(_ASSETS / name, self.assets)
        _write_recordings(self._kept)
        self.names = _names(self._kept)
        self.restore()
        _write_sessions(self._kept, self.work)
        self.names = _names(self._kept)
        self.restore()

    def restore(self) -> None:
        """Have every file as it was made, and none of what was exported."""
        for place in (*self.work.iterdir(), *self.exports.iterdir()):
            if place.name not in self.names or place.is_dir():
                shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)
        for name in self.names:
            made, used = self._kept / name, self.work / name
            if made.is_dir():
                shutil.copytree(made, used)
            elif not used.exists() or used.stat().st_size != made.stat().st_size:
                shutil.copy(made, used)
        for inside in ("a.wav", "b.flac", "c.ogg", "more/d.wav", "more/text.wav"):
            used = self.work / "many" / inside
            used.parent.mkdir(parents=True, exist_ok=True)
            name = "text.wav" if "text" in inside else f"piano{used.suffix}"
            shutil.copy(self._kept / name, used)
        (self.work / "none").mkdir(exist_ok=True)

    def some(self, random: Random) -> Path:
        """Return one of the files and folders, or a name of nothing."""
        return self.work / random.choice([*self.names, "many", "none", "missing.wav", f"{_LONG_NAME}{_LONG_NAME}.wav"])

    def recording(self, random: Random) -> Path:
        """Return one that can be described."""
        return self.work / random.choice(["piano.wav", "piano.flac", "piano.ogg", "piano.m4a", "long.flac"])

    def target(self, random: Random, suffix: str) -> Path | None:
        """Return a place to write to: good ones, bad ones, or None for none."""
        good = [self.exports / f"{letter}{suffix}" for letter in "abcd"]
        bad = [self.exports / f"{_LONG_NAME}{_LONG_NAME}{suffix}", self.work / "piano.wav" / f"x{suffix}", self.exports]
        new = [self.exports / "new" / f"e{suffix}", self.exports / "Op. 27", self.work / f"piano{suffix}"]
        return random.choice([*good, *good, *bad, *new, None])


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _write_recordings(folder: Path) -> None:
    piano = piano_like(8.0, 44100)
    for name in ("piano.wav", "piano.flac", "piano.ogg", "piano.mp3", f"{_LONG_NAME}.wav", "a & <b> [*] ü.wav"):
        soundfile.write(folder / name, piano, 44100)
    encode(folder / "piano.m4a", piano, 44100, "aac")
    shutil.copy(folder / "piano.wav", folder / os.fsdecode(b"caf\xe9.wav"))
    shutil.copy(folder / "piano.wav", folder / "in fact a wav.mp3")
    for name, share in (("cut.flac", 0.6), ("cut.ogg", 0.5), ("cut.mp3", 0.5), ("cut.wav", 0.4), ("cut.m4a", 0.7)):
        content = (folder / f"piano{Path(name).suffix}").read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])
    soundfile.write(folder / "silent.wav", np.zeros((6 * 44100, 2), dtype=np.float32), 44100)
    soundfile.write(folder / "short.wav", piano[:8000], 44100)
    soundfile.write(folder / "three samples.wav", piano[:3], 44100)
    soundfile.write(folder / "six channels.wav", np.tile(piano[:200_000], 3), 48000)
    (folder / "text.wav").write_bytes(b"this is no audio " * 100)
    (folder / "empty.flac").write_bytes(b"")
    minute = piano_like(60.0, 22050, seed=3)
    with soundfile.SoundFile(folder / "long.flac", "w", 22050, 2) as file:
        for _ in range(_LONG_MINUTES):
            file.write(minute)
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, 60 * 8000).astype(np.float32)
    with soundfile.SoundFile(folder / "noise.wav", "w", 8000, 1) as file:
        for _ in range(_NOISE_MINUTES):
            file.write(noise)


def _write_sessions(kept: Path, work: Path) -> None:
    def session(audio: str, start: float, stop: float, *marked: float) -> Session:
        view = {"start": start, "stop": stop, "position": start, "look": {"layout": "overlaid"}}
        markers = tuple(Marker(seconds, f"at {seconds:g}") for seconds in marked)
        return Session(work / audio, None, None, "tiny", "0", view, markers, (start, stop))

    for name, content in (
        ("near", session("piano.wav", 2.0, 5.0, 2.5, 4.0)),
        ("far", session("long.flac", 100.0, 160.0, 120.0)),
        ("beyond", session("piano.flac", 6.0, 50.0, 3.0, 40.0)),
        ("lost", session("gone.wav", 1.0, 2.0, 1.5)),
        ("broken", session("text.wav", 1.0, 2.0, 1.5)),
    ):
        save(kept / f"{name}{SUFFIX}", content)
    for path in kept.glob(f"*{SUFFIX}"):  # their audio is found in the work folder, by its absolute place
        document = json.loads(path.read_text())
        document["audio"]["relative"] = None
        path.write_text(json.dumps(document))
    (kept / f"bad{SUFFIX}").write_text("{")
