"""The batches of one session file, by line number and by time, in short transactions."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from app.core.batch import Batch, RunName
from app.core.errors import BadInput
from app.session.opening import OpenSession, is_passing, open_rescued, open_session
from app.session.packing import unpack
from app.session.processes import is_written_here
from app.session.raw_file import is_log_short, signature
from app.session.rescue import what_is_unread
from app.session.schema import HEAD_ROW, RUN_ROW, Head, RowError, read_head, read_run

# The batch that holds a line begins at or before it: one look-up in the table's own tree.
_START = "coalesce((SELECT first FROM batch WHERE first <= :start ORDER BY first DESC LIMIT 1), 0)"
_HEADS = f"{HEAD_ROW} WHERE first >= {_START} AND first < :stop ORDER BY first LIMIT :most"
_LAST = f"{HEAD_ROW} ORDER BY first DESC LIMIT 1"
_BLOBS = "SELECT first, columns, texts FROM batch WHERE first BETWEEN ? AND ?"
_EVER = 2**62  # more than any line number
_LOOKS = 5  # at a file that another process writes meanwhile

_Result = TypeVar("_Result")


class BatchFile:
    """A session file that is open for reading; one thread only, the one that opens it.

    Line numbers are the file's own. When damage is found, it is said, and from then on the file is read from what can be
    rescued of it. Every method may raise ``sqlite3.Error``: locked, gone, or damaged while it is written.

    Args:
        path: the file.
        timeout: seconds to wait while another process locks it.
        damaged: called with a sentence if the file is damaged. Of batches that are damaged or missing nothing is said here.
        whole: of a file without an end mark, whether it is looked for what SQLite does not find.

    Raises:
        BadInput: it cannot be read.

    Attributes:
        connection: cannot write.
        meta: what its ``meta`` table held when it was opened.
        origin: the ``perf_counter_ns`` of the beginning of the session.
        is_rescued: what is read is what could be rescued, and the file itself is no longer open.
    """

    def __init__(self, path: Path, timeout: float, damaged: Callable[[str], None], *, whole: bool = False) -> None:
        self.path = path
        self._timeout = timeout
        self._damaged = damaged
        looks_for_more = whole and not is_written_here(path)
        is_short = looks_for_more and is_log_short(path)
        self._use(open_session(path, timeout, damaged))
        if looks_for_more and not self.is_rescued and self._stated_end() is None:
            try:
                self._look_for_more(is_short)
            except (OSError, sqlite3.Error) as error:
                self.close()
                reason = error.strerror if isinstance(error, OSError) else error
                raise BadInput(f"{path}: it cannot be read as a session ({reason}).") from None
            except BaseException:
                self.close()
                raise

    def _use(self, opened: OpenSession) -> None:
        self.connection, self.meta, self.is_rescued = opened
        self.origin = int(self.meta["origin_ns"])

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    # -- damage ----------------------------------------------------------------------------------------------------

    def _look_for_more(self, is_short: bool) -> None:
        """Look whether something in a file without an end mark has vanished, and rescue it then."""
        for _ in range(_LOOKS):
            was = signature(self.path)
            end, runs = self.end(), self.runs().keys()
            parts = range(
                1, 1 + self._read_or_rescue(lambda: self.connection.execute("SELECT count(*) FROM meta").fetchone()[0])
            )
            if self.is_rescued:
                return
            # While the file is read by other means than SQLite's, it is not open here: closing it then would take SQLite's
            # locks away, all of this process.
            self.close()
            reason = what_is_unread(self.path, end, runs, parts)
            self._use(open_session(self.path, self._timeout, self._damaged))
            if self.is_rescued or not reason or signature(self.path) == was:
                break
        else:
            return  # it is being written: what comes is read when it is there
        reason = "a part of its log is missing" if is_short and not reason else reason
        if reason and not self.is_rescued:
            self._rescue(RowError(reason))

    def _rescue(self, error: Exception) -> bool:
        """Go on with what can be rescued; False if that cannot be, or is so already."""
        if self.is_rescued or is_passing(error) or is_written_here(self.path):
            return False
        # Closed first: what is read by other means must not be open here, see above.
        self.close()
        found = None
        with contextlib.suppress(OSError, sqlite3.Error):
            found = open_rescued(self.path, error, self._damaged)
        try:
            self._use(found or open_session(self.path, self._timeout, self._damaged))
        except BadInput as refusal:
            raise sqlite3.DatabaseError(str(refusal).removeprefix(f"{self.path}: ").rstrip(".")) from None
        return self.is_rescued

    def _read_or_rescue(self, read: Callable[[], _Result]) -> _Result:
        """Return what is read; from what can be rescued if it is found to be damaged."""
        try:
            return read()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not self._rescue(error):
                raise
            return read()

    # -- what is there ---------------------------------------------------------------------------------------------

    def _stated_end(self) -> int | None:
        """Return how many records there must be; None if the file was not ended."""
        return int(self.meta["records"]) if "records" in self.meta else None

    def _last(self) -> Head | None:
        row = self.connection.execute(_LAST).fetchone()
        last = read_head(row)[0] if row else None
        if not self.is_rescued and (last.first + last.records if last else 0) < (self._stated_end() or 0):
            raise RowError("a batch's row is missing")
        return last

    def end(self) -> int:
        """Return the number after the last line, those included that are missing at the end of a file that was ended."""
        last = self._read_or_rescue(self._last)
        return max(self._stated_end() or 0, last.first + last.records if last else 0)

    def count(self) -> int:
        """Return how many lines there are; all batches are looked at, and so whether they can be found."""
        return self.connection.execute("SELECT coalesce(sum(count), 0) FROM batch").fetchone()[0]  # type: ignore[no-any-return]

    def latest(self) -> int:
        """Return the time in the session (ns) of the latest record that can be read."""
        last = self._read_or_rescue(self._last)
        return max(last.before, last.latest) if last else 0

    def runs(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number."""
        return self._read_or_rescue(self._runs)

    def _runs(self) -> dict[int, RunName]:
        runs = dict(map(read_run, self.connection.execute(f"{RUN_ROW} ORDER BY id").fetchall()))
        if not self.is_rescued and len(runs) < int(self.meta.get("runs", "0")):
            raise RowError("a run's row is missing")
        return runs

    def heads(self, start: int, stop: int | None, most: int) -> list[Head]:
        """Return up to ``most`` batches that hold lines from number ``start`` to before ``stop``.

        They follow each other without gaps, but for batches that are damaged or missing.
        """
        stop = _EVER if stop is None else stop
        return self._read_or_rescue(lambda: self._heads(start, stop, most))

    def _heads(self, start: int, stop: int, most: int) -> list[Head]:
        values = {"start": start, "stop": stop, "most": most}
        heads: list[Head] = []
        # Where a damaged file cannot be rescued, what is sound of it is read all the same.
        is_bound = self.is_rescued or is_written_here(self.path)
        try:
            with contextlib.closing(self.connection.cursor()) as cursor:
                for row in cursor.execute(_HEADS, values):
                    try:
                        heads.append(read_head(row)[0])
                    except RowError:
                        if not is_bound:
                            raise
        except sqlite3.DatabaseError as error:
            if not (is_bound and heads) or is_passing(error):
                raise
        # The batch that begins at or before the start may end before it, if others are missing between.
        heads = [head for head in heads if head.first + head.records > start]
        if not is_bound:
            self._check_gaps(heads, start, stop, most)
        return heads

    def head_before(self, line: int) -> Head | None:
        """Return the last batch that begins before a line; None if there is none."""
        query = f"{HEAD_ROW} WHERE first < ? ORDER BY first DESC LIMIT 1"
        row = self._read_or_rescue(lambda: self.connection.execute(query, (line,)).fetchone())
        return read_head(row)[0] if row else None

    def _check_gaps(self, heads: Sequence[Head], start: int, stop: int, most: int) -> None:
        """Raise RowError if something is missing between some batches, or at their end."""
        place = heads[0].first if heads and heads[0].first < start else start
        for head in heads:
            if head.first != place:
                raise RowError("a batch's row is missing")
            place = head.first + head.records
        if len(heads) < most and place < min(stop, self._stated_end() or 0):
            raise RowError("a batch's row is missing")

    def batches(self, heads: Sequence[Head]) -> Iterator[tuple[Head, Batch | str]]:
        """Yield each of some batches that follow each other, or the reason why it cannot be read."""
        for head, columns, texts in self.blobs(heads):
            try:
                yield head, unpack(head, columns, texts)
            except ValueError as error:
                yield head, str(error)

    def blobs(self, heads: Sequence[Head], *, most_bytes: int = _EVER) -> Iterator[tuple[Head, bytes, bytes]]:
        """Yield each of some batches that follow each other, with its columns and its texts as they stand there.

        They are not checked, and in the place of what cannot be read stands nothing.

        Args:
            heads: the batches.
            most_bytes: after how many of them it is enough; of one batch there may be more.
        """
        if not heads:
            return
        rows: dict[int, tuple[bytes, bytes]] = {}
        after, size = heads[-1].first + 1, 0
        # Damage below SQLite stops the statement there: what comes after is asked for one by one.
        with self._past_damage(), contextlib.closing(self.connection.cursor()) as cursor:
            for first, *row in cursor.execute(_BLOBS, (heads[0].first, heads[-1].first)):
                rows[first] = row[0], row[1]
                size += len(row[0]) + len(row[1])
                if size >= most_bytes:
                    after = first + 1
                    break
        for head in heads:
            if head.first < after:
                yield head, *(rows.pop(head.first, None) or self._blobs_of(head))

    def _blobs_of(self, head: Head) -> tuple[bytes, bytes]:
        try:
            return self._read_or_rescue(lambda: self._read_blobs(head))
        except sqlite3.Error as error:
            if is_passing(error):
                raise
            return b"", b""

    def _read_blobs(self, head: Head) -> tuple[bytes, bytes]:
        row = self.connection.execute(_BLOBS, (head.first, head.first)).fetchone()
        if row is None:
            raise RowError("a batch's row is missing")
        return row[1], row[2]

    @contextlib.contextmanager
    def _past_damage(self) -> Iterator[None]:
        """Pass over errors that are about the file."""
        try:
            yield
        except sqlite3.Error as error:
            if is_passing(error):
                raise
