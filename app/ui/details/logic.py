"""What the details say about a strategy, a run and a record; no Qt."""

from app.core.batch import Record, RunName
from app.core.catalogue import Catalogue
from app.core.latency import duration
from app.core.run import RunSnapshot, State
from app.ui.log.logic import sitting_time


def strategy_facts(catalogue: Catalogue, strategy: str) -> str:
    """Return the facts about a strategy, a paragraph each."""
    about = catalogue.strategy(strategy).about
    return "\n\n".join(
        (
            about.sentence,
            f"Before the first line: {about.first_line}",
            f"Guarantee: {about.guarantee}",
            f"Limit: {about.cannot}",
            f"Documentation: {about.documentation}",
        )
    )


def strategy_source(catalogue: Catalogue, strategy: str) -> str:
    """Return the code of a strategy's file, or a sentence if it cannot be read."""
    try:
        return catalogue.strategy(strategy).source()
    except OSError as error:
        return f"The code cannot be read: {error}."


def run_facts(snapshot: RunSnapshot | None, origin: int) -> str:
    """Return what is known of a run, a line each; instants count from ``origin`` (``perf_counter_ns``)."""
    if snapshot is None:
        return "This worker has not been run yet."
    chain = snapshot.chain
    lines = [
        f"Thread: {snapshot.name.worker} #{snapshot.name.number}"
        + (f", native id {snapshot.native_id}" if snapshot.native_id is not None else ""),
        f"State: {snapshot.state}" + (f", {snapshot.outcome}" if snapshot.outcome else ""),
        f"Lines: {snapshot.lines:,}",
    ]
    instants = (
        ("Started", snapshot.started),
        ("Clicked", chain.clicked),
        ("Requested", chain.requested),
        ("Noticed", chain.noticed),
        ("Cleaned up", chain.cleaned_up),
        ("Ended", chain.ended),
    )
    lines += [f"{word}: {sitting_time(instant - origin)}" for word, instant in instants if instant is not None]
    if chain.latency is not None:
        lines.append(f"Stop latency: {duration(chain.latency)}")
    elif chain.requested is not None and snapshot.state is State.ENDED:
        lines.append("Stop latency: it never noticed the request")
    if snapshot.stack:
        lines += ["", "Where it was when it counted as stuck:", snapshot.stack]
    if snapshot.error:
        lines += ["", snapshot.error]
    return "\n".join(lines)


def record_text(record: Record, name: RunName, origin: int) -> str:
    """Return a record as a whole: a head with its time and run, then its text as it is."""
    return f"{sitting_time(record.instant - origin)}  {name.worker} #{name.number}\n{record.text}"
