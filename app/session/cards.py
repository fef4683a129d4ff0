"""Cards: what a list says of each session without reading its lines; of these there may be fifty million."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from typing import Any

from app.core.batch import JOURNAL, Batch, Kind
from app.core.errors import BadInput
from app.session.journal import Verdict, read_entry
from app.session.places import session_paths
from app.session.processes import is_alive
from app.session.reader import SessionReader
from app.session.story import link_words, text_of, whole
from app.session.story_parts import Judgement, Step

MOST_KEPT = 16 * 2**20  # characters of one session's notes, steps and plans: a file may hold anything
# Selects the records of a batch that stand in the journal, at memory speed: evidence is counted and not looked into.
_IS_ENTRY = bytes(kind in (Kind.ACTION, Kind.NOTE, Kind.STEP) for kind in range(256))


@dataclass(frozen=True, slots=True)
class CardNote:
    """A note: its id, kind and text, when typing began (ns in the sitting), and what it is about.

    Attributes:
        about: in words; empty if it is about nothing in particular.
        line: the number of the line that it is about; None if it is about no line.
        corrects: the id of the note that it puts right; None if it does not.
    """

    id: int
    kind: str
    text: str
    t_ns: int
    about: str = ""
    line: int | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A plan that was opened in a session.

    Attributes:
        title: its title; empty for verdicts that stand under no plan.
        document: the plan as its file has it; empty if the session does not hold it.
        was_clicked: a person opened it.
        resumes: the id of the session whose plan it goes on with; empty if of none.
        steps: in the plan's order, those too that nobody judged.
    """

    title: str
    document: dict[str, Any]
    was_clicked: bool
    resumes: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SessionCard:
    """What is known of a session without reading its lines.

    Attributes:
        path: its file.
        id: its name.
        started: the wall clock at the beginning, ISO 8601; empty if it cannot be read.
        sitting: tells the sitting; its sessions, if it went on in another file, have the same.
        seconds: up to the latest record.
        records: how many there are.
        size: bytes, with the log of an open or crashed session.
        ended: it was ended in order.
        goes_on: another process writes it.
        charter, tester: what is explored, and by whom; empty if nothing says it.
        plans: in the order in which they were opened.
        notes: in the order in which they were recorded.
        put_aside: ids of sessions whose unfinished plan is not to be offered again.
        evidence: how many pieces are kept.
        problem: a sentence about what cannot be read; what could be is there all the same.
    """

    path: Path
    id: str
    started: str = ""
    sitting: str = ""
    seconds: float = 0.0
    records: int = 0
    size: int = 0
    ended: bool = False
    goes_on: bool = False
    charter: str = ""
    tester: str = ""
    plans: tuple[CardPlan, ...] = ()
    notes: tuple[CardNote, ...] = ()
    put_aside: tuple[str, ...] = ()
    evidence: int = 0
    problem: str = ""

    def steps(self) -> tuple[Step, ...]:
        """Return the steps of all plans."""
        return tuple(step for plan in self.plans for step in plan.steps)

    def verdicts(self) -> dict[str, int]:
        """Return how many steps passed, failed and so on; those that nobody judged under ``not judged``."""
        words = [str(step.verdict or "not judged") for step in self.steps()]
        return {word: words.count(word) for word in (*map(str, Verdict), "not judged") if word in words}


def session_parts(path: Path) -> list[Path]:
    """Return the files that a session consists of and that are there: the file, and SQLite's own beside it."""
    parts = (path, *(path.with_name(f"{path.name}-{ending}") for ending in ("wal", "shm", "journal")))
    found = []
    for part in parts:
        with contextlib.suppress(OSError, ValueError):
            part.lstat()  # a link that leads nowhere is there too
            found.append(part)
    return found


def cards(folder: Path) -> Iterator[SessionCard]:
    """Yield the card of each session of a folder, newest first; each is read when it is asked for.

    Raises:
        OSError: the folder cannot be looked into.
    """
    for path in reversed(session_paths(folder)):
        yield read_card(path)


def read_card(path: Path, cancelled: Callable[[], bool] = lambda: False) -> SessionCard:
    """Return the card of a session file; any thread. Only batches with something of the journal in them are unpacked.

    Nothing is raised: what cannot be read is said in the card.

    Args:
        path: the file.
        cancelled: asked between two batches; the card says what was read by then.
    """
    card = SessionCard(path, path.stem, size=_size(path))
    damaged: list[str] = []
    try:
        with SessionReader(path, damaged.append) as reader:
            card = _facts(card, reader.meta)
            card = replace(card, records=reader.records(), seconds=reader.duration() / 1e9)
            journal = _Journal(int(reader.meta["origin_ns"]))
            try:
                for first, batch in reader.batches({JOURNAL}):
                    journal.take(first, batch)
                    if cancelled() or journal.is_full():
                        break
            finally:
                card = journal.told(card)
    except BadInput as error:
        damaged.append(str(error))
    except Exception as error:  # noqa: BLE001 - a file may hold anything, and one of them must not hide all the others
        damaged.append(f"{path}: it cannot be read as a session ({error}).")
    more = f" And {len(damaged) - 1:,} more of the kind." if len(damaged) > 1 else ""
    return replace(card, problem=damaged[0] + more) if damaged else card


def found_notes(found: Iterable[SessionCard], text: str) -> Iterator[tuple[SessionCard, CardNote]]:
    """Yield the notes that have a text in them, upper and lower case alike, each with its session; none for no text."""
    wanted = text.casefold()
    for card in found if wanted.strip() else ():
        for note in card.notes:
            if wanted in note.text.casefold():
                yield card, note


def _size(path: Path) -> int:
    size = 0
    for part in session_parts(path):
        with contextlib.suppress(OSError):  # gone meanwhile
            size += part.stat().st_size
    return size


def _facts(card: SessionCard, meta: dict[str, str]) -> SessionCard:
    process = meta.get("process", "")
    writes = process.isdecimal() and len(process) < 10 and is_alive(int(process), meta.get("process_began", ""))
    return replace(
        card,
        id=meta.get("id", card.id),
        started=meta.get("started", ""),
        sitting=f"{meta.get('started_ns', '')} {meta['origin_ns']}",
        ended="ended" in meta,
        goes_on=writes and not {"ended", "cut_off"} & meta.keys(),
    )


class _Journal:
    """Keeps of the journal what a card says; what does not look like an entry is left out: a file may hold anything."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._charter = self._tester = ""
        self._notes: list[CardNote] = []
        self._plans: list[CardPlan] = []
        self._steps: list[dict[tuple[str, int], Step]] = []  # of each plan
        self._put_aside: list[str] = []
        self._evidence = 0
        self._kept = 0
        self._full_from: int | None = None

    def is_full(self) -> bool:
        """Return whether there is more than is kept."""
        return self._full_from is not None

    def take(self, first: int, batch: Batch) -> None:
        """Take a batch, whose first record has the line number ``first``."""
        self._evidence += batch.kinds.count(Kind.EVIDENCE)
        for place in compress(range(len(batch)), batch.kinds.translate(_IS_ENTRY)):
            if batch.runs[place] != JOURNAL:
                continue
            kind, text = batch.kinds[place], batch.texts[place]
            if (
                kind != Kind.ACTION or '"plan"' in text or '"put-aside"' in text
            ):  # the other actions are read, and not kept
                self._kept += len(text)
            if self._kept > MOST_KEPT:
                self._full_from = first + place
                return
            values = read_entry(kind, text)
            if values is not None:
                self._take_entry(kind, batch.instants[place] - self._origin, values)

    def _take_entry(self, kind: int, t_ns: int, values: dict[str, Any]) -> None:
        if kind == Kind.NOTE:
            self._notes.append(_note(t_ns, values))
        elif kind == Kind.STEP:
            self._take_step(t_ns, values)
        elif values["action"] == "session":
            self._charter, self._tester = text_of(values, "charter"), text_of(values, "tester")
        elif values["action"] == "plan":
            self._open_plan(values)
        elif values["action"] == "put-aside":
            self._put_aside.append(text_of(values, "session"))

    def _open_plan(self, values: dict[str, Any]) -> None:
        title, document = text_of(values, "title"), values.get("plan")
        document = document if isinstance(document, dict) else {}
        clicked = whole(values.get("clicked_ns")) is not None
        self._plans.append(CardPlan(title, document, clicked, text_of(values, "resumes"), ()))
        listed = next((document[key] for key in ("step", "steps") if key in document), ())
        names = (text_of(step, "title") if isinstance(step, dict) else "" for step in _list(listed))
        self._steps.append({(title, number): Step(title, number, name) for number, name in enumerate(names, 1)})

    def _take_step(self, t_ns: int, values: dict[str, Any]) -> None:
        number, plan = whole(values.get("step")), text_of(values, "plan")
        try:
            given = Judgement(Verdict(text_of(values, "verdict")), t_ns, text_of(values, "actual"))
        except ValueError:
            return
        if number is None:
            return
        if not self._steps:  # the sitting goes on in this file: its plan is in the one before
            self._open_plan({"title": plan})
        steps = self._steps[-1]
        step = steps.get((plan, number), Step(plan, number, ""))
        step = replace(step, title=text_of(values, "title") or step.title)
        is_programs = values.get("by") == "program"
        steps[plan, number] = replace(step, by_program=given) if is_programs else replace(step, by_person=given)

    def told(self, card: SessionCard) -> SessionCard:
        """Return the card with what was read."""
        plans = zip(self._plans, self._steps, strict=True)
        full = self._full_from
        sentence = f"{card.path}: from line {full} on notes and steps are left out: there is too much of them."
        return replace(
            card,
            charter=self._charter,
            tester=self._tester,
            plans=tuple(replace(plan, steps=tuple(steps.values())) for plan, steps in plans),
            notes=tuple(self._notes),
            put_aside=tuple(self._put_aside),
            evidence=self._evidence,
            problem=card.problem if full is None else sentence,
        )


def _note(t_ns: int, values: dict[str, Any]) -> CardNote:
    typed, link = whole(values.get("typed_ns")), values.get("link")
    return CardNote(
        whole(values.get("id")) or 0,
        text_of(values, "kind"),
        text_of(values, "note"),
        t_ns if typed is None else typed,
        link_words(link),
        whole(link.get("line")) if isinstance(link, dict) else None,
        whole(values.get("corrects")),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
