"""Why the threads of a program still run: one verdict each, with its evidence. Pure functions over a dump and its source."""

from collections.abc import Mapping, Sequence

from app.core.errors import listed, one_line
from app.core.place_words import place_words
from app.core.verdicts import Verdict
from app.programs.case import Case, Facts, gather
from app.programs.clauses import loop_words, needed_words, no_loop_words, read_words, where_words
from app.programs.dump import Frame, ProgramDump, ThreadDump
from app.programs.findings import Diagnosis, Finding
from app.programs.loops import Level, LoopState, awaited_end, deciding, leaving_reads, noticed_loop
from app.programs.source import Cleanup
from app.programs.waits import Doing, begins_a_thread, waits_by_nature

# What a program is asked to stop by.
_STOPS = {"KeyboardInterrupt", "SystemExit", "CancelledError", "GeneratorExit"}
_STATES = {
    Doing.COMPUTES: "computes",
    Doing.IN_CALL: "waits",
    Doing.FOR_LOCK: "waits",
    Doing.HAS_ENDED: "has ended",
    Doing.NOTHING: "unknown",
}


def diagnose(dump: ProgramDump, facts: Facts, cpu: Mapping[int, float] | None = None, command: str = "") -> Diagnosis:
    """Return why the threads of a program still run.

    Args:
        dump: its stacks.
        facts: what is known beside them.
        cpu: which share of a processor each thread used of late, by its native id; None if that is not known.
        command: the program's command line.
    """
    cases = [gather(thread, facts, cpu, dump.pid) for thread in dump.threads]
    states = [state for case in cases for state in case.states]
    findings = tuple(_finding(dump, case, cases, facts, states) for case in cases)
    return Diagnosis(dump.pid, command, findings, _alive(findings))


def _finding(
    dump: ProgramDump, case: Case, cases: Sequence[Case], facts: Facts, states: Sequence[LoopState]
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
        state=_STATES[case.wait.doing],
        file=frame.file if frame else "",
        line=frame.line if frame else 0,
        verdict=verdict,
        sentence=f"{case.name} {'; '.join(parts)}.",
        evidence=tuple(parts),
    )


def _is_main(dump: ProgramDump, thread: ThreadDump) -> bool:
    return thread.native_id == dump.pid or (thread is dump.threads[0] and thread.name == "MainThread")


def _keeps_alive(case: Case, is_daemon: bool | None, *, is_main: bool) -> bool | None:
    if is_main:
        return case.wait.doing is not Doing.HAS_ENDED
    frames = case.thread.frames
    if frames and not any(begins_a_thread(frame) for frame in frames):
        return False  # Python waits only for the threads of its module threading
    return None if is_daemon is None else not is_daemon


def _verdict(case: Case, cases: Sequence[Case], facts: Facts, states: Sequence[LoopState]) -> tuple[Verdict, list[str]]:
    """Return the first verdict that fits, and its evidence: clauses with the thread as their subject."""
    if case.wait.doing is Doing.HAS_ENDED:
        return Verdict.NOTICED_NOT_ENDED, [
            "has run its code to the end; Python waits for the other threads before it exits"
        ]
    where = where_words(case, cases)
    return _noticed(case, where) or _swallowed(case, where) or _asked_or_not(case, where, facts, states)


def _noticed(case: Case, where: str) -> tuple[Verdict, list[str]] | None:
    asked = deciding(case.states)
    cleaning = _cleaning(case)
    if cleaning:
        return Verdict.SLOW_CLEANUP, [where, cleaning, loop_words(asked) if asked and asked.asked else ""]
    left = noticed_loop(case.levels)
    if left is not None:
        # With several ways out, another one may have been taken before this one was open.
        likely = "it has noticed" if len(left.loop.exits) == 1 else "likely it has noticed"
        what = f"has left the loop in line {left.loop.line}, which reads {read_words(left.reads)}: {likely}"
        return Verdict.NOTICED_NOT_ENDED, [where, what]
    for level in case.levels[:1]:
        reads = leaving_reads(level)
        if reads:
            return Verdict.NOTICED_NOT_ENDED, [
                where,
                f"leaves its loop, because of {read_words(reads)}: it has noticed",
            ]
    return None


def _cleaning(case: Case) -> str:
    """Return in what part of its cleaning up a thread is; empty if it is in none, or goes on in a loop afterwards."""
    for frame, following in _with_callers(case):
        if frame.name in ("__exit__", "__aexit__") and not any(level.place.loops for level in following):
            at = place_words(frame.file, frame.line)
            return f"is in `{one_line(frame.function)}` at {at}: it has left the `with` around it"
    for index, level in enumerate(case.levels):
        if any(outer.place.loops for outer in case.levels[index + 1 :]):
            continue
        for cleanup in level.place.cleanups:
            if not cleanup.is_in_loop:
                return f"is in the `{cleanup.word}` of {place_words(level.frame.file, cleanup.line)}"
    return ""


def _with_callers(case: Case) -> list[tuple[Frame, list[Level]]]:
    """Return the calls that are no waits of the standard library by themselves, each with the levels that called it."""
    frames = case.thread.frames
    found = []
    for depth, frame in enumerate(frames):
        if depth == 0 and waits_by_nature(frame):
            continue  # such as the __exit__ of a Condition
        callers = set(map(id, frames[depth + 1 :]))
        found.append((frame, [level for level in case.levels if id(level.frame) in callers]))
    return found


def _swallowed(case: Case, where: str) -> tuple[Verdict, list[str]] | None:
    for level in case.levels:
        for cleanup in level.place.cleanups:
            caught = _caught_stop(cleanup, level)
            if caught and cleanup.is_in_loop and not cleanup.leaves:
                at = place_words(level.frame.file, cleanup.line)
                return Verdict.SWALLOWED, [where, f"has caught {caught} in the `except` of {at}, and its loop goes on"]
    return None


def _caught_stop(cleanup: Cleanup, level: Level) -> str:
    """Return the name of the exception that a handler has caught, if it is one that asks to stop; else an empty text."""
    if cleanup.word != "except":
        return ""
    local = level.frame.local(cleanup.bound) if cleanup.bound else None
    shown = local.text.removeprefix("<").partition(" ")[0].rpartition(".")[2] if local else ""
    if shown in _STOPS:
        return shown
    return " or ".join(cleanup.exceptions) if cleanup.exceptions and _STOPS.issuperset(cleanup.exceptions) else ""


def _asked_or_not(case: Case, where: str, facts: Facts, states: Sequence[LoopState]) -> tuple[Verdict, list[str]]:
    asked = deciding(case.states)
    wait = case.wait
    if asked is not None and asked.asked is False:
        elsewhere = facts.elsewhere(states, asked)
        verdict = Verdict.ASKED_ELSEWHERE if elsewhere else Verdict.NEVER_ASKED
        return verdict, [where, loop_words(asked), elsewhere]
    if asked is None and (arriving := _not_arrived(case)):
        return Verdict.NEVER_ASKED, [where, arriving]
    said = loop_words(asked) if asked else no_loop_words(case)
    is_asked = asked is not None and asked.asked is True
    endless = wait.is_certain and wait.timeout == ""
    if wait.doing is Doing.FOR_LOCK and (is_asked or endless):
        return Verdict.WAITING_FOR_LOCK, [where, said]
    if wait.doing is Doing.IN_CALL and (is_asked or endless):
        return Verdict.BLOCKED_IN_CALL, [where, said]
    if is_asked and wait.doing is Doing.COMPUTES:
        return Verdict.ASKED_NOT_POLLED, [where, said]
    return Verdict.UNKNOWN, [where, said, needed_words(case, asked)]


def _not_arrived(case: Case) -> str:
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
