"""A second engine for the tests: a ``ThreadEngine`` behind the codec, on the other side of two pipes.

It is what an engine in a child process will be, but for the process: nothing but bytes crosses over.
"""

import json
import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, BinaryIO

from app.core.batch import Batch, RunName
from app.core.clock import Clock
from app.core.engine import CreditToken, Drained, NewRun
from app.core.pump import Pump
from app.core.stream import Stream
from app.core.thread_engine import ThreadEngine
from app.core.worker import Worker

MOST_BATCHES = 64  # that were sent and not drained; then the pipe fills, and then the far side's reader waits
_ORDER = struct.Struct("<I")  # bytes of the order, which is JSON
_BATCH = struct.Struct("<QQQ")  # number of the token, bytes of the columns, bytes of the texts


class NumberToken(CreditToken):
    """Stands for the far side's tokens of one batch."""

    __slots__ = ("number",)

    def __init__(self, owner: "PipedEngine", number: int) -> None:
        super().__init__(owner)
        self.number = number


class PipedEngine:
    """The near side: orders go into one pipe, batches come out of the other.

    Args:
        engine: what lives on the far side; nothing here calls it.
        clock: the far side's.
    """

    def __init__(self, engine: ThreadEngine, clock: Clock) -> None:
        self.abilities = engine.abilities
        orders, self._orders = _pipe()
        self._batches, batches = _pipe()
        self._sending = threading.Lock()  # an order is written in one piece
        self._ring: Callable[[], None] = _nothing
        self._is_armed = True
        self._came: deque[tuple[int, Batch]] = deque()
        self._room = threading.Semaphore(MOST_BATCHES)
        self._is_shut = False
        self._far = _FarSide(engine, clock, orders, batches)
        self._receiver = threading.Thread(target=self._receive, name="receiver", daemon=True)
        self._receiver.start()

    # -- orders ----------------------------------------------------------------------------------------------------

    def start(self, *runs: NewRun) -> None:
        """Send runs to be started, each with its worker's fields."""
        self._send("start", [(new.run, *new.name, asdict(new.worker)) for new in runs])

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Send that a run is to be asked to stop."""
        self._send("request_stop", run, clicked)

    def let_go(self, run: int) -> None:
        """Send that a run is to be let go."""
        self._send("let_go", run)

    def locate(self, run: int) -> None:
        """Send that an event is to say where a run's thread is."""
        self._send("locate", run)

    def set_deadline(self, deadline: float) -> None:
        """Send another deadline."""
        self._send("set_deadline", deadline)

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Send that all are to be stopped."""
        self._send("close", deadline, clicked)

    def reopen(self) -> None:
        """Send that new runs are taken again."""
        self._send("reopen")

    def shutdown(self) -> None:
        """Have the far side end, and wait until its pipe is closed and this side's receiver has ended."""
        self._is_shut = True  # what still comes has no reader any more: the receiver drops it
        self._room.release()
        self._send("shutdown")
        self._receiver.join()
        self._far.join()
        self._orders.close()
        self._batches.close()

    def _send(self, order: str, *arguments: object) -> None:
        data = json.dumps([order, *arguments]).encode("ascii")
        with self._sending:
            self._orders.write(_ORDER.pack(len(data)) + data)
            self._orders.flush()

    # -- the stream ------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called when a batch has come."""
        self._ring = ring

    def arm(self) -> bool:
        """Have the next batch ring; False if one has come already."""
        self._is_armed = True
        if self._came:
            self._is_armed = False
            return False
        return True

    def drain(self) -> Drained | None:
        """Take the batches that have come."""
        whole = Batch()
        tokens = []
        for _ in range(len(self._came)):
            number, batch = self._came.popleft()
            self._room.release()
            whole.extend(batch)
            tokens.append(NumberToken(self, number))
        return Drained(whole, tuple(tokens)) if tokens else None

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Send the numbers of the tokens back."""
        self._send("release", [token.number for token in tokens if isinstance(token, NumberToken)])

    def _receive(self) -> None:
        """Take batches from the pipe until the far side closes it; the receiver's thread."""
        while header := self._batches.read(_BATCH.size):
            number, columns, texts = _BATCH.unpack(header)
            batch = Batch.from_bytes(self._batches.read(columns), self._batches.read(texts))
            self._room.acquire()
            if self._is_shut:
                self._room.release()
                continue
            self._came.append((number, batch))
            # The reader arms before it looks a last time, and we look whether it is armed after we appended. A reader that
            # lets lines gather is not armed: it must not sleep while we wait for room.
            if self._is_armed or len(self._came) == MOST_BATCHES:
                self._is_armed = False
                self._ring()


class _FarSide:
    """Reads orders in one thread, and sends batches in another."""

    def __init__(self, engine: ThreadEngine, clock: Clock, orders: BinaryIO, batches: BinaryIO) -> None:
        self._engine = engine
        self._stream = Stream([engine], clock)
        self._orders = orders
        self._batches = batches
        self._lock = threading.Lock()
        self._owed: dict[int, Drained] = {}  # bounded by the credit: its lines are in flight until they are released
        self._numbers = 0
        self._is_over = False
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for name, target in (("far orders", self._obey), ("far reader", self._read))
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._stream.close()

    def _obey(self) -> None:
        """Carry out orders until the last; the thread of orders."""
        with self._orders:
            while not self._is_over:
                (size,) = _ORDER.unpack(self._orders.read(_ORDER.size))
                order, *arguments = json.loads(self._orders.read(size))
                if order == "start":
                    self._engine.start(*(_new_run(*values) for values in arguments[0]))
                elif order == "release":
                    self._release(arguments[0])
                elif order == "shutdown":
                    self._engine.shutdown()
                    self._is_over = True
                    self._stream.ring()
                else:
                    getattr(self._engine, order)(*arguments)

    def _release(self, numbers: Iterable[int]) -> None:
        with self._lock:
            several = [self._owed.pop(number) for number in numbers]
        # All at once: waiting runs go on by the number of releases.
        self._stream.release(*several)

    def _read(self) -> None:
        """Send what comes until it is over; the reader's thread."""
        with self._batches:
            Pump(self._stream, _nothing, self._send, gathering=_gathering).wait(lambda: self._is_over)

    def _send(self, drained: Drained) -> None:
        if not len(drained.batch):
            # Only room came back that no line had used: there is nothing to be read first.
            self._stream.release(drained)
            return
        with self._lock:
            self._numbers += 1
            number = self._numbers
            self._owed[number] = drained
        columns, texts = drained.batch.to_bytes()
        self._batches.write(_BATCH.pack(number, len(columns), len(texts)))
        self._batches.write(columns)
        self._batches.write(texts)
        self._batches.flush()


def _new_run(run: int, name: str, number: int, fields: dict[str, Any]) -> NewRun:
    end, parameters = tuple(fields.pop("text_at_end")), tuple(map(tuple, fields.pop("parameters")))
    return NewRun(run, RunName(name, number), Worker(**fields, text_at_end=end, parameters=parameters))


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    """Return the two ends of a pipe, the reader's first."""
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


def _gathering(records: int | None) -> float:
    return 0.001 if records is not None and records > 1 else 0


def _nothing(*_: object) -> None:
    """Do nothing."""
