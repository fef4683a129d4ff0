"""What the observer has to say, as lines of JSON on a descriptor.

Written by hand and not by ``json``, of which a program may have its own. The callbacks only append; the observer's thread
writes, so that no thread of the program waits for the reader.
"""

import _thread
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Records that wait for their reader; what comes while so many wait is counted and lost.
MOST_WAITING = 10_000
# Characters of any text: names come from outside.
MOST_TEXT = 300
_PATIENCE = 1.0  # seconds
_PLAIN = {ord('"'): '\\"', ord("\\"): "\\\\"}


class Output:
    """Writes records to a descriptor, until the descriptor is no longer ours.

    Args:
        descriptor: a pipe.

    Attributes:
        waiting: what is to be written, in its order: records, and what ``expand`` makes records of.
        expand: called with what has waited whenever it is written, by one thread at a time.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._identity = _identity(descriptor)
        self.waiting: list[object] = []  # collections is not imported: a program may have its own
        self.expand: Callable[[list[object]], Iterable[object]] = list
        self._lost = 0
        self._is_writing = _thread.allocate_lock()

    def add(self, kind: str, **fields: object) -> None:
        """Add a record; any thread, at once."""
        if len(self.waiting) < MOST_WAITING:
            self.waiting.append({"kind": kind, **fields})
        else:
            self._lost += 1

    def flush(self) -> None:
        """Write what was added, and return when all of it is written; any thread.

        Where another thread writes for longer than that, and in a signal handler that has interrupted this very function,
        the rest is left to it.
        """
        if not self._is_writing.acquire(timeout=_PATIENCE):
            return
        try:
            self._write_records()
        finally:
            self._is_writing.release()

    def _write_records(self) -> None:
        waiting = self.waiting[:]
        del self.waiting[: len(waiting)]
        lines = [json_text(record) for record in self.expand(waiting)]
        lost, self._lost = self._lost, 0
        if lost:
            text = f"{lost:,} records were lost: they came faster than they were read."
            lines.append(json_text({"kind": "note", "text": text}))
        if lines:
            self._write(("\n".join(lines) + "\n").encode())

    def close(self) -> None:
        """Write no more."""
        self._identity = None
        self.waiting.clear()

    def _write(self, data: bytes) -> None:
        # A program may close all descriptors and open others: those are not to be written to.
        if self._identity is None or _identity(self._descriptor) != self._identity:
            self._identity = None
            return
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._identity = None


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def json_text(value: object) -> str:
    """Return a value as JSON; dictionaries, lists, texts, integers, true, false and null only."""
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is int:
        return str(value)
    if type(value) is dict:
        return "{" + ", ".join(f"{_quoted(key)}: {json_text(each)}" for key, each in value.items()) + "}"
    if type(value) in (list, tuple):
        return "[" + ", ".join(json_text(each) for each in value) + "]"  # type: ignore[attr-defined]
    return _quoted(value if type(value) is str else "?")


def clipped(text: str) -> str:
    """Return at most so many characters of a text as are of use."""
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    number = ord(character)
    if number in _PLAIN:
        return _PLAIN[number]
    if 32 <= number < 127:
        return character
    if number < 65536:
        return f"\\u{number:04x}"
    number -= 65536
    return f"\\u{55296 + (number >> 10):04x}\\u{56320 + (number & 1023):04x}"
