"""What code of the person's own writes, as the lines of its run: prints, bytes that are no text, and what has no end yet."""

import codecs
import contextlib
import io
import logging
import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from ..batch import Kind
from .last_lines import wait_until_sent

LONGEST_LINE = 1_000_000  # characters; what is longer is broken
_BREAK = re.compile(r"\r\n|\n|\r(?=[^\n])")
_AT_ONCE = 65_536  # bytes
_MOST_SPLITTERS = 100  # of one stream, before those that keep nothing are dropped
_FLUSHED_WITHIN = 1.0  # seconds that what is still in the pipe of standard output has
_DEEPEST = 16  # calls from a handler of logging to the stream that it writes to
_LEVELS = (
    (logging.CRITICAL, Kind.LOG_CRITICAL),
    (logging.ERROR, Kind.LOG_ERROR),
    (logging.WARNING, Kind.LOG_WARNING),
    (logging.INFO, Kind.LOG_INFO),
)
# Looked for in the calls by their identity: the hash of a code object takes longer than all the rest.
_HANDLE = id(logging.Handler.handle.__code__)
# Within the handling of a record: what these write themselves, or have written, is not the record.
_NO_RECORD = frozenset(
    id(function.__code__) for function in (logging.Handler.handleError, logging.Handler.format, logging.Filterer.filter)
)


class LineSink:
    """Hands lines on to the one run that is listening; any thread.

    A run's lane takes lines from one thread at a time. What is written while no run listens goes nowhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder = 0  # the ident of the thread that hands a line on
        self._append: Callable[[Kind, str], None] | None = None
        # A destructor that prints may run in the middle of a line of the same thread.
        self._held_up: deque[tuple[Kind, str]] = deque()

    def open(self, append: Callable[[Kind, str], None]) -> None:
        """Hand lines on to ``append`` from now on, which may wait."""
        with self._lock:
            self._append = append

    def close(self) -> None:
        """Hand nothing on any more; returns once nothing is being handed on."""
        with self._lock:
            self._append = None

    def line(self, kind: Kind, text: str) -> None:
        """Hand one line on; waits while the reader is behind."""
        if self._holder == threading.get_ident():
            self._held_up.append((kind, text))
            return
        with self._lock:
            self._holder = threading.get_ident()
            try:
                if self._append is not None:
                    self._append(kind, text)
                    while self._held_up:
                        self._append(*self._held_up.popleft())
            finally:
                self._holder = 0
        wait_until_sent()


class LineSplitter:
    """Cuts a stream of bytes into lines; one thread at a time.

    Bytes that are no UTF-8 become visible escapes. A carriage return alone ends a line too: what draws a progress bar
    writes nothing else.

    Args:
        hand_on: takes each line.
    """

    def __init__(self, hand_on: Callable[[str], object]) -> None:
        self._hand_on = hand_on
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._pieces: list[str] = []  # of the line that has no end yet
        self._size = 0
        self._is_broken = False  # the last thing that was handed on was broken off, and nothing came since

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take some bytes; ``final``: none will follow, so what has no end is a line too."""
        text = self._decoder.decode(data, final)
        if self._pieces and (self._pieces[-1].endswith("\r") or "\n" in text or "\r" in text):
            text = "".join((*self._pieces, text))
            self._forget()
        at = 0
        for found in _BREAK.finditer(text):
            if found.start() > at or not (found[0] == "\r" or self._is_broken):
                self._emit(text[at : found.start()])
            self._is_broken = False
            at = found.end()
        self._keep(text[at:])
        if self._pieces and final:
            whole = "".join(self._pieces)
            self._forget()
            self._emit(whole.removesuffix("\r"))

    def is_empty(self) -> bool:
        """Return whether nothing is kept of what was fed."""
        return not self._pieces and not self._is_broken and not self._decoder.getstate()[0]

    def _keep(self, rest: str) -> None:
        """Keep what has no end yet; what is too long is broken off."""
        if rest:
            self._is_broken = False
            self._pieces.append(rest)
            self._size += len(rest)
        if self._size >= LONGEST_LINE:
            whole = "".join(self._pieces)
            self._forget()
            size = len(whole) // LONGEST_LINE * LONGEST_LINE
            self._emit(whole[:size])
            self._is_broken = True  # the line break that follows is the one that was made
            if whole[size:]:
                self._keep(whole[size:])

    def _forget(self) -> None:
        self._pieces.clear()
        self._size = 0

    def _emit(self, line: str) -> None:
        for start in range(0, max(1, len(line)), LONGEST_LINE):
            self._hand_on(line[start : start + LONGEST_LINE])


class _Tap(io.RawIOBase):
    """A binary stream whose bytes become lines; those that a handler of ``logging`` writes have the record's level.

    Args:
        sink: takes the lines.
        kind: of its lines.
        descriptor: what ``fileno`` says.
    """

    def __init__(self, sink: LineSink, kind: Kind, descriptor: int) -> None:
        super().__init__()
        self._sink = sink
        self._kind = kind
        self._written = kind  # of what is being written now
        self._descriptor = descriptor
        self._lock = threading.RLock()
        # One a thread that has begun a line: print() writes the text, then the line break, and another may come between.
        self._splitters: dict[int, LineSplitter] = {}

    def _hand_on(self, line: str) -> None:
        self._sink.line(self._written, line)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        content, ident = bytes(data), threading.get_ident()
        with self._lock:
            splitter = self._splitters.get(ident)
            if splitter is None:
                self._forget_ended()
                splitter = self._splitters[ident] = LineSplitter(self._hand_on)
            if b"\n" not in content and b"\r" not in content:
                # What ends no line makes none: print() writes each of its pieces by itself.
                splitter.feed(content)
                return len(content)
            before = self._written  # a destructor may write in between
            self._written = _kind_of_record(sys._getframe().f_back) or self._kind
            try:
                splitter.feed(content)
            finally:
                self._written = before
        return len(content)

    def _forget_ended(self) -> None:
        """Keep no more than some splitters: most threads that wrote have ended."""
        if len(self._splitters) >= _MOST_SPLITTERS:
            self._splitters = {ident: each for ident, each in self._splitters.items() if not each.is_empty()}

    def finish(self) -> None:
        """Make a line of what has no end, of each thread."""
        with self._lock:
            splitters, self._splitters = list(self._splitters.values()), {}
            for splitter in splitters:
                splitter.feed(b"", final=True)


def _kind_of_record(frame: FrameType | None) -> Kind | None:
    """Return the level of the record that a handler of ``logging`` is writing in the calls up to this one, if any is.

    Looked up in the calls, because that changes nothing: the program's handlers, formats and streams stay as they are, and
    no line comes twice.
    """
    for _ in range(_DEEPEST):
        if frame is None:
            return None
        code = id(frame.f_code)
        if code == _HANDLE:
            record = frame.f_locals.get("record")
            return kind_of_level(record.levelno) if isinstance(record, logging.LogRecord) else None
        if code in _NO_RECORD:
            return None
        frame = frame.f_back
    return None


def kind_of_level(level: Any) -> Kind:
    """Return the kind of a line that was logged with a level, which may be one between those that have a name."""
    if not isinstance(level, int):
        return Kind.LOG_DEBUG
    return next((kind for least, kind in _LEVELS if level >= least), Kind.LOG_DEBUG)


class _Logging(logging.Handler):
    """Takes what ``logging`` says where the program has set up nothing, with the name of its logger."""

    def __init__(self, sink: LineSink) -> None:
        super().__init__(logging.WARNING)
        self._sink = sink
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            for line in self.format(record).split("\n"):
                self._sink.line(kind_of_level(record.levelno), line)
        except Exception:  # noqa: BLE001 - as every handler: what cannot be formatted is said, and goes on
            self.handleError(record)


class Capture:
    """Takes the place of this process's standard streams, for good; made once, in a child.

    Args:
        takes_descriptor: whether what is written to descriptor 1 by C code and by other processes is taken as well.
    """

    def __init__(self, *, takes_descriptor: bool) -> None:
        self.sink = LineSink()
        self._taps = (_Tap(self.sink, Kind.LINE, 1), _Tap(self.sink, Kind.STDERR, 2))
        self._wanted = threading.Event()  # the reader of the pipe has seen the mark
        self._mark = b""
        streams = (_text_stream(self._taps[0], "strict"), _text_stream(self._taps[1], "backslashreplace"))
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
        logging.lastResort = _Logging(self.sink)
        self._pipe: int | None = None
        if takes_descriptor:
            with contextlib.suppress(OSError):
                self._pipe = self._take_descriptor()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_write_to_descriptors)

    def _take_descriptor(self) -> int:
        read, write = os.pipe()
        os.dup2(write, 1)
        os.close(write)
        threading.Thread(target=self._read, args=(read,), name="standard output", daemon=True).start()
        return read

    def _read(self, pipe: int) -> None:
        splitter = LineSplitter(self._on_written)
        while data := os.read(pipe, _AT_ONCE):
            splitter.feed(data)

    def _on_written(self, line: str) -> None:
        # The mark ends what was written without a line break before it.
        mark = self._mark.decode()
        if mark and line.endswith(mark):
            if line != mark:
                self.sink.line(Kind.LINE, line.removesuffix(mark))
            self._wanted.set()
            return
        self.sink.line(Kind.LINE, line)

    @contextlib.contextmanager
    def listening(self, append: Callable[[Kind, str], None]) -> Iterator[None]:
        """Have all that is written be lines of a run meanwhile; what has no end at the end is a line too."""
        self.sink.open(append)
        try:
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):  # it may have been closed, or be another one by now
                    stream.flush()
            for tap in self._taps:
                tap.finish()
            self._flush_pipe()
            self.sink.close()

    def _flush_pipe(self) -> None:
        """Wait until the reader has handed on what was in the pipe; not for ever: anything may have been done to it."""
        if self._pipe is None:
            return
        self._wanted.clear()
        self._mark = os.urandom(16).hex().encode()
        with contextlib.suppress(OSError):
            os.set_blocking(1, False)
            os.write(1, self._mark + b"\n")
            os.set_blocking(1, True)
            self._wanted.wait(_FLUSHED_WITHIN)
        self._mark = b""


def _write_to_descriptors() -> None:
    """Have a forked process write to its descriptors: the run is not in it."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        with contextlib.suppress(OSError):
            setattr(sys, name, open(descriptor, "w", 1, "utf-8", "backslashreplace", closefd=False))  # noqa: SIM115


def _text_stream(tap: _Tap, errors: str) -> io.TextIOWrapper:
    # Typed as a buffer, of which it needs no more than what a raw stream has.
    return io.TextIOWrapper(tap, "utf-8", errors, newline="\n", write_through=True)  # type: ignore[arg-type]
