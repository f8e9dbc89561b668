"""Standard output and standard error of the command."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from midlevel_app.errors import ExportError
from midlevel_app.report import displayed


def say(text: str) -> None:
    """Tell people something, on standard error, if there is one."""
    if sys.stderr is None:
        return
    print(f"midlevel: {displayed(text)}", file=sys.stderr, flush=True)


def write_out(content: str | bytes) -> None:
    """Write to standard output: bytes as they are, text in the terminal's encoding."""
    if sys.stdout is None:
        raise ExportError("there is no standard output: choose a file with -o")
    if isinstance(content, str):
        content = content.encode(sys.stdout.encoding, "replace")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Keep the interpreter from failing once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise ExportError(f"standard output could not be written ({error.strerror}): make room") from error


@contextmanager
def own_standard_error() -> Iterator[None]:
    """Let what is said reach people while PortAudio starts, when `sounddevice` sends all standard error nowhere."""
    before = sys.stderr
    try:
        copy = os.dup(before.fileno())
    except (OSError, ValueError, AttributeError, io.UnsupportedOperation):  # there is none, or it is no file
        yield
        return
    with open(copy, "w", encoding=before.encoding, errors="backslashreplace", buffering=1) as sys.stderr:  # noqa: PTH123
        try:
            yield
        finally:
            sys.stderr = before
