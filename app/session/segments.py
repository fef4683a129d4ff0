"""Which files a session is in: mostly one; another follows where one was removed or damaged while it was written."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Segment:
    """A session file of a session, and where in the session it begins.

    Attributes:
        first: the session's line number of the file's record 0. The file's part ends where the next segment begins, whatever
            else is in it: what an uncertain commit left there is in the next file too.
        path: the file.
        id: the ``id`` of its ``meta``, by which it is told from another session in its place; empty: any session.
    """

    first: int
    path: Path
    id: str = ""
