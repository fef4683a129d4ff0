"""Every way to ask, in every shape of loop: one process runs them all, one after the other."""

import sys
from pathlib import Path

import pytest

from tests.observer.harness import Observed, needs_monitoring, observe, program
from tests.observer.shapes import PROGRAMS, Program

pytestmark = needs_monitoring

_RUN = """\
import sys
for path in sys.argv[1:]:
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), {"__name__": "__main__"})
"""
_ABLE = [each for each in PROGRAMS if each.since <= sys.version_info[:2]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("shapes")
    paths = [program(folder, each.source, f"shape{number}.py") for number, each in enumerate(_ABLE)]
    observed = observe(folder, program(folder, _RUN, "run.py"), *paths)
    assert (observed.status, observed.errors) == (0, b"")
    return observed


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) >= 40
    assert len({each.name for each in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize("shape", _ABLE, ids=[each.name for each in _ABLE])
def test_its_chain(seen: Observed, shape: Program) -> None:
    file = f"shape{_ABLE.index(shape)}.py"
    at = f"{file}:{shape.line('asks')}"
    chains = [chain for chain in seen.chains if Path(chain["request"]["at"]).name.startswith(f"{file}:")]
    (chain,) = chains
    assert (chain["request"]["what"], chain["request"]["at"], chain["link"]) == (shape.what, at, shape.link)
    assert chain["noticed"] is not None
    if "# notices" in shape.source:
        assert chain["noticed"]["at"] == f"{file}:{shape.line('notices')}"
    assert chain["request"]["by"] == "MainThread"
    assert chain["thread"] != 1
    assert chain["request"]["t_ns"] < chain["noticed"]["t_ns"] < (chain["ended_ns"] or 10**18)
    assert chain["latency_ms"] == pytest.approx((chain["noticed"]["t_ns"] - chain["request"]["t_ns"]) / 1e6)
