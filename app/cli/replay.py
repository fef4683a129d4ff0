"""``thread-controller replay``: a session's actions again, and how the runs agree with their record."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, TextIO

from app.cli.progress import progress_display
from app.cli.run import left_words
from app.cli.stdout import encoded, print_bytes
from app.cli.styles import Cell, toned
from app.core.catalogue import Catalogue
from app.core.errors import one_line
from app.core.latency import duration
from app.documents.startup_settings import kept_session_folder
from app.documents.worker_sets import read_workers
from app.experiments.comparison import Comparison
from app.experiments.repeated import Repeated
from app.experiments.replay import Replay, Replayed
from app.experiments.script import recorded_deadline, script_of
from app.programs.consent import require_yes
from app.session.folder import find_session, session_folder
from app.session.session_report import RunReport, SessionReport, read_report
from app.signals import Signals
from app.terminal import exit_status, write_stderr


def replay_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller replay`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: there is no such session, nothing in it can be done again, or the changed workers are wrong; nothing has
            been started.
    """
    report = read_report(
        find_session(options.session, options.session_dir or kept_session_folder() or session_folder())
    )
    changed = read_workers(options.workers, catalogue) if options.workers is not None else ()
    script = script_of(report, catalogue, changed, without_pauses=options.fast)
    # What its mechanisms can do harm to: naming the session on a command line is consent.
    experimental = (worker for experiment in script.experiments for worker in experiment.workers)
    workers = (*script.workers.values(), *experimental)
    agreed = require_yes(workers, yes=options.yes)
    for warning in (*catalogue.warnings(workers), *agreed):
        write_stderr(f"{warning}\n")
    display = progress_display()
    deadline = recorded_deadline(report) if options.deadline is None else options.deadline
    replay = Replay(catalogue, deadline, display.show)
    signals = Signals(replay.runtime.stream.wake)
    try:
        try:
            replayed = replay.play(report, script, lambda: signals.number is not None)
        finally:
            display.close()
        left = bool(replayed.left) or any(experiment.left for experiment in replayed.experiments)
        print_bytes(encoded(_json(report, replayed) if options.json else _text(replayed, sys.stdout)))
        for sentence in (*report.damaged, *replayed.remarks):
            write_stderr(f"{one_line(sentence)}\n")
        for run in replayed.left:
            write_stderr(left_words(run))
        status = exit_status(left=left, signal_number=signals.number, failed=not replayed.agrees)
        if left:
            # Threads are alive that cannot be stopped: they must not run on in an interpreter that ends.
            os._exit(status)
        return status
    finally:
        # The bell that signals ring goes with the replay.
        signals.restore()
        replay.close()


_HEADER = ("run", "outcome", "lines", "agreeing", "stop latency", "recorded", "at most", "")


def _text(replayed: Replayed, stream: TextIO) -> str:
    """Return a row a run, then a sentence for each difference and one for the whole."""
    from app.cli.console import paragraphs, table_text  # rich: JSON needs none of it

    table = ""
    if replayed.comparisons or not replayed.experiments:
        table = table_text(stream, map(_row, replayed.comparisons), _HEADER, right=range(2, 7))
    return table + paragraphs(stream, _sentences(replayed))


def _row(comparison: Comparison) -> tuple[Cell, ...]:
    again, (least, most) = comparison.again, comparison.lines
    right = f"{least:,}" if least == most else f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
    outcome = toned(str(again.outcome or ("left behind" if again.run else "not started")))
    limit = "–" if comparison.latency is None else duration(comparison.latency)
    latencies = (_latency(again), _latency(comparison.recorded), limit)
    verdict = toned("differs" if comparison.differences else "agrees")
    return comparison.recorded.title, outcome, f"{again.line_records:,}", right, *latencies, verdict


def _latency(run: RunReport) -> str:
    if run.chain.latency is not None:
        return duration(run.chain.latency)
    return "not known" if run.notice_unknown else "–"


def _sentences(replayed: Replayed) -> Iterator[str]:
    for comparison in replayed.comparisons:
        for difference in comparison.differences:
            yield one_line(f"{comparison.recorded.title}: {difference}.")
    whole = len(replayed.comparisons)
    agree = sum(not comparison.differences for comparison in replayed.comparisons)
    for experiment in replayed.experiments:
        if not experiment.differences:
            yield one_line(f"{experiment.title}: agrees with the record.")
        for difference in experiment.differences:
            yield one_line(f"{experiment.title}: {difference}.")
    if whole or not replayed.experiments:
        runs = f"{agree:,} of {whole:,} run{'' if whole == 1 else 's'}"
        yield f"{runs} agree{'s' if agree == whole == 1 else ''} with the record."
    if not replayed.is_whole:
        yield "The replay was stopped before it finished."


def _json(report: SessionReport, replayed: Replayed) -> str:
    document = {
        "session": report.id,
        "agrees": replayed.agrees,
        "whole": replayed.is_whole,
        "runs": [_values(comparison) for comparison in replayed.comparisons],
        "experiments": [_experiment_values(experiment) for experiment in replayed.experiments],
        "remarks": list(replayed.remarks),
    }
    return json.dumps(document, indent=2) + "\n"


def _experiment_values(experiment: Repeated) -> dict[str, Any]:
    agrees, differences = not experiment.differences, list(experiment.differences)
    return {"title": experiment.title, "agrees": agrees, "differences": differences, "left": experiment.left}


def _values(comparison: Comparison) -> dict[str, Any]:
    recorded, again = comparison.recorded, comparison.again
    return {
        "worker": recorded.name.worker,
        "run": recorded.name.number,
        "agrees": not comparison.differences,
        "differences": list(comparison.differences),
        "recorded": _facts(recorded.outcome, recorded.was_stuck, recorded.lines, recorded.chain.latency),
        "replayed": _facts(again.outcome, again.was_stuck, again.line_records, again.chain.latency),
        "lines_agreeing": list(comparison.lines),
        "latency_ns_most": comparison.latency,
    }


def _facts(outcome: str | None, was_stuck: bool, lines: int, latency: int | None) -> dict[str, Any]:
    return {"outcome": outcome, "was_stuck": was_stuck, "lines": lines, "latency_ns": latency}
