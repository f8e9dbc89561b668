"""Errors a user can meet: what happened, to which file or device, and what to do about it.

MidlevelError
 ├─ AudioFileError   a recording that cannot be read or described
 ├─ DeviceError      a sound device that cannot be opened or went away
 │   └─ UnusableDeviceError   it is there, and cannot be had
 ├─ ModelError       a model file that is not one, or does not fit
 ├─ ExportError      a result that cannot be written
 │   └─ DiskFullError   there is no room for more
 └─ SessionError     a session file that cannot be opened
     └─ SessionAudioMissing   the recording it is about is not where it was
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from midlevel_app.session import Session


class MidlevelError(Exception):
    """Base of every error this program raises for something outside its own code.

    Its text is one sentence or two for the user: what happened, where, what to do.
    """


class AudioFileError(MidlevelError):
    """A recording that cannot be opened, decoded or described."""


class DeviceError(MidlevelError):
    """A sound device that cannot be opened, or that went away while in use."""


class UnusableDeviceError(DeviceError):
    """A sound device that is there, but that another program holds, or that cannot be opened as it was before."""


class ModelError(MidlevelError):
    """A model file that is missing, damaged, or made for something else."""


class ExportError(MidlevelError):
    """A result that cannot be written where it was asked for."""


class DiskFullError(ExportError):
    """A recording that had to stop because there is no room for more; what was written is kept."""


class SessionError(MidlevelError):
    """A session file that cannot be read, is damaged, or was made by something else."""


class SessionAudioMissing(SessionError):  # noqa: N818  # what is missing, not what went wrong, is its name
    """The recording of a session is at none of the places where it is looked for.

    Attributes
    ----------
    session : Session
        All that was kept; its ``audio`` is the absolute place where the recording was.
    """

    def __init__(self, message: str, session: "Session") -> None:
        super().__init__(message)
        self.session = session
