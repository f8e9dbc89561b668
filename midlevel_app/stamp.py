"""Stamps: whether a file is the one seen before, told without reading it.

What fools a stamp: a file rewritten in place to the same size whose times were then all set back. On Linux and
macOS that takes more than `touch`, since the time of the inode's change is part of the stamp; on Windows and on
FAT disks, which have none, setting the time of modification back is enough.
"""

import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

SETTLED_SECONDS = 2.0
"""A file changed longer ago than this gets another time of modification when it changes again (FAT counts in 2 s)."""


@dataclass(frozen=True)
class Stamp:
    """What the file system says of a file's identity; equal stamps are one unchanged file.

    Attributes
    ----------
    path : str
        Absolute.
    inode, size : int
        Size in bytes.
    modified, changed : int
        Nanoseconds since 1970: of the content, and of the inode (on Windows, of creation).
    taken : int
        Nanoseconds since 1970 when the stamp was taken; not compared.
    """

    path: str
    inode: int
    size: int
    modified: int
    changed: int
    taken: int = field(compare=False)

    @property
    def settled(self) -> bool:
        """A later change of the file is certain to show in its stamp."""
        return self.taken - self.modified > SETTLED_SECONDS * 1e9

    def alike(self, other: "Stamp") -> bool:
        """Tell whether size and time of modification are another's, as those of a file moved or copied back are."""
        return (self.size, self.modified) == (other.size, other.modified)

    def is_of(self, status: os.stat_result) -> bool:
        """Tell whether size and time of modification are those of ``status``, of an open file for example."""
        return (self.size, self.modified) == (status.st_size, status.st_mtime_ns)

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that stand for it in an entry's name."""
        text = f"{self.path}\0{self.inode}\0{self.size}\0{self.modified}\0{self.changed}"
        return hashlib.sha256(os.fsencode(text)).hexdigest()[:16]


def take_stamp(path: Path) -> Stamp | None:
    """Return a file's stamp now, None where there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    absolute = os.path.abspath(path)  # noqa: PTH100 - keeps links, which `resolve` would follow
    return Stamp(absolute, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, time.time_ns())
