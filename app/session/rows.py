"""The rows of a session file as values, each with the checksum that makes it be believed."""

import json
import re
import sqlite3
import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from app.core.batch import RunName
from app.session.schema import VERSION

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


# -- batches ---------------------------------------------------------------------------------------------------------------


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


# -- runs ------------------------------------------------------------------------------------------------------------------


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


# -- facts -----------------------------------------------------------------------------------------------------------------


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
    """Return the facts about an open session.

    Raises:
        RowError: they are damaged, or lack what they must hold.
        sqlite3.Error: they cannot be read.
    """
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
