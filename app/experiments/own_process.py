"""A cell in a process of its own: started, listened to, ended for certain."""

import contextlib
import queue
import subprocess
import threading
from collections.abc import Callable
from typing import IO

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.latency import duration
from app.core.pump import LOOK
from app.session.child_process import start_child, there

from .child import from_line, order_to_values, run_from_values, to_line
from .harness import LEAVE_PATIENCE, START_PATIENCE
from .repetitions import Order, Repetition

MOST_LINES = 64  # that the child has written and that were not read; it waits when there are more

_CHILD = "app.experiments.child"


class ChildFailed(Exception):  # noqa: N818 - a word about the child, not about us
    """The process of a cell hung, died or could not measure; the message is one sentence."""


def repeat_in_child(
    catalogue: Catalogue, order: Order, tell: Callable[[Repetition], bool], cancel: threading.Event
) -> None:
    """Make a cell's repetitions in a process of its own; like ``repeat``, which the child calls.

    The child is gone when this returns, killed if it has not ended by itself.

    Raises:
        ChildFailed: it could not be started, hung, died, or says that it cannot go on.
    """
    try:
        child = start_child(_CHILD)
    except OSError as error:
        raise ChildFailed(f"A process of its own could not be started ({error.strerror or error}).") from error
    lines: queue.Queue[bytes] = queue.Queue(MOST_LINES)
    pipe = there(child.stdout)
    listener = threading.Thread(target=_listen, args=(pipe, lines.put), name="child", daemon=True)
    listener.start()
    try:
        with contextlib.suppress(OSError):  # a child that has died is noticed by who reads from it
            there(child.stdin).write(to_line(order_to_values(order, catalogue)))
            there(child.stdin).flush()
        _follow(child, lines, order, tell, cancel)
    finally:
        child.kill()
        child.wait()
        # The listener may wait for room, and does not end before it has put everything.
        while listener.is_alive():
            with contextlib.suppress(queue.Empty):
                lines.get(timeout=LOOK)
        for end in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                there(end).close()


def _follow(
    child: "subprocess.Popen[bytes]",
    lines: "queue.Queue[bytes]",
    order: Order,
    tell: Callable[[Repetition], bool],
    cancel: threading.Event,
) -> None:
    """Hand on what the child says, until it says that this was all, ``tell`` has enough, or ``cancel`` is set."""
    # The longest that a repetition may take by its own rules, and Python's start.
    patience = START_PATIENCE + order.worker.interval * 2 + order.deadline + LEAVE_PATIENCE * 2
    while True:
        line = _next_line(lines, patience, cancel)
        if line is None:
            return
        if not line:
            code = child.wait()
            how = f"signal {-code}" if code < 0 else f"exit status {code}"
            raise ChildFailed(f"Its process ended before it was through ({how}).")
        try:
            values = from_line(line)
            if "failed" in values:
                raise ChildFailed(f"Its process cannot measure it ({values['failed']}).")
            if "end" in values:
                return
            repetition = Repetition(run_from_values(values["run"]), int(values["late"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ChildFailed("Its process said something that is no result.") from error
        if not tell(repetition):
            return


def _next_line(lines: "queue.Queue[bytes]", patience: float, cancel: threading.Event) -> bytes | None:
    """Return the next line, b"" at the end, None if ``cancel`` was set; ChildFailed if none comes in time."""
    clock = SystemClock()
    until = clock.now() + round(patience * 1e9)
    while not cancel.is_set():
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=LOOK)
        if clock.now() > until:
            raise ChildFailed(f"Its process said nothing for {duration(patience * 1e9)} and was ended.")
    return None


def _listen(pipe: IO[bytes], put: Callable[[bytes], object]) -> None:
    """Put each line of the child, and b"" after the last.

    A thread of its own: not every system can wait for a pipe with a time limit.
    """
    for line in pipe:
        put(line)
    put(b"")
