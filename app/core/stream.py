"""The stream: what comes out of all engines of a session, and what the session itself has to say, as one."""

import threading
from array import array
from collections import defaultdict, deque
from collections.abc import Sequence

from .batch import JOURNAL, NO_RUN, Batch, Kind, RunName
from .clock import Clock
from .engine import CreditToken, Drained, Engine
from .packed_batch import merged
from .wake import Wake


class Stream:
    """Drains the engines, adds the session's own records, and marks what comes late; one reader.

    Args:
        engines: where batches come from.
        clock: stamps the session's own records.

    Attributes:
        origin: the beginning of the session, a ``perf_counter_ns``; ``t_ns`` counts from here.
        wake: rings when something comes after ``arm``; a signal handler may ring it too.
        in_flight: the most lines that may be between the runs of one engine and the reader.
        is_armed: whether the reader waits, or has nothing to read; the next thing that comes rings.
    """

    def __init__(self, engines: Sequence[Engine], clock: Clock) -> None:
        self.clock = clock
        self.origin = clock.now()
        self.wake = Wake()
        self.in_flight = max((engine.abilities.in_flight for engine in engines), default=0)
        self._engines = tuple(engines)
        # Makes one step of a record of the session's own: its stamp, its place, and the look whether the reader is armed.
        self._lock = threading.Lock()
        self._own: deque[tuple[int, int, RunName, Kind, str]] = deque()
        self._last = self.origin  # the instant of the last record of no run: theirs do not step back
        self.is_armed = True
        self._highest = self.origin  # the greatest order key that was drained
        self._late_runs: dict[int, int] = {}  # those of the last second: see Batch.mark_late
        for engine in self._engines:
            engine.listen(self.ring)

    # -- any thread ----------------------------------------------------------------------------------------------

    def append(
        self, kind: Kind, text: str, run: int = JOURNAL, name: RunName = NO_RUN, *, at: int | None = None
    ) -> int:
        """Add a record of the session's own and return its instant; it may be about a run whose engine ended it.

        What a person did is recorded after its effects, which it must not delay: ``at`` is when it was done, so that it
        stands before them. An instant before that of the last record of no run, or one that is still to come, is not taken.
        """
        with self._lock:
            instant = self.clock.now()
            if at is not None:
                instant = min(max(at, self._last), instant)
            if run == JOURNAL:
                self._last = instant
            self._own.append((instant, run, name, kind, text))
            rings = self.is_armed
        if rings:
            self.ring()
        return instant

    def ring(self) -> None:
        """Wake the reader."""
        self.is_armed = False
        self.wake.set()

    def release(self, *several: Drained) -> None:
        """Give the credit of drained batches back, once they were read or committed."""
        owed: defaultdict[int, list[CreditToken]] = defaultdict(list)
        for drained in several:
            for token in drained.tokens:
                owed[id(token.owner)].append(token)
        for tokens in owed.values():
            # At once: an engine lets its waiting runs go on by the number of releases.
            tokens[0].owner.release(tokens)

    # -- the reader's thread -------------------------------------------------------------------------------------

    def drain(self) -> Drained | None:
        """Take everything that has come, or return None if nothing has. The batch may be empty."""
        found = [drained for engine in self._engines if (drained := engine.drain()) is not None]
        if self._own:
            found.append(Drained(self._own_batch()))
        if not found:
            return None
        whole = found[0] if len(found) == 1 else _together(found)
        batch = whole.batch
        if len(batch):
            batch.mark_late(self._highest, self._late_runs)
            self._highest = max(self._highest, batch.bounds()[1])
        return whole

    def _own_batch(self) -> Batch:
        batch = Batch()
        for _ in range(len(self._own)):
            instant, run, name, kind, text = self._own.popleft()
            batch.add(run, name, array("q", (instant,)), bytes((kind,)), (text,))
        return batch

    def arm(self) -> bool:
        """Say that the reader will wait for ``wake``; False if there is something to drain already."""
        self.wake.clear()
        with self._lock:
            self.is_armed = not self._own
        if self.is_armed and all(engine.arm() for engine in self._engines):
            return True
        self.is_armed = False
        return False

    def wait(self, seconds: float | None) -> None:
        """Wait until something comes or ``seconds`` have passed (None: for ever); after ``arm``."""
        self.wake.wait(seconds)

    def gather(self, seconds: float) -> None:
        """Let lines gather for some seconds, less if an engine's runs cannot go on until something was read.

        A reader that drained each line as it came would hand the GIL to and fro at every line of every worker.
        """
        self.wake.clear()
        self.wake.wait(seconds)

    def close(self) -> None:
        """Close the bell; after the last reader and the last writer are gone."""
        self.wake.close()


def _together(found: Sequence[Drained]) -> Drained:
    return Drained(merged([drained.batch for drained in found]), tuple(token for one in found for token in one.tokens))
