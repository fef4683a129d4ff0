"""What was found about a program, as text for a person."""

from app.core.errors import clipped, one_line
from app.programs.diagnosis import Diagnosis, Finding


def end_words(finding: Finding) -> str:
    """Return whether Python waits for a thread before the process ends."""
    if finding.keeps_alive is None:
        return "not known"
    if finding.is_daemon:
        return "not waited for: a daemon"
    return "keeps the process alive" if finding.keeps_alive else "not waited for"


def where_words(finding: Finding) -> str:
    """Return the file and the line at which a thread is; empty if it runs no Python code."""
    return clipped(one_line(f"{finding.file}:{finding.line}" if finding.line else finding.file))


def head(found: Diagnosis) -> str:
    """Return which process it is."""
    return clipped(one_line(f"Process {found.pid}: {found.command}" if found.command else f"Process {found.pid}"))


def plain_text(found: Diagnosis) -> str:
    """Return all of it as lines, for copying."""
    lines = [head(found), found.alive, ""]
    lines += [f"{finding.verdict}: {finding.sentence}" for finding in found.findings]
    return "\n".join([*lines, *found.notes])
