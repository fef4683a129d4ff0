"""What becomes of the workers that are there when others are opened; no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS
from app.ui.workers.rows import Row


@dataclass(frozen=True, slots=True)
class Opening:
    """What a person is asked when workers are opened.

    Attributes:
        question: in a sentence.
        remarks: what else there is to know; may be empty.
        may_replace: whether those that are there can be replaced now.
    """

    question: str
    remarks: str
    may_replace: bool


def opening(rows: Sequence[Row], workers: Sequence[Worker]) -> Opening | None:
    """Return what to ask before workers are opened; None if they can take the place of those there without any loss."""
    there = tuple(row.worker for row in rows)
    running = sum(row.is_alive for row in rows)
    if not running and (there == DEFAULT_WORKERS or set(there) <= set(workers)):
        return None
    one = len(there) == 1
    which, them = ("this worker", "it") if one else (f"these {len(there):,} workers", "them")
    remarks = []
    if running:
        who = "It is" if one else f"{running:,} of them {'is' if running == 1 else 'are'}"
        remarks.append(f"{who} running; to replace {them}, stop {'it' if one else 'all of them'} first.")
    if {worker.name for worker in there} & {worker.name for worker in workers}:
        remarks.append("Added workers whose names are taken get a number.")
    return Opening(f"Replace {which}, or add to {them}?", " ".join(remarks), may_replace=not running)
