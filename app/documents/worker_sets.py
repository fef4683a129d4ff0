"""Worker sets: TOML files with a ``[[worker]]`` table for each worker."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.limits import MOST_WORKERS
from app.core.own_code.description import OWN_CODE, anchored, code_table
from app.core.worker import FIELDS, ITERATION_FIELDS, SAME_NAME, Worker
from app.documents.key_lines import in_file
from app.documents.places import KeyPath, PlacedError
from app.documents.toml_files import read_toml_with_text, write_toml
from app.resource_files import resource

_KEYS = ("worker", "summary", "version")
_VERSION = 1


def parse_workers(tables: object, catalogue: Catalogue, folder: Path | None = None) -> tuple[Worker, ...]:
    """Return the workers of ``[[worker]]`` tables; any thread; PlacedError says which worker, what is wrong, and where.

    Paths of code of the person's own are meant from ``folder``, that of the file that has the tables; without one they must
    be absolute.
    """
    where: KeyPath = ("worker",)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise PlacedError("worker: it is not a list of tables; write [[worker]] above each worker's keys.", where)
    if len(tables) > MOST_WORKERS:
        raise PlacedError(f"worker: there are {len(tables):,}; at most {MOST_WORKERS:,} are allowed.", where)
    workers: dict[str, Worker] = {}
    for index, table in enumerate(tables):
        try:
            worker = _read_worker(table, catalogue, folder)
            if worker.name in workers:
                raise BadInput(SAME_NAME.format(quoted(worker.name)), "name")
        except BadInput as error:
            keys = error.field.split(".") if error.field else []
            raise PlacedError(f"worker {index + 1}: {error}", (*where, index, *keys)) from None
        workers[worker.name] = worker
    return tuple(workers.values())


def _read_worker(table: Mapping[str, Any], catalogue: Catalogue, folder: Path | None) -> Worker:
    """Return the worker of a table, as ``parse_workers`` does."""
    if folder is not None and "code" in table:
        table = {**table, "code": anchored(table["code"], folder)}
    return catalogue.worker(table)


def check_version(version: object, newest: int) -> None:
    """Raise BadInput unless a document's version is one that this program reads."""
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadInput(f"version: {quoted(version)} is not a version; write version = {newest}.")
    if version > newest:
        raise BadInput(f"version {quoted(version)} is newer than this program, which reads version {newest}.")


def read_workers(path: Path, catalogue: Catalogue) -> tuple[Worker, ...]:
    """Return the workers of a file; BadInput names the file, the worker and the key."""
    return read_worker_set(path, catalogue)[0]


def read_worker_set(path: Path, catalogue: Catalogue) -> tuple[tuple[Worker, ...], str]:
    """Return the workers of a file and the sentence in its ``summary`` key (empty if it has none)."""
    document, text = read_toml_with_text(path)
    try:
        check_version(document.get("version", _VERSION), _VERSION)
        for key in document:
            if key not in _KEYS:
                raise PlacedError(unknown_name("key", key, _KEYS), (key,))
        if not document.get("worker"):
            raise BadInput('it has no worker; write [[worker]] and under it strategy = "event-poll".')
        summary = document.get("summary", "")
        if not isinstance(summary, str):
            raise PlacedError("Summary must be text in quotation marks.", ("summary",))
        return parse_workers(document["worker"], catalogue, path.absolute().parent), summary
    except BadInput as error:
        raise in_file(error, path, text) from None


def to_tables(workers: Iterable[Worker]) -> list[dict[str, Any]]:
    """Return the ``[[worker]]`` tables of some workers; None is left out, because TOML has no null."""
    tables = []
    for worker in workers:
        values = {field: getattr(worker, field) for field in FIELDS}
        values["text_at_end"] = list(worker.text_at_end)
        values["parameters"] = dict(worker.parameters) or None
        if worker.code is not None:
            values["code"] = code_table(worker.code)
            if worker.strategy == OWN_CODE:
                values = {field: value for field, value in values.items() if field not in ITERATION_FIELDS}
        tables.append({field: value for field, value in values.items() if value is not None})
    return tables


def brief_tables(workers: Iterable[Worker]) -> list[dict[str, Any]]:
    """Return the tables of some workers for a file: without default values, so that thousands of workers fit."""
    defaults = to_tables([Worker(name="", strategy="")])[0]
    return [
        {field: value for field, value in table.items() if value != defaults.get(field)} for table in to_tables(workers)
    ]


def write_workers(path: Path, workers: Sequence[Worker]) -> None:
    """Write a worker set, whole or not at all; BadInput if it cannot be written."""
    write_toml(path, {"version": _VERSION, "worker": brief_tables(workers)})


def example_paths() -> dict[str, Path]:
    """Return the built-in worker sets, name to file, in alphabetical order; any thread."""
    return {path.stem: path for path in sorted(resource("examples").glob("*.toml"))}
