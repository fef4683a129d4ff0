"""The session file: a SQLite database; this module is its documentation.

``application_id`` is ``APPLICATION_ID``, ``user_version`` the version of the schema, 1 so far.

``meta``: key and value, both text. ``id`` the session's name; ``started`` the wall clock at the beginning of the sitting,
ISO 8601 with the zone; ``started_ns`` the same in nanoseconds of the Unix epoch; ``origin_ns`` the ``perf_counter_ns`` of
that instant; ``ended`` the wall clock at the end, or when the sitting went on in another file, missing while it goes on and
after a crash; ``cut_off`` is there once a crash was noticed; ``process`` the number of the process that writes, and
``process_began`` what tells it from another of that number, empty where the platform does not say it; ``python``,
``platform``, ``switch_interval_s``: the surroundings.

``run``: a row a run: ``id``, ``worker`` (the name, UTF-8 with lone surrogates passed through), ``number``.

``batch``: a row a committed batch, in the order of draining. ``first`` is the line number of its first record (from 0),
``count`` how many it has, ``earliest`` and ``latest`` their least and greatest ``t_ns``, ``runs`` the ids of the runs that
occur (8 bytes each, little-endian), ``columns`` and ``texts`` the two parts of the batch's bytes (``app.core.batch``), each
compressed by zlib: who searches reads the texts alone. ``columns_crc`` and ``texts_crc`` are the CRC-32 of the blobs as they
stand here: SQLite does not notice a flipped byte inside a blob.

A row a batch and not a row a line: SQLite gives the GIL up at every row, and beside two busy threads a row a line
recorded 2,100 lines/s and fell 222 s behind, a blob a batch 119,000 and none late.
"""

import sqlite3
from pathlib import Path

from app.core.errors import BadInput

APPLICATION_ID = 0x54437373  # "TCss"
VERSION = 1
ENDING = ".tcsession"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (id INTEGER PRIMARY KEY, worker BLOB NOT NULL, number INTEGER NOT NULL);
CREATE TABLE batch (
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  earliest INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  runs BLOB NOT NULL,
  columns_crc INTEGER NOT NULL,
  columns BLOB NOT NULL,
  texts_crc INTEGER NOT NULL,
  texts BLOB NOT NULL
);
"""


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database a session file: acknowledged is what is committed, and a commit is on the disk."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};{_TABLES}COMMIT;"
    )


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise BadInput, in one sentence, if an open database is no session that this program can read."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise BadInput(f"{path}: it is a database, but no session of this program.")
    if version > VERSION:
        raise BadInput(
            f"{path}: it has version {version}, which is newer than this program, which reads version {VERSION}."
        )
