"""Workers with code of the person's own, in worker sets and plans."""

import re
from pathlib import Path

import pytest

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.own_code.description import OWN_CODE, OwnCode, StopKind, StopWay
from app.core.worker import PROCESS, Worker, code_worker
from app.documents.plans import read_plan, workers_to_agree_to
from app.documents.settings import Settings, load_settings, save_settings
from app.documents.worker_sets import parse_workers, read_workers, to_tables, write_workers

CATALOGUE = Catalogue()


def test_a_set_keeps_it_and_a_relative_file_is_beside_the_set(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    path.write_text(
        '[[worker]]\nstop_after = 1\n[worker.code]\nfile = "mine.py"\nname = "poll"\nstop = "argument stop"\n'
        'arguments = { n = "5" }\nenvironment = { A = "b" }\n',
        "utf-8",
    )
    code = OwnCode(
        file=str(tmp_path / "mine.py"),
        name="poll",
        stop=StopWay(StopKind.ARGUMENT, "stop"),
        arguments=(("n", "5"),),
        environment=(("A", "b"),),
    )
    worker = code_worker("poll", code, stop_after=1.0)
    assert read_workers(path, CATALOGUE) == (worker,)
    write_workers(path, [worker])
    assert read_workers(path, CATALOGUE) == (worker,)
    tables = to_tables([worker])
    assert parse_workers(tables, CATALOGUE) == (worker,)
    assert "interval" not in tables[0]


def test_a_plan_has_it_too(tmp_path: Path) -> None:
    path = tmp_path / "a.plan.toml"
    path.write_text(
        'title = "A"\n[[worker]]\nname = "W"\ncode = { file = "mine.py", name = "poll" }\n[[step]]\ntitle = "Look"\n',
        "utf-8",
    )
    (worker,) = read_plan(path, CATALOGUE).workers
    assert worker.code == OwnCode(str(tmp_path / "mine.py"), "poll")


def test_a_function_may_be_the_work_of_a_strategy(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    path.write_text(
        '[[worker]]\nstrategy = "flag"\nworkload = "own-code"\ninterval = 2\n'
        'code = { file = "/mine.py", name = "step" }\n',
        "utf-8",
    )
    worker = Worker("step", "flag", OWN_CODE, interval=2.0, engine=PROCESS, code=OwnCode("/mine.py", "step"))
    assert read_workers(path, CATALOGUE) == (worker,)
    assert parse_workers(to_tables([worker]), CATALOGUE) == (worker,)
    path.write_text(path.read_text().replace('"step" }', '"step", stop = "cancel" }'))
    with pytest.raises(BadInput, match="code: stop: the strategy flag asks; leave it out"):
        read_workers(path, CATALOGUE)


def test_what_a_plan_would_run_is_all_there_to_be_agreed_to(tmp_path: Path) -> None:
    path = tmp_path / "a.plan.toml"
    path.write_text(
        'title = "A"\n[[worker]]\nname = "W"\nstrategy = "flag"\nengine = "process"\n[[step]]\ntitle = "Look"\n'
        'actions = [{ action = "set", worker = "W", field = "interpreter", value = "/other/python" }]\n',
        "utf-8",
    )
    workers = workers_to_agree_to(read_plan(path, CATALOGUE), CATALOGUE)
    assert [worker.interpreter for worker in workers] == [None, "/other/python"]


CODE = '[[worker]]\ncode = { file = "/mine.py", name = "poll" }\n'
WRONG = {
    "of nothing": ('[[worker]]\nstrategy = "own-code"\n', "worker 1: code: it is missing"),
    "of another strategy": (f'{CODE}strategy = "flag"\n', "worker 1: strategy: 'flag' does not run code of your own"),
    "in the window": (f'{CODE}engine = "window"\n', "worker 1: engine: code of your own runs in a process of its own"),
    "as work without a file": (
        '[[worker]]\nstrategy = "flag"\nworkload = "own-code"\n',
        "worker 1: code: it is missing",
    ),
    "with an interval": (f"{CODE}interval = 1\n", "worker 1: interval: it says nothing about code of your own"),
    "with a key that none has": (
        '[[worker]]\ncode = { file = "/mine.py", nam = "poll" }\n',
        "worker 1: code: No key of code is called 'nam'; did you mean name?",
    ),
    "that is no table": ("[[worker]]\ncode = 5\n", "worker 1: code: 5 is not a table"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "set.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_workers(path, CATALOGUE)
    assert re.sub(r", line \d+:", ":", str(caught.value)).startswith(f"{path}: {words}")


def test_it_is_not_among_the_strategies_to_choose_from() -> None:
    assert OWN_CODE not in CATALOGUE.strategy_ids()
    with pytest.raises(BadInput) as caught:
        parse_workers([{"strategy": "own-cod"}], CATALOGUE)
    assert "There are: event-poll" in str(caught.value)
    assert "own-code" not in str(caught.value)


def test_what_was_agreed_to_is_kept_with_the_settings(tmp_path: Path) -> None:
    path, digests = tmp_path / "settings.toml", ("a" * 64, "b" * 64)
    save_settings(path, Settings(agreed_code=digests))
    assert load_settings(path, CATALOGUE) == (Settings(agreed_code=digests), "")
    for wrong in ("5", '["x"]', f'["{"A" * 64}"]'):
        path.write_text(f"version = 1\nagreed_code = {wrong}\n", "utf-8")
        settings, sentence = load_settings(path, CATALOGUE)
        assert settings.agreed_code == ()
        assert "is not a list of SHA-256 digests; leave it out to be asked again." in sentence
