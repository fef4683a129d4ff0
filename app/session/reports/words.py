"""What the reports say, in words: pure functions; and what cannot be seen in a text, made visible.

Texts from outside may not move the cursor, turn the reading or end a document.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.latency import duration, session_time
from app.core.own_code.description import OWN_CODE, check_code
from app.session.journal import Verdict, check_words
from app.session.journal import action_words as journal_words
from app.session.journal_reader import Action, Judgement, Step
from app.session.observed_words import THREAD
from app.session.record_words import READER_BEHIND
from app.session.session_report import RunReport, SessionReport
from app.session.session_summary import counted

UNKNOWN = "unknown"  # in place of what no record says
END_UNKNOWN = "Unknown: the file is damaged"
MOST_ROWS = 2_000  # runs, actions and notes on a page; the CSV and the trace have all runs
_LONGEST_VERSION = 20  # characters
_LONGEST_FACT = 200  # characters of what belongs to an action
# Gaps of a stop chain, from one instant to the next that is known.
_GAPS = (("requested", "noticed"), ("noticed", "cleaned_up"), ("cleaned_up", "ended"))
# Control characters but tab and line break; what turns the direction of reading or has no width; lone surrogates,
# noncharacters (XML 1.0 forbids some of these) and invisible tags. The joiners of emoji and of Persian words stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return a text with what cannot be seen as Python's escapes; tabs and line breaks stay."""
    return _HIDDEN.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """Return a text as one line: line breaks and tabs as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, most: int) -> str:
    """Return a text of at most ``most`` characters; one that was longer ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def moment(t_ns: int) -> str:
    """Return a time in the session (ns) as the window writes it."""
    return session_time(max(t_ns, 0))


def head_facts(report: SessionReport) -> Iterator[tuple[str, str]]:
    """Yield what stands at the top: name and value."""
    yield "Session", report.id
    yield "Started", report.started[:19].replace("T", " ") + report.started[19:]
    yield "Lasted", duration(report.duration)
    if not report.ended:
        # The end mark may be what is damaged.
        yield "Ended", END_UNKNOWN if report.damaged else "Unexpectedly, or still being recorded"
    if report.tester:
        yield "Tester", report.tester
    if report.timebox is not None:
        yield "Time box", duration(report.timebox * 1e9)
    yield (
        "Recorded",
        f"{report.records:,} records, {report.lines:,} of them lines, of {counted(len(report.runs), 'run')}",
    )


def latency_words(run: RunReport) -> str:
    """Return a run's stop latency: a duration, ``never`` if it did not notice, ``not known``, ``–`` if it was not asked."""
    if run.chain.latency is not None:
        return duration(run.chain.latency)
    if run.notice_unknown:
        return "not known"
    return "never" if run.never else "–"


def mechanism_words(run: RunReport, catalogue: Catalogue) -> tuple[str, str]:
    """Return how a run was asked to stop, and what it did; of code of the person's own, the way and its name."""
    if run.is_observed:
        return THREAD.capitalize(), "–"
    return _table_words(run.table, run.strategy, run.workload, catalogue)


def _table_words(table: object, strategy: str, workload: str, catalogue: Catalogue) -> tuple[str, str]:
    asked, did = catalogue.title(strategy) or UNKNOWN, catalogue.title(workload) or UNKNOWN
    if not isinstance(table, Mapping) or "code" not in table:
        return asked, did
    try:
        code = check_code(table["code"])
    except BadInput:  # a file may hold anything
        return asked, did
    return (code.stop.brief if strategy == OWN_CODE else asked), (code.title if workload == OWN_CODE else did)


def band_words(run: RunReport) -> str:
    """Return within which time a run was predicted to notice; ``–`` where that could not be told."""
    if run.band is None:
        return "–"
    return band_text(*run.band)


def band_text(low: float, high: float) -> str:
    """Return a stretch of time (ns) in words, such as ``0 to 205 ms``."""
    return f"{duration(low) if low else '0'} to {duration(high)}"


def gap_words(run: RunReport) -> str:
    """Return the gaps between the instants of a run's stop that are known."""
    chain = run.chain
    gaps = []
    for earlier, later in _GAPS:
        start, end = getattr(chain, earlier), getattr(chain, later)
        if chain.requested is not None and start is not None and end is not None:
            gaps.append(f"{earlier} → {later.replace('_', ' ')} {duration(end - start)}".replace("_", " "))
    return ", ".join(gaps)


def line_words(run: RunReport) -> str:
    """Return how many lines a run has, and how many of them were not printed: ``12 (2 stderr, 1 warning)``."""
    sources = ", ".join(f"{count:,} {Kind(kind).source}" for kind, count in sorted(run.sources.items()))
    return f"{run.line_records:,} ({sources})" if sources else f"{run.line_records:,}"


def held_words(run: RunReport) -> str:
    """Return for how long a run was held back in all, and why; empty if it was not."""
    return f"held back for {duration(run.held_for)} in all: {READER_BEHIND}" if run.held_for else ""


def host_words(run: RunReport) -> str:
    """Return which process of its own a run lived in, and by which Python; empty if it did not."""
    host = run.host
    return "" if host is None else f"in process {host.pid}, Python {cut(one_line(host.python), _LONGEST_VERSION)}"


def run_row(run: RunReport, catalogue: Catalogue) -> dict[str, Any]:
    """Return what the table of the runs says of one."""
    strategy, workload = mechanism_words(run, catalogue)
    interval = "?" if run.interval is None else duration(run.interval * 1e9) if run.interval else "0"
    if run.is_observed or run.strategy == OWN_CODE:
        interval = "–"
    return {
        "title": run.title,
        "id": run.run,
        "strategy": strategy,
        "workload": workload,
        "interval": interval,
        "began": moment(run.began),
        "lines": line_words(run),
        "outcome": run.outcome_words,
        "latency": latency_words(run),
        "band": band_words(run),
        "outside": run.release_words or run.outside,
        "held": "; ".join(filter(None, (held_words(run), host_words(run)))),
        "gaps": gap_words(run),
        "bad": run.was_stuck or run.never or str(run.outcome) == "failed",
    }


_VERDICTS = {
    Verdict.PASS: "✓ Passed",
    Verdict.FAIL: "✗ Failed",
    Verdict.BLOCKED: "■ Blocked",
    Verdict.SKIP: "– Skipped",
}


def judgement_words(judgement: Judgement | None) -> str:
    """Return a verdict by its sign and word; ``–`` where there is none."""
    return _VERDICTS[judgement.verdict] if judgement else "–"


def judgement_class(judgement: Judgement | None) -> str:
    """Return how a verdict looks."""
    return str(judgement.verdict) if judgement else "none"


def judged_words(step: Step) -> str:
    """Return by whom and when a step was judged, with the session if that was an earlier one; that it was not."""
    given = (("the tester", step.by_person), ("the program", step.by_program))
    words = [
        f"by {who}{f' in session {judged.session}' if judged.session else ''} at {moment(judged.t_ns)}"
        for who, judged in given
        if judged
    ]
    return ", ".join(words) or "not yet"


def step_checks(step: Step) -> Iterator[str]:
    """Yield what the program looked at in a step, a sentence a check."""
    for judgement in (step.by_program, step.by_person):
        for check in judgement.checks if judgement else ():
            yield check_words(check)


def steps_by_plan(steps: Iterable[Step]) -> list[tuple[str, list[Step]]]:
    """Return the steps of each plan, the plans in their order."""
    return [(plan, list(group)) for plan, group in groupby(steps, key=lambda step: step.plan)]


def action_words(action: Action, catalogue: Catalogue) -> str:
    """Return what was done, in one line."""
    entry = {**action.facts, "action": action.word, "clicked_ns": action.t_ns if action.was_clicked else None}
    words = journal_words(entry, catalogue.title)
    worker = action.facts.get("worker")
    if action.word == "start" and isinstance(worker, dict):
        given = [str(worker.get(key) or "") for key in ("strategy", "workload")]
        if given[0] == OWN_CODE:
            given[1] = OWN_CODE  # it is left out of the table
        named = zip(_table_words(worker, given[0], given[1], catalogue), given, strict=True)
        names = [name for name, is_given in named if is_given]
        words += f" ({' · '.join(names)})" if names else ""
    return cut(one_line(words), _LONGEST_FACT)


def left_out(number: int, what: str) -> str:
    """Return the sentence about rows that are not on the page; empty if all of them are."""
    return f"{number - MOST_ROWS:,} more {what} are not shown here." if number > MOST_ROWS else ""
