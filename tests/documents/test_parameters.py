"""What a workload is told in a worker set: written and read again, and what is wrong is named."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.parameters import Parameter, Value, check_values
from app.core.worker import Worker
from app.documents.worker_sets import parse_workers, read_workers, to_tables, write_workers

CATALOGUE = Catalogue()


def values_of(parameter: Parameter) -> st.SearchStrategy[Value]:
    if isinstance(parameter.usual, bool):
        return st.booleans()
    if isinstance(parameter.usual, int):
        return st.integers(int(parameter.least), int(parameter.most))
    return st.floats(parameter.least, parameter.most)


@st.composite
def workers(draw: st.DrawFn) -> Worker:
    workload = draw(st.sampled_from(CATALOGUE.workloads))
    values = draw(st.fixed_dictionaries({}, optional={p.name: values_of(p) for p in workload.parameters}))
    parameters = check_values(values, workload.parameters, workload.id)
    return Worker(name="a", strategy="flag", workload=workload.id, parameters=parameters)


@given(workers())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, worker: Worker) -> None:
    path = tmp_path_factory.getbasetemp() / "parameters.toml"
    write_workers(path, [worker])
    assert read_workers(path, CATALOGUE) == (worker,)
    assert parse_workers(to_tables([worker]), CATALOGUE) == (worker,)


def test_what_is_as_usual_is_not_written() -> None:
    (worker,) = parse_workers(
        [{"strategy": "flag", "workload": "blocking-call", "parameters": {"seconds": 2}}], CATALOGUE
    )
    assert "parameters" not in to_tables([worker])[0]


def write(path: Path, workload: str, parameters: str) -> Path:
    path.write_text(f'[[worker]]\nstrategy = "flag"\nworkload = "{workload}"\nparameters = {parameters}\n', "utf-8")
    return path


@pytest.mark.parametrize(
    ("workload", "parameters", "value"),
    [
        ("blocking-call", "{ seconds = 3 }", ("seconds", 3.0)),
        ("blocking-call", "{ seconds = 0.001 }", ("seconds", 0.001)),
        ("socket", "{ interrupt = false }", ("interrupt", False)),
        ("compute", "{ iterations = 1_000 }", ("iterations", 1_000)),
    ],
)
def test_what_is_right_reaches_the_worker(
    tmp_path: Path, workload: str, parameters: str, value: tuple[str, Value]
) -> None:
    (worker,) = read_workers(write(tmp_path / "set.toml", workload, parameters), CATALOGUE)
    assert worker.parameters == (value,)
    assert type(worker.parameters[0][1]) is type(value[1])


@pytest.mark.parametrize(
    ("workload", "parameters", "words"),
    [
        ("blocking-call", "{ second = 2 }", "is called 'second'; did you mean seconds? There are: seconds."),
        ("sleep", "{ seconds = 2 }", "The workload sleep has no parameters. Leave 'seconds' out."),
        ("blocking-call", "5", "Parameters must be a table of names and values"),
        ("blocking-call", "[]", "Parameters must be a table"),
        ("blocking-call", '{ seconds = "2" }', "Seconds must be a number. Enter 0.001 to"),
        ("blocking-call", "{ seconds = true }", "Seconds must be a number."),
        ("blocking-call", "{ seconds = nan }", "Seconds must be a number. Enter 0.001"),
        ("blocking-call", "{ seconds = inf }", "Seconds can't be more than"),
        ("blocking-call", "{ seconds = 0 }", "Seconds can't be less than 0.001 s."),
        ("blocking-call", f"{{ seconds = 1{'0' * 400} }}", "Seconds can't be more than"),
        ("blocking-call", "{ seconds = 2024-01-01 }", "Seconds must be a number."),
        ("compute", "{ iterations = 1.5 }", "Iterations must be a whole number."),
        (
            "compute",
            f"{{ iterations = 1{'0' * 400} }}",
            "can't be more than 100,000,000. Enter 1 to 100,000,000.",
        ),
        ("socket", "{ interrupt = 1 }", "Interrupt must be yes or no; in a file, true or false."),
    ],
)
def test_a_mistake_is_named_with_file_worker_and_parameter(
    tmp_path: Path, workload: str, parameters: str, words: str
) -> None:
    path = write(tmp_path / "set.toml", workload, parameters)
    with pytest.raises(BadInput) as caught:
        read_workers(path, CATALOGUE)
    sentence = str(caught.value)
    assert re.match(rf"{re.escape(str(path))}, line \d: worker 1: ", sentence)
    assert words in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
