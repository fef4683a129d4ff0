"""Imports the person's file, in a child process only, and finds what is to be run in it."""

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ..errors import BadInput
from .description import OwnCode, read_literal

_PREFIX = "own_code_"
_allowed = False


def allow() -> None:
    """Allow imports of the person's files in this process; called by a child's main program, and by nothing else."""
    global _allowed  # noqa: PLW0603 - a property of the process
    _allowed = True


def require_allowed() -> None:
    """Return in a child process; BadInput in any other: what a file does to its process must not be done to a window."""
    if not _allowed:
        raise BadInput("Code of your own runs in a process of its own only.", "code")


def load(code: OwnCode) -> ModuleType:
    """Import the file as it is now, in its folder and environment, and return the module; the run's thread only.

    Raises:
        BadInput: this is no child process.
        BaseException: whatever the file raises, SyntaxError and OSError included.
    """
    require_allowed()
    os.environ.update(code.environment)
    os.chdir(code.working_folder)
    folder = os.path.dirname(code.file)  # noqa: PTH120 - a child starts 10 ms sooner without pathlib
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)
    sys.argv[:] = [code.file]
    name = module_name(code.file)
    loader = importlib.machinery.SourceFileLoader(name, code.file)
    # Compiled from the file itself: a cached one may be older than an edit of the same second.
    compiled = loader.source_to_code(loader.get_data(code.file), code.file)
    spec = importlib.util.spec_from_file_location(name, code.file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compiled, module.__dict__)
    return module


def module_name(file: str) -> str:
    """Return what the module is called: as other files in its folder would call it, unless that is taken."""
    name = os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122
    is_free = name.isidentifier() and name != "__main__" and name not in sys.modules
    return name if is_free and name not in sys.stdlib_module_names else f"{_PREFIX}{name}"


def find(module: ModuleType, code: OwnCode) -> Any:
    """Return the function or class; BadInput if the file does not have it any more."""
    try:
        return getattr(module, code.name)
    except AttributeError:
        raise BadInput(f"{code.file}: there is no {code.name} in it.", "code") from None


def arguments(code: OwnCode, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name, with some that are no literals."""
    return {name: read_literal(text) for name, text in code.arguments} | dict(more)
