"""Frames and orders: the bytes that cross between the window's process and a child's. Carried into the child.

Both pipes are read by a process that may be of another interpreter: the bytes are the session file's for batches, and
JSON for all else. Standard library only, relative imports only.
"""

import json
import os
import signal
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any, NamedTuple
from zlib import crc32

from ..core.batch import Batch, RunName
from ..core.engine import NewRun

PROTOCOL = 1
MOST_RECORDS = 2**16  # of one frame
MOST_NAMES = 2**16  # bytes of the names of one frame's runs
MOST_TEXTS = 2**26  # bytes of one frame's texts
_MOST_COLUMNS = 64 + 17 * MOST_RECORDS + MOST_NAMES
_MOST_HELLO = 4_096  # bytes

# Has a child write where its threads are: the last of the real-time signals has no other use.
STACK_SIGNAL = getattr(signal, "SIGRTMAX", None)

WRONG_PYTHON = 64  # the exit status of a Python that cannot carry runs; its last line says why

HELLO, BATCH = b"TChi", b"TCba"
_HEADER = struct.Struct("<4sQQQ")  # what it is, its number, bytes of the columns, bytes of the texts
_ORDER = struct.Struct("<I")  # bytes of the order, which is JSON


class ProtocolError(Exception):
    """The child says what no child of ours would; the message is the end of a sentence about it."""


class Frame(NamedTuple):
    """What came over in one piece: a hello, whose texts are JSON, or a batch."""

    kind: bytes
    number: int
    columns: bytes
    texts: bytes

    def to_bytes(self) -> bytes:
        """Return the frame as it crosses the pipe."""
        header = _HEADER.pack(self.kind, self.number, len(self.columns), len(self.texts))
        return b"".join((header, self.columns, self.texts))


class FrameReader:
    """Cuts what comes out of a pipe into frames; no more is kept than a frame may have."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._number = 0  # of the last frame

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take some bytes and yield the frames that are whole by now; ProtocolError if it is none of ours."""
        self._data += data
        start = 0
        try:
            while len(self._data) - start >= _HEADER.size:
                kind, number, columns, texts = _HEADER.unpack_from(self._data, start)
                # Before anything is kept for it: a length may be anything.
                self._check(kind, number, columns, texts)
                middle = start + _HEADER.size + columns
                if len(self._data) < middle + texts:
                    return
                with memoryview(self._data) as view:
                    frame = Frame(
                        kind, number, bytes(view[start + _HEADER.size : middle]), bytes(view[middle : middle + texts])
                    )
                start = middle + texts
                self._number = number
                yield frame
        finally:
            del self._data[:start]

    def _check(self, kind: bytes, number: int, columns: int, texts: int) -> None:
        if kind not in (HELLO, BATCH):
            raise ProtocolError("it wrote something else into the pipe")
        if (kind == HELLO) != (self._number == 0) or number != self._number + 1:
            raise ProtocolError("what it said is not in order")
        most_columns, most_texts = (0, _MOST_HELLO) if kind == HELLO else (_MOST_COLUMNS, MOST_TEXTS)
        if columns > most_columns or texts > most_texts:
            raise ProtocolError(f"it announced {columns + texts:,} bytes at once, which is too much")

    def is_between(self) -> bool:
        """Return whether nothing of an unfinished frame has come."""
        return not self._data


# -- the first frame -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """What a child says first.

    Attributes:
        protocol: of the frames and the orders.
        core: what ``fingerprint`` returned of the files that it was loaded from.
        python: the version of its interpreter.
        pid: the system's number of the process.
    """

    protocol: int
    core: str
    python: str
    pid: int

    def frame(self) -> Frame:
        """Return it as a child's first frame."""
        return Frame(HELLO, 1, b"", json.dumps(asdict(self)).encode("ascii"))

    @classmethod
    def of(cls, frame: Frame) -> "Hello":
        """Return what a first frame says; ProtocolError if it is none."""
        try:
            values = json.loads(frame.texts)
            hello = cls(*(values[name] for name in ("protocol", "core", "python", "pid")))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ProtocolError("its first word is none of ours") from error
        if [type(value) for value in asdict(hello).values()] != [int, str, str, int]:
            raise ProtocolError("its first word is none of ours")
        return hello


def fingerprint(folder: str) -> str:
    """Return what tells the program's files apart from those of another version: their names, sizes and times.

    Args:
        folder: what has ``core``, ``observer`` and ``programs`` in it.
    """
    facts = []
    for part in ("core", "observer", "programs"):
        for path, _, names in os.walk(os.path.join(folder, part)):  # noqa: PTH118 - a child starts sooner without pathlib
            for name in names:
                if name.endswith(".py"):
                    stat = os.stat(os.path.join(path, name))  # noqa: PTH116, PTH118
                    facts.append((path[len(folder) :], name, stat.st_size, stat.st_mtime_ns))
    return f"{crc32(repr(sorted(facts)).encode('utf-8', 'surrogatepass')):08x}"


# -- batches ---------------------------------------------------------------------------------------------------------------


def frames_of(batch: Batch, first: int) -> Iterator[Frame]:
    """Yield a batch as frames that are numbered from ``first``; a line that is too long for one is cut."""
    if len(batch) <= MOST_RECORDS:
        # Almost always all of it fits: to make the bytes and look is less than to count the characters before.
        columns, packed = batch.to_bytes()
        if len(packed) <= MOST_TEXTS:
            yield Frame(BATCH, first, columns, packed)
            return
    most = MOST_TEXTS // 4 - MOST_RECORDS * 2  # characters; one takes at most four bytes
    start, characters = 0, 0
    texts = [_cut(text, most) for text in batch.texts]
    batch = Batch(batch.instants, batch.runs, batch.kinds, texts, batch.names)
    for index, text in enumerate(texts):
        if index - start == MOST_RECORDS or characters + len(text) > most:
            yield Frame(BATCH, first, *_part(batch, start, index).to_bytes())
            first, start, characters = first + 1, index, 0
        characters += len(text)
    yield Frame(BATCH, first, *_part(batch, start, len(texts)).to_bytes())


def _cut(text: str, most: int) -> str:
    left = len(text) - most + 100
    return text if left <= 100 else f"{text[: most - 100]}… ({left:,} more characters are left out)"


def _part(batch: Batch, start: int, stop: int) -> Batch:
    part = slice(start, stop)
    runs = batch.runs[part]
    names = {run: batch.names[run] for run in set(runs)}
    return Batch(batch.instants[part], runs, batch.kinds[part], batch.texts[part], names)


# -- orders ----------------------------------------------------------------------------------------------------------------


def order_bytes(order: str, *arguments: object) -> bytes:
    """Return an order as it crosses the pipe: a name of the engine protocol, and what it is given."""
    data = json.dumps([order, *arguments]).encode("ascii")
    return _ORDER.pack(len(data)) + data


class OrderReader:
    """Cuts what comes out of the orders' pipe into orders; what the window's process says is trusted."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[str, list[Any]]]:
        """Take some bytes and yield the orders that are whole by now, with their arguments."""
        self._data += data
        while len(self._data) >= _ORDER.size:
            (size,) = _ORDER.unpack_from(self._data)
            if len(self._data) < _ORDER.size + size:
                return
            order, *arguments = json.loads(bytes(self._data[_ORDER.size : _ORDER.size + size]))
            del self._data[: _ORDER.size + size]
            yield order, arguments


def run_to_values(new: NewRun) -> list[Any]:
    """Return a run to be started as JSON has it."""
    return [new.run, *new.name, _to_values(new.worker)]


def run_from_values(values: Sequence[Any]) -> NewRun:
    """Return the run that ``run_to_values`` wrote."""
    run, name, number, worker = values
    return NewRun(run, RunName(name, number), _from_values(worker))


# JSON has no tuples, and no frozen values of core's own: both are written as objects that say what they are. A child knows
# core under another name, so classes go by the module within it.
_CORE = __name__.rpartition(".programs.")[0] + ".core."


def _to_values(value: Any) -> Any:
    """Return a value of core's own, and what is in it, as JSON has it."""
    if isinstance(value, tuple):
        return {"tuple": [_to_values(each) for each in value]}
    if is_dataclass(value):
        parts = {part.name: _to_values(getattr(value, part.name)) for part in fields(value)}
        return {"class": _class_name(value), "fields": parts}
    if isinstance(value, Enum):
        return {"class": _class_name(value), "value": value.value}
    return value


def _class_name(value: object) -> list[str]:
    kind = type(value)
    return [kind.__module__.removeprefix(_CORE), kind.__qualname__]


def _from_values(values: Any) -> Any:
    """Return the value that ``_to_values`` wrote."""
    if not isinstance(values, dict):
        return values
    if "tuple" in values:
        return tuple(map(_from_values, values["tuple"]))
    module, name = values["class"]
    kind = getattr(import_module(_CORE + module), name)
    if "value" in values:
        return kind(values["value"])
    return kind(**{name: _from_values(part) for name, part in values["fields"].items()})
