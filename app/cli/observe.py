"""``thread-controller observe``: a program as it is, and then what was seen of its threads."""

import os
import resource
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from app.cli.styles import BAD, GOOD, WARNING, Cell
from app.core.errors import BadInput, one_line, quoted
from app.core.latency import duration
from app.core.verdicts import Verdict
from app.programs.observation import (
    Observation,
    ObservedChain,
    ObservedThread,
    Place,
    ThreadVerdict,
    observation_lines,
    place_words,
)
from app.programs.observed import ObservedProgram, require_observable
from app.session.save import check_target, save
from app.terminal import LEFT_BEHIND, write_stderr

_HEADER = ("thread", "asked by", "at", "with", "noticed at", "latency", "outcome")
_NOTHING = "–"
_MOST_ROWS = 500  # rich takes 0.6 ms for each


def observe_command(options: Namespace) -> int:
    """Run a program and show what was seen; return its own exit status, or end by the signal that ended it.

    Raises:
        BadInput: it cannot be observed or started.
    """
    arguments = _program(options)
    interpreter = options.interpreter or sys.executable
    if options.json is not None:
        check_target(options.json, replace=options.force)
    require_observable(interpreter)
    program = ObservedProgram([interpreter, *arguments], options.deadline, options.timeout)
    status, killed = program.run()
    trouble = ""
    if options.json is not None:
        try:
            save(observation_lines(program.seen, status), options.json, lambda: False, replace=options.force)
        except BadInput as error:
            trouble = f"thread-controller: {one_line(str(error))}\n"
    if not options.quiet:
        write_stderr(observation_text(program.seen, killed=killed))
    write_stderr(trouble)
    if killed:
        return LEFT_BEHIND
    if status < 0:
        _end_by(-status)
    return status


def _program(options: Namespace) -> list[str]:
    """Return the arguments for the interpreter: a script or a module, and the program's own.

    Raises:
        BadInput: no program is named, or there is no such script.
    """
    rest: list[str] = options.program[1:] if options.program[:1] == ["--"] else options.program
    if rest == ["-m"]:
        raise BadInput("-m: name a module; see 'thread-controller observe --help'.")
    if not rest:
        raise BadInput("name a script, or a module with -m; see 'thread-controller observe --help'.")
    if rest[0] not in ("-m", "-") and not os.path.exists(rest[0]):  # noqa: PTH110 - as the interpreter takes it
        raise BadInput(f"{quoted(rest[0], 200)[1:-1]}: there is no such file.")
    return rest


def _end_by(number: int) -> None:
    """End this process by a signal, as the program ended; without a core file of our own."""
    sys.stdout.flush()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


# -- for a person to read ----------------------------------------------------------------------------------------------


def observation_text(seen: Observation, *, killed: bool = False) -> str:
    """Return what was seen as a table and sentences for standard error.

    Args:
        seen: what was seen.
        killed: whether the program was killed by the time-out.
    """
    from app.cli.console import paragraphs, table_text

    if seen.begin is None or seen.problem:
        reason = seen.problem or "its Python did not load the observer"
        return paragraphs(sys.stderr, [f"The program was not observed: {reason}."])
    rows = list(_rows(seen))
    if rows:
        text = "\n" + table_text(sys.stderr, rows[:_MOST_ROWS], _HEADER, right=(5,))
    else:
        text = "\n" + paragraphs(sys.stderr, ["No thread was started, and none was asked to stop."])
    sentences = [f"… and {len(rows) - _MOST_ROWS:,} rows more; --json has all."] if len(rows) > _MOST_ROWS else []
    sentences += [verdict_sentence(seen, verdict) for verdict in last_verdicts(seen)]
    sentences += kept_alive_sentences(seen)
    if killed and not seen.has_timed_out:
        sentences.append(
            "Why it went on could not be looked at: its interpreter let no other thread run until it was killed."
        )
    sentences += seen.notes
    return text + paragraphs(sys.stderr, sentences)


def _rows(seen: Observation) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each chain, and one for each other thread than the main one that was not asked."""
    for thread in seen.threads.values():
        chains = seen.chains_of(thread.number)
        if not chains and thread.number != 1:
            yield (thread.name, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _outcome(seen, thread))
        for chain in chains:
            yield _chain_row(seen, thread, chain)


def _chain_row(seen: Observation, thread: ObservedThread, chain: ObservedChain) -> tuple[Cell, ...]:
    by = seen.threads.get(chain.request.by or 0)
    likely = "" if chain.is_exact else " (likely)"
    return (
        thread.name,
        by.name if by else _NOTHING,
        place_words(chain.request.at) or _NOTHING,
        chain.request.what + likely,
        place_words(chain.noticed_at) or ("not noticed", BAD),
        _NOTHING if chain.latency is None else duration(chain.latency),
        _outcome(seen, thread),
    )


def _outcome(seen: Observation, thread: ObservedThread) -> Cell:
    """Return how a thread ended, or why it had not."""
    if thread.exception:
        return f"ended by {thread.exception}", BAD
    if thread.ended is not None:
        return "ended", GOOD
    if thread.number == 1:
        return ("", "") if seen.main_ended is not None else ("alive", WARNING)
    return ("alive (daemon)" if thread.is_daemon else "alive"), WARNING


def last_verdicts(seen: Observation) -> list[ThreadVerdict]:
    """Return the last verdict of each thread, in the order of the threads."""
    last = {verdict.thread: verdict for verdict in seen.verdicts}
    return [last[number] for number in sorted(last)]


def kept_alive_sentences(seen: Observation) -> list[str]:
    """Return what kept the process alive after its main thread had ended, and how long."""
    sentences = []
    for thread, waited in seen.kept_alive_by():
        how_long = "until it was ended" if waited is None else f"for {duration(waited)}"
        sentences.append(f"{thread.name} kept the process alive {how_long} after the main thread had ended.")
    return sentences


def verdict_sentence(seen: Observation, verdict: ThreadVerdict) -> str:
    """Return why a thread had not stopped, in a sentence or two."""
    thread = seen.threads[verdict.thread]
    found = {str(each.get("kind")): each for each in verdict.evidence}
    where = f" at {place_words(verdict.at)}" if verdict.at else ""
    asked = _asked_words(found.get("asked"))
    call = f"in {found['call']['call']}" if "call" in found else "executing Python code"
    waits = f"waits for a lock{where}: {_holder(seen, thread, found.get('lock'))}"
    does = waits if "lock" in found else f"is {call}{where}"
    looked = found.get("looked", {})
    words = {
        Verdict.SLOW_CLEANUP: f"has noticed ({asked}), and is cleaning up{_at(found.get('cleanup'))}",
        Verdict.NOTICED_NOT_ENDED: f"has noticed ({asked}), and goes on{where}, {call}",
        Verdict.SWALLOWED: f"caught what was thrown into it ({asked}), and goes on{where}",
        Verdict.WAITING_FOR_LOCK: f"was asked ({asked}), and {waits}",
        Verdict.BLOCKED_IN_CALL: f"was asked ({asked}), and is {call}{where}",
        Verdict.ASKED_NOT_POLLED: f"was asked ({asked}), and is executing Python code{where} without looking: "
        f"it did not look within {looked.get('ms', 50)} ms",
        Verdict.ASKED_ELSEWHERE: f"was not asked; something like what it looks at was "
        f"({_asked_words(found.get('elsewhere') or found.get('asked'))}), but no living thread reads that",
        Verdict.NEVER_ASKED: f"was never asked to stop, as far as was seen; it {does}",
    }
    sentence = f"{thread.name} {words.get(Verdict(verdict.verdict), f'goes on{where}; why is not known')}."
    return sentence + _join_words(seen, found.get("join"))


def _join_words(seen: Observation, join: Any) -> str:
    """Return that a join() has returned before the thread's end; empty for none."""
    by = seen.threads.get(join.get("by") or 0) if join else None
    if by is None or not isinstance(join.get("timeout_ms"), int):
        return ""
    return f" join() by {by.name}{_at(join)} gave up after {duration(join['timeout_ms'] * 1_000_000)}."


def _asked_words(found: Any) -> str:
    return f"{found['what']}{_at(found)}" if found else "request not known"


def _at(found: Any) -> str:
    place: Place | None = (str(found["at"][0]), int(found["at"][1])) if found and found.get("at") else None
    return f" at {place_words(place)}" if place else ""


def _holder(seen: Observation, thread: ObservedThread, lock: Any) -> str:
    """Return by which thread a lock is held that another one waits for, or the same."""
    holder = seen.threads.get(lock.get("holder") or 0) if lock else None
    if holder is None:
        return "holder unknown"
    since = f" since {place_words((str(lock['at'][0]), int(lock['at'][1])))}" if lock.get("at") else ""
    if holder is thread:
        return f"held by itself{since}"
    return (
        f"held by {holder.name}, which has ended,{since}"
        if holder.ended is not None
        else f"held by {holder.name}{since}"
    )
