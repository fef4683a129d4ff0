"""Runs as plain values and back: what a child process says of them, a JSON object a line."""

import json
from dataclasses import asdict
from typing import Any

from app.core.latency import StopChain
from app.core.stacks import Call
from app.core.states import Outcome

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
