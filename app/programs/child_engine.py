"""The engine of child processes: each run has a process and an interpreter of its own.

Here are the orders. What children have said for the reader is in ``child_stream``, which of them may write on in
``child_turns``, how a child begins, is read and ends in ``child_life``, how runs are looked after whose process does not
answer in ``child_watch``.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial

from app.core.catalogue import Catalogue
from app.core.clock import Clock
from app.core.engine import Abilities, CreditToken, Drained, NewRun
from app.core.errors import BadInput
from app.core.limits import DEFAULT_DEADLINE, SLOW_AFTER
from app.core.worker import Worker
from app.programs.child_life import CHARACTERS_A_LINE, ChildLife
from app.programs.child_link import ChildLink, LiveRuns
from app.programs.child_settings import ChildSettings, Launch
from app.programs.child_stream import FEWEST_LINES, MOST_LINES, ChildStream, FrameToken
from app.programs.child_turns import ChildTurns
from app.programs.child_watch import ChildWatch
from app.programs.event_loop import EventLoop
from app.programs.frames import MOST_TEXTS, fingerprint
from app.programs.interpreters import check_platform, find_interpreter
from app.programs.process import APP, ChildProcess
from app.programs.transcript import Transcript, Weight

_CARRIED = Catalogue()  # what is built in, and nothing else, is carried into a child


@cache
def _own_fingerprint() -> str:
    """Return what tells this program's files apart, as they were when it was first asked for."""
    return fingerprint(str(APP))


class ChildEngine:
    """Starts a child for each run, speaks to it over its pipes, and says of each run how it ended, whatever the child does.

    A thread of its own, which begins with the first run, starts the children, reads what they say and buries them. Orders
    are written by the thread that gives them: a stop request waits for no thread.

    Args:
        clock: this process's, which is every process's of this machine.
        deadline: seconds from a stop request until a run that has not ended counts as stuck.
        slow_after: seconds from a stop request until it is kept where a thread is that has not ended.
        releases_stuck: whether a run that counts as stuck is let go at once.
        kill_after: seconds from a stop request until a run that has not ended is killed; None for never.
        launch: starts a child.

    Attributes:
        settings: what was given; children that are started later are told what is changed.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        deadline: float = DEFAULT_DEADLINE,
        slow_after: float = SLOW_AFTER,
        releases_stuck: bool = False,
        kill_after: float | None = None,
        launch: Launch = ChildProcess,
    ) -> None:
        self.abilities = Abilities(let_go=True, in_flight=MOST_LINES, kill=True)
        self.settings = ChildSettings(deadline, slow_after, releases_stuck, kill_after, launch)
        self._clock = clock
        self._core = _own_fingerprint()
        self._starting = threading.Lock()  # the runs that start together share what may be in flight
        self._runs = LiveRuns()
        self._is_closing = False
        self._is_over = False
        self._stream = ChildStream(self)
        self._turns = ChildTurns(self._tell_read, clock.now, self._later)
        self._loop = EventLoop("children", lambda: self._is_over and not self._life.links)
        self._watch = ChildWatch(self.settings, clock, self._loop, self._runs, self._stream, self._kill_now)
        self._life = ChildLife(
            self.settings,
            self._loop,
            self._runs,
            self._stream,
            self._turns,
            self._watch,
            lambda: self._is_closing or self._is_over,
        )

    # -- orders ----------------------------------------------------------------------------------------------------

    def check(self, worker: Worker) -> None:
        """Raise BadInput if a worker cannot be run in a process of its own, as far as can be told before it is started."""
        check_platform()
        try:
            _CARRIED.strategy(worker.strategy)
        except BadInput:
            sentence = (
                f"strategy: {worker.strategy} needs more than Python's own library, which is all that a process has"
            )
            raise BadInput(f'{sentence}; write engine = "window" for it.', "strategy") from None
        find_interpreter(worker.interpreter)

    def start(self, *runs: NewRun) -> None:
        """Start runs, each in a process of its own."""
        if not runs:
            return
        with self._starting:
            lines = max(FEWEST_LINES, MOST_LINES // (self._runs.count() + len(runs)))
            news: dict[ChildLink, list[NewRun]] = {}
            for new in runs:
                link = self._link_for(new, lines)
                link.transcript.give(new)
                self._runs.add(new.run, link)
                news.setdefault(link, []).append(new)
            self._loop.begin()
        for link, given in news.items():
            self._hand_over(link, given)

    def _hand_over(self, link: ChildLink, news: list[NewRun]) -> None:
        """Have a child be started for some runs."""
        link.news = news
        self._loop.do(partial(self._life.begin, link))

    def _link_for(self, _new: NewRun, lines: int) -> ChildLink:
        """Return the child for a run: a new one."""
        size = lines * CHARACTERS_A_LINE * 4 + 4 * MOST_TEXTS
        return ChildLink(Transcript(self._clock.now, Weight(lines, 0, size), self._core), lines)

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Ask a run to stop; the first request counts."""
        link = self._runs.find(run)
        if link is not None and run not in link.requested:
            self._watch.requested(link, run, clicked)
            self._order_to(link, "request_stop", run, clicked)

    def let_go(self, run: int) -> None:
        """Have a run's process release what its thread is blocked in."""
        link = self._runs.find(run)
        if link is not None:
            self._order_to(link, "let_go", run)

    def locate(self, run: int) -> None:
        """Have a run's process say where its thread is; where it cannot, it is found out otherwise."""
        link = self._runs.find(run)
        if link is not None:
            self._watch.located(link, run)
            self._order_to(link, "locate", run)

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Kill the process of a run, with its group; the run has ended, as *killed*, once the process is gone."""
        if self._runs.find(run) is not None:
            self._loop.do(partial(self._life.kill, run, clicked))

    def _kill_now(self, run: int) -> None:
        self._life.kill(run)

    def set_deadline(self, deadline: float) -> None:
        """Count runs that are asked to stop from now on as stuck so many seconds later."""
        self.settings.deadline = deadline
        for link in self._runs.links():
            self._order_to(link, "set_deadline", deadline)

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new runs, ask every run to stop, let go of those that are stuck, and ``deadline`` s later of all others."""
        self._is_closing = True
        for run, link in self._runs.all().items():
            if run not in link.requested:
                self._watch.requested(link, run, clicked)
        for link in self._runs.links():
            self._order_to(link, "close", deadline, clicked)

    def reopen(self) -> None:
        """Take new runs again after ``close``."""
        self._is_closing = False
        for link in self._runs.links():
            self._order_to(link, "reopen")

    def shutdown(self) -> None:
        """End every child, killing what does not end, and the thread; waits for that. After ``close``."""
        if self._loop.has_begun:
            self._loop.do(self._shut_down)
            self._loop.join()

    def _shut_down(self) -> None:
        self._is_over = True
        self._life.shut_down()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._loop.do(partial(self._loop.after, seconds, action))

    def _order_to(self, link: ChildLink, order: str, *arguments: object) -> None:
        if link.send(order, *arguments):
            self._loop.do(partial(self._life.write_on, link))

    # -- the stream ------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain."""
        self._stream.listen(ring)

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already."""
        return self._stream.arm()

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has. The reader's thread only."""
        return self._stream.drain()

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Give credit back for batches that were read, or committed; any thread."""
        self._turns.read(tokens)

    def _tell_read(self, link: ChildLink, frames: Sequence[FrameToken]) -> None:
        link.transcript.release(token.weight for token in frames)
        self._order_to(link, "release", [token.number for token in frames])
