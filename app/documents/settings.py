"""Settings: one validated TOML file; an invalid one is reported once and renamed, so that nothing in it is lost."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.worker import Worker
from app.documents.highlights import Rule, parse_rules, rule_tables
from app.documents.key_lines import in_file
from app.documents.places import KeyPath, PlacedError
from app.documents.toml_files import MAX_SETTINGS_BYTES, move_aside, read_toml_with_text, write_toml
from app.documents.worker_sets import brief_tables, check_version, parse_workers

T = TypeVar("T")

_VERSION = 1
_MOST_DIGESTS = 1_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
USING_DEFAULTS = "Using the defaults"
THEMES = ("system", "light", "dark")
SCALES = ("linear", "log")
DEFAULT_WORKERS = (
    Worker(name="Event, polled", strategy="event-poll", interval=0.5),
    Worker(name="Flag", strategy="flag", interval=0.5),
    Worker(name="Event, waited on", strategy="event-wait", interval=0.5),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the window was left; lengths in device-independent pixels, empty tuples for "as it comes".

    Attributes:
        width, height: of the window.
        maximized: whether it filled the screen.
        rows: heights of workers table, timeline and log; files from before there was a timeline have two of them.
        columns: widths of the log and of what is beside it.
        worker_columns, log_columns: widths of the columns of each table.
        worker_hidden: the titles of the workers table's columns that are hidden.
        worker_sort: the title of the column that the workers are sorted by; empty for the order in which they were added.
        worker_sort_descending: whether the largest comes first.
        latency_scale: how long the bars of the stop latencies are: linear or log.
        log_hidden: the names of the log's columns that are hidden.
        log_all_events: whether the log shows every event of a run; else a stop is one row.
        details: whether the details are open.
        session: whether the session panel is open.
        timeline: whether the timeline is shown.
        log_points: the log's font size in points; 0 for the system's.
        theme: system, light or dark.
        getting_started: whether the line above the workers says what to press.
    """

    width: int = 1180
    height: int = 760
    maximized: bool = False
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    worker_columns: tuple[int, ...] = ()
    log_columns: tuple[int, ...] = ()
    worker_hidden: tuple[str, ...] = ()
    worker_sort: str = ""
    worker_sort_descending: bool = False
    latency_scale: str = "linear"
    log_hidden: tuple[str, ...] = ("Line", "Wall clock", "Delta", "Source")
    log_all_events: bool = False
    details: bool = False
    session: bool = False
    timeline: bool = True
    log_points: int = 0
    theme: str = "system"
    getting_started: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is kept from one start to the next.

    Attributes:
        stop_deadline: seconds from a stop request until a run counts as stuck.
        close_deadline: seconds for all runs together to end when the window is closed.
        switch_interval_ms: Python's switch interval while the window is open.
        session_folder: where sessions are kept, an absolute path; empty for the platform's folder.
        layout: how the window was left.
        workers: what is in the table.
        rules: which rows of the log are highlighted.
        agreed_code: what a person has agreed to run of their own files, as digests, oldest first.
    """

    stop_deadline: float = 5.0
    close_deadline: float = 2.0
    # Beside four busy threads this took the median lag of a line from 25 ms (Python's 5 ms) to under 1 ms, at under a
    # tenth of their throughput.
    switch_interval_ms: float = 0.5
    session_folder: str = ""
    layout: Layout = field(default_factory=Layout)
    workers: tuple[Worker, ...] = DEFAULT_WORKERS
    rules: tuple[Rule, ...] = ()
    agreed_code: tuple[str, ...] = ()


# What a setting that is a word can be.
_CHOICES = {"theme": THEMES, "latency_scale": SCALES}
# The range of each number: minimum and maximum.
RANGES: dict[str, tuple[float, float]] = {
    "stop_deadline": (0.0, 3600.0),
    "close_deadline": (0.0, 3600.0),
    "switch_interval_ms": (0.01, 1000.0),
    "width": (200, 32_000),
    "height": (200, 32_000),
    "log_points": (0, 200),
}


# The keys at the top of the file: those with one value each, and all.
_SIMPLE = ("stop_deadline", "close_deadline", "switch_interval_ms", "session_folder")
_KEYS = ("version", *_SIMPLE, "agreed_code", "layout", "worker", "highlight")


def load_settings(path: Path, catalogue: Catalogue) -> tuple[Settings, str]:
    """Return the settings, and the sentence to show if the file is invalid; any thread.

    A missing file means the defaults. A file that is damaged, unreadable or of a later version is renamed, so that
    nothing in it is lost when the settings are next written, and the defaults are returned.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Settings(), ""
    except OSError as error:
        return Settings(), f"{path}: it cannot be read ({error.strerror or error}). {USING_DEFAULTS}."
    try:
        document, text = read_toml_with_text(path, MAX_SETTINGS_BYTES)
        try:
            settings = _parse(document, catalogue)
        except BadInput as error:
            raise in_file(error, path, text) from None
        read_only = not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK)
        return settings, f"{path}: it is read-only; changes will not be kept." if read_only else ""
    except BadInput as error:
        aside = move_aside(path)
        kept = f"it is kept as {aside.name}" if aside else "it could not be kept aside and will be written over"
        return Settings(), f"{error} {USING_DEFAULTS}; {kept}."


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings, whole or not at all; BadInput if that cannot be done."""
    layout = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings.layout).items()}
    document: dict[str, Any] = {
        "version": _VERSION,
        "stop_deadline": settings.stop_deadline,
        "close_deadline": settings.close_deadline,
        "switch_interval_ms": settings.switch_interval_ms,
        "session_folder": settings.session_folder,
        "agreed_code": list(settings.agreed_code),
        "layout": layout,
        "worker": brief_tables(settings.workers),
        "highlight": rule_tables(settings.rules),
    }
    write_toml(path, document, 0o600, MAX_SETTINGS_BYTES)


def check_setting(name: str, value: object) -> Any:
    """Return a setting of the top of the file as it is kept; BadInput says what is wrong with it and what would be right."""
    return _checked_folder(name, value) if name == "session_folder" else _checked(name, value, float)


def _checked_folder(name: str, value: object) -> str:
    if isinstance(value, str) and "\0" not in value:
        if not value.strip():
            return ""
        path = Path(value).expanduser()
        if path.is_absolute():
            return str(path)
    raise BadInput(f"{name}: {quoted(value)} is not the whole path of a folder, such as {Path.home() / 'sessions'}.")


def _check_keys(document: Mapping[str, Any], layout: Mapping[str, Any]) -> None:
    """Raise BadInput about a key that is unknown, or stands where it has no meaning."""
    lengths = [item.name for item in fields(Layout)]
    for key in document:
        if key in lengths:
            raise PlacedError(f"{key}: it stands at the top of the file; it belongs below [layout].", (key,))
        if key not in _KEYS:
            raise PlacedError(unknown_name("setting", key, _KEYS), (key,))
    for key in layout:
        if key in _KEYS:
            raise PlacedError(f"{key}: it stands below [layout]; it belongs at the top of the file.", ("layout", key))
        if key not in lengths:
            raise PlacedError(unknown_name("setting below [layout]", key, lengths), ("layout", key))


def _parse(document: Mapping[str, Any], catalogue: Catalogue) -> Settings:
    _placed(("version",), check_version, document.get("version"), _VERSION)
    layout = document.get("layout", {})
    if not isinstance(layout, dict):
        raise BadInput("layout: it is not a table; write [layout].")
    _check_keys(document, layout)
    values = {name: _placed((name,), check_setting, name, document[name]) for name in _SIMPLE if name in document}
    workers = parse_workers(document["worker"], catalogue) if "worker" in document else DEFAULT_WORKERS
    rules = parse_rules(document.get("highlight", []))
    agreed = _placed(("agreed_code",), _checked_digests, document.get("agreed_code", []))
    kinds = {item.name: type(item.default) for item in fields(Layout)}
    lengths = {key: _placed(("layout", key), _checked, key, value, kinds[key]) for key, value in layout.items()}
    return replace(Settings(**values), layout=Layout(**lengths), workers=workers, rules=rules, agreed_code=agreed)


def _placed(where: KeyPath, check: Callable[..., T], *given: Any) -> T:
    """Return what a check returns, or raise its BadInput as one about a place of the file."""
    try:
        return check(*given)
    except BadInput as error:
        raise PlacedError(str(error), where) from None


def _checked_digests(value: object) -> tuple[str, ...]:
    is_list = isinstance(value, list) and len(value) <= _MOST_DIGESTS
    if (
        not isinstance(value, list)
        or not is_list
        or not all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in value)
    ):
        raise BadInput(
            f"agreed_code: {quoted(value)} is not a list of SHA-256 digests; leave it out to be asked again."
        )
    return tuple(value)


def _checked(name: str, value: object, kind: type) -> Any:
    """Return a setting's value as ``kind``, or raise BadInput naming it."""
    if name in ("log_hidden", "worker_hidden"):
        if not isinstance(value, list) or len(value) > 100 or not all(isinstance(item, str) for item in value):
            raise BadInput(f"{name}: {quoted(value)} is not a list of the names of columns.")
        return tuple(value)
    if kind is tuple:
        lengths = value if isinstance(value, list) and len(value) <= 100 else [None]
        if not all(type(length) is int and 0 <= length <= 100_000 for length in lengths):
            raise BadInput(f"{name}: {quoted(value)} is not a list of lengths in pixels.")
        return tuple(lengths)
    if name == "worker_sort":
        if not isinstance(value, str) or len(value) > 100:
            raise BadInput(f"{name}: {quoted(value)} is not the name of a column.")
        return value
    if kind is str:
        if value not in _CHOICES[name]:
            raise BadInput(f"{name} must be one of {', '.join(_CHOICES[name])}.")
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise BadInput(f"{name}: {quoted(value)} is neither true nor false.")
        return value
    least, most = RANGES[name]
    is_number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    # NaN is not within anything; a whole number may be too large for a float, but not for a comparison.
    if not is_number or not least <= value <= most:  # type: ignore[operator]
        raise BadInput(f"{name}: {quoted(value)} is not a number from {least:g} to {most:g}.")
    return kind(value)
