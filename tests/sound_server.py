"""A sound server without hardware: PulseAudio with speakers ``vspk``, ``vspk2`` and microphone ``vmic``, all null."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RATE = 44100
"""Samples a second of all devices; at this rate sound passes bit-exactly."""

START_SECONDS = 10.0

# Replaces the machine's own list of ALSA devices, so that nothing here can reach real hardware.
_ALSA_DEVICES = """
defaults.pcm.card 0
defaults.ctl.card 0
pcm.!default { type pulse hint { show on description "speaker vspk, microphone vmic" } }
ctl.!default { type pulse }
pcm.vspk { type pulse device "vspk" hint { show on } }
pcm.vspk2 { type pulse device "vspk2" hint { show on } }
pcm.vmic { type pulse device "vmic.monitor" hint { show on } }
"""


@dataclass(frozen=True)
class SoundServer:
    """A running server: what is played into the sink ``vmic``, a recording from the default device hears.

    Attributes
    ----------
    folder : Path
        Holds its socket and its log ``pulseaudio.log``.
    process : subprocess.Popen
        The server, to be frozen or killed by tests of lost devices.
    """

    folder: Path
    process: subprocess.Popen[bytes]

    def feed_microphone(self, recording: Path) -> "subprocess.Popen[bytes]":
        """Start playing a WAV file into the microphone; the caller waits for the process or ends it."""
        return subprocess.Popen(["paplay", "--device=vmic", str(recording)])

    def unplug(self, sink: str) -> None:
        """Take a sink away, as if its device had been pulled out."""
        for line in _pactl("list", "short", "modules").splitlines():
            number, _, arguments = line.partition("\t")
            if f"sink_name={sink} " in arguments:
                _pactl("unload-module", number)

    def plug_in(self, sink: str) -> None:
        """Give back a sink that was taken away."""
        _pactl("load-module", *_null_sink(sink).split())


def can_run() -> bool:
    """Tell whether this machine has PulseAudio and its client."""
    return shutil.which("pulseaudio") is not None and shutil.which("paplay") is not None


def environment(folder: Path) -> dict[str, str]:
    """Variables that lead PortAudio, ALSA and Pulse clients to the server in ``folder``, and nowhere else.

    They must stand in ``os.environ`` before sounddevice is imported; the server need not run yet. Writes the
    list of ALSA devices into ``folder``.
    """
    devices = folder / "alsa.conf"
    devices.write_text(_ALSA_DEVICES, encoding="utf-8")
    return {
        "ALSA_CONFIG_PATH": str(devices),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_STATE_PATH": str(folder),
        "PULSE_SERVER": f"unix:{_socket(folder)}",
        "PULSE_SINK": "vspk",
        "PULSE_SOURCE": "vmic.monitor",
    }


@contextmanager
def running(folder: Path) -> Iterator[SoundServer]:
    """Run a server in ``folder`` for as long as the context lasts."""
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    command += ["--disable-shm=yes", "--high-priority=no", "--realtime=no"]
    command += [f"--log-target=file:{folder / 'pulseaudio.log'}"]
    command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={_socket(folder)}"]
    for sink in ("vspk", "vspk2", "vmic"):
        command += ["-L", _null_sink(sink)]
    with subprocess.Popen(command) as process:
        try:
            _wait_until_up(process, folder)
            yield SoundServer(folder, process)
        finally:
            process.kill()  # it has nothing to save, and a frozen one answers to no other signal


def _null_sink(name: str) -> str:
    return f"module-null-sink sink_name={name} format=float32le rate={RATE} norewinds=1"


def _pactl(*arguments: str) -> str:
    return subprocess.run(["pactl", *arguments], check=True, capture_output=True, text=True).stdout


def _socket(folder: Path) -> Path:
    return folder / "native"


def _wait_until_up(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(_socket(folder))) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"PulseAudio did not start; its log is {folder / 'pulseaudio.log'}")
