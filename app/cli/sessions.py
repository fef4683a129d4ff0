"""Commands that read recorded sessions: ``sessions``, ``export``, ``report`` and ``to-test``."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from app.cli.stdout import check_output, encoded, print_chunks, write_output
from app.cli.styles import BAD, GOOD, NAME, WARNING, Cell
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, clipped, one_line, quoted, unknown_name
from app.core.latency import duration
from app.documents.startup_settings import kept_session_folder
from app.session.export import export_session
from app.session.folder import find_session, list_sessions, session_folder
from app.session.journal import Verdict
from app.session.journal_reader import verdict_count_words, verdict_counts
from app.session.reader import SessionReader
from app.session.session_summary import SessionSummary, read_summary
from app.terminal import FAILED, SUCCESS, write_stderr

if TYPE_CHECKING:
    from app.session.journal_reader import Step


def sessions_command(options: Namespace) -> int:
    """List the sessions on standard output; 0, or 1 if one of them is damaged or cannot be read.

    Of each file the journal is read; damage among the lines is found by reading all of it.

    Raises:
        BadInput: the folder cannot be looked into.
    """
    folder = options.session_dir or kept_session_folder() or session_folder()
    summaries = [read_summary(path) for path in list_sessions(folder)]
    if options.form == "json":
        values = {"folder": str(folder), "sessions": [session_values(summary) for summary in summaries]}
        text = json.dumps(values, indent=2) + "\n"
    elif summaries:
        text = sessions_text(summaries, sys.stdout)
    else:
        text = clipped(f"There is no session in {one_line(str(folder))} yet.\n")
    print_chunks([encoded(text)])
    return FAILED if any(summary.problem for summary in summaries) else SUCCESS


_NOT_JUDGED = "not_judged"  # a step's key among the verdicts


def session_values(summary: SessionSummary) -> dict[str, Any]:
    """Return a session as the object that JSON has of it; the help of ``sessions`` names its keys."""
    verdicts = Counter(_NOT_JUDGED if step.verdict is None else str(step.verdict) for step in summary.steps)
    return {
        "id": summary.id,
        "path": str(summary.path),
        "started": summary.started,
        "duration_s": summary.seconds,
        "records": summary.records,
        "size_bytes": summary.size,
        "ended": summary.ended,
        "recording": summary.is_recorded_elsewhere,
        "charter": summary.charter,
        "tester": summary.tester,
        "verdicts": {word: verdicts[word] for word in (*map(str, Verdict), _NOT_JUDGED)},
        "plans": [
            {"title": plan.title, "steps": [_step_values(step) for step in plan.steps]} for plan in summary.plans
        ],
        "notes": len(summary.notes),
        "evidence": summary.evidence,
        "problem": summary.problem,
    }


def _step_values(step: "Step") -> dict[str, Any]:
    return {
        "step": step.number,
        "title": step.title,
        "verdict": None if step.verdict is None else str(step.verdict),
        "by_program": None if step.by_program is None else str(step.by_program.verdict),
        "by_person": None if step.by_person is None else str(step.by_person.verdict),
    }


_HEADER = ("id", "started", "lasted", "records", "size", "tester", "charter", "verdicts", "")
_FIGURES = (2, 3, 4)  # columns
_TEXTS = (6, 8)  # columns that may be broken, but to no less than this many characters
_LEAST = 24
_LONGEST = 120  # characters of a text of the tester's


def sessions_text(summaries: Sequence[SessionSummary], stream: TextIO) -> str:
    """Return the list for a stream: a row a session, or some lines a session where a terminal is too narrow for rows."""
    from app.cli.console import entry_text, table_fits, table_text  # rich: JSON needs none of it

    rows = [_row(summary) for summary in summaries]
    cut = [[_cut(cell) if place in _TEXTS else cell for place, cell in enumerate(row)] for row in rows]
    if table_fits(stream, cut, _HEADER):
        return table_text(stream, rows, _HEADER, right=_FIGURES)
    return "".join(entry_text(stream, row[0], _lines(row)) for row in rows)


def _cut(cell: Cell) -> Cell:
    return (cell if isinstance(cell, str) else cell[0])[:_LEAST]


def _lines(row: Sequence[Cell]) -> Iterator[Cell]:
    """Yield what stands below a session's id: its figures, then what else there is to it."""
    _, started, lasted, records, size, *others = row
    figures = (started, lasted, f"{records} records" if records else "", size)
    yield ", ".join(str(cell) for cell in figures if cell)
    yield from (cell for cell in others if cell)


def _row(summary: SessionSummary) -> tuple[Cell, ...]:
    is_known = bool(summary.started)
    verdicts = verdict_counts(summary.steps)
    style = BAD if "fail" in verdicts else WARNING if "blocked" in verdicts else GOOD if "pass" in verdicts else ""
    words = verdict_count_words(verdicts)
    return (
        (summary.path.stem, NAME),
        summary.started[:19].replace("T", " "),
        duration(summary.seconds * 1e9) if is_known else "",
        f"{summary.records:,}" if is_known else "",
        _size(summary.size),
        _short(summary.tester),
        _short(summary.charter),
        (words, style) if style else words,
        _remark(summary),
    )


def _short(text: str) -> str:
    """Return a text on one line, cut: JSON has the whole of it."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _remark(summary: SessionSummary) -> Cell:
    if summary.problem:
        return summary.problem.removeprefix(f"{summary.path}: "), BAD
    if summary.is_recorded_elsewhere:
        return "being recorded"
    return "" if summary.ended else ("ended unexpectedly", WARNING)


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def export_command(options: Namespace) -> int:
    """Write a session, or a part of it, to standard output or a file; 0, or 1 if a damaged batch was left out.

    Raises:
        BadInput: there is no such session, it cannot be read, or the file may not or cannot be written.
    """
    damaged: list[str] = []
    path = _chosen_session(options)
    with SessionReader(path, damaged.append) as reader:
        _check_choice(reader, options)
        chunks = export_session(reader, options.form, options.worker, options.run)
        write_output(chunks, options.output, path, force=options.force)
    status = _report_damage(damaged)
    if options.form == "csv":
        write_stderr("Cells that a spreadsheet would execute have an apostrophe in front; text and JSON are exact.\n")
    return status


def _chosen_session(options: Namespace) -> Path:
    """Return the session's file; BadInput if there is none, or if what is made from it may not be written."""
    path = find_session(options.session, options.session_dir or kept_session_folder() or session_folder())
    check_output(options.output, path, force=options.force)
    return path


def _report_damage(sentences: Iterable[str]) -> int:
    """Print what is damaged and was left out; return the exit status: 1 if anything was."""
    status = SUCCESS
    for sentence in sentences:
        write_stderr(f"thread-controller: {one_line(clipped(sentence))}\n")
        status = FAILED
    return status


def _check_choice(reader: SessionReader, options: Namespace) -> None:
    names = reader.runs().values()
    # What belongs to the session and to no run stands under an empty name.
    workers = sorted({name.worker for name in names if name.worker})
    if options.worker is not None and options.worker not in workers:
        if not workers:
            raise BadInput(f"--worker: the session has no workers, so none is called {quoted(options.worker)}.")
        raise BadInput(f"--worker: {unknown_name('worker', options.worker, workers)}")
    numbers = {name.number for name in names if name.worker and options.worker in (None, name.worker)}
    if options.run is not None and options.run not in numbers:
        whose = "of any worker" if options.worker is None else f"of {quoted(options.worker)}"
        raise BadInput(f"--run: the session has no run number {options.run:,} {whose}.")


def report_command(options: Namespace, catalogue: Catalogue) -> int:
    """Write a session's report to standard output or a file; 0, or 1 if a damaged part was left out.

    Raises:
        BadInput: there is no such session, it cannot be read, or the file may not or cannot be written.
    """
    from app.session.reports.writing import render_report  # here: the other commands need no templates
    from app.session.session_report import read_report

    path = _chosen_session(options)
    session = read_report(path)
    write_output(render_report(session, options.form, catalogue), options.output, path, force=options.force)
    return _report_damage(session.damaged)


def to_test_command(options: Namespace, catalogue: Catalogue) -> int:
    """Write a session as a pytest file to standard output or a file; 0, or 1 if a damaged part was left out.

    Raises:
        BadInput: there is no such session, it cannot be read, nothing in it can be repeated, or the file may not or
            cannot be written.
    """
    from app.experiments.to_test import session_test
    from app.session.session_report import read_report

    path = _chosen_session(options)
    session = read_report(path)
    test = session_test(session, catalogue).encode("utf-8")
    write_output([test], options.output, path, force=options.force)
    return _report_damage(session.damaged)
