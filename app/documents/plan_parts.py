"""The parts of a plan: frozen values, which any thread may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.errors import BadInput
from app.core.worker import Worker

KeyPath = tuple[str | int, ...]  # the keys and indices (from 0) that lead to a place in a document


class PlanError(BadInput):
    """An error in a plan, and where it is.

    Attributes:
        where: the key that is wrong, or the nearest table.
    """

    def __init__(self, sentence: str, where: KeyPath) -> None:
        super().__init__(sentence, next((str(key) for key in reversed(where) if isinstance(key, str)), ""))
        self.where = where


@dataclass(frozen=True, slots=True)
class Start:
    """Start workers; ``workers`` is empty for all of the plan's."""

    workers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask workers to stop, all at one instant; ``workers`` is empty for all of the plan's."""

    workers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill the runs of workers that live in processes of their own; ``workers`` is empty for all of the plan's."""

    workers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitForEnd:
    """Wait until a worker's run has ended, ``seconds`` at most; ``worker`` is empty for all."""

    worker: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitForLines:
    """Wait until a worker's run has written so many numbered lines, ``seconds`` at most."""

    worker: str
    lines: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SetField:
    """Change a field of a worker for its next run; ``value`` as a TOML document has it, None for nothing."""

    worker: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class RunRace:
    """Race workers against each other; ``workers`` is empty for all of the plan's."""

    workers: tuple[str, ...]
    rounds: int


Action = Start | Stop | Kill | Wait | WaitForEnd | WaitForLines | SetField | RunRace


class CheckWord(StrEnum):
    """What can be checked."""

    OUTCOME = "outcome"
    LATENCY = "latency_ms_max"
    LINES_MIN = "lines_min"
    LINES_MAX = "lines_max"
    MATCHES = "line_matches"
    WINDOW_LAG = "window_lag_ms_max"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check: what is looked at, what is wanted, and of which worker (empty for the window)."""

    check: CheckWord
    wanted: str | int | float
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        title: one line.
        do: what to do; may be empty.
        expect: what should be seen; may be empty.
        actions: what the program does.
        checks: what it judges afterwards.
        line: where the step begins in its file, from 1; 0 where it comes from no file.
    """

    title: str
    do: str = ""
    expect: str = ""
    actions: tuple[Action, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    line: int = field(default=0, compare=False)


class Requirement(NamedTuple):
    """One requirement on the environment: its name ("python") and what is wanted of it (">=3.11")."""

    name: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its title, a sentence about it, its requirements on the environment, its workers and its steps."""

    title: str
    steps: tuple[Step, ...]
    workers: tuple[Worker, ...] = ()
    summary: str = ""
    environment: tuple[Requirement, ...] = ()


def rename_workers(plan: Plan, names: Mapping[str, str]) -> Plan:
    """Return a plan in which each worker has the name that ``names`` says, in its actions and checks too."""
    if all(names.get(worker.name, worker.name) == worker.name for worker in plan.workers):
        return plan
    workers = tuple(replace(worker, name=names.get(worker.name, worker.name)) for worker in plan.workers)
    steps = []
    for step in plan.steps:
        actions = tuple(_renamed_action(action, names) for action in step.actions)
        checks = tuple(replace(check, worker=names.get(check.worker, check.worker)) for check in step.checks)
        steps.append(replace(step, actions=actions, checks=checks))
    return replace(plan, workers=workers, steps=tuple(steps))


def _renamed_action(action: Action, names: Mapping[str, str]) -> Action:
    if isinstance(action, Start | Stop | Kill | RunRace):
        return replace(action, workers=tuple(names.get(name, name) for name in action.workers))
    if isinstance(action, WaitForEnd | WaitForLines | SetField):
        return replace(action, worker=names.get(action.worker, action.worker))
    return action
