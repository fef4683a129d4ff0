"""The batches of one session file, by line number and by time, in short transactions."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from app.core.batch import Batch, RunName
from app.session.opening import opened
from app.session.packing import Packed, unpacked

_HEAD = "SELECT first, count, earliest, latest, runs FROM batch"
# The batch that holds a line begins at or before it: one look-up in the table's own tree.
_START = "coalesce((SELECT first FROM batch WHERE first <= :start ORDER BY first DESC LIMIT 1), 0)"
_RANGE = f"WHERE first >= {_START} AND first < :stop"
_HEADS = f"{_HEAD} {_RANGE} ORDER BY first LIMIT :most"
_HEADS_OF_TIME = f"{_HEAD} {_RANGE} AND latest >= :from_ns AND earliest < :to_ns ORDER BY first LIMIT :most"
_ROWS = "SELECT first, columns_crc, columns, texts_crc, texts FROM batch WHERE first BETWEEN ? AND ?"
# Halves the range until one batch is left, within one statement: SQLite gives the GIL up at each row that it returns, and
# beside busy threads it takes up to a switch interval to win it back.
_AT = """
WITH RECURSIVE halving(low, high) AS (
  SELECT 0, :end
  UNION ALL
  SELECT CASE WHEN m.latest < :t THEN max(m.first + m.count, (low + high) / 2 + 1) ELSE low END,
         CASE WHEN m.latest < :t THEN high ELSE m.first END
  FROM halving JOIN batch AS m
    ON m.first = (SELECT first FROM batch WHERE first <= (low + high) / 2 ORDER BY first DESC LIMIT 1)
  WHERE low < high
)
SELECT min(high) FROM halving
"""
# A batch may hold nothing but lines that were stamped before some of an earlier batch: their threads were preempted between
# the stamp and the lane. So some batches before the one that was found are looked at too.
_BEFORE = """
SELECT first FROM (SELECT first, latest FROM batch WHERE first < :high ORDER BY first DESC LIMIT 256)
WHERE latest >= :t ORDER BY first LIMIT 1
"""
_LAST = "SELECT max(latest) FROM (SELECT latest FROM batch ORDER BY first DESC LIMIT 256)"
_EVER = 2**62  # more than any line number and any time


class Head(NamedTuple):
    """What is known of a batch before it is unpacked: its first line number, its records, its times (ns), its runs."""

    first: int
    records: int
    earliest: int
    latest: int
    runs: bytes


def _head(row: tuple[object, ...]) -> Head:
    *numbers, runs = row
    # SQLite lets anything stand in any column; here it may be a file that somebody made by hand.
    if not all(isinstance(number, int) for number in numbers) or not isinstance(runs, bytes):
        raise sqlite3.DatabaseError("a batch's row is damaged")
    return Head._make(row)


class BatchFile:
    """A session file that is open for reading; one thread only, the one that opens it.

    Line numbers are the file's own. Every method may raise ``sqlite3.Error``: damaged, locked, or gone.

    Args:
        path: the file.
        timeout: seconds to wait for somebody who locks it.

    Raises:
        BadInput: it cannot be read.

    Attributes:
        connection: cannot write.
        meta: what its ``meta`` table held when it was opened.
        origin: the ``perf_counter_ns`` of the beginning of the sitting.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self.connection, self.meta = opened(path, timeout)
        self.origin = int(self.meta["origin_ns"])

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def end(self) -> int:
        """Return the number after the last committed line."""
        row = self.connection.execute("SELECT first + count FROM batch ORDER BY first DESC LIMIT 1").fetchone()
        return row[0] if row else 0

    def count(self) -> int:
        """Return how many lines there are; all batches are looked at, and so whether they can be found."""
        return self.connection.execute("SELECT coalesce(sum(count), 0) FROM batch").fetchone()[0]  # type: ignore[no-any-return]

    def runs(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number."""
        rows = self.connection.execute("SELECT id, worker, number FROM run ORDER BY id").fetchall()
        return {run: RunName(bytes(worker).decode("utf-8", "surrogatepass"), number) for run, worker, number in rows}

    def latest(self) -> int:
        """Return the time in the sitting (ns) of the latest record; all batches are looked at."""
        (latest,) = self.connection.execute("SELECT max(latest) FROM batch").fetchone()
        return latest or 0

    def heads(
        self, start: int, stop: int | None, most: int, from_ns: int | None = None, to_ns: int | None = None
    ) -> list[Head]:
        """Return up to ``most`` batches that hold lines from number ``start`` to before ``stop``.

        With times in the sitting (ns), only those that may hold something from ``from_ns`` to before ``to_ns``. There are
        fewer of them if a page is damaged; ``sqlite3.DatabaseError`` if it is the first.
        """
        values = {"start": start, "stop": _EVER if stop is None else stop, "most": most}
        query = _HEADS
        if from_ns is not None or to_ns is not None:
            query = _HEADS_OF_TIME
            values |= {"from_ns": -_EVER if from_ns is None else from_ns, "to_ns": _EVER if to_ns is None else to_ns}
        heads: list[Head] = []
        try:
            with contextlib.closing(self.connection.cursor()) as cursor:
                heads.extend(map(_head, cursor.execute(query, values)))
        except sqlite3.DatabaseError as error:
            # What comes before a damaged page is read all the same.
            if isinstance(error, sqlite3.OperationalError) or not heads:
                raise
        # The batch that begins at or before the start may end before it, if others are missing between.
        return [head for head in heads if head.first + head.records > start]

    def batches(self, heads: Sequence[Head]) -> Iterator[tuple[Head, Batch | str]]:
        """Yield each of some batches that follow each other, or the reason why it cannot be read."""
        rows: dict[int, tuple[object, ...]] = {}
        try:
            with contextlib.closing(self.connection.cursor()) as cursor:
                for first, *row in cursor.execute(_ROWS, (heads[0].first, heads[-1].first)):
                    rows[first] = tuple(row)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Damage below SQLite stops the statement there: what comes after is asked for one by one.
            pass
        for head in heads:
            yield head, self._unpacked(head, rows.get(head.first))

    def _unpacked(self, head: Head, row: tuple[object, ...] | None) -> Batch | str:
        try:
            if row is None:
                row = self.connection.execute(_ROWS, (head.first, head.first)).fetchone()[1:]
            return unpacked(cast(Packed, row), head.records)
        except ValueError as error:
            return str(error)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            return f"the batch is damaged: {error}"

    def at(self, t_ns: int) -> Head | None:
        """Return the first batch that holds something from a time in the sitting on, or None; look-ups in the tree alone."""
        values = {"end": self.end(), "t": t_ns}
        (high,) = self.connection.execute(_AT, values).fetchone()
        before = self.connection.execute(_BEFORE, {"high": high, "t": t_ns}).fetchone()
        heads = self.heads(before[0] if before else high, None, 1)
        return heads[0] if heads else None
