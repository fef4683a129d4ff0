"""Why the threads of a program still run: one verdict each, with its evidence. Pure functions over a dump and its source."""

import ast
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from app.core.errors import clipped, listed, one_line
from app.core.verdicts import Verdict
from app.programs.conditions import Read, Scope
from app.programs.dump import Frame, ProgramDump, ThreadDump, is_library, thread_object
from app.programs.loops import Level, LoopState, awaited_end, deciding, leaving_reads, loop_state, noticed_loop
from app.programs.objects import UnreadableError
from app.programs.source import Cleanup, Place
from app.programs.waits import Doing, Wait, begins_a_thread, own_depth, wait_of, waits_by_nature

_MOST_LEVELS = 50  # calls of a thread whose source is looked at
_LONGEST_NAME = 60  # characters of a thread's name in a sentence
# What a program is asked to stop by.
STOPS = {"KeyboardInterrupt", "SystemExit", "CancelledError", "GeneratorExit"}
BEGAN_LATER = "when and by whom is not known, observation began later"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thread.

    Attributes:
        name: of the thread; of one without a name, its native id.
        ident: its ``threading.get_ident``.
        native_id: the operating system's number; None if it is not known.
        is_daemon: None if that is not known.
        keeps_alive: whether Python waits for it at the end of the program; None if that is not known.
        state: "computes", "waits", "has ended" or "unknown".
        file: where it is; empty if it runs no Python code.
        line: from 1; 0 if it is not known.
        verdict: why it still runs.
        sentence: the verdict for a person.
        evidence: what it rests on, a sentence each.
    """

    name: str
    ident: int
    native_id: int | None
    is_daemon: bool | None
    keeps_alive: bool | None
    state: str
    file: str
    line: int
    verdict: Verdict
    sentence: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about a program.

    Attributes:
        pid: of its process.
        command: its command line; empty if it is not known.
        findings: a thread each, the main thread first.
        alive: what keeps the process alive, one sentence.
        notes: what could not be looked at, a sentence each.
    """

    pid: int
    command: str
    findings: tuple[Finding, ...]
    alive: str
    notes: tuple[str, ...] = ()

    @property
    def kept_alive_by(self) -> tuple[str, ...]:
        """The names of the threads that keep the process alive."""
        return tuple(finding.name for finding in self.findings if finding.keeps_alive)


class Facts(Protocol):
    """What is known of a program beside its dump."""

    def place(self, frame: Frame) -> Place | str:
        """Return where a call's line lies, or why that is not known, a clause."""

    def scope(self, thread: ThreadDump, frame: Frame, place: Place) -> Scope:
        """Return the values of a call."""

    def is_daemon(self, thread: ThreadDump) -> bool | None:
        """Return whether a thread is a daemon; None if that is not known."""

    def name(self, thread: ThreadDump) -> str:
        """Return a thread's name; empty if it has none."""

    def elsewhere(self, states: Sequence[LoopState], state: LoopState) -> str:
        """Return what was signalled that no live thread reads, a clause; empty if there is nothing.

        Args:
            states: of all threads.
            state: of the thread that was not asked.
        """


@dataclass(slots=True)
class _Case:
    """One thread, and what was gathered about it."""

    thread: ThreadDump
    name: str
    chain: list[Level]  # all calls whose source is known, innermost first
    levels: list[Level]  # those of the program's own, if there are any
    wait: Wait
    wait_place: Place | None
    wait_scope: Scope | None
    states: list[LoopState]
    missing: str  # why the source of its innermost own call is not known

    @property
    def frame(self) -> Frame | None:
        frames = self.thread.frames
        return frames[min(self.wait.depth, len(frames) - 1)] if frames else None


def diagnose(dump: ProgramDump, facts: Facts, cpu: Mapping[int, float] | None = None, command: str = "") -> Diagnosis:
    """Return why the threads of a program still run.

    Args:
        dump: its stacks.
        facts: what is known beside them.
        cpu: which share of a processor each thread used of late, by its native id; None if that is not known.
        command: the program's command line.
    """
    cases = [_case(thread, facts, cpu, dump.pid) for thread in dump.threads]
    states = [state for case in cases for state in case.states]
    findings = tuple(_finding(dump, case, cases, facts, states) for case in cases)
    return Diagnosis(dump.pid, command, findings, _alive(findings))


# -- gathering ---------------------------------------------------------------------------------------------------------


def title(thread: ThreadDump, name: str, pid: int) -> str:
    """Return what a thread of a process is called in a sentence."""
    name = one_line(name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    if not name and thread.native_id == pid:
        return "MainThread"  # a program that has not imported threading has no name for it
    return name or f"thread {thread.native_id or thread.ident}"


def short(frame: Frame) -> str:
    """Return where a call is, for a sentence."""
    name = one_line(PurePath(frame.file.replace("\\", "/")).name)
    return f"{clipped(name)}:{frame.line}" if frame.line else clipped(name)


def _case(thread: ThreadDump, facts: Facts, cpu: Mapping[int, float] | None, pid: int) -> _Case:
    levels: list[Level] = []
    wait_place: Place | None = None
    wait_scope: Scope | None = None
    missing = ""
    depth = own_depth(thread)
    frames = [frame for frame in thread.frames[depth:] if not begins_a_thread(frame)]
    for frame in frames[:_MOST_LEVELS]:
        place = facts.place(frame)
        if isinstance(place, str):
            missing = missing or (place if frame is frames[0] else "")
            continue
        level = Level(frame, place, facts.scope(thread, frame, place))
        if frame is frames[0]:
            wait_place, wait_scope = place, level.scope
        levels.append(level)
    own = [level for level in levels if not is_library(level.frame.file)]
    share = cpu.get(thread.native_id or 0) if cpu is not None else None
    wait = wait_of(thread, wait_place, wait_scope, share)
    states = _states(own) or _states(levels)
    return _Case(
        thread,
        title(thread, facts.name(thread), pid),
        levels,
        own or levels,
        wait,
        wait_place,
        wait_scope,
        states,
        missing,
    )


def _states(levels: Sequence[Level]) -> list[LoopState]:
    found = [loop_state(level, loop) for level in levels for loop in level.place.loops]
    return [state for state in found if state is not None]


# -- the verdict -------------------------------------------------------------------------------------------------------


def _finding(
    dump: ProgramDump, case: _Case, cases: Sequence[_Case], facts: Facts, states: Sequence[LoopState]
) -> Finding:
    thread = case.thread
    is_main = _is_main(dump, thread)
    is_daemon = False if is_main else facts.is_daemon(thread)
    verdict, parts = _verdict(case, cases, facts, states)
    frame = case.frame
    parts = [part for part in parts if part]
    return Finding(
        name=case.name,
        ident=thread.ident,
        native_id=thread.native_id,
        is_daemon=is_daemon,
        keeps_alive=_keeps_alive(case, is_daemon, is_main=is_main),
        state=_state_word(case.wait),
        file=frame.file if frame else "",
        line=frame.line if frame else 0,
        verdict=verdict,
        sentence=f"{case.name} {'; '.join(parts)}.",
        evidence=tuple(parts),
    )


def _is_main(dump: ProgramDump, thread: ThreadDump) -> bool:
    return thread.native_id == dump.pid or (thread is dump.threads[0] and thread.name == "MainThread")


def _keeps_alive(case: _Case, is_daemon: bool | None, *, is_main: bool) -> bool | None:
    if is_main:
        return case.wait.doing is not Doing.HAS_ENDED
    frames = case.thread.frames
    if frames and not any(begins_a_thread(frame) for frame in frames):
        return False  # Python waits only for the threads of its module threading
    return None if is_daemon is None else not is_daemon


def _state_word(wait: Wait) -> str:
    return {
        Doing.COMPUTES: "computes",
        Doing.IN_CALL: "waits",
        Doing.FOR_LOCK: "waits",
        Doing.HAS_ENDED: "has ended",
        Doing.NOTHING: "unknown",
    }[wait.doing]


def _verdict(
    case: _Case, cases: Sequence[_Case], facts: Facts, states: Sequence[LoopState]
) -> tuple[Verdict, list[str]]:
    """Return the first verdict that fits, and its evidence: clauses with the thread as their subject."""
    if case.wait.doing is Doing.HAS_ENDED:
        return Verdict.NOTICED_NOT_ENDED, [
            "has run its code to the end; Python waits for the other threads before it exits"
        ]
    where = _where(case, cases)
    return _noticed(case, where) or _swallowed(case, where) or _asked_or_not(case, where, facts, states)


def _noticed(case: _Case, where: str) -> tuple[Verdict, list[str]] | None:
    asked = deciding(case.states)
    cleaning = _cleaning(case)
    if cleaning:
        return Verdict.SLOW_CLEANUP, [where, cleaning, _loop_sentence(asked) if asked and asked.asked else ""]
    left = noticed_loop(case.levels)
    if left is not None:
        what = f"has left the loop in line {left.loop.line}, which reads {_reads(left.reads)}: it has noticed"
        return Verdict.NOTICED_NOT_ENDED, [where, what]
    for level in case.levels[:1]:
        reads = leaving_reads(level)
        if reads:
            return Verdict.NOTICED_NOT_ENDED, [where, f"leaves its loop, because of {_reads(reads)}: it has noticed"]
    return None


def _cleaning(case: _Case) -> str:
    """Return in what part of its cleaning up a thread is; empty if it is in none, or goes on in a loop afterwards."""
    for frame, following in _with_callers(case):
        if frame.name in ("__exit__", "__aexit__") and not any(level.place.loops for level in following):
            return f"is in `{one_line(frame.function)}` at {short(frame)}: it has left the `with` around it"
    for index, level in enumerate(case.levels):
        if any(outer.place.loops for outer in case.levels[index + 1 :]):
            continue
        for cleanup in level.place.cleanups:
            if not cleanup.is_in_loop:
                return f"is in the `{cleanup.word}` of {short(level.frame).rpartition(':')[0]}:{cleanup.line}"
    return ""


def _with_callers(case: _Case) -> list[tuple[Frame, list[Level]]]:
    """Return the calls that are no waits of the standard library by themselves, each with the levels that called it."""
    frames = case.thread.frames
    found = []
    for depth, frame in enumerate(frames):
        if depth == 0 and waits_by_nature(frame):
            continue  # such as the __exit__ of a Condition
        callers = set(map(id, frames[depth + 1 :]))
        found.append((frame, [level for level in case.levels if id(level.frame) in callers]))
    return found


def _swallowed(case: _Case, where: str) -> tuple[Verdict, list[str]] | None:
    for level in case.levels:
        for cleanup in level.place.cleanups:
            caught = _caught_stop(cleanup, level)
            if caught and cleanup.is_in_loop and not cleanup.leaves:
                at = f"{short(level.frame).rpartition(':')[0]}:{cleanup.line}"
                return Verdict.SWALLOWED, [where, f"has caught {caught} in the `except` of {at}, and its loop goes on"]
    return None


def _caught_stop(cleanup: Cleanup, level: Level) -> str:
    """Return the name of the exception that a handler has caught, if it is one that asks to stop; else an empty text."""
    if cleanup.word != "except":
        return ""
    local = level.frame.local(cleanup.bound) if cleanup.bound else None
    shown = local.text.removeprefix("<").partition(" ")[0].rpartition(".")[2] if local else ""
    if shown in STOPS:
        return shown
    return listed(cleanup.exceptions) if cleanup.exceptions and STOPS.issuperset(cleanup.exceptions) else ""


def _asked_or_not(case: _Case, where: str, facts: Facts, states: Sequence[LoopState]) -> tuple[Verdict, list[str]]:
    asked = deciding(case.states)
    wait = case.wait
    if asked is not None and asked.asked is False:
        elsewhere = facts.elsewhere(states, asked)
        verdict = Verdict.ASKED_ELSEWHERE if elsewhere else Verdict.NEVER_ASKED
        return verdict, [where, _loop_sentence(asked), elsewhere]
    if asked is None and (arriving := _not_arrived(case)):
        return Verdict.NEVER_ASKED, [where, arriving]
    said = _loop_sentence(asked) if asked else _no_loop(case)
    is_asked = asked is not None and asked.asked is True
    endless = wait.is_certain and wait.timeout == ""
    if wait.doing is Doing.FOR_LOCK and (is_asked or endless):
        return Verdict.WAITING_FOR_LOCK, [where, said]
    if wait.doing is Doing.IN_CALL and (is_asked or endless):
        return Verdict.BLOCKED_IN_CALL, [where, said]
    if is_asked and wait.doing is Doing.COMPUTES:
        return Verdict.ASKED_NOT_POLLED, [where, said]
    return Verdict.UNKNOWN, [where, said, _needed(case, asked)]


def _not_arrived(case: _Case) -> str:
    """Return that what the loop ends by has not arrived, where the thread waits for just that; else an empty text."""
    if case.wait.doing is not Doing.IN_CALL or not case.wait.is_certain or case.missing:
        return ""
    for level in case.chain:
        found = awaited_end(level, level.frame.line)
        if found is not None:
            loop, condition = found
            what = f"the loop around it (line {loop.line}) ends when {condition}"
            return f"{what}: that has not come, so it has not been asked"
        if not level.place.returns:
            break  # what comes back from it is not what is awaited here
    return ""


# -- sentences ---------------------------------------------------------------------------------------------------------


def _where(case: _Case, cases: Sequence[_Case]) -> str:
    """Return what the thread does and where, without its name."""
    wait, frame = case.wait, case.frame
    if frame is None:
        return "runs no Python code, or has just begun"
    at = short(frame)
    if wait.doing is Doing.COMPUTES:
        return f"computes at {at}, in {one_line(frame.function)}{_called(case, frame)}"
    if wait.doing is Doing.FOR_LOCK:
        what = f"waits for the lock `{wait.what}` at {at}{_limit(wait)}"
        return f"{what}, {_holder(case, cases)}"
    if begins_a_thread(frame):
        return "is in the function that it was started with, which is not written in Python"
    if not wait.what:
        return f"is in a call at {at}"
    return f"is in `{wait.what}` at {at}{_joined(case, cases)}{_called(case, frame)}{_limit(wait)}"


def _joined(case: _Case, cases: Sequence[_Case]) -> str:
    """Return which thread a ``join`` waits for; empty if it is none, or not known."""
    for frame in case.thread.frames[: case.wait.depth]:
        local = frame.local("self") if frame.name == "join" else None
        for other in cases if local is not None else ():
            if local is not None and thread_object(other.thread) == local.address:
                return f" for the end of {other.name}"
    return ""


def _called(case: _Case, frame: Frame) -> str:
    """Return where the program itself made a call of a library; empty if the call is its own."""
    if not is_library(frame.file):
        return ""
    own = next((level.frame for level in case.levels if not is_library(level.frame.file)), None)
    return "" if own is None else f", called at {short(own)}"


def _limit(wait: Wait) -> str:
    if wait.timeout is None:
        return ""
    if wait.timeout == "":
        return ", without a time-out"
    return f", for at most {wait.timeout}"


def _holder(case: _Case, cases: Sequence[_Case]) -> str:
    """Return who holds the lock that a thread waits for, as far as it is known, and whether that one waits for this."""
    found = _holding(case, cases)
    if found is None:
        return "holder unknown"
    other, how = found
    if other is None:
        return "held by a thread that has ended"
    back = _holding(other, cases)
    deadlock = back is not None and back[0] is case
    return f"held by {other.name}{how}{', which waits for a lock that this one holds: a deadlock' if deadlock else ''}"


def _holding(case: _Case, cases: Sequence[_Case]) -> tuple[_Case | None, str] | None:
    """Return which thread holds the lock that one waits for, and how that is known; no thread if it has ended.

    None if it is not known, or no lock is waited for.
    """
    lock, scope = case.wait.lock, case.wait_scope
    if lock is None or scope is None:
        return None
    with suppress(UnreadableError):
        owner = scope.lock_owner(lock)
        if owner is not None:
            return next((other for other in cases if other.thread.ident == owner), None), ""
    with suppress(UnreadableError):
        address = scope.address(lock)
        for other in cases:
            for level in other.levels if other is not case else ():
                if any(_is_at(level.scope, each, address) for each in level.place.withs):
                    return other, f" inside its `with` at {short(level.frame)}"
    return None


def _is_at(scope: Scope, expression: ast.expr, address: int) -> bool:
    try:
        return scope.address(expression) == address
    except UnreadableError:
        return False


def _reads(reads: Sequence[Read]) -> str:
    """Return what is read, with its values."""
    texts = []
    for read in reads[:3]:
        value = f"is {read.value.text}" if read.value is not None else "is not known"
        texts.append(
            f"`{read.text}`, which {value}" if read.value is not None else f"`{read.text}`, whose value {value}"
        )
    return ", and ".join((", ".join(texts[:-1]), texts[-1])) if len(texts) > 1 else texts[0]


def _loop_sentence(state: LoopState) -> str:
    place = "the loop around it" if state.level.frame.line == 0 else f"the loop around it (line {state.loop.line})"
    says = {
        True: f"it has been asked ({BEGAN_LATER})",
        False: "it has not been asked",
        None: "whether it has been asked is not known",
    }[state.asked]
    likely = "likely " if state.is_likely and state.asked is not None else ""
    return f"{place} reads {_reads(state.reads)}: {likely}{says}"


def _no_loop(case: _Case) -> str:
    if case.missing:
        return f"{case.missing}, so what it reads is not known"
    if not case.levels:
        return (
            ""
            if case.frame is None
            else "nothing of the program is around it, so whether it has been asked is not known"
        )
    return "no loop around it reads what another thread could set, so whether it has been asked cannot be seen"


def _needed(case: _Case, asked: LoopState | None) -> str:
    """Return what would be needed to know more."""
    if case.frame is None:
        return "a native debugger shows where it is"
    unknown = [read for read in asked.reads if read.value is None] if asked is not None else []
    if not unknown:
        return ""
    reasons = sorted({read.reason for read in unknown if read.reason})
    return (
        f"{'its value' if len(unknown) == 1 else 'their values'} would tell{f' ({listed(reasons)})' if reasons else ''}"
    )


def _alive(findings: Sequence[Finding]) -> str:
    """Return what keeps the process alive, one sentence."""
    keepers = [finding for finding in findings if finding.keeps_alive]
    unknown = [finding.name for finding in findings if finding.keeps_alive is None]
    main_has_ended = bool(findings) and findings[0].state == "has ended"
    others = [finding.name for finding in keepers if finding is not findings[0]]
    if main_has_ended:
        keep = "keeps" if len(others) == 1 else "keep"
        said = f"MainThread has ended; {_names(others)} {keep} the process alive" if others else "MainThread has ended"
    elif others:
        said = f"MainThread still runs; after it, Python would wait for {_names(others)}"
    else:
        said = "MainThread still runs; nothing else keeps the process alive"
    if unknown:
        said += f"; whether {_names(unknown)} would be waited for is not known"
    return f"{said}."


def _names(names: Sequence[str]) -> str:
    most = 5
    shown = [*names[:most], f"{len(names) - most:,} more"] if len(names) > most + 1 else list(names)
    return listed(shown)
