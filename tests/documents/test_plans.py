"""Plans: what is written is read again, and what is wrong is named with file and line."""

import contextlib
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.places import PlacedError
from app.documents.plan_parts import (
    CheckSpec,
    CheckWord,
    Plan,
    Requirement,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.plan_steps import OUTCOMES, wanted_words, with_field
from app.documents.plans import find_plan, parse_plan, plan_paths, read_plan, to_document
from app.documents.toml_files import write_toml

CATALOGUE = Catalogue()
WORKERS = (Worker("A", "flag", interval=0.25), Worker("B b", "event-wait", limit=3, text_at_end=("", "x")))
NAMES = st.sampled_from([worker.name for worker in WORKERS])
SOME = st.lists(NAMES, unique=True).map(tuple)
SECONDS = st.floats(0, 3_600) | st.integers(0, 3_600)
TITLE = st.text(string.printable[:95] + "äß☃", min_size=1, max_size=40).filter(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["'''\"\"\"", "a\r\nb\\", "[[step]]"]
)
ACTIONS = st.one_of(
    st.builds(Start, SOME),
    st.builds(Stop, SOME),
    st.builds(Wait, SECONDS),
    st.builds(WaitForEnd, NAMES | st.just(""), SECONDS),
    st.builds(WaitForLines, NAMES, st.integers(1, 10**9), SECONDS),
    st.builds(SetField, NAMES, st.just("interval"), st.floats(0, 100)),
    st.builds(SetField, NAMES, st.just("limit"), st.none() | st.integers(1, 9)),
    st.builds(RunRace, SOME, st.integers(1, 10_000)),
)
CHECKS = st.one_of(
    st.builds(CheckSpec, st.just(CheckWord.OUTCOME), st.sampled_from(OUTCOMES), NAMES),
    st.builds(CheckSpec, st.just(CheckWord.LATENCY), SECONDS, NAMES),
    st.builds(CheckSpec, st.just(CheckWord.LINES_MIN), st.integers(0, 10**9), NAMES),
    st.builds(CheckSpec, st.just(CheckWord.LINES_MAX), st.integers(0, 10**9), NAMES),
    st.builds(CheckSpec, st.just(CheckWord.MATCHES), st.sampled_from(["^a$", r"\d+ '", "☃"]), NAMES),
    st.builds(CheckSpec, st.just(CheckWord.WINDOW_LAG), SECONDS),
)
STEPS = st.builds(
    Step, TITLE, TEXT, TEXT, st.lists(ACTIONS, max_size=4).map(tuple), st.lists(CHECKS, max_size=4).map(tuple)
)
PLANS = st.builds(
    Plan,
    TITLE,
    st.lists(STEPS, min_size=1, max_size=4).map(tuple),
    st.just(WORKERS),
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=3).map(lambda table: tuple(Requirement(*entry) for entry in table.items())),
)


@settings(max_examples=50)
@given(PLANS)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> None:
    path = tmp_path_factory.getbasetemp() / "written.plan.toml"
    write_toml(path, to_document(plan))
    assert read_plan(path, CATALOGUE) == plan
    assert parse_plan(to_document(plan), CATALOGUE) == plan
    lines = path.read_text("utf-8").split("\n")
    begins = [step.line for step in read_plan(path, CATALOGUE).steps]
    assert begins == sorted(set(begins))
    assert all(lines[begin - 1].lstrip().startswith(("[[step]]", "{ title = ")) for begin in begins)


@settings(max_examples=50)
@given(PLANS)
def test_every_check_has_words(plan: Plan) -> None:
    assert all(wanted_words(spec) for step in plan.steps for spec in step.checks)


VALUES = st.recursive(
    st.none().map(lambda _: "") | st.booleans() | st.integers() | st.floats() | TEXT | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc ", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def spoiled(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Return a document with one value somewhere in it replaced, removed or added."""
    where: Any = document
    while True:
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        key = data.draw(st.sampled_from([*keys, "new"])) if keys else "new"
        inner = where[key] if key != "new" else None
        if isinstance(inner, dict | list) and data.draw(st.booleans()):
            where = inner
            continue
        if key == "new" and isinstance(where, list):
            where.append(data.draw(VALUES))
        elif key != "new" and data.draw(st.booleans()):
            del where[key]
        else:
            where[key] = data.draw(VALUES)
        return document


@settings(max_examples=60)
@given(PLANS, st.data())
def test_a_spoiled_document_is_a_plan_or_one_sentence(plan: Plan, data: st.DataObject) -> None:
    document = spoiled(to_document(plan), data)
    with contextlib.suppress(PlacedError):
        parse_plan(document, CATALOGUE)


@settings(max_examples=200)
@given(st.lists(st.sampled_from([
    'title = "x"', "[[step]]", "[[worker]]", '[[step.actions]]', "[step.checks]", 'strategy = "flag"', "actions = [",
    "  { action = 'start' },", "]", "checks = []", 'do = """', '"""', "expect = '''\n'''", "version = 1", "# [[step]]",
    "environment = {}", "a.b = 1", '"a b" = "\\""', "worker = 5", "\0", "\r", "é = 1",
]), max_size=12))  # fmt: skip
def test_any_text_is_a_plan_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.plan.toml"
    path.write_bytes("\n".join(lines).encode())
    with contextlib.suppress(BadInput):
        read_plan(path, CATALOGUE)


HEAD = 'title = "T"\n[[worker]]\nname = "A"\nstrategy = "flag"\n[[step]]\n'
STEP = f'{HEAD}title = "One"\n'
TWO = STEP.replace("[[step]]", '[[worker]]\nname = "B"\nstrategy = "flag"\n[[step]]')


def action(text: str) -> str:
    """Return a plan with this action on line 7."""
    return f"{STEP}actions = [{{{text}}}]"


def check(text: str) -> str:
    """Return a plan with this check on line 7."""
    return f"{STEP}checks = [{{{text}}}]"


REFUSED = {
    "empty": ("", 1, 'title: it is missing; write title = "Event against flag".'),
    "no step": ('title = "T"\n', 1, 'step: there is none; write [[step]] and under it title = "Stop it".'),
    "new version": (f"version = 2\n{STEP}", 1, "version 2 is newer than this program, which reads version 1."),
    "new version with new keys": (f"future = 1\nversion = 9\n{STEP}", 2, "version 9 is newer"),
    "plan's key": (f"\nstepp = 1\n{STEP}", 2, "No key of a plan is called 'stepp'; did you mean step?"),
    "title": (STEP.replace('"T"', "5"), 1, "title: 5 is not text"),
    "title with a break": (STEP.replace('"T"', r'"a\nb"'), 1, "title: character 2 is U+000A"),
    "environment": (f"environment = 5\n{STEP}", 1, "environment: 5 is not a table; write texts"),
    "environment's number": (f"{STEP}[environment]\npython = 3.11\n", 8, "environment: 'python': 3.11 is not text"),
    "worker": (STEP.replace('"flag"', '"flagg"'), 4, "worker 1: No strategy is called 'flagg'; did you mean"),
    "worker's key": (STEP.replace("name", "nam"), 3, "worker 1: No worker's key is called 'nam'; did you mean name?"),
    "same name": (
        TWO.replace('"B"', '"A"'),
        6,
        "worker 2: Two workers are called 'A'. Give each a name of its own.",
    ),
    "parameters": (
        STEP.replace('"flag"', '"flag"\nworkload = "error"\nparameters = { line = 0 }'),
        6,
        "worker 1: Line can't be less than 1.",
    ),
    "step is a table": ('title = "T"\n[step]\ntitle = "x"', 2, "step: it is not a list of tables; write [[step]]"),
    "no title": (HEAD, 5, 'step 1: title: it is missing; write title = "Stop it".'),
    "no second title": (f"{STEP}[[step]]\n\ndo = 'x'\n", 7, "step 2: title: it is missing"),
    "blank title": (f'{HEAD}title = " "', 6, "step 1: title: it is empty"),
    "long title": (f'{HEAD}title = "{"x" * 201}"', 6, "step 1: title: it has 201 characters; write at most 200."),
    "step's key": (f'{STEP}expects = "x"', 7, "step 1: No key of a step is called 'expects'; did you mean expect?"),
    "do": (f"{STEP}do = ['x']", 7, "step 1: do: ['x'] is not text"),
    "long do": (f"{STEP}do = '{'x' * 100_001}'", 7, "step 1: do: it has 100,001 characters"),
    "actions": (f"{STEP}actions = {{}}", 7, "step 1: actions: it is not a list of tables; write actions = ["),
    "an action": (f"{STEP}actions = [\n{{action='stop'}},\n5]", 9, "step 1: actions: 5 is not a table"),
    "no action": (f"{STEP}actions = [\n\n{{}}]", 9, "step 1: action 1: action: it is missing; there are: start, stop"),
    "what action": (
        f"{STEP}actions = [\n{{action = 'stop'}},\n{{action = 'strat'}}]",
        9,
        "step 1: action 2: action: No action is called 'strat'; did you mean start?",
    ),
    "action's key": (
        action("action = 'start', worker = 'A'"),
        7,
        "step 1: action 1: No key of the action start is called 'worker'; did you mean workers?",
    ),
    "no worker": (action("action = 'start', workers = []"), 7, "step 1: action 1: workers: the list is empty"),
    "twice": (
        action("action = 'start', workers = ['A', 'A']"),
        7,
        "step 1: action 1: workers: 'A' is listed twice",
    ),
    "unknown worker": (
        f"{STEP}[[step.actions]]\naction = 'stop'\nworkers = ['a']",
        9,
        "step 1: action 1: workers: No worker is called 'a'",
    ),
    "no worker at all": (
        "title = 'x'\n[[step]]\ntitle = 'y'\nactions = [{action = 'start'}]",
        4,
        "step 1: action 1: workers: the plan has none; write [[worker]]",
    ),
    "for": (action("action = 'wait', for = 'end'"), 7, "step 1: action 1: for: No thing to wait for is called"),
    "no for": (action("action = 'wait', lines = 3"), 7, '“lines” needs “for”; add for = "lines"'),
    "wait": (action("action = 'wait'"), 7, "“seconds” is missing. Enter 0 to 3,600 s."),
    "long wait": (action("action = 'wait', seconds = inf"), 7, "“seconds” can't be more than 3,600 s."),
    "no wait": (action("action = 'wait', seconds = nan"), 7, "“seconds” must be a number."),
    "lines": (action("action = 'wait', for = 'lines', lines = 0"), 7, "“lines” can't be less than 1."),
    "set the name": (
        action("action = 'set', field = 'name', value = 'x'"),
        7,
        "step 1: action 1: field: No field that can be set is called 'name'",
    ),
    "set": (action("action = 'set', field = 'interval', value = -1"), 7, "value: Interval can't be negative."),
    "set nothing": (action("action = 'set', field = 'interval'"), 7, "value: it is missing"),
    "rounds": (action("action = 'race', rounds = 0"), 7, "“rounds” can't be less than 1. Enter 1 to"),
    "check": (
        f"{STEP}checks = [\n{{check = 'outcom', is = 'failed'}}]",
        8,
        "step 1: check 1: check: No check is called 'outcom'; did you mean outcome?",
    ),
    "check's worker": (
        f"{TWO}checks = [{{check = 'lines_min', is = 1}}]",
        10,
        "step 1: check 1: worker: it is missing",
    ),
    "window's worker": (
        check("check = 'window_lag_ms_max', worker = 'A', is = 1"),
        7,
        "No key of the check window_lag_ms_max is called 'worker'",
    ),
    "outcome": (
        check("check = 'outcome', is = 'interupted'"),
        7,
        "is: No outcome is called 'interupted'; did you mean interrupted?",
    ),
    "latency": (check("check = 'latency_ms_max', is = '9'"), 7, "“is” must be a number. Enter 0 to 3,600,000 ms."),
    "lines_min": (check("check = 'lines_min', is = 1.5"), 7, "“is” must be a whole number."),
    "yes": (check("check = 'lines_max', is = true"), 7, "“is” must be a whole number."),
    "huge": (f"{STEP}checks = [{{check = 'lines_max', is = 1{'0' * 400}}}]", 7, "can't be more than"),
    "no is": (check("check = 'line_matches'"), 7, "is: it is missing; write a regular expression"),
    "expression": (
        check("check = 'line_matches', is = '('"),
        7,
        "is: '(' is not a valid regular expression (missing )",
    ),
    "deep expression": (
        f"{STEP}checks = [{{check = 'line_matches', is = '{'(' * 499}{')' * 499}'}}]",
        7,
        "nested too deeply for a regular expression",
    ),
    "large expression": (
        check("check = 'line_matches', is = '((a{99}){99}){99}'"),
        7,
        "is: '((a{99}){99}){99}' is too large: its counted repeats come to",
    ),
    "long expression": (
        f"{STEP}checks = [{{check = 'line_matches', is = '{'x' * 1_001}'}}]",
        7,
        "it has 1,001 characters",
    ),
}


@pytest.mark.parametrize(("content", "line", "words"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, content: str, line: int, words: str) -> None:
    path = tmp_path / "x.plan.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_plan(path, CATALOGUE)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}, line {line}: ")
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 700


def test_a_mistake_in_the_syntax_has_its_line_as_well(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.toml"
    path.write_text('title = "T"\n[[step]\n', "utf-8")
    with pytest.raises(BadInput, match=r"it is not TOML: .*line 2"):
        read_plan(path, CATALOGUE)


@pytest.mark.timeout(20)
def test_ten_thousand_steps_are_refused_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.toml"
    path.write_text('title = "T"\n' + '[[step]]\ntitle = "x"\n' * 10_000, "utf-8")
    with pytest.raises(BadInput, match=r"line 2: step: there are 10,000; a plan has at most 1,000, so split it\.$"):
        read_plan(path, CATALOGUE)
    path.write_text('title = "T"\n' + '[[step]]\ntitle = "x"\n' * 1_000, "utf-8")
    assert len(read_plan(path, CATALOGUE).steps) == 1_000


@pytest.mark.timeout(20)
def test_more_than_ten_thousand_actions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.toml"
    actions = "{action = 'start'}," * 10_001
    path.write_text(f"{STEP}actions = [{actions}]", "utf-8")
    with pytest.raises(BadInput, match="step: there are 10,001 actions; a plan has at most 10,000, so split it"):
        read_plan(path, CATALOGUE)


def test_values_are_set_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.toml"
    workload = "{action='set', field='workload', value='error'}"
    parameters = "{action='set', field='parameters', value={line=2}}"
    path.write_text(f"{STEP}actions = [{workload}, {parameters}]", "utf-8")
    assert len(read_plan(path, CATALOGUE).steps[0].actions) == 2
    path.write_text(f"{STEP}actions = [{parameters}]", "utf-8")
    with pytest.raises(BadInput, match="action 1: value: The workload sleep has no parameters"):
        read_plan(path, CATALOGUE)


def test_a_field_is_changed_and_what_does_not_fit_any_more_is_left_behind() -> None:
    worker = CATALOGUE.worker({"strategy": "flag", "workload": "error", "parameters": {"line": 9}})
    assert with_field(worker, "interval", 0.5, CATALOGUE).parameters == (("line", 9),)
    assert with_field(worker, "workload", "sleep", CATALOGUE) == Worker("flag", "flag")
    assert with_field(Worker("a", "flag", limit=3), "limit", None, CATALOGUE) == Worker("a", "flag")
    with pytest.raises(BadInput, match="Limit must be a whole number"):
        with_field(worker, "limit", 0, CATALOGUE)


@pytest.mark.parametrize("name", plan_paths())
def test_the_built_in_plans_can_be_read(name: str) -> None:
    plan = read_plan(find_plan(name), CATALOGUE)
    assert plan.summary.endswith(".")
    assert all(step.expect.endswith(".") and step.do for step in plan.steps)
    assert any(step.checks for step in plan.steps)


def test_there_are_the_plans_that_were_promised() -> None:
    assert set(plan_paths()) >= {"tutorial-event", "tutorial-flag", "event-against-flag", "fault-gallery"}


@pytest.mark.parametrize("wanted", ["fault-galery", "", "\0", "x" * 300])
def test_a_plan_that_is_not_there_is_one_sentence(wanted: str) -> None:
    with pytest.raises(BadInput, match="No plan is called"):
        find_plan(wanted)


def test_a_path_is_a_plan(tmp_path: Path) -> None:
    assert find_plan("none.toml") == Path("none.toml")
    (tmp_path / "plan").touch()
    assert find_plan(str(tmp_path / "plan")) == tmp_path / "plan"
