"""Opening a session file for reading, whatever it may turn out to be."""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.core.errors import BadInput
from app.session.processes import is_written_here
from app.session.rescue import rescue_rows
from app.session.schema import check, read_meta

# Of SQLite's errors those that are about the moment and not about the file: it may be read later.
_PASSING = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


class OpenSession(NamedTuple):
    """A connection that cannot write, for the calling thread alone; what the file says of itself; whether it is a rescue."""

    connection: sqlite3.Connection
    meta: dict[str, str]
    is_rescued: bool


def open_session(path: Path, timeout: float, damaged: Callable[[str], None]) -> OpenSession:
    """Open a session file; of a damaged one what can be rescued.

    Args:
        path: the file; it may be written at the same time.
        timeout: seconds to wait while another process locks it.
        damaged: called with a sentence if it is damaged.

    Raises:
        BadInput: it is not there, may not be read, is locked, no session, or of another version; nothing in it can be read.
    """
    try:
        # Not Path.is_file: from Python 3.14 on it is False as well for what may not be looked at.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path}: it is not a regular file, so not a session.")
        if status.st_size == 0:
            raise BadInput(f"{path}: it is empty; nothing was recorded in it.")
        connection = _connect(path, timeout)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: there is no such session.") from None
    except (OSError, sqlite3.Error, ValueError) as error:
        return _rescue_or_refuse(path, error, _unreadable(path, error), damaged)
    try:
        refusal = _refusal(connection, path)
        if refusal is None:
            return OpenSession(connection, read_meta(connection), is_rescued=False)
        found: Exception = sqlite3.DatabaseError("its head is damaged")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        found, refusal = error, _unreadable(path, error)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return _rescue_or_refuse(path, found, refusal, damaged)


def is_passing(error: Exception) -> bool:
    """Return whether an error of SQLite's is about the moment, and not about the file."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING and code != sqlite3.SQLITE_IOERR_SHORT_READ


def open_rescued(path: Path, error: Exception, damaged: Callable[[str], None]) -> OpenSession | None:
    """Open what can be rescued of a file that was found to be damaged, and say so; None if there is nothing.

    Raises OSError or sqlite3.Error if it may not be read, or there is no room for what was found.
    """
    if is_passing(error) or is_written_here(path):
        return None
    found = rescue_rows(path)
    if found is None:
        return None
    unknown = "" if found.has_end else " Whether anything is missing at its end is not known."
    # Names of tables and columns that are no text any more stand in SQLite's own sentence.
    reason = "its tables have no names" if isinstance(error, UnicodeDecodeError) else error
    damaged(f"{path}: it is damaged ({reason}); what can still be read of it is shown.{unknown}")
    return OpenSession(found.connection, found.meta, is_rescued=True)


def _rescue_or_refuse(path: Path, error: Exception, refusal: BadInput, damaged: Callable[[str], None]) -> OpenSession:
    if isinstance(error, (sqlite3.Error, UnicodeDecodeError)):
        with contextlib.suppress(OSError, sqlite3.Error):
            found = open_rescued(path, error, damaged)
            if found is not None:
                return found
    raise refusal from None


def _refusal(connection: sqlite3.Connection, path: Path) -> BadInput | None:
    """Return why a database is no session for us although it may be a damaged one; raised where it is surely none."""
    try:
        check(connection, path)
    except BadInput as refusal:
        if "row_crc" in {row[1] for row in connection.execute("PRAGMA table_info(batch)")}:
            return refusal
        raise
    return None


def _unreadable(path: Path, error: Exception) -> BadInput:
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    return BadInput(f"{path}: it cannot be read as a session ({reason}).")


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=timeout)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        # A log (WAL) in a folder that may not be written to cannot be opened, even for reading. Every other failure stays
        # one: taken as it is, a file that another process is writing would be read half written.
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if _has_log(path):
            if not os.access(path.parent, os.W_OK):
                raise BadInput(
                    f"{path}: it was not ended properly, and its folder cannot be written to; copy it, "
                    f"and {path.name}-wal beside it, to another folder."
                ) from None
            raise
        connection = sqlite3.connect(f"{uri}?immutable=1", uri=True, isolation_level=None, timeout=timeout)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    """Return whether there is a log beside the file: taken as it is, the file would lack what is in there."""
    with contextlib.suppress(OSError):
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    return False
