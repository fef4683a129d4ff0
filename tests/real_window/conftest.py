"""One desktop for all tests here, and a program for each."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.real_window.desktop import Desktop, what_is_missing
from tests.real_window.program import Program, ScreenReader


@pytest.fixture(scope="session")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A desktop of our own; the test is skipped where none can be made, unless REAL_WINDOW says that it must."""
    if reason := what_is_missing():
        if os.environ.get("REAL_WINDOW") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with Desktop(tmp_path_factory.mktemp("desktop")) as made:
        yield made


@pytest.fixture(scope="session")
def screen_reader(desktop: Desktop) -> Iterator[ScreenReader]:
    """A screen reader on the desktop."""
    with ScreenReader(desktop) as reader:
        yield reader


@pytest.fixture
def program(desktop, screen_reader, tmp_path) -> Iterator[Callable[..., Program]]:
    """Start the program with arguments; it is ended after the test if it has not ended by itself."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(Program(desktop, screen_reader, tmp_path, *arguments))
