"""The schema of ``matrix --json``, and as much of JSON Schema as it needs."""

from typing import Any

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

RACE = {
    "type": ["object"],
    "properties": {
        "environment": ENVIRONMENT,
        "rounds": {"type": ["integer"], "minimum": 1},
        "done": {"type": ["integer"], "minimum": 0},
        "deadline_s": {"type": ["number"], "minimum": 0.001},
        "seed": {"type": ["integer"], "minimum": 0},
        "finished": {"type": ["boolean"]},
        "sentence": TEXT,
        "workers": {
            "type": ["array"],
            "items": {
                "type": ["object"],
                "properties": {
                    "worker": TEXT,
                    "strategy": TEXT,
                    "workload": TEXT,
                    "parameters": {"type": ["object"], "properties": {}},
                    "interval_s": {"type": ["number"], "minimum": 0},
                    "n": {"type": ["integer"], "minimum": 0},
                    "p50_ms": NUMBER_OR_NULL,
                    "p95_ms": NUMBER_OR_NULL,
                    "max_ms": NUMBER_OR_NULL,
                    "never": {"type": ["integer"], "minimum": 0},
                    "outside_prediction": {"type": ["integer"], "minimum": 0},
                },
            },
        },
        "runs": {
            "type": ["array"],
            "items": {
                "type": ["object"],
                "properties": {
                    "round": {"type": ["integer"], "minimum": 1},
                    "worker": TEXT,
                    "latency_ms": NUMBER_OR_NULL,
                    "never": {"type": ["boolean"]},
                    "outcome": {
                        "type": ["string"],
                        "enum": ["completed", "interrupted", "failed", "released", "left behind"],
                    },
                    "predicted_ms": {"type": ["array", "null"], "items": {"type": ["number"], "minimum": 0}},
                    "outside": TEXT,
                    "error": TEXT,
                },
            },
        },
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
    """Assert that a value is as a schema says: every property is required, and no other is allowed."""
    kinds = [name for name in schema["type"] if isinstance(value, _TYPES[name])]
    if isinstance(value, bool):
        kinds = [name for name in kinds if name == "boolean"]
    assert kinds, f"{place}: {value!r} is not {schema['type']}"
    assert value in schema.get("enum", [value]), f"{place}: {value!r}"
    if "minimum" in schema and value is not None:
        assert value >= schema["minimum"], f"{place}: {value!r}"
    if isinstance(value, dict):
        assert value.keys() == schema["properties"].keys(), place
        for name, rule in schema["properties"].items():
            check(value[name], rule, f"{place}.{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            check(item, schema["items"], f"{place}[{index}]")
