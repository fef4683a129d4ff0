"""What needs a person's consent before it is started: strategies and workloads that can do harm, and files of their own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, listed
from app.core.worker import PROCESS, Worker
from app.programs.consent import AgreedFiles, CodeUse, code_use
from app.ui.display_text import visible


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing to agree to: a strategy or a workload that can do harm, or a file of the person's that is run.

    Attributes:
        kind: ``strategy``, ``workload`` or ``code``.
        id: its id; of code the file.
        title: what the window calls it.
        warning: what can happen, in sentences.
        workers: the names of those that would use it, none where they have no names; two risks are the same whatever
            workers take them.
        use: of code, which file is run, and how.
    """

    kind: str
    id: str
    title: str
    warning: str
    workers: tuple[str, ...] = field(default=(), compare=False)
    use: CodeUse | None = None


class Agreed(set[Risk]):
    """What a person has agreed to in this session.

    Args:
        files: the files of the person's among it, which are also known from earlier sessions.
    """

    def __init__(self, files: AgreedFiles | None = None) -> None:
        super().__init__()
        self._files = files if files is not None else AgreedFiles()

    def covers(self, risk: Risk) -> bool:
        """Return whether something was agreed to."""
        return self._files.covers(risk.use) if risk.use is not None else risk in self

    def agree(self, risks: Iterable[Risk]) -> None:
        """Take it that a person has agreed to some risks."""
        new = set(risks)
        self |= new
        self._files.add(risk.use for risk in new if risk.use is not None)


# Asks a person for consent: called with the risks, and with what to do once there is consent, which may be called later or
# never.
AskConsent = Callable[[Sequence[Risk], Callable[[], None]], None]


# What is said of a workload that stops the whole process.
FREEZING = "While it works, everything in this process stands still: every other thread, and this window."


def freezes(catalogue: Catalogue, worker: Worker) -> bool:
    """Return whether a worker's workload stops this whole process; not if it is not in the catalogue."""
    try:
        return catalogue.workload(worker.workload).own_process and worker.engine != PROCESS
    except BadInput:
        return False


def find_risks(workers: Iterable[Worker], catalogue: Catalogue, agreed: Agreed | None = None) -> tuple[Risk, ...]:
    """Return the risks that need consent before these workers are started, each once.

    What is not in the catalogue is passed over here: the start refuses it.

    Args:
        workers: what is to be started.
        catalogue: says what can do harm.
        agreed: what was agreed to before.
    """
    found: dict[Risk, list[str]] = {}
    for worker in workers:
        try:
            about, workload = catalogue.strategy(worker.strategy).about, catalogue.workload(worker.workload)
        except BadInput:
            continue
        if about.warning:
            found.setdefault(Risk("strategy", about.id, about.title, about.warning), []).append(worker.name)
        # What would stop this process stops one of its own.
        is_apart = workload.own_process and worker.engine == PROCESS
        if (workload.own_process or workload.warning) and not is_apart:
            words = workload.warning or FREEZING
            found.setdefault(Risk("workload", workload.id, workload.title, words), []).append(worker.name)
        if (use := code_use(worker)) is not None:
            risk = Risk("code", use.file or use.interpreter, use.title, use.sentence, use=use)
            found.setdefault(risk, []).append(worker.name)
    known = Agreed() if agreed is None else agreed
    return tuple(replace(risk, workers=tuple(names)) for risk, names in found.items() if not known.covers(risk))


START_ANYWAY = "Start anyway? You won't be asked again this session."
RUN_IT = "Run it? You won't be asked again this session, nor later unless the file has changed."
RUN_THEM = "Run them? You won't be asked again this session, nor later about files that have not changed."
_MOST_NAMED = 3  # workers; more are counted


def runs_own_code(risks: Iterable[Risk]) -> bool:
    """Return whether a file of the person's is among what is to be agreed to; else it is another Python, or what is ours."""
    return any(risk.use is not None and risk.use.file for risk in risks)


def is_only_code(risks: Iterable[Risk]) -> bool:
    """Return whether all that is to be agreed to are files of the person's, and other Pythons."""
    return all(risk.use is not None for risk in risks)


def consent_question(risks: Sequence[Risk]) -> tuple[str, str]:
    """Return what a person is asked: which workers use what, and what can happen, with the question."""
    one = len(risks) == 1
    happens = [risk.warning if one or risk.use else f"{risk.title}: {risk.warning}" for risk in risks]
    question = (RUN_IT if one else RUN_THEM) if is_only_code(risks) else START_ANYWAY
    return f"{'; '.join(map(_use_words, risks))}.", "\n\n".join([*happens, question])


def _use_words(risk: Risk) -> str:
    """Return which workers use something that can do harm, or run a file."""
    many = "" if len(risk.workers) == 1 else "s"
    if risk.use is not None:
        title = f"“{visible(risk.title)}”"
        return f"{_named(risk.workers)} run{'' if many else 's'} {title}" if risk.workers else f"This runs {title}"
    return (
        f"{_named(risk.workers)} use{'' if many else 's'} {risk.title}" if risk.workers else f"This uses {risk.title}"
    )


def consent_needed(risks: Sequence[Risk]) -> str:
    """Return the sentence that says why nothing was started."""
    # A matrix has no workers with names of their own.
    names = tuple(dict.fromkeys(name for risk in risks for name in risk.workers or (risk.title,)))
    one = len(names) == 1
    what = "code of your own" if runs_own_code(risks) else "another Python"
    does = f"run{'s' if one else ''} {what}" if is_only_code(risks) else "can hang the program"
    return f"Not started: {_named(names)} {does} and need{'s' if one else ''} your confirmation."


def _named(names: Sequence[str]) -> str:
    """Return some workers' names for a sentence, or how many they are."""
    if len(names) > _MOST_NAMED:
        return f"{len(names):,} workers"
    return listed([f"“{visible(name)}”" for name in names])
