"""The process of a cell that would stop ours: ``python -P -m app.experiments.child``.

It reads one line that says what to measure, writes a line a repetition, and ends; it ends at once when its input does, so
that it never outlives whoever started it.
"""

import contextlib
import importlib
import os
import signal
import sys
import threading
from typing import Any

from app.core.catalogue import Catalogue
from app.core.worker import Worker

from .records import from_line, run_to_values, to_line
from .repetitions import Order, Repetition, repeat


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


def _say(values: dict[str, Any]) -> None:
    data = memoryview(to_line(values))
    while data:
        data = data[os.write(1, data) :]


def _end_with_parent() -> None:
    """End when nobody is there any more who would read; a thread of its own."""
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
    # Ctrl+C in a terminal is for whoever started us, who ends us when they want to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        values = from_line(_first_line())
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
        sys.setswitchinterval(values["switch_interval"])
        order, catalogue = _order_from(values)

        def tell(repetition: Repetition) -> bool:
            _say({"run": run_to_values(repetition.run), "late": repetition.late})
            return repetition.run.outcome is not None

        repeat(catalogue, order, tell, threading.Event())
        _say({"end": True})
    except OSError:
        os._exit(1)  # nobody reads what we say
    except BaseException as error:  # noqa: BLE001 - nobody sees a traceback of this process
        with contextlib.suppress(OSError):
            _say({"failed": f"{type(error).__name__}: {error}"})
    # At once: a thread that was left behind must not keep us, and the one that watches would.
    os._exit(0)


if __name__ == "__main__":
    main()
