"""The observer's own thread: it writes what was seen, and looks why threads go on."""

import _thread
import os
import sys
from time import perf_counter_ns
from time import sleep as _sleep
from types import FrameType

from ..core.verdicts import Verdict
from .chains import Chains, Look, Place, Request, fits
from .code_index import EVENT_READS
from .lives import Join
from .monitor import Monitor
from .objects import classes_in, object_in
from .output import Output, clipped
from .places import LIBRARY, OURS, PROGRAM
from .threads import Thread, Threads
from .thrown import RAISED
from .verdicts import Facts, verdict_of

# Seconds.
LOOK = 0.05  # how long a verdict looks
AFTER_MAIN = 0.2  # after the main thread's end, until a thread that keeps the process alive gets its verdict
_LAST_LOOK = 0.5  # that the program's end waits for a verdict that is being made
PULSE = 0.1  # between two looks whether something is due, while threads of the program run
MOST_COMPARED = 100  # threads that are each compared with each request
_NS = 1_000_000_000


class Watch:
    """Writes the output, and makes verdicts when they are due.

    Args:
        output: what was seen.
        threads: of the program.
        chains: the requests.
        monitor: what sees.
        deadline: seconds from a request until a thread that lives gets its verdict.
        timeout: seconds until every thread gets its verdict; 0 for never.

    Attributes:
        has_more: whether there may be something to write at any time.
    """

    def __init__(
        self, output: Output, threads: Threads, chains: Chains, monitor: Monitor, deadline: float, timeout: float
    ) -> None:
        self._output = output
        self._threads = threads
        self._chains = chains
        self._monitor = monitor
        self._deadline_ns = round(deadline * _NS)
        self._begin_ns = perf_counter_ns()
        self._timeout_ns = self._begin_ns + round(timeout * _NS) if timeout else 0
        self._bell = _thread.allocate_lock()
        self._bell.acquire()
        self._is_looking = _thread.allocate_lock()
        self._said: set[tuple[int, int]] = set()  # numbers of a request and of a thread that it is for
        self._certain: set[tuple[int, int]] = set()  # those for which that is certain
        self._judged: set[tuple[str, int, int]] = set()
        self._joins: dict[int, Join] = {}  # by number of a thread: the last one that returned while it lived
        self._gone = _thread.allocate_lock()
        self._gone.acquire()
        self._tasks_before = 0
        self.has_more = False
        self._is_running = self._is_paused = self._is_over = False

    def start(self) -> None:
        """Start the thread: one that ``threading`` does not know, and nothing waits for."""
        self._monitor.lives.wake = self.wake
        self._resume()

    def wake(self) -> None:
        """Have what was seen written soon; any thread."""
        if not self._is_running:
            self._resume()
        self._ring()

    def pause(self) -> None:
        """End the thread, before a fork: Python warns of those that are made while there are other threads.

        It is started again as soon as there is something to write.
        """
        if self._is_running:
            self._is_paused = True
            self._ring()
            self._gone.acquire()
            self._is_running = self._is_paused = False
            # The system's own thread takes a little longer.
            for _ in range(1000):
                if len(self._tasks()) <= self._tasks_before:
                    break
                _sleep(0.0001)

    def forked(self) -> None:
        """Say that there was a fork; in the parent."""
        self._output.add("note", text="A child process was forked; it is not observed.")

    def _ring(self) -> None:
        try:  # noqa: SIM105 - contextlib is not imported
            self._bell.release()
        except RuntimeError:
            pass  # it rings already

    def _resume(self) -> None:
        self._is_running = True
        self._tasks_before = len(self._tasks())
        try:
            _thread.start_new_thread(self._run, ())
        except RuntimeError:
            self._is_running = False  # there are too many, or the interpreter ends: the end writes the rest

    def _tasks(self) -> list[str]:
        """Return the system's threads of this process; none where it does not tell."""
        try:
            return os.listdir("/proc/self/task")  # noqa: PTH208 - pathlib is not imported
        except OSError:
            return []

    def end(self) -> None:
        """Write the rest; the main thread, as the last thing before the interpreter ends."""
        self._is_over = True
        # A program may end as soon as its join() has given up; the verdict is made before.
        if self._is_looking.acquire(timeout=_LAST_LOOK):
            if self._monitor.lives.overstayed:
                self._look_for_work()
            self._is_looking.release()
        alive = [each for each in self._threads.alive() if each is not self._threads.main]
        for request in self._chains.last():
            for thread in alive:
                if self._target(request, thread):
                    self._say_asked(request, thread, is_certain=False)
        self._output.add("end", t_ns=perf_counter_ns(), alive=[each.number for each in alive])
        self._output.flush()

    def _run(self) -> None:
        while not self._is_over and not self._is_paused:
            busy = (
                self.has_more or len(self._threads.alive()) > 1 or self._timeout_ns or self._monitor.lives.main_ended_ns
            )
            self._bell.acquire(timeout=PULSE if busy else -1)
            try:
                self._output.flush()
                self._monitor.index.consider_waiting()
                with self._is_looking:
                    self._look_for_work()
                self._output.flush()
            except Exception as error:  # noqa: BLE001 - it says so, and goes on writing
                text = f"An error of the observer's: {type(error).__name__}: {clipped(str(error))}"
                self._output.add("note", text=text)
        self._gone.release()

    def _look_for_work(self) -> None:
        now = perf_counter_ns()
        wanted: list[tuple[Thread, str, Request | None]] = []
        alive = [each for each in self._threads.alive() if each is not self._threads.main]
        for request in self._chains.take_older(now - self._deadline_ns):
            wanted += [(each, "deadline", request) for each in alive if self._is_for(request, each)]
        while self._monitor.lives.overstayed:
            join = self._monitor.lives.overstayed.pop(0)
            self._joins[join.thread.number] = join
            wanted.append((join.thread, "join", None))
        if self._monitor.lives.main_ended_ns and now - self._monitor.lives.main_ended_ns > AFTER_MAIN * _NS:
            wanted += [(each, "exit", None) for each in alive if each.is_daemon is False]
        timed_out = bool(self._timeout_ns and now > self._timeout_ns)
        if timed_out:
            self._timeout_ns = 0
            main = [] if self._monitor.lives.main_ended_ns else [self._threads.main]
            wanted += [(each, "timeout", None) for each in (*main, *alive)]
        if wanted:
            self._judge(wanted)
        if timed_out:
            self._output.add("timeout", t_ns=perf_counter_ns())

    def _is_for(self, request: Request, thread: Thread) -> bool:
        """Return whether a request means a thread: it noticed it for good, or it is to."""
        key = (request.number, thread.number)
        return key in self._monitor.links.left or key in self._monitor.thrown.resumed or self._target(request, thread)

    # -- whom a request is for -------------------------------------------------------------------------------------

    def _target(self, request: Request, thread: Thread) -> bool:
        """Say that a request is for a thread that has not noticed it, if it is; return whether."""
        if thread.number in request.targets:
            return True
        frame = sys._current_frames().get(thread.ident)
        if frame is None or thread.number in request.noticed:
            return False
        found = self._reads(request, thread, frame)
        if found is None:
            return False
        if not found and self._is_settled(thread, request.name):
            return False
        request.targets.add(thread.number)
        if found:
            self._say_asked(request, thread, is_certain=True)
        return True  # whether one that is only likely is for it, a verdict will tell

    def _is_settled(self, thread: Thread, name: str) -> bool:
        """Return whether a request by a name was noticed for good, or is certainly for a thread: another one is not then."""
        known = {
            number for number, of_thread in (*self._monitor.links.left, *self._certain) if of_thread == thread.number
        }
        return any(request.number in known for request in self._chains.named(name))

    def _say_asked(self, request: Request, thread: Thread, *, is_certain: bool) -> None:
        """Say that a request is for a thread which has not noticed it, once."""
        self._monitor.links.say_request(request)
        key = (request.number, thread.number)
        if is_certain:
            self._certain.add(key)
        if key not in self._said:
            self._said.add(key)
            self._output.add("asked", request=key[0], thread=key[1], link="exact" if is_certain else "likely")

    def _reads(self, request: Request, thread: Thread, frame: FrameType | None) -> bool | None:
        """Return whether it is certain that a thread reads what was asked; None if it does not read it."""
        if request.by is thread or request.t_ns < thread.started_ns or not request.is_sign:
            return None
        if request.name == RAISED:
            return True if request.item == thread.ident else None
        if request.base and request.base in thread.objects:
            return True
        best: bool | None = None
        waits = 0  # id of the Event that it waits for just now
        while frame is not None:
            if (
                frame.f_code.co_qualname == "Event.wait"
                and self._monitor.places.owner(frame.f_code.co_filename) == LIBRARY
            ):
                waits = id(frame.f_locals.get("self"))
            if request.name == "cancel" and frame.f_code.co_qualname == "BaseEventLoop.run_forever":
                variables = frame.f_locals
                return True if id(variables.get("self")) == request.item else best
            if request.name == "Future.cancel" and self._monitor.methods.future_of(frame) == request.base:
                return True  # which does not stop what runs already
            reading = self._monitor.index.reading(frame.f_code)
            for branch in reading.branches if reading else ():
                for read in branch.reads:
                    of_event = request.name == "is_set" and read.name in EVENT_READS and read.kind == "method"
                    if read.name != request.name and not of_event:
                        continue
                    base = object_in(frame, read.base, read.kind)[0] or (waits if of_event else 0)
                    classes = classes_in(frame, read.base, read.kind)
                    if fits(request, Look(read.name, read.kind, base, read.via, classes=classes), thread):
                        certain = bool(base) and request.base in (base, *classes) and not read.via and not request.via
                        best = best or certain or (read.kind == "cell" and not read.via)
            frame = frame.f_back
        return best

    def _find_targets(self) -> None:
        """Find out for whom the last requests are, so that what was asked elsewhere is told from what was asked here."""
        alive = [each for each in self._threads.alive() if each is not self._threads.main]
        if len(alive) <= MOST_COMPARED:
            for request in self._chains.last():
                for thread in alive:
                    self._target(request, thread)

    # -- verdicts --------------------------------------------------------------------------------------------------

    def _judge(self, wanted: "list[tuple[Thread, str, Request | None]]") -> None:
        """Look at threads for a while, and say a verdict for each."""
        new = []
        for thread, why, request in wanted:
            key = (why, thread.number, request.number if request else 0)
            if key not in self._judged:
                self._judged.add(key)
                new.append((thread, why, request))
        if not new:
            return
        self._find_targets()
        before = sys._current_frames()
        spots = {ident: [(each, each.f_lasti) for each in _stack(frame)] for ident, frame in before.items()}
        idents = {thread.ident for thread, _, _ in new}
        codes = {id(each.f_code): each.f_code for ident in idents for each, _ in spots.get(ident, ())}
        self._monitor.count_looks(list(codes.values()))
        self._bell.acquire(timeout=LOOK)
        until = perf_counter_ns() + round(LOOK * _NS)
        while perf_counter_ns() < until:
            self._bell.acquire(timeout=max(0.001, (until - perf_counter_ns()) / _NS))
        looks = self._monitor.looks.end()
        after = sys._current_frames()
        for thread, why, request in new:
            frame = after.get(thread.ident)
            if thread.ended_ns:
                continue
            if frame is None:
                self._output.add(
                    "verdict", thread=thread.number, verdict=str(Verdict.UNKNOWN), at=None, since_ns=None,
                    t_ns=perf_counter_ns(), why=why, evidence=[{"kind": "no Python code"}],
                )  # fmt: skip
            else:
                looked = {name: times for (ident, name), times in looks.items() if ident == thread.ident}
                if any(ident == thread.ident for ident, _ in self._monitor.looks.polled):
                    looked.setdefault("is_set", 1)
                self._say_verdict(thread, why, request, frame, spots.get(thread.ident, []), looked)

    def _say_verdict(
        self,
        thread: Thread,
        why: str,
        request: Request | None,
        frame: FrameType,
        before: "list[tuple[FrameType, int]]",
        looked: dict[str, int],
    ) -> None:
        facts = Facts()
        evidence: list[object] = []
        request = request or self._request_for(thread)
        stack = _stack(frame)
        facts.at = self._at(stack)
        facts.cleaning = self._cleaning(stack)
        has_stood = bool(before) and before[0][0] is frame and before[0][1] == frame.f_lasti
        has_stood = has_stood and thread.ident not in self._monitor.looks.moved
        self._find_call(facts, evidence, stack, has_stood=has_stood)
        since = self._monitor.lives.main_ended_ns or None
        if request is not None:
            key = (request.number, thread.number)
            since = request.t_ns
            facts.noticed = key in self._monitor.links.left or key in self._monitor.links.minded
            facts.asked = thread.number in request.targets
            facts.is_certain = self._reads(request, thread, frame) is True
            polled = {event for ident, event in self._monitor.looks.polled if ident == thread.ident}
            if key in self._monitor.thrown.resumed:
                self._after_throw(facts, key)
            if key in self._monitor.thrown.caught:
                handler = self._monitor.thrown.caught[key]
                facts.cleaning = self._cleaning([each for each in stack if each.f_code is handler])
                facts.swallowed = not facts.cleaning
            if request.name == "is_set" and polled and request.base not in polled and not facts.noticed:
                request.targets.discard(thread.number)  # it looks at another one
                request = None
                facts.asked = facts.is_certain = False
                since = self._monitor.lives.main_ended_ns or None
        if request is not None:
            evidence.insert(0, {"kind": "asked", "request": request.number, "what": clipped(request.what),
                                "at": list(request.at), "t_ns": request.t_ns})  # fmt: skip
        other = self._elsewhere(thread, stack)
        if other is not None and not facts.asked and not facts.noticed:
            facts.elsewhere = True
            evidence.append(
                {"kind": "elsewhere", "what": clipped(other.what), "at": list(other.at), "t_ns": other.t_ns}
            )
        names = set(looked) if request is None else {request.name}
        if request is not None and request.name == "is_set":
            names.update(EVENT_READS)
        facts.looked = sum(times for name, times in looked.items() if name in names)
        evidence.append({"kind": "looked", "times": facts.looked, "ms": round(LOOK * 1000)})
        if facts.asked and request is not None:
            if facts.looked and not facts.is_certain:
                request.targets.discard(thread.number)  # it has looked, and goes on: it looks at something else
            else:
                self._say_asked(request, thread, is_certain=facts.is_certain)
        if thread.number in self._joins:
            evidence.append({"kind": "join", **self._joins[thread.number].words()})
        verdict = verdict_of(facts)
        if verdict is Verdict.SLOW_CLEANUP and facts.cleaning:
            evidence.append({"kind": "cleanup", "at": list(facts.cleaning)})
        self._output.add(
            "verdict", thread=thread.number, verdict=str(verdict), at=list(facts.at) if facts.at else None,
            since_ns=since, t_ns=perf_counter_ns(), why=why, evidence=evidence,
        )  # fmt: skip

    def _request_for(self, thread: Thread) -> Request | None:
        """Return the request that says most about a thread: one that it noticed for good, else one that is for it.

        Of several, the last; one that is only likely to be for it comes last.
        """
        ranks: dict[int, Request] = {}
        for request in self._chains.last():
            key = (request.number, thread.number)
            if key in self._monitor.links.left or key in self._monitor.thrown.resumed:
                ranks[0] = request
            elif self._target(request, thread):
                ranks[1 if (request.number, thread.number) in self._certain else 3] = request
            elif key in self._monitor.links.minded:
                ranks[2] = request
        return ranks[min(ranks)] if ranks else None

    def _after_throw(self, facts: Facts, key: tuple[int, int]) -> None:
        """Tell a coroutine that cleans up from one that has swallowed its cancellation."""
        code, line = self._monitor.thrown.resumed[key]
        reading = self._monitor.index.reading(code)
        facts.noticed = True
        if reading is not None and line in reading.handling:
            facts.cleaning = (code.co_filename, line)
        else:
            facts.swallowed = True
            facts.at = (code.co_filename, line)

    def _elsewhere(self, thread: Thread, stack: list[FrameType]) -> Request | None:
        """Return a request for something like what a thread looks at, which no living thread reads."""
        names: set[str] = set()
        for frame in stack:
            reading = self._monitor.index.reading(frame.f_code)
            names.update(read.name for branch in (reading.branches if reading else ()) for read in branch.reads)
            if (
                frame.f_code.co_qualname == "Event.wait"
                and self._monitor.places.owner(frame.f_code.co_filename) == LIBRARY
            ):
                names.add("is_set")
        for request in reversed(self._chains.last()):
            fits_in_time = request.by is not thread and request.t_ns >= thread.started_ns and request.is_sign
            if request.name in names and fits_in_time and not request.noticed and not request.targets:
                return request
        return None

    def _at(self, stack: list[FrameType]) -> Place | None:
        """Return the innermost line of the program."""
        for frame in stack:
            if self._monitor.places.owner(frame.f_code.co_filename) == PROGRAM:
                return (frame.f_code.co_filename, frame.f_lineno or 0)
        return None

    def _cleaning(self, stack: list[FrameType]) -> Place | None:
        """Return the innermost line of the program that is in an ``except``, a ``finally`` or an ``__exit__``."""
        for frame in stack:
            code, line = frame.f_code, frame.f_lineno or 0
            if self._monitor.places.owner(code.co_filename) != PROGRAM:
                continue
            handling = self._monitor.index.handling(code)
            if line in handling or code.co_name in ("__exit__", "__aexit__", "__del__"):
                return (code.co_filename, line)
        return None

    def _find_call(self, facts: Facts, evidence: list[object], stack: list[FrameType], *, has_stood: bool) -> None:
        """Find the call that a thread is in, if it has been in it all the time."""
        inner = stack[0]
        if not has_stood or self._monitor.places.owner(inner.f_code.co_filename) == OURS:
            return
        at = self._at(stack)
        is_own = self._monitor.places.owner(inner.f_code.co_filename) == PROGRAM
        facts.call = self._monitor.index.callee(inner.f_code, inner.f_lasti)[0] if is_own else ""
        facts.call = facts.call or self._monitor.places.asked_at(inner)[1]
        if not facts.call:
            return
        evidence.append({"kind": "call", "call": clipped(facts.call), "at": list(at) if at else None})
        facts.lock, lock = self._monitor.locks.waited_for(inner)
        if facts.lock:
            holder, held_at = self._monitor.locks.holder(lock, sys._current_frames()) if lock else (None, None)
            evidence.append(
                {"kind": "lock", "type": facts.lock, "id": id(lock) if lock else None,
                 "holder": holder.number if holder else None, "at": list(held_at) if held_at else None}
            )  # fmt: skip


def _stack(frame: FrameType | None) -> list[FrameType]:
    """Return a frame and those that called it, the innermost first."""
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
