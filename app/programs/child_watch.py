"""Runs whose process does not answer: when they count as stuck, and where they are, as far as it can be found out."""

import linecache
from collections.abc import Callable
from functools import partial

from app.core.clock import Clock
from app.core.events import Stuck
from app.core.stacks import Call
from app.programs.child_link import ChildLink, LiveRuns
from app.programs.child_settings import ChildSettings
from app.programs.child_stream import ChildStream
from app.programs.deaths import stack_in, tail_text
from app.programs.event_loop import EventLoop

_TO_ANSWER = 0.3  # seconds that a child has to say where a run is
_TO_WRITE = 0.25  # seconds that a process which does not answer has to write where its threads are

Calls = tuple[Call, ...]


class ChildWatch:
    """Looks after the runs that were asked to stop; the loop's thread, but for ``requested`` and ``located``.

    Args:
        settings: of the engine.
        clock: this process's.
        loop: what calls all of this later.
        runs: those that are alive.
        stream: takes what is said of them.
        kill: kills a run's process; called in the loop's thread.
    """

    def __init__(
        self,
        settings: ChildSettings,
        clock: Clock,
        loop: EventLoop,
        runs: LiveRuns,
        stream: ChildStream,
        kill: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._loop = loop
        self._runs = runs
        self._stream = stream
        self._kill = kill

    # -- any thread ------------------------------------------------------------------------------------------------

    def requested(self, link: ChildLink, run: int, clicked: int | None) -> None:
        """Keep when a run was asked to stop, and have it looked after whatever its process does."""
        link.requested[run] = self._clock.now()
        link.clicked[run] = clicked
        self._loop.do(partial(self._watch, link, run))

    def located(self, link: ChildLink, run: int) -> None:
        """Find out where a run is that its process was asked about, if that does not say."""
        self._loop.do(partial(self._expect_place, link, run))

    # -- asked to stop -----------------------------------------------------------------------------------------------

    def expect_stop(self, link: ChildLink, run: int, seconds: float) -> None:
        """Look after a run that its process is to stop by itself some seconds from now, if it should not."""
        link.after(self._loop, seconds + self._settings.answer, partial(self._stop_by_itself, link, run))

    def _stop_by_itself(self, link: ChildLink, run: int) -> None:
        if self._runs.find(run) is link and run not in link.requested:
            self.requested(link, run, None)

    def _watch(self, link: ChildLink, run: int) -> None:
        if self._runs.find(run) is not link:
            return
        settings = self._settings
        link.after(self._loop, settings.deadline + settings.answer, partial(self._mark_hung, link, run))
        if settings.kill_after is not None:
            link.after(self._loop, settings.kill_after, partial(self._kill, run))

    def _mark_hung(self, link: ChildLink, run: int) -> None:
        """Say that a run is stuck whose process would have said so by now, were it able to."""
        if self._runs.find(run) is not link or run in link.killed or link.transcript.snapshot(run).was_stuck:
            return
        self._ask_stack(link, partial(self._say_hung, link, run))

    def _say_hung(self, link: ChildLink, run: int, calls: Calls) -> None:
        if self._runs.find(run) is not link or run in link.killed:
            return
        requested, noticed = link.requested[run], link.transcript.snapshot(run).chain.noticed
        stuck = Stuck(self._clock.now() - requested, noticed, calls)
        self._stream.say(link.transcript.hung(run, requested, link.clicked.get(run), stuck))

    # -- where is it ---------------------------------------------------------------------------------------------------

    def _expect_place(self, link: ChildLink, run: int) -> None:
        """Look whether a process has said where a run is, after a while."""
        if self._runs.find(run) is link:
            before = link.transcript.snapshot(run).located
            link.after(self._loop, _TO_ANSWER, partial(self._find_place, link, run, before))

    def _find_place(self, link: ChildLink, run: int, before: object) -> None:
        if self._runs.find(run) is link and link.transcript.snapshot(run).located is before:
            self._ask_stack(link, partial(self._say_place, link, run))

    def _say_place(self, link: ChildLink, run: int, calls: Calls) -> None:
        # One that does not tell by a signal either stands still, or has only begun: it will answer, or never.
        if calls and self._runs.find(run) is link:
            self._stream.say(link.transcript.place(run, calls))

    def _ask_stack(self, link: ChildLink, tell: Callable[[Calls], None]) -> None:
        """Find out where a run is whose interpreter does not answer, by a signal; told are no calls if that fails."""
        if link.end is None or link.transcript.hello is None or not link.end.ask_stack():
            tell(())
            return
        before, link.tail = link.tail, b""
        link.after(self._loop, _TO_WRITE, partial(self._read_stack, link, before, tell))

    def _read_stack(self, link: ChildLink, before: bytes, tell: Callable[[Calls], None]) -> None:
        calls = stack_in(tail_text(link.tail), linecache.getline)
        link.tail = before if calls else before + link.tail
        tell(calls)
