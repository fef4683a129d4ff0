"""The workers of ``run`` and ``race``: examples, strategies or files, changed by the options."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, unknown_name
from app.core.own_code.description import OWN_CODE
from app.core.parameters import Parameter, check_values
from app.core.worker import LONGEST_NAME, PROCESS, FreeNames, Worker, check_text
from app.documents.toml_files import is_toml_path
from app.documents.worker_sets import example_paths, read_workers
from app.experiments.limits import DEFAULT_INTERVAL
from app.programs.interpreters import find_interpreter
from app.programs.own_worker import chosen, own_worker, read_pairs, read_way, split_target


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
    named = _run_workers(options, catalogue)
    changed = [replace(worker, **changes, **_process(options)) for worker in named]
    _check_fit_code(changed, options)
    return _copies(_with_workloads(changed, options, catalogue), options.count)


def _run_workers(options: argparse.Namespace, catalogue: Catalogue) -> Sequence[Worker]:
    """Return the workers that ``run`` names, before its options change them."""
    target = split_target(options.what)
    if target is not None:
        return [_own_worker(target, options.stop, options.arguments, options.folder, options.environment)]
    given = {
        "--stop": options.stop is not None,
        "--arg": bool(options.arguments),
        "--folder": options.folder is not None,
        "--env": bool(options.environment),
    }
    if wrong := [option for option, is_given in given.items() if is_given]:
        raise BadInput(f"{wrong[0]}: it is for code of your own; name it as FILE.py:NAME.")
    return _named(options.what, catalogue)


def _own_worker(
    target: tuple[Path, str],
    stop: str | None = None,
    arguments: Sequence[str] = (),
    folder: str | None = None,
    environment: Sequence[str] = (),
) -> Worker:
    """Return the worker that ``FILE.py:NAME`` means, with what the options say of it, as they were typed."""
    from app.programs.own_code import read_python_file  # here: it loads Python's parser

    file = read_python_file(target[0])
    try:
        return own_worker(
            file,
            chosen(file, target[1]),
            stop=read_way(stop),
            arguments=read_pairs("--arg", arguments, "count=5 or url=\"'http://localhost'\""),
            folder=folder or "",
            environment=read_pairs("--env", environment, "DEBUG=1"),
        )
    except BadInput as error:
        # The sentences name the keys of a worker set; here they are options.
        words = {"arguments: ": "--arg: ", "stop: ": "--stop: ", "environment: ": "--env: ", "folder: ": "--folder: "}
        for key, option in words.items():
            if str(error).startswith(key):
                raise BadInput(option + str(error).removeprefix(key), error.field) from None
        raise


def _check_fit_code(workers: Iterable[Worker], options: argparse.Namespace) -> None:
    """Raise BadInput if an option says how to iterate, and a worker is code of the person's own, which does as it does."""
    said = ("interval", "limit", "text", "workload", "parameters")
    wrong = [name for name in said if getattr(options, name, None) not in (None, [])]
    for worker in workers:
        if worker.code is not None and wrong:
            option = {"parameters": "set"}.get(wrong[0], wrong[0])
            raise BadInput(
                f"--{option}: it says nothing about code of your own, which iterates as it does; leave it out."
            )


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
        # Code of the person's own iterates as it does.
        named = [w if w.strategy == OWN_CODE else replace(w, interval=options.interval) for w in named]
    names = FreeNames()
    named = [replace(worker, name=names.take(worker.name), **_process(options)) for worker in named]
    return _with_workloads(named, options, catalogue)


def _process(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the workers that ``--process`` and ``--interpreter`` say; BadInput if there is no such Python."""
    if options.interpreter is not None:
        try:
            find_interpreter(options.interpreter)
        except BadInput as error:
            raise BadInput(f"--{error}", error.field) from None
        return {"engine": PROCESS, "interpreter": options.interpreter}
    return {"engine": PROCESS} if options.process else {}


def _with_workloads(workers: Iterable[Worker], options: argparse.Namespace, catalogue: Catalogue) -> list[Worker]:
    """Return the workers as ``--workload`` and ``--set`` want them."""
    settings = read_pairs("--set", options.parameters, "seconds=0.5")
    return [_with_workload(worker, options.workload, settings, catalogue) for worker in workers]


def _named(what: str, catalogue: Catalogue) -> Sequence[Worker]:
    examples = example_paths()
    if (target := split_target(what)) is not None:
        return [_own_worker(target)]
    if what in examples:
        return read_workers(examples[what], catalogue)
    if what in catalogue.strategy_ids():
        return [Worker(name=what, strategy=what)]
    if is_toml_path(what):
        return read_workers(Path(what), catalogue)
    known = [*catalogue.strategy_ids(), *examples]
    raise BadInput(f"{unknown_name('strategy or example', what, known)} A file's name ends in .toml or .py.")


def _with_workload(worker: Worker, workload: str | None, settings: Mapping[str, str], catalogue: Catalogue) -> Worker:
    """Return a worker with another workload, if one is named, and with the parameters of ``--set``.

    Raises:
        BadInput: there is no such workload, it has no such parameter, or a value is wrong.
    """
    if worker.strategy == OWN_CODE:
        return worker
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
