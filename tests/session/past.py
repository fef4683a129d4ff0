"""Sessions of the past: session files with a journal, runs and lines, as the program itself writes them."""

from array import array
from datetime import timedelta
from pathlib import Path

from app.core.batch import JOURNAL, NO_RUN, Batch, Kind, RunName
from app.core.events import Ended, Event, encode
from app.core.latency import StopChain
from app.core.states import Outcome
from app.session.folder import new_writer
from app.session.journal import Journal
from tests.session.conftest import ORIGIN, STARTED

MS = 1_000_000
PLAN = {"title": "Stops", "step": [{"title": "Start it"}, {"title": "Stop it"}, {"title": "Look"}]}


class Past:
    """A session that is being written; ``t`` is the time in the session (ns) of what comes next.

    Args:
        folder: where.
        day: of the session; later ones are newer.
        charter: what is explored; empty to say nothing of it.
    """

    def __init__(self, folder: Path, day: int = 0, charter: str = "", tester: str = "Ada") -> None:
        self.writer = new_writer(folder, STARTED + timedelta(days=day), ORIGIN)
        self.path, self.id = self.writer.path, self.writer.id
        self.t = 0
        self.runs: dict[int, RunName] = {}
        self.journal = Journal(self._write, ORIGIN, lambda: {"python": "3.11"})
        if charter:
            self.journal.action("session", charter=charter, tester=tester, timebox_s=None)

    def _write(self, kind: Kind, text: str, *, at: int | None = None) -> int:
        self.record(JOURNAL, NO_RUN, kind, [text])
        return ORIGIN + self.t

    def record(self, run: int, name: RunName, kind: Kind, texts: list[str]) -> None:
        """Write records of one run, a microsecond apart."""
        instants = array("q", (ORIGIN + self.t + 1_000 * i for i in range(len(texts))))
        batch = Batch(instants, array("q", [run]) * len(texts), bytearray([kind]) * len(texts), texts, {run: name})
        self.writer.write(batch)
        self.t += MS

    def lines(self, count: int, run: int = 1, worker: str = "W") -> None:
        """Write lines of a run."""
        self.record(run, RunName(worker, run), Kind.LINE, [f"running… {i + 1}" for i in range(count)])

    def event(self, event: Event, run: int = 1, worker: str = "W") -> None:
        """Write an event of a run that happens now."""
        kind, text = encode(event)
        self.record(run, RunName(worker, run), kind, [text])

    def stopped(self, latency_ms: float | None, run: int = 1, worker: str = "W", outcome: str = "interrupted") -> None:
        """Write the end, in ten seconds, of a run that was asked to stop now; None: it never noticed."""
        requested = ORIGIN + self.t
        noticed = None if latency_ms is None else requested + round(latency_ms * MS)
        self.t += 10_000 * MS
        ended = ORIGIN + self.t
        self.event(
            Ended(
                outcome=Outcome(outcome),
                chain=StopChain(None, requested, noticed, ended, ended, None),
                lines=0,
                was_stuck=latency_ms is None,
                released=None,
                lateness=None,
                band=(0, 50 * MS),
                longest_work=0,
                strategy="event-poll",
                workload="sleep",
                interval=0.05,
            ),
            run,
            worker,
        )

    def open_plan(self, resumes: str | None = None, clicked: int | None = ORIGIN, earlier: object = ()) -> None:
        """Have a person open the plan of three steps."""
        self.journal.action("plan", clicked=clicked, title=PLAN["title"], plan=PLAN, resumes=resumes, earlier=earlier)

    def judge(self, step: int, verdict: str, *, by_program: bool = False, actual: str = "") -> None:
        """Judge a step, from 1."""
        from app.session.journal import Verdict

        title = PLAN["step"][step - 1]["title"]  # type: ignore[index]
        self.journal.step("Stops", step, title, Verdict(verdict), by_program=by_program, actual=actual)

    def end(self) -> Path:
        """End the session in order."""
        self.writer.finish(STARTED.isoformat())
        return self.path

    def cut_off(self) -> Path:
        """End it as a crash does: nothing says that it ended, and its process is gone."""
        self.writer.abandon()
        return self.path


def past_session(
    folder: Path, day: int = 0, charter: str = "Does it stop?", notes: tuple[str, ...] = ("it stops",)
) -> Path:
    """Make a whole session: a charter, a run with its chain, notes, and a plan of which the second step failed."""
    past = Past(folder, day, charter)
    past.lines(20)
    for text in notes:
        past.journal.note(text, typed=ORIGIN + past.t)
    past.stopped(10 + day)
    past.open_plan()
    past.judge(1, "pass")
    past.judge(2, "fail", actual="it took long")
    past.journal.evidence("window.png", "image/png", b"png", "F12")
    return past.end()
