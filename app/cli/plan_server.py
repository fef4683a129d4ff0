"""Runs plans step by step for another process: the pytest plugin.

A line of JSON comes in on standard input, a line goes out on standard output::

    {"read": FILE}            → {"title": …, "steps": [{"title": …, "line": n, "checks": how many}],
                                 "warnings": [the harm that its mechanisms can do]}
    {"begin": FILE}           → {}
    {"step": n from 1}        → a step as ``plan --json`` has it
    {"end": true}             → {"left": [sentences about runs that were left behind]}

or ``{"error": SENTENCE}``. The end of the input ends the process.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from app.cli.plan import step_values
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, one_line
from app.documents.plans import plan_warnings, read_plan, workers_to_agree_to
from app.experiments.plan_run import PlanRun
from app.programs.consent import code_uses
from app.terminal import exit_status


class PlanServer:
    """Answers one request after the other; one thread.

    Args:
        catalogue: the strategies and workloads.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._run: PlanRun | None = None
        self.left = False

    def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what is asked and return the answer."""
        try:
            if "read" in request:
                return self._read(Path(request["read"]))
            if "begin" in request:
                return self._begin(Path(request["begin"]))
            if "step" in request:
                return self._step(int(request["step"]))
            return {"left": list(self.end())}
        except BadInput as error:
            return {"error": one_line(str(error))}

    def _read(self, path: Path) -> Mapping[str, Any]:
        plan = read_plan(path, self._catalogue)
        steps = [{"title": step.title, "line": step.line, "checks": len(step.checks)} for step in plan.steps]
        # What runs files of the person's needs the same consent as what can do harm.
        own = (use.sentence for use in code_uses(workers_to_agree_to(plan, self._catalogue)))
        return {"title": plan.title, "steps": steps, "warnings": (*plan_warnings(plan, self._catalogue), *own)}

    def _begin(self, path: Path) -> Mapping[str, Any]:
        self.end()
        self._run = PlanRun(read_plan(path, self._catalogue), self._catalogue)
        return {}

    def _step(self, number: int) -> Mapping[str, Any]:
        if self._run is None:
            raise BadInput("No plan was begun.")
        return step_values(self._run.run_step(number - 1, threading.Event()))

    def end(self) -> tuple[str, ...]:
        """End the plan that was begun, if one was, and return a sentence for each run that was left behind."""
        run, self._run = self._run, None
        left = run.close() if run is not None else ()
        self.left = self.left or bool(left)
        return left


def serve(requests: IO[bytes], answers: IO[bytes], server: PlanServer) -> None:
    """Answer line by line until there are no more requests."""
    try:
        for line in requests:
            answers.write(json.dumps(server.answer(json.loads(line))).encode("ascii") + b"\n")
            answers.flush()
    except BrokenPipeError:
        pass  # the reader of the answers is gone
    finally:
        server.end()


def main() -> None:
    """Serve standard input until it ends."""
    from app.programs.catalogue import program_catalogue

    # A Ctrl+C is meant for the process that started us, and comes to us as well: our end is the end of the requests.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = PlanServer(program_catalogue())
    serve(sys.stdin.buffer, sys.stdout.buffer, server)
    if server.left:
        os._exit(exit_status(left=True))


if __name__ == "__main__":
    main()
