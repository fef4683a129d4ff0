"""A desktop of our own for a test: an X server, a window manager, a session bus and the accessibility bus."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.real_window.waiting import until

# Seconds within which each part of the desktop must be there.
PATIENCE = 30.0

NEEDED = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "dbus-daemon": "dbus-daemon",
    "dbus-send": "dbus-bin",
}


@cache
def screen_reader_python() -> str | None:
    """Return a Python that has pyatspi: it belongs to the system's own, never to a virtual environment's."""
    for folder in ("/usr/bin", "/usr/local/bin", "/bin"):
        python = shutil.which("python3", path=folder)
        if python is None:
            continue
        if subprocess.run([python, "-c", "import pyatspi"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def what_is_missing() -> str | None:
    """Return why no such desktop can be made here, or None if one can."""
    if sys.platform != "linux":
        return "a desktop of our own can be made on Linux only"
    missing = [f"{name} ({package})" for name, package in NEEDED.items() if shutil.which(name) is None]
    if screen_reader_python() is None:
        missing.append("a system Python with pyatspi (python3-pyatspi, at-spi2-core)")
    return f"not installed: {', '.join(missing)}" if missing else None


class Desktop:
    """A desktop of its own; a context manager, which takes everything down again.

    Args:
        home: a folder for whatever a program of a person keeps: settings, data, caches, sockets.

    Attributes:
        environ: the environment of a program on this desktop.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._parts: list[subprocess.Popen[bytes]] = []
        self.environ: dict[str, str] = {}

    def __enter__(self) -> "Desktop":
        self.environ = _environment_of_a_person(self._home)
        try:
            # Each says by its own line that it is ready: Xvfb which display it took, the bus its address.
            self.environ["DISPLAY"] = ":" + self._start(
                "Xvfb", "-displayfd", "{fd}", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"
            )
            self.environ["DBUS_SESSION_BUS_ADDRESS"] = self._start(
                "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address={fd}"
            )
            # Asked for, the accessibility bus starts by itself; a Qt program looks at these two as it starts.
            for switch in ("IsEnabled", "ScreenReaderEnabled"):
                self._set_accessible(switch)
            self._parts.append(self._popen(["openbox", "--sm-disable"]))
            until(self._has_window_manager, "the window manager")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for part in reversed(self._parts):
            part.terminate()
        for part in reversed(self._parts):
            part.wait(PATIENCE)

    def key(self, *keys: str) -> None:
        """Press keys, by xdotool's names, in whatever window has the focus."""
        self._run("xdotool", "key", *keys)

    def type(self, text: str) -> None:
        """Type a text, of letters that every keyboard has, in whatever window has the focus."""
        self._run("xdotool", "type", "--delay", "1", text)

    def focus(self, pid: int, title: str = "") -> None:
        """Give the keyboard to the visible window of a process whose title a pattern fits, waiting until it has it."""
        search = ("search", "--sync", "--onlyvisible", "--all", "--pid", str(pid), "--name", title)

        def activate() -> bool:
            try:
                self._run("xdotool", *search, "windowactivate", "--sync")
            except RuntimeError as error:
                if "BadWindow" not in str(error):
                    raise
                raise LookupError("a window, a dialog for example, went while windows were looked for") from None
            return True

        until(activate, "the window")

    def end_server(self, number: int) -> None:
        """Send the X server a signal that ends it, and wait until it has ended."""
        self._parts[0].send_signal(number)
        self._parts[0].wait(PATIENCE)

    def _has_window_manager(self) -> bool:
        """Return whether windows can be activated; openbox says so by a property of the root window."""
        done = subprocess.run(["xdotool", "get_desktop"], env=self.environ, capture_output=True, check=False)
        return done.returncode == 0

    def _set_accessible(self, switch: str) -> None:
        target = ("--session", "--print-reply", "--dest=org.a11y.Bus", "/org/a11y/bus")
        call = ("org.freedesktop.DBus.Properties.Set", "string:org.a11y.Status", f"string:{switch}")
        self._run("dbus-send", *target, *call, "variant:boolean:true")

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def _popen(self, command: list[str], fd: int | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=() if fd is None else (fd,),
        )

    def _start(self, *command: str) -> str:
        """Start a part that writes one line to the descriptor ``{fd}`` when it is ready; return that line."""
        reading, writing = os.pipe()
        try:
            part = self._popen([word.format(fd=writing) for word in command], writing)
        finally:
            os.close(writing)
        self._parts.append(part)
        with os.fdopen(reading, encoding="ascii") as said:
            line = said.readline().strip()
        if not line:
            raise RuntimeError(f"{command[0]} did not start: status {part.poll()}")
        return line


def _environment_of_a_person(home: Path) -> dict[str, str]:
    """Return this process's environment without its desktop and Qt settings, and with all folders in ``home``."""
    environ = {key: value for key, value in os.environ.items() if not _is_of_a_desktop(key)}
    folders: Mapping[str, Path] = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_RUNTIME_DIR": home / "runtime",
    }
    for name, folder in folders.items():
        folder.mkdir(mode=0o700, exist_ok=True)
        environ[name] = str(folder)
    return environ | {
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        # Qt complains on standard error about requests of the accessibility library that it does not know.
        "QT_LOGGING_RULES": "qt.accessibility.atspi=false",
        "LC_ALL": "C.UTF-8",
    }


def _is_of_a_desktop(key: str) -> bool:
    return key.startswith(("QT_", "XDG_", "WAYLAND", "AT_SPI", "LC_", "DBUS_", "COV_")) or key in {
        "DISPLAY",
        "NO_AT_BRIDGE",
        "LANG",
    }
