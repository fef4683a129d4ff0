"""Reads the journal of a session, one entry after the other: actions, plans, notes, verdicts and evidence.

A summary and a report read the journal with the same reader. The summary keeps little of it, the report nearly all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

from app.core.batch import JOURNAL, Batch, Kind
from app.core.latency import session_time
from app.session.journal import Check, Verdict, evidence_data, read_entry, verdict_word

MOST_EVIDENCE_KEPT = 128 * 2**20  # bytes in memory; of what comes after, only the name and the size are kept
MOST_SUMMARY_CHARACTERS = 16 * 2**20  # of the notes, steps and plans of one summary: a file may hold anything
_LONGEST = 1e9  # seconds; nothing in a session lasts thirty years
# These select the entries of a batch at memory speed.
_IS_ENTRY = bytes(kind in (Kind.ACTION, Kind.NOTE, Kind.STEP, Kind.EVIDENCE) for kind in range(256))
_IS_SUMMARY_ENTRY = bytes(kind in (Kind.ACTION, Kind.NOTE, Kind.STEP) for kind in range(256))


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done: when (ns in the session), what, its details, and whether a person clicked for it, then."""

    t_ns: int
    word: str
    facts: dict[str, Any]
    was_clicked: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A note: its id, kind and text, when typing began (ns in the session), and what it is about.

    Attributes:
        about: in words; empty if it is about nothing in particular.
        line: the number of the line that it is about; None if it is about no line.
        corrects: the id of the note that it corrects; None if it corrects none.
    """

    id: int
    kind: str
    text: str
    t_ns: int
    about: str = ""
    line: int | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict about a step, when it was given (ns in its session), and what it rests on.

    Attributes:
        session: the id of the earlier session in which it was given, whose plan is resumed; empty for this one.
    """

    verdict: Verdict
    t_ns: int
    actual: str
    checks: tuple[Check, ...] = ()
    session: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: what is to be done and expected, and the last judgement of each. None: not judged."""

    plan: str
    number: int
    title: str
    by_person: Judgement | None = None
    by_program: Judgement | None = None
    do: str = ""
    expect: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of both: fail if either says so, then the person's, then the program's."""
        given = [judgement.verdict for judgement in (self.by_person, self.by_program) if judgement]
        if Verdict.FAIL in given:
            return Verdict.FAIL
        return given[0] if given else None


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """A plan that was opened in a session.

    Attributes:
        title: its title; empty for verdicts that stand under no plan.
        document: the plan as its file has it; empty if the session does not hold it.
        was_clicked: a person opened it.
        resumes: the id of the session whose plan it resumes; empty if it resumes none.
        steps: in the plan's order, those without a verdict included.
    """

    title: str
    document: dict[str, Any]
    was_clicked: bool
    resumes: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence; ``data`` is empty where it is damaged, or where keeping it would take too much memory."""

    number: int
    t_ns: int
    name: str
    type: str
    why: str
    step: int | None
    size: int
    data: bytes


class JournalReader:
    """Collects the entries of a journal; what does not look like an entry is left out: a file may hold anything.

    Args:
        origin: the beginning of the session, a ``perf_counter_ns``.
        keeps_all: False for a summary: it keeps no actions and no surroundings, counts the evidence without decoding it,
            and stops at ``MOST_SUMMARY_CHARACTERS``.

    Attributes:
        environment: the surroundings, in the order in which they were recorded.
        charter, tester: what is explored, and the name of the tester; empty if nothing says it.
        timebox: seconds; None for none.
        workers: from a run's id to the table of the worker that was started.
        actions, notes, evidence: in the order in which they were recorded.
        evidence_count: how many pieces were recorded.
        dismissed: ids of sessions whose unfinished plan is not to be offered again.
        full_from: the number of the first line that was left out because there was too much; None if there was none.
    """

    def __init__(self, origin: int, *, keeps_all: bool) -> None:
        self._origin = origin
        self._keeps_all = keeps_all
        self.environment: dict[str, str] = {}
        self.charter = self.tester = ""
        self.timebox: float | None = None
        self.workers: dict[int, dict[str, Any]] = {}
        self.actions: list[Action] = []
        self.notes: list[Note] = []
        self.evidence: list[Evidence] = []
        self.evidence_count = 0
        self.dismissed: list[str] = []
        self.full_from: int | None = None
        self._plans: list[OpenedPlan] = []  # their steps are in _steps
        self._steps: list[dict[tuple[str, int], Step]] = []  # of each plan, by the plan's title and the step's number
        self._characters = 0
        self._evidence_bytes = 0

    def plans(self) -> tuple[OpenedPlan, ...]:
        """Return the plans in the order in which they were opened."""
        plans = zip(self._plans, self._steps, strict=True)
        return tuple(replace(plan, steps=tuple(steps.values())) for plan, steps in plans)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of all plans."""
        return tuple(step for steps in self._steps for step in steps.values())

    def consume(self, first: int, batch: Batch) -> None:
        """Read the entries of a batch, whose first record has the line number ``first``."""
        self.evidence_count += batch.kinds.count(Kind.EVIDENCE)
        selected = batch.kinds.translate(_IS_ENTRY if self._keeps_all else _IS_SUMMARY_ENTRY)
        for place in compress(range(len(batch)), selected):
            if batch.runs[place] != JOURNAL:
                continue
            kind, text = batch.kinds[place], batch.texts[place]
            if not self._has_room(kind, text):
                self.full_from = first + place
                return
            values = read_entry(kind, text)
            if values is None:
                continue
            t_ns = batch.instants[place] - self._origin
            if kind == Kind.ACTION:
                self._consume_action(t_ns, values)
            elif kind == Kind.NOTE:
                self.notes.append(_note(t_ns, values))
            elif kind == Kind.STEP:
                self._consume_step(t_ns, values)
            else:
                self._consume_evidence(t_ns, values)

    def _has_room(self, kind: int, text: str) -> bool:
        """Count the text of an entry that a summary keeps, and return whether it may be kept."""
        if self._keeps_all:
            return True
        # All other actions are read, and not kept.
        if kind != Kind.ACTION or '"plan"' in text or '"put-aside"' in text:
            self._characters += len(text)
        return self._characters <= MOST_SUMMARY_CHARACTERS

    def _consume_action(self, t_ns: int, values: dict[str, Any]) -> None:
        word = values.pop("action")
        clicked = whole_number(values.pop("clicked_ns", None))
        if word == "session":
            self.charter, self.tester = text_of(values, "charter"), text_of(values, "tester")
            self.timebox = finite_seconds(values.get("timebox_s"))
        elif word == "plan":
            self._open_plan(values, was_clicked=clicked is not None)
        elif word == "put-aside":
            self.dismissed.append(text_of(values, "session"))
        if self._keeps_all:
            self._keep_action(t_ns, clicked, word, values)

    def _keep_action(self, t_ns: int, clicked: int | None, word: object, values: dict[str, Any]) -> None:
        if word == "environment":
            self.environment = {key: str(value) for key, value in values.items()}
            return
        if word == "start":
            run, worker = whole_number(values.get("run")), values.get("worker")
            if run is not None and isinstance(worker, dict):
                self.workers[run] = worker
        if isinstance(word, str):
            self.actions.append(Action(t_ns if clicked is None else clicked, word, values, clicked is not None))

    def _open_plan(self, values: Mapping[str, Any], *, was_clicked: bool) -> None:
        """Add a plan with its steps in its order, those included that never get a verdict."""
        title, document = text_of(values, "title"), values.get("plan")
        document = document if isinstance(document, dict) else {}
        self._plans.append(OpenedPlan(title, document, was_clicked, text_of(values, "resumes"), ()))
        listed = next((document[key] for key in ("step", "steps") if key in document), ())
        steps = listed if isinstance(listed, list) else ()
        tables = enumerate((step if isinstance(step, dict) else {} for step in steps), 1)
        self._steps.append({(title, number): _step(title, number, table) for number, table in tables})
        earlier = values.get("earlier")
        for given in earlier if isinstance(earlier, list) else ():
            if isinstance(given, dict) and (title, whole_number(given.get("step"))) in self._steps[-1]:
                self._judge({**given, "plan": title}, whole_number(given.get("t_ns")) or 0, text_of(given, "session"))

    def _consume_step(self, t_ns: int, values: dict[str, Any]) -> None:
        self._judge(values, t_ns)

    def _judge(self, values: Mapping[str, Any], t_ns: int, session: str = "") -> None:
        """Take a verdict, given in an earlier session if its id is said."""
        number, plan = whole_number(values.get("step")), text_of(values, "plan")
        is_taken_back = "verdict" in values and values["verdict"] is None
        try:
            verdict = None if is_taken_back else Verdict(text_of(values, "verdict"))
        except ValueError:
            return
        if number is None:
            return
        if not self._steps:  # the session goes on in this file: its plan was opened in the file before
            self._open_plan({"title": plan}, was_clicked=False)
        steps = self._steps[-1]
        step = steps.get((plan, number), Step(plan, number, ""))
        step = replace(step, title=text_of(values, "title") or step.title)
        given = None
        if verdict is not None:
            given = Judgement(verdict, t_ns, text_of(values, "actual"), tuple(_checks(values.get("checks"))), session)
        by_program = values.get("by") == "program"
        steps[plan, number] = replace(step, by_program=given) if by_program else replace(step, by_person=given)

    def _consume_evidence(self, t_ns: int, values: dict[str, Any]) -> None:
        number, data = whole_number(values.get("evidence")) or 0, evidence_data(values)
        size = len(data)
        if self._evidence_bytes + size > MOST_EVIDENCE_KEPT:
            data = b""
        self._evidence_bytes += len(data)
        name, kind, why = (text_of(values, key) for key in ("name", "type", "why"))
        self.evidence.append(Evidence(number, t_ns, name, kind, why, whole_number(values.get("step")), size, data))


def stopped_runs(action: Action) -> list[int]:
    """Return the runs that a ``stop`` asked: one, or those that one press asked together."""
    several = action.facts.get("runs")
    runs = several if isinstance(several, list) else [action.facts.get("run")]
    return [run for run in map(whole_number, runs) if run is not None]


def verdict_counts(steps: Iterable[Step]) -> dict[str, int]:
    """Return how many steps passed, failed and so on; those without a verdict under ``not judged``."""
    words = [str(step.verdict or "not judged") for step in steps]
    return {word: words.count(word) for word in (*map(str, Verdict), "not judged") if word in words}


def verdict_count_words(counts: Mapping[str, int]) -> str:
    """Return how many steps passed, failed and so on; empty if there are none."""
    words = {str(verdict): verdict_word(verdict) for verdict in Verdict}
    return ", ".join(f"{count:,} {words.get(word, word)}" for word, count in counts.items())


def finite_seconds(value: object) -> float | None:
    """Return a number of seconds that can be calculated with; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LONGEST else None


def whole_number(value: object) -> int | None:
    """Return a value of a journal's entry that is a whole number; None if it is none."""
    return value if type(value) is int and abs(value) < 2**63 else None


def text_of(values: Mapping[str, Any], key: str) -> str:
    """Return a text of a journal's entry; empty if there is none."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def link_words(link: object, time: Callable[[int], str] = session_time) -> str:
    """Return in words what a note is about; empty if it is about nothing in particular.

    Args:
        link: what the journal has of it; a file may hold anything there.
        time: how an instant (ns in the session) is written.
    """
    if not isinstance(link, Mapping):
        return ""
    if "worker" in link:
        return f"{link['worker']} #{link.get('number', '?')}"
    if "line" in link:
        number = whole_number(link["line"])
        return "" if number is None else f"line {number:,}"
    span = link.get("span_ns")
    if isinstance(span, list | tuple) and len(span) == 2 and all(whole_number(end) is not None for end in span):
        return f"{time(span[0])} to {time(span[1])}"
    return ""


def _note(t_ns: int, values: dict[str, Any]) -> Note:
    typed, link = whole_number(values.get("typed_ns")), values.get("link")
    return Note(
        whole_number(values.get("id")) or 0,
        text_of(values, "kind"),
        text_of(values, "note"),
        t_ns if typed is None else typed,
        link_words(link),
        whole_number(link.get("line")) if isinstance(link, dict) else None,
        whole_number(values.get("corrects")),
    )


def _step(plan: str, number: int, table: Mapping[str, Any]) -> Step:
    """Return a step as the plan has it, without a verdict."""
    return Step(plan, number, text_of(table, "title"), do=text_of(table, "do"), expect=text_of(table, "expect"))


def _checks(checks: object) -> Iterator[Check]:
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, dict):
            word, wanted, found = (text_of(check, key) for key in ("check", "wanted", "found"))
            yield Check(word, wanted, found, check.get("passed") is True, text_of(check, "worker"))
