"""Whatever starts and stops runs in the core's tests does so in both engines."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.core.harness import Core


@pytest.fixture(params=[False, True], ids=["threads", "piped"])
def core(request: pytest.FixtureRequest) -> Iterator[Callable[..., Core]]:
    """Return a factory of cores, in turn with this process's engine and with the piped one; each is closed at the end."""
    with contextlib.ExitStack() as cores:
        yield lambda *args, **fields: cores.enter_context(Core(*args, piped=request.param, **fields))
