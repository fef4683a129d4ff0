"""The summary of a session: what a list says of it without reading its lines, of which there may be fifty million."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.batch import JOURNAL
from app.core.errors import BadInput
from app.session.folder import session_files, session_size
from app.session.journal_reader import JournalReader, Note, OpenedPlan, Step
from app.session.processes import is_written_elsewhere
from app.session.reader import SessionReader

_MOST_NAMED = 10  # of the sessions that are to go; the others are counted


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What is known of a session without reading its lines.

    Attributes:
        path: its file.
        id: its name.
        started: the wall clock at the beginning, ISO 8601; empty if it cannot be read.
        origin: what tells the session by its beginning; if it went on in another file, both files have the same.
        seconds: up to the latest record.
        records: how many there are.
        size: bytes, with the log of an open or crashed session.
        ended: it was ended in order.
        is_recorded_elsewhere: another process writes it.
        charter, tester: what is explored, and the name of the tester; empty if nothing says it.
        plans: in the order in which they were opened.
        notes: in the order in which they were recorded.
        dismissed: ids of sessions whose unfinished plan is not to be offered again.
        evidence: how many pieces are kept.
        problem: a sentence about what cannot be read; what could be is there all the same.
    """

    path: Path
    id: str
    started: str = ""
    origin: str = ""
    seconds: float = 0.0
    records: int = 0
    size: int = 0
    ended: bool = False
    is_recorded_elsewhere: bool = False
    charter: str = ""
    tester: str = ""
    plans: tuple[OpenedPlan, ...] = ()
    notes: tuple[Note, ...] = ()
    dismissed: tuple[str, ...] = ()
    evidence: int = 0
    problem: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all plans."""
        return tuple(step for plan in self.plans for step in plan.steps)


def read_summary(path: Path, cancelled: Callable[[], bool] = lambda: False) -> SessionSummary:
    """Return the summary of a session file; any thread. Only batches with something of the journal in them are unpacked.

    Nothing is raised: what cannot be read is said in the summary. ``cancelled`` is asked between two batches; the summary
    says what was read by then.
    """
    summary = SessionSummary(path, path.stem, size=session_size(path))
    damaged: list[str] = []
    try:
        with SessionReader(path, damaged.append) as reader:
            meta = reader.meta
            summary = replace(
                summary,
                id=meta["id"],
                started=meta.get("started", ""),
                origin=f"{meta['started_ns']} {meta['origin_ns']}",
                ended="ended" in meta,
                is_recorded_elsewhere=is_written_elsewhere(meta),
            )
            summary = replace(summary, records=reader.records(), seconds=reader.duration() / 1e9)
            journal = JournalReader(int(meta["origin_ns"]), keeps_all=False)
            try:
                for first, batch in reader.batches({JOURNAL}):
                    journal.consume(first, batch)
                    if cancelled() or journal.full_from is not None:
                        break
            finally:
                summary = _with_journal(summary, journal)
    except BadInput as error:
        damaged.append(str(error))
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and one of them must not hide all the others
        damaged.append(f"{path}: it cannot be read as a session ({error}).")
    more = f" And {len(damaged) - 1:,} more of the kind." if len(damaged) > 1 else ""
    return replace(summary, problem=damaged[0] + more) if damaged else summary


def find_notes(summaries: Iterable[SessionSummary], text: str) -> Iterator[tuple[SessionSummary, Note]]:
    """Yield the notes that have a text in them, upper and lower case alike, each with its session; none for no text."""
    wanted = text.casefold()
    for summary in summaries if wanted.strip() else ():
        for note in summary.notes:
            if wanted in note.text.casefold():
                yield summary, note


def deletion_refusal(summaries: Sequence[SessionSummary], recorded: Collection[Path], opened: Collection[Path]) -> str:
    """Return the sentence about why some sessions cannot be deleted; empty if they can.

    ``recorded`` are the files of the session that is being recorded now, ``opened`` those that are open in a session window.
    """
    for summary in summaries:
        if summary.path in recorded:
            return f"{summary.path.name} is being recorded now, so nothing is deleted; leave it out."
        if summary.is_recorded_elsewhere:
            return f"{summary.path.name} is being recorded by another window, so nothing is deleted; leave it out."
        if summary.path in opened:
            return f"{summary.path.name} is open in another window, so nothing is deleted; close that window first."
    return ""


def deletion_words(summaries: Sequence[SessionSummary]) -> str:
    """Return what a person is told before some sessions are deleted: the files, and what is lost with each."""
    lines = []
    for summary in summaries[:_MOST_NAMED]:
        names = ", ".join(part.name for part in session_files(summary.path)) or summary.path.name
        if summary.problem and not summary.records:
            lines.append(f"{names}: what is in it cannot be read")
            continue
        steps = sum(step.verdict is not None for step in summary.steps)
        counts = ((summary.records, "record"), (len(summary.notes), "note"), (steps, "judged step"))
        parts = [counted(number, word) for number, word in counts]
        pieces = f"{counted(summary.evidence, 'piece')} of evidence"
        lines.append(f"{names}: {', '.join(parts)} and {pieces}")
    if len(summaries) > _MOST_NAMED:
        lines.append(f"and {len(summaries) - _MOST_NAMED:,} more sessions")
    return "\n".join(f"• {line}" for line in lines)


def counted(number: int, word: str) -> str:
    """Return a number of things in words, such as ``2 runs``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _with_journal(summary: SessionSummary, journal: JournalReader) -> SessionSummary:
    full_from = journal.full_from
    sentence = f"{summary.path}: from line {full_from} on notes and steps are left out: there is too much of them."
    return replace(
        summary,
        charter=journal.charter,
        tester=journal.tester,
        plans=journal.plans(),
        notes=tuple(journal.notes),
        dismissed=tuple(journal.dismissed),
        evidence=journal.evidence_count,
        problem=summary.problem if full_from is None else sentence,
    )
