"""Every way to ask, in every shape of loop: one process runs them all, one after the other; and the tutorials' programs."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.observer import tutorials
from tests.observer.harness import Observed, Running, needs_monitoring, program, start_observed
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
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """Start the tutorials, which take their seconds while the others run."""
    folder = tmp_path_factory.mktemp("tutorials")
    sources = {"event": tutorials.EVENT, "flag": tutorials.FLAG}
    running = {
        name: start_observed(folder / name, program(folder, source, f"{name}.py"), options=())
        for name, source in sources.items()
    }
    yield running
    for each in running.values():
        each.close()


@pytest.fixture(scope="module")
def seen(started: dict[str, Running], tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("shapes")
    paths = [program(folder, each.source, f"shape{number}.py") for number, each in enumerate(_ABLE)]
    observed = start_observed(folder / "seen", program(folder, _RUN, "run.py"), *paths).result()
    assert (observed.status, observed.errors) == (0, b"")
    return observed


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) >= 40
    assert len({each.name for each in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize("shape", _ABLE, ids=[each.name for each in _ABLE])
def test_its_chain(seen: Observed, shape: Program) -> None:
    file = f"shape{_ABLE.index(shape)}.py"
    at = f"{file}:{shape.line('asks')}"
    (chain,) = [chain for chain in seen.chains if Path(chain["request"]["at"]).name.startswith(f"{file}:")]
    assert (chain["request"]["what"], chain["request"]["at"], chain["link"]) == (shape.what, at, shape.link)
    assert chain["noticed"] is not None
    if "# notices" in shape.source:
        assert chain["noticed"]["at"] == f"{file}:{shape.line('notices')}"
    assert chain["request"]["by"].startswith(shape.by)
    assert chain["thread"] != 1
    assert chain["request"]["t_ns"] < chain["noticed"]["t_ns"] < (chain["ended_ns"] or 10**18)
    assert chain["latency_ms"] == pytest.approx((chain["noticed"]["t_ns"] - chain["request"]["t_ns"]) / 1e6)


@pytest.mark.parametrize(
    ("name", "what", "asks", "notices"),
    [("event", "Event.set", "event.set()", "is_set()"), ("flag", "do_run = bool", "t.do_run =", "getattr(t")],
)
def test_a_tutorial_s_program(started: dict[str, Running], name: str, what: str, asks: str, notices: str) -> None:
    observed = started[name].result()
    source = {"event": tutorials.EVENT, "flag": tutorials.FLAG}[name].splitlines()
    (asking,) = [number for number, line in enumerate(source, 1) if asks in line]
    (noticing,) = [number for number, line in enumerate(source, 1) if notices in line]
    (chain,) = observed.chains
    assert observed.status == 0
    assert (chain["request"]["what"], chain["link"]) == (what, "exact")
    assert chain["request"]["at"] == f"{name}.py:{asking}"
    assert chain["noticed"]["at"] == f"{name}.py:{noticing}"
    assert f"{name}.py:{asking}".encode() in observed.errors  # the table
    last = observed.output.decode().splitlines()[-1]
    assert last == ("Child Thread Interrupted" if name == "event" else "Stopping the Thread after some time.")
