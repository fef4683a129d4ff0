"""The runtime of this program: the threads of this process, child processes beside them, and observed programs."""

from collections.abc import Mapping
from functools import partial

from app.core.catalogue import Catalogue
from app.core.clock import Clock
from app.core.engine import Engine
from app.core.limits import DEFAULT_DEADLINE, SLOW_AFTER
from app.core.runtime import Runtime
from app.core.worker import PROCESS
from app.programs.child_engine import ChildEngine
from app.programs.observed_engine import ObservedEngine


def build_runtime(
    catalogue: Catalogue,
    *,
    deadline: float = DEFAULT_DEADLINE,
    slow_after: float = SLOW_AFTER,
    releases_stuck: bool = False,
    kill_after: float | None = None,
) -> Runtime:
    """Return a runtime whose workers may live in processes of their own, and that observes programs.

    The arguments are those of ``ChildEngine``.
    """

    def others(clock: Clock) -> Mapping[str, Engine]:
        children = ChildEngine(
            clock, deadline=deadline, slow_after=slow_after, releases_stuck=releases_stuck, kill_after=kill_after
        )
        return {PROCESS: children}

    return Runtime(
        catalogue,
        deadline=deadline,
        slow_after=slow_after,
        releases_stuck=releases_stuck,
        others=others,
        programs=partial(ObservedEngine, deadline=deadline),
    )
