"""Tests often run as root, whom permissions do not stop: give up that power for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Run the block as an ordinary user; nothing changes for one."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
