"""``thread-controller why``: why the threads of a running program have not ended, one verdict each."""

import json
import sys
from argparse import Namespace
from typing import Any, TextIO

from app.cli.stdout import encoded, print_chunks
from app.cli.styles import BAD, GOOD, NAME, WARNING, Cell
from app.core.verdicts import Verdict
from app.programs.findings import Diagnosis, Finding, end_words, head
from app.programs.why import why
from app.terminal import SUCCESS

_STYLES = {
    Verdict.NEVER_ASKED: WARNING,
    Verdict.ASKED_ELSEWHERE: BAD,
    Verdict.WAITING_FOR_LOCK: BAD,
    Verdict.BLOCKED_IN_CALL: BAD,
    Verdict.ASKED_NOT_POLLED: BAD,
    Verdict.SWALLOWED: BAD,
    Verdict.NOTICED_NOT_ENDED: GOOD,
    Verdict.SLOW_CLEANUP: WARNING,
}


def why_command(options: Namespace) -> int:
    """Print the verdicts on standard output and return the exit status; BadInput if the process cannot be read."""
    found = why(options.pid)
    text = json.dumps(diagnosis_values(found), indent=2) + "\n" if options.json else diagnosis_text(found, sys.stdout)
    print_chunks([encoded(text)])
    return SUCCESS


def diagnosis_values(found: Diagnosis) -> dict[str, Any]:
    """Return what was found as the object that JSON has of it; the help of ``why`` names its keys."""
    return {
        "pid": found.pid,
        "command": found.command,
        "kept_alive_by": list(found.kept_alive_by),
        "alive": found.alive,
        "threads": [_thread_values(finding) for finding in found.findings],
        "notes": list(found.notes),
    }


def _thread_values(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "ident": finding.ident,
        "native_id": finding.native_id,
        "daemon": finding.is_daemon,
        "keeps_alive": finding.keeps_alive,
        "state": finding.state,
        "file": finding.file or None,
        "line": finding.line or None,
        "verdict": str(finding.verdict),
        "sentence": finding.sentence,
        "evidence": list(finding.evidence),
    }


def diagnosis_text(found: Diagnosis, stream: TextIO) -> str:
    """Return what was found for a person: a table with a thread a row, then a sentence about each."""
    from app.cli.console import paragraphs, table_text  # rich: JSON needs none of it

    table = table_text(stream, map(_row, found.findings), ("thread", "state", "at the end", "verdict"))
    sentences = [finding.sentence for finding in found.findings]
    return (
        f"{paragraphs(stream, [head(found), found.alive])}\n{table}\n{paragraphs(stream, sentences)}"
        f"{paragraphs(stream, found.notes)}"
    )


def _row(finding: Finding) -> tuple[Cell, ...]:
    style = _STYLES.get(finding.verdict, "")
    verdict: Cell = (str(finding.verdict), style) if style else str(finding.verdict)
    return (finding.name, NAME), finding.state, end_words(finding), verdict
