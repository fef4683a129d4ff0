"""What the details say about a strategy, a workload, a run and a record; no Qt."""

import linecache
from pathlib import Path

from app.core.batch import Record, RunName
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.latency import duration, release_words
from app.core.own_code.description import OwnCode
from app.core.own_code.notice_watch import unknown_notice
from app.core.prediction import Notices
from app.core.stacks import calls_in
from app.core.states import Outcome, State, outcome_words
from app.core.strategies import Strategy
from app.core.worker import PROCESS, Worker
from app.core.workloads import Workload
from app.session.record_words import record_words
from app.session.thread_words import stop_lines, thread_lines
from app.ui.chain.where import SLOW, failure_text, own_files, where_text
from app.ui.display_text import session_time
from app.ui.window_lag import FRAME, FRAMES_KEPT, LagSummary
from app.ui.workers.consent import FREEZING, freezes
from app.ui.workers.rows import Row, process_words

AS_PYTHON_SAYS = "The traceback as Python writes it:"
# How a mechanism comes to be noticed.
NOTICES = {
    Notices.POLLING: "by polling: the thread looks once an iteration, so it takes up to a whole one.",
    Notices.WAITING: "by waiting: the thread's pause ends the moment it is asked.",
    Notices.RAISING: "by an exception that is raised in the thread as soon as it executes bytecode again.",
    Notices.INTERRUPTING: "by an exception that is raised in the thread at once, also in a call that a signal can end.",
    Notices.NEVER: "never: a thread that runs is not told.",
    Notices.UNKNOWN: "as your code does, or does not: it is up to it.",
}


def strategy_facts(catalogue: Catalogue, strategy: str) -> str:
    """Return the facts about a strategy, a paragraph each."""
    about = catalogue.strategy(strategy).about
    return "\n\n".join(
        (
            about.sentence,
            f"Noticed {NOTICES[about.notices]}",
            f"Before the first line: {about.first_line}",
            f"Guarantee: {about.guarantee}",
            f"Limit: {about.cannot}",
            *([f"Warning: {about.warning}"] if about.warning else []),
            f"Documentation: {about.documentation}",
        )
    )


def strategy_source(catalogue: Catalogue, strategy: str) -> str:
    """Return the code of a strategy's file, or a sentence if it cannot be read."""
    return _source(catalogue.strategy(strategy))


def workload_facts(catalogue: Catalogue, worker: Worker) -> str:
    """Return the facts about a worker's workload, and what it is told, a paragraph each."""
    workload = catalogue.workload(worker.workload)
    paragraphs = [workload.sentence]
    values = dict(worker.parameters)
    for parameter in workload.parameters:
        value = parameter.text(values.get(parameter.name, parameter.usual))
        paragraphs.append(f"{parameter.title}: {value} {parameter.unit}".rstrip() + f". {parameter.sentence}")
    if workload.warning or workload.own_process:
        paragraphs.append(f"Warning: {workload.warning or FREEZING}")
    return "\n\n".join(paragraphs)


def workload_source(catalogue: Catalogue, workload: str) -> str:
    """Return the code of a workload's file, or a sentence if it cannot be read."""
    return _source(catalogue.workload(workload))


def code_source(code: OwnCode) -> str:
    """Return the code of the person's file as it is now, or a sentence if it cannot be read."""
    from app.programs.own_code import read_text  # here: the first window needs no parser

    try:
        return read_text(Path(code.file))
    except BadInput as error:
        return f"The code cannot be read: {error}"


def _source(mechanism: type[Strategy] | type[Workload]) -> str:
    try:
        return mechanism.source()
    except OSError as error:
        return f"The code cannot be read: {error}."


def _process_lines(snapshot: RunSnapshot) -> list[str]:
    worker = snapshot.worker
    return [f"Runs {process_words(worker, snapshot)}"] if worker is not None and worker.engine == PROCESS else []


def run_facts(
    snapshot: RunSnapshot | None,
    origin: int,
    catalogue: Catalogue | None = None,
    lag: LagSummary | None = None,
    program: str = "",
) -> str:
    """Return what is known of a run, a line each.

    Args:
        snapshot: the run; None if there was none.
        origin: from which instants count, a ``perf_counter_ns``.
        catalogue: tells whether the workload freezes the process, and which code is the worker's own.
        lag: how the window felt meanwhile; None if that is not known.
        program: what the observed program is called of which it is a thread.
    """
    if snapshot is None:
        return "This worker has not been run yet."
    chain = snapshot.chain
    lines = [
        f"Thread: {snapshot.name.worker} #{snapshot.name.number}"
        + (f", native id {snapshot.native_id}" if snapshot.native_id is not None else ""),
        *_process_lines(snapshot),
        f"State: {snapshot.state}"
        + (f", {outcome_words(snapshot.outcome, was_stuck=snapshot.was_stuck)}" if snapshot.outcome else ""),
        f"Lines: {snapshot.lines:,}",
        *thread_lines(snapshot, program),
        *stop_lines(snapshot),
    ]
    instants = (
        ("Started", snapshot.started),
        ("Clicked", chain.clicked),
        ("Requested", chain.requested),
        ("Noticed", chain.noticed),
        ("Released", snapshot.released),
        ("Killed", snapshot.killed),
        ("Cleaned up", chain.cleaned_up),
        ("Ended", chain.ended),
        ("Shown", chain.shown),
    )
    lines += [f"{word}: {session_time(instant - origin)}" for word, instant in instants if instant is not None]
    if chain.latency is not None:
        lines.append(f"Stop latency: {duration(chain.latency)}")
    elif snapshot.outcome is Outcome.RELEASED:
        lines.append(f"Stop latency: {release_words(chain.requested, snapshot.released)}")
    elif snapshot.notice_unknown:
        python = "" if snapshot.host is None else snapshot.host.python
        lines.append(f"Stop latency: not known; {unknown_notice(python)}")
    elif snapshot.never:
        lines.append("Stop latency: it never noticed the request")
    if snapshot.longest_work:
        lines.append(f"Longest piece of work: {duration(snapshot.longest_work)}")
    asked = chain.requested is not None or snapshot.state is State.ENDED  # only then the longest piece is known
    if asked and catalogue is not None and snapshot.worker is not None and freezes(catalogue, snapshot.worker):
        lines.append(_frozen_text(snapshot.longest_work, lag))
    files = own_files(catalogue, snapshot.worker) if catalogue is not None else ()
    if snapshot.calls:
        lines += ["", SLOW, where_text(snapshot.calls, files, linecache.getlines)]
    if snapshot.error:
        lines += ["", failure_text(snapshot.error, files, linecache.getlines)]
        if calls_in(snapshot.error):
            lines += ["", AS_PYTHON_SAYS, snapshot.error]
    return "\n".join(lines)


def stop_of(row: Row) -> RunSnapshot | None:
    """Return the run whose stop is shown: the last one, but the one before until the last is asked to stop."""
    snapshot = row.snapshot
    unasked = snapshot is None or (snapshot.chain.requested is None and snapshot.state is not State.ENDED)
    return row.asked if unasked and row.asked is not None else snapshot


def _frozen_text(longest_work: int | None, lag: LagSummary | None) -> str:
    """Return for how long the process stood still, as far as it was measured."""
    text = "Froze the process: "
    text += f"up to {duration(longest_work)} at a time" if longest_work else "no piece of its work is finished yet"
    # The window keeps the lags of about so long.
    seconds = FRAME * FRAMES_KEPT // 1_000_000_000
    return f"{text}\nWindow lag: max {duration(lag.most)} in the last {seconds} s" if lag is not None else text


def record_text(record: Record, name: RunName, origin: int) -> str:
    """Return a record as a whole: a head with its time and run, then its text as it is; a chain in words before that."""
    head = f"{session_time(record.instant - origin)}  {name.worker} #{name.number}\n"
    words = record_words(record.kind, record.text)
    return head + (record.text if words == record.text else f"{words}\n\n{record.text}")
