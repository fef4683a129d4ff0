"""Programs as text, and dumps of them that no process has made."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.programs.conditions import EVENT_READS, code
from app.programs.diagnosis import diagnose
from app.programs.dump import Frame, Local, ProgramDump, ThreadDump
from app.programs.findings import Diagnosis, Finding
from app.programs.loops import LoopState
from app.programs.memory import UnreadableError
from app.programs.objects import Value
from app.programs.source import Place, Source

HERE = "#<"  # marks the line at which the thread is
LIBRARY = "/usr/lib/python3.12/"
BOOTSTRAP = Frame("Thread._bootstrap", f"{LIBRARY}threading.py", 1030)


def value_of(known: object) -> Value:
    if isinstance(known, Value):
        return known
    text = repr(known)
    return Value(type(known).__name__, text, bool(known), text)


@dataclass
class Scope:
    """Values by the code that reads them; of an Event by its own code."""

    values: Mapping[str, object] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)
    timeouts: Mapping[str, int | None] = field(default_factory=dict)
    addresses: Mapping[str, int] = field(default_factory=dict)

    def value(self, expression: ast.expr) -> Value:
        function = expression.func if isinstance(expression, ast.Call) else None
        is_event = isinstance(function, ast.Attribute) and function.attr in EVENT_READS
        return value_of(self._of(self.values, function.value if is_event else expression))  # type: ignore[union-attr]

    def address(self, expression: ast.expr) -> int:
        return int(str(self._of(self.addresses, expression)))

    def type_name(self, expression: ast.expr) -> str:
        return str(self._of(self.types, expression))

    def lock_owner(self, expression: ast.expr) -> int | None:
        return self.owners.get(code(expression)) or self._missing()

    def socket_timeout(self, expression: ast.expr) -> int | None:
        found = self._of(self.timeouts, expression)
        return None if found is None else int(str(found))

    def _of(self, known: Mapping[str, object], expression: ast.expr) -> object:
        return known[code(expression)] if code(expression) in known else self._missing()

    @staticmethod
    def _missing() -> int:
        raise UnreadableError("it is not in this test")


@dataclass
class Facts:
    """The facts about programs that are texts."""

    sources: Mapping[str, str]
    known: Mapping[str, Scope]  # by the name of the thread
    daemons: Mapping[str, bool | None] = field(default_factory=dict)
    signalled: str = ""

    def place(self, frame: Frame) -> Place | str:
        if frame.file not in self.sources:
            return "its source cannot be read"
        return Source(self.sources[frame.file]).place(frame.function, frame.line) or "there is no such function"

    def scope(self, thread: ThreadDump, frame: Frame, place: Place) -> Scope:
        return self.known.get(thread.name, Scope())

    def is_daemon(self, thread: ThreadDump) -> bool | None:
        return self.daemons.get(thread.name, False)

    def name(self, thread: ThreadDump) -> str:
        return thread.name

    def elsewhere(self, states: Sequence[LoopState], state: LoopState) -> str:
        return self.signalled


def line_of(source: str) -> int:
    (line,) = (number for number, text in enumerate(source.splitlines(), 1) if HERE in text)
    return line


def frame_of(source: str, function: str = "work", file: str = "/srv/app.py", locals_: Mapping[str, str] = {}) -> Frame:
    variables = tuple(Local(name, number, text) for number, (name, text) in enumerate(locals_.items(), 1))
    return Frame(function, file, line_of(source), variables)


def waiting_in(*names: str, timeout: str = "None", file: str = "threading.py") -> tuple[Frame, ...]:
    """Return calls of the standard library, innermost first, which were given a time-out."""
    return tuple(Frame(name, LIBRARY + file, 10, (Local("timeout", 1, timeout),)) for name in names)


def thread_of(*frames: Frame, name: str = "worker", number: int = 2, is_active: bool = False) -> ThreadDump:
    return ThreadDump(name, 1000 + number, number, is_active, (*frames, BOOTSTRAP))


def finding_of(
    source: str,
    scope: Scope,
    *inner: Frame,
    computes: bool = False,
    function: str = "work",
    locals_: Mapping[str, str] = {},
    signalled: str = "",
) -> Finding:
    """Return what is found of a thread that is at the marked line of a source, in calls of the standard library or not."""
    frame = frame_of(source, function, locals_=locals_)
    dump = ProgramDump(1, (thread_of(*inner, frame, is_active=computes),))
    facts = Facts({frame.file: source}, {"worker": scope}, signalled=signalled)
    return diagnosed(dump, facts).findings[0]


def diagnosed(dump: ProgramDump, facts: Facts) -> Diagnosis:
    return diagnose(dump, facts)
