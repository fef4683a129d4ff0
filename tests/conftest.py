"""What every test gets: no screen, no settings of the user's, and nothing left behind."""

import contextlib
import gc
import importlib.util
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

from tests.core.harness import Core

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have --dist loadgroup keep each file's tests together, and those of the real window one after the other."""
    for item in items:
        alone = item.get_closest_marker("real_window") is not None
        item.add_marker(pytest.mark.xdist_group("real window" if alone else str(item.path)))


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
    for entry in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # the listing's own
            files[entry.name] = str(entry.readlink())
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
