"""Removing sessions: only ever because a person asked for it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from app.core.errors import BadInput
from app.session.cards import SessionCard, session_parts

_MOST_NAMED = 10  # of the sessions that are to go; the others are counted


def refusal(cards: Sequence[SessionCard], recorded: Collection[Path], opened: Collection[Path]) -> str:
    """Return the sentence about why some sessions cannot be deleted; empty if they can.

    Args:
        cards: those that are to go.
        recorded: the files of the sitting that is being recorded now.
        opened: the files that are open in a session window.
    """
    for card in cards:
        if card.path in recorded:
            return f"{card.path.name} is being recorded now, so nothing is deleted; leave it out."
        if card.goes_on:
            return f"{card.path.name} is being recorded by another window, so nothing is deleted; leave it out."
        if card.path in opened:
            return f"{card.path.name} is open in another window, so nothing is deleted; close that window first."
    return ""


def what_goes(cards: Sequence[SessionCard]) -> str:
    """Return what a person is told before some sessions are deleted: the files, and what is lost with each."""
    lines = []
    for card in cards[:_MOST_NAMED]:
        names = ", ".join(part.name for part in session_parts(card.path)) or card.path.name
        if card.problem and not card.records:
            lines.append(f"{names}: what is in it cannot be read")
            continue
        steps = sum(step.verdict is not None for step in card.steps())
        counts = ((card.records, "record"), (len(card.notes), "note"), (steps, "judged step"))
        parts = [_count(number, word) for number, word in counts]
        pieces = f"{_count(card.evidence, 'piece')} of evidence"
        lines.append(f"{names}: {', '.join(parts)} and {pieces}")
    if len(cards) > _MOST_NAMED:
        lines.append(f"and {len(cards) - _MOST_NAMED:,} more sessions")
    return "\n".join(f"• {line}" for line in lines)


def remove_session(path: Path) -> None:
    """Remove a session with what SQLite keeps beside it; any thread, not while the session is open or recorded.

    Raises:
        BadInput: it cannot be removed, or not all of it.
    """
    # The file first: what is in a log beside it is part of the session for as long as the file is there.
    for part in session_parts(path):
        try:
            part.unlink(missing_ok=True)
        except OSError as error:
            raise BadInput(f"{part}: it cannot be deleted ({error.strerror or error}).") from None


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
