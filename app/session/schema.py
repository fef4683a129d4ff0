"""The session file: a SQLite database; this module is its documentation.

``application_id`` is ``APPLICATION_ID``, ``user_version`` the version of the format: 3. It has the envelope of
format 2, in which the records of states were sentences and not events; files of formats 1 and 2 are refused.

``meta``: facts about the session, a row a part, numbered from 1; rows are added and never changed. ``facts`` is a JSON
object of texts. Part 1 is written with the file: ``id`` the session's name; ``started`` the wall clock at the beginning of
the session, ISO 8601 with the zone; ``started_ns`` the same in nanoseconds of the Unix epoch; ``origin_ns`` the
``perf_counter_ns`` of that instant; ``process`` the number of the process that writes, and ``process_began`` what tells it
from another of that number, empty where the platform does not say it; ``python``, ``platform``, ``switch_interval_s``: the
surroundings. The last part is the **end mark**: ``ended`` the wall clock at the end, or when the session went on in another
file, with ``records`` and ``runs``, how many there must be. A file without one was not ended: it goes on, or a crash has
cut it off, and once that was noticed its last part is ``cut_off``.

``run``: a row a run: ``id``, ``worker`` (the name, UTF-8 with lone surrogates passed through), ``number``.

``batch``: a row a committed batch, in the order of arrival; readers make the order of time (``app.session.time_order``).
``first`` is the arrival number of its first record (from 0), ``count`` how many it has, ``earliest`` and ``latest`` the
least and the greatest ``t_ns`` and order key among them, ``before`` the greatest ``latest`` of all earlier batches (the
first batch's own ``earliest`` where there is none), ``runs`` the ids of the runs that occur (8 bytes each, little-endian),
``session`` what tells the session (``session_mark``), ``columns`` and ``texts`` the two parts of the batch's bytes
(``app.core.batch``), each compressed by zlib. ``columns_crc`` and ``texts_crc`` are the CRC-32 of the blobs as they stand
here.

**What is read is covered.** SQLite notices few flipped bytes, and with a damaged page header rows vanish without an error.
So each row has the checksum of all its other columns in ``row_crc``; the parts of ``meta`` and the lines of the batches are
numbered without gaps; and the end mark says how many records and runs there must be. The facts without which no time could
be told stand in each batch's row again, in ``session``: as long as one batch can be read, so can the times. A row that is
not as its checksum says is not read, and damage is always said; ``app.session.rescue`` reads the rows of a damaged file.

A row a batch and not a row a line: SQLite gives the GIL up at every row, and beside two busy threads a row a line recorded
2,100 lines/s and fell 222 s behind, a blob a batch 119,000 and none late.
"""

import sqlite3
from pathlib import Path

from app.core.errors import BadInput

APPLICATION_ID = 0x54437373  # "TCss"
VERSION = 3
PAGE = 4096  # bytes of a page: a damaged file is read without asking the file
ENDING = ".tcsession"

# The large columns stand last, so that all else is on the row's first page.
TABLES = """
CREATE TABLE meta (part INTEGER PRIMARY KEY, facts BLOB NOT NULL, row_crc INTEGER NOT NULL);
CREATE TABLE run (id INTEGER PRIMARY KEY, worker BLOB NOT NULL, number INTEGER NOT NULL, row_crc INTEGER NOT NULL);
CREATE TABLE batch (
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  earliest INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  before INTEGER NOT NULL,
  runs BLOB NOT NULL,
  session BLOB NOT NULL,
  columns_crc INTEGER NOT NULL,
  texts_crc INTEGER NOT NULL,
  row_crc INTEGER NOT NULL,
  columns BLOB NOT NULL,
  texts BLOB NOT NULL
);
"""


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database a session file: acknowledged is what is committed, and a commit is on the disk."""
    connection.execute(f"PRAGMA page_size = {PAGE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(
        f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};{TABLES}COMMIT;"
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
    if version < VERSION:
        raise BadInput(
            f"{path}: it has version {version}, of a program before this one, which reads version {VERSION} alone."
        )
