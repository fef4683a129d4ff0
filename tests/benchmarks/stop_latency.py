"""Stop latency of one strategy, beside a bare thread that does the same, in turns.

For each pair a random time between one and two intervals is drawn. Our run and the bare thread are started, left alone
for that time and asked to stop; which comes first changes from pair to pair. Latency is from the instant just before the
signal is set to the instant just after the checkpoint that saw it: ours is what the run's own stop chain says.
"""

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from app.core.batch import Batch
from app.core.catalogue import Catalogue
from app.core.events import Ended, events_of
from app.core.pump import Pump
from app.core.runtime import Runtime
from app.core.worker import Worker

from .bare import BARE
from .case import Case, Figures
from .machine import ProcessorShare


class ReadRuntime:
    """A runtime whose stream a thread of its own reads, as in a window; the controller is the thread's that makes it.

    That thread blocks right after a stop request: did it read, or fold what was read, it would keep the GIL from the
    thread that it has just asked, for 0.2 to 0.3 ms.

    Args:
        catalogue: the strategies.
        look: called with every batch, in the reader's thread.
    """

    def __init__(self, catalogue: Catalogue, look: Callable[[Batch], object] = len) -> None:
        self._runtime = Runtime(catalogue)
        self.controller = self._runtime.controller
        self._look = look
        self._batches: deque[Batch] = deque()
        self._has_ended = threading.Event()
        self._is_closing = False
        self._pump = Pump(self._runtime.stream, self._read)
        self._thread = threading.Thread(target=self._pump.wait, args=(lambda: self._is_closing,), daemon=True)
        self._thread.start()

    def _read(self, batch: Batch) -> None:
        self._look(batch)
        self._batches.append(batch)
        if any(isinstance(event, Ended) for _, _, event in events_of(batch)):
            self._has_ended.set()

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no run is alive; False if one is after ``seconds``."""
        end = time.monotonic() + seconds
        while True:
            self._has_ended.clear()
            self._consume()
            if self.controller.is_idle():
                return True
            if not self._has_ended.wait(end - time.monotonic()):
                return False

    def _consume(self) -> None:
        while self._batches:
            self.controller.consume(self._batches.popleft())

    def latency(self, worker: Worker, delay: float) -> float:
        """Start a run, ask it to stop some seconds later, and return the latency in ms that it reports."""
        run = self.controller.start(worker)
        assert run is not None
        time.sleep(delay)
        self._consume()
        self._has_ended.clear()
        self.controller.stop(run)
        self._has_ended.wait(30)
        if not self.wait_idle(30):
            raise TimeoutError(f"{worker.strategy} did not stop")
        snapshot = self.controller.state.snapshot(run)
        if snapshot is None or snapshot.chain.latency is None:
            raise ValueError(f"{worker.strategy} did not say when it noticed")
        return snapshot.chain.latency / 1e6

    def close(self) -> None:
        """Stop all runs, read what they still say, and end."""
        self.controller.close(30)
        self.wait_idle(30)
        self._is_closing = True
        self._runtime.stream.ring()
        self._thread.join()
        self._pump.read()
        self._runtime.close()


def measure(case: Case) -> Figures:
    """Return the latencies of the strategy that the case names, ours and the bare thread's, in milliseconds."""
    sys.setswitchinterval(case.switch)
    runtime = ReadRuntime(Catalogue())
    worker = Worker("measured", case.design, interval=case.interval)
    chance = random.Random(1)
    figures = Figures()
    share = ProcessorShare()
    for pair in range(case.count):
        delay = chance.uniform(case.interval, 2 * case.interval)
        turns = [lambda d=delay: figures.latencies.append(runtime.latency(worker, d))]
        if case.design in BARE:
            turns.append(lambda d=delay: figures.bare.append(_bare(case, d)))
        for turn in turns if pair % 2 else reversed(turns):
            turn()
    figures.stolen, figures.others = share.since()
    runtime.close()
    return figures


def _bare(case: Case, delay: float) -> float:
    thread = BARE[case.design](case.interval)
    thread.start()
    time.sleep(delay)
    thread.ask()
    thread.join()
    return (thread.noticed - thread.requested) / 1e6


def distance_from_uniform(latencies: list[float], most: float) -> float:
    """Return the largest distance between the latencies' distribution and the uniform one on 0 to ``most`` (0 to 1).

    With n latencies that are uniform it stays below 1.63 / sqrt(n) in 99 of 100 cases (Kolmogorov and Smirnov).
    """
    ordered = sorted(latencies)
    count = len(ordered)
    expected = [min(max(latency / most, 0.0), 1.0) for latency in ordered]
    return max(max(place / count - share, share - (place - 1) / count) for place, share in enumerate(expected, 1))
