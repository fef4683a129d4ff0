"""Where plans are: the built-in ones among our resources, and those of the person."""

from pathlib import Path

from app.core.errors import BadInput, unknown_name
from app.documents.plans import ENDING
from app.resource_files import resource


def plan_paths() -> dict[str, Path]:
    """Return the built-in plans, name to file, in alphabetical order; any thread."""
    return {path.name.removesuffix(ENDING): path for path in sorted(resource("plans").glob(f"*{ENDING}"))}


def find_plan(wanted: str) -> Path:
    """Return the file that a built-in plan's name or a path means.

    Raises:
        BadInput: it is neither; the nearest built-in plan is named.
    """
    built_in = plan_paths()
    if wanted in built_in:
        return built_in[wanted]
    if wanted.endswith(".toml") or _is_file(wanted):
        return Path(wanted)
    raise BadInput(f"{unknown_name('plan', wanted, built_in)} A file's name ends in {ENDING}.")


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False  # too long a name, or one with a NUL in it
