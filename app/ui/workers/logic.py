"""How the rows of the workers table read, which actions are possible, and what needs consent; no Qt."""

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.errors import BadInput, listed
from app.core.fold import RunSnapshot
from app.core.latency import duration, release_words
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.stacks import Call
from app.core.states import Outcome, State
from app.core.worker import PROCESS, Worker
from app.programs.consent import AgreedFiles, CodeUse, code_use
from app.session.thread_words import state_remark, stop_lines, thread_lines
from app.ui.chain.logic import gap_lines
from app.ui.chain.where import failure_text, last_line, own_files, where_text
from app.ui.chain.words import band_words, end_words
from app.ui.display_text import visible
from app.ui.workers.rows import Row, runs_in, strategy_title, workload_title


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing to agree to: a strategy or a workload that can do harm, or a file of the person's that is run.

    Attributes:
        kind: ``strategy``, ``workload`` or ``code``.
        id: its id; of code the file.
        title: what the window calls it.
        warning: what can happen, in sentences.
        workers: the names of those that would use it, none where they have no names; two risks are the same whatever
            workers take them.
        use: of code, which file is run, and how.
    """

    kind: str
    id: str
    title: str
    warning: str
    workers: tuple[str, ...] = field(default=(), compare=False)
    use: CodeUse | None = None


class Agreed(set[Risk]):
    """What a person has agreed to in this session.

    Args:
        files: the files of the person's among it, which are also known from earlier sessions.
    """

    def __init__(self, files: AgreedFiles | None = None) -> None:
        super().__init__()
        self._files = files if files is not None else AgreedFiles()

    def covers(self, risk: Risk) -> bool:
        """Return whether something was agreed to."""
        return self._files.covers(risk.use) if risk.use is not None else risk in self

    def agree(self, risks: Iterable[Risk]) -> None:
        """Take it that a person has agreed to some risks."""
        new = set(risks)
        self |= new
        self._files.add(risk.use for risk in new if risk.use is not None)


# Asks a person for consent: called with the risks, and with what to do once there is consent, which may be called later or
# never.
AskConsent = Callable[[Sequence[Risk], Callable[[], None]], None]


# What is said of a workload that stops the whole process.
FREEZING = "While it works, everything in this process stands still: every other thread, and this window."


def freezes(catalogue: Catalogue, worker: Worker) -> bool:
    """Return whether a worker's workload stops this whole process; not if it is not in the catalogue."""
    try:
        return catalogue.workload(worker.workload).own_process and worker.engine != PROCESS
    except BadInput:
        return False


def find_risks(workers: Iterable[Worker], catalogue: Catalogue, agreed: Agreed | None = None) -> tuple[Risk, ...]:
    """Return the risks that need consent before these workers are started, each once.

    What is not in the catalogue is passed over here: the start refuses it.

    Args:
        workers: what is to be started.
        catalogue: says what can do harm.
        agreed: what was agreed to before.
    """
    found: dict[Risk, list[str]] = {}
    for worker in workers:
        try:
            about, workload = catalogue.strategy(worker.strategy).about, catalogue.workload(worker.workload)
        except BadInput:
            continue
        if about.warning:
            found.setdefault(Risk("strategy", about.id, about.title, about.warning), []).append(worker.name)
        # What would stop this process stops one of its own.
        is_apart = workload.own_process and worker.engine == PROCESS
        if (workload.own_process or workload.warning) and not is_apart:
            words = workload.warning or FREEZING
            found.setdefault(Risk("workload", workload.id, workload.title, words), []).append(worker.name)
        if (use := code_use(worker)) is not None:
            risk = Risk("code", use.file or use.interpreter, use.title, use.sentence, use=use)
            found.setdefault(risk, []).append(worker.name)
    known = Agreed() if agreed is None else agreed
    return tuple(replace(risk, workers=tuple(names)) for risk, names in found.items() if not known.covers(risk))


START_ANYWAY = "Start anyway? You won't be asked again this session."
RUN_IT = "Run it? You won't be asked again this session, nor later unless the file has changed."
RUN_THEM = "Run them? You won't be asked again this session, nor later about files that have not changed."
_MOST_NAMED = 3  # workers; more are counted


def runs_own_code(risks: Iterable[Risk]) -> bool:
    """Return whether a file of the person's is among what is to be agreed to; else it is another Python, or what is ours."""
    return any(risk.use is not None and risk.use.file for risk in risks)


def is_only_code(risks: Iterable[Risk]) -> bool:
    """Return whether all that is to be agreed to are files of the person's, and other Pythons."""
    return all(risk.use is not None for risk in risks)


def consent_question(risks: Sequence[Risk]) -> tuple[str, str]:
    """Return what a person is asked: which workers use what, and what can happen, with the question."""
    one = len(risks) == 1
    happens = [risk.warning if one or risk.use else f"{risk.title}: {risk.warning}" for risk in risks]
    question = (RUN_IT if one else RUN_THEM) if is_only_code(risks) else START_ANYWAY
    return f"{'; '.join(map(_use_words, risks))}.", "\n\n".join([*happens, question])


def _use_words(risk: Risk) -> str:
    """Return which workers use something that can do harm, or run a file."""
    many = "" if len(risk.workers) == 1 else "s"
    if risk.use is not None:
        title = f"“{visible(risk.title)}”"
        return f"{_named(risk.workers)} run{'' if many else 's'} {title}" if risk.workers else f"This runs {title}"
    return (
        f"{_named(risk.workers)} use{'' if many else 's'} {risk.title}" if risk.workers else f"This uses {risk.title}"
    )


def consent_needed(risks: Sequence[Risk]) -> str:
    """Return the sentence that says why nothing was started."""
    # A matrix has no workers with names of their own.
    names = tuple(dict.fromkeys(name for risk in risks for name in risk.workers or (risk.title,)))
    one = len(names) == 1
    what = "code of your own" if runs_own_code(risks) else "another Python"
    does = f"run{'s' if one else ''} {what}" if is_only_code(risks) else "can hang the program"
    return f"Not started: {_named(names)} {does} and need{'s' if one else ''} your confirmation."


def _named(names: Sequence[str]) -> str:
    """Return some workers' names for a sentence, or how many they are."""
    if len(names) > _MOST_NAMED:
        return f"{len(names):,} workers"
    return listed([f"“{visible(name)}”" for name in names])


# What the column State says, with the seconds since the request while a run is asked to stop and lives.
_ALIVE = {
    State.READY: "Ready",
    State.STARTING: "Starting…",
    State.RUNNING: "Running",
    State.STOPPING: "Stopping",
    State.STUCK: "Stuck",
}
SLOW = "Where it was when it was slow to stop:"
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


def process_words(worker: Worker, snapshot: RunSnapshot) -> str:
    """Return what a run lives in, of a worker that names a process of its own."""
    interpreter = "" if worker.interpreter is None else f" ({worker.interpreter})"
    host = snapshot.host
    process = "" if host is None else f": {host.pid}, Python {visible(host.python, 20)}"
    return f"in a process of its own{process}{interpreter}"


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
    return Possible(
        start=not closing and starts > 0,
        stop=stops > 0,
        stop_all=stop_all,
        let_go=abilities.let_go and any(can_let_go(row) for row in meant),
        kill=any(can_kill(row) for row in marked),
        duplicate=any(not row.is_observed for row in marked),
        remove=bool(marked) and not any(row.is_alive for row in marked),
        starts=starts if marked else None,
        stops=stops if marked else None,
        why_not=NOT_OURS if meant and all(row.is_observed for row in meant) else "",
        why_not_all=NOT_OURS if observes and not stop_all else "",
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
