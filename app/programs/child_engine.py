"""The engine of child processes: each run has a process and an interpreter of its own."""

import errno
import heapq
import itertools
import linecache
import os
import selectors
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from functools import cache, partial

from app.core.batch import Batch
from app.core.catalogue import Catalogue
from app.core.clock import Clock
from app.core.engine import Abilities, CreditToken, Drained, NewRun
from app.core.errors import BadInput
from app.core.events import Failed, StopRequested, Stuck
from app.core.limits import DEFAULT_DEADLINE, SLOW_AFTER
from app.core.packed_batch import merged
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.wake import Wake
from app.core.worker import Worker
from app.programs.child_link import Alarm, ChildEnd, ChildLink, FrameToken
from app.programs.deaths import MOST_TAIL, death_sentence, stack_in, status_words, tail_text
from app.programs.frames import MOST_TEXTS, WRONG_PYTHON, ProtocolError, fingerprint
from app.programs.interpreters import check_platform, find_interpreter
from app.programs.process import APP, ChildLimits, ChildProcess
from app.programs.transcript import Told, Transcript, Weight

# What one child may have sent that was not read: as much as a window's own runs have all together, where few children live.
MOST_LINES = 16_000
_PRESSING = MOST_LINES // 2  # lines that are not let gather any longer
FEWEST_LINES = 1_000  # where many do
_CHARACTERS_A_LINE = 1_000
_AT_ONCE = 2**18  # bytes that are read from a child before others have their turn
_ANSWER = (
    2.0  # seconds after the deadline in which a child has to say itself that a run is stuck, on a busy machine too
)
_TO_END = 2.0  # seconds that a child has to end after its last run did
_TO_EXIT = 0.5  # seconds from the end of its pipe to the end of its process
_TO_ANSWER = 0.3  # seconds that a child has to say where a run is
_TO_WRITE = 0.25  # seconds that a process which does not answer has to write where its threads are
_LOOK = 0.25  # seconds between two looks at whether a process is over, where the system does not tell
_MOST_READS = 1_024  # of what a process that is over left in its pipes: they hold a few hundred kilobytes
_OUT_OF = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)

_CARRIED = Catalogue()  # what is built in, and nothing else, is carried into a child

Launch = Callable[[str, ChildLimits], ChildEnd]
Calls = tuple[Call, ...]


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
        self._clock = clock
        self._deadline = deadline
        self._slow_after = slow_after
        self._releases_stuck = releases_stuck
        self._kill_after = kill_after
        self._answer = _ANSWER
        self._launch = launch
        self._core = _own_fingerprint()
        self._lock = threading.Lock()
        self._links: dict[int, ChildLink] = {}  # by run, of those that are alive
        self._is_closing = False
        self._is_armed = True
        self._ring: Callable[[], None] = _nothing
        self._came: deque[tuple[ChildLink, Told]] = deque()  # bounded by what the children may have in flight
        self._pressing = 0  # lines that came since the last drain
        self._said: deque[Batch] = deque()  # of ours, some a run
        self._tasks: deque[Callable[[], None]] = deque()  # for the thread; bounded by the orders for live runs
        self._thread: threading.Thread | None = None
        self._wake: Wake | None = None
        # The thread's own.
        self._selector: selectors.BaseSelector | None = None
        self._children: set[ChildLink] = set()
        self._alarms: list[Alarm] = []
        self._order = itertools.count()
        self._is_over = False

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
        with self._lock:
            lines = max(FEWEST_LINES, MOST_LINES // (len(self._links) + len(runs)))
            news: dict[ChildLink, list[NewRun]] = {}
            for new in runs:
                link = self._links[new.run] = self._link_for(new, lines)
                link.transcript.give(new)
                news.setdefault(link, []).append(new)
            self._ensure_thread()
        for link, given in news.items():
            self._hand_over(link, given)

    def _hand_over(self, link: ChildLink, news: list[NewRun]) -> None:
        """Have a child be started for some runs."""
        link.news = news
        self._do(partial(self._begin, link))

    def _link_for(self, new: NewRun, lines: int) -> ChildLink:
        """Return the child for a run: a new one; with the lock held."""
        size = lines * _CHARACTERS_A_LINE * 4 + 4 * MOST_TEXTS
        return ChildLink(self, Transcript(self._clock.now, Weight(lines, 0, size), self._core), lines)

    def request_stop(self, run: int, clicked: int | None = None) -> None:
        """Ask a run to stop; the first request counts."""
        link = self._find(run)
        if link is not None and run not in link.requested:
            self._note_request(link, run, clicked)
            self._order_to(link, "request_stop", run, clicked)

    def _note_request(self, link: ChildLink, run: int, clicked: int | None) -> None:
        """Keep when a run was asked, and have looked after it whatever its process does."""
        link.requested[run] = self._clock.now()
        link.clicked[run] = clicked
        self._do(partial(self._watch, link, run))

    def let_go(self, run: int) -> None:
        """Have a run's process release what its thread is blocked in."""
        link = self._find(run)
        if link is not None:
            self._order_to(link, "let_go", run)

    def locate(self, run: int) -> None:
        """Have a run's process say where its thread is; where it cannot, it is found out otherwise."""
        link = self._find(run)
        if link is not None:
            self._do(partial(self._expect_place, link, run))
            self._order_to(link, "locate", run)

    def kill(self, run: int, clicked: int | None = None) -> None:
        """Kill the process of a run, with its group; the run has ended, as *killed*, once the process is gone."""
        if self._find(run) is not None:
            self._do(partial(self._kill, run, clicked))

    def set_deadline(self, deadline: float) -> None:
        """Count runs that are asked to stop from now on as stuck so many seconds later."""
        with self._lock:
            self._deadline = deadline
            links = set(self._links.values())
        for link in links:
            self._order_to(link, "set_deadline", deadline)

    def close(self, deadline: float, clicked: int | None = None) -> None:
        """Refuse new runs, ask every run to stop, let go of those that are stuck, and ``deadline`` s later of all others."""
        with self._lock:
            self._is_closing = True
            links = dict(self._links)
        for run, link in links.items():
            if run not in link.requested:
                self._note_request(link, run, clicked)
        for link in set(links.values()):
            self._order_to(link, "close", deadline, clicked)

    def reopen(self) -> None:
        """Take new runs again after ``close``."""
        with self._lock:
            self._is_closing = False
            links = set(self._links.values())
        for link in links:
            self._order_to(link, "reopen")

    def shutdown(self) -> None:
        """End every child, killing what does not end, and the thread; waits for that. After ``close``."""
        with self._lock:
            thread = self._thread
        if thread is None:
            return
        self._do(self._shut_down)
        thread.join()
        if self._wake is not None:
            self._wake.close()

    def _find(self, run: int) -> ChildLink | None:
        with self._lock:
            return self._links.get(run)

    def _order_to(self, link: ChildLink, order: str, *arguments: object) -> None:
        if link.send(order, *arguments):
            self._do(partial(self._write_on, link))

    # -- the stream ------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain."""
        self._ring = ring

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already."""
        self._is_armed = True
        if self._came or self._said:
            self._is_armed = False
            return False
        return True

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has. The reader's thread only."""
        batches, tokens = [], []
        for _ in range(len(self._came)):
            link, told = self._came.popleft()
            batches.append(told.batch)
            tokens.append(FrameToken(link, told.number, told.weight))
        # After it: what is said here of a run follows what its child said.
        batches += [self._said.popleft() for _ in range(len(self._said))]
        self._pressing = 0
        return Drained(merged(batches), tuple(tokens)) if batches else None

    def release(self, tokens: Iterable[CreditToken]) -> None:
        """Give credit back for batches that were read, or committed; any thread."""
        by_link: defaultdict[ChildLink, list[FrameToken]] = defaultdict(list)
        for token in tokens:
            if isinstance(token, FrameToken):
                by_link[token.link].append(token)
        for link, owed in by_link.items():
            link.transcript.release(token.weight for token in owed)
            self._order_to(link, "release", [token.number for token in owed])

    def _come(self, link: ChildLink, told: Told) -> None:
        self._came.append((link, told))
        self._pressing += told.weight.lines
        # Children that have used up their credit cannot go on until something was read: a reader that lets lines gather is
        # not armed, and is woken all the same.
        if self._pressing >= _PRESSING:
            self._is_armed = True
        self._tell()

    def _say(self, batch: Batch | None) -> None:
        if batch is not None:
            self._said.append(batch)
            self._tell()

    def _tell(self) -> None:
        # The reader arms before it looks a last time, and we look whether it is armed after we appended.
        if self._is_armed:
            self._is_armed = False
            self._ring()

    # -- the engine's thread -----------------------------------------------------------------------------------------

    def _ensure_thread(self) -> None:
        """Begin the thread with the first run; with the lock held."""
        if self._thread is None:
            self._wake = Wake()
            self._thread = threading.Thread(target=self._live, name="children", daemon=True)
            self._thread.start()

    def _do(self, task: Callable[[], None]) -> None:
        """Have the thread do something; any thread."""
        self._tasks.append(task)
        if self._wake is not None:
            self._wake.set()

    def _live(self) -> None:
        assert self._wake is not None
        with selectors.DefaultSelector() as self._selector:
            self._selector.register(self._wake, selectors.EVENT_READ)
            while True:
                self._wake.clear()
                # One at a time: starting a hundred children must not keep what others say.
                if self._tasks:
                    _call(self._tasks.popleft())
                seconds = self._fire()
                if self._is_over and not self._children and not self._tasks:
                    return
                for key, _ in self._selector.select(0 if self._tasks else seconds):
                    # One that was before it in the list may have buried its child, and closed its descriptor.
                    if key.data is not None and self._selector.get_map().get(key.fd) is key:
                        _call(key.data)

    def _fire(self) -> float | None:
        """Do what is due; return in how many seconds the next is, None if nothing is to come."""
        while self._alarms:
            ahead = self._alarms[0].when - time.monotonic()
            if ahead > 0 and self._alarms[0].action is not None:
                return ahead
            action = heapq.heappop(self._alarms).action
            if action is not None:
                _call(action)
        return None

    def _after(self, seconds: float, link: ChildLink, action: Callable[[], None]) -> None:
        """Do something about a child some seconds later, unless it is over by then."""
        if len(self._alarms) > 64:
            # Far-off ones of children that are over would pile up until they are due.
            waiting = [alarm for alarm in self._alarms if alarm.action is not None]
            if len(waiting) * 2 < len(self._alarms):
                heapq.heapify(waiting)
                self._alarms = waiting
        alarm = Alarm(time.monotonic() + seconds, next(self._order), action)
        link.alarms.append(alarm)
        heapq.heappush(self._alarms, alarm)

    def _register(self, descriptor: int, events: int, action: Callable[[], None]) -> None:
        assert self._selector is not None
        self._selector.register(descriptor, events, action)

    def _unregister(self, descriptor: int) -> None:
        assert self._selector is not None
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    # -- the beginning of a child

    def _begin(self, link: ChildLink) -> None:
        """Start a child for its runs."""
        news, link.news = link.news, []
        if not news:
            return
        if self._is_closing or self._is_over:
            # Closing refuses new runs, those included that were asked for but have not begun.
            for new in news:
                self._bury_run(link, new.run, Outcome.INTERRUPTED)
            return
        try:
            end = self._launch(find_interpreter(news[0].worker.interpreter), self._limits(link))
        except (OSError, BadInput) as error:
            failed = _not_started(error)
            for new in news:
                self._bury_run(link, new.run, Outcome.FAILED, failed)
            return
        self._add(link, end, news)
        self._write_on(link)
        for new in news:
            after = new.worker.stop_after
            if after is not None:
                # The child stops it by itself; this is for a child that does not.
                self._after(after + self._answer, link, partial(self._expect_stop, link, new.run))

    def _add(self, link: ChildLink, end: ChildEnd, news: list[NewRun]) -> None:
        """Take a child that was started."""
        link.attach(end, news)
        self._children.add(link)
        self._register(end.frames, selectors.EVENT_READ, partial(self._read_frames, link))
        self._register(end.errors, selectors.EVENT_READ, partial(self._read_errors, link))
        if end.exited >= 0:
            self._register(end.exited, selectors.EVENT_READ, partial(self._bury, link))
        else:
            self._after(_LOOK, link, partial(self._look, link))

    def _limits(self, link: ChildLink) -> ChildLimits:
        characters = link.lines * _CHARACTERS_A_LINE
        return ChildLimits(self._deadline, self._slow_after, self._releases_stuck, link.lines, characters)

    def _write_on(self, link: ChildLink) -> None:
        """Write what waits in a link, now and when the child takes it."""
        if link.end is None or link not in self._children:
            return
        descriptor = link.end.orders
        if link.flush():
            assert self._selector is not None
            if descriptor not in self._selector.get_map():
                self._register(descriptor, selectors.EVENT_WRITE, partial(self._write_on, link))
        else:
            self._unregister(descriptor)

    # -- what a child says

    def _read_frames(self, link: ChildLink) -> None:
        """Read once what a child says; end it if it says what it may not."""
        assert link.end is not None
        try:
            data = os.read(link.end.frames, _AT_ONCE)
        except BlockingIOError:
            return
        if not data:
            self._unregister(link.end.frames)
            link.frames_over = True
            if not link.end.has_exited():
                self._after(_TO_EXIT, link, partial(self._end_if_alive, link, "closed its pipe to Thread Controller"))
            return
        if not link.fault:
            self._take(link, data)

    def _take(self, link: ChildLink, data: bytes) -> None:
        try:
            for told in link.transcript.feed(data):
                self._come(link, told)
                self._after_batch(link)
        except ProtocolError as error:
            self._end_child(link, f"was ended, because {error}")

    def _after_batch(self, link: ChildLink) -> None:
        """Look after the runs that were asked to stop, and have a child end whose runs have."""
        for run in link.transcript.asked():
            if run not in link.requested:
                # Asked by the child's own timer.
                self._note_request(link, run, None)
        with self._lock:
            for run in link.transcript.ended():
                self._links.pop(run, None)
        if not link.is_shut and not link.transcript.live() and self._ends_with_runs:
            link.is_shut = True
            self._order_to(link, "shutdown")
            self._after(_TO_END, link, partial(self._end_if_alive, link, ""))

    _ends_with_runs = True  # one child a run

    def _read_errors(self, link: ChildLink) -> None:
        """Keep the last of what a child writes to its standard streams."""
        assert link.end is not None
        try:
            data = os.read(link.end.errors, _AT_ONCE)
        except BlockingIOError:
            return
        if not data:
            self._unregister(link.end.errors)
        link.tail = (link.tail + data)[-MOST_TAIL:]

    # -- the end of a child

    def _kill(self, run: int, clicked: int | None) -> None:
        link = self._find(run)
        if link is None:
            return
        if link.end is None:
            # It was not even started: there is nothing to kill.
            link.news = [new for new in link.news if new.run != run]
            self._bury_run(link, run, Outcome.KILLED)
            return
        if run in link.killed or link not in self._children:
            return
        for each in link.transcript.live():
            link.killed.add(each)
            self._say(link.transcript.kill(each, link.end.pid, clicked))
        link.end.kill()

    def _end_child(self, link: ChildLink, fault: str) -> None:
        """Kill a child that cannot go on; ``fault`` is the end of a sentence."""
        if link.end is not None and not link.fault:
            link.fault = fault
            link.end.kill()

    def _end_if_alive(self, link: ChildLink, fault: str) -> None:
        if link in self._children and link.end is not None and not link.end.has_exited():
            self._end_child(link, fault or "did not end by itself")

    def _look(self, link: ChildLink) -> None:
        """Look whether a process is over, again and again."""
        if link in self._children and link.end is not None:
            if link.end.has_exited():
                self._bury(link)
            else:
                self._after(_LOOK, link, partial(self._look, link))

    def _bury(self, link: ChildLink) -> None:
        """Read the last of a child that is over, say of its runs how they ended, and close its pipes."""
        end = link.end
        if end is None or link not in self._children:
            return
        status = end.wait()
        # All that it said is in the pipes; what its own children write does not count.
        for _ in range(_MOST_READS):
            if not self._drain_once(link):
                break
        self._children.discard(link)
        for descriptor in (end.frames, end.errors, end.orders, end.exited):
            if descriptor >= 0:
                self._unregister(descriptor)
        for run in link.transcript.live():
            killed = run in link.killed
            self._bury_run(
                link, run, Outcome.KILLED if killed else Outcome.FAILED, None if killed else _death(link, status)
            )
        for alarm in link.alarms:
            alarm.cancel()
        link.alarms.clear()
        link.close()
        end.close()

    def _drain_once(self, link: ChildLink) -> bool:
        """Read once from both pipes of a process that is over; return whether there may be more."""
        assert link.end is not None
        more = False
        for descriptor, read in ((link.end.frames, self._read_frames), (link.end.errors, self._read_errors)):
            assert self._selector is not None
            if descriptor in self._selector.get_map() and _is_readable(descriptor):
                read(link)
                more = True
        return more

    def _bury_run(self, link: ChildLink, run: int, outcome: Outcome, failed: Failed | None = None) -> None:
        with self._lock:
            self._links.pop(run, None)
        was_asked = link.end is None and run in link.requested
        request = StopRequested(link.clicked.get(run)) if was_asked else None
        self._say(link.transcript.end(run, outcome, failed, request))

    def _shut_down(self) -> None:
        """Have every child end, and kill those that do not."""
        self._is_over = True
        for link in list(self._children):
            if link.transcript.live() and self._ends_with_runs:
                for run in link.transcript.live():
                    self._kill(run, None)
            elif not link.is_shut:
                link.is_shut = True
                self._order_to(link, "shutdown")
                self._after(_TO_END, link, partial(self._end_if_alive, link, ""))

    # -- runs whose process does not answer

    def _watch(self, link: ChildLink, run: int) -> None:
        """Look after a run that was asked to stop."""
        if self._find(run) is not link:
            return
        self._after(self._deadline + self._answer, link, partial(self._mark_hung, link, run))
        if self._kill_after is not None:
            self._after(self._kill_after, link, partial(self._kill, run, None))

    def _expect_stop(self, link: ChildLink, run: int) -> None:
        if self._find(run) is link and run not in link.requested:
            self._note_request(link, run, None)

    def _mark_hung(self, link: ChildLink, run: int) -> None:
        """Say that a run is stuck whose process would have said so by now, were it able to."""
        if self._find(run) is not link or run in link.killed or link.transcript.snapshot(run).was_stuck:
            return
        self._ask_stack(link, partial(self._say_hung, link, run))

    def _say_hung(self, link: ChildLink, run: int, calls: Calls) -> None:
        if self._find(run) is not link or run in link.killed:
            return
        requested, noticed = link.requested[run], link.transcript.snapshot(run).chain.noticed
        stuck = Stuck(self._clock.now() - requested, noticed, calls)
        self._say(link.transcript.hung(run, requested, link.clicked.get(run), stuck))

    def _expect_place(self, link: ChildLink, run: int) -> None:
        """Look whether a process has said where a run is, after a while."""
        if self._find(run) is link:
            before = link.transcript.snapshot(run).located
            self._after(_TO_ANSWER, link, partial(self._find_place, link, run, before))

    def _find_place(self, link: ChildLink, run: int, before: object) -> None:
        if self._find(run) is link and link.transcript.snapshot(run).located is before:
            self._ask_stack(link, partial(self._say_place, link, run))

    def _say_place(self, link: ChildLink, run: int, calls: Calls) -> None:
        # One that does not tell by a signal either stands still, or has only begun: it will answer, or never.
        if calls and self._find(run) is link:
            self._say(link.transcript.place(run, calls))

    def _ask_stack(self, link: ChildLink, tell: Callable[[Calls], None]) -> None:
        """Find out where a run is whose interpreter does not answer, by a signal; told are no calls if that fails."""
        if link.end is None or link.transcript.hello is None or not link.end.ask_stack():
            tell(())
            return
        before, link.tail = link.tail, b""
        self._after(_TO_WRITE, link, partial(self._read_stack, link, before, tell))

    def _read_stack(self, link: ChildLink, before: bytes, tell: Callable[[Calls], None]) -> None:
        calls = stack_in(tail_text(link.tail), linecache.getline)
        link.tail = before if calls else before + link.tail
        tell(calls)


def _call(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001 - a mistake of ours about one child must not end the others' thread
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def _is_readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _not_started(error: OSError | BadInput) -> Failed:
    """Return the event about a child that could not be started."""
    if isinstance(error, BadInput):
        return Failed(str(error))
    reason = error.strerror or str(error)
    return Failed(f"Its process could not be started ({reason}).", refused=error.errno in _OUT_OF)


def _death(link: ChildLink, status: int) -> Failed:
    """Return the event about a child that is over before its run was."""
    tail = tail_text(link.tail)
    how = link.fault or status_words(status)
    if link.transcript.hello is None and not link.fault:
        if status == WRONG_PYTHON and tail:
            return Failed(tail.splitlines()[-1])
        how += " before it was ready"
    sentence = death_sentence(how, tail)
    # As in a traceback, what it comes to is the last line.
    return Failed(sentence, f"{tail}\n{sentence}" if tail else "")


def _nothing() -> None:
    """Do nothing: no reader is there yet."""
