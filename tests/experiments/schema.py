"""The schemas of what ``--json`` prints, and as much of JSON Schema as they need."""

from typing import Any

from app.core.verdicts import Verdict

NUMBER_OR_NULL = {"type": ["number", "null"], "minimum": 0}
TEXT = {"type": ["string"]}
CELL = {
    "type": ["object"],
    "properties": {
        "strategy": TEXT,
        "workload": TEXT,
        "state": {"type": ["string"], "enum": ["waiting", "running", "done", "not-applicable", "failed"]},
        "n": {"type": ["integer"], "minimum": 0},
        "p50_ms": NUMBER_OR_NULL,
        "p95_ms": NUMBER_OR_NULL,
        "max_ms": NUMBER_OR_NULL,
        "never": {"type": ["integer"], "minimum": 0},
        "latencies_ms": {"type": ["array"], "items": {"type": ["number"], "minimum": 0}},
        "late_ms": {"type": ["number"], "minimum": 0},
        "reason": TEXT,
    },
}
ENVIRONMENT = {
    "type": ["object"],
    "properties": {
        "os": TEXT,
        "python": TEXT,
        "pyside": {"type": ["string", "null"]},
        "qt": {"type": ["string", "null"]},
        "gil": {"type": ["boolean"]},
        "switch_interval_s": {"type": ["number"], "minimum": 0},
        "cores": {"type": ["integer"], "minimum": 1},
        "load": {"type": ["array", "null"], "items": {"type": ["number"], "minimum": 0}},
    },
}
MATRIX = {
    "type": ["object"],
    "properties": {
        "environment": ENVIRONMENT,
        "n": {"type": ["integer"], "minimum": 1},
        "interval_s": {"type": ["number"], "minimum": 0},
        "deadline_s": {"type": ["number"], "minimum": 0.001},
        "seed": {"type": ["integer"], "minimum": 0},
        "finished": {"type": ["boolean"]},
        "cells": {"type": ["array"], "items": CELL},
    },
}

COUNT = {"type": ["integer"], "minimum": 0}
VERDICT = {"type": ["string", "null"], "enum": [None, "pass", "fail", "blocked", "skip"]}


def _objects(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["array"], "items": {"type": ["object"], "properties": properties}}


RACE = {
    "type": ["object"],
    "properties": {
        "environment": ENVIRONMENT,
        "rounds": {"type": ["integer"], "minimum": 1},
        "done": COUNT,
        "deadline_s": {"type": ["number"], "minimum": 0.001},
        "seed": COUNT,
        "finished": {"type": ["boolean"]},
        "found": TEXT,
        "workers": _objects(
            worker={"type": ["object"]},  # as worker sets have it
            n=COUNT,
            p50_ms=NUMBER_OR_NULL,
            p95_ms=NUMBER_OR_NULL,
            max_ms=NUMBER_OR_NULL,
            never=COUNT,
            outside=COUNT,
            predicted_ms=NUMBER_OR_NULL,
            latencies_ms={"type": ["array"], "items": NUMBER_OR_NULL},
        ),
    },
}
SESSIONS = {
    "type": ["object"],
    "properties": {
        "folder": TEXT,
        "sessions": _objects(
            id=TEXT,
            path=TEXT,
            started=TEXT,
            duration_s={"type": ["number"], "minimum": 0},
            records=COUNT,
            size_bytes=COUNT,
            ended={"type": ["boolean"]},
            recording={"type": ["boolean"]},
            charter=TEXT,
            tester=TEXT,
            verdicts={
                "type": ["object"],
                "properties": dict.fromkeys(("pass", "fail", "blocked", "skip", "not_judged"), COUNT),
            },
            plans=_objects(
                title=TEXT,
                steps=_objects(step=COUNT, title=TEXT, verdict=VERDICT, by_program=VERDICT, by_person=VERDICT),
            ),
            notes=COUNT,
            evidence=COUNT,
            problem=TEXT,
        ),
    },
}
LIST = {
    "type": ["object"],
    "properties": {
        "strategies": _objects(
            id=TEXT,
            title=TEXT,
            sentence=TEXT,
            stop_latency=TEXT,
            guarantee=TEXT,
            cannot=TEXT,
            warning=TEXT,
            documentation=TEXT,
        ),
        "workloads": _objects(
            id=TEXT,
            title=TEXT,
            sentence=TEXT,
            warning=TEXT,
            parameters=_objects(
                name=TEXT,
                title=TEXT,
                sentence=TEXT,
                type={"type": ["string"], "enum": ["boolean", "integer", "number"]},
                default={"type": ["boolean", "integer", "number"]},
                least=NUMBER_OR_NULL,
                most=NUMBER_OR_NULL,
                unit=TEXT,
            ),
        ),
        "examples": _objects(id=TEXT, sentence=TEXT),
        "plans": _objects(id=TEXT, title=TEXT, sentence=TEXT, steps=COUNT),
    },
}


def keys(schema: dict[str, Any]) -> set[str]:
    """Return every key that a schema has, at any depth."""
    properties = schema.get("properties", {})
    below = [*properties.values(), schema.get("items", {})]
    return set(properties).union(*map(keys, filter(None, below)))


WHY = {
    "type": ["object"],
    "properties": {
        "pid": {"type": ["integer"], "minimum": 1},
        "command": TEXT,
        "kept_alive_by": {"type": ["array"], "items": TEXT},
        "alive": TEXT,
        "threads": _objects(
            name=TEXT,
            ident={"type": ["integer"], "minimum": 0},
            native_id={"type": ["integer", "null"], "minimum": 0},
            daemon={"type": ["boolean", "null"]},
            keeps_alive={"type": ["boolean", "null"]},
            state={"type": ["string"], "enum": ["computes", "waits", "has ended", "unknown"]},
            file={"type": ["string", "null"]},
            line={"type": ["integer", "null"], "minimum": 1},
            verdict={"type": ["string"], "enum": [str(verdict) for verdict in Verdict]},
            sentence=TEXT,
            evidence={"type": ["array"], "items": TEXT},
        ),
        "notes": {"type": ["array"], "items": TEXT},
    },
}

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def check(value: Any, schema: dict[str, Any], place: str = "$") -> None:
    """Assert that a value is as a schema says: every property that it names is required, and then no other is allowed."""
    kinds = [name for name in schema["type"] if isinstance(value, _TYPES[name])]
    if isinstance(value, bool):
        kinds = [name for name in kinds if name == "boolean"]
    assert kinds, f"{place}: {value!r} is not {schema['type']}"
    assert value in schema.get("enum", [value]), f"{place}: {value!r}"
    if "minimum" in schema and value is not None:
        assert value >= schema["minimum"], f"{place}: {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        assert value.keys() == schema["properties"].keys(), place
        for name, rule in schema["properties"].items():
            check(value[name], rule, f"{place}.{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            check(item, schema["items"], f"{place}[{index}]")
