"""Finds a plan that was not worked through to its end, so that a later session can resume it."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.session.folder import session_paths
from app.session.journal_reader import Judgement, OpenedPlan, Step
from app.session.session_summary import SessionSummary, read_summary

NEWEST = 50  # sessions that are looked at: a plan that is older will rather be opened anew
_LONGEST_CHAIN = 1_000  # sessions that resume each other's plan


@dataclass(frozen=True, slots=True)
class UnfinishedPlan:
    """A plan with steps that were not judged.

    Attributes:
        session: the id of the session in which it was worked on last.
        path: that session's file.
        title: the plan's title.
        document: the plan as its file has it.
        steps: in the plan's order, with the verdicts of all sessions that worked on it.
    """

    session: str
    path: Path
    title: str
    document: Mapping[str, Any]
    steps: tuple[Step, ...]

    @property
    def earlier(self) -> list[dict[str, Any]]:
        """The verdicts as the journal of the session that resumes it has them."""
        return [
            {
                "step": step.number,
                "verdict": str(given.verdict),
                "by": by,
                "actual": given.actual,
                "checks": [asdict(check) for check in given.checks],
                "session": given.session,
                "t_ns": given.t_ns,
            }
            for step in self.steps
            for by, given in (("program", step.by_program), ("person", step.by_person))
            if given is not None
        ]

    @property
    def at(self) -> int:
        """The first step (from 0) that neither the person nor the program judged."""
        return next(place for place, step in enumerate(self.steps) if step.verdict is None)

    @property
    def sentence(self) -> str:
        """What to say of it."""
        judged = sum(step.verdict is not None for step in self.steps)
        return f"The plan “{self.title}” was not finished: {judged} of {len(self.steps)} steps are judged."


def unfinished_plan(folder: Path, but: Collection[str] = ()) -> UnfinishedPlan | None:
    """Return the plan of the newest session that has steps without a verdict; None if there is none. Any thread.

    A session counts with the plan that was opened last in it. A plan that a later session resumes or dismisses is no
    longer unfinished, nor is one that the program carried out to its end without a person. Sessions that cannot be read,
    that another process is writing, and all but the newest fifty, are skipped.

    Args:
        folder: where the sessions are.
        but: ids of sessions that do not count: the one that is being recorded.
    """
    try:
        paths = session_paths(folder)[-NEWEST:]
    except OSError:
        return None
    summaries = _Summaries(paths)
    resumed: set[str] = set()
    for summary in map(summaries.summary, reversed(summaries.paths)):
        plan = summary.plans[-1] if summary.plans else None
        is_free = summary.id not in resumed and summary.id not in but and not summary.is_recorded_elsewhere
        # What the program carried out to its end without a person is not to be resumed by one.
        if plan is not None and is_free and plan.document and (plan.was_clicked or not summary.ended):
            steps = summaries.judged(summary, plan)
            if any(step.verdict is None for step in steps):
                return UnfinishedPlan(summary.id, summary.path, plan.title, plan.document, steps)
        # Also by a session that is itself finished: then all of them are.
        resumed.update(each.resumes for each in summary.plans if each.resumes)
        resumed.update(summary.dismissed)
    return None


class _Summaries:
    """The summaries of some sessions, each read once, when it is needed."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = {path.stem: path for path in paths}
        self._read: dict[str, SessionSummary] = {}

    def summary(self, name: str) -> SessionSummary:
        """Return the summary of the session of that id."""
        if name not in self._read:
            self._read[name] = read_summary(self.paths[name])
        return self._read[name]

    def judged(self, summary: SessionSummary, plan: OpenedPlan) -> tuple[Step, ...]:
        """Return a plan's steps with the verdicts of this session and of those that it resumes; the latest count."""
        steps = {
            step.number: Step(plan.title, step.number, step.title) for step in plan.steps if step.plan == plan.title
        }
        for session, part in self._parts(summary, plan):
            for step in part:
                if step.number in steps and step.plan == plan.title:
                    earlier = steps[step.number]
                    person = _given_in(session, step.by_person) or earlier.by_person
                    program = _given_in(session, step.by_program) or earlier.by_program
                    steps[step.number] = replace(earlier, by_person=person, by_program=program)
        listed = plan.document.get("step", plan.document.get("steps"))
        count = len(listed) if isinstance(listed, list) else 0
        return tuple(step for number, step in sorted(steps.items()) if 1 <= number <= count)

    def _parts(self, summary: SessionSummary, plan: OpenedPlan) -> list[tuple[str, tuple[Step, ...]]]:
        """Return the verdicts about a plan from the oldest session that it resumes to this one, each with its id."""
        # What the recorder wrote to another file, because this one was taken from it, belongs to the same session.
        parts = deque([(summary.id, plan.steps)])
        parts += (
            (later.id, later.plans[0].steps)
            for later in map(self.summary, self.paths)
            if later.origin == summary.origin
            and later.path != summary.path
            and later.plans
            and not later.plans[0].document
        )
        seen = {summary.id}
        for _ in range(_LONGEST_CHAIN):
            before = self.summary(plan.resumes) if plan.resumes in self.paths and plan.resumes not in seen else None
            if before is None or not before.plans:
                break
            seen.add(before.id)
            plan = before.plans[-1]
            parts.appendleft((before.id, plan.steps))
        return list(parts)


def _given_in(session: str, judgement: Judgement | None) -> Judgement | None:
    """Return a verdict with the session in which it was given; one that was given earlier says that itself."""
    return judgement if judgement is None or judgement.session else replace(judgement, session=session)
