"""The program uses nothing that the standard library calls private, but for what its documentation describes."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent / "app"
DOCUMENTED = {
    "sys._current_frames",
    "sys._is_gil_enabled",
    "sys._getframe",
    "os._exit",
    # A module of its own in the documentation, private name or not.
    *("_thread", "_thread.get_ident", "_thread.get_native_id", "_thread.allocate_lock", "_thread.start_new_thread"),
    "_thread.LockType",
    # What threading.RLock is, for the observer, which must not import threading; tests/observer/test_locks.py needs it.
    "_thread.RLock",
}
# Attributes of objects of the standard library that are often reached for.
OF_OBJECTS = {"_threads", "_work_queue", "_tstate_lock", "_waiters", "_shutdown", "_is_owned", "_ident", "_stop"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_uses(tree: ast.AST) -> Iterator[str]:
    """Yield what a module uses of the standard library's private names."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names})
            yield from (alias.name for alias in node.names if any(map(is_private, alias.name.split("."))))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            if node.module.split(".")[0] in sys.stdlib_module_names:
                yield from (name for name in names if any(map(is_private, name.split("."))))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            module = modules.get(owner.split(".")[0], "").split(".")[0]
            is_of_module = is_private(node.attr) and module in sys.stdlib_module_names
            if is_of_module or (node.attr in OF_OBJECTS and owner not in {"self", "cls"}):
                yield f"{owner}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            owner, name = ast.unparse(node.args[0]), ast.unparse(node.args[1]).strip("'")
            if modules.get(owner) in sys.stdlib_module_names and is_private(name):
                yield f"{owner}.{name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            first, _, rest = node.value.partition(".")
            if first in sys.stdlib_module_names and rest.isidentifier() and is_private(rest):
                yield node.value  # for importlib or getattr


def test_nothing_private_of_the_standard_library_is_used() -> None:
    for path in sorted(APP.rglob("*.py")):
        assert set(private_uses(ast.parse(path.read_text("utf-8")))) <= DOCUMENTED, path


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module('re._parser')",
        "import threading\nthreading._shutdown()",
        "import re\ngetattr(re, '_compiler')",
        "from re import _parser",
        "import concurrent.futures.thread\nconcurrent.futures.thread._threads_queues",
        "def stop(pool):\n    pool._threads.clear()",
    ],
)
def test_a_private_use_is_seen(source: str) -> None:
    assert set(private_uses(ast.parse(source))) - DOCUMENTED
