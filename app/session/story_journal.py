"""The journal's part of a session's story: actions, notes, verdicts and evidence, read one entry after the other."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.core.batch import Kind, Record
from app.session.journal import Check, Verdict, evidence_data, read_entry
from app.session.story_parts import Action, Evidence, Judgement, Note, Step

MOST_KEPT = 128 * 2**20  # bytes of evidence that are kept in memory; of what comes after, only the name and the size
_LONGEST = 1e9  # seconds; nothing in a sitting lasts thirty years


class JournalReader:
    """Keeps the entries of the journal; what does not look like one is left out: a file may hold anything."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.charter = self.tester = ""
        self.timebox: float | None = None
        self.workers: dict[int, dict[str, Any]] = {}
        self.actions: list[Action] = []
        self.notes: list[Note] = []
        self.steps: dict[tuple[int, str, int], Step] = {}
        self.evidence: list[Evidence] = []
        self._plans = 0
        self._kept = 0

    def take(self, record: Record) -> None:
        """Take a record that is of no run."""
        values = read_entry(record.kind, record.text)
        if values is None:
            return
        if record.kind == Kind.ACTION:
            self._take_action(record.instant, values)
        elif record.kind == Kind.NOTE:
            self._take_note(record.instant, values)
        elif record.kind == Kind.STEP:
            self._take_step(record.instant, values)
        else:
            self._take_evidence(record.instant, values)

    def _take_action(self, instant: int, values: dict[str, Any]) -> None:
        word = values.pop("action")
        clicked = whole(values.pop("clicked_ns", None))
        if word == "environment":
            self.environment = {key: str(value) for key, value in values.items()}
            return
        if word == "session":
            self.charter, self.tester = text_of(values, "charter"), text_of(values, "tester")
            self.timebox = finite(values.get("timebox_s"))
        elif word == "start":
            run, worker = whole(values.get("run")), values.get("worker")
            if run is not None and isinstance(worker, dict):
                self.workers[run] = worker
        elif word == "plan":
            self._plans += 1
            self._open_plan(text_of(values, "title"), values.get("plan"))
        if isinstance(word, str):
            self.actions.append(Action(instant if clicked is None else clicked, word, values))

    def _open_plan(self, title: str, plan: object) -> None:
        """Have the steps of a plan stand in its order, those too that nobody judges."""
        steps = next((plan[key] for key in ("step", "steps") if key in plan), ()) if isinstance(plan, dict) else ()
        for number, step in enumerate(steps if isinstance(steps, list) else (), 1):
            name = text_of(step, "title") if isinstance(step, dict) else ""
            self.steps[self._plans, title, number] = Step(title, number, name)

    def _take_note(self, instant: int, values: dict[str, Any]) -> None:
        typed = whole(values.get("typed_ns"))
        note = Note(
            whole(values.get("id")) or 0,
            instant if typed is None else typed,
            text_of(values, "kind"),
            text_of(values, "note"),
            link_words(values.get("link")),
            whole(values.get("corrects")),
        )
        self.notes.append(note)

    def _take_step(self, instant: int, values: dict[str, Any]) -> None:
        number = whole(values.get("step"))
        try:
            verdict = Verdict(text_of(values, "verdict"))
        except ValueError:
            return
        if number is None:
            return
        given = Judgement(verdict, instant, text_of(values, "actual"), tuple(_checks(values.get("checks"))))
        plan = text_of(values, "plan")
        key = self._plans, plan, number
        before = self.steps.get(key)
        title = text_of(values, "title") or (before.title if before else "")
        person, program = (before.by_person, before.by_program) if before else (None, None)
        if values.get("by") == "program":
            self.steps[key] = Step(plan, number, title, person, given)
        else:
            self.steps[key] = Step(plan, number, title, given, program)

    def _take_evidence(self, instant: int, values: dict[str, Any]) -> None:
        number, data = whole(values.get("evidence")) or 0, evidence_data(values)
        size = len(data)
        if self._kept + size > MOST_KEPT:
            data = b""
        self._kept += len(data)
        name, kind, why = (text_of(values, key) for key in ("name", "type", "why"))
        self.evidence.append(Evidence(number, instant, name, kind, why, whole(values.get("step")), size, data))


def finite(value: object) -> float | None:
    """Return a number of seconds that can be reckoned with; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LONGEST else None


def whole(value: object) -> int | None:
    """Return a value of a journal's entry that is a whole number; None if it is none."""
    return value if type(value) is int and abs(value) < 2**63 else None


def text_of(values: Mapping[str, Any], key: str) -> str:
    """Return a text of a journal's entry; empty if there is none."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _in_seconds(t_ns: int) -> str:
    return f"{t_ns / 1e9:.6f} s"


def link_words(link: object, time: Callable[[int], str] = _in_seconds) -> str:
    """Return in words what a note is about; empty if it is about nothing in particular.

    Args:
        link: what the journal has of it; a file may hold anything there.
        time: how an instant (ns in the sitting) is written.
    """
    if not isinstance(link, Mapping):
        return ""
    if "worker" in link:
        return f"{link['worker']} #{link.get('number', '?')}"
    if "line" in link:
        number = whole(link["line"])
        return "" if number is None else f"line {number:,}"
    span = link.get("span_ns")
    if isinstance(span, list | tuple) and len(span) == 2 and all(whole(end) is not None for end in span):
        return f"{time(span[0])} to {time(span[1])}"
    return ""


def _checks(checks: object) -> Iterator[Check]:
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, dict):
            word, wanted, found = (text_of(check, key) for key in ("check", "wanted", "found"))
            yield Check(word, wanted, found, check.get("passed") is True)
