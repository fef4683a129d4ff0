"""The floors of the house: which package may import which, and what may lie where."""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.adapters import whole_catalogue

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# Lower floors first. What stands on one floor knows nothing of its neighbours, unless it is the same package.
FLOORS = {
    "core": 0,
    "observer": 1,
    "session": 1,
    "documents": 1,
    "adapters": 2,
    "programs": 3,
    "experiments": 4,
    "ui": 5,
    "cli": 5,
}
# Small modules beside the floors: all above core may import them, and they may import core.
BESIDE = {"pattern_size", "resource_files", "terminal", "signals"}
WITHOUT_QT = ("core", "observer", "session", "documents", "adapters", "cli", "experiments", "programs")


def _modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def _floor(path: Path) -> str:
    """Return the package or the module right under app that a file belongs to."""
    return path.relative_to(APP).parts[0].removesuffix(".py")


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield level and dotted name of each import of a file: (0, "app.core.lane") or (1, "lane")."""
    for node in _nodes(path):
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


def test_no_arrow_points_up() -> None:
    for path in _modules():
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


# What an engine is made of: outside core only ids, frozen values and opaque credit tokens are known.
ENGINE_PARTS = {"credit", "headroom", "lane", "run", "thread_engine", "timers"}


CARRIED = APP / "programs" / "child.py"  # the whole program of a child, which puts such an engine together


def test_nothing_outside_core_holds_a_part_of_an_engine() -> None:
    for path in _modules():
        if _floor(path) == "core" or path == CARRIED:
            continue
        for level, name in _imports(path):
            parts = _absolute(path, level, name)
            assert parts[:2] != ["app", "core"] or parts[2] not in ENGINE_PARTS, f"{path} imports {name}"
        if _floor(path) != "adapters":
            assert "make_thread" not in path.read_text("utf-8"), f"{path} makes a run's thread"


def test_core_needs_itself_and_the_standard_library() -> None:
    for path in sorted((APP / "core").rglob("*.py")):
        for level, name in _imports(path):
            if level:
                assert _absolute(path, level, name)[:2] == ["app", "core"], f"{path}: {name} leaves core"
            else:
                assert name.split(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


# What the observer may import: a program may have a module of any other name, and get the standard library's instead.
OBSERVER_IMPORTS = {"_thread", "atexit", "io", "itertools", "opcode", "os", "sys", "time", "types"}


def test_the_observer_needs_next_to_nothing() -> None:
    for path in sorted((APP / "observer").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body = [ast.Pass()]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= OBSERVER_IMPORTS, path
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module in OBSERVER_IMPORTS, path
            elif isinstance(node, ast.ImportFrom) and node.level > 1:
                assert node.module == "core.verdicts", path


def test_floors_without_a_screen_load_no_qt() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in _modules()
        # What is in "carried" is imported by Python itself, in other programs.
        if _floor(path) in {*WITHOUT_QT, *BESIDE, "__main__"} and path.parent.name != "carried"
    ]
    assert "app.core.lane" in modules
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'shiboken6')])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr, result.returncode) == ("[]\n", "", 0)


@cache
def _files_imported(path: Path) -> frozenset[Path]:
    """Return the files of ours that a file imports: anywhere in it, also for the type checker alone."""
    found = set()
    for level, name in _imports(path):
        parts = _absolute(path, level, name)
        # The last part may be a name in a file, or the file itself.
        places = (ROOT.joinpath(*parts), ROOT.joinpath(*parts[:-1]))
        files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
        found.update(file for file in itertools.islice(filter(Path.is_file, files), 1))
    return frozenset(found - {path})


def _chains(files: dict[Path, frozenset[Path]]) -> dict[Path, list[Path]]:
    """Return the longest chain of imports from each file down; fails on a circle, which has none."""
    found: dict[Path, list[Path]] = {}

    def chain(path: Path, above: tuple[Path, ...]) -> list[Path]:
        if path in above:
            circle = [*above[above.index(path) :], path]
            pytest.fail(f"a circle: {' → '.join(str(each.relative_to(ROOT)) for each in circle)}")
        if path not in found:
            below = (chain(each, (*above, path)) for each in sorted(files[path] & files.keys()))
            found[path] = [path, *max(below, key=len, default=[])]
        return found[path]

    for path in files:
        chain(path, ())
    return found


def test_no_files_import_each_other_in_a_circle() -> None:
    _chains({path: _files_imported(path) for path in _modules()})


MOST_UI_FLOORS = 8  # files on the longest chain of imports within app/ui: the timeline has five, and three are above it


def test_the_window_has_few_floors() -> None:
    """What is only for the type checker counts as well: it has to be read as well."""
    modules = set((APP / "ui").rglob("*.py"))
    chains = _chains({path: _files_imported(path) & modules for path in modules})
    longest = max(chains.values(), key=len)
    assert len(longest) <= MOST_UI_FLOORS, " → ".join(str(path.relative_to(APP / "ui")) for path in longest)


def test_a_circle_that_only_the_type_checker_sees_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "app").mkdir()
    lower, upper = tmp_path / "app" / "lower.py", tmp_path / "app" / "upper.py"
    upper.write_text("import app.lower\n")
    lower.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.upper import Upper\n")
    with pytest.raises(pytest.fail.Exception, match=r"lower\.py → app/upper\.py → app/lower\.py"):
        _chains({path: _files_imported(path) for path in (lower, upper)})


# What makes the main window and shows it; nothing below it knows it.
ABOVE_THE_WINDOW = {"start", "main_window_setup"}


def test_no_code_below_the_main_window_is_handed_it() -> None:
    for path in sorted((APP / "ui").rglob("*.py")):
        if path.parent == APP / "ui" and path.stem in ABOVE_THE_WINDOW:
            continue
        assert APP / "ui" / "main_window.py" not in _files_imported(path)
        for node in _nodes(path):
            assert not (isinstance(node, ast.arg) and node.arg in {"window", "main", "main_window"}), (
                f"{path}:{node.lineno}"
            )


def test_no_module_terminates_a_qthread() -> None:
    # By the tree and not by the text: the sentence that forbids it may name it.
    for path in _modules():
        nodes = _nodes(path)
        if any(isinstance(node, ast.alias) and node.name in {"QThread", "PySide6.QtCore"} for node in nodes):
            assert not [n.lineno for n in nodes if isinstance(n, ast.Attribute) and n.attr == "terminate"], path


# Strategies and workloads know their own words; what else may name an id, and why.
MECHANISMS = {APP / "core" / "strategies", APP / "core" / "workloads", APP / "adapters"}
NAMES_AN_ID = {
    "core/verdicts.py": {"slow-cleanup"},  # a verdict, and no workload
    "core/worker.py": {"sleep"},  # the workload of a worker that names none
    "core/own_code/description.py": {"flag"},  # a way of asking, and no strategy
    "observer/verdicts.py": {"lock"},  # a field, and no workload
    "observer/watch.py": {"lock"},  # the name of a type, and no workload
    "cli/plan_server.py": {"error"},  # a key of an answer, and no workload
    "cli/pytest_plugin.py": {"error"},  # the same
    "documents/settings.py": {"event-poll", "flag", "event-wait"},  # the workers of the first window
    "programs/observation.py": {"error"},  # a key of a record, and no workload
    "experiments/to_test.py": {"error"},  # a word of a template, and no workload
    "programs/objects.py": {"socket"},  # a type of Python's
    "programs/waits.py": {"lock", "sleep", "socket"},  # a type, a function and a module of Python's
    "session/observed_words.py": {"lock"},  # a kind of evidence, and no workload
    "session/reports/writing.py": {"error"},  # a column, and no workload
    "ui/theme.py": {"error"},  # a colour, and no workload
}


def _not_mechanisms() -> list[Path]:
    return [path for path in _modules() if not MECHANISMS & set(path.parents)]


def test_only_a_mechanism_s_own_file_knows_its_id() -> None:
    """Whatever else names one chooses words or behaviour by it, and a new mechanism would need a line there too."""
    catalogue = whole_catalogue()
    ids = {*catalogue.strategy_ids(), *catalogue.workload_ids()}
    for path in _not_mechanisms():
        nodes = _nodes(path)
        texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        wrong = (texts & ids) - NAMES_AN_ID.get(path.relative_to(APP).as_posix(), set())
        assert not wrong, f"{path} names {wrong}"


def test_only_the_catalogue_imports_a_mechanism_s_file() -> None:
    catalogue = whole_catalogue()
    mechanisms = (*catalogue.strategies, *catalogue.workloads)
    files = {ROOT.joinpath(*each.__module__.split(".")).with_suffix(".py") for each in mechanisms}
    assert len(files) == len(mechanisms)
    for path in _not_mechanisms():
        assert not (wrong := files & _files_imported(path)), f"{path} imports {wrong}"


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


# -- one place where the sentences of records are made, and none where they are read ------------------------------------

WORDS_OF_RECORDS = APP / "session" / "record_words.py"
_SENTENCE = re.compile(
    r"^(starting|running|stopping|stuck|ended|located|releasing|shown): |^: native id |^noticed the stop|its end was painted"
    r"|it was asked; it is here|releases what its thread"
)


def _sentences(path: Path) -> Iterator[str]:
    """Yield the texts in a module, but for docstrings, that are a sentence about a state or a part of one."""
    docstrings = {id(node.value) for node in _nodes(path) if isinstance(node, ast.Expr)}
    for node in _nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if _SENTENCE.search(node.value):
                yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from _after_a_state(node)


def _after_a_state(text: ast.JoinedStr) -> Iterator[str]:
    """Yield what an f-string has after the name of a state, as in ``f"{State.STUCK}: not ended"``."""
    for value, rest in zip(text.values, text.values[1:], strict=False):
        is_state = isinstance(value, ast.FormattedValue) and ast.unparse(value.value).startswith("State.")
        if is_state and isinstance(rest, ast.Constant) and str(rest.value).startswith(": "):
            yield str(rest.value)


def test_no_other_module_has_the_sentence_of_a_state() -> None:
    """One that did would say it otherwise some day, or would compare a text where it should ask for the event."""
    found = {str(path.relative_to(APP)): list(_sentences(path)) for path in sorted(APP.rglob("*.py"))}
    assert len(found.pop(str(WORDS_OF_RECORDS.relative_to(APP)))) > 6
    assert {path: texts for path, texts in found.items() if texts} == {}
