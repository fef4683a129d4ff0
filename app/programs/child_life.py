"""The life of a child on this side: it is started, read, and buried when it is over."""

import os
import selectors
from collections.abc import Callable
from functools import partial

from app.core.engine import NewRun
from app.core.errors import BadInput
from app.core.events import Failed, StopRequested
from app.core.states import Outcome
from app.programs.child_link import ChildEnd, ChildLink, LiveRuns
from app.programs.child_settings import ChildSettings
from app.programs.child_stream import ChildStream
from app.programs.child_turns import ChildTurns
from app.programs.child_watch import ChildWatch
from app.programs.deaths import MOST_TAIL, death, not_started, tail_text
from app.programs.event_loop import EventLoop
from app.programs.frames import ProtocolError
from app.programs.interpreters import find_interpreter
from app.programs.process import ChildLimits

CHARACTERS_A_LINE = 1_000
_AT_ONCE = 2**18  # bytes that are read from a child before others have their turn
_TO_END = 2.0  # seconds that a child has to end after its last run did
_TO_EXIT = 0.5  # seconds from the end of its pipe to the end of its process
_LOOK = 0.25  # seconds between two looks at whether a process is over, where the system does not tell
_MOST_READS = 1_024  # of what a process that is over left in its pipes: they hold a few hundred kilobytes


class ChildLife:
    """Starts children, reads what they say, kills and buries them; the loop's thread only.

    Args:
        settings: of the engine.
        loop: what calls all of this.
        runs: those that are alive.
        stream: takes what is said of them.
        turns: counts what they have in flight.
        watch: looks after those that were asked to stop.
        refuses: whether no run may begin any more.

    Attributes:
        links: the children that were started and are not buried.
    """

    def __init__(
        self,
        settings: ChildSettings,
        loop: EventLoop,
        runs: LiveRuns,
        stream: ChildStream,
        turns: ChildTurns,
        watch: ChildWatch,
        refuses: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._runs = runs
        self._stream = stream
        self._turns = turns
        self._watch = watch
        self._refuses = refuses
        self.links: set[ChildLink] = set()

    # -- its beginning -----------------------------------------------------------------------------------------------

    def begin(self, link: ChildLink) -> None:
        """Start a child for its runs."""
        news, link.news = link.news, []
        if not news:
            return
        if self._refuses():
            # Closing refuses new runs, those included that were asked for but have not begun.
            for new in news:
                self._bury_run(link, new.run, Outcome.INTERRUPTED)
            return
        try:
            end = self._settings.launch(find_interpreter(news[0].worker.interpreter), self._limits(link))
        except (OSError, BadInput) as error:
            failed = not_started(error)
            for new in news:
                self._bury_run(link, new.run, Outcome.FAILED, failed)
            return
        self.add(link, end, news)
        self.write_on(link)
        for new in news:
            if new.worker.stop_after is not None:
                # The child stops it by itself; this is for a child that does not.
                self._watch.expect_stop(link, new.run, new.worker.stop_after)

    def _limits(self, link: ChildLink) -> ChildLimits:
        settings = self._settings
        characters = link.lines * CHARACTERS_A_LINE
        return ChildLimits(settings.deadline, settings.slow_after, settings.releases_stuck, link.lines, characters)

    def add(self, link: ChildLink, end: ChildEnd, news: list[NewRun]) -> None:
        """Take a child that was started."""
        link.attach(end, news)
        self.links.add(link)
        self._loop.watch(end.frames, selectors.EVENT_READ, partial(self._read_frames, link))
        self._loop.watch(end.errors, selectors.EVENT_READ, partial(self._read_errors, link))
        if end.exited >= 0:
            self._loop.watch(end.exited, selectors.EVENT_READ, partial(self._bury, link))
        else:
            link.after(self._loop, _LOOK, partial(self._look, link))

    def write_on(self, link: ChildLink) -> None:
        """Write what waits for a child, now and when its pipe takes more."""
        if link.end is None or link not in self.links:
            return
        descriptor = link.end.orders
        if not link.flush():
            self._loop.unwatch(descriptor)
        elif not self._loop.is_watched(descriptor):
            self._loop.watch(descriptor, selectors.EVENT_WRITE, partial(self.write_on, link))

    # -- what it says --------------------------------------------------------------------------------------------------

    def _read_frames(self, link: ChildLink) -> None:
        """Read once what a child says; end it if it says what it may not."""
        assert link.end is not None
        try:
            data = os.read(link.end.frames, _AT_ONCE)
        except BlockingIOError:
            return
        if not data:
            self._loop.unwatch(link.end.frames)
            if not link.end.has_exited():
                end = partial(self._end_if_alive, link, "closed its pipe to Thread Controller")
                link.after(self._loop, _TO_EXIT, end)
            return
        if not link.fault:
            self._take(link, data)

    def _take(self, link: ChildLink, data: bytes) -> None:
        try:
            for told in link.transcript.feed(data):
                self._turns.came(link, told.weight.lines)
                self._stream.come(link, told)
                if told.weight.events:
                    self._after_events(link)
        except ProtocolError as error:
            self._end_child(link, f"was ended, because {error}")

    def _after_events(self, link: ChildLink) -> None:
        """Look after the runs that were asked to stop, and have a child end whose runs have."""
        for run in link.transcript.asked():
            if run not in link.requested:
                # Asked by the child's own timer.
                self._watch.requested(link, run, None)
        self._runs.remove(*link.transcript.ended())
        if not link.transcript.live() and self._settings.ends_with_runs:
            self._have_end(link)

    def _read_errors(self, link: ChildLink) -> None:
        """Keep the last of what a child writes to its standard streams."""
        assert link.end is not None
        try:
            data = os.read(link.end.errors, _AT_ONCE)
        except BlockingIOError:
            return
        if not data:
            self._loop.unwatch(link.end.errors)
        link.tail = (link.tail + data)[-MOST_TAIL:]

    # -- its end -------------------------------------------------------------------------------------------------------

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Kill the process of a run that is alive, with all runs in it."""
        link = self._runs.find(run)
        if link is None:
            return
        if link.end is None:
            # It was not even started: there is nothing to kill.
            link.news = [new for new in link.news if new.run != run]
            self._bury_run(link, run, Outcome.KILLED)
            return
        if run in link.killed or link not in self.links:
            return
        for each in link.transcript.live():
            link.killed.add(each)
            self._stream.say(link.transcript.kill(each, link.end.pid, clicked))
        link.end.kill()

    def shut_down(self) -> None:
        """Have every child end, and kill those that do not."""
        for link in list(self.links):
            if link.transcript.live() and self._settings.ends_with_runs:
                for run in link.transcript.live():
                    self.kill(run)
            else:
                self._have_end(link)

    def _have_end(self, link: ChildLink) -> None:
        """Tell a child to end, once, and kill it if it does not."""
        if not link.is_shut:
            link.is_shut = True
            if link.send("shutdown"):
                self.write_on(link)
            link.after(self._loop, _TO_END, partial(self._end_if_alive, link, ""))

    def _end_child(self, link: ChildLink, fault: str) -> None:
        """Kill a child that cannot go on; ``fault`` is the end of a sentence."""
        if link.end is not None and not link.fault:
            link.fault = fault
            link.end.kill()

    def _end_if_alive(self, link: ChildLink, fault: str) -> None:
        if link in self.links and link.end is not None and not link.end.has_exited():
            self._end_child(link, fault or "did not end by itself")

    def _look(self, link: ChildLink) -> None:
        """Look whether a process is over, again and again."""
        if link in self.links and link.end is not None:
            if link.end.has_exited():
                self._bury(link)
            else:
                link.after(self._loop, _LOOK, partial(self._look, link))

    def _bury(self, link: ChildLink) -> None:
        """Read the last of a child that is over, say of its runs how they ended, and close its pipes."""
        end = link.end
        if end is None or link not in self.links:
            return
        status = end.wait()
        # All that it said is in the pipes; what its own children write does not count.
        for _ in range(_MOST_READS):
            if not self._drain_once(link, end):
                break
        self.links.discard(link)
        for descriptor in (end.frames, end.errors, end.orders, end.exited):
            if descriptor >= 0:
                self._loop.unwatch(descriptor)
        for run in link.transcript.live():
            killed = run in link.killed
            failed = (
                None if killed else death(status, link.fault, tail_text(link.tail), link.transcript.hello is not None)
            )
            self._bury_run(link, run, Outcome.KILLED if killed else Outcome.FAILED, failed)
        self._turns.leave(link)
        link.close()
        end.close()

    def _drain_once(self, link: ChildLink, end: ChildEnd) -> bool:
        """Read once from both pipes of a process that is over; return whether there may be more."""
        more = False
        for descriptor, read in ((end.frames, self._read_frames), (end.errors, self._read_errors)):
            if self._loop.is_watched(descriptor) and _is_readable(descriptor):
                read(link)
                more = True
        return more

    def _bury_run(self, link: ChildLink, run: int, outcome: Outcome, failed: Failed | None = None) -> None:
        self._runs.remove(run)
        was_asked = link.end is None and run in link.requested
        request = StopRequested(link.clicked.get(run)) if was_asked else None
        self._stream.say(link.transcript.end(run, outcome, failed, request))


def _is_readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))
