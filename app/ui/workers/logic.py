"""How the rows of the workers table read, and which actions are possible; no Qt."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.fold import RunSnapshot
from app.core.latency import duration, release_words
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.stacks import Call
from app.core.states import Outcome, State
from app.core.worker import PROCESS
from app.session.thread_words import state_remark, stop_lines, thread_lines
from app.ui.chain.logic import gap_lines
from app.ui.chain.where import SLOW, failure_text, last_line, own_files, where_text
from app.ui.run_words import band_words, end_words
from app.ui.workers.rows import Row, process_words, runs_in, strategy_title, workload_title

# What the column State says, with the seconds since the request while a run is asked to stop and lives.
_ALIVE = {
    State.READY: "Ready",
    State.STARTING: "Starting…",
    State.RUNNING: "Running",
    State.STOPPING: "Stopping",
    State.STUCK: "Stuck",
}
_LONGEST_TIP = 4_000  # characters of a stack or an error in a tooltip


def cells(row: Row, catalogue: Catalogue, now: int) -> tuple[str, ...]:
    """Return the texts of a row's columns at the instant ``now`` (``perf_counter_ns``)."""
    worker, snapshot = row.worker, row.snapshot
    rate = row.rate()
    return (
        row.title,
        strategy_title(worker, catalogue),
        row.program or workload_title(worker, catalogue),
        "" if worker.strategy in (OWN_CODE, OBSERVED) else f"{worker.interval:g} s",
        runs_in(row),
        state_text(row, now),
        f"{snapshot.lines:,}" if snapshot else "",
        rate_text(rate),
        _run_time(snapshot, now),
        _latency_text(row.asked),
    )


def state_text(row: Row, now: int) -> str:
    """Return what a row's last run does at the instant ``now``, or how it ended, with the last line of its error."""
    snapshot = row.snapshot
    if snapshot is None or snapshot.outcome is None:
        word = _ALIVE[row.state]
        requested = snapshot.chain.requested if snapshot else None
        words = word if requested is None else f"{word} {_waited(now - requested)}"
        remark = state_remark(snapshot) if snapshot else ""
        return f"{words}: {remark}" if remark else words
    return end_words(snapshot, last_line(snapshot.error) if snapshot.error else "")


def _waited(ns: int) -> str:
    """Return for how long a run has been asked to stop: tenths of a second at first, more digits would only flicker."""
    seconds = max(0, ns) / 1e9
    if seconds >= 120:
        return duration(ns)
    return f"{seconds:.1f} s" if seconds < 5 else f"{int(seconds)} s"


def rate_text(rate: float | None) -> str:
    """Return lines a second for a person."""
    if rate is None:
        return ""
    return f"{rate:,.0f}" if rate >= 99.95 else f"{rate:.1f}"


def _run_time(snapshot: RunSnapshot | None, now: int) -> str:
    if snapshot is None or snapshot.started is None:
        return ""
    ended = snapshot.chain.ended
    if ended is not None:
        return duration(ended - snapshot.started)
    seconds = max(0, now - snapshot.started) / 1e9
    return f"{seconds:.1f} s" if seconds < 120 else duration(seconds * 1e9)


def _latency_text(snapshot: RunSnapshot | None) -> str:
    if snapshot is None:
        return ""
    if snapshot.chain.latency is not None:
        return duration(snapshot.chain.latency)
    if snapshot.notice_unknown:
        return "not known"
    return "never" if snapshot.never else ""


def look(row: Row) -> str:
    """Return the word under which the theme has a row's colour and icon: its state, ``failed``, or ``stuck`` to the end."""
    if row.snapshot and row.snapshot.outcome is Outcome.FAILED:
        return "failed"
    if row.snapshot and row.snapshot.outcome in (Outcome.RELEASED, Outcome.KILLED):
        return "stuck"  # it never stopped
    return str(row.state)


def tooltip(row: Row, catalogue: Catalogue | None = None) -> str:
    """Return what a row's tooltip says, as escaped rich text: Qt would guess at plain text and obey tags in it.

    Args:
        row: the worker and its last run.
        catalogue: tells which code is the worker's own; without it the innermost call counts as that.
    """
    snapshot = row.snapshot
    if snapshot is None:
        return ""
    name, worker = snapshot.name, snapshot.worker or row.worker
    lines = [f"{name.worker} #{name.number}"]
    if snapshot.native_id is not None:
        lines[0] += f", native id {snapshot.native_id}"
    if worker.engine == PROCESS:
        lines[0] += f", {process_words(worker, snapshot)}"
    lines += [*thread_lines(snapshot, row.program), *stop_lines(snapshot)]
    if parts := gap_lines(snapshot.chain, alive=row.is_alive):
        lines += ["", *parts]
    if band := band_words(snapshot):
        lines.append(band)
    if snapshot.outcome is Outcome.RELEASED:
        lines.append(f"It {release_words(snapshot.chain.requested, snapshot.released)}.")
    if snapshot.calls or snapshot.error:
        files = own_files(catalogue, worker) if catalogue is not None else ()
        if snapshot.calls:
            lines += ["", SLOW, _where(snapshot.calls, files)]
        if snapshot.error:
            lines += ["", _failure(snapshot.error, files)]
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


# Kept: tooltips are asked for often. They quote the lines as they were; the details show what is around them.
@lru_cache(maxsize=256)
def _where(calls: tuple[Call, ...], files: tuple[str, ...]) -> str:
    return where_text(calls, files, _no_lines)[:_LONGEST_TIP]


@lru_cache(maxsize=256)
def _failure(error: str, files: tuple[str, ...]) -> str:
    return failure_text(error, files, _no_lines)[:_LONGEST_TIP]


def _no_lines(_file: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Possible:
    """Which actions are possible now.

    Attributes:
        starts, stops: how many of the selected workers Start and Stop act upon; None while none is selected, which means
            all of them.
        why_not: why Start and Stop can do nothing about what is selected; empty where they can, or where that is plain.
        why_not_all: the same of Stop all.
        kills_program: whether what Kill would end are observed programs, and nothing else.
    """

    start: bool
    stop: bool
    stop_all: bool
    let_go: bool
    kill: bool
    duplicate: bool
    remove: bool
    starts: int | None = None
    stops: int | None = None
    why_not: str = ""
    why_not_all: str = ""
    kills_program: bool = False


# Why there is no Start and no Stop for a thread of an observed program.
NOT_OURS = (
    "The program that is observed starts and stops its threads by itself. Kill (Ctrl+Shift+K) ends the whole program."
)
MOST_SPELT = 99  # workers of which a button says that they are workers; of more, only how many


def label(verb: str, count: int | None, *, brief: bool = False) -> str:
    """Return what Start or Stop is called: "Stop 1 worker"; the verb alone where none is selected.

    ``brief``: for a button whose width is reserved.
    """
    if not count:
        return verb
    if brief and count > MOST_SPELT:
        return f"{verb} {count:,}"
    return f"{verb} {count:,} worker{'' if count == 1 else 's'}"


def targets(rows: Sequence[Row], selected: Iterable[int]) -> list[int]:
    """Return the rows that Start and Stop act upon: the selected ones, or all if none is selected."""
    chosen = sorted(set(selected))
    return chosen or list(range(len(rows)))


def possible(rows: Sequence[Row], selected: Sequence[int], abilities: Abilities, *, closing: bool = False) -> Possible:
    """Return which actions the engine has for these rows with this selection; nothing is started while closing."""
    meant = [rows[index] for index in targets(rows, selected)]
    marked = [rows[index] for index in selected]
    starts, stops = sum(can_start(row) for row in meant), sum(can_stop(row) for row in meant)
    stop_all = any(can_stop(row) for row in rows)
    observes = any(row.is_observed and row.is_alive for row in rows)
    killed = [row for row in marked if can_kill(row)]
    return Possible(
        start=not closing and starts > 0,
        stop=stops > 0,
        stop_all=stop_all,
        let_go=abilities.let_go and any(can_let_go(row) for row in meant),
        kill=bool(killed),
        duplicate=any(not row.is_observed for row in marked),
        remove=bool(marked) and not any(row.is_alive for row in marked),
        starts=starts if marked else None,
        stops=stops if marked else None,
        why_not=NOT_OURS if meant and all(row.is_observed for row in meant) else "",
        why_not_all=NOT_OURS if observes and not stop_all else "",
        kills_program=bool(killed) and all(row.is_observed for row in killed),
    )


def can_start(row: Row) -> bool:
    """Return whether a row has a worker that does not run."""
    return not row.is_alive and not row.is_observed


def can_stop(row: Row) -> bool:
    """Return whether a row has a run that has not been asked to stop, and that can be."""
    return row.state in (State.STARTING, State.RUNNING) and not row.is_observed


def can_kill(row: Row) -> bool:
    """Return whether a row has a run that can be ended for certain."""
    return row.snapshot is not None and row.snapshot.can_be_killed


def can_let_go(row: Row) -> bool:
    """Return whether a row has a stuck run that has not been let go; of code of the person's own, nothing can be."""
    if row.worker.code is not None or row.is_observed:
        return False
    return row.state is State.STUCK and row.snapshot is not None and row.snapshot.released is None
