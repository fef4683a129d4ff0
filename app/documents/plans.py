r"""Plans: TOML files that say, step by step, what to do with some workers and what to expect.

The schema. Keys without "required" may be left out; any other key is an error::

    version = 1                     # of this schema
    title = "Event against flag"    # required; one line of at most 200 characters
    summary = "…"                   # a sentence about it

    [environment]                   # what is asked for: texts; compared and reported, never a reason to refuse
    python = ">=3.11, <3.15"        # also "qt", "pyside" and "cores", with >=, <=, >, <, ==, !=
    os = "Linux"                    # what the system's name begins with
    desktop = "GNOME"               # anything else is reported as not compared

    [[worker]]                      # as in worker sets (app/documents/worker_sets.py); names differ
    name = "A"
    strategy = "event-wait"

    [[step]]                        # 1 to 1,000 of them
    title = "Stop it"               # required; one line of at most 200 characters
    do = "Press Stop."              # what to do
    expect = "It ends at once."     # what should be seen
    actions = [                     # what the program does, in this order; at most 10,000 in a plan
      { action = "start", workers = ["A"] },   # without workers: all; a running worker keeps running
      { action = "wait", seconds = 1.5 },
      { action = "wait", for = "lines", worker = "A", lines = 10, seconds = 5 },  # seconds: at most (default 60)
      { action = "wait", for = "ended", worker = "A", seconds = 5 },              # without worker: all
      { action = "stop", workers = ["A"] },    # without workers: all; one that does not run is left alone
      { action = "kill", workers = ["A"] },    # those with engine = "process"; without workers: all
      { action = "set", worker = "A", field = "interval", value = 0.1 },  # for the next run; not the name
      { action = "race", workers = ["A"], rounds = 9 },  # 1 to 10,000 (default 20); without workers: all
    ]
    checks = [                      # what the program judges after the actions; at most 10,000 in a plan
      { check = "outcome", worker = "A", is = "interrupted" },  # completed, failed, killed, none, released (never stopped)
      { check = "latency_ms_max", worker = "A", is = 600 },     # from the request to the checkpoint that noticed
      { check = "lines_min", worker = "A", is = 1 },            # numbered lines
      { check = "lines_max", worker = "A", is = 10 },
      { check = "line_matches", worker = "A", is = "^done$" },  # of the last 10,000 lines one has to match
      { check = "window_lag_ms_max", is = 50 },                 # without a window: not judged
    ]

A check is about the worker's latest run, or about all rounds if that was a race. Runs that were asked to stop are waited
for before they are judged. ``worker`` may be left out where the plan has only one. ``[[step.actions]]`` and
``[[step.checks]]`` mean the same as the lists. A wait that ran out fails a step that has checks.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.worker import PROCESS, Worker
from app.documents.key_lines import KeyLines, in_file
from app.documents.places import KeyPath, PlacedError
from app.documents.plan_parts import Plan, Requirement, SetField, Step
from app.documents.plan_steps import (
    MAX_TITLE,
    SetActions,
    Table,
    action_table,
    check_keys,
    check_table,
    parse_action,
    parse_check,
    tables_of,
    text_of,
    title_of,
)
from app.documents.toml_files import is_toml_path, read_toml_with_text
from app.documents.worker_sets import brief_tables, check_version, parse_workers
from app.resource_files import resource

VERSION = 1
ENDING = ".plan.toml"
MAX_STEPS = 1_000
MAX_ACTIONS = 10_000  # in a plan, and as many checks
MAX_REQUIREMENTS = 50

_KEYS = ("version", "title", "summary", "environment", "worker", "step")
_STEP_KEYS = ("title", "do", "expect", "actions", "checks")
_STEP_EXAMPLE = "Stop it"


def read_plan(path: Path, catalogue: Catalogue) -> Plan:
    """Return the plan of a file; any thread; BadInput says the file, the line, what is wrong and what would be right."""
    document, text = read_toml_with_text(path)
    try:
        plan = parse_plan(document, catalogue, path.absolute().parent)
    except PlacedError as error:
        raise in_file(error, path, text) from None
    lines = KeyLines(text)
    steps = (replace(step, line=lines.line(("step", index))) for index, step in enumerate(plan.steps))
    return replace(plan, steps=tuple(steps))


def plan_warnings(plan: Plan, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the warnings of a plan's strategies and workloads, including those that its actions set, each once."""
    actions = (action for step in plan.steps for action in step.actions)
    default = Worker(name="", strategy=catalogue.strategies[0].about.id)
    changed = [
        replace(default, **{action.field: action.value})
        for action in actions
        if isinstance(action, SetField) and action.field in ("strategy", "workload")
    ]
    return catalogue.warnings([*plan.workers, *changed])


def workers_to_agree_to(plan: Plan, catalogue: Catalogue) -> tuple[Worker, ...]:
    """Return the workers of a plan, and one for each Python that its actions set: what is run needs a person's consent."""
    actions = (action for step in plan.steps for action in step.actions)
    pythons = (each.value for each in actions if isinstance(each, SetField) and each.field == "interpreter")
    strategy = catalogue.strategies[0].about.id
    named = (Worker("", strategy, engine=PROCESS, interpreter=python) for python in pythons if isinstance(python, str))
    return (*plan.workers, *named)


def parse_plan(document: Mapping[str, Any], catalogue: Catalogue, folder: Path | None = None) -> Plan:
    """Return the plan that a document describes; any thread; PlacedError says what is wrong, and ``where``.

    Paths of code of the person's own are meant from ``folder``; without one they must be absolute.
    """
    try:
        check_version(document.get("version", VERSION), VERSION)
    except BadInput as error:
        raise PlacedError(str(error), ("version",)) from None
    check_keys(document, _KEYS, "key of a plan", ())
    title = title_of(document, (), "Event against flag")
    summary = text_of(document, "summary", ())
    environment = _environment(document.get("environment", {}))
    workers = parse_workers(document.get("worker", []), catalogue, folder)
    steps = _steps(document.get("step", []), workers, catalogue)
    return Plan(title, steps, workers, summary, environment)


def _environment(table: object) -> tuple[Requirement, ...]:
    where: KeyPath = ("environment",)
    right = 'write texts, such as python = ">=3.11".'
    if not isinstance(table, dict):
        raise PlacedError(f"environment: {quoted(table)} is not a table; {right}", where)
    if len(table) > MAX_REQUIREMENTS:
        raise PlacedError(f"environment: it has {len(table):,} keys; write at most {MAX_REQUIREMENTS}.", where)
    for key, value in table.items():
        if not isinstance(value, str):
            raise PlacedError(f"environment: {quoted(key)}: {quoted(value)} is not text; {right}", (*where, key))
        text_of(table, key, where, MAX_TITLE)
    return tuple(Requirement(key, value) for key, value in table.items())


def _steps(tables: object, workers: Sequence[Worker], catalogue: Catalogue) -> tuple[Step, ...]:
    where: KeyPath = ("step",)
    listed = tables_of(tables, where, "write [[step]] above each step's keys.")
    if not listed:
        raise PlacedError(f'step: there is none; write [[step]] and under it title = "{_STEP_EXAMPLE}".', where)
    if len(listed) > MAX_STEPS:
        raise PlacedError(f"step: there are {len(listed):,}; a plan has at most {MAX_STEPS:,}, so split it.", where)
    for key in ("actions", "checks"):
        entries = (step.get(key) for step in listed)
        count = sum(len(several) for several in entries if isinstance(several, list))
        if count > MAX_ACTIONS:
            raise PlacedError(
                f"step: there are {count:,} {key}; a plan has at most {MAX_ACTIONS:,}, so split it.", where
            )
    names = [worker.name for worker in workers]
    sets = SetActions(workers, catalogue)
    return tuple(_step(table, index, names, sets) for index, table in enumerate(listed))


def _step(table: Table, index: int, workers: Sequence[str], sets: SetActions) -> Step:
    where: KeyPath = ("step", index)
    try:
        check_keys(table, _STEP_KEYS, "key of a step", where)
        title = title_of(table, where, _STEP_EXAMPLE)
        do, expect = text_of(table, "do", where), text_of(table, "expect", where)
        actions = []
        for place, entry in _entries(table, "actions", where, 'write actions = [{ action = "start" }].'):
            with _numbered("action", place):
                action = parse_action(entry, place, workers)
                if isinstance(action, SetField):
                    sets.check(action, place)
            actions.append(action)
        checks = []
        right = 'write checks = [{ check = "outcome", worker = "A", is = "interrupted" }].'
        for place, entry in _entries(table, "checks", where, right):
            with _numbered("check", place):
                checks.append(parse_check(entry, place, workers))
    except PlacedError as error:
        raise PlacedError(f"step {index + 1}: {error}", error.where) from None
    return Step(title, do, expect, tuple(actions), tuple(checks))


def _entries(table: Table, key: str, where: KeyPath, right: str) -> list[tuple[KeyPath, Table]]:
    """Return the tables of a step's list, each with its place in the document."""
    place = (*where, key)
    return [((*place, index), entry) for index, entry in enumerate(tables_of(table.get(key, []), place, right))]


@contextmanager
def _numbered(word: str, place: KeyPath) -> Iterator[None]:
    """Add to an error's sentence which action or check of a step it is in."""
    try:
        yield
    except PlacedError as error:
        number = int(place[-1]) + 1
        raise PlacedError(f"{word} {number}: {error}", error.where) from None


def to_document(plan: Plan) -> dict[str, Any]:
    """Return the document that ``parse_plan`` reads; what is empty is left out."""
    document: dict[str, Any] = {"version": VERSION, "title": plan.title, "summary": plan.summary}
    document["environment"] = dict(plan.environment)
    document["worker"] = brief_tables(plan.workers)
    document["step"] = [_step_table(step) for step in plan.steps]
    return {key: value for key, value in document.items() if value}


def _step_table(step: Step) -> dict[str, Any]:
    table = {
        "title": step.title,
        "do": step.do,
        "expect": step.expect,
        "actions": [action_table(action) for action in step.actions],
        "checks": [check_table(spec) for spec in step.checks],
    }
    return {key: value for key, value in table.items() if value}


def plan_paths() -> dict[str, Path]:
    """Return the built-in plans, name to file, in alphabetical order; any thread."""
    return {path.name.removesuffix(ENDING): path for path in sorted(resource("plans").glob(f"*{ENDING}"))}


def find_plan(wanted: str) -> Path:
    """Return the file of a built-in plan's name or of a path; BadInput, which names the nearest plan, if it is neither."""
    built_in = plan_paths()
    if wanted in built_in:
        return built_in[wanted]
    if is_toml_path(wanted):
        return Path(wanted)
    raise BadInput(f"{unknown_name('plan', wanted, built_in)} A file's name ends in {ENDING}.")
