"""Rows of curves as messages of Open Sound Control, for installations and programs such as Max and Pure Data."""

import socket
from collections.abc import Iterator

import numpy as np
from pythonosc.udp_client import SimpleUDPClient

from midlevel_app.curves import Curves
from midlevel_app.errors import ExportError

ADDRESS = "/midlevel"
"""Of a row with values; its arguments are the time in seconds and the features in their order, all 32-bit floats."""

NONE_ADDRESS = "/midlevel/none"
"""Of a row without: silence, or no whole receptive field. Its argument is the time. No message holds a NaN."""


class OscSender:
    """Sends one message a row, by UDP.

    Attributes
    ----------
    problem : str or None
        What went wrong with the last message; the next one is sent nevertheless.
    """

    def __init__(self, host: str, port: int) -> None:
        """Look the host up, once; `ExportError` if there is none of that name."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise ExportError(f"--osc: there is no host {host} ({error.strerror}): check the name") from error
        found.sort(key=lambda one: one[0] != socket.AF_INET)  # most listeners know no other
        self._client = SimpleUDPClient(str(found[0][4][0]), port)
        self.problem: str | None = None

    def close(self) -> None:
        """Send nothing more."""
        self._client.close()

    def send(self, curves: Curves) -> None:
        """Send every row."""
        for address, arguments in messages(curves):
            try:
                self._client.send_message(address, arguments)
            except OSError as error:
                self.problem = error.strerror
            else:
                self.problem = None


def messages(curves: Curves) -> Iterator[tuple[str, list[float]]]:
    """Address and arguments of the message of each row."""
    for time, row in zip(curves.times.tolist(), curves.values.tolist(), strict=True):
        if np.isfinite(row).all():
            yield ADDRESS, [time, *row]
        else:
            yield NONE_ADDRESS, [time]
