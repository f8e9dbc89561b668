"""The sound devices there are, as people read them."""

from typing import Any

from midlevel_app.audio.devices import CALL_LIMIT_SECONDS, Kind, all_devices, rescan, sound_library, within

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


def _section(kind: Kind, devices: list[Any], default: int) -> str:
    found = {device["name"]: device for device in reversed(devices) if device[f"max_{kind}_channels"] > 0}
    lines = [
        f"{'*' if device['index'] == default else ' '} {name}  "
        f"{device['default_samplerate']:.0f} Hz, {device[f'max_{kind}_channels']} channels\n"
        for name, device in reversed(found.items())
    ]
    return f"{kind}s:\n" + ("".join(lines) or "  none\n")
