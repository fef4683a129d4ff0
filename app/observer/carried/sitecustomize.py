"""Python imports this module by its name as it starts; it loads the observer, and leaves no trace in what the program sees.

The program then runs as Python always runs it: with its own ``__main__``, arguments, path, tracebacks and exit status.
"""

import os
import sys

_PACKAGE = "_thread_controller"


def _restore_environment(folder: str) -> str:
    """Take what was put into the environment out of it; return what the observer was told."""
    told = os.environ.pop("THREAD_CONTROLLER_OBSERVE", "")
    path = os.environ.pop("THREAD_CONTROLLER_PYTHONPATH", None)
    if path is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = path
    sys.path[:] = [each for each in sys.path if each != folder]
    return told


def _load(folder: str, told: str) -> None:
    """Load the observer under a private name and start it.

    What it imports is forgotten again: a program may have a module of the same name, and imports its own then.
    """
    known = set(sys.modules)
    package = type(sys)(_PACKAGE)
    package.__path__ = [os.path.dirname(os.path.dirname(folder))]  # noqa: PTH120 - pathlib is not imported
    sys.modules[_PACKAGE] = package
    try:
        start = __import__(f"{_PACKAGE}.observer.start", fromlist=["start"]).start
    finally:
        for name in set(sys.modules) - known:
            del sys.modules[name]
    start(told)


_folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
_told = _restore_environment(_folder)
if _told:
    try:
        _load(_folder, _told)
    except Exception as error:  # noqa: BLE001 - the program runs unobserved
        os.write(int(_told.split(":")[0]), f'{{"kind": "unobserved", "error": "{type(error).__name__}"}}\n'.encode())
# A sitecustomize of the program's own comes now; without one, Python is told that there is none.
sys.modules.pop("sitecustomize", None)
__import__("sitecustomize")
