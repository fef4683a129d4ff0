"""Turning a session into a test: a pytest file that does what the session did and asserts what was seen."""

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.latency import duration
from app.core.own_code.description import OWN_CODE, OwnCode
from app.core.worker import PROCESS, Worker
from app.session.session_report import RunReport, SessionReport

from .comparison import latency_limit, lines_range
from .script import KILL, LET_GO, START, STOP, Phase, Script, recorded_deadline, script_of

MOST_RUNS = 200  # a test of more cannot be read
# Seconds that a busy machine may keep a thread waiting beyond what was predicted: four switch intervals of Python.
SLACK = 0.02
_PATIENCE = 5_000_000_000  # ns, beyond twice the recorded time, until the runs that are alive are asked to stop
_LONGEST_LABEL = 20  # characters, so that no line is too long for any formatter
_DEFAULTS = {field.name: field.default for field in fields(Worker)}
_ERROR = re.compile(r"[A-Za-z_][\w.]{0,60}", re.ASCII)


class _Code(str):
    """Text that is code already; whatever else a template is given becomes a literal."""

    __slots__ = ()


def session_test(report: SessionReport, catalogue: Catalogue) -> str:
    """Return the test of a session as the text of a file, formatted as ``ruff format`` would.

    Raises:
        BadInput: there is nothing that could be done again, too much, or a worker does not exist here.
    """
    script = script_of(report, catalogue, without_pauses=True)
    if len(script.workers) > MOST_RUNS:
        raise BadInput(
            f"{report.path}: {len(script.workers):,} runs were started in it; a test that can be read has at most "
            f"{MOST_RUNS:,}. Record a shorter session of the same workers."
        )
    runs = [run for run in report.runs if run.run in script.workers]
    labels, constants = _labels(runs), _constants(script)
    core_only = Catalogue()
    known = (*core_only.strategy_ids(), OWN_CODE)
    adapters = any(worker.strategy not in known for worker in constants)
    files = dict.fromkeys(worker.code.file for worker in constants if worker.code is not None)
    processes = any(worker.engine == PROCESS for worker in constants)
    return _filled(
        session=report.id,
        deadline=recorded_deadline(report),
        slack=SLACK,
        adapters=adapters,
        files=list(files),
        processes=processes,
        runtime=_Code("build_runtime" if processes else "Runtime"),
        catalogue=_Code("whole_catalogue()" if adapters else "Catalogue()"),
        workers=[(_Code(name), _worker_fields(worker)) for worker, name in constants.items()],
        phases=[_phase(phase, labels, constants) for phase in script.phases],
        tests=[_test(run, script.workers[run.run], labels[run.run]) for run in runs if run.outcome is not None],
    )


def _filled(**values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Code is not HTML: here a text from outside is made harmless by becoming a Python literal, whatever is in it.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        finalize=_code,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("session_test.py.j2").render(values)


def _code(value: object) -> str:
    if isinstance(value, _Code):
        return value
    return literal(value) if isinstance(value, str) else repr(value)


def literal(text: str) -> str:
    """Return a text as a literal of Python, with the quotation marks that formatters like; what cannot be seen escaped."""
    body = "".join(c if c in "'\"" else repr(c)[1:-1] for c in text)
    mark = "'" if body.count('"') > body.count("'") else '"'
    return mark + body.replace(mark, f"\\{mark}") + mark


def _labels(runs: Sequence[RunReport]) -> dict[int, str]:
    """Return an identifier for each run: its worker and number."""
    taken: set[str] = set()
    return {run.run: _free(f"{_identifier(run.name.worker)}_{run.name.number}", taken) for run in runs}


def _constants(script: Script) -> dict[Worker, str]:
    """Return a name for each worker that is started; one that was edited between two runs has two."""
    taken = {"SESSION", "DEADLINE", "SLACK"}
    names: dict[Worker, str] = {}
    for worker in script.workers.values():
        if worker not in names:
            names[worker] = _free(_identifier(worker.name).upper(), taken)
    return names


def _free(wanted: str, taken: set[str]) -> str:
    """Return an identifier, or the first of it with ``_2``, ``_3``, … that is free; it is taken from now on."""
    name, number = wanted, 2
    while name in taken:
        name = f"{wanted}_{number}"
        number += 1
    taken.add(name)
    return name


def _identifier(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower())[: _LONGEST_LABEL - 4].strip("_")
    return plain if plain and not plain[0].isdigit() else f"worker_{plain}".rstrip("_")[: _LONGEST_LABEL - 4]


def _worker_fields(worker: Worker) -> list[tuple[_Code, _Code]]:
    """Return the fields that are not as usual, as code."""
    given = ((name, getattr(worker, name)) for name in _DEFAULTS)
    return [(_Code(name), _field(name, value)) for name, value in given if value != _DEFAULTS[name]]


def _field(name: str, value: Any) -> _Code:
    if name == "text_at_end":
        # The comment keeps every formatter from joining the lines, whatever it takes for a long one.
        lines = "".join(f"        {literal(text)},\n" for text in value)
        return _Code(f"(\n        # after the loop\n{lines}    )")
    if name == "parameters":
        pairs = "".join(f"        ({literal(key)}, {number!r}),\n" for key, number in value)
        return _Code(f"(\n        # of the workload\n{pairs}    )")
    if isinstance(value, OwnCode):
        return _own_code(value)
    return _Code(_code(value))


def _own_code(code: OwnCode) -> _Code:
    parts = [f"file={literal(code.file)}", f"name={literal(code.name)}", f"stop=read_stop({literal(code.stop.text)})"]
    for name, pairs in (("arguments", code.arguments), ("environment", code.environment)):
        if pairs:
            listed = "".join(f"            ({literal(key)}, {literal(text)}),\n" for key, text in pairs)
            # The comment keeps every formatter from joining the lines, as above.
            parts.append(f"{name}=(\n            # by name\n{listed}        )")
    if code.folder:
        parts.append(f"folder={literal(code.folder)}")
    return _Code("OwnCode(\n" + "".join(f"        {part},\n" for part in parts) + "    )")


def _phase(phase: Phase, labels: dict[int, str], constants: dict[Worker, str]) -> dict[str, Any]:
    calls = []
    for action in phase.actions:
        at = seconds(action.at)
        if action.word == START and action.worker is not None:
            calls.append(f'session.start("{labels[action.run]}", {constants[action.worker]}, at={at})')
        elif action.word in (STOP, LET_GO, KILL):
            calls.append(f'session.{action.word.replace("-", "_")}("{labels[action.run]}", at={at})')
        else:
            calls.append(f"session.stop_all(at={at})")
    return {"actions": [_Code(call) for call in calls], "patience": _Code(seconds(2 * phase.until + _PATIENCE))}


def _test(run: RunReport, worker: Worker, label: str) -> dict[str, Any]:
    never = run.never
    limit = None if never else latency_limit(run)
    error = _ERROR.match(run.errors[0]) if run.errors else None
    by_force = run.released is not None or run.killed is not None
    return {
        "label": _Code(label),
        "key": label,
        "words": _Code(_words(run)),
        "outcome": str(run.outcome),
        # A run that is let go or killed at the very deadline may count as stuck or not.
        "stuck": None if by_force else _Code("run.was_stuck" if run.was_stuck else "not run.was_stuck"),
        "error": error[0] if error else "",
        "lines": _Code(_lines(run, worker)),
        "never": never,
        "limit": None if limit is None else _Code(seconds(limit, up=True)),
    }


def _words(run: RunReport) -> str:
    words = f"{run.outcome_words}, {run.line_records} line{'' if run.line_records == 1 else 's'}"
    if run.chain.latency is not None:
        return f"{words}, noticed {duration(run.chain.latency)} after the request"
    return f"{words}, {run.release_words or 'never noticed'}" if run.never else words


def _lines(run: RunReport, worker: Worker) -> str:
    least, most = lines_range(run, worker, None, round(SLACK * 1e9))
    if least == most:
        return f"run.lines == {least}"
    return f"run.lines >= {least}" if most is None else f"{least} <= run.lines <= {most}"


def seconds(ns: int, *, up: bool = False) -> str:
    """Return a length of time as a number of Python in seconds, to the microsecond; rounded up if asked."""
    microseconds = -(-ns // 1_000) if up else round(ns / 1_000)
    text = f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
