"""What a mechanism can do harm to is said before its run begins: naming it on a command line is consent."""

from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.cli.arguments import build_parser
from app.cli.run import run_command
from app.core.errors import BadInput
from app.core.strategies import Strategy
from app.core.strategies.async_exception import AsyncException
from app.core.strategies.flag import Flag
from tests.core.mechanisms import AVAILABLE, catalogue_with, raising, strategy_of

STRATEGIES = [pytest.param(strategy, id=strategy.about.id) for strategy in AVAILABLE]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_runs_by_its_name_and_warns_once_if_it_has_a_warning(
    capfd: Any, strategy: type[Strategy]
) -> None:
    name, warning = strategy.about.id, strategy.about.warning
    options = build_parser().parse_args(["run", name, "--interval", "0.001", "--limit", "2", "--count", "2"])
    assert run_command(options, whole_catalogue()) == 0
    output, errors = capfd.readouterr()
    assert sorted(output.splitlines()) == [f"{name} {worker}: running… {i}" for worker in (1, 2) for i in (1, 2)]
    said = errors.splitlines()
    assert said[:-2] == ([f"{name}: {warning}"] if warning else [])
    assert said[-2:] == [f"{name} {worker} #1: completed, 2 lines" for worker in (1, 2)]
    assert bool(warning) == issubclass(strategy, AsyncException)


def test_what_a_mechanism_needs_is_asked_for_before_any_run_starts(capfd: Any, tmp_path: Any) -> None:
    missing = strategy_of()
    missing.check_available = raising(BadInput("The test needs what is not there."))  # type: ignore[method-assign]
    file = tmp_path / "set.toml"
    worker = '[[worker]]\nname = "{0}"\nstrategy = "{0}"\nlimit = 1\n'
    file.write_text(worker.format(Flag.about.id) + worker.format("test"), "utf-8")
    with pytest.raises(BadInput, match="needs what is not there"):
        run_command(build_parser().parse_args(["run", str(file)]), catalogue_with(missing))
    assert capfd.readouterr() == ("", "")
