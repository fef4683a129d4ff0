"""Where a thread was or failed, in words: the innermost call of the person's own code first; no Qt."""

import sys
from collections.abc import Callable, Iterable, Sequence

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.stacks import Call, calls_in, culprit
from app.core.worker import Worker

MARK = "▶"
NOT_RETURNED = "It called, and that has not returned:"
RAISED = "It called, and that raised:"
_AROUND = 4  # lines of the file before and after the culprit
_LONGEST = 200  # characters of a line of code that are shown

SLOW = "Where it was when it was slow to stop:"


def own_files(catalogue: Catalogue, worker: Worker | None) -> tuple[str, ...]:
    """Return the files of a worker's strategy and workload; none for what is not in the catalogue."""
    if worker is None:
        return ()
    try:
        classes = (catalogue.strategy(worker.strategy), catalogue.workload(worker.workload))
    except BadInput:
        return ()
    own = () if worker.code is None else (worker.code.file,)
    files = (getattr(sys.modules.get(known.__module__), "__file__", None) for known in classes)
    return (*own, *(file for file in files if file))


def where_text(
    calls: tuple[Call, ...], files: Iterable[str], lines_of: Callable[[str], Sequence[str]], called: str = NOT_RETURNED
) -> str:
    """Return the culprit of a stack with some lines of its file around it, then what it called and what called it.

    A tab follows the mark, or stands in its place, and nowhere else: the sign may be wider than a letter.
    Empty if there are no calls. A file that was changed since is not quoted: only the line as it was.

    Args:
        calls: the stack, innermost last.
        files: the run's own files (see ``own_files``).
        lines_of: returns a file's lines, none if it cannot be read; ``linecache.getlines`` is one.
        called: what is said of the calls that the culprit made.
    """
    guilty = culprit(calls, files)
    if guilty is None:
        return ""
    call = calls[guilty]
    parts = [f"{MARK} {_place(call)}", _quoted(call, lines_of(call.file))]
    inner, callers = calls[guilty + 1 :], calls[:guilty][::-1]
    for title, others in ((called, inner), ("It was called by:", callers)):
        if others:
            parts += ["", title, *map(_in_short, others)]
    return "\n".join(parts)


def failure_text(error: str, files: Iterable[str], lines_of: Callable[[str], Sequence[str]]) -> str:
    """Return what went wrong in a run: the exception, then where, the person's own code first.

    Args:
        error: Python's text about it, or a sentence, which is returned as it is.
        files: the run's own files (see ``own_files``).
        lines_of: returns a file's lines (see ``where_text``).
    """
    calls = calls_in(error)
    if not calls:
        return error
    return f"{last_line(error)}\n{where_text(calls, files, lines_of, RAISED)}"


def why_words(snapshot: RunSnapshot, catalogue: Catalogue) -> str:
    """Return why a run had not ended when its thread was looked at last: the verdict and a sentence; empty if it was not."""
    if not snapshot.calls:
        return ""
    # Imported when a run is slow to stop: the first window needs nothing of it.
    from app.programs.own_run import run_verdict

    try:
        notices = catalogue.strategy(snapshot.strategy).about.notices
    except BadInput:
        notices = None
    found = run_verdict(snapshot, own_files(catalogue, snapshot.worker), notices)
    return "" if found is None else f"{found[0]}: {found[1]}"


def last_line(error: str) -> str:
    """Return the last line of an error, which says what it is."""
    return error.rstrip().rpartition("\n")[2]


def _place(call: Call) -> str:
    """Return where a call is; of its file the last two names, since a panel is narrow."""
    names = call.file.replace("\\", "/").split("/")
    return f"{'/'.join(names[-2:])}, line {call.line}, in {call.function}"


def _in_short(call: Call) -> str:
    return f"  {_place(call)}" + (f"\n      {_cut(call.text)}" if call.text else "")


def _quoted(call: Call, lines: Sequence[str]) -> str:
    """Return the line of a call with its number and its neighbours."""
    at = call.line - 1
    if not 0 <= at < len(lines) or lines[at].strip() != call.text.strip():
        return f"{MARK}\t{call.line:>5}  {_cut(call.text)}"
    first, end = max(0, at - _AROUND), min(len(lines), at + _AROUND + 1)
    return "\n".join(
        f"{MARK if number == at else ''}\t{number + 1:>5}  {_cut(lines[number].rstrip())}"
        for number in range(first, end)
    )


def _cut(line: str) -> str:
    line = line[: _LONGEST + 1].expandtabs(4)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
