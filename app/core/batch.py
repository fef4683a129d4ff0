"""A batch: everything that the lanes held at one drain, as plain columns, and the one codec to bytes and back."""

import struct
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import compress
from typing import Any, NamedTuple

from .column_bytes import from_little_endian, little_endian, texts_from_bytes, texts_to_bytes


class Kind(IntEnum):
    """What a record is. Readers ignore kinds that they do not know; the numbers are what bytes and files hold."""

    LINE = 0
    # What happened to a run: the text is an event's payload (events.py). CHAIN is a run's end with its stop chain.
    STATE = 1
    CHAIN = 2
    ERROR = 3
    # What the person did and wrote, and what was kept as evidence: the text is JSON (app/session/journal.py).
    ACTION = 4
    NOTE = 5
    STEP = 6
    EVIDENCE = 7
    # Lines that code of the person's own did not print: what it wrote to standard error, and what ``logging`` wrote.
    STDERR = 8
    LOG_DEBUG = 9
    LOG_INFO = 10
    LOG_WARNING = 11
    LOG_ERROR = 12
    LOG_CRITICAL = 13

    @property
    def word(self) -> str:
        """The kind as it is written in JSON and on screens; every line is a ``line``."""
        return "line" if self in LINES else self.name.lower()

    @property
    def source(self) -> str:
        """Where a line comes from: ``stderr``, or the level with which it was logged; empty for all others."""
        return self.name.lower().removeprefix("log_") if self in LINES and self is not Kind.LINE else ""


LOGGED = frozenset((Kind.LOG_DEBUG, Kind.LOG_INFO, Kind.LOG_WARNING, Kind.LOG_ERROR, Kind.LOG_CRITICAL))
LINES = frozenset((Kind.LINE, Kind.STDERR, *LOGGED))
# For ``bytes.translate``, which goes through the kinds of a batch at memory speed.
LINE_BYTES = bytes(sorted(LINES))
IS_LINE = bytes(kind in LINES for kind in range(256))
_IS_OTHER = bytes(kind not in LINES for kind in range(256))
_HAS_SOURCE = bytes(kind in LINES and kind != Kind.LINE for kind in range(256))


class RunName(NamedTuple):
    """Whose record it is: the worker's name, and which of its runs (from 1)."""

    worker: str
    number: int


JOURNAL = 0  # stands where a run's id does in the records that are of no run; runs are numbered from 1
NO_RUN = RunName("", 0)


class Record(NamedTuple):
    """One row of a batch; ``instant`` is a ``perf_counter_ns``."""

    instant: int
    run: int
    kind: int
    text: str

    @property
    def late(self) -> bool:
        """Whether it stands where it arrived, a second or more behind its instant."""
        return False


class LateRecord(Record):
    """A record that stands where it arrived."""

    __slots__ = ()

    @property
    def late(self) -> bool:
        """Whether it stands where it arrived, a second or more behind its instant."""
        return True


LATE_NS = 1_000_000_000  # what arrives so long after its instant stands where it arrived: the order before is final


@dataclass(slots=True)
class Batch:
    """Four columns of equal length, and the names of the runs that occur in them.

    Attributes:
        instants: nanoseconds of ``perf_counter_ns``, one a record.
        runs: run ids, one a record.
        kinds: a ``Kind`` as a byte, one a record.
        texts: any text, lone surrogates and line breaks included, one a record.
        names: run id to its worker and number, for each run that occurs.
        late: index to order key, for the records that arrived late: the greatest instant that had arrived before them.

    The order is the order of arrival: within a run by time, across runs instants may step back. Readers make the order of
    time by the order keys (``app/session/time_order.py``).
    """

    instants: "array[int]" = field(default_factory=lambda: array("q"))
    runs: "array[int]" = field(default_factory=lambda: array("q"))
    kinds: bytearray = field(default_factory=bytearray)
    texts: list[str] = field(default_factory=list)
    names: dict[int, RunName] = field(default_factory=dict)
    late: dict[int, int] = field(default_factory=dict)
    decoded: Any = field(default=None, compare=False, repr=False)  # by events.py, so that each batch is decoded once
    ordered: Any = field(default=None, compare=False, repr=False)  # by session/time_order.py, in the same way
    _bounds: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    _counts: dict[int, int] | None = field(default=None, compare=False, repr=False)
    _characters: int | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Record]:
        return self.records(0, len(self))

    def records(self, start: int, stop: int) -> Iterator[Record]:
        """Return the records from index ``start`` to before ``stop``, in the order of arrival."""
        part = slice(start, stop)
        columns = (self.instants[part], self.runs[part], self.kinds[part], self.texts[part])
        if not self.late:
            return map(Record, *columns)
        late = (index in self.late for index in range(start, stop))
        return map(lambda is_late, *values: (LateRecord if is_late else Record)(*values), late, *columns)

    def record(self, index: int) -> Record:
        """Return one record."""
        make = LateRecord if index in self.late else Record
        return make(self.instants[index], self.runs[index], self.kinds[index], self.text(index))

    def text(self, index: int) -> str:
        """Return the text of one record."""
        return self.texts[index]

    def order_keys(self) -> "array[int]":
        """Return what the records are ordered by, one a record: their instants, but for those that arrived late."""
        if not self.late:
            return self.instants
        keys = array("q", self.instants)
        for index, key in self.late.items():
            keys[index] = key
        return keys

    def highest(self) -> int:
        """Return the greatest order key; ValueError if the batch is empty."""
        return max(self.bounds()[1], *self.late.values()) if self.late else self.bounds()[1]

    def mark_late(self, arrived: int, held: dict[int, int]) -> None:
        """Mark the records that arrive late; the reader's thread, before anything else sees the batch.

        A run's own records stay in their order: what follows a late one of its run is not put before it.

        Args:
            arrived: the greatest order key that arrived before this batch.
            held: run id to the order key of its last late record, kept from batch to batch.
        """
        for run in [run for run, key in held.items() if key <= arrived - LATE_NS]:
            del held[run]  # what is before that key is late by itself
        if not len(self) or (self.bounds()[0] >= arrived - LATE_NS and not held):
            return
        for index, (instant, run) in enumerate(zip(self.instants, self.runs, strict=True)):
            if instant < arrived - LATE_NS or instant < held.get(run, instant):
                self.late[index] = held[run] = arrived
            else:
                held.pop(run, None)

    def add(
        self, run: int, name: RunName, instants: "array[int]", kinds: bytes | bytearray, texts: Sequence[str]
    ) -> None:
        """Append records of one run, in time order; columns of equal length."""
        if texts:
            self._widen(instants[0], instants[-1])
        self._count({run: _count_lines(kinds)})
        self.instants.extend(instants)
        self.runs.extend(array("q", (run,)) * len(texts))
        self.kinds.extend(kinds)
        self.texts.extend(texts)
        self.names[run] = name

    def extend(self, other: "Batch") -> None:
        """Append all records of another batch."""
        self.extend_columns(other)
        self.texts.extend(other.texts)

    def extend_columns(self, other: "Batch") -> None:
        """Append all but the texts; before them."""
        if len(other):
            self._widen(*other.bounds())
        self._count(other.line_counts())
        if other.late:
            shift = len(self)
            self.late.update((shift + index, key) for index, key in other.late.items())
        self.instants.extend(other.instants)
        self.runs.extend(other.runs)
        self.kinds.extend(other.kinds)
        self.names.update(other.names)

    def _count(self, more: Mapping[int, int]) -> None:
        """Count lines that are about to be appended."""
        self.decoded = self.ordered = self._characters = None
        counts = self.line_counts()
        for run, count in more.items():
            if count:
                counts[run] = counts.get(run, 0) + count

    def line_counts(self) -> dict[int, int]:
        """Return how many lines each run has, of those that have some; known from the drain, counted once after decoding."""
        if self._counts is None:
            if self.has_one_run():
                lines = _count_lines(self.kinds)
                self._counts = {self.runs[0]: lines} if lines else {}
            else:
                runs = self.runs if self.only_lines() else compress(self.runs, self.kinds.translate(IS_LINE))
                self._counts = dict(Counter(runs))
        return self._counts

    def has_one_run(self) -> bool:
        """Return whether all records are of one run, and there are some; a comparison at memory speed."""
        return len(self.runs) > 0 and self.runs == array("q", self.runs[:1]) * len(self.runs)

    def are_named(self) -> bool:
        """Return whether every record is of a run that has a name."""
        return self.runs[0] in self.names if self.has_one_run() else self.names.keys() >= set(self.runs)

    def _widen(self, low: int, high: int) -> None:
        earliest, latest = self.bounds() if len(self) else (low, high)
        self._bounds = min(earliest, low), max(latest, high)

    def source_counts(self) -> Counter[tuple[int, int]]:
        """Return how many lines that were not printed there are, by run id and kind; most batches have none."""
        selected = self.kinds.translate(_HAS_SOURCE)
        return Counter(compress(zip(self.runs, self.kinds, strict=True), selected)) if 1 in selected else Counter()

    def bounds(self) -> tuple[int, int]:
        """Return the least and the greatest instant; ValueError if the batch is empty.

        Known from the columns' ends where the batch was drained: looking at each of its instants would cost 4 % of what
        writing them did.
        """
        if self._bounds is None:
            if not self.instants:
                raise ValueError("an empty batch has no bounds")
            # Almost in order, as they are, they are sorted in less than half the time that min() and max() take.
            ordered = self.instants.tolist()
            ordered.sort()
            self._bounds = ordered[0], ordered[-1]
        return self._bounds

    def characters(self) -> int:
        """Return about how many characters all texts have, and not fewer; counted once a batch."""
        if self._characters is None:
            # By joining them, which is five times as fast as adding their lengths.
            self._characters = len("".join(self.texts))
        return self._characters

    def only_lines(self) -> bool:
        """Return whether no record is anything but a line; a scan at memory speed."""
        return _count_lines(self.kinds) == len(self.kinds)

    def others(self) -> Iterator[int]:
        """Return the indices of the records that are no lines."""
        return compress(range(len(self)), self.kinds.translate(_IS_OTHER))

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return the batch as bytes: its numeric columns and names, and its texts, which can be searched by themselves."""
        names = b"".join(_pack_name(run, name) for run, name in self.names.items())
        late = b"".join(_LATE.pack(index, key) for index, key in self.late.items())
        header = _HEADER.pack(_VERSION, len(self), len(self.names), len(names), len(self.late))
        columns = (header, little_endian(self.instants), little_endian(self.runs), bytes(self.kinds), names, late)
        return b"".join(columns), self.packed_texts()

    def packed_texts(self) -> bytes:
        """Return the texts as ``texts_to_bytes`` writes them."""
        return texts_to_bytes(self.texts)

    @classmethod
    def from_bytes(cls, columns: bytes, texts: bytes) -> "Batch":
        """Return the batch that ``to_bytes`` wrote.

        Raises:
            ValueError: the bytes are cut short, of another version, or do not add up.
        """
        batch = Batch()
        batch.texts = texts_from_bytes(texts, read_header(columns)[0])
        return with_columns(batch, columns)


def with_columns(batch: Batch, columns: bytes) -> Batch:
    """Return a batch with all but its texts as ``to_bytes`` wrote them; ValueError if that does not add up."""
    count, name_count, name_size, _ = read_header(columns)
    view = memoryview(columns)[_HEADER.size :]
    batch.instants, batch.runs = (from_little_endian(view[8 * count * i : 8 * count * (i + 1)]) for i in range(2))
    view = view[16 * count :]
    batch.kinds = bytearray(view[:count])
    batch.names = _unpack_names(bytes(view[count : count + name_size]), name_count)
    batch.late = dict(_LATE.iter_unpack(view[count + name_size :]))
    if any(index >= count for index in batch.late):
        raise ValueError("a batch has late records that it does not have")
    return batch


def order_keys_of(columns: bytes) -> "array[int]":
    """Return the order keys of a batch of which the columns alone are there; ValueError if they do not add up."""
    count, _, _, late_count = read_header(columns)
    keys = from_little_endian(memoryview(columns)[_HEADER.size : _HEADER.size + 8 * count])
    for index, key in _LATE.iter_unpack(memoryview(columns)[len(columns) - _LATE.size * late_count :]):
        if index >= count:
            raise ValueError("a batch has late records that it does not have")
        keys[index] = key
    return keys


def read_header(columns: bytes) -> tuple[int, int, int, int]:
    """Return how many records and names there are, bytes of names, and late records; ValueError if they do not add up."""
    try:
        version, count, name_count, name_size, late_count = _HEADER.unpack_from(columns)
    except struct.error as error:
        raise ValueError("a batch is cut short: its header is not whole") from error
    if version != _VERSION:
        raise ValueError(f"a batch has version {version}; this program reads version {_VERSION}")
    if len(columns) != _HEADER.size + 17 * count + name_size + _LATE.size * late_count:
        raise ValueError(f"a batch of {count} records has {len(columns)} bytes, which does not add up")
    return count, name_count, name_size, late_count


def _count_lines(kinds: bytes | bytearray) -> int:
    # Nearly all batches have no other lines: comparing goes at memory speed, fourteen times as fast as counting one byte.
    return len(kinds) if kinds == bytes(len(kinds)) else len(kinds) - len(kinds.translate(None, LINE_BYTES))


_VERSION = 2
_HEADER = struct.Struct("<HQIQQ")  # version, records, names, bytes of names, late records
_LATE = struct.Struct("<Qq")  # index, order key


_NAME = struct.Struct("<qqI")  # run id, number, bytes of the worker's name


def _pack_name(run: int, name: RunName) -> bytes:
    worker = name.worker.encode("utf-8", "surrogatepass")
    return _NAME.pack(run, name.number, len(worker)) + worker


def _unpack_names(data: bytes, count: int) -> dict[int, RunName]:
    names = {}
    start = 0
    for _ in range(count):
        try:
            run, number, size = _NAME.unpack_from(data, start)
        except struct.error as error:
            raise ValueError("a batch's names are cut short") from error
        start += _NAME.size
        names[run] = RunName(data[start : start + size].decode("utf-8", "surrogatepass"), number)
        start += size
    if start != len(data):
        raise ValueError("a batch's names do not add up")
    return names
