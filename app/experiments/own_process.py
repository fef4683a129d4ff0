"""A cell in a process of its own, because it would stop ours: started, listened to, ended for certain.

The process is this module: ``python -P -m app.experiments.own_process``. It reads one line that says what to measure, writes
a line a repetition, and ends; it ends at once when its input does, so that it never outlives the process that started it.
"""

import contextlib
import importlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import IO, Any

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.latency import StopChain, duration
from app.core.pump import LOOK
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.worker import Worker
from app.session.child_process import start_child, there

from .harness import LEAVE_PATIENCE, START_PATIENCE
from .repetitions import Order, Repetition, repeat
from .results import RunResult

MOST_LINES = 64  # that the child has written and that were not read; it waits when there are more
_CHILD = "app.experiments.own_process"


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
            raise ChildFailed(f"Its process ended before it had finished ({how}).")
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


# -- what the two say to each other --------------------------------------------------------------------------------------


def run_to_values(run: RunResult) -> dict[str, Any]:
    """Return a run as what JSON can hold."""
    return {**asdict(run), "calls": [list(call) for call in run.calls]}


def run_from_values(values: dict[str, Any]) -> RunResult:
    """Return the run that ``run_to_values`` wrote; KeyError, TypeError or ValueError if it is none."""
    band = values["band"]
    return RunResult(
        **{
            **values,
            "chain": StopChain(**values["chain"]),
            "outcome": None if values["outcome"] is None else Outcome(values["outcome"]),
            "band": None if band is None else (band[0], band[1]),
            "ticks": tuple(values["ticks"]),
            "calls": tuple(Call(*call) for call in values["calls"]),
        }
    )


def to_line(values: dict[str, Any]) -> bytes:
    """Return an object as a line: ASCII, so that any text goes through any pipe."""
    return json.dumps(values).encode("ascii") + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Return the object of a line; ValueError if it holds none."""
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("a line without an object")
    return values


def order_to_values(order: Order, catalogue: Catalogue) -> dict[str, Any]:
    """Return what the child is told; classes go by the names under which they can be imported."""
    worker = order.worker
    return {
        "strategy": _name(catalogue.strategy(worker.strategy)),
        "workload": _name(catalogue.workload(worker.workload)),
        "name": worker.name,
        "interval": worker.interval,
        "parameters": [list(value) for value in worker.parameters],
        "spec": order.spec,
        "n": order.n,
        "deadline": order.deadline,
        "seed": order.seed,
        "done": order.done,
        "switch_interval": sys.getswitchinterval(),
    }


def _name(what: type) -> str:
    return f"{what.__module__}:{what.__qualname__}"


# -- in the child ----------------------------------------------------------------------------------------------------------


def _find(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _order_from(values: dict[str, Any]) -> tuple[Order, Catalogue]:
    strategy, workload = _find(values["strategy"]), _find(values["workload"])
    parameters = tuple((name, value) for name, value in values["parameters"])
    worker = Worker(
        name=values["name"],
        strategy=strategy.about.id,
        workload=workload.id,
        interval=values["interval"],
        parameters=parameters,
    )
    order = Order(worker, values["spec"], values["n"], values["deadline"], values["seed"], values["done"])
    return order, Catalogue((strategy,), (workload,))


def _write(values: dict[str, Any]) -> None:
    data = memoryview(to_line(values))
    while data:
        data = data[os.write(1, data) :]


def _end_with_parent() -> None:
    """End when there is no reader any more; a thread of its own."""
    # By the descriptor: a second reader of sys.stdin would wait for its lock.
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)


def _first_line() -> bytes:
    # Byte by byte and unbuffered: what follows belongs to the thread that watches.
    line = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return bytes(line)


def main() -> None:
    """Measure what the first line of the input says; whatever goes wrong is said in one sentence."""
    # Ctrl+C in a terminal is for the process that started this one, and ends it when it wants to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        values = from_line(_first_line())
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        sys.setswitchinterval(values["switch_interval"])
        order, catalogue = _order_from(values)

        def tell(repetition: Repetition) -> bool:
            _write({"run": run_to_values(repetition.run), "late": repetition.late})
            return repetition.run.outcome is not None

        repeat(catalogue, order, tell, threading.Event())
        _write({"end": True})
    except OSError:
        os._exit(1)  # there is no reader any more
    except BaseException as error:  # noqa: BLE001 - a traceback of this process would not be seen
        with contextlib.suppress(OSError):
            _write({"failed": f"{type(error).__name__}: {error}"})
    # At once: a thread that was left behind must not keep us, and the one that watches would.
    os._exit(0)


if __name__ == "__main__":
    main()
