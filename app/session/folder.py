"""Where sessions are, what they are called, and which there are."""

import contextlib
import math
import os
import platform
import sqlite3
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from app.core.errors import BadInput, quoted, unknown_name
from app.session.processes import is_cut_off, is_written_elsewhere, is_written_here, process_began
from app.session.raw_file import is_log_damaged
from app.session.reader import SessionReader
from app.session.schema import ENDING, add_facts, check, read_meta
from app.session.writer import SessionWriter

# How many of the newest sessions are looked at when the window opens: it must not wait for a thousand files.
_NEWEST = 5
UNEXPECTED_END = "The last session ended unexpectedly. Everything recorded was saved."
UNEXPECTED_ENDS = (
    "The last {} sessions ended unexpectedly. Everything recorded was saved; File ▸ Sessions… lists all of them."
)


def session_folder() -> Path:
    """Return where the platform keeps this program's sessions; any thread."""
    return Path(platformdirs.user_data_dir("thread-controller", appauthor=False)) / "sessions"


def make_folder(folder: Path) -> None:
    """Make a folder for sessions, for its owner's eyes only, if it is not there; OSError if that cannot be done."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def new_writer(folder: Path, started: datetime, origin: int) -> SessionWriter:
    """Make a session file named after the beginning of the session; a second one of the same session gets a number.

    Args:
        folder: where; it is made if it is not there.
        started: the wall clock at the beginning, with its zone.
        origin: the ``perf_counter_ns`` of that instant.

    Raises:
        OSError, sqlite3.Error: it cannot be made.
    """
    # By itself: a file in the folder's place is no name that is used already.
    make_folder(folder)
    stem = started.strftime("%Y%m%d-%H%M%S")
    for number in range(1, 10_000):
        name = stem if number == 1 else f"{stem}-{number}"
        meta = {
            "id": name,
            "started": started.isoformat(),
            "started_ns": str(round(started.timestamp() * 1e9)),
            "origin_ns": str(origin),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "switch_interval_s": repr(sys.getswitchinterval()),
            "process": str(os.getpid()),
            "process_began": process_began(os.getpid()),
        }
        try:
            return SessionWriter(folder / f"{name}{ENDING}", meta)
        except FileExistsError:
            # Another window was opened in the same second, or this session goes on in a new file.
            continue
    raise OSError(None, f"{folder} has ten thousand sessions of one second")


def session_files(path: Path) -> list[Path]:
    """Return the files that a session consists of and that are there: the file, and SQLite's own beside it."""
    parts = (path, *(path.with_name(f"{path.name}-{ending}") for ending in ("wal", "shm", "journal")))
    found = []
    for part in parts:
        with contextlib.suppress(OSError, ValueError):
            part.lstat()  # a link that leads nowhere is there too
            found.append(part)
    return found


def session_size(path: Path) -> int:
    """Return the bytes of all files of a session; what is removed meanwhile counts nothing."""
    size = 0
    for part in session_files(path):
        with contextlib.suppress(OSError):
            size += part.stat().st_size
    return size


def remove_session(path: Path) -> None:
    """Remove a session with what SQLite keeps beside it; BadInput if not all of it can be removed.

    Any thread, but not while the session is open or recorded.
    """
    # The file first: what is in a log beside it is part of the session for as long as the file is there.
    for part in session_files(path):
        try:
            part.unlink(missing_ok=True)
        except OSError as error:
            raise BadInput(f"{part}: it cannot be deleted ({error.strerror or error}).") from None


def session_paths(folder: Path) -> list[Path]:
    """Return a folder's session files, oldest first by their names; none without a folder; OSError if it cannot be read."""
    try:
        found = [path for path in folder.iterdir() if path.name.endswith(ENDING)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    # Of one second: the first has no number, and the tenth comes after the second.
    return sorted(found, key=lambda path: (path.stem[:15], len(path.stem), path.stem))


def list_sessions(folder: Path) -> list[Path]:
    """Return ``session_paths``; BadInput if the folder cannot be looked into."""
    try:
        return session_paths(folder)
    except OSError as error:
        raise BadInput(f"{folder}: sessions cannot be looked for there ({error.strerror or error}).") from None


def find_session(wanted: str, folder: Path) -> Path:
    """Return the file that a path, an id or ``latest`` means; BadInput if there is none, or none can be looked for."""
    paths = list_sessions(folder)
    if wanted == "latest":
        return _latest(paths, folder)
    by_id = {path.stem: path for path in paths}
    if wanted in by_id:
        return by_id[wanted]
    try:
        mode = Path(wanted).stat().st_mode
    except FileNotFoundError:
        raise BadInput(
            unknown_name("session", wanted, by_id) if by_id else f"There is no session in {folder} yet."
        ) from None
    except (OSError, ValueError):
        raise BadInput(f"{quoted(wanted)} is not the path of a session.") from None
    if not stat.S_ISREG(mode):
        raise BadInput(f"{wanted}: it is {'a folder' if stat.S_ISDIR(mode) else 'a pipe or a device'}, no session.")
    return Path(wanted)


def _latest(paths: Sequence[Path], folder: Path) -> Path:
    """Return the session that ended last; of those that still go on, the one that began last, if no other is there."""
    files = []
    for path in paths:
        with contextlib.suppress(OSError):
            files += [path] if path.is_file() else []
    if not files:
        raise BadInput(f"There is no session in {folder} yet.")
    # Of several that ended at once, the one that began last.
    return max(enumerate(files), key=lambda numbered: (_end(numbered[1]), numbered[0]))[1]


def _end(path: Path) -> float:
    """Return when a session ended, s of the Unix epoch; minus infinity if it goes on, or nothing can be read of it."""
    try:
        with SessionReader(path, lambda _sentence: None) as reader:
            meta = reader.meta
            if "ended" in meta:
                return datetime.fromisoformat(meta["ended"]).timestamp()
            if not is_written_elsewhere(meta):
                return datetime.fromisoformat(meta["started"]).timestamp() + reader.duration() / 1e9
    except (BadInput, sqlite3.Error, LookupError, TypeError, ValueError, ArithmeticError, OSError):
        pass
    return -math.inf


@dataclass(frozen=True, slots=True)
class CutOff:
    """What a crash left behind.

    Attributes:
        sentence: what to say about it; empty if there is nothing.
        path: the newest of the sessions that were cut off; None if there is none.
    """

    sentence: str
    path: Path | None


def cut_off_sessions(folder: Path) -> CutOff:
    """Mark the newest sessions that a crash cut off, and return what to say and which to offer; once for each.

    A session is cut off if it was not ended and its process is gone. What was committed is all there.
    """
    try:
        # A session of this very process goes on.
        found = [path for path in session_paths(folder)[-_NEWEST:] if not is_written_here(path) and _mark(path)]
    except OSError:
        # A folder that cannot be looked into is said when something is to be recorded there.
        found = []
    if not found:
        return CutOff("", None)
    return CutOff(UNEXPECTED_END if len(found) == 1 else UNEXPECTED_ENDS.format(len(found)), found[-1])


def _mark(path: Path) -> bool:
    """Mark a session that was cut off and make it one plain file; return whether it is one."""
    if is_log_damaged(path):
        # SQLite would move what it can read of it into the file, and remove the rest. A reader of the session rescues more.
        with contextlib.suppress(BadInput), SessionReader(path, lambda _sentence: None) as reader:
            return is_cut_off(reader.meta)
        return False
    try:
        # Not to be made if it is removed at this very moment.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0)
    except (OSError, sqlite3.Error):
        return False
    with contextlib.closing(connection), contextlib.suppress(sqlite3.Error, BadInput):
        check(connection, path)
        meta = read_meta(connection)
        if is_cut_off(meta):
            add_facts(connection, {"cut_off": "yes"})
            # It is marked all the same if it stays two files because another process reads it.
            with contextlib.suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = DELETE")
            return True
    return False
