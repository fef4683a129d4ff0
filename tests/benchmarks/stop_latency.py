"""Stop latency of one strategy, beside a bare thread that does the same, in turns.

For each pair a random time between one and two intervals is drawn. Our run and the bare thread are started, left alone
for that time and asked to stop; which comes first changes from pair to pair. Latency is from the instant just before the
signal is set to the instant just after the checkpoint that saw it: ours is what the run's own stop chain says.
"""

import random
import sys
import time

from app.core.catalogue import Catalogue
from app.core.pump import Pump
from app.core.runtime import Runtime
from app.core.worker import Worker

from .bare import BARE
from .case import Case, Figures
from .machine import ProcessorShare

FRAME = 0.016  # seconds between two looks at what was written, as a window has them


def measure(case: Case) -> Figures:
    """Return the latencies of the strategy that the case names, ours and the bare thread's, in milliseconds."""
    sys.setswitchinterval(case.switch)
    runtime = Runtime(Catalogue())
    pump = Pump(runtime.stream, runtime.controller.consume, gathering=lambda records: FRAME if records else 0)
    worker = Worker("measured", case.design, interval=case.interval)
    chance = random.Random(1)
    figures = Figures()
    share = ProcessorShare()
    for pair in range(case.count):
        delay = chance.uniform(case.interval, 2 * case.interval)
        turns = [lambda d=delay: figures.latencies.append(_ours(runtime, pump, worker, d))]
        if case.design in BARE:
            turns.append(lambda d=delay: figures.bare.append(_bare(case, d)))
        for turn in turns if pair % 2 else reversed(turns):
            turn()
    figures.stolen, figures.others = share.since()
    runtime.close()
    return figures


def _ours(runtime: Runtime, pump: Pump, worker: Worker, delay: float) -> float:
    controller = runtime.controller
    run = controller.start(worker)
    assert run is not None
    pump.wait(lambda: False, delay)
    controller.stop(run)
    if not pump.wait(controller.is_idle, 10):
        raise TimeoutError(f"{worker.strategy} did not stop")
    snapshot = controller.snapshot(run)
    assert snapshot is not None
    if snapshot.chain.latency is None:
        raise ValueError(f"{worker.strategy} did not say when it noticed")
    return snapshot.chain.latency / 1e6


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
