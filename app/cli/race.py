"""``thread-controller race``: some workers, stopped at the same instant again and again, without a screen."""

import json
import os
import sys
from argparse import Namespace
from typing import TextIO

from app.cli import styles
from app.cli.choice import racing_workers
from app.cli.progress import progress_display
from app.cli.stdout import encoded, print_chunks
from app.cli.styles import BAD, toned
from app.core.catalogue import Catalogue
from app.core.states import Outcome
from app.experiments.race import Race
from app.experiments.race_report import (
    RACE_HEADER,
    race_conditions,
    race_csv,
    race_markdown,
    race_rows,
    race_values,
)
from app.experiments.results import RaceResult
from app.experiments.verdict import race_sentence
from app.programs.consent import require_yes
from app.signals import run_until_signal
from app.terminal import exit_status, write_stderr

_P50, _NEVER = RACE_HEADER.index("p50"), RACE_HEADER.index("never")


def race_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller race`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: what was asked for does not exist, cannot race or is wrong; nothing has been started.
    """
    workers = racing_workers(options, catalogue)
    agreed = require_yes(workers, yes=options.yes, interpreter=options.interpreter)
    display = progress_display()
    race = Race(catalogue, workers, options.rounds, options.seed, options.deadline, on_progress=display.show)
    # What its mechanisms can do harm to: naming them on a command line is consent.
    for warning in (*catalogue.warnings(workers), *agreed):
        write_stderr(f"{warning}\n")
    try:
        result, signal_number = run_until_signal(race.run, "race")
    finally:
        display.close()
    print_chunks([encoded(_rendered(options, result, catalogue))])
    if any(run.outcome is None for run in result.runs):
        # Threads that cannot be stopped must not run on in an interpreter that ends.
        os._exit(exit_status(left=True))
    failed = any(run.outcome is Outcome.FAILED for run in result.runs)
    return exit_status(left=False, signal_number=signal_number, failed=failed)


def _rendered(options: Namespace, result: RaceResult, catalogue: Catalogue) -> str:
    if options.form == "json":
        return json.dumps(race_values(result, catalogue), indent=2) + "\n"
    if options.form == "csv":
        return race_csv(result)
    if options.form == "markdown":
        return race_markdown(result, catalogue)
    return race_text(result, catalogue, sys.stdout)


def race_text(result: RaceResult, catalogue: Catalogue, stream: TextIO) -> str:
    """Return a race for a stream: a row a worker, what was found, what went wrong in single runs, how and where."""
    from app.cli.console import paragraphs, table_text  # rich: the other forms need none of it

    table = table_text(stream, map(_cells, race_rows(result)), RACE_HEADER, right=range(3, len(RACE_HEADER)))
    said = (race_sentence(result, catalogue), *_errors(result), race_conditions(result))
    return f"{table}\n{paragraphs(stream, said)}"


def _cells(row: tuple[str, ...]) -> list[styles.Cell]:
    cells: list[styles.Cell] = list(row)
    cells[_P50] = toned(row[_P50])
    if row[_NEVER] != "0":
        cells[_NEVER] = (row[_NEVER], BAD)
    return cells


def _errors(result: RaceResult) -> list[str]:
    """Return a sentence for each worker of which runs failed, or were left behind, with the end of the first error."""
    sentences = []
    for name, runs in result.by_worker().items():
        for outcome, words in ((Outcome.FAILED, "failed"), (None, "left behind")):
            errors = [run.error.rstrip().rpartition("\n")[2] for run in runs if run.outcome is outcome]
            if errors:
                sentences.append(f"{name}: {len(errors):,} of {len(runs):,} runs {words}: {errors[0]}")
    return sentences
