"""Notes to audio with FluidSynth: many clips in one call, because loading a soundfont costs seconds."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import soundfile

from midlevel_app.errors import MidlevelError
from midlevel_app.frontend import Samples
from training.notes import SUSTAIN, Notes, next_strike

_TICKS_PER_QUARTER = 500
_TICKS = 1000  # a second, at the default tempo of 120 quarters a minute
_GAP = 2.0  # seconds from a clip's end to the next clip's start, silent from its first half second on
_DRUM_CHANNEL = 9
_RESET_CONTROLLERS, _ALL_SOUND_OFF = 121, 120
_SILENT = 1e-4


class RenderError(MidlevelError):
    """FluidSynth is missing or failed."""


def render(clips: Sequence[Notes], seconds: float, soundfont: Path, rate: int) -> list[Samples]:
    """Render clips of one length with one sample set.

    Parameters
    ----------
    clips : sequence of Notes
        Each from time 0; tracks play the programs they name, drums on the drum channel.
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
        If FluidSynth is not installed or does not render the whole of it.
    """
    slot = seconds + _GAP
    with tempfile.TemporaryDirectory() as folder:
        score = Path(folder) / "clips.mid"
        _write_sequence(clips, seconds, slot, score)
        settings = ("synth.gain=0.4", "synth.reverb.active=0", "synth.chorus.active=0")
        mono = synthesise(score, soundfont, rate, settings).mean(axis=1)
    length = round(seconds * rate)
    starts = [round(index * slot * rate) for index in range(len(clips))]
    if len(mono) < starts[-1] + length:
        raise RenderError(f"fluidsynth rendered {len(mono) / rate:.1f} s of {slot * len(clips):.1f} s")
    return [mono[start : start + length] for start in starts]


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
            raise RenderError("the command fluidsynth is missing: install the package fluidsynth") from error
        sound: Samples = np.zeros((0, 2), np.float32)
        if audio.is_file():
            sound, _ = soundfile.read(audio, dtype="float32", always_2d=True)
    # Where it cannot play it exits with 0, and leaves dither.
    if done.returncode or np.abs(sound).max(initial=0.0) < _SILENT:
        raise RenderError(f"fluidsynth could not play with {soundfont}: {done.stderr.strip()[-300:]}")
    return sound


def _write_sequence(clips: Sequence[Notes], seconds: float, slot: float, path: Path) -> None:
    """Write clips one after the other, each in its own slot, with their own programs."""
    timed: list[tuple[int, int, mido.Message]] = []  # tick, order within the tick, message

    def at(time: float, order: int, message: mido.Message) -> None:
        timed.append((round(time * _TICKS), order, message))

    def control(channel: int, number: int, value: int = 0) -> mido.Message:
        return mido.Message("control_change", channel=channel, control=number, value=value)

    def note(channel: int, pitch: int, velocity: int) -> mido.Message:
        return mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)

    for index, clip in enumerate(clips):
        begin = index * slot
        channels = _channels(clip)
        for track, channel in channels.items():
            at(begin, 0, control(channel, _RESET_CONTROLLERS))
            at(begin + seconds + 0.4, 5, control(channel, SUSTAIN))
            at(begin + seconds + 0.5, 6, control(channel, _ALL_SOUND_OFF))
            if channel == _DRUM_CHANNEL:
                continue
            at(begin, 1, mido.Message("program_change", channel=channel, program=clip.program.get(track, 0)))
            for down, up in clip.pedal:
                at(begin + down, 3, control(channel, SUSTAIN, 127))
                at(begin + up, 3, control(channel, SUSTAIN))
        stops = np.minimum(clip.key_up, next_strike(clip))
        rows = zip(clip.onset, stops, clip.pitch, clip.velocity, clip.track, strict=True)
        for onset, stop, pitch, velocity, track in rows:
            channel = channels[int(track)]
            at(begin + onset, 4, note(channel, int(pitch), int(velocity)))
            at(begin + max(stop, onset + 0.02), 2, note(channel, int(pitch), 0))

    at(len(clips) * slot, 7, control(0, _ALL_SOUND_OFF))
    timed.sort(key=lambda item: item[:2])
    track = mido.MidiTrack()
    now = 0
    for tick, _, message in timed:
        track.append(message.copy(time=tick - now))
        now = tick
    mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_QUARTER, tracks=[track]).save(path)


def _channels(clip: Notes) -> dict[int, int]:
    """MIDI channel of each track: drums on the tenth, the rest in order, the sixteenth and on shared."""
    free = [channel for channel in range(16) if channel != _DRUM_CHANNEL]
    pitched = [int(track) for track in np.unique(clip.track[~clip.drum])]
    channels = {track: free[min(place, len(free) - 1)] for place, track in enumerate(pitched)}
    drums = {int(track): _DRUM_CHANNEL for track in np.unique(clip.track[clip.drum])}
    return channels | drums
