"""What was seen of an observed program, as lines of JSON; pure."""

import json
from collections.abc import Iterator
from typing import Any

from app.core.observed import Evidence
from app.programs.observation import Observation
from app.session.observed_words import place_words


def observation_lines(seen: Observation, status: int) -> Iterator[bytes]:
    """Yield what was seen as lines of JSON: threads, chains, verdicts, the end.

    Args:
        seen: what was seen.
        status: the program's exit status; negative for the signal that ended it.
    """
    begin = seen.begin or 0

    def since_begin(instant: int | None) -> int | None:
        return None if instant is None else instant - begin

    for thread in seen.threads.values():
        yield _line(
            kind="thread",
            id=thread.number,
            name=thread.name,
            daemon=thread.is_daemon,
            native_id=thread.native_id,
            started_ns=since_begin(thread.started),
            started_at=place_words(thread.started_at) or None,
        )
    for chain in seen.chains:
        request = chain.request
        by = seen.threads.get(request.by or 0)
        noticed = {
            "t_ns": since_begin(chain.noticed),
            "at": place_words(chain.noticed_at) or None,
            "how": chain.how,
        }
        yield _line(
            kind="chain",
            id=chain.number,
            thread=chain.thread,
            request={
                "t_ns": since_begin(request.instant),
                "what": request.what,
                "at": place_words(request.at) or None,
                "by": by.name if by else None,
                "object": request.object,
            },
            noticed=None if chain.noticed is None else noticed,
            ended_ns=since_begin(seen.threads[chain.thread].ended),
            latency_ms=None if chain.latency is None else round(chain.latency / 1e6, 6),
            link="exact" if chain.is_exact else "likely",
        )
    for number, verdict in enumerate(seen.verdicts, 1):
        yield _line(
            kind="verdict",
            id=number,
            thread=verdict.thread,
            verdict=str(verdict.verdict),
            at=place_words(verdict.at) or None,
            since_ns=since_begin(verdict.since),
            evidence=[_evidence(each, begin) for each in verdict.evidence],
        )
    kept = [{"thread": thread.number, "name": thread.name, "for_ns": waited} for thread, waited in seen.kept_alive_by()]
    yield _line(kind="end", status=status, kept_alive_by=kept)


def _evidence(found: Evidence, begin: int) -> dict[str, Any]:
    """Return one piece of evidence with its place as text, and its instant counted from the program's start."""
    values: dict[str, Any] = {"kind": found.kind, **dict(found.facts)}
    if "file" in values and "line" in values:
        values["at"] = place_words(found.place) or None
        del values["file"], values["line"]
    if isinstance(values.get("t_ns"), int):
        values["t_ns"] -= begin
    return values


def _line(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"
