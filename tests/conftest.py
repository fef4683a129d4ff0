"""What every test gets: no screen, no settings of the user's, and nothing left behind."""

import contextlib
import gc
import importlib
import importlib.util
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Compiled modules are kept even where the environment says otherwise: else each process that a test starts would compile
# the program anew, and each of pytest's all tests, which takes four times as long as collecting them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import pytest
from hypothesis import HealthCheck, settings

from tests.core.harness import Core

sys.dont_write_bytecode = False

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Where the platforms keep a user's settings and data; platformdirs asks these.
_HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")

_SWITCH_INTERVAL = sys.getswitchinterval()

# Files that the system's libraries open when they are first used, and keep.
_SYSTEM_FILES = ("/usr/", "/lib", "/etc/", "/dev/", "/var/cache/", "/proc/", "/memfd:")
# Wherever an interpreter keeps its libraries: libffi opens its own file for the first function that ctypes makes.
_LIBRARY = re.compile(r"\.so[.\d]*$")


# Which tests start first where several processes share them: those that wait most, while the others compute.
_FIRST = ("real_window", "cli", "ui", "session")
_TESTS = Path(__file__).parent


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep each file's tests in one process, and those of the real window in one as well, whatever --dist says."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", maxsplit=1)[0]
            return "real window" if "real_window" in file else file

    config.option.loadscopereorder = False  # in our order, and not those with the most tests first
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[object]:
    """Keep the garbage collector away from what tests are made of: hundreds of thousands of objects, which stay."""
    gc.disable()
    try:
        _compile_a_share(session.config)
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def _compile_a_share(config: pytest.Config) -> None:
    """Import every n-th test file in each of n processes, which all collect all files: one compiles it for the others."""
    if not (process := getattr(config, "workerinput", None)):
        return
    files = sorted({path for argument in config.args for path in Path(argument).resolve().rglob("test_*.py")})
    for path in files[int(process["workerid"].removeprefix("gw")) :: process["workercount"]]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # it is told when the file is collected
            importlib.import_module(".".join(path.relative_to(_TESTS.parent).with_suffix("").parts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what waits most, where several processes share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(_TESTS).parts[0]
    # Last the folders whose files take least time: none is left to one process when the others have ended.
    return _FIRST.index(folder) if folder in _FIRST else len(_FIRST) + (item.path.parent != _TESTS)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _HOMES:
        monkeypatch.setenv(name, str(tmp_path / "user" / name.lower()))


@pytest.fixture(scope="session", autouse=True)
def _first_qt_thread() -> None:
    """Start one QThread before any test: with the first one, Qt's own library opens a descriptor that it keeps."""
    if importlib.util.find_spec("PySide6") is None:
        return  # the core's tests alone, by tests/without_qt.ini
    from app.adapters.qt_thread import QtThread

    thread = QtThread(lambda: None, "first")
    thread.start()
    thread.join()


@pytest.fixture(autouse=True)
def _own_switch_interval() -> Iterator[None]:
    """Give each test Python's own switch interval: a window sets another for the whole process."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    yield
    sys.setswitchinterval(_SWITCH_INTERVAL)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a file descriptor or a window."""
    threads, files, windows = set(threading.enumerate()), _open_files(), _windows()
    pooled = _pooled_threads()
    yield
    assert not (left := [w for w in _windows() if w not in windows]), f"top-level widgets left: {left}"
    assert not (left := _threads_since(threads)), f"threads left: {left}"
    if len(_open_files()) > len(files):
        gc.collect()
        # First the threads: one that ends meanwhile takes its descriptor with it.
        allowed = len(files) + max(0, _pooled_threads() - pooled)
        now = _open_files()
        new = {number: target for number, target in now.items() if files.get(number) != target}
        assert len(now) <= allowed, f"file descriptors left: {new}"


def _threads_since(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that were not there before, after some time to end; not those that Python did not start."""
    end = time.monotonic() + 5
    new = [t for t in threading.enumerate() if t not in before and not isinstance(t, threading._DummyThread)]
    for thread in new:
        thread.join(max(0.0, end - time.monotonic()))
    return [thread for thread in new if thread.is_alive()]


def _open_files() -> dict[str, str]:
    """Return the open file descriptors and what they are; none where the platform does not tell."""
    files = {}
    # Not by paths, which take four times as long: this is asked before and after each of thousands of tests.
    for entry in os.scandir("/proc/self/fd") if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # the listing's own
            files[entry.name] = os.readlink(entry.path)  # noqa: PTH115
    return {
        number: target
        for number, target in files.items()
        if not target.startswith(_SYSTEM_FILES) and not _LIBRARY.search(target)
    }


def _pooled_threads() -> int:
    """Return how many threads of Qt's own pools there are, each with an eventfd; none where the platform does not tell.

    Qt converts large images in such threads, whenever it likes, and ends them half a minute later.
    """
    names = []
    for entry in Path("/proc/self/task").iterdir() if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            names.append((entry / "comm").read_text().strip())
    return names.count("Thread (pooled)")


def _windows() -> list[object]:
    """Return Qt's top-level widgets, after those that wait for it were deleted; none if there is no application."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    core = sys.modules.get("PySide6.QtCore")
    if widgets is None or core is None or widgets.QApplication.instance() is None:
        return []
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
    return list(widgets.QApplication.topLevelWidgets())


@pytest.fixture
def thread_core() -> Iterator[Callable[..., Core]]:
    """Return a factory of cores; each is closed at the end of the test, which fails if a run is left."""
    with contextlib.ExitStack() as cores:
        yield lambda *args, **fields: cores.enter_context(Core(*args, **fields))


@pytest.fixture
def core(thread_core: Callable[..., Core]) -> Callable[..., Core]:
    """Return the same factory; the core's own tests have one of the same name, with a second engine."""
    return thread_core
