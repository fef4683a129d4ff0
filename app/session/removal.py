"""Removing sessions: only ever because a person asked for it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from app.core.errors import BadInput
from app.session.folder import session_files
from app.session.session_summary import SessionSummary

_MOST_NAMED = 10  # of the sessions that are to go; the others are counted


def deletion_refusal(summaries: Sequence[SessionSummary], recorded: Collection[Path], opened: Collection[Path]) -> str:
    """Return the sentence about why some sessions cannot be deleted; empty if they can.

    Args:
        summaries: those that are to go.
        recorded: the files of the session that is being recorded now.
        opened: the files that are open in a session window.
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
        parts = [_count(number, word) for number, word in counts]
        pieces = f"{_count(summary.evidence, 'piece')} of evidence"
        lines.append(f"{names}: {', '.join(parts)} and {pieces}")
    if len(summaries) > _MOST_NAMED:
        lines.append(f"and {len(summaries) - _MOST_NAMED:,} more sessions")
    return "\n".join(f"• {line}" for line in lines)


def remove_session(path: Path) -> None:
    """Remove a session with what SQLite keeps beside it; any thread, not while the session is open or recorded.

    Raises:
        BadInput: it cannot be removed, or not all of it.
    """
    # The file first: what is in a log beside it is part of the session for as long as the file is there.
    for part in session_files(path):
        try:
            part.unlink(missing_ok=True)
        except OSError as error:
            raise BadInput(f"{part}: it cannot be deleted ({error.strerror or error}).") from None


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
