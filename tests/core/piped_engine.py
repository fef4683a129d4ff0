"""The product's engine of child processes, but for the process: its far side is a thread here, with an engine of the test's.

So what tests hold in their own hands (gates, clocks, mechanisms) is on the far side, and nothing but bytes crosses over.
"""

import os
import threading

from app.core.clock import Clock
from app.core.engine import NewRun
from app.core.thread_engine import ThreadEngine
from app.core.worker import Worker
from app.programs.child import ChildServer
from app.programs.child_engine import ChildEngine
from app.programs.child_link import ChildLink
from app.programs.frames import fingerprint
from app.programs.process import APP


class PipedEngine(ChildEngine):
    """All runs live in one far side.

    Args:
        engine: what lives on the far side; nothing here calls it.
        clock: the far side's.
        deadline: seconds until a far side that does not answer is found out.
    """

    def __init__(self, engine: ThreadEngine, clock: Clock, deadline: float) -> None:
        super().__init__(clock, deadline=deadline)
        self.settings.ends_with_runs = False
        self.abilities = engine.abilities
        self._shared = super()._link_for(NewRun(0, None, None), 16_000)  # type: ignore[arg-type]
        end = FarSide(engine, clock)
        self._shared.attach(end, ())
        self._loop.begin()
        self._loop.do(lambda: self._life.add(self._shared, end, []))

    def check(self, _worker: Worker) -> None:
        """Do nothing: the far side has the test's own catalogue."""

    def set_deadline(self, deadline: float) -> None:
        """Tell the far side too while no run is alive: the product's next child is told when it begins."""
        super().set_deadline(deadline)
        self._order_to(self._shared, "set_deadline", deadline)

    def _link_for(self, _new: NewRun, _lines: int) -> ChildLink:
        return self._shared

    def _hand_over(self, link: ChildLink, news: list[NewRun]) -> None:
        link.send_start(news)


class FarSide:
    """Stands for a process: a thread, and four pipes, the last of which is closed when it has ended."""

    def __init__(self, engine: ThreadEngine, clock: Clock) -> None:
        self.pid = os.getpid()
        orders, self.orders = os.pipe()
        self.frames, frames = os.pipe()
        self.errors, self._errors = os.pipe()
        self.exited, self._exited = os.pipe()
        for descriptor in (self.orders, self.frames, self.errors):
            os.set_blocking(descriptor, False)
        server = ChildServer(engine, clock, orders, frames, fingerprint(str(APP)), _nothing)
        self._thread = threading.Thread(target=self._serve, args=(server,), name="far side", daemon=True)
        self._thread.start()

    def _serve(self, server: ChildServer) -> None:
        server.serve()
        os.close(self._errors)
        os.close(self._exited)

    def has_exited(self) -> bool:
        return not self._thread.is_alive()

    def kill(self) -> None:
        raise AssertionError("a thread cannot be killed")

    def ask_stack(self) -> bool:
        return False

    def wait(self) -> int:
        self._thread.join()
        return 0

    def close(self) -> None:
        for descriptor in (self.orders, self.frames, self.errors, self.exited):
            os.close(descriptor)


def _nothing() -> None:
    """Do nothing."""
