"""What the dialog about a file of the person's says and what it makes of what was entered; no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core.errors import BadInput
from app.core.own_code.description import StopKind, StopWay, read_stop
from app.core.worker import Worker
from app.programs.own_code import Found, FoundKind, NotOffered, PythonFile
from app.programs.own_worker import own_worker, read_pairs
from app.ui.display_text import visible

HEADERS = ("Name", "What", "How it is stopped", "Line")
NOTHING_FOUND = "nothing found: can only be killed"
_KINDS = {FoundKind.FUNCTION: "Function", FoundKind.COROUTINE: "Coroutine", FoundKind.THREAD: "Thread"}
_WAYS = {
    StopKind.ARGUMENT: "by the Event that it is given as “{name}”",
    StopKind.ASYNCIO_ARGUMENT: "by the asyncio.Event that it is given as “{name}”",
    StopKind.EVENT: "by the Event {name}",
    StopKind.FLAG: "by the flag {name}",
    StopKind.METHOD: "by its method {name}()",
    StopKind.CANCEL: "by cancelling its task",
    StopKind.NONE: NOTHING_FOUND,
}


@dataclass(slots=True)
class Draft:
    """One thing of a file, as a person wants it run.

    Attributes:
        found: what it is.
        is_chosen: whether a worker is wanted of it.
        stop: how it is asked to stop, as it was typed.
        arguments: by parameter, as they were typed; an empty text is none.
    """

    found: Found
    is_chosen: bool = False
    stop: str = ""
    arguments: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stop = self.stop or self.found.ways[0].text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the code runs, as it was typed: a folder, variables, a line each, and a Python; empty for as it comes."""

    folder: str = ""
    environment: str = ""
    interpreter: str = ""


def drafts_of(file: PythonFile) -> list[Draft]:
    """Return a draft of each thing of a file; the only one, or else the first that can be stopped, is chosen."""
    drafts = [Draft(found) for found in file.found]
    stoppable = [draft for draft in drafts if draft.found.can_be_asked]
    for draft in (stoppable or drafts)[:1]:
        draft.is_chosen = True
    return drafts


def drafts_as(file: PythonFile, worker: Worker) -> tuple[list[Draft], Surroundings]:
    """Return drafts of which the one that a worker runs is chosen, as it is now, and where it runs."""
    code = worker.code
    drafts = [Draft(found) for found in file.found]
    if code is None:
        return drafts, Surroundings()
    for draft in drafts:
        if draft.found.name == code.name:
            draft.is_chosen, draft.stop, draft.arguments = True, code.stop.text, dict(code.arguments)
    environment = "\n".join(f"{name}={value}" for name, value in code.environment)
    return drafts, Surroundings(code.folder, environment, worker.interpreter or "")


def found_cells(found: Found) -> tuple[str, ...]:
    """Return the texts of a row of the list."""
    return found.name, _KINDS[found.kind], way_words(found.ways[0]), f"{found.line:,}"


def not_offered_cells(other: NotOffered) -> tuple[str, ...]:
    """Return the texts of a row about what cannot be run."""
    return other.name, "Not offered", other.why, f"{other.line:,}"


def way_words(way: StopWay) -> str:
    """Return a way of stopping for a list."""
    return _WAYS[way.kind].format(name=way.name)


def stop_sentence(text: str) -> str:
    """Return what a typed way of asking means, or what is wrong with it."""
    try:
        return read_stop(text).sentence
    except BadInput as error:
        return str(error)


def head(file: PythonFile) -> str:
    """Return what there is in a file, in a sentence or two."""
    count = len(file.found)
    if not count:
        return f"There is no function and no thread in {visible(str(file.path))} that can be run."
    one = count == 1
    return (
        f"{count:,} {'thing' if one else 'things'} in {visible(str(file.path))} can be run. The file was read, not run."
    )


def parameter_label(name: str, annotation: str) -> str:
    """Return what stands beside the field of an argument."""
    return f"{name}: {annotation}" if annotation else name


def handed_in(draft: Draft) -> str:
    """Return the parameter as which an Event is handed in; empty if there is none."""
    try:
        way = read_stop(draft.stop)
    except BadInput:
        return ""
    return way.name if way.kind in (StopKind.ARGUMENT, StopKind.ASYNCIO_ARGUMENT) else ""


def workers_of(file: PythonFile, drafts: Iterable[Draft], where: Surroundings) -> tuple[Worker, ...]:
    """Return the workers of what is chosen.

    Raises:
        BadInput: something that was typed is wrong; the sentence says of which, and what.
    """
    environment = [line for line in where.environment.splitlines() if line.strip()]
    pairs = read_pairs("environment", environment, "DEBUG=1")
    workers = []
    for draft in drafts:
        if not draft.is_chosen:
            continue
        skipped = handed_in(draft)
        given = {name: text for name, text in draft.arguments.items() if text.strip() and name != skipped}
        try:
            worker = own_worker(
                file,
                draft.found,
                stop=read_stop(draft.stop),
                arguments=given,
                folder=where.folder.strip(),
                environment=pairs,
                interpreter=where.interpreter.strip(),
            )
        except BadInput as error:
            name = draft.found.name
            raise BadInput(f"{name}: {error}", error.field) from None
        workers.append(worker)
    return tuple(workers)
