"""Which Python a process of its own has: from what a person wrote to an executable file."""

import os
import re
import shutil
import sys
from pathlib import Path

from app.core.errors import BadInput, quoted

_FOLDERS = (
    "bin/python",
    "Scripts/python.exe",
    "bin/python3",
    "python.exe",
)  # of a virtual environment, or an installation


def find_interpreter(wanted: str | None) -> str:
    """Return the executable file of a Python; any thread. Whether it is one that can carry runs, it says itself.

    Args:
        wanted: a file, a name that the shell would find, or the folder of a virtual environment; None for the Python that
            runs this program.

    Raises:
        BadInput: there is none.
    """
    if wanted is None:
        if not sys.executable:
            raise BadInput("interpreter: this Python does not know its own file; name one.", "interpreter")
        return sys.executable
    path = Path(wanted).expanduser()
    try:
        if path.is_dir():
            found = next((str(path / name) for name in _FOLDERS if (path / name).is_file()), None)
            if found is None:
                sentence = (
                    f"interpreter: {quoted(wanted, 200)} is a folder without bin/python; name a virtual environment's"
                )
                raise BadInput(f"{sentence} folder, or a Python.", "interpreter")
            return os.path.abspath(found)  # noqa: PTH100 - resolve() would lead out of the virtual environment
        named = str(path) if os.sep in wanted or path != Path(wanted) else wanted
        program = shutil.which(named)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"interpreter: {quoted(wanted, 200)} cannot be used ({reason}).", "interpreter") from None
    if program is None:
        why = "cannot be executed" if path.is_file() else "is not there"
        raise BadInput(f"interpreter: {quoted(wanted, 200)} {why}; name a Python, or the folder of one.", "interpreter")
    return os.path.abspath(program)  # noqa: PTH100 - the same


_USUAL_NAMES = (".venv", "venv", ".env", "env")
_MOST_PARENTS = 3  # folders above a file in which its environment may lie


def environments_beside(file: Path) -> tuple[Path, ...]:
    """Return the virtual environments beside a Python file or a few folders above it, nearest first; any thread."""
    folders = [file.parent, *file.parent.parents][: _MOST_PARENTS + 1]
    found = (folder / name for folder in folders for name in _USUAL_NAMES)
    return tuple(path for path in found if _is_environment(path))


OLDEST_OBSERVED = (3, 12)  # Python in which programs can be observed
_NAMED = re.compile(r"python(\d+)\.(\d+)", re.ASCII)
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.ASCII | re.MULTILINE)
_NEWER = ("python3.15", "python3.14", "python3.13", "python3.12")
_LARGEST_CONFIGURATION = 100_000  # bytes


def known_version(interpreter: str) -> tuple[int, int] | None:
    """Return the version of a Python, major and minor, as far as it is known without running it; any thread.

    Known are the one that runs this program, a virtual environment's by what it says of itself, and a name that tells it.
    """
    path = Path(interpreter).expanduser()
    if os.path.abspath(path) == os.path.abspath(sys.executable):  # noqa: PTH100 - resolve() would leave the environment
        return sys.version_info[:2]
    for folder in (path, path.parent.parent):
        try:
            with (folder / "pyvenv.cfg").open(encoding="utf-8", errors="replace") as file:
                found = _VERSION.search(file.read(_LARGEST_CONFIGURATION))
        except (OSError, ValueError):
            continue
        return None if found is None else (int(found[1]), int(found[2]))
    named = _NAMED.fullmatch(path.name)
    return None if named is None else (int(named[1]), int(named[2]))


def observing_interpreters(file: Path) -> tuple[str, ...]:
    """Return what can be offered for observing a file: its environments, ours, then what is on the path, if new enough.

    None of them is run for that; any thread.
    """
    on_path = (found for name in _NEWER if (found := _on_path(name)) is not None)
    offered = [*map(str, environments_beside(file)), sys.executable, *on_path]
    return tuple(dict.fromkeys(each for each in offered if (known_version(each) or (0, 0)) >= OLDEST_OBSERVED))


def _on_path(name: str) -> str | None:
    """Return the file of a Python that the shell would find by this name; None if there is none.

    What pyenv has in its folder of shims works only where that version is switched on: the version's own file lies beside.
    """
    found = shutil.which(name)
    if found is None or Path(found).parent.name != "shims":
        return found
    versions = Path(found).parents[1].glob(f"versions/{name.removeprefix('python')}.*/bin/{name}")
    return max(map(str, versions), default=None)


def _is_environment(path: Path) -> bool:
    try:
        return (path / "pyvenv.cfg").is_file() and any((path / name).is_file() for name in _FOLDERS)
    except OSError:
        return False


def check_platform() -> None:
    """Raise BadInput where no run can have a process of its own."""
    if os.name != "posix":
        raise BadInput('engine: "process" needs a POSIX system; write engine = "window" here.', "engine")
