"""The journal of a session: what the person did, wrote, judged and kept, as records among the others.

Each entry is a record whose text is one JSON object, pure ASCII; instants in it are ns from the beginning of the session.

``action``: ``{"action": WORD, "clicked_ns": when, …}``: what was done. A record with such an instant has it as its own: it
stands before its effects in the order of time, though it was recorded after them.

The words of actions, and what else is there: ``environment`` (the surroundings, each a text), ``session`` (``charter``,
``tester``, ``timebox_s``), ``start`` (``run``: the id; ``worker``: a table as worker sets have it), ``stop`` (``run``,
``worker``: its name; or, where one press asked several, ``runs``, ``workers``: their names), ``stop-all``, ``edit``
(``worker``, ``field``, ``text``), ``add``, ``remove``, ``duplicate`` (``workers``: names), ``open-workers`` (``workers``:
tables), ``plan`` (``title``, ``plan``: the document; where it resumes that of an earlier session, ``resumes``: its id,
``earlier``: the verdicts that were given until then, each as ``step`` has it, with ``session``: where, and ``t_ns``: when,
there), ``carry-out`` (``step``), ``observe`` (``run``: the id of the main thread, ``program``: its file's name,
``interpreter``, ``arguments``, ``folder``), ``let-go`` and ``kill`` (``run``, ``worker``), ``race`` (``workers``: names,
``rounds``, ``seed``; where it was started in the compare window and can be done again, ``deadline_s`` and ``tables``: the
workers), ``matrix`` (``strategies``, ``workloads``, ``n``, ``interval_s``, ``deadline_s``, ``seed``), ``preferences``
(what was changed of the surroundings: ``stop_deadline_s``, ``switch_interval``, each a text), ``close``,
``close-cancelled``. What a plan did as it was carried out has ``"by": "plan"``. What a race or a matrix found is a piece of
evidence whose JSON begins with ``experiment``; ``app.experiments.race_report`` makes it.

``note``: ``{"id": n, "note": TEXT, "kind": KIND, "typed_ns": when, "link": …, "corrects": …}``. ``id`` counts the notes of
the session from 1; ``typed_ns`` is when typing began; ``link`` is null or one of ``{"run": id, "worker": name,
"number": n}``, ``{"line": n}``, ``{"span_ns": [from, to]}``; ``corrects`` is the ``id`` of the note that this one puts
right, or null.

``step``: ``{"plan": title, "step": n from 1, "title": …, "verdict": VERDICT, "by": "person" or "program", "actual": TEXT,
"checks": [{"check": WORD, "wanted": TEXT, "found": TEXT, "passed": true or false, "worker": name or empty}]}``. The verdict
is null where the person took theirs back.

``evidence``: ``{"evidence": n, "name": …, "type": a media type, "why": …, "step": n or null, "data": base64}``.
"""

import base64
import binascii
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count, groupby
from typing import Any, Protocol

from app.core.batch import Kind
from app.core.errors import BadInput, listed, listed_names

LONGEST_NOTE = 1_000_000  # characters
MOST_EVIDENCE = 32 * 2**20  # bytes of one piece


class NoteKind(StrEnum):
    """What a note is."""

    NOTE = "note"
    QUESTION = "question"
    IDEA = "idea"
    RISK = "risk"
    BUG = "bug"


class Verdict(StrEnum):
    """What became of a step."""

    PASS = "pass"
    FAIL = "fail"
    BLOCKED = "blocked"
    SKIP = "skip"


def verdict_word(verdict: Verdict) -> str:
    """Return a verdict as a word of what became of a step: passed, failed, blocked or skipped."""
    return {"pass": "passed", "fail": "failed", "skip": "skipped"}.get(verdict, str(verdict))


BY_PLAN: dict[str, Any] = {"by": "plan"}  # among the facts of an action: a plan did it
WAIT = "wait"  # the word of a check that says what was waited for in vain


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a step: its word, what was wanted, what was found, whether that is right, and of which worker.

    What was wanted begins with the worker's name, where it is about one.
    """

    check: str
    wanted: str
    found: str
    passed: bool
    worker: str = ""


class Write(Protocol):
    """Takes a kind and a text as a record of the session, and returns its instant (``perf_counter_ns``)."""

    def __call__(self, kind: Kind, text: str, *, at: int | None = None) -> int:
        """Record it; ``at``: when it was done, None for now."""


class Journal:
    """Writes the entries of one session; any thread.

    Args:
        write: records an entry.
        origin: the beginning of the session, a ``perf_counter_ns``.
        environment: returns the surroundings in words; recorded before the first entry, so that a session in which nothing
            was done leaves no file.
    """

    def __init__(
        self,
        write: Write,
        origin: int,
        environment: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._record = write
        self._origin = origin
        self._environment: Callable[[], Mapping[str, str]] | None = environment
        self._notes, self._pieces = count(1), count(1)
        self._lock = threading.Lock()  # an id must be given out once

    def has_entries(self) -> bool:
        """Return whether anything was recorded."""
        return self._environment is None

    def _write(self, kind: Kind, text: str, at: int | None = None) -> int:
        with self._lock:
            environment, self._environment = self._environment, None
        if environment is not None and (facts := dict(environment())):
            # At the instant of the first entry: it stands before it.
            self._record(Kind.ACTION, json.dumps({"action": "environment", "clicked_ns": None, **facts}), at=at)
        return self._record(kind, text, at=at)

    def action(self, word: str, *, clicked: int | None = None, **facts: Any) -> int:
        """Record something that was done and return its instant.

        Args:
            word: what it was.
            clicked: when a person did it, a ``perf_counter_ns``: the record's instant; None for now.
            facts: what else there is to it.
        """
        values: dict[str, Any] = {"action": word, "clicked_ns": self._since(clicked), **facts}
        return self._write(Kind.ACTION, json.dumps(values), clicked)

    def note(
        self,
        text: str,
        kind: NoteKind = NoteKind.NOTE,
        *,
        typed: int | None = None,
        link: Mapping[str, Any] | None = None,
        corrects: int | None = None,
    ) -> int:
        """Record a note and return its id; BadInput if there is nothing in it, or too much.

        Args:
            text: anything that is not blank.
            kind: what it is.
            typed: when typing began, a ``perf_counter_ns``.
            link: what it is about.
            corrects: the id of the note that it puts right: notes are never altered.
        """
        if not text.strip():
            raise BadInput("The note is empty; write something before you press Enter.", "note")
        if len(text) > LONGEST_NOTE:
            raise BadInput(f"The note has {len(text):,} characters; write at most {LONGEST_NOTE:,}.", "note")
        with self._lock:
            number = next(self._notes)
        values = {
            "id": number,
            "note": text,
            "kind": str(kind),
            "typed_ns": self._since(typed),
            "link": None if link is None else dict(link),
            "corrects": corrects,
        }
        self._write(Kind.NOTE, json.dumps(values))
        return number

    def step(
        self,
        plan: str,
        step: int,
        title: str,
        verdict: Verdict | None,
        *,
        by_program: bool,
        actual: str = "",
        checks: tuple[Check, ...] = (),
    ) -> int:
        """Record a verdict about a step of a plan (from 1), None for one that is taken back, and return its instant."""
        values = {
            "plan": plan,
            "step": step,
            "title": title,
            "verdict": None if verdict is None else str(verdict),
            "by": "program" if by_program else "person",
            "actual": actual,
            "checks": [asdict(check) for check in checks],
        }
        return self._write(Kind.STEP, json.dumps(values))

    def evidence(self, name: str, media_type: str, data: bytes, why: str, step: int | None = None) -> int:
        """Keep a piece of evidence and return its number; BadInput if it is too large."""
        if len(data) > MOST_EVIDENCE:
            raise BadInput(f"{name}: it has {len(data):,} bytes; evidence has at most {MOST_EVIDENCE:,}.", "evidence")
        with self._lock:
            number = next(self._pieces)
        values = {
            "evidence": number,
            "name": name,
            "type": media_type,
            "why": why,
            "step": step,
            "data": base64.b64encode(data).decode("ascii"),
        }
        self._write(Kind.EVIDENCE, json.dumps(values))
        return number

    def _since(self, instant: int | None) -> int | None:
        return None if instant is None else instant - self._origin


def one_press_each(actions: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield actions, words and their facts, with those runs together that one press asked to stop."""

    def press(action: tuple[str, dict[str, Any]]) -> tuple[str, object]:
        word, facts = action
        clicked = facts.get("clicked")
        return word, clicked if word == "stop" and clicked is not None else object()

    for (word, clicked), group in groupby(actions, press):
        together = [facts for _, facts in group]
        if len(together) == 1:
            yield word, together[0]
        else:
            runs, workers = ([facts[key] for facts in together] for key in ("run", "worker"))
            yield word, {"runs": runs, "workers": workers, "clicked": clicked}


_KEYS: dict[int, str] = {Kind.ACTION: "action", Kind.NOTE: "note", Kind.STEP: "step", Kind.EVIDENCE: "evidence"}


def read_entry(kind: int, text: str) -> dict[str, Any] | None:
    """Return the object of a journal's record; None if it is none: a file may hold anything."""
    key = _KEYS.get(kind)
    if key is None:
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) and key in values else None


def check_words(check: Check) -> str:
    """Return what a check found, such as ``✓ Flag: 2 lines (at least 2 expected)``."""
    sign, about = "✓" if check.passed else "✗", f"{check.worker}: " if check.worker else ""
    if check.check == WAIT:
        return f"{sign} Waited for {check.wanted}: {check.found}"
    wanted = check.wanted.removeprefix(about)
    found = check.found
    if check.check.startswith("lines_") and found.replace(",", "").isdecimal():
        found += " line" if found == "1" else " lines"
    expected = "" if check.passed and found == wanted else f" ({wanted} expected)"
    return f"{sign} {about}{found}{expected}"


def reason_words(why: str, step: int | str | None) -> str:
    """Return for what a piece of evidence was kept."""
    if why == "fail":
        return "for a failed step" if step is None else f"for failed step {step}"
    words = _REASONS.get(why, why)
    return words if step is None else f"{words}, step {step}"


def evidence_data(values: Mapping[str, Any]) -> bytes:
    """Return the bytes of a piece of evidence; empty if they are damaged."""
    try:
        return base64.b64decode(values["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return b""


# -- an entry in one sentence, for the rows of a log ------------------------------------------------------------------------

# Of evidence the beginning alone is looked at: a picture is hundreds of kilobytes of text, and rows are made 45 a frame.
_EVIDENCE = re.compile(
    r'\{"evidence": (\d+), "name": "([^"\\]{1,200})", "type": "[^"\\]*", "why": "([^"\\]{1,200})"(?:, "step": (\d{1,9}))?'
)
_HEAD = 1_000  # characters
_MOST_NAMES = 5  # that a sentence lists
_REASONS = {"F12": "screenshot", "Shift+F12": "picture of the timeline"}
_BY = {"person": "You", "program": "Program", "plan": "The plan"}
# What can be changed in the preferences, by its key, and the unit that its text does not have.
_SET = {"stop_deadline_s": ("the stop deadline", " s"), "switch_interval": ("the switch interval", "")}
_VERDICTS = {"pass": "passed", "fail": "failed", "blocked": "is blocked", "skip": "was skipped"}
_TAKEN_BACK = "has no verdict any more"
# What was done, by its word; ``{}`` are the names of the workers.
_DID = {
    "start": "started {}",
    "stop": "asked {} to stop",
    "stop-all": "pressed Stop all",
    "add": "added {}",
    "remove": "removed {}",
    "duplicate": "duplicated workers as {}",
    "open-workers": "opened workers",
    "let-go": "let {} go",
    "kill": "killed {}",
    "race": "raced {}",
    "close": "closed the window",
    "close-cancelled": "went back to the window",
}


def entry_words(kind: int, text: str) -> str | None:
    """Return what an entry says to a person; None if it is none that is known. Any thread, some µs."""
    if kind == Kind.EVIDENCE:
        found = _EVIDENCE.match(text[:_HEAD])
        return None if found is None else f"Evidence {found[1]}: {found[2]} ({reason_words(found[3], found[4])})"
    entry = read_entry(kind, text)
    if entry is None:
        return None
    if kind == Kind.NOTE:
        corrects = f", corrects note {entry['corrects']}" if entry.get("corrects") is not None else ""
        return f"{str(entry.get('kind', 'note')).capitalize()} {entry.get('id', '')}{corrects}: {entry['note']}"
    if kind == Kind.STEP:
        actual = f": {entry['actual']}" if entry.get("actual") else ""
        by, verdict = str(entry.get("by", "")), entry.get("verdict", "")
        judged = _TAKEN_BACK if verdict is None else _VERDICTS.get(str(verdict), str(verdict))
        return f"{_BY.get(by, by)}: step {entry['step']} “{entry.get('title', '')}” {judged}{actual}"
    return action_words(entry)


def _listed(names: object, called: Callable[[str], str] = str) -> str:
    """Return names as a person lists them, of many how many others there are; empty if a file holds anything else."""
    if not isinstance(names, list):
        return ""
    words = [called(str(name)) for name in names]
    return listed_names(words, most=_MOST_NAMES)


def action_words(entry: Mapping[str, Any], title: Callable[[str], str] = str) -> str:  # noqa: PLR0912 - one case a word
    """Return what was done, in a sentence.

    Args:
        entry: the object of an action.
        title: what a strategy or a workload is called; its id if nothing is said.
    """
    word, worker, workers = str(entry["action"]), entry.get("worker", entry.get("program")), entry.get("workers")
    if isinstance(worker, Mapping):
        worker = worker.get("name")
    if isinstance(workers, list):
        worker = _listed(workers)
    who = worker if isinstance(worker, str) else ""
    match word:
        case "stop" if entry.get("clicked_ns") is not None:
            words = f"pressed Stop: asked {who} to stop"
        case "edit":
            words = f"set {entry.get('field', '')} of {who} to {entry.get('text', '')}"
        case "observe":
            by = f", run by {entry['interpreter']}" if entry.get("interpreter") else ""
            words = f"started {who} as an observed program{by}"
        case "plan":
            words = f"opened the plan “{entry.get('title', '')}”"
        case "put-aside":
            words = f"set the plan “{entry.get('title', '')}” of session {entry.get('session', '')} aside"
        case "session":
            words = f"set the charter to “{entry.get('charter', '')}” and the tester to “{entry.get('tester', '')}”"
        case "matrix":
            rows, columns = (_listed(entry.get(key), title) for key in ("strategies", "workloads"))
            words = f"started a matrix of {rows} under {columns}"
        case "carry-out":
            words = f"ran step {entry.get('step', '')}"
        case "preferences":
            changed = [f"{what} to {entry[key]}{unit}" for key, (what, unit) in _SET.items() if key in entry]
            words = f"set {listed(changed)}"
        case "environment":
            facts = (f"{key} {value}" for key, value in entry.items() if key not in ("action", "clicked_ns"))
            return f"Environment: {', '.join(facts)}"
        case _:
            words = _DID[word].format(who) if word in _DID else f"did {word} {who}".rstrip()
    return f"{_BY.get(str(entry.get('by')), 'You')} {words}"
