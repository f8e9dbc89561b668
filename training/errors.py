"""Errors that who trains a model can meet: what happened, to which file or setting, and what to do about it.

MidlevelError
 ├─ NotesError    notes, scores or listeners' ratings that cannot be used
 ├─ RenderError   a synthesiser or sample set that is missing or cannot be played
 ├─ CorpusError   a corpus that is not there, is damaged, or breaks a rule it must keep
 ├─ DataError     a data set of others that is not as it should be
 └─ RunError      a training run whose configuration or numbers are wrong
"""

from midlevel_app.errors import MidlevelError


class NotesError(MidlevelError):
    """Notes or a notes file that cannot be used: which, and why.

    Attributes
    ----------
    reason : str
        The kind of failure in a few words that are the same for every file, so that failures can be counted:
        "cannot be read", "not MIDI", "MIDI type 2", "damaged", "no notes", "absurd tempo", "not a table",
        "score does not parse", "too few notes", "package missing", "cannot be written", or "unusable".
    """

    def __init__(self, message: str, reason: str = "unusable") -> None:
        super().__init__(message)
        self.reason = reason


class RenderError(MidlevelError):
    """FluidSynth or a sample set is missing, or one cannot play the other."""


class CorpusError(MidlevelError):
    """A corpus that is not there, is damaged, or breaks a rule it must keep."""


class DataError(MidlevelError):
    """A data set that cannot be used: which file and line, what is wrong there, what to do."""


class RunError(MidlevelError):
    """A training run that cannot go on: its configuration, its folder or its loss."""
