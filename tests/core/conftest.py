"""Whatever starts and stops runs in the core's tests does so in every engine."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.core.harness import Core

# What a test holds in its own hands is in this process: a child has the catalogue that is built in, and the system's clock.
_HERE = {"catalogue", "clock", "credit"}
# A child takes a tenth of a second to start: each mechanism, each workload and each order is tried there, not all pairs.
_WITH_CHILDREN = {"test_engines", "test_stopping", "test_strategies", "test_workloads"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have each test that asks for a core run with each engine.

    With this process's; with the child's over pipes, but in this process; and with real children, where the test has nothing
    of its own inside.
    """
    if "core" in metafunc.fixturenames:
        children = metafunc.module.__name__.rpartition(".")[2] in _WITH_CHILDREN
        metafunc.parametrize("core", ["threads", "piped", *(["child"] if children else [])], indirect=True)


@pytest.fixture
def core(request: pytest.FixtureRequest) -> Iterator[Callable[..., Core]]:
    """Return a factory of cores; each is closed at the end."""
    with contextlib.ExitStack() as cores:

        def make(*args: object, **fields: object) -> Core:
            if request.param == "child" and (args or _HERE & fields.keys()):
                pytest.skip("what it watches is in this process")
            return cores.enter_context(Core(*args, kind=request.param, **fields))  # type: ignore[arg-type]

        yield make
