"""This process's engine with its stream and its controller, put together for a driver that reads them by a pump."""

from .catalogue import Catalogue
from .clock import SystemClock
from .controller import Controller
from .fold import RunSnapshot
from .limits import DEFAULT_DEADLINE, SLOW_AFTER
from .pump import Pump
from .stream import Stream
from .thread_engine import ThreadEngine

_LOCATED_WITHIN = 1.0  # seconds that an engine has to say where its threads are


class Runtime:
    """Makes the three, and takes them down; the arguments are those of ``ThreadEngine``.

    Attributes:
        engine: the threads of this process.
        stream: what comes out of it.
        controller: start and stop, and what is known.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        deadline: float = DEFAULT_DEADLINE,
        slow_after: float = SLOW_AFTER,
        releases_stuck: bool = False,
    ) -> None:
        self.clock = SystemClock()
        self.engine = ThreadEngine(
            catalogue, self.clock, deadline=deadline, slow_after=slow_after, releases_stuck=releases_stuck
        )
        self.stream = Stream([self.engine], self.clock)
        self.controller = Controller(catalogue, self.engine, self.stream, deadline)

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

    def close(self) -> None:
        """End everything; after the last reader is gone."""
        self.shutdown()
        self.stream.close()
