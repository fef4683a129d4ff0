"""An entry of the journal in one sentence, for the rows of a log."""

import re
from collections.abc import Mapping
from typing import Any

from app.core.batch import Kind
from app.session.journal import read_entry

# Of evidence the beginning alone is looked at: a picture is hundreds of kilobytes of text, and rows are made 45 a frame.
_EVIDENCE = re.compile(r'\{"evidence": (\d+), "name": "([^"\\]{1,200})", "type": "[^"\\]*", "why": "([^"\\]{1,200})"')
_HEAD = 1_000  # characters


def entry_words(kind: int, text: str) -> str | None:
    """Return what an entry says to a person; None if it is none that is known. Any thread, some µs."""
    if kind == Kind.EVIDENCE:
        found = _EVIDENCE.match(text[:_HEAD])
        return f"evidence {found[1]}: {found[2]} ({found[3]})" if found else None
    entry = read_entry(kind, text)
    if entry is None:
        return None
    if kind == Kind.NOTE:
        corrects = f", corrects note {entry['corrects']}" if entry.get("corrects") is not None else ""
        return f"{entry.get('kind', 'note')} {entry.get('id', '')}{corrects}: {entry['note']}"
    if kind == Kind.STEP:
        actual = f": {entry['actual']}" if entry.get("actual") else ""
        verdict, by = entry.get("verdict", ""), entry.get("by", "")
        return f"step {entry['step']} “{entry.get('title', '')}”: {verdict}, says the {by}{actual}"
    return _action_words(entry)


def _action_words(entry: Mapping[str, Any]) -> str:
    word = str(entry["action"])
    worker = entry.get("worker")
    if isinstance(worker, Mapping):
        worker = worker.get("name")
    if word == "edit":
        return f"you: edit {worker}: {entry.get('field', '')} = {entry.get('text', '')}"
    if word == "plan":
        return f"you: open the plan “{entry.get('title', '')}”"
    if word == "put-aside":
        return f"you: put the plan “{entry.get('title', '')}” of session {entry.get('session', '')} aside"
    if word == "session":
        return f"you: charter “{entry.get('charter', '')}”, tester “{entry.get('tester', '')}”"
    if word == "environment":
        facts = (f"{key} {value}" for key, value in entry.items() if key not in ("action", "clicked_ns"))
        return f"environment: {', '.join(facts)}"
    if word in ("add", "remove", "duplicate") and isinstance(entry.get("workers"), list):
        worker = ", ".join(map(str, entry["workers"]))
    return f"you: {word}{f' {worker}' if isinstance(worker, str) else ''}"
