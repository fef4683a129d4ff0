"""Observed programs in a report: which of their threads were asked to stop, by whom, and what became of that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.latency import duration
from app.core.states import Outcome
from app.session.observed_words import LIKELY, place_words
from app.session.reports.words import MOST_ROWS
from app.session.requests import requests_of
from app.session.session_report import RunReport, SessionReport
from app.session.thread_words import verdict_sentence

HEADER = ("Thread", "Started", "Asked by", "At", "With", "Noticed at", "Latency")
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class ObservedPart:
    """What a report says of observed programs.

    Attributes:
        rows: a request a row, and each thread that was not asked; as many cells as the header.
        sentences: why threads had not stopped, what kept a process alive, how it ended, what was not observed.
    """

    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]
    header: tuple[str, ...] = HEADER


def observed_part(report: SessionReport) -> ObservedPart | None:
    """Return what is said of observed programs; None if the session has none."""
    runs = [run for run in report.runs if run.observed is not None]
    if not runs:
        return None
    rows = [row for run in runs[:MOST_ROWS] for row in _rows(run)]
    sentences = [sentence for run in runs for sentence in _sentences(run, report)]
    return ObservedPart(tuple(rows[:MOST_ROWS]), tuple(sentences[:MOST_ROWS]))


def _rows(run: RunReport) -> Iterator[tuple[str, ...]]:
    observed = run.observed
    assert observed is not None
    by = f"by {observed.by.worker}" if observed.by else ""
    started = " at ".join(filter(None, (by, place_words(observed.place)))) or _NOTHING
    requests = requests_of(run.run, observed)
    for request in requests:
        asked, latency = request.stop.asked, request.stop.latency
        yield (
            run.title,
            started,
            asked.by.worker if asked.by else _NOTHING,
            place_words(request.at) or _NOTHING,
            asked.what + ("" if request.stop.exact else LIKELY),
            (place_words(request.noticed_at) or "yes") if latency is not None else "not noticed",
            _NOTHING if latency is None else duration(latency),
        )
    if not requests:
        yield (run.title, started, *(_NOTHING,) * (len(HEADER) - 2))


def _sentences(run: RunReport, report: SessionReport) -> Iterator[str]:
    observed = run.observed
    assert observed is not None
    why = verdict_sentence(run)
    if why and (run.was_stuck or run.chain.ended is None or run.outcome is Outcome.KILLED):
        yield why
    yield from observed.notes
    if observed.main_ended is not None:
        yield from _kept_alive(run, observed.main_ended, report)


def _kept_alive(main: RunReport, main_ended: int, report: SessionReport) -> Iterator[str]:
    """Yield what kept the process of a main thread alive after that had ended."""
    threads: Mapping[int, RunReport] = {run.run: run for run in report.runs}
    for run in threads.values():
        observed, ended = run.observed, run.chain.ended
        if observed is None or observed.daemon is not False or run.run == main.run or not _is_of(run, main, threads):
            continue
        if ended is None or ended > main_ended:
            killed = ", until it was killed" if run.outcome is Outcome.KILLED else ""
            length = f" for {duration(ended - main_ended)}" if ended is not None and not killed else ""
            yield f"{run.title} kept the process alive{length} after the main thread's code had ended{killed}."


def _is_of(run: RunReport, main: RunReport, threads: Mapping[int, RunReport]) -> bool:
    """Return whether a thread was started by a main thread, directly or by another of its threads."""
    seen: set[int] = set()
    found: RunReport | None = run
    while found is not None and found.run not in seen:
        if found.run == main.run:
            return True
        seen.add(found.run)
        by = found.observed.by if found.observed is not None else None
        found = threads.get(by.run) if by is not None else None
    return False
