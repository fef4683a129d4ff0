"""Checks whether a window can be opened here, before Qt is used: without a display QApplication aborts the process.

This module imports nothing of Qt; ``check_display`` repeats the steps in which Qt would fail.
"""

import ctypes
import importlib
import importlib.util
import os
import re
import socket
import sys
import sysconfig
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.core.errors import BadInput, quoted

# What the wheel of Qt needs from the system (the DT_NEEDED of libQt6Gui, libQt6Widgets and what they load), and the
# package of Debian and Ubuntu that has it.
BASE_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
# What the platform plugins need besides (libqxcb and libQt6XcbQpa; libqwayland and libQt6WaylandClient).
PLATFORM_LIBRARIES = {
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-util.so.1": "libxcb-util1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
        "libxcb.so.1": "libxcb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
        "libwayland-egl.so.1": "libwayland-egl1",
    },
}

# Seconds for an X server's answer: a far one over a slow line takes one or two, and Qt itself would wait for minutes.
X_TIMEOUT = 10.0

_MISSING = re.compile(r"(\S+\.so[.\d]*): cannot open shared object file")
_FROM_THE_WHEEL = ("libQt6", "libpyside6", "libshiboken6", "libicu")


def check_display() -> None:
    """Return if a QApplication can be made here and now; the main thread only, before anything of Qt's.

    Takes some tens of milliseconds, most of them for loading libraries that the window loads anyway.

    Raises:
        BadInput: it cannot; the sentence says why and what to do.
    """
    sentence = _interpreter_problem() or toolkit_problem(_installed_version(), sys.version_info[:2])
    if sentence is None and sys.platform == "linux":
        sentence = _linux_problem(os.environ)
    if sentence is not None:
        raise BadInput(sentence)


def _interpreter_problem() -> str | None:
    """Return why no PySide6 can be had for this Python, or None: a free-threaded build cannot load its modules."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None
    return (
        "This Python is free-threaded, and PySide6, which draws the window, has no build for it; "
        "use an ordinary build of Python 3.11 or newer."
    )


def toolkit_problem(version: str | None, python: tuple[int, int]) -> str | None:
    """Return what is wrong with a version of PySide6 (None: not installed) under a Python, or None; any thread.

    Below Python 3.12, PySide6 6.12.0 gives back a reference to True that it does not own with every signal, until the
    process aborts. From 3.12 on True is immortal and nothing happens.
    """
    if version is None:
        return "PySide6, which draws the window, is not installed; run 'pip install PySide6-Essentials'."
    if version.split(".")[:3] == ["6", "12", "0"] and python < (3, 12):
        return (
            f"PySide6 {version} aborts after some hundred signals under Python {python[0]}.{python[1]}; "
            "run 'pip install \"PySide6-Essentials>=6.10,<6.12\"', or use Python 3.12 or newer."
        )
    return None


def wanted_platforms(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the platforms that Qt 6 tries here, in its order; empty if there is no display; any thread.

    As in QGuiApplicationPrivate::createPlatformIntegration: what QT_QPA_PLATFORM lists, each perhaps with parameters
    after a colon; else Wayland if the session has it, then X if there is a display of it.
    """
    listed = environ.get("QT_QPA_PLATFORM", "")
    if listed:
        return tuple(entry.partition(":")[0].strip().lower() for entry in listed.split(";"))
    has_wayland = bool(environ.get("WAYLAND_DISPLAY")) or environ.get("XDG_SESSION_TYPE") == "wayland"
    return ("wayland",) * has_wayland + ("xcb",) * bool(environ.get("DISPLAY"))


def libraries_sentence(missing: Sequence[str], packages: Mapping[str, str]) -> str:
    """Return the sentence about missing system libraries, with the packages to install; any thread.

    Args:
        missing: the libraries' names, at least one.
        packages: the package of Debian and Ubuntu for each library that is known.
    """
    remedies = []
    if known := sorted({packages[name] for name in missing if name in packages}):
        remedies.append(f"on Debian or Ubuntu run 'apt-get install {' '.join(known)}'")
    if others := [name for name in missing if name not in packages]:
        remedies.append(f"install the package of your system that has {' and '.join(others)}")
    libraries = "library" if len(missing) == 1 else "libraries"
    return f"Qt misses the system {libraries} {', '.join(missing)}; {' and '.join(remedies)}."


def _installed_version() -> str | None:
    """Return PySide6's version without importing it; None if it is not there, empty if it is and does not tell."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:  # without an origin: only an empty folder is left of it
        return None
    # By the names of the folders that pip makes: importlib.metadata takes longer to load than the rest of this module.
    for folder in Path(spec.origin).parents[1].glob("[pP]y[sS]ide6*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        if name.lower() in ("pyside6", "pyside6_essentials"):
            return version
    return ""  # a system's own package may have no such folder


def _linux_problem(environ: Mapping[str, str]) -> str | None:
    """Return why none of the platforms that Qt would try can work, or None if one can.

    The displays are asked first: a machine without one need not install twenty packages to learn that. Then, of several
    platforms, the first whose display answers is the one to be mended.
    """
    problems = {name: display_problem(name, environ) for name in wanted_platforms(environ)}
    answering = [name for name, problem in problems.items() if problem is None]
    if not answering:
        reasons = ", ".join(filter(None, problems.values())) or "neither DISPLAY nor WAYLAND_DISPLAY is set"
        return (
            f"There is no display: {reasons}; "
            "start the window in a desktop session, or use 'thread-controller run', which needs none."
        )
    library_problems = [_library_problem(name, environ) for name in answering]
    return None if None in library_problems else library_problems[0]


def display_problem(platform: str, environ: Mapping[str, str]) -> str | None:
    """Return which display does not answer, or None if it does or if the platform needs none."""
    if platform == "xcb":
        return _x_problem(environ.get("DISPLAY", ""))
    if platform.startswith("wayland"):
        return _wayland_problem(environ)
    return None


def _x_problem(display: str) -> str | None:
    if not display:
        return "DISPLAY is not set"
    answers: list[bool] = []
    # In a thread of its own, which the process does not wait for: xcb_connect waits for as long as a server is mute.
    asking = threading.Thread(target=_connect_to_x, args=(answers,), name="X probe", daemon=True)
    asking.start()
    asking.join(X_TIMEOUT)
    return None if answers == [True] else f"DISPLAY {quoted(display)} does not answer"


def _connect_to_x(answers: list[bool]) -> None:
    """Append whether the X server takes a connection; also True if libxcb is missing, which is reported elsewhere."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        answers.append(True)
        return
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers.append(xcb.xcb_connection_has_error(connection) == 0)
    xcb.xcb_disconnect(connection)


def _wayland_problem(environ: Mapping[str, str]) -> str | None:
    if environ.get("WAYLAND_SOCKET"):
        return None  # a connection that we inherited: it is open, and asking would use it up
    name = environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(environ.get("XDG_RUNTIME_DIR", "")) / name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(X_TIMEOUT)
        try:
            asking.connect(str(path))
        except OSError:
            return f"WAYLAND_DISPLAY {quoted(name)} does not answer"
    return None


def _library_problem(platform: str, environ: Mapping[str, str]) -> str | None:
    """Return the sentence about what Qt and its platform plugin cannot load, or None; leaves them loaded."""
    kind = platform.partition("-")[0]
    packages = BASE_LIBRARIES | PLATFORM_LIBRARIES.get(kind, {})
    try:
        for module in ("PySide6.QtGui", "PySide6.QtWidgets"):
            importlib.import_module(module)
    except ImportError as error:
        return _loading_sentence(str(error), packages)
    folder = _plugin_folder(environ)
    if not folder.is_dir():
        return None  # a system's own Qt keeps its plugins where only Qt knows
    plugins = {path.stem.removeprefix("libq"): path for path in sorted(folder.glob("libq*.so"))}
    # All of Wayland's names (wayland-egl and others) are in one plugin, which older wheels split by name.
    wanted = [
        plugins[name] for name in plugins if name == platform or (name.startswith("wayland") and kind == "wayland")
    ]
    if not wanted:
        return f"QT_QPA_PLATFORM: Qt has no platform {quoted(platform)} here; there are: {', '.join(plugins)}."
    errors = [_loading_error(plugin) for plugin in wanted]
    return None if None in errors else _loading_sentence(str(errors[0]), packages)


def _plugin_folder(environ: Mapping[str, str]) -> Path:
    chosen = environ.get("QT_QPA_PLATFORM_PLUGIN_PATH")
    spec = importlib.util.find_spec("PySide6")
    home = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path()
    return Path(chosen) if chosen else home / "Qt" / "plugins" / "platforms"


def _loading_error(library: str | Path) -> str | None:
    """Return what the system's loader says against a library, or None if it loads."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error)
    return None


def _loading_sentence(error: str, packages: Mapping[str, str]) -> str:
    """Return the sentence for a loader's error; the loader names one missing library, we look for all of them."""
    found = _MISSING.search(error)
    if found is None:
        return f"Qt cannot be loaded: {' '.join(error.split())}."
    if found[1].startswith(_FROM_THE_WHEEL):
        return (
            f"The installation of PySide6 is not whole, {found[1]} is missing; "
            "run 'pip install --force-reinstall PySide6-Essentials'."
        )
    return libraries_sentence(_all_missing(found[1], packages), packages)


def _all_missing(first: str, known: Iterable[str]) -> list[str]:
    return [first, *(name for name in known if name != first and _loading_error(name) is not None)]
