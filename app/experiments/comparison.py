"""Whether a run that was done again agrees with its record: pure functions.

**Outcome**: the same, and stuck both times or neither.

**Lines**: a run that ended by itself, by its limit or by an error, and was never asked, counted its own lines: the number is
the same. A run that was asked wrote as many as the time allowed. From its beginning until it noticed (or ended, if it never
did), the recorded run wrote a line every so often: its pace. Done again, each iteration may be ``ALLOWANCE`` slower or
quicker than that, which is what a thread may be kept waiting without anything being wrong, but no quicker than the interval;
and one line more or fewer, by where in an iteration the stop came. At interval 0 with no work there is no most: how many
lines a thread writes as fast as it can says something about the machine alone.

**Latency**: no more than the band that was predicted when it was recorded, or the latency that was measured then, if that
was outside. Where the run is configured as it was, the band that is predicted now counts too, if it is wider: it rests on
what was measured of this machine now. Where code of the person's own stopped and when it noticed is not known, nothing is
compared.
"""

import math
from dataclasses import dataclass

from app.core.latency import StopChain, duration
from app.core.own_code.description import OWN_CODE
from app.core.prediction import ALLOWANCE
from app.core.states import Outcome, outcome_words
from app.core.worker import Worker
from app.session.session_report import RunReport


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run and its record.

    Attributes:
        recorded: what the session says.
        again: what happened now, in instants of which only differences mean anything; its ``run`` is 0 if it was not
            started, as a worker is not whose run before was still alive.
        lines: the least and the most lines that agree; None for no most.
        latency: the longest latency (ns) that agrees; None where there is nothing to compare with.
        differences: a sentence for each thing in which they differ; empty if they agree.
    """

    recorded: RunReport
    again: RunReport
    lines: tuple[int, int | None]
    latency: int | None
    differences: tuple[str, ...]


def compared(recorded: RunReport, worker: Worker, again: RunReport, *, as_it_was: bool) -> Comparison:
    """Return what a run and its record have in common; the record must have an end.

    Args:
        recorded: what the session says.
        worker: what was done again.
        again: what happened now.
        as_it_was: whether the worker is configured as it was then.
    """
    if recorded.outcome is None:
        raise ValueError("a run without a recorded end cannot be compared")
    lines = lines_range(recorded, worker, lived(again.began, again.chain))
    limit = latency_limit(recorded, again.band if as_it_was else None)
    if not again.run:
        why = "it was not started: the run before it was still alive, or the replay had been stopped"
        return Comparison(recorded, again, lines, limit, (why,))
    found = (
        _outcome_difference(recorded, again),
        _lines_difference(recorded, again, lines),
        _latency_difference(recorded, again, limit),
    )
    return Comparison(recorded, again, lines, limit, tuple(filter(None, found)))


def lived(began: int, chain: StopChain) -> int | None:
    """Return for how many ns a run wrote lines: until it noticed, or until its end; None if neither is known."""
    until = chain.noticed if chain.noticed is not None else chain.ended
    return None if until is None else max(until - began, 0)


def lines_range(recorded: RunReport, worker: Worker, lived_again: int | None, late: int = 0) -> tuple[int, int | None]:
    """Return the least and the most lines that agree with the record; None for no most.

    Args:
        recorded: what the session says.
        worker: what is done again.
        lived_again: for how many ns it wrote lines this time; None if that is not known: as long as it was recorded.
        late: ns that it may have lived longer than that.
    """
    before = lived(recorded.began, recorded.chain)
    if recorded.chain.requested is None or before is None:
        return recorded.line_records, recorded.line_records
    if worker.strategy == OWN_CODE:
        return 0, None  # when its lines come is up to it
    # What is written besides the loop's own lines, at the request and at the end, does not depend on the time.
    others = (worker.text_on_request is not None) + len(worker.text_at_end)
    counted = max(recorded.line_records - others, 0)
    again = before if lived_again is None else lived_again
    pace = before / max(counted, 1)
    quick = max(round(worker.interval * 1e9), pace - ALLOWANCE)
    # Its last words are not written if it fails or has to be let go.
    least = max(math.floor(again / (pace + ALLOWANCE)) - 1, 0) + (others if recorded.line_records >= others else 0)
    most = None if quick <= 0 else math.ceil((again + late) / quick) + 1 + others
    # What was recorded agrees with itself, whatever rounding says.
    if again <= before:
        least = min(least, recorded.line_records)
    return least, most if most is None or again < before else max(most, recorded.line_records)


def latency_limit(record: RunReport, band_now: tuple[int, int] | None = None) -> int | None:
    """Return the longest latency (ns) that agrees with a record; None where there is nothing to compare with.

    Args:
        record: how it was.
        band_now: what is predicted now, if it is configured as it was.
    """
    if record.chain.latency is None:
        return None
    bands = [band[1] for band in (record.band, band_now) if band is not None]
    return max(*bands, record.chain.latency) if bands else None


def _outcome_difference(recorded: RunReport, again: RunReport) -> str:
    then = recorded.outcome_words
    now = outcome_words(again.outcome, was_stuck=again.was_stuck, missing="left behind")
    return "" if then == now else f"its outcome is {now}, recorded was {then}"


def _lines_difference(recorded: RunReport, again: RunReport, lines: tuple[int, int | None]) -> str:
    least, most = lines
    if least <= again.line_records and (most is None or again.line_records <= most):
        return ""
    right = f"at least {least:,}" if most is None else f"{least:,} to {most:,}"
    right = f"exactly {least:,}" if least == most else right
    return (
        f"it wrote {again.line_records:,} lines; recorded were {recorded.line_records:,}, and {right} agree with that"
    )


def _latency_difference(recorded: RunReport, again: RunReport, limit: int | None) -> str:
    then, now = recorded.chain.latency, again.chain.latency
    if recorded.never and now is not None:
        return f"it noticed the stop after {duration(now)}; recorded is that it never did"
    if then is None or recorded.outcome is not Outcome.INTERRUPTED:
        return ""
    if now is None and again.notice_unknown:
        return ""  # another Python may not see what was seen then
    if now is None:
        return f"it did not notice the stop; recorded is that it did after {duration(then)}"
    if limit is not None and now > limit:
        return (
            f"it noticed the stop after {duration(now)}; recorded were {duration(then)}, up to {duration(limit)} agree"
        )
    return ""
