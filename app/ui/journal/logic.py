"""What the session panel says: pure functions, no Qt."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import BadInput
from app.session.journal import Verdict
from app.session.journal_reader import link_words
from app.ui.display_text import session_time, visible

LONGEST_SHOWN = 300  # characters of a note in the list; its tool tip has more
# The sign says it as well: a colour alone is not seen by everyone.
SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.BLOCKED: "■", Verdict.SKIP: "–"}
ABOUT_PLANS = (
    "No plan is open. A plan is a list of steps: what to do, what to expect, and what the program can run and check by "
    "itself. Open one to work through it; or just take notes while you test. Everything is recorded in the session."
)
VERDICT_OF_ANOTHER_PLAN = "The plan of this verdict is no longer open."
WORDS = {
    Verdict.PASS: "Passed",
    Verdict.FAIL: "Failed",
    Verdict.BLOCKED: "Blocked",
    Verdict.SKIP: "Skipped",
}


def note_words(entry: Mapping[str, Any], *, corrected_by: Iterable[int] = ()) -> str:
    """Return a note as one row of the list; what cannot be seen in it as escapes."""
    typed = entry.get("typed_ns")
    time = session_time(typed) if isinstance(typed, int) else ""
    text = visible(str(entry.get("note", "")), LONGEST_SHOWN)
    row = f"{entry.get('id', '')}  {time}  {entry.get('kind', 'note')}: {text}"
    about = link_words(entry.get("link"), session_time)
    if about:
        row += f"  (about {visible(about, 120)})"
    if entry.get("corrects") is not None:
        row += f"  (corrects note {entry['corrects']})"
    later = ", ".join(str(number) for number in corrected_by)
    return visible(f"{row}  (corrected by note {later})" if later else row)


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The person gave a step of a plan a verdict, which can be undone and done again.

    Attributes:
        step: from 0.
        before, after: its verdicts; None for none.
        is_open: returns whether the plan is still the open one.
    """

    step: int
    before: Verdict | None
    after: Verdict | None
    is_open: Callable[[], bool]

    @property
    def text(self) -> str:
        """What was done, as a menu says it after Undo."""
        return f"verdict of step {self.step + 1}"

    def check(self, *, undone: bool) -> None:
        """Raise BadInput if this cannot be undone, or done again."""
        if not self.is_open():
            raise BadInput(VERDICT_OF_ANOTHER_PLAN)


def marked(verdict: Verdict) -> str:
    """Return a verdict as its sign and its word."""
    return f"{SIGNS[verdict]} {WORDS[verdict]}"


def clock_words(started: str, elapsed: float, box: float | None) -> str:
    """Return when the session started, and what is left of its time box.

    Args:
        started: the time of day; it stays true while nothing ticks.
        elapsed: seconds since then.
        box: seconds; None for no time box.
    """
    words = f"Started at {started}"
    if box is None:
        return words
    left = box - elapsed
    return f"{words}, {_minutes(left)} left" if left >= 0 else f"{words}, {_minutes(-left)} over time"


def _minutes(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def next_step(verdicts: Sequence[Verdict | None], current: int) -> int | None:
    """Return the step to be opened after a verdict: the next without one, else the first without one; None if none is."""
    count = len(verdicts)
    order = [*range(current + 1, count), *range(min(current + 1, count))]
    return next((step for step in order if verdicts[step] is None), None)


def verdict_summary(verdicts: Iterable[Verdict | None]) -> str:
    """Return how many steps passed, failed and so on, in words."""
    given = list(verdicts)
    parts = [f"{given.count(verdict)} {WORDS[verdict].lower()}" for verdict in Verdict if verdict in given]
    left = given.count(None)
    if left:
        parts.append(f"{left} to do")
    return ", ".join(parts) or "no steps"


def plan_end(verdicts: Sequence[Verdict | None]) -> str:
    """Return what is said once every step of a plan has a verdict; empty until then."""
    if not verdicts or None in verdicts:
        return ""
    count = len(verdicts)
    which = "The only step is" if count == 1 else f"All {count:,} steps are"
    return f"{which} judged: {verdict_summary(verdicts)}."


def lines_around(batches: Iterable[tuple[int, int, str, str]], instant: int, most: int = 200) -> str:
    """Return the ``most`` records nearest in time to an instant, a line each, in their order.

    Args:
        batches: time in the session (ns), line number, its worker, and the text, in the order of line numbers.
        instant: ns from the beginning of the session.
        most: how many.
    """
    rows = list(batches)
    nearest = sorted(sorted(rows, key=lambda row: abs(row[0] - instant))[:most], key=lambda row: row[1])
    return "\n".join(f"{number}\t{t / 1e9:.6f} s\t{worker}\t{text}" for t, number, worker, text in nearest)
