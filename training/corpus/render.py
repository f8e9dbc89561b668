"""Notes to audio with FluidSynth: its library for clips, its command for whole MIDI files."""

import ctypes
import ctypes.util
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from midlevel_app.frontend import Samples
from training.errors import RenderError
from training.notes import SUSTAIN, Notes, next_strike

_GAIN = 0.4
_VOICES = 1024  # more than any clip sounds at once, so that none is cut short for another
_BLOCK = 64  # samples: FluidSynth takes events between blocks of this size
_DRUM_CHANNEL = 9
_OFF, _PEDAL, _ON = 0, 1, 2  # in this order where several events stand between the same blocks
_SILENT = 1e-4
_MISSING = "FluidSynth is missing: install the package fluidsynth"


def render(clips: Sequence[Notes], seconds: float, soundfont: Path, rate: int) -> list[Samples]:
    """Render clips of one length with one sample set.

    A clip sounds the same, sample for sample, whatever is rendered before or after it: each has a synthesiser of its
    own. The samples themselves are loaded once a process.

    Parameters
    ----------
    clips : sequence of Notes
        Each from time 0; tracks play the programs they name, drums on the drum channel. Onsets and ends are moved to
        the nearest block of 64 samples.
    seconds : float
        Length of each clip's audio.
    soundfont : Path
        SF2 or SF3 file.
    rate : int
        Samples a second of the result.

    Returns
    -------
    list of (round(seconds * rate),) float32
        Mono, without reverberation or chorus.

    Raises
    ------
    RenderError
        If FluidSynth is not installed or cannot play the soundfont.
    """
    sounds = _sample_set(soundfont, rate)
    return [_play(clip, round(seconds * rate), sounds, rate) for clip in clips]


@dataclass(frozen=True)
class _SampleSet:
    """A loaded soundfont and the settings of the synthesisers that play it, as FluidSynth's pointers."""

    settings: int
    samples: int


@cache
def _sample_set(soundfont: Path, rate: int) -> _SampleSet:
    """Load a soundfont; the synthesiser that holds it stays as long as the process."""
    library = _library()
    settings = library.new_fluid_settings()
    for name, number in (("synth.gain", _GAIN), ("synth.sample-rate", float(rate))):
        library.fluid_settings_setnum(settings, name.encode(), number)
    for name, whole in (("synth.reverb.active", 0), ("synth.chorus.active", 0), ("synth.polyphony", _VOICES)):
        library.fluid_settings_setint(settings, name.encode(), whole)
    keeper = library.new_fluid_synth(settings)
    if library.fluid_synth_sfload(keeper, str(soundfont).encode(), 1) < 0:
        raise RenderError(f"FluidSynth cannot play with {soundfont}: it is no SF2 or SF3 file")
    return _SampleSet(settings, library.fluid_synth_get_sfont(keeper, 0))


def _play(clip: Notes, length: int, sounds: _SampleSet, rate: int) -> Samples:
    """Return ``length`` samples of one clip."""
    library = _library()
    synth = library.new_fluid_synth(sounds.settings)
    library.fluid_synth_add_sfont(synth, sounds.samples)
    channels = _channels(clip)
    for track, channel in channels.items():
        library.fluid_synth_program_change(synth, channel, clip.program.get(track, 0))

    blocks = -(-length // _BLOCK)
    sound = np.zeros((2, blocks * _BLOCK), np.float32)
    left, right = (side.ctypes.data for side in sound)
    done = 0
    for block, _, act, arguments in [*_events(clip, channels, rate, library), (blocks, _OFF, None, ())]:
        until = min(block, blocks)
        if until > done:
            count, start = (until - done) * _BLOCK, done * _BLOCK
            library.fluid_synth_write_float(synth, count, left, start, 1, right, start, 1)
            done = until
        if act is not None:
            act(synth, *arguments)
    library.fluid_synth_remove_sfont(synth, sounds.samples)  # or it would go with the synthesiser
    library.delete_fluid_synth(synth)
    return np.asarray(sound[:, :length].mean(axis=0))


_Event = tuple[int, int, Callable[..., Any] | None, tuple[int, ...]]  # block, order within it, function, arguments


def _events(clip: Notes, channels: dict[int, int], rate: int, library: ctypes.CDLL) -> list[_Event]:
    """Notes and pedal in the order in which they are sent."""

    def block(seconds: float) -> int:
        return round(seconds * rate / _BLOCK)

    events: list[_Event] = []
    for channel in set(channels.values()) - {_DRUM_CHANNEL}:
        for down, up in clip.pedal:
            events.append((block(down), _PEDAL, library.fluid_synth_cc, (channel, SUSTAIN, 127)))
            events.append((block(up), _PEDAL, library.fluid_synth_cc, (channel, SUSTAIN, 0)))
    struck_again = next_strike(clip)
    stops = np.minimum(clip.key_up, struck_again)
    rows = zip(clip.onset, stops, struck_again, clip.pitch, clip.velocity, clip.track, strict=True)
    for onset, stop, again, pitch, velocity, track in rows:
        start = block(onset)
        if np.isfinite(again) and block(again) == start:
            continue  # its end would silence the other
        channel = channels[int(track)]
        events.append((start, _ON, library.fluid_synth_noteon, (channel, int(pitch), int(velocity))))
        events.append((max(block(stop), start + 1), _OFF, library.fluid_synth_noteoff, (channel, int(pitch))))
    return sorted(events, key=lambda event: event[:2])


def _channels(clip: Notes) -> dict[int, int]:
    """MIDI channel of each track: drums on the tenth, the rest in order, the sixteenth and on shared."""
    free = [channel for channel in range(16) if channel != _DRUM_CHANNEL]
    pitched = [int(track) for track in np.unique(clip.track[~clip.drum])]
    channels = {track: free[min(place, len(free) - 1)] for place, track in enumerate(pitched)}
    drums = {int(track): _DRUM_CHANNEL for track in np.unique(clip.track[clip.drum])}
    return channels | drums


@cache
def _library() -> ctypes.CDLL:
    """FluidSynth's library (2.x), silent, with the types of the functions that are used."""
    found = ctypes.util.find_library("fluidsynth")
    if found is None:
        raise RenderError(_MISSING)
    library = ctypes.CDLL(found)
    pointer, whole, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "fluid_set_log_function": (pointer, [whole, pointer, pointer]),
        "new_fluid_settings": (pointer, []),
        "fluid_settings_setint": (whole, [pointer, text, whole]),
        "fluid_settings_setnum": (whole, [pointer, text, ctypes.c_double]),
        "new_fluid_synth": (pointer, [pointer]),
        "delete_fluid_synth": (None, [pointer]),
        "fluid_synth_sfload": (whole, [pointer, text, whole]),
        "fluid_synth_get_sfont": (pointer, [pointer, ctypes.c_uint]),
        "fluid_synth_add_sfont": (whole, [pointer, pointer]),
        "fluid_synth_remove_sfont": (whole, [pointer, pointer]),
        "fluid_synth_program_change": (whole, [pointer, whole, whole]),
        "fluid_synth_cc": (whole, [pointer, whole, whole, whole]),
        "fluid_synth_noteon": (whole, [pointer, whole, whole, whole]),
        "fluid_synth_noteoff": (whole, [pointer, whole, whole]),
        "fluid_synth_write_float": (whole, [pointer, whole, *[pointer, whole, whole] * 2]),
        "fluid_version_str": (text, []),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    for level in range(5):  # it would print a line for each program a soundfont lacks
        library.fluid_set_log_function(level, None, None)
    return library


def fluidsynth_version() -> str:
    """Return the version of FluidSynth's library."""
    return str(_library().fluid_version_str().decode())


def synthesise(midi: Path, soundfont: Path, rate: int, settings: Sequence[str]) -> Samples:
    """Return the sound of a MIDI file, (n, 2) float32, by the ``fluidsynth`` command with its ``settings``.

    Raises
    ------
    RenderError
        If the command is missing or fails, or the soundfont cannot be played.
    """
    # Without the first it takes the system's soundfont where the given one cannot be read.
    options = [f"-o{setting}" for setting in ("synth.default-soundfont=", *settings)]
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "sound.wav"
        command = ["fluidsynth", "-niq", "-r", str(rate), "-O", "float", "-T", "wav", "-F", str(audio), *options]
        try:
            done = subprocess.run([*command, str(soundfont), str(midi)], capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise RenderError(_MISSING) from error
        sound: Samples = np.zeros((0, 2), np.float32)
        if audio.is_file():
            sound, _ = soundfile.read(audio, dtype="float32", always_2d=True)
    # Where it cannot play it exits with 0, and leaves dither.
    if done.returncode or np.abs(sound).max(initial=0.0) < _SILENT:
        raise RenderError(f"fluidsynth could not play with {soundfont}: {done.stderr.strip()[-300:]}")
    return sound
