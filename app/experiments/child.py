"""The process of a cell that would stop ours: ``python -P -m app.experiments.child``.

It reads one line that says what to measure, writes a line a repetition, and ends; it ends at once when its input does, so
that it never outlives the process that started it.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from typing import Any

from app.core.catalogue import Catalogue
from app.core.latency import StopChain
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.worker import Worker

from .repetitions import Order, Repetition, repeat
from .results import RunResult


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
