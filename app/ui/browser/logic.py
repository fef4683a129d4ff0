"""The texts of the session browser: pure functions, no Qt."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.catalogue import Catalogue
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.session.journal import reason_words
from app.session.journal_reader import Evidence, Note, Step, verdict_count_words, verdict_counts
from app.session.session_report import RunReport
from app.session.session_summary import SessionSummary
from app.ui.display_text import session_time, visible

ENDED_UNEXPECTEDLY = "Ended unexpectedly"
COLUMNS = ("Date", "What was tested", "Tester", "Verdicts", "Records", "Duration", "Size", "Remark")
NOTE_TITLES = ("Time", "Kind", "Note")
STEP_TITLES = ("Plan", "Step", "Title", "Tester", "Program", "Actual result")
RUN_TITLES = ("Run", "Outcome", "Latency", "Predicted", "Mechanism", "Workload", "Lines", "Gaps")
EVIDENCE_TITLES = ("No.", "Time", "Name", "Kept", "Size")
FOUND_TITLES = ("Session", "Time", "Kind", "Note")
_LONGEST = 300  # characters of a text in a cell
_AROUND = 40  # characters before what was looked for


class Place(NamedTuple):
    """Where to go in a session: a time (ns in the session), and the number of a line if it is about one."""

    t_ns: int
    line: int | None = None


class Cell(NamedTuple):
    """A cell of the table of sessions: what it shows, and by what it is sorted."""

    text: str
    key: str | int | float


def row_of(summary: SessionSummary, *, is_recorded: bool = False) -> tuple[Cell, ...]:
    """Return the row of a session, its cells as ``COLUMNS``; ``is_recorded``: it is being recorded now."""
    date = visible(summary.started[:19].replace("T", " "), 40) or visible(summary.path.stem, 60)
    verdicts = verdict_counts(summary.steps)
    bad = verdicts.get("fail", 0) * 10_000 + verdicts.get("blocked", 0)
    known = bool(summary.started)
    return (
        # The digits alone, so that those whose date cannot be read stand by their names where their date would.
        Cell(date, "".join(filter(str.isdigit, summary.started[:19] or summary.path.stem)) + summary.path.stem),
        Cell(visible(summary.charter, _LONGEST), summary.charter.casefold()[:_LONGEST]),
        Cell(visible(summary.tester, 100), summary.tester.casefold()[:_LONGEST]),
        Cell(verdict_count_words(verdicts), bad),
        Cell(f"{summary.records:,}" if known else "", summary.records),
        Cell(duration(summary.seconds * 1e9) if known else "", summary.seconds),
        Cell(size_words(summary.size), summary.size),
        Cell(*[visible(remark(summary, is_recorded=is_recorded), _LONGEST)] * 2),
    )


def remark(summary: SessionSummary, *, is_recorded: bool = False) -> str:
    """Return the remark about a session: its problem, that it is being recorded, or that it ended unexpectedly."""
    if summary.problem:
        return summary.problem.removeprefix(f"{summary.path}: ")
    if is_recorded:
        return "Recording now"
    if summary.is_recorded_elsewhere:
        return "Recording in another window"
    return "" if summary.ended else ENDED_UNEXPECTEDLY


def size_words(size: int) -> str:
    """Return a number of bytes for a person."""
    if size < 1_000:
        return "1 byte" if size == 1 else f"{size} bytes"
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def title_of(summary: SessionSummary) -> str:
    """Return a session in a few words: its name, and what was explored."""
    charter = visible(summary.charter, 60)
    return f"{visible(summary.path.stem, 60)}: {charter}" if charter else visible(summary.path.stem, 60)


def note_rows(notes: Iterable[Note]) -> list[tuple[str, ...]]:
    """Return the notes of a session, the columns as ``NOTE_TITLES``."""
    return [(session_time(max(note.t_ns, 0)), visible(note.kind, 40), note_words(note)) for note in notes]


def note_words(note: Note, wanted: str = "") -> str:
    """Return a note in one line, with what it is about; where something was looked for, the part around that."""
    words = visible(excerpt(note.text, wanted), _LONGEST)
    if note.about:
        words += f"  (about {visible(note.about, 120)})"
    return f"{words}  (corrects note {note.corrects})" if note.corrects is not None else words


def excerpt(text: str, wanted: str) -> str:
    """Return the part of a text around the first place where something stands, upper and lower case alike."""
    # Where folding changes the length (ß) the place may be some characters off; the note itself is whole in its session.
    place = text[: 2**20].casefold().find(wanted.casefold()) if wanted else -1
    if place + len(wanted) <= _LONGEST:
        return text
    return "…" + text[max(0, place - _AROUND) :]


def found_row(summary: SessionSummary, note: Note, wanted: str) -> tuple[str, ...]:
    """Return a note that was found, the columns as ``FOUND_TITLES``."""
    return title_of(summary), session_time(max(note.t_ns, 0)), visible(note.kind, 40), note_words(note, wanted)


def step_table(steps: Iterable[Step]) -> list[tuple[str, ...]]:
    """Return the steps of a session, the columns as ``STEP_TITLES``: what the person and the program said, apart."""
    from app.session.reports.words import judgement_words

    rows: list[tuple[str, ...]] = []
    for step in steps:
        given = [judged for judged in (step.by_person, step.by_program) if judged]
        actual = "; ".join(judged.actual for judged in given if judged.actual)
        person, program = (judgement_words(judged) for judged in (step.by_person, step.by_program))
        plan, title, said = visible(step.plan, 100), visible(step.title, _LONGEST), visible(actual, _LONGEST)
        rows.append((plan, str(step.number), title, person, program, said))
    return rows


def evidence_rows(pieces: Iterable[Evidence]) -> list[tuple[str, ...]]:
    """Return the evidence of a session, the columns as ``EVIDENCE_TITLES``."""
    return [
        (
            str(piece.number),
            session_time(max(piece.t_ns, 0)),
            visible(piece.name, 100),
            visible(reason_words(piece.why, piece.step), 200),
            size_words(piece.size),
        )
        for piece in pieces
    ]


def is_picture(piece: Evidence, catalogue: Catalogue) -> bool:
    """Return whether a piece of evidence is shown as a picture."""
    from app.session.reports.templating import shown

    return bool(shown(piece, catalogue).picture)


def evidence_text(piece: Evidence, catalogue: Catalogue) -> str:
    """Return a piece of evidence that is no picture as a text, facts a line each; a sentence if there is nothing to show."""
    from app.session.reports.templating import shown

    found = shown(piece, catalogue)
    if found.table is not None:
        header = found.table.header
        rows = (zip(header, row, strict=True) for row in found.table.rows) if header else [found.table.rows]
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in row) for row in rows)
    return "\n\n".join(filter(None, (found.text, found.remark)))


def run_table(runs: Iterable[RunReport], catalogue: Catalogue) -> list[tuple[str, ...]]:
    """Return the runs of a session with their stop chains, the columns as ``RUN_TITLES``."""
    from app.session.reports.words import gap_words, latency_words, mechanism_words

    return [
        (
            visible(run.title, 100),
            run.outcome_words,
            latency_words(run),
            _predicted(run),
            *(visible(words, 60) for words in mechanism_words(run, catalogue)),
            f"{run.line_records:,}",
            gap_words(run),
        )
        for run in runs
    ]


def _predicted(run: RunReport) -> str:
    """Return within which time a run was predicted to notice, and what is to be said where it did not."""
    from app.session.reports.words import band_words

    outside = visible(run.outside, 200)
    return "; ".join(filter(None, (band_words(run), outside, run.release_words)))


def snapshot_of(run: RunReport) -> RunSnapshot | None:
    """Return a recorded run as the page about a stop takes it; None if it did not end, or its record is damaged."""
    return run if run.outcome is not None and run.chain.is_ordered() else None


def run_instant(run: RunReport) -> int:
    """Return where the log goes when a run is chosen (ns in the session): to its Stop, or to its beginning without one."""
    return run.began if run.chain.requested is None else run.chain.requested


def count_words(summaries: Sequence[SessionSummary], *, reading: bool) -> str:
    """Return how many sessions there are, in words."""
    words = f"{len(summaries):,} session{'' if len(summaries) == 1 else 's'}"
    bad = sum(bool(summary.problem) for summary in summaries)
    words += f", {bad:,} damaged or unreadable" if bad else ""
    return f"{words}; looking for more…" if reading else words
