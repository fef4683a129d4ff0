"""What a plan is made of: frozen values, which any thread may read."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.errors import BadInput
from app.core.worker import Worker

Where = tuple[str | int, ...]  # the keys and indices (from 0) on the way to a place in a document


class Mistake(BadInput):
    """A mistake in a plan, and where it is.

    Attributes:
        where: the way to the key, or to the nearest table, that is wrong.
    """

    def __init__(self, sentence: str, where: Where) -> None:
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


Action = Start | Stop | Wait | WaitForEnd | WaitForLines | SetField | RunRace


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


class Asked(NamedTuple):
    """One thing that a plan asks of its surroundings: what ("python") and which (">=3.11")."""

    name: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its title, a sentence about it, what it asks of its surroundings, its workers and its steps."""

    title: str
    steps: tuple[Step, ...]
    workers: tuple[Worker, ...] = ()
    summary: str = ""
    environment: tuple[Asked, ...] = ()
