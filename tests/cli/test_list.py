"""``thread-controller list``."""

import io
import json
import re
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.cli.arguments import build_parser
from app.core.strategies.event_poll import EventPoll
from app.documents.plans import plan_paths
from app.documents.worker_sets import example_paths
from tests.cli.shell import run
from tests.core.mechanisms import catalogue_with, strategy_of, workload_of
from tests.experiments.schema import LIST, SESSIONS, WHY, check, keys


def test_strategies_workloads_and_examples_a_sentence_each() -> None:
    result = run("list")
    assert (result.returncode, result.stderr) == (0, b"")
    entries: dict[str, str] = {}
    titles, told, last = [], [], ""
    for line in result.stdout.decode().splitlines():
        if line.startswith("    "):  # what the workload above can be told
            told.append((last, line.split()[0]))
            assert line.endswith(".")
        elif line.startswith("  "):
            name, _, sentence = line.strip().partition(" ")
            entries[name] = sentence.strip()
            last = name
        elif line:
            titles.append(line)
    assert titles == ["Strategies", "Workloads", "Examples", "Plans"]
    catalogue = whole_catalogue()
    names = [*catalogue.strategy_ids(), *catalogue.workload_ids(), *example_paths(), *plan_paths()]
    assert list(entries) == list(dict.fromkeys(names))  # an example and a plan may have one name
    assert told == [(workload.id, p.name) for workload in catalogue.workloads for p in workload.parameters]
    assert set(example_paths()) >= {"tutorial-event", "tutorial-flag"}
    assert all(sentence.endswith(".") for sentence in entries.values())
    assert entries["flag"] == catalogue.strategy("flag").about.sentence


def test_json_is_as_its_schema_says_and_has_all_of_the_list() -> None:
    result = run("list", "--json")
    assert (result.returncode, result.stderr) == (0, b"")
    values = json.loads(result.stdout)
    check(values, LIST)
    catalogue = whole_catalogue()
    found = {name: [entry["id"] for entry in values[name]] for name in values}
    assert found == {
        "strategies": list(catalogue.strategy_ids()),
        "workloads": list(catalogue.workload_ids()),
        "examples": list(example_paths()),
        "plans": list(plan_paths()),
    }
    (socket,) = [workload for workload in values["workloads"] if workload["id"] == "socket"]
    (switch,) = [parameter for parameter in socket["parameters"] if parameter["type"] == "boolean"]
    assert (switch["name"], switch["default"], switch["least"], switch["most"]) == ("interrupt", True, None, None)
    (blocking,) = [workload for workload in values["workloads"] if workload["id"] == "blocking-call"]
    (seconds,) = blocking["parameters"]
    assert (seconds["type"], seconds["least"], seconds["most"], seconds["unit"]) == ("number", 0.001, 3600, "s")


@pytest.mark.parametrize(("command", "schema"), [("list", LIST), ("why", WHY), ("sessions", SESSIONS)])
def test_the_help_names_every_key_of_json(command: str, schema: dict[str, Any], capsys: Any) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args([command, "--help"])
    named = set(re.findall(r"\w+", capsys.readouterr().out))
    assert keys(schema) - named <= {"pass", "fail", "blocked", "skip", "not_judged"}  # "verdicts (how many …)"


def test_what_is_injected_is_listed() -> None:
    from app.cli.catalogue_list import catalogue_text

    text = catalogue_text(catalogue_with(strategy_of(), workload_of()), io.StringIO())
    entries = [line.split(maxsplit=1) for line in text.splitlines() if line.startswith("  ")]
    assert ["test", EventPoll.about.sentence] in entries
    assert ["test", "For a test."] in entries
