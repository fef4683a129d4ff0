"""What a person has to agree to before it is started, once a session; no Qt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker


@dataclass(frozen=True, slots=True)
class Risk:
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


# Asks a person for consent: called with the risks, and with what to do once there is consent, which may be called later or
# never.
AskConsent = Callable[[Sequence[Risk], Callable[[], None]], None]


def freezing_words() -> str:
    """Return what is said of a workload that stops the whole process."""
    return "While it works, everything in this process stands still: every other thread, and this window."


def freezes(catalogue: Catalogue, worker: Worker) -> bool:
    """Return whether a worker's workload stops the whole process; not if it is not in the catalogue."""
    try:
        return catalogue.workload(worker.workload).own_process
    except BadInput:
        return False


def find_risks(workers: Iterable[Worker], catalogue: Catalogue, agreed: Iterable[Risk] = ()) -> tuple[Risk, ...]:
    """Return the risks that need consent before these workers are started, each once.

    What is not in the catalogue is passed over here: the start refuses it.

    Args:
        workers: what is to be started.
        catalogue: says what can do harm.
        agreed: what was agreed to before.
    """
    found: dict[Risk, None] = {}
    for worker in workers:
        try:
            about, workload = catalogue.strategy(worker.strategy).about, catalogue.workload(worker.workload)
        except BadInput:
            continue
        if about.warning:
            found[Risk("strategy", about.id, about.title, about.warning)] = None
        if workload.own_process or workload.warning:
            words = workload.warning or freezing_words()
            found[Risk("workload", workload.id, workload.title, words)] = None
    known = set(agreed)
    return tuple(risk for risk in found if risk not in known)


def consent_question(risks: Sequence[Risk]) -> str:
    """Return what a person is asked, a paragraph each."""
    paragraphs = [f"{risk.title} ({risk.kind} {risk.id}): {risk.warning}" for risk in risks]
    return "\n\n".join([*paragraphs, "Start anyway? You won't be asked again this session."])


def consent_needed(risks: Sequence[Risk]) -> str:
    """Return the sentence that says why nothing was started."""
    titles = " and ".join(risk.title for risk in risks)
    one = len(risks) == 1
    return f"Not started: {titles} can do harm and need{'s' if one else ''} your confirmation."
