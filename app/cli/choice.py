"""The workers of ``run`` and ``race``: examples, strategies or files, changed by the options."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.parameters import Parameter, check_values
from app.core.worker import LONGEST_NAME, FreeNames, Worker, check_text
from app.documents.toml_files import is_toml_path
from app.documents.worker_sets import example_paths, read_workers
from app.experiments.limits import DEFAULT_INTERVAL


def chosen_workers(options: argparse.Namespace, catalogue: Catalogue) -> list[Worker]:
    """Return the workers that ``run`` is asked for, ``--count`` of each, all with different names.

    Raises:
        BadInput: the name is unknown, or the file or an option is wrong.
    """
    changes: dict[str, Any] = {
        field: getattr(options, field)
        for field in ("interval", "stop_after", "limit")
        if getattr(options, field) is not None
    }
    if options.text is not None:
        try:
            changes["text"] = check_text(options.text)
        except BadInput as error:
            raise BadInput(f"--text: {error}", error.field) from None
    changed = [replace(worker, **changes) for worker in _named(options.what, catalogue)]
    return _copies(_with_workloads(changed, options, catalogue), options.count)


def racing_workers(options: argparse.Namespace, catalogue: Catalogue) -> list[Worker]:
    """Return the workers that ``race`` is asked for, all with different names; those of a new window if none is named.

    Raises:
        BadInput: a name is unknown, or a file or an option is wrong.
    """
    named: list[Worker] = []
    for what in options.what:
        workers = _named(what, catalogue)
        # A strategy has no interval of its own: it races at the matrix's.
        is_strategy = what in catalogue.strategy_ids() and what not in example_paths()
        named += [replace(worker, interval=DEFAULT_INTERVAL) if is_strategy else worker for worker in workers]
    if not options.what:
        from app.documents.settings import DEFAULT_WORKERS  # here: it needs what settings need

        named += DEFAULT_WORKERS
    if options.interval is not None:
        named = [replace(worker, interval=options.interval) for worker in named]
    names = FreeNames()
    named = [replace(worker, name=names.take(worker.name)) for worker in named]
    return _with_workloads(named, options, catalogue)


def _with_workloads(workers: Iterable[Worker], options: argparse.Namespace, catalogue: Catalogue) -> list[Worker]:
    """Return the workers as ``--workload`` and ``--set`` want them."""
    settings = _settings(options.parameters)
    return [_with_workload(worker, options.workload, settings, catalogue) for worker in workers]


def _named(what: str, catalogue: Catalogue) -> Sequence[Worker]:
    examples = example_paths()
    if what in examples:
        return read_workers(examples[what], catalogue)
    if what in catalogue.strategy_ids():
        return [Worker(name=what, strategy=what)]
    if is_toml_path(what):
        return read_workers(Path(what), catalogue)
    known = [*catalogue.strategy_ids(), *examples]
    raise BadInput(f"{unknown_name('strategy or example', what, known)} A file's name ends in .toml.")


def _settings(texts: Sequence[str]) -> dict[str, str]:
    """Return names and values from ``NAME=VALUE``; of a name that is given twice the last value counts."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"--set: {quoted(text)} is not of the form NAME=VALUE, e.g. seconds=0.5.")
        settings[name.strip()] = value
    return settings


def _with_workload(worker: Worker, workload: str | None, settings: Mapping[str, str], catalogue: Catalogue) -> Worker:
    """Return a worker with another workload, if one is named, and with the parameters of ``--set``.

    Raises:
        BadInput: there is no such workload, it has no such parameter, or a value is wrong.
    """
    if workload is not None and workload != worker.workload:
        try:
            catalogue.workload(workload)
        except BadInput as error:
            raise BadInput(f"--workload: {error}", error.field) from None
        # The parameters of the previous workload do not apply to another.
        worker = replace(worker, workload=workload, parameters=())
    known = {parameter.name: parameter for parameter in catalogue.parameters(worker.workload)}
    try:
        # An unknown name has no type: its text is passed on, and refused for the name.
        given = {
            name: known[name].read(text, _called(known[name])) if name in known else text
            for name, text in settings.items()
        }
        parameters = check_values(dict(worker.parameters) | given, known.values(), worker.workload, _called)
    except BadInput as error:
        sentence = str(error)
        raise BadInput(sentence if sentence.startswith("--set ") else f"--set: {sentence}", error.field) from None
    return replace(worker, parameters=parameters)


def _called(parameter: Parameter) -> str:
    """Return what a sentence calls a parameter: as it was written."""
    return f"--set {parameter.name}"


def _copies(workers: Sequence[Worker], count: int) -> list[Worker]:
    """Return each worker ``count`` times, numbered from 1; names are cut so that the number fits."""
    if count == 1:
        return list(workers)
    room = LONGEST_NAME - len(str(count)) - 1
    # Two long names may have become one by cutting; numbers alone could not tell their copies apart.
    names = FreeNames(longest=room)
    copies = []
    for worker in workers:
        name = names.take(worker.name)
        copies += [replace(worker, name=f"{name} {number}") for number in range(1, count + 1)]
    return copies
