"""Rows as messages of Open Sound Control, as a listener gets them."""

import socket

import numpy as np
import pytest
from pythonosc.osc_message import OscMessage

from midlevel_app.curves import Curves
from midlevel_app.errors import ExportError
from midlevel_app.live.osc import OscSender

ROWS = Curves(
    np.array([0.0, 3600.0 + 1 / 15]),
    np.stack([np.full(7, np.nan), np.arange(1.0, 8.0)]),
)


def test_a_row_is_a_message():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5.0)
        sender = OscSender("localhost", listener.getsockname()[1])
        sender.send(ROWS)
        without, with_values = (OscMessage(listener.recv(4096)) for _ in range(2))
        assert sender.problem is None
        sender.close()
    assert (without.address, without.params) == ("/midlevel/none", [0.0])
    assert with_values.address == "/midlevel"
    assert with_values.params == pytest.approx([3600.0667, 1, 2, 3, 4, 5, 6, 7], abs=0.001)


def test_the_bytes_are_those_of_the_standard():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5.0)
        sender = OscSender("127.0.0.1", listener.getsockname()[1])
        sender.send(ROWS)
        sender.close()
        listener.recv(4096)
        content = listener.recv(4096)
    assert content.startswith(b"/midlevel\0\0\0,ffffffff\0\0\0")
    assert np.frombuffer(content[-28:], dtype=">f4").tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_a_host_that_is_none_is_told():
    with pytest.raises(ExportError, match=r"no host nowhere\.invalid"):
        OscSender("nowhere.invalid", 9000)


def test_what_does_not_get_out_is_told_and_ends_nothing(monkeypatch):
    sender = OscSender("127.0.0.1", 9000)

    def unreachable(address, arguments):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(sender._client, "send_message", unreachable)
    sender.send(ROWS)
    assert sender.problem == "Network is unreachable"
    sender.close()
