"""What somebody has to agree to before it is started, once a sitting; no Qt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to agree to: a strategy or a workload that can do harm.

    Attributes:
        kind: ``strategy`` or ``workload``.
        id: its id.
        title: what the window calls it.
        warning: what it can do harm to, in sentences.
    """

    kind: str
    id: str
    title: str
    warning: str


# Asks a person: called with what is to be agreed to, and with what to do once it is, which may be called later or never.
Ask = Callable[[Sequence[Caution], Callable[[], None]], None]


def freezing_words() -> str:
    """Return what is said of a workload that stops the whole process."""
    return "While it works, everything in this process stands still: every other thread, and this window."


def freezes(catalogue: Catalogue, worker: Worker) -> bool:
    """Return whether a worker's workload stops the whole process; not if it is not in the catalogue."""
    try:
        return catalogue.workload(worker.workload).own_process
    except BadInput:
        return False


def cautions(workers: Iterable[Worker], catalogue: Catalogue, agreed: Iterable[Caution] = ()) -> tuple[Caution, ...]:
    """Return what has to be agreed to before these workers are started, each once.

    What is not in the catalogue is left to whoever starts it, and refused there.

    Args:
        workers: who is to be started.
        catalogue: says what can do harm.
        agreed: what was agreed to before.
    """
    found: dict[Caution, None] = {}
    for worker in workers:
        try:
            about, workload = catalogue.strategy(worker.strategy).about, catalogue.workload(worker.workload)
        except BadInput:
            continue
        if about.warning:
            found[Caution("strategy", about.id, about.title, about.warning)] = None
        if workload.own_process or workload.warning:
            words = workload.warning or freezing_words()
            found[Caution("workload", workload.id, workload.title, words)] = None
    known = set(agreed)
    return tuple(caution for caution in found if caution not in known)


def question(asked: Sequence[Caution]) -> str:
    """Return what a person is asked, a paragraph each."""
    paragraphs = [f"{caution.title} ({caution.kind} {caution.id}): {caution.warning}" for caution in asked]
    return "\n\n".join([*paragraphs, "Start anyway? You are asked once a sitting."])


def refusal(asked: Sequence[Caution]) -> str:
    """Return the sentence that says why nothing was started."""
    titles = " and ".join(caution.title for caution in asked)
    return f"Nothing was started: {titles} can do harm, and nobody has agreed to that."
