"""The sound devices there are: as people read them, and as they come and go."""

import json
import subprocess
import sys
from typing import Any

from midlevel_app.audio.devices import (
    CALL_LIMIT_SECONDS,
    Kind,
    all_devices,
    device_names,
    rescan,
    sound_library,
    within,
)
from midlevel_app.errors import DeviceError
from midlevel_app.language import tr

_KINDS: tuple[Kind, ...] = ("input", "output")


def device_list() -> str:
    """Return all inputs and outputs by name, one a line, the system's default with a star.

    Raises
    ------
    DeviceError
        If PortAudio is not installed or does not answer in time.
    """
    within(CALL_LIMIT_SECONDS, rescan)
    sound = sound_library()
    devices = within(CALL_LIMIT_SECONDS, all_devices)
    defaults = dict(zip(_KINDS, sound.default.device, strict=True))
    return "".join(_section(kind, devices, defaults[kind]) for kind in _KINDS)


def names_now(kind: Kind) -> list[str]:
    """Return the names of all inputs or outputs there are now, each once, whatever is heard or played meanwhile.

    PortAudio knows the devices that it found when it started, and cannot start anew under an open stream: another
    process is asked.

    Raises
    ------
    DeviceError
        If PortAudio is not installed or does not answer in time.
    """
    asked = [sys.executable, "-m", "midlevel_app.audio.listing", kind]
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a console would flash
    try:
        answer = subprocess.run(
            asked, capture_output=True, timeout=CALL_LIMIT_SECONDS, check=True, creationflags=hidden
        )
        return [str(name) for name in json.loads(answer.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise DeviceError(tr("The sound system does not answer: restart it and try again")) from error


def _section(kind: Kind, devices: list[Any], default: int) -> str:
    found = {device["name"]: device for device in reversed(devices) if device[f"max_{kind}_channels"] > 0}
    lines = [
        f"{'*' if device['index'] == default else ' '} {name}  "
        f"{device['default_samplerate']:.0f} Hz, {device[f'max_{kind}_channels']} channels\n"
        for name, device in reversed(found.items())
    ]
    return f"{kind}s:\n" + ("".join(lines) or "  none\n")


if __name__ == "__main__":
    print(json.dumps(device_names("output" if sys.argv[1:] == ["output"] else "input")))
