"""``thread-controller observe``: a program as it is, and then what was seen of its threads."""

import os
import resource
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.styles import BAD, GOOD, WARNING, Cell
from app.core.clock import SystemClock
from app.core.engine import RunNumbers
from app.core.errors import BadInput, one_line, quoted
from app.core.latency import duration
from app.core.observed import MAIN_THREAD
from app.core.program import Program
from app.core.pump import Pump
from app.core.stream import Stream
from app.programs.interpreters import find_interpreter
from app.programs.observation import Observation, lost_words
from app.programs.observation_lines import observation_lines
from app.programs.observed import ObservedProcess, PassingSignals, require_observable
from app.programs.observed_engine import ObservedEngine
from app.programs.observed_news import ObservedChain, ObservedThread, ThreadVerdict
from app.programs.observed_program import ObservedProgram
from app.session.observed_words import place_words, verdict_words
from app.session.save import check_target, save
from app.terminal import LEFT_BEHIND, write_stderr

if TYPE_CHECKING:
    from app.cli.recording import Recording

_HEADER = ("thread", "asked by", "at", "with", "noticed at", "latency", "outcome")
_NOTHING = "–"
ENDED_SINCE = "It has ended since."
NAME_ANOTHER = "Name another Python with --interpreter."
_LONGEST_NAME = 60  # characters of a thread's name
_MOST_ROWS = 500  # rich takes 0.6 ms for each


def observe_command(options: Namespace) -> int:
    """Run a program and show what was seen; return its own exit status, or end by the signal that ended it.

    Raises:
        BadInput: it cannot be observed or started.
    """
    arguments = _program(options)
    interpreter = find_interpreter(options.interpreter)
    if options.json is not None:
        check_target(options.json, replace=options.force)
    try:
        require_observable(interpreter)
    except BadInput as error:
        if error.field != "interpreter":
            raise
        raise BadInput(f"{error} {NAME_ANOTHER}") from None
    observed, path, trouble = _run(Program(interpreter, tuple(arguments)), options)
    troubles = [trouble] if trouble else []
    status = observed.status or 0
    if options.json is not None:
        try:
            save(observation_lines(observed.seen, status), options.json, lambda: False, replace=options.force)
        except BadInput as error:
            troubles.append(str(error))
    if not options.quiet:
        write_stderr(observation_text(observed.seen, killed=observed.is_killed))
        if path is not None:
            write_stderr(f"Recorded in {one_line(str(path))}\n")
    for trouble in troubles:
        write_stderr(f"thread-controller: {one_line(trouble)}\n")
    if observed.is_killed:
        return LEFT_BEHIND
    if status < 0:
        _end_by(-status)
    return status


def _run(program: Program, options: Namespace) -> tuple[ObservedProgram, Path | None, str]:
    """Run a program to its end, with this process's streams and process group, and record it; the main thread.

    Returns:
        The program, the session's file, and a sentence about what could not be recorded; empty if all was.

    Raises:
        BadInput: it cannot be started.
    """
    clock = SystemClock()
    engine = ObservedEngine(clock, deadline=options.deadline, timeout=options.timeout)
    stream = Stream([engine], clock)
    records = not options.no_record
    process = ObservedProcess(program, options.deadline, options.timeout, printed=records, in_terminal=True)
    interrupted: list[int] = []
    with PassingSignals(process, interrupted):
        numbers = RunNumbers()
        run, name = numbers.take(MAIN_THREAD)
        recording = _begin_recording(stream, options, program, run, process.begun) if records else None
        observed = engine.attach(process, run, name, numbers)
        release = stream.release if recording is None else recording.consume
        Pump(stream, lambda _batch: None, release).wait(lambda: observed.is_over)
        path, trouble = recording.close() if recording is not None else (None, "")
    engine.shutdown()
    stream.close()
    return observed, path, trouble


def _begin_recording(stream: Stream, options: Namespace, program: Program, run: int, begun: int) -> "Recording":
    from app.cli.recording import Recording

    recording = Recording(stream, options.session_dir)
    recording.begin(program, run, begun)
    return recording


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
    sentences += [lost_words(seen.prints_lost)] if seen.prints_lost else []
    return text + paragraphs(sys.stderr, sentences)


def _rows(seen: Observation) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each chain, and one for each other thread than the main one that was not asked."""
    for thread in seen.threads.values():
        chains = seen.chains_of(thread.number)
        if not chains and thread.number != 1:
            yield (_name(thread), _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _outcome(seen, thread))
        for chain in chains:
            yield _chain_row(seen, thread, chain)


def _chain_row(seen: Observation, thread: ObservedThread, chain: ObservedChain) -> tuple[Cell, ...]:
    by = seen.threads.get(chain.request.by or 0)
    likely = "" if chain.is_exact else " (likely)"
    return (
        _name(thread),
        _name(by) if by else _NOTHING,
        place_words(chain.request.at) or _NOTHING,
        chain.request.what + likely,
        place_words(chain.noticed_at) or ("not noticed", BAD),
        _NOTHING if chain.latency is None else duration(chain.latency),
        _outcome(seen, thread),
    )


def _name(thread: ObservedThread) -> str:
    return thread.name if len(thread.name) <= _LONGEST_NAME else f"{thread.name[: _LONGEST_NAME - 1]}…"


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
        after = "after the main thread had ended"
        how_long = f"{after}, until the process was ended" if waited is None else f"for {duration(waited)} {after}"
        sentences.append(f"{_name(thread)} kept the process alive {how_long}.")
    return sentences


def verdict_sentence(seen: Observation, verdict: ThreadVerdict) -> str:
    """Return why a thread had not stopped when that was looked at last, in a sentence or two, and whether it has since."""
    thread = seen.threads[verdict.thread]
    since = "" if thread.ended is None else f" {ENDED_SINCE}"
    return f"{_name(thread)} {verdict_words(verdict.verdict, verdict.at, verdict.evidence)}.{since}"
