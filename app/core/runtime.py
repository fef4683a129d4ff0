"""The engines with their stream and its controller, put together for a driver that reads them by a pump."""

from collections.abc import Callable, Mapping

from .catalogue import Catalogue
from .clock import Clock, SystemClock
from .controller import Controller
from .engine import Engine, ProgramEngine
from .fold import RunSnapshot
from .limits import DEFAULT_DEADLINE, SLOW_AFTER
from .pump import Pump
from .stream import Stream
from .thread_engine import ThreadEngine

_LOCATED_WITHIN = 1.0  # seconds that an engine has to say where its threads are


def _no_others(_clock: Clock) -> Mapping[str, Engine]:
    return {}


class Runtime:
    """Makes the three, and takes them down; the arguments are those of ``ThreadEngine``, but for the last two.

    Args:
        others: makes the engines beside it, by what workers call them; given the clock.
        programs: makes what observes programs; given the clock. None if nothing does.

    Attributes:
        engine: the threads of this process.
        others: the engines beside it, by what workers call them.
        programs: what observes programs; None if nothing does.
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
        programs: Callable[[Clock], ProgramEngine] | None = None,
    ) -> None:
        self.clock = SystemClock()
        self.engine = ThreadEngine(
            catalogue, self.clock, deadline=deadline, slow_after=slow_after, releases_stuck=releases_stuck
        )
        self.others = others(self.clock)
        self.programs = programs(self.clock) if programs is not None else None
        self._beside: list[Engine] = [*self.others.values()]
        if self.programs is not None:
            self._beside.append(self.programs)
        self.stream = Stream([self.engine, *self._beside], self.clock)
        self.controller = Controller(catalogue, self.engine, self.stream, deadline, self.others, self.programs)

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
        for engine in self._beside:
            engine.shutdown()

    def close(self) -> None:
        """End everything; after the last reader is gone."""
        self.shutdown()
        self.stream.close()
