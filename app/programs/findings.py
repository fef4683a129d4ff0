"""What was found about a program, and as text for a person."""

from dataclasses import dataclass

from app.core.errors import clipped, one_line
from app.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thread.

    Attributes:
        name: of the thread; of one without a name, its native id.
        ident: its ``threading.get_ident``.
        native_id: the operating system's number; None if it is not known.
        is_daemon: None if that is not known.
        keeps_alive: whether Python waits for it at the end of the program; None if that is not known.
        state: "computes", "waits", "has ended" or "unknown".
        file: where it is; empty if it runs no Python code.
        line: from 1; 0 if it is not known.
        verdict: why it still runs.
        sentence: the verdict for a person.
        evidence: what it rests on, a sentence each.
    """

    name: str
    ident: int
    native_id: int | None
    is_daemon: bool | None
    keeps_alive: bool | None
    state: str
    file: str
    line: int
    verdict: Verdict
    sentence: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about a program.

    Attributes:
        pid: of its process.
        command: its command line; empty if it is not known.
        findings: a thread each, the main thread first.
        alive: what keeps the process alive, one sentence.
        notes: what could not be looked at, a sentence each.
    """

    pid: int
    command: str
    findings: tuple[Finding, ...]
    alive: str
    notes: tuple[str, ...] = ()

    @property
    def kept_alive_by(self) -> tuple[str, ...]:
        """The names of the threads that keep the process alive."""
        return tuple(finding.name for finding in self.findings if finding.keeps_alive)


def end_words(finding: Finding) -> str:
    """Return whether Python waits for a thread before the process ends."""
    if finding.keeps_alive is None:
        return "not known"
    if finding.is_daemon:
        return "not waited for: a daemon"
    return "keeps the process alive" if finding.keeps_alive else "not waited for"


def place_of(finding: Finding) -> str:
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
