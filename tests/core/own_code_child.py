"""Runs code of the person's own as a child process does, and prints what its runs said; a program of its own.

It reads scenarios as JSON from standard input, each a worker's table, the line at which it is asked to stop, and an edit of
the file that is made before the run; it writes a list of records for each, as JSON, to the descriptor that its first
argument names.
"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from app.core.batch import Batch, Kind
from app.core.catalogue import Catalogue
from app.core.own_code import loading
from app.core.pump import Pump
from app.core.runtime import Runtime

AT_ONCE = "*"  # in place of a line: it is asked before its thread has begun


def run(scenario: dict[str, Any]) -> list[list[Any]]:
    """Run one scenario to its end and return its records: instant, kind, text."""
    if "edit" in scenario:
        Path(scenario["worker"]["code"]["file"]).write_text(scenario["edit"])
    runtime = Runtime(Catalogue(), deadline=scenario.get("deadline", 5.0), slow_after=scenario.get("slow_after", 1.0))
    records: list[list[Any]] = []
    asked: list[int] = []

    def read(batch: Batch) -> None:
        runtime.controller.consume(batch)
        for record in batch:
            records.append([record.instant, record.kind, record.text])
            if record.kind == Kind.LINE and record.text == scenario.get("stop_at") and not asked:
                asked.append(runtime.controller.stop(record.run))

    pump = Pump(runtime.stream, read)
    started = runtime.controller.start(runtime.controller.catalogue.worker(scenario["worker"]))
    assert started is not None
    if scenario.get("stop_at") == AT_ONCE:
        asked.append(runtime.controller.stop(started))

    def is_over() -> bool:
        words = scenario.get("until", "")
        return runtime.controller.is_idle() or bool(words and any(words in text for _, _, text in records))

    pump.wait(is_over, 30)
    assert is_over(), records
    return records


def main() -> None:
    if "--not-allowed" not in sys.argv:
        loading.allow()
    with os.fdopen(int(sys.argv[1]), "w") as answers:
        orders = sys.stdin.readlines()
        sys.stdin = io.StringIO()  # a child has none
        for line in orders:
            answers.write(json.dumps(run(json.loads(line))) + "\n")
            answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
