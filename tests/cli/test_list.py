"""``thread-controller list``."""

from app.core.catalogue import Catalogue
from app.documents.examples import example_paths
from tests.cli.shell import run
from tests.core.mechanisms import catalogue_with, strategy_of, workload_of


def test_strategies_workloads_and_examples_a_sentence_each() -> None:
    result = run("list")
    assert (result.returncode, result.stderr) == (0, b"")
    entries: dict[str, str] = {}
    titles = []
    for line in result.stdout.decode().splitlines():
        if line.startswith("  "):
            name, _, sentence = line.strip().partition(" ")
            entries[name] = sentence.strip()
        elif line:
            titles.append(line)
    assert titles == ["Strategies", "Workloads", "Examples"]
    catalogue = Catalogue()
    assert list(entries) == [*catalogue.strategy_ids(), *catalogue.workload_ids(), *example_paths()]
    assert set(example_paths()) >= {"tutorial-event", "tutorial-flag"}
    assert all(sentence.endswith(".") for sentence in entries.values())
    assert entries["flag"] == catalogue.strategy("flag").about.sentence


def test_what_is_injected_is_listed() -> None:
    from app.cli.catalogue_list import catalogue_text

    text = catalogue_text(catalogue_with(strategy_of(), workload_of()))
    assert "  test        Sleeps for" in text
    assert "  test   For a test.\n" in text
