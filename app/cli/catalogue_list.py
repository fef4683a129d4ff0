"""``thread-controller list``: strategies, workloads, examples and plans, with a sentence about each."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from app.cli.stdout import encoded, print_chunks
from app.cli.styles import NAME, TITLE
from app.core.catalogue import Catalogue
from app.core.parameters import Parameter
from app.core.prediction import Notices
from app.core.strategies import About
from app.core.workloads import Workload
from app.documents.plans import plan_paths, read_plan
from app.documents.worker_sets import example_paths, read_worker_set


def list_command(options: Namespace, catalogue: Catalogue) -> int:
    """Print the list to standard output and return the exit status."""
    if options.form == "json":
        text = json.dumps(catalogue_values(catalogue), indent=2) + "\n"
    elif options.form == "markdown":
        text = strategies_markdown(catalogue)
    else:
        text = catalogue_text(catalogue, sys.stdout)
    print_chunks([encoded(text)])
    return 0


def catalogue_text(catalogue: Catalogue, stream: TextIO) -> str:
    """Return the list for a stream, ending in a line break."""
    sections = {
        "Strategies": [(s.about.id, s.about.sentence) for s in catalogue.strategies],
        "Workloads": [entry for workload in catalogue.workloads for entry in _workload(workload)],
        "Examples": [(name, read_worker_set(path, catalogue)[1]) for name, path in example_paths().items()],
        "Plans": [(name, read_plan(path, catalogue).summary) for name, path in plan_paths().items()],
    }
    return "\n".join(_section(stream, title, entries) for title, entries in sections.items())


_STOP_LATENCY = {
    Notices.POLLING: "0 to one interval and one piece of work",
    Notices.WAITING: "at once in a pause, else one piece of work",
    Notices.RAISING: "at once in Python code, else the rest of a call or pause",
    Notices.INTERRUPTING: "at once in Python code and in a call that a signal ends, else the rest of the call",
    Notices.NEVER: "never",
    Notices.UNKNOWN: "up to the code",
}


def catalogue_values(catalogue: Catalogue) -> dict[str, Any]:
    """Return the list as the object that JSON has of it; the help of ``list`` names its keys."""
    plans = ((name, read_plan(path, catalogue)) for name, path in plan_paths().items())
    return {
        "strategies": [_strategy_values(strategy.about) for strategy in catalogue.strategies],
        "workloads": [_workload_values(workload) for workload in catalogue.workloads],
        "examples": [
            {"id": name, "sentence": read_worker_set(path, catalogue)[1]} for name, path in example_paths().items()
        ],
        "plans": [
            {"id": name, "title": plan.title, "sentence": plan.summary, "steps": len(plan.steps)}
            for name, plan in plans
        ],
    }


def _strategy_values(about: About) -> dict[str, Any]:
    return {
        "id": about.id,
        "title": about.title,
        "sentence": about.sentence,
        "stop_latency": _STOP_LATENCY[about.notices],
        "guarantee": about.guarantee,
        "cannot": about.cannot,
        "warning": about.warning,
        "documentation": about.documentation,
    }


_TYPES = {bool: "boolean", int: "integer", float: "number"}


def _workload_values(workload: type[Workload]) -> dict[str, Any]:
    return {
        "id": workload.id,
        "title": workload.title,
        "sentence": workload.sentence,
        "warning": workload.warning,
        "parameters": [_parameter_values(parameter) for parameter in workload.parameters],
    }


def _parameter_values(parameter: Parameter) -> dict[str, Any]:
    is_switch = isinstance(parameter.usual, bool)
    return {
        "name": parameter.name,
        "title": parameter.title,
        "sentence": parameter.sentence,
        "type": _TYPES[type(parameter.usual)],
        "default": parameter.usual,
        "least": None if is_switch else parameter.least,
        "most": None if is_switch else parameter.most,
        "unit": parameter.unit,
    }


def strategies_markdown(catalogue: Catalogue) -> str:
    """Return the strategies as the Markdown table that the README contains."""
    rows = [
        "| strategy | what it does | stop latency | what may be relied on | what it cannot do |",
        "|---|---|---|---|---|",
    ]
    for about in (strategy.about for strategy in catalogue.strategies):
        cannot = f"{about.cannot} {about.warning}".strip()
        cells = (
            f"[`{about.id}`]({about.documentation})",
            about.sentence,
            _STOP_LATENCY[about.notices],
            about.guarantee,
            cannot,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _workload(workload: type[Workload]) -> Iterator[tuple[str, str]]:
    """Yield a workload and, indented under it, its parameters for ``--set``."""
    yield workload.id, workload.sentence
    for parameter in workload.parameters:
        yield f"  {parameter.name}", parameter.about


def _section(stream: TextIO, title: str, entries: Iterable[tuple[str, str]]) -> str:
    from app.cli.console import styled, table_text  # rich: the other forms need none of it

    rows = [((f"  {name}", NAME), sentence) for name, sentence in entries]
    return f"{styled(stream, title, TITLE)}\n{table_text(stream, rows)}"
