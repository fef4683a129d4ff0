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

import json
import re
import sqlite3
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName
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
            f"{path}: it was written by an older program (version {version}); this one reads only version {VERSION}."
        )


# -- rows as values, each with the checksum that makes it be believed --------------------------------------------------


# What stands in the tables, checksums included, in the order of the columns; of a batch all but its two blobs.
META_ROW = "SELECT part, facts, row_crc FROM meta"
RUN_ROW = "SELECT id, worker, number, row_crc FROM run"
HEAD_ROW = "SELECT first, count, earliest, latest, before, runs, session, columns_crc, texts_crc, row_crc FROM batch"
INSERT_META = "INSERT INTO meta VALUES (?, ?, ?)"
INSERT_RUN = "INSERT INTO run VALUES (?, ?, ?, ?)"
INSERT_BATCH = "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
MOST_RECORDS = 2**24  # of one batch: more than could be in flight; a file may state anything
_FURTHEST = 2**36  # more than any line number: two million lines a second for nine hours
_LONGEST_FACTS = 2**20  # bytes
_WHOLE, _LARGEST_NS = re.compile(r"-?[0-9]{1,19}"), 2**62
# One seed a table and version: a row of another kind is never taken for one of these.
_SEEDS = {table: zlib.crc32(f"{table} {VERSION}".encode()) for table in ("meta", "run", "batch")}
_BATCH = struct.Struct("<8q")
_NUMBERS = struct.Struct("<qq")


class RowError(sqlite3.DatabaseError):
    """A row is not as its checksum says, or not where it must be."""


class Head(NamedTuple):
    """What is known of a batch before it is unpacked.

    Attributes:
        first: its first line number.
        records: how many it has.
        earliest, latest: their least and greatest time in the session (ns).
        before: the greatest ``latest`` of all earlier batches of the file; its own ``earliest`` if it is the first.
        runs: the ids of the runs that occur, 8 bytes each.
        columns_crc, texts_crc: the CRC-32 of its blobs.
    """

    first: int
    records: int
    earliest: int
    latest: int
    before: int
    runs: bytes
    columns_crc: int
    texts_crc: int


def head_row(head: Head, session: bytes) -> tuple[int | bytes, ...]:
    """Return a batch's row up to its blobs."""
    first, records, earliest, latest, before, runs, columns_crc, texts_crc = head
    crc = _head_crc(head, session)
    return first, records, earliest, latest, before, runs, session, columns_crc, texts_crc, crc


def read_head(row: tuple[object, ...]) -> tuple[Head, bytes]:
    """Return what ``HEAD_ROW`` has found, and the row's mark of its session; RowError if it is damaged."""
    first, records, earliest, latest, before, runs, session, columns_crc, texts_crc, crc = row
    if not isinstance(runs, bytes) or not isinstance(session, bytes) or not isinstance(crc, int):
        raise RowError("a batch's row is damaged")
    head = Head(first, records, earliest, latest, before, runs, columns_crc, texts_crc)  # type: ignore[arg-type]
    try:
        is_sound = _head_crc(head, session) == crc and 0 < head.records <= MOST_RECORDS and 0 <= head.first < _FURTHEST
    except struct.error:  # SQLite lets anything stand in any column
        is_sound = False
    if not is_sound or len(runs) % 8:
        raise RowError("a batch's row is damaged")
    return head, session


def _head_crc(head: Head, session: bytes) -> int:
    first, records, earliest, latest, before, runs, columns_crc, texts_crc = head
    numbers = _BATCH.pack(first, records, earliest, latest, before, columns_crc, texts_crc, len(runs))
    return zlib.crc32(session, zlib.crc32(runs, zlib.crc32(numbers, _SEEDS["batch"])))


def session_mark(meta: Mapping[str, str]) -> bytes:
    """Return what each batch's row says of its session: the wall clock and the clock of its beginning, and its id."""
    return _NUMBERS.pack(int(meta["started_ns"]), int(meta["origin_ns"])) + meta["id"].encode("utf-8", "surrogatepass")


def read_session_mark(mark: bytes) -> dict[str, str]:
    """Return the facts that ``session_mark`` wrote; RowError if it holds none."""
    try:
        started_ns, origin_ns = _NUMBERS.unpack_from(mark)
        name = mark[_NUMBERS.size :].decode("utf-8", "surrogatepass")
    except (struct.error, UnicodeDecodeError):
        raise RowError("a batch's row is damaged") from None
    return {"id": name, "started_ns": str(started_ns), "origin_ns": str(origin_ns)}


def run_row(run: int, name: RunName) -> tuple[int | bytes, ...]:
    """Return the row of a run."""
    worker = name.worker.encode("utf-8", "surrogatepass")
    return run, worker, name.number, _run_crc(run, worker, name.number)


def read_run(row: tuple[object, ...]) -> tuple[int, RunName]:
    """Return what ``RUN_ROW`` has found; RowError if it is damaged."""
    run, worker, number, crc = row
    try:
        if isinstance(worker, bytes) and _run_crc(run, worker, number) == crc:  # type: ignore[arg-type]
            return run, RunName(worker.decode("utf-8", "surrogatepass"), number)  # type: ignore[arg-type,return-value]
    except (struct.error, UnicodeDecodeError):
        pass
    raise RowError("a run's row is damaged")


def _run_crc(run: int, worker: bytes, number: int) -> int:
    return zlib.crc32(worker, zlib.crc32(_NUMBERS.pack(run, number), _SEEDS["run"]))


def meta_row(part: int, facts: Mapping[str, str]) -> tuple[int | bytes, ...]:
    """Return the row of a part of the facts about a session."""
    data = json.dumps(dict(facts)).encode("ascii")
    return part, data, _meta_crc(part, data)


def read_part(row: tuple[object, ...]) -> tuple[int, dict[str, str]]:
    """Return what ``META_ROW`` has found; RowError if it is damaged."""
    part, data, crc = row
    try:
        if isinstance(data, bytes) and len(data) <= _LONGEST_FACTS and _meta_crc(part, data) == crc:  # type: ignore[arg-type]
            facts = json.loads(data)
            if isinstance(facts, dict) and all(isinstance(value, str) for value in facts.values()):
                return part, facts  # type: ignore[return-value]
    except (struct.error, ValueError, RecursionError):
        pass
    raise RowError("what it says of itself is damaged")


def _meta_crc(part: int, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(_NUMBERS.pack(part, 0), _SEEDS["meta"]))


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the facts about an open session; RowError if they are damaged or incomplete; sqlite3.Error if unreadable."""
    return joined_parts(dict(map(read_part, connection.execute(f"{META_ROW} ORDER BY part").fetchall())))


def joined_parts(parts: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """Return the parts of the facts as one; RowError if one is missing, or a number in them is none."""
    if not parts or list(parts) != list(range(1, len(parts) + 1)):
        raise RowError("a part of what it says of itself is missing")
    meta = {key: value for part in parts.values() for key, value in part.items()}
    for key in ("started_ns", "origin_ns", *(key for key in ("records", "runs") if key in meta)):
        if key not in meta:
            raise RowError(f"it does not say its {key}")
        if not _WHOLE.fullmatch(meta[key]) or abs(int(meta[key])) >= _LARGEST_NS:
            raise RowError(f"its {key} is no number")
    if int(meta.get("records", "0")) > _FURTHEST:
        raise RowError("it says of more records than there can be")
    meta.setdefault("id", "")
    return meta


def add_facts(connection: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    """Add a part to what a session says of itself; sqlite3.Error if it cannot be written."""
    (part,) = connection.execute("SELECT coalesce(max(part), 0) + 1 FROM meta").fetchone()
    connection.execute(INSERT_META, meta_row(part, facts))
