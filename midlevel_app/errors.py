"""Errors a user can meet: what happened, to which file or device, and what to do about it.

MidlevelError
 ├─ AudioFileError   a recording that cannot be read or described
 ├─ DeviceError      a sound device that cannot be opened or went away
 ├─ ModelError       a model file that is not one, or does not fit
 └─ ExportError      a result that cannot be written
"""


class MidlevelError(Exception):
    """Base of every error this program raises for something outside its own code.

    Its text is one sentence or two for the user: what happened, where, what to do.
    """


class AudioFileError(MidlevelError):
    """A recording that cannot be opened, decoded or described."""


class DeviceError(MidlevelError):
    """A sound device that cannot be opened, or that went away while in use."""


class ModelError(MidlevelError):
    """A model file that is missing, damaged, or made for something else."""


class ExportError(MidlevelError):
    """A result that cannot be written where it was asked for."""
