"""A session in the trace-event format, which the Perfetto and Chrome trace viewers open.

A thread is a track with its name; a line is an instant; states are slices; and each Stop is an arrow from the request, on
the track of the actions, to the place where the run noticed it; what an observed program asks of its threads, one from the
track of the thread that asked. It is written as it is read: a million lines are never in
memory at once. The format is that of "Trace Event Format" (the JSON object form); times are microseconds.
"""

import json
from collections.abc import Iterator
from itertools import compress
from json.encoder import encode_basestring_ascii
from typing import Any

from app.core.batch import IS_LINE, JOURNAL
from app.core.catalogue import Catalogue
from app.session.reader import SessionReader
from app.session.reports.timeline import stretches, with_held
from app.session.reports.words import action_words, cut, one_line
from app.session.requests import requests_of
from app.session.session_report import SessionReport

_LONGEST = 200  # characters of a line; a trace is to be looked at, the other exports are exact
_PROCESS = 1
_ACTIONS = 0  # the track of what was done; the runs' tracks have their ids, from 1
_TOGETHER = 1_000_000  # ns: requests that are no further apart are one Stop
_FIRST_REQUEST = 2**32  # the ids of their arrows: those of Stops are ids of runs
_ALLOWED = 100  # ns that the slice of a Stop goes on after its last request, so that the arrow has somewhere to begin

Event = dict[str, Any]


def trace(report: SessionReport, reader: SessionReader, catalogue: Catalogue) -> Iterator[bytes]:
    """Yield the trace of a report; ``reader`` reads the same session's lines, in the thread that made it."""
    head = {"displayTimeUnit": "ms", "otherData": {"session": one_line(report.id), "started": one_line(report.started)}}
    yield json.dumps(head)[:-1].encode("ascii") + b', "traceEvents": [\n'
    # Pure ASCII, and without what JSON readers other than Python's refuse: lone surrogates are written as visible escapes.
    events = (
        *_tracks(report),
        *_states(report, catalogue),
        *_stops(report),
        *_requests(report),
        *_marks(report, catalogue),
    )
    yield ",\n".join(map(json.dumps, events)).encode("ascii")
    origin = int(reader.meta["origin_ns"])
    for _, batch in reader.batches():
        lines = compress(zip(batch.instants, batch.runs, batch.texts, strict=True), batch.kinds.translate(IS_LINE))
        written = [_line(at - origin, run, text) for at, run, text in lines if run != JOURNAL]
        if written:
            yield (",\n" + ",\n".join(written)).encode("ascii")
    yield b"\n]}\n"


def _line(t_ns: int, track: int, text: str) -> str:
    """Return the event of a line as JSON; put together here because a session may have millions of them."""
    name = encode_basestring_ascii(one_line(text[:_LONGEST]) or " ")
    return f'{{"ph": "i", "ts": {t_ns / 1_000}, "pid": {_PROCESS}, "tid": {track}, "name": {name}, "s": "t", "cat": "line"}}'


def _event(phase: str, t_ns: int, track: int, name: str, **more: Any) -> Event:
    return {"ph": phase, "ts": t_ns / 1_000, "pid": _PROCESS, "tid": track, "name": name, **more}


def _instant(t_ns: int, track: int, text: str, category: str) -> Event:
    return _event("i", t_ns, track, cut(one_line(text[:_LONGEST]), _LONGEST) or " ", s="t", cat=category)


def _tracks(report: SessionReport) -> Iterator[Event]:
    """Yield the names of the process and of its tracks, and their order."""
    yield _event("M", 0, _ACTIONS, "process_name", args={"name": one_line(f"session {report.id}")})
    names = [(_ACTIONS, "actions"), *((run.run, run.title) for run in report.runs)]
    for place, (track, name) in enumerate(names):
        yield _event("M", 0, track, "thread_name", args={"name": one_line(name)})
        yield _event("M", 0, track, "thread_sort_index", args={"sort_index": place})


def _states(report: SessionReport, catalogue: Catalogue) -> Iterator[Event]:
    for run in report.runs:
        facts = {
            "strategy": one_line(catalogue.title(run.strategy)),
            "workload": one_line(catalogue.title(run.workload)),
            "outcome": run.outcome_words,
        }
        for word, at, until in with_held(stretches(run, report.duration), run.held):
            yield _event("X", at, run.run, word.replace("-", " "), dur=(until - at) / 1_000, cat="state", args=facts)


def _stops(report: SessionReport) -> Iterator[Event]:
    """Yield a slice for each Stop, and an arrow from it to each run that noticed it."""
    asked = sorted(
        (run.chain.requested, run.run) for run in report.runs if run.chain.requested is not None and not run.is_observed
    )
    noticed = {run.run: run.chain.noticed for run in report.runs}
    place = 0
    while place < len(asked):
        first = last = asked[place][0]
        together = []
        while place < len(asked) and asked[place][0] - first < _TOGETHER:
            last = asked[place][0]
            together.append(asked[place])
            place += 1
        # The arrows begin within the slice, which is why it goes on for a moment; the next one begins later than that,
        # because it would be the same otherwise.
        yield _event("X", first, _ACTIONS, "Stop", dur=(last - first + _ALLOWED) / 1_000, cat="stop")
        for requested, run in together:
            at = noticed[run]
            if at is not None:
                yield _event("s", requested, _ACTIONS, "Stop", id=run, cat="stop")
                # Bound to the slice around it, which is the one that begins at the noticing.
                yield _event("f", at, run, "Stop", id=run, cat="stop", bp="e")


def _requests(report: SessionReport) -> Iterator[Event]:
    """Yield an arrow for each request of an observed program's that was noticed, on the tracks of its threads."""
    tracks = {run.run for run in report.runs}
    requests = (request for run in report.runs for request in requests_of(run.run, run.observed))
    for number, request in enumerate(requests, _FIRST_REQUEST):
        name = cut(one_line(request.stop.asked.what), _LONGEST)
        args = {"asked": cut(one_line(request.asked_words), _LONGEST), "noticed": one_line(request.noticed_words)}
        by = request.by if request.by in tracks else _ACTIONS
        # A slice of its own, for the arrow to begin in.
        yield _event("X", request.instant, by or _ACTIONS, name, dur=_ALLOWED / 1_000, cat="request", args=args)
        if request.noticed is not None:
            yield _event("s", request.instant, by or _ACTIONS, name, id=number, cat="request")
            yield _event("f", request.noticed, request.run, name, id=number, cat="request", bp="e")


def _marks(report: SessionReport, catalogue: Catalogue) -> Iterator[Event]:
    for run in report.runs:
        if run.released is not None:
            yield _instant(run.released, run.run, run.release_words or "released", "state")
    for action in report.actions:
        yield _instant(action.t_ns, _ACTIONS, action_words(action, catalogue), "action")
    for note in report.notes:
        yield _instant(note.t_ns, _ACTIONS, f"{note.kind}: {note.text}", "note")
    for piece in report.evidence:
        yield _instant(piece.t_ns, _ACTIONS, f"evidence: {piece.name}", "evidence")
