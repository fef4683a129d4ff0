"""Reading what is left of a damaged session file: every row that can be found anywhere in it, if its checksum holds.

The tables' own order, the header and the page headers are not used: a damaged one would hide rows that are whole. SQLite
lays a row down as it does in every file (https://www.sqlite.org/fileformat2.html, "Record Format"): its size, its key, the
types of its columns, their values, and where that is more than fits, the number of the page on which it goes on. The types
tell a row of ours from all else, and the checksum whether it is one.
"""

import contextlib
import re
import sqlite3
import zlib
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.core.column_bytes import from_little_endian
from app.session import schema
from app.session.packing import unpack
from app.session.raw_file import RawFile
from app.session.schema import PAGE

Row = tuple[object, ...]

# The types of the columns, as they stand at the beginning of each row: the key, whole numbers, and blobs.
_KEY, _WHOLE, _BLOB = rb"\x00", rb"[\x01-\x06\x08\x09]", rb"[\x80-\xff]{0,4}[\x00-\x7f]"
_COLUMNS = {"meta": "bi", "run": "bii", "batch": "iiiibbiiibb"}  # after the key
_PATTERNS = {
    table: re.compile(_KEY + b"".join(_BLOB if column == "b" else _WHOLE for column in columns), re.DOTALL)
    for table, columns in _COLUMNS.items()
}
_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}  # bytes of a whole number of a type; 8 and 9 are 0 and 1
_LONGEST_LOCAL, _SHORTEST_LOCAL = PAGE - 35, (PAGE - 12) * 32 // 255 - 23  # bytes of a row on its first page
_ON_PAGE = PAGE - 4  # bytes of a row on each page on which it goes on


@dataclass(frozen=True, slots=True)
class RescuedFile:
    """What was read of a damaged file.

    Attributes:
        connection: a database of the same tables, for the calling thread, which goes when it is closed; every row in it is
            as its checksum says, and a batch that is damaged itself is there with the blobs that were found.
        meta: the facts about the session; ``id``, ``started_ns`` and ``origin_ns`` are always there and right.
        has_end: the end mark was found: what is missing at the end is known.
    """

    connection: sqlite3.Connection
    meta: dict[str, str]
    has_end: bool


def rescue_rows(path: Path) -> RescuedFile | None:
    """Return what can be read of a damaged file; None if nothing in it is a session's.

    Raises OSError or sqlite3.Error if it may not be read, or there is no room for what was found.
    """
    connection = sqlite3.connect("", isolation_level=None)  # a file of SQLite's own, which has no name
    try:
        connection.executescript(f"PRAGMA journal_mode = OFF; {schema.TABLES} BEGIN;")
        with RawFile(path) as raw:
            rows = _RescuedRows(connection)
            for page in raw.pages():
                for table, row in _rows(raw, page):
                    rows.add(table, row)
        meta = rows.finish()
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    if meta is None:
        connection.close()
        return None
    return RescuedFile(connection, meta, "records" in meta)


def what_is_unread(path: Path, end: int, runs: Collection[int], parts: Collection[int]) -> str:
    """Return what is in a file that SQLite does not find: the end of a sentence; empty for nothing; OSError if unreadable.

    For a file without an end mark: nothing else tells that something of its end has vanished. SQLite finds the lines up to
    ``end``, and these ids of runs and parts of the facts.
    """
    with RawFile(path) as raw:
        if raw.damage:
            return raw.damage
        for page in raw.pages():
            for table, _ in _rows(raw, page, {"batch": range(end), "run": runs, "meta": parts}):
                return f"a {table if table != 'meta' else 'part'} of it is not where it should be"
    return ""


class _RescuedRows:
    """Collects rows in the order in which they lie in the file, each perhaps several times."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._parts: dict[int, dict[str, str]] = {}
        self._runs: set[int] = set()
        self._mark: bytes | None = None  # of the session: a file may lie where another one lay
        self._whole: dict[int, bool] = {}  # a batch's first line: whether both its blobs are sound

    def add(self, table: str, row: Row) -> None:
        """Add a row if it is as its checksum says."""
        with contextlib.suppress(schema.RowError):
            if table == "meta":
                part, facts = schema.read_part(row)
                self._parts.setdefault(part, facts)
                if part == 1 and self._mark is None:
                    self._mark = schema.session_mark(schema.joined_parts({1: facts}))
            elif table == "run":
                run = schema.read_run(row)[0]
                if run not in self._runs:
                    self._runs.add(run)
                    self._connection.execute(schema.INSERT_RUN, row)
            else:
                self._add_batch(*schema.read_head(row[:-2]), row)

    def _add_batch(self, head: schema.Head, session: bytes, row: Row) -> None:
        if self._mark is None:
            self._mark = session
        columns, texts = row[-2:]
        assert isinstance(columns, bytes)
        assert isinstance(texts, bytes)
        whole = zlib.crc32(columns) == head.columns_crc and zlib.crc32(texts) == head.texts_crc
        if session != self._mark or self._whole.get(head.first, -1) >= whole:
            return
        if head.first in self._whole:
            self._connection.execute("DELETE FROM batch WHERE first = ?", (head.first,))
        self._connection.execute(schema.INSERT_BATCH, row)
        self._whole[head.first] = whole

    def finish(self) -> dict[str, str] | None:
        """Complete what other rows tell, and return the facts; None if there are none."""
        if self._mark is None:
            return None
        # What is not known of the session is left out, and its beginning known by each batch.
        facts = schema.read_session_mark(self._mark)
        with contextlib.suppress(OverflowError, OSError, ValueError):
            facts["started"] = datetime.fromtimestamp(int(facts["started_ns"]) / 1e9, UTC).isoformat()
        parts = [facts, *(self._parts[part] for part in sorted(self._parts))]
        meta = schema.joined_parts(dict(enumerate(parts, 1)))
        self._connection.execute(schema.INSERT_META, schema.meta_row(1, meta))
        self._name_runs()
        return meta

    def _name_runs(self) -> None:
        """Find the names of runs whose rows are lost, by the batches in which they occur."""
        rows = self._connection.execute(f"{schema.HEAD_ROW} ORDER BY first").fetchall()
        for head, _ in map(schema.read_head, rows):
            if self._whole[head.first] and not self._runs.issuperset(from_little_endian(head.runs)):
                select = "SELECT columns, texts FROM batch WHERE first = ?"
                with contextlib.suppress(ValueError):
                    names = unpack(head, *self._connection.execute(select, (head.first,)).fetchone()).names
                    new = [schema.run_row(run, name) for run, name in names.items() if run not in self._runs]
                    self._connection.executemany(schema.INSERT_RUN, new)
                    self._runs.update(names)


# -- rows on pages ---------------------------------------------------------------------------------------------------------


def _rows(raw: RawFile, page: bytes, but: Mapping[str, Container[int]] | None = None) -> Iterator[tuple[str, Row]]:
    """Yield what looks like a row on a page, with its table; without those whose key is among ``but``."""
    for table, pattern in _PATTERNS.items():
        for found in pattern.finditer(page):
            key = _key_before(page, found.start() - 1)
            if key is not None and (but is None or key not in but[table]):
                row = _row(raw, page, found.start() - 1, _COLUMNS[table])
                if row is not None and (but is None or _is_sound(table, (key, *row))):
                    yield table, (key, *row)


def _is_sound(table: str, row: Row) -> bool:
    with contextlib.suppress(schema.RowError):
        if table == "batch":
            schema.read_head(row[:-2])
        else:
            (schema.read_part if table == "meta" else schema.read_run)(row)
        return True
    return False


def _key_before(page: bytes, at: int) -> int | None:
    """Return the key of a row whose types begin at a place of its page: it stands right before, seven bits a byte."""
    place, key, shift = at - 1, 0, 0
    if place < 0 or page[place] >= 0x80:
        return None
    while shift < 56:
        key |= (page[place] & 0x7F) << shift
        place, shift = place - 1, shift + 7
        if place < 0 or page[place] < 0x80:
            break
    return key


def _row(raw: RawFile, page: bytes, at: int, columns: str) -> Row | None:
    """Return the values after the key of a row whose types begin at a place of a page; None if it cannot be one."""
    kinds, sizes, place = [], [], at + 2
    for column in columns:
        kind, place = _varint(page, place)
        if column == "b" and (kind < 12 or kind % 2):
            return None
        kinds.append(kind)
        sizes.append((kind - 12) // 2 if column == "b" else _SIZES[kind])
    if place - at != page[at]:
        return None
    content = _content(raw, page, at, place - at + sum(sizes))
    if content is None:
        return None
    values: list[object] = []
    start = place - at
    for column, kind, size in zip(columns, kinds, sizes, strict=True):
        data = content[start : start + size]
        number = kind - 8 if kind >= 8 else int.from_bytes(data, "big", signed=True)
        values.append(data if column == "b" else number)
        start += size
    return tuple(values)


def _varint(page: bytes, place: int) -> tuple[int, int]:
    """Return a number that stands at a place, and the place after it."""
    number = 0
    while True:
        byte = page[place]
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place


def _content(raw: RawFile, page: bytes, at: int, size: int) -> bytes | None:
    """Return a row from its types on, as far as it is there; None if it would be larger than the file."""
    if size > raw.size:
        return None
    local = size
    if size > _LONGEST_LOCAL:
        local = _SHORTEST_LOCAL + (size - _SHORTEST_LOCAL) % _ON_PAGE
        local = local if local <= _LONGEST_LOCAL else _SHORTEST_LOCAL
    parts, missing = [page[at : at + local]], size - local
    following = page[at + local : at + local + 4]
    while missing > 0 and len(following) == 4:
        found = raw.page(int.from_bytes(following, "big"))
        parts.append(found[4 : 4 + min(missing, _ON_PAGE)])
        missing -= _ON_PAGE
        following = found[:4]
    return b"".join(parts)
