"""Commands that read recorded sessions: ``sessions``, ``export``, ``report`` and ``to-test``."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from app.cli.stdout import check_output, encoded, print_chunks, write_output
from app.cli.styles import BAD, NAME, WARNING, Cell
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, clipped, one_line, quoted, unknown_name
from app.core.latency import duration
from app.documents.startup_settings import kept_session_folder
from app.session.export import export_session
from app.session.folder import SessionFacts, find_session, list_sessions, session_folder, sessions
from app.session.journal import Verdict
from app.session.reader import SessionReader
from app.terminal import FAILED, SUCCESS, write_stderr

if TYPE_CHECKING:
    from app.session.journal_reader import Step
    from app.session.session_summary import SessionSummary


def sessions_command(options: Namespace) -> int:
    """List the sessions on standard output; 0, or 1 if one of them is damaged or cannot be read.

    Only the beginning and the end of each file are looked at; damage in between is found by reading all of it.

    Raises:
        BadInput: the folder cannot be looked into.
    """
    folder = options.session_dir or kept_session_folder() or session_folder()
    if options.form == "json":
        return _sessions_json(folder)
    facts = list(sessions(folder))
    if not facts:
        print_chunks([encoded(clipped(f"There is no session in {one_line(str(folder))} yet.\n"))])
        return 0
    print_chunks([encoded(_table(facts, sys.stdout))])
    return 1 if any(session.problem or session.damaged for session in facts) else 0


def _sessions_json(folder: Path) -> int:
    """Print the list as one JSON object; 0, or 1 if a session is damaged or cannot be read."""
    from app.session.session_summary import read_summary  # here: the other forms need no journals

    summaries = [read_summary(path) for path in list_sessions(folder)]
    values = {"folder": str(folder), "sessions": [session_values(summary) for summary in summaries]}
    print_chunks([encoded(json.dumps(values, indent=2) + "\n")])
    return FAILED if any(summary.problem for summary in summaries) else SUCCESS


_NOT_JUDGED = "not_judged"  # a step's key among the verdicts


def session_values(summary: "SessionSummary") -> dict[str, Any]:
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


def _table(facts: Sequence[SessionFacts], stream: TextIO) -> str:
    """Return the list for a stream: id, start, duration, records, size, what else is to be said."""
    from app.cli.console import table_text  # rich: the other forms need none of it

    header = ("id", "started", "lasted", "records", "size", "")
    return table_text(stream, map(_row, facts), header, right=(2, 3, 4))


def _row(facts: SessionFacts) -> tuple[Cell, ...]:
    name = (facts.path.stem, NAME)
    if facts.problem:
        return name, "", "", "", _size(facts.size), (facts.problem, BAD)
    started = facts.started[:19].replace("T", " ")
    note: Cell = "" if facts.ended else ("not ended: still running, or ended unexpectedly", WARNING)
    if facts.damaged:
        note = ("damaged: an export has what can still be read, and says what is missing", BAD)
    return name, started, duration(facts.duration), f"{facts.records:,}", _size(facts.size), note


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
