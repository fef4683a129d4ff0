"""What the engine of child processes is told by the program that has it."""

from collections.abc import Callable
from dataclasses import dataclass

from app.programs.child_link import ChildEnd
from app.programs.process import ChildLimits

# Starts a child: a file of an interpreter, and what its engine is told.
Launch = Callable[[str, ChildLimits], ChildEnd]


@dataclass(slots=True)
class ChildSettings:
    """What the engine of children is told; any thread may change it, for what comes then.

    Attributes:
        deadline, slow_after: seconds.
        releases_stuck: whether a run that counts as stuck is let go at once.
        kill_after: seconds from a stop request until a run is killed; None for never.
        launch: starts a child.
        answer: seconds after the deadline in which a child has to say itself that a run is stuck, on a busy machine too.
        ends_with_runs: whether a child ends when its last run has.
    """

    deadline: float
    slow_after: float
    releases_stuck: bool
    kill_after: float | None
    launch: Launch
    answer: float = 2.0
    ends_with_runs: bool = True
