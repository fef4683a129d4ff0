"""Worker sets: what is written is read again, and what is wrong is named."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.limits import LONGEST_INTERVAL, LONGEST_STOP_AFTER
from app.core.worker import MOST_LINES, Worker
from app.documents.worker_sets import (
    example_paths,
    parse_workers,
    read_worker_set,
    read_workers,
    to_tables,
    write_workers,
)

CATALOGUE = Catalogue()
TEXT = st.text(max_size=20) | st.sampled_from(["", "\0", 'a"b\\', "a\r\nb\t", "'''\"\"\"", "\x7f\u2028\ufeff", "😀"])
WORKERS = st.lists(
    st.builds(
        Worker,
        name=st.text(min_size=1, max_size=100).filter(lambda name: name.isprintable() and name.strip()),
        strategy=st.sampled_from(CATALOGUE.strategy_ids()),
        workload=st.sampled_from(CATALOGUE.workload_ids()),
        interval=st.floats(0, LONGEST_INTERVAL),
        limit=st.none() | st.integers(1, MOST_LINES),
        stop_after=st.none() | st.floats(0, LONGEST_STOP_AFTER),
        text=TEXT.map(lambda text: text.replace("{", "{{").replace("}", "}}") + "{i}{name}"),
        text_on_request=st.none() | TEXT,
        text_at_end=st.lists(TEXT, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda worker: worker.name,
).map(tuple)


@settings(max_examples=50)
@given(WORKERS)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, workers: tuple[Worker, ...]) -> None:
    path = tmp_path_factory.getbasetemp() / "set.toml"
    write_workers(path, workers)
    assert read_worker_set(path, CATALOGUE) == (workers, "")
    assert parse_workers(to_tables(workers), CATALOGUE) == workers


GOOD = '[[worker]]\nname = "a"\nstrategy = "flag"\n'

REFUSED = {
    "empty": ("", 'it has no worker; write [[worker]] and under it strategy = "event-poll".'),
    "no worker": ("worker = []", "it has no worker"),
    "one table": ('[worker]\nstrategy = "flag"', "worker: it is not a list of tables; write [[worker]]"),
    "a number": ("worker = 5", "worker: it is not a list of tables"),
    "numbers": ("worker = [5]", "worker: it is not a list of tables"),
    "new version": (f"version = 2\n{GOOD}", "version 2 is newer than this program, which reads version 1."),
    "new version with new keys": (f"version = 9\nfuture = 1\n{GOOD}", "version 9 is newer"),
    "no version": (f'version = "2"\n{GOOD}', "version"),
    "half a version": (f"version = 1.5\n{GOOD}", "version"),
    "key": (f"workers = 1\n{GOOD}", "No key is called 'workers'; did you mean worker?"),
    "summary": (f"summary = 5\n{GOOD}", "Summary must be text in quotation marks."),
    "no strategy": (f'{GOOD}[[worker]]\nname = "b"', "worker 2: Strategy is missing."),
    "strategy": (
        f'{GOOD}[[worker]]\nstrategy = "flagg"',
        "worker 2: No strategy is called 'flagg'; did you mean",
    ),
    "worker's key": (f"{GOOD}intervall = 1", "worker 1: No worker's key is called 'intervall'; did you mean interval?"),
    "interval": (f"{GOOD}interval = -1", "worker 1: Interval can't be negative. Enter 0 to 3,600 s, e.g. 0.5."),
    "NaN": (f"{GOOD}interval = nan", "worker 1: Interval must be a number. Enter 0 to 3,600 s"),
    "infinite": (f"{GOOD}stop_after = inf", "worker 1: Stop after can't be more than 604,800 s."),
    "huge": (f"{GOOD}interval = 1{'0' * 400}", "worker 1: Interval can't be more than 3,600 s."),
    "limit": (f"{GOOD}limit = 0", "worker 1: Limit must be a whole number from 1"),
    "date": (f"{GOOD}interval = 2024-01-01", "worker 1: Interval must be a number."),
    "brace": (f'{GOOD}text = "{{"', "worker 1: The brace at character 1"),
    "end": (f'{GOOD}text_at_end = "x"', "worker 1: Text at end must be a list"),
    "name": (f'{GOOD}[[worker]]\nname = ""\nstrategy = "flag"', "worker 2: Name can't be empty."),
    "same name": (GOOD * 2, "worker 2: Two workers are called 'a'. Give each a name of its own."),
    "same default name": ('[[worker]]\nstrategy = "flag"\n' * 2, "worker 2: Two workers are called 'flag'."),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_named_with_file_worker_and_key(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "set.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_workers(path, CATALOGUE)
    sentence = str(caught.value)
    place, _, said = sentence.removeprefix(str(path)).partition(": ")
    assert sentence.startswith(str(path))
    assert re.fullmatch(r"(, line \d+)?", place)
    assert bool(place) or not words.startswith("worker ")
    assert said.startswith(words)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert path.read_text("utf-8") == content


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"# a comment\n{GOOD}\ninterval = -1\n", GOOD.count("\n") + 3),
        (f'{GOOD}\nworkload = "blocking-call"\nparameters = {{ seconds = 0 }}', GOOD.count("\n") + 3),
        (f"{GOOD}\n\n[[worker]]\n", GOOD.count("\n") + 3),
        (f"summary = 5\n{GOOD}", 1),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    path = tmp_path / "set.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_workers(path, CATALOGUE)
    assert str(caught.value).startswith(f"{path}, line {line}: ")


def test_the_field_of_a_mistake_is_kept() -> None:
    for table, field in [({"strategy": "flag", "limit": 0}, "limit"), ({}, "strategy")]:
        with pytest.raises(BadInput) as caught:
            parse_workers([table], CATALOGUE)
        assert caught.value.field == field


def test_a_set_has_at_most_ten_thousand_workers() -> None:
    tables: list[dict[str, Any]] = [{"name": str(number), "strategy": "flag"} for number in range(10_001)]
    assert len(parse_workers(tables[:-1], CATALOGUE)) == 10_000
    with pytest.raises(BadInput, match="there are 10,001; at most 10,000 are allowed"):
        parse_workers(tables, CATALOGUE)


def test_what_a_person_leaves_out_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    path.write_text('version = 1\nsummary = "One."\n[[worker]]\nstrategy = "flag"\n', "utf-8")
    assert read_worker_set(path, CATALOGUE) == ((Worker(name="flag", strategy="flag"),), "One.")


def test_nothing_is_written_of_a_set_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    write_workers(path, [Worker("a", "flag")])
    with pytest.raises(BadInput, match="cannot be written as UTF-8"):
        write_workers(path, [Worker("b", "flag", text_on_request="\ud800")])
    assert read_workers(path, CATALOGUE) == (Worker("a", "flag"),)


@pytest.mark.parametrize(("name", "path"), example_paths().items(), ids=example_paths())
def test_the_built_in_examples_are_sets_with_a_summary(name: str, path: Path) -> None:
    workers, summary = read_worker_set(path, CATALOGUE)
    assert workers
    assert summary.endswith(".")
    assert name == path.stem
