"""Opening a session file for reading, whatever it may turn out to be."""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

from app.core.errors import BadInput
from app.session.schema import check

# Names every column that is read, so that a file without one is refused when it is opened and not in the middle.
_PROBES = (
    "SELECT id, worker, number FROM run LIMIT 0",
    "SELECT first, count, earliest, latest, runs, columns_crc, columns, texts_crc, texts FROM batch LIMIT 1",
)


def opened(path: Path, timeout: float) -> tuple[sqlite3.Connection, dict[str, str]]:
    """Return a connection that cannot write, for the calling thread alone, and what the ``meta`` table holds.

    Args:
        path: the file; it may be written at the same time.
        timeout: seconds to wait for somebody who locks it.

    Raises:
        BadInput: it is not there, may not be read, is locked, no session, damaged as a whole, or of a newer version.
    """
    try:
        # Not Path.is_file: from Python 3.14 on it is False as well for what may not be looked at.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path}: it is no plain file, so no session.")
        if status.st_size == 0:
            raise BadInput(f"{path}: it is empty; nothing was recorded in it.")
        connection = _connected(path, timeout)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: there is no such session.") from None
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _unreadable(path, error) from None
    try:
        check(connection, path)
        for probe in _PROBES:
            connection.execute(probe).fetchall()
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        int(meta["origin_ns"])
    except (sqlite3.Error, KeyError, ValueError, TypeError) as error:
        connection.close()
        raise _unreadable(path, error) from None
    except BaseException:
        connection.close()
        raise
    return connection, meta


def _unreadable(path: Path, error: Exception) -> BadInput:
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
    elif isinstance(error, KeyError):
        reason = f"it does not say its {error.args[0]}"
    else:
        reason = str(error)
    return BadInput(f"{path}: it cannot be read as a session ({reason}).")


def _connected(path: Path, timeout: float) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=timeout)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        # A log (WAL) in a folder that may not be written to cannot be opened, even for reading. Every other failure stays
        # one: taken as it is, a file that somebody is writing would be read half written.
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
    return connection


def _has_log(path: Path) -> bool:
    """Return whether there is a log beside the file: taken as it is, the file would lack what is in there."""
    with contextlib.suppress(OSError):
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    return False
