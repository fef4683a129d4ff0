"""The floors of the house: who may import whom, and what may lie where."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# Lower floors first. What stands on one floor knows nothing of its neighbours, unless it is the same package.
FLOORS = {"core": 0, "session": 1, "documents": 1, "adapters": 2, "experiments": 3, "ui": 4, "cli": 4}
# Small modules beside the floors: anybody above core may import them, and they may import core.
BESIDE = {"exit_codes", "pattern_size", "resource_files", "terminal", "signals"}
WITHOUT_QT = ("core", "session", "documents", "adapters", "cli", "experiments")


def _modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def _floor(path: Path) -> str:
    """Return the package or the module right under app that a file belongs to."""
    return path.relative_to(APP).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield level and dotted name of each import of a file: (0, "app.core.lane") or (1, "lane")."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            # ``from app import ui`` imports app.ui: without each name the scan would only see "app".
            yield from ((node.level, ".".join(filter(None, (module, alias.name)))) for alias in node.names)


def _absolute(path: Path, level: int, name: str) -> list[str]:
    """Return the dotted name of an import as seen from the root, in parts."""
    if level == 0:
        return name.split(".")
    package = path.relative_to(ROOT).with_suffix("").parts[:-level]
    return [*package, *name.split(".")]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_points_up(path: Path) -> None:
    mine = _floor(path)
    for level, name in _imports(path):
        parts = _absolute(path, level, name)
        theirs = parts[1] if parts[0] == "app" and len(parts) > 1 else mine
        if theirs == mine or mine == "__main__" or theirs == "__version__":
            continue
        if theirs in BESIDE:
            assert mine != "core", f"{path}: core imports {name}"
        else:
            assert {mine, theirs} <= FLOORS.keys() | BESIDE, "a new package has a floor: write it into the table"
            height = 1 if mine in BESIDE else FLOORS[mine]
            assert FLOORS[theirs] < height, f"{path}: {mine} imports {name}"


@pytest.mark.parametrize("path", sorted((APP / "core").rglob("*.py")), ids=lambda path: path.stem)
def test_core_needs_itself_and_the_standard_library(path: Path) -> None:
    for level, name in _imports(path):
        if level:
            assert _absolute(path, level, name)[:2] == ["app", "core"], f"{path}: {name} leaves core"
        else:
            assert name.split(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


def test_floors_without_a_screen_load_no_qt() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in _modules()
        if _floor(path) in {*WITHOUT_QT, *BESIDE, "__main__"}
    ]
    assert "app.core.lane" in modules
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'shiboken6')])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr, result.returncode) == ("[]\n", "", 0)


def test_nobody_terminates_a_qthread() -> None:
    # By the tree and not by the text: the sentence that forbids it may name it.
    for path in _modules():
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        if any(isinstance(node, ast.alias) and node.name in {"QThread", "PySide6.QtCore"} for node in nodes):
            assert not [n.lineno for n in nodes if isinstance(n, ast.Attribute) and n.attr == "terminate"], path


def test_top_level_of_the_repository() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: an unpacked release has other files beside ours")
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    names = {file.split("/")[0] for file in files}
    ours = {name for name in names if not name.startswith(".")}
    assert ours == {"app", "resources", "tests", "pyproject.toml", "README.md"}
