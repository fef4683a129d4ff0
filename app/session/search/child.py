"""The process that searches: ``python -P -S -m app.session.search.child``.

It reads a request, searches until nothing more is there, says so and waits for the next; it ends with its input. The
window can end it at any instant, also amid a pattern that would take years.
"""

import contextlib
import os
import select
import signal
import sys
import time

from app.session.search.messages import NUMBER, Kind, chunk_to_bytes, framed, request_from
from app.session.search.query import Query
from app.session.search.scan import Scan

_PERIOD = 0.02  # seconds between two messages: a frame of the window
_WATCH = 0.5  # seconds between two looks at whether the window is still there


class ResultWriter:
    """Collects messages and writes them at most once a frame, the first hits at once; one thread."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._empty = 0, 0  # first and count of the lines without hits that are not said yet
        self._due = 0.0  # time.monotonic of the next writing

    def found(self, first: int, count: int, hits: int) -> None:
        """Say what was found in the next lines."""
        start, before = self._empty
        if not hits and (not before or start + before == first):
            self._empty = (start, before + count) if before else (first, count)
        else:
            self._say_empty()
            self.say(Kind.CHUNK, chunk_to_bytes(first, count, hits))
        if time.monotonic() >= self._due:
            self.flush()

    def say(self, kind: Kind, payload: bytes) -> None:
        """Say something else, with the next writing."""
        self._frames.append(framed(kind, payload))

    def _say_empty(self) -> None:
        if self._empty[1]:
            self.say(Kind.CHUNK, chunk_to_bytes(*self._empty, 0))
        self._empty = 0, 0

    def flush(self) -> None:
        """Write what there is to say; OSError if the reader is gone."""
        self._say_empty()
        data = memoryview(b"".join(self._frames))
        self._frames = []
        while data:
            data = data[os.write(1, data) :]
        self._due = time.monotonic() + _PERIOD


def _watch_parent() -> None:
    """End with the window although a pattern keeps us from reading: the engine lets signals through."""
    # Not by the parent's number: the window may have died before we could ask for it.
    stdin = select.poll()
    stdin.register(0, 0)  # asks for nothing, and is told of a hang-up all the same

    def look(_number: int, _frame: object) -> None:
        if stdin.poll(0):
            os._exit(1)

    signal.signal(signal.SIGALRM, look)


def _prepare_process() -> None:
    # Ctrl+C in a terminal is for the window, which ends us when it wants to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        _watch_parent()
        with contextlib.suppress(OSError):
            os.nice(5)


def _serve(writer: ResultWriter) -> None:
    line = sys.stdin.buffer.readline()
    if not line:
        return
    query, segments, committed = request_from(line)
    scan = Scan(
        Query.from_json(query),
        writer.found,
        lambda sentence: writer.say(Kind.DAMAGED, sentence.encode("utf-8", "surrogatepass")),
        # The alarm is not inherited: without it a process stuck in a pattern would outlive the window.
        lambda: _set_alarm(_WATCH),
    )
    while line:
        _, segments, committed = request_from(line)
        _set_alarm(_WATCH)
        scan.search(segments, committed)
        _set_alarm(0.0)
        writer.say(Kind.CAUGHT_UP, NUMBER.pack(scan.searched))
        writer.flush()
        line = sys.stdin.buffer.readline()


def _set_alarm(period: float) -> None:
    # The alarm asks for a look at the parent; while nothing is searched for, none is set.
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, period, period)


def main() -> None:
    """Serve until the input ends; whatever goes wrong is said in one sentence."""
    _prepare_process()
    writer = ResultWriter()
    try:
        # Here, where mostly nothing is wanted yet: it takes a tenth of a second, and the first hits need it.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        import numpy  # noqa: F401

        _serve(writer)
    except OSError:
        pass  # the reader is gone: the window has ended
    except BaseException as error:  # noqa: BLE001 - a traceback of this process is not seen
        sentence = f"The search cannot go on ({type(error).__name__}: {error})."
        writer.say(Kind.FAILED, sentence.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(OSError):
            writer.flush()
    # At once, without what Python does at its end: nothing is open but pipes.
    os._exit(0)


if __name__ == "__main__":
    main()
