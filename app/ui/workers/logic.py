"""How the rows of the workers table read, and which actions are possible; no Qt."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.fold import RunSnapshot
from app.core.latency import duration, release_words
from app.core.states import Outcome, State
from app.ui.chain.logic import band_words, gap_lines
from app.ui.workers.rows import Row

_WORDS = {
    State.READY: "Ready",
    State.STARTING: "Starting…",
    State.RUNNING: "Running",
    State.STOPPING: "Stopping…",
    State.STUCK: "Stuck",
    State.ENDED: "Ended",
}


def cells(row: Row, catalogue: Catalogue, now: int) -> tuple[str, ...]:
    """Return the texts of a row's columns at the instant ``now`` (``perf_counter_ns``)."""
    worker, snapshot = row.worker, row.snapshot
    rate = row.rate()
    return (
        worker.name,
        catalogue.strategy(worker.strategy).about.title,
        catalogue.workload(worker.workload).title,
        f"{worker.interval:g} s",
        _state_text(row, now),
        f"{snapshot.lines:,}" if snapshot else "",
        rate_text(rate),
        _run_time(snapshot, now),
        _latency_text(row.asked),
        outcome_text(snapshot),
    )


def _state_text(row: Row, now: int) -> str:
    word = _WORDS[row.state]
    if row.snapshot and row.state in (State.STOPPING, State.STUCK) and row.snapshot.chain.requested is not None:
        # Tenths of a second: more digits would only flicker.
        return f"{word} {max(0, now - row.snapshot.chain.requested) / 1e9:.1f} s"
    return word


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
    return "never" if snapshot.outcome is not Outcome.COMPLETED else ""


def outcome_text(snapshot: RunSnapshot | None) -> str:
    """Return how a run ended, with the error's last line if it failed; empty while it lives."""
    if snapshot is None or snapshot.outcome is None:
        return ""
    text = str(snapshot.outcome).capitalize()
    if snapshot.error:
        text += f": {snapshot.error.rstrip().rpartition(chr(10))[2]}"
    return f"{text} (was stuck)" if snapshot.was_stuck and snapshot.outcome is not Outcome.RELEASED else text


def look(row: Row) -> str:
    """Return the word under which the theme has a row's colour and icon: its state, or ``failed``."""
    if row.snapshot and row.snapshot.outcome is Outcome.FAILED:
        return "failed"
    return str(row.state)


def tooltip(row: Row) -> str:
    """Return what a row's tooltip says, as escaped rich text: Qt would guess at plain text and obey tags in it."""
    snapshot = row.snapshot
    if snapshot is None:
        return ""
    name = snapshot.name
    lines = [f"{name.worker} #{name.number}"]
    if snapshot.native_id is not None:
        lines[0] += f", native id {snapshot.native_id}"
    if parts := gap_lines(snapshot.chain, alive=row.is_alive):
        lines += ["", *parts]
    if band := band_words(snapshot):
        lines.append(band)
    if snapshot.outcome is Outcome.RELEASED:
        lines.append(f"It {release_words(snapshot.chain.requested, snapshot.released)}.")
    if snapshot.stack:
        lines += ["", "Where it was when it was slow to stop:", snapshot.stack]
    if snapshot.error:
        lines += ["", snapshot.error[-4_000:]]
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


@dataclass(frozen=True, slots=True)
class Possible:
    """Which actions are possible now."""

    start: bool
    stop: bool
    stop_all: bool
    let_go: bool
    duplicate: bool
    remove: bool


def targets(rows: Sequence[Row], selected: Iterable[int]) -> list[int]:
    """Return the rows that Start and Stop act upon: the selected ones, or all if none is selected."""
    chosen = sorted(set(selected))
    return chosen or list(range(len(rows)))


def possible(rows: Sequence[Row], selected: Sequence[int], abilities: Abilities, *, closing: bool = False) -> Possible:
    """Return which actions the engine has for these rows with this selection; nothing is started while closing."""
    meant = [rows[index] for index in targets(rows, selected)]
    marked = [rows[index] for index in selected]
    return Possible(
        start=not closing and any(not row.is_alive for row in meant),
        stop=any(can_stop(row) for row in meant),
        stop_all=any(can_stop(row) for row in rows),
        let_go=abilities.let_go and any(can_let_go(row) for row in meant),
        duplicate=bool(marked),
        remove=bool(marked) and not any(row.is_alive for row in marked),
    )


def can_stop(row: Row) -> bool:
    """Return whether a row has a run that has not been asked to stop."""
    return row.state in (State.STARTING, State.RUNNING)


def can_let_go(row: Row) -> bool:
    """Return whether a row has a stuck run that has not been let go."""
    return row.state is State.STUCK and row.snapshot is not None and row.snapshot.released is None
