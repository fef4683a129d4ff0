"""The engines with their stream and its controller, put together for a driver that reads them by a pump."""

from collections.abc import Callable, Mapping

from .catalogue import Catalogue
from .clock import Clock, SystemClock
from .controller import Controller
from .engine import Engine
from .fold import RunSnapshot
from .limits import DEFAULT_DEADLINE, SLOW_AFTER
from .pump import Pump
from .stream import Stream
from .thread_engine import ThreadEngine

_LOCATED_WITHIN = 1.0  # seconds that an engine has to say where its threads are


def _no_others(_clock: Clock) -> Mapping[str, Engine]:
    return {}


class Runtime:
    """Makes the three, and takes them down; the arguments are those of ``ThreadEngine``, but for the last.

    Args:
        others: makes the engines beside it, by what workers call them; given the clock.

    Attributes:
        engine: the threads of this process.
        others: the engines beside it, by what workers call them.
        stream: what comes out of all engines.
        controller: start and stop, and what is known.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        deadline: float = DEFAULT_DEADLINE,
        slow_after: float = SLOW_AFTER,
        releases_stuck: bool = False,
        others: Callable[[Clock], Mapping[str, Engine]] = _no_others,
    ) -> None:
        self.clock = SystemClock()
        self.engine = ThreadEngine(
            catalogue, self.clock, deadline=deadline, slow_after=slow_after, releases_stuck=releases_stuck
        )
        self.others = others(self.clock)
        self.stream = Stream([self.engine, *self.others.values()], self.clock)
        self.controller = Controller(catalogue, self.engine, self.stream, deadline, self.others)

    def left(self, pump: Pump) -> list[RunSnapshot]:
        """Return what is known of the runs that are alive, each with its stack of now; the pump's thread."""
        controller = self.controller
        before = {run.run: run.located for run in controller.left()}
        controller.locate(before)

        def is_located() -> bool:
            return all(run.located != before.get(run.run) for run in controller.left())

        pump.wait(is_located, _LOCATED_WITHIN)
        return controller.left()

    def shutdown(self) -> None:
        """End the engine's threads, once no run is alive or those that are will be left; the controller's thread."""
        self.controller.close(0)
        self.engine.shutdown()
        self.leave()

    def leave(self) -> None:
        """End the other engines with all that lives in them: a process that is about to leave leaves no other behind."""
        for engine in self.others.values():
            engine.shutdown()

    def close(self) -> None:
        """End everything; after the last reader is gone."""
        self.shutdown()
        self.stream.close()
