"""What the program's threads write to its own standard streams: which thread, when and what.

The streams stay the program's objects; each gets a ``write`` of its own that calls the original and notes the text. A print
is several writes, between which Python neither lets another thread run nor calls a signal's handler. A function does both at
its beginning and after each call in it: lines would be torn that are whole without us, and frames of ours would be in
tracebacks. So this one has no beginning, like the interpreter's own frames, and calls by operators only.
"""

import _thread
import opcode
import sys
from io import TextIOWrapper
from itertools import count
from time import perf_counter_ns

from .bytecode import decode
from .output import Output
from .threads import Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

# Texts that wait to be written; what comes while so many wait is counted and lost.
MOST_TEXTS = 5_000
# Characters of one text.
MOST_CHARACTERS = 2_000
_STREAMS = ("stdout", "stderr")
_NO_EVENTS = 0x2000000  # CO_NO_MONITORING_EVENTS: an exception that passes is no event; 3.12 does not know it


class Printed:
    """Notes what is written to ``sys.stdout`` and ``sys.stderr`` as they are when it starts.

    Args:
        threads: of the program.
        output: where it is noted, amid what else was seen, and made records of when it is written.
    """

    def __init__(self, threads: Threads, output: Output) -> None:
        self._threads = threads
        self._output = output
        self._lost = count(1)
        self._writes: list[tuple[TextIOWrapper, object]] = []
        self._lost_before = 0

    def start(self) -> bool:
        """Begin to note; the main thread. Return whether both streams can be noted: one that is not Python's own cannot."""
        for name in _STREAMS:
            stream = getattr(sys, name)
            write = self._noting(name, stream.write) if type(stream) is TextIOWrapper else None
            if write is not None:
                stream.write = write
                self._writes.append((stream, write))
                self._output.expand = self.records
        return len(self._writes) == len(_STREAMS)

    def stop(self) -> None:
        """Note no more, and give the streams back as they were; what the program has put there stays."""
        for stream, write in self._writes:
            if stream.__dict__.get("write") is write:
                del stream.write
        self._writes.clear()

    def _noting(self, stream: str, original: "Callable[[str], int]") -> "Callable[[str], int] | None":
        """Return a ``write`` that notes what the original has written; None if this Python's instructions are other ones."""
        functions = (
            original, str.__str__, self._output.waiting.append, self._output.waiting.__len__, self._lost.__next__,
            perf_counter_ns, _thread.get_ident, self._threads.find,
        )  # fmt: skip
        write, copy, note, waiting, loss, clock, ident, thread_of = map(_by_operator, functions)
        most_texts, most_characters = MOST_TEXTS, MOST_CHARACTERS

        def noting(text: str) -> int:
            length = write @ text
            if -waiting < most_texts:
                # Of a text of the program's own type, the characters.
                note @ (-clock, thread_of @ -ident, stream, (copy @ text)[:most_characters], length)
            else:
                _ = -loss
            return length  # type: ignore[no-any-return]

        return noting if _without_beginning(noting) else None

    def records(self, waiting: "list[object]") -> "Iterator[object]":
        """Yield records, with those of what was noted amid them.

        What a thread wrote bit by bit, with nothing in between, is one record as far as the end of a line.
        """
        last: dict[str, Any] | None = None
        for each in waiting:
            if type(each) is tuple:
                t_ns, thread, stream, text, length = each
                of_thread = thread.number if thread is not None else None
                if last is not None and _continues(last, of_thread, stream, text):
                    last["text"] += text
                elif text:
                    if last is not None:
                        yield last
                    last = {"kind": "printed", "thread": of_thread, "t_ns": t_ns, "stream": stream, "text": text}
                    if length > len(text):
                        last["left_out"] = length - len(text)
                continue
            if last is not None:
                yield last
                last = None
            yield each
        if last is not None:
            yield last
        yield from self._losses()

    def _losses(self) -> "Iterator[dict[str, object]]":
        lost = int(repr(self._lost)[6:-1]) - 1  # its next number, which is not to be taken
        if lost > self._lost_before:
            if not self._lost_before:
                yield {"kind": "note", "text": "Threads print faster than it is recorded; some of it is left out."}
            self._lost_before = lost
            yield {"kind": "printed_lost", "texts": lost}


def _continues(last: "dict[str, Any]", thread: int | None, stream: str, text: str) -> bool:
    """Return whether a text belongs to the line that the last record has begun."""
    same = last["thread"] == thread and last["stream"] == stream and "left_out" not in last
    return same and not last["text"].endswith("\n") and len(last["text"]) + len(text) <= MOST_CHARACTERS


def _by_operator(function: "Any") -> "Any":
    """Return what calls a function written in C by an operator: ``-it`` without an argument, ``it @ x`` with one."""
    return type("", (), {"__neg__": staticmethod(function), "__matmul__": staticmethod(function)})()


def _without_beginning(function: "Any") -> bool:
    """Take away the instruction by which a function begins; return whether that was done.

    Where it is executed, the interpreter looks for signals, for threads that want to run and for tools that trace; a frame
    without it is not shown in tracebacks. A call looks as well, after it: so there must be none.
    """
    code = function.__code__
    instructions = decode(code.co_code)
    begins = [each for each in instructions if each.name == "RESUME"]
    if len(begins) != 1 or any("CALL" in each.name or "JUMP_BACKWARD" in each.name for each in instructions):
        return False
    begin, nothing = begins[0], bytes((opcode.opmap["NOP"], 0))
    length = begin.after - begin.offset
    data = code.co_code[: begin.offset] + nothing * (length // 2) + code.co_code[begin.after :]
    function.__code__ = code.replace(co_code=data, co_flags=code.co_flags | _NO_EVENTS)
    return True
