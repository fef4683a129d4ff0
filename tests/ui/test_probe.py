"""The probe says in one sentence why no window can be opened, where Qt would abort the process."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo

from app.core.errors import BadInput
from app.ui import probe

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="displays and system libraries are asked for on Linux only"
)

CHECK = """
import sys
from app.core.errors import BadInput
from app.ui.probe import check_display
try:
    check_display()
except BadInput as error:
    sys.exit(str(error))
"""


def probed(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Check the display in a process of its own, which knows no display but what ``environ`` says.

    Args:
        arguments: for Python, in place of the check alone.
    """
    ours = ("DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM")
    inherited = {key: value for key, value in os.environ.items() if key not in ours and "WAYLAND" not in key}
    return subprocess.run(
        [sys.executable, *(arguments or ("-c", CHECK))],
        env=inherited | environ,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_one_sentence(text: str) -> bool:
    return text.strip().endswith(".") and "\n" not in text.strip()


@pytest.fixture
def no_display_needed(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def put_toolkit(folder, monkeypatch):
    package = folder / "PySide6"
    package.mkdir()
    (package / "__init__.py").touch()
    real = importlib.util.find_spec

    def find(name):
        return (
            importlib.util.spec_from_file_location(name, package / "__init__.py") if name == "PySide6" else real(name)
        )

    monkeypatch.setattr(probe.importlib.util, "find_spec", find)


class TestWantedPlatforms:
    """What Qt 6 tries, and in which order: Qt's own answers were asked of it with each of these environments."""

    @pytest.mark.parametrize(
        ("environ", "platforms"),
        [
            ({}, ()),
            ({"DISPLAY": ""}, ()),
            ({"DISPLAY": ":0"}, ("xcb",)),
            ({"WAYLAND_DISPLAY": "wayland-0"}, ("wayland",)),
            ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ("wayland", "xcb")),
            ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, ("wayland", "xcb")),
            ({"XDG_SESSION_TYPE": "x11", "DISPLAY": ":0"}, ("xcb",)),
            ({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}, ("offscreen",)),
            ({"QT_QPA_PLATFORM": "", "DISPLAY": ":0"}, ("xcb",)),
            ({"QT_QPA_PLATFORM": "wayland;xcb"}, ("wayland", "xcb")),
            ({"QT_QPA_PLATFORM": "VNC:size=800x600;wayland-egl"}, ("vnc", "wayland-egl")),
        ],
    )
    def test_as_qt_does(self, environ, platforms):
        assert probe.wanted_platforms(environ) == platforms


@on_linux
class TestDisplays:
    @pytest.mark.parametrize(
        ("environ", "reason"),
        [
            ({}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
            ({"DISPLAY": ":97"}, "DISPLAY ':97' does not answer"),
            ({"WAYLAND_DISPLAY": "dead"}, "WAYLAND_DISPLAY 'dead' does not answer"),
            (
                {"WAYLAND_DISPLAY": "dead", "DISPLAY": ":97"},
                "WAYLAND_DISPLAY 'dead' does not answer, DISPLAY ':97' does not answer",
            ),
            ({"QT_QPA_PLATFORM": "xcb"}, "DISPLAY is not set"),
            ({"QT_QPA_PLATFORM": "wayland"}, "WAYLAND_DISPLAY 'wayland-0' does not answer"),
            ({"WAYLAND_DISPLAY": "x" * 5000}, "WAYLAND_DISPLAY 'xxx"),
        ],
    )
    def test_a_missing_one_is_named(self, environ, reason, tmp_path):
        result = probed(XDG_RUNTIME_DIR=str(tmp_path), **environ)
        assert result.returncode == 1
        assert f"There is no display: {reason}" in result.stderr
        assert "thread-controller run" in result.stderr
        assert is_one_sentence(result.stderr)

    @pytest.mark.parametrize("platform", ["offscreen", "minimal", "xcb;offscreen", "vnc:size=800x600", "OffScreen"])
    def test_none_is_needed(self, platform):
        assert probed(QT_QPA_PLATFORM=platform, DISPLAY=":97").returncode == 0

    def test_wayland_answers(self, tmp_path, monkeypatch):
        with socket.socket(socket.AF_UNIX) as compositor:
            compositor.bind(str(tmp_path / "wayland-7"))
            compositor.listen()
            environ = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
            assert probe.display_problem("wayland", environ) is None
            absolute = {"WAYLAND_DISPLAY": str(tmp_path / "wayland-7")}
            assert probe.display_problem("wayland-egl", absolute) is None
        assert probe.display_problem("wayland", environ) == "WAYLAND_DISPLAY 'wayland-7' does not answer"

    def test_an_inherited_wayland_connection_is_not_used_up(self):
        assert probe.display_problem("wayland", {"WAYLAND_SOCKET": "7"}) is None

    def test_a_mute_x_server_does_not_hold_us_up(self, monkeypatch):
        with socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            mute.listen()
            display = f"127.0.0.1:{mute.getsockname()[1] - 6000}"
            monkeypatch.setenv("DISPLAY", display)
            monkeypatch.setattr(probe, "X_TIMEOUT", 0.2)
            assert probe.display_problem("xcb", os.environ) == f"DISPLAY '{display}' does not answer"

    @pytest.mark.parametrize("environ", [{}, {"DISPLAY": ":97"}, {"WAYLAND_DISPLAY": "dead"}])
    def test_the_program_says_so_and_does_not_abort(self, environ, tmp_path):
        folders = {"XDG_RUNTIME_DIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        result = probed("-m", "app", **folders, **environ)
        assert result.returncode == 2
        assert result.stderr.startswith("thread-controller: There is no display: ")
        assert is_one_sentence(result.stderr)
        assert result.stdout == ""

    def test_a_platform_that_qt_does_not_have(self):
        result = probed(QT_QPA_PLATFORM="*/../nonsense")
        assert "no platform '*/../nonsense' here; there are: " in result.stderr
        assert "offscreen" in result.stderr
        assert is_one_sentence(result.stderr)


@on_linux
@pytest.mark.usefixtures("no_display_needed")
class TestLibraries:
    @staticmethod
    def _hide(monkeypatch, *hidden: str) -> None:
        """Make the loader say of these libraries what the system's says of missing ones, and of what needs them."""

        def load(name: str) -> object:
            if name in hidden or name.endswith(("libqoffscreen.so", "libqxcb.so")):
                raise OSError(f"{hidden[0]}: cannot open shared object file: No such file or directory")
            return object()

        monkeypatch.setattr(probe.ctypes, "CDLL", load)

    def _sentence(self) -> str:
        with pytest.raises(BadInput) as caught:
            probe.check_display()
        assert is_one_sentence(str(caught.value))
        return str(caught.value)

    def test_one_that_the_plugin_needs(self, monkeypatch):
        self._hide(monkeypatch, "libX11.so.6")
        assert self._sentence() == (
            "Qt misses the system library libX11.so.6; on Debian or Ubuntu run 'apt-get install libx11-6'."
        )

    def test_all_that_are_missing_are_named_at_once(self, monkeypatch):
        self._hide(monkeypatch, "libxcb-cursor.so.0", "libEGL.so.1", "libstrange.so.3")
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
        monkeypatch.setattr(probe, "display_problem", lambda platform, environ: None)
        sentence = self._sentence()
        assert "libraries libxcb-cursor.so.0, libEGL.so.1;" in sentence
        assert "'apt-get install libegl1 libxcb-cursor0'" in sentence

    def test_one_that_the_modules_need(self, monkeypatch):
        def importing(name: str) -> object:
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

        with monkeypatch.context() as patched:
            patched.setattr(probe.importlib, "import_module", importing)
            assert "libEGL.so.1; on Debian or Ubuntu run 'apt-get install libegl1'" in self._sentence()

    def test_one_of_the_wheel_itself(self, monkeypatch):
        self._hide(monkeypatch, "libQt6DBus.so.6")
        assert "libQt6DBus.so.6 is missing; run 'pip install --force-reinstall PySide6-Essentials'" in self._sentence()

    def test_an_unknown_one_by_the_real_loader(self, tmp_path, monkeypatch):
        plugin = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms" / "libqoffscreen.so"
        (tmp_path / plugin.name).write_bytes(plugin.read_bytes().replace(b"libX11.so.6", b"libXzz.so.6"))
        monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(tmp_path))
        assert self._sentence() == (
            "Qt misses the system library libXzz.so.6; install the package of your system that has libXzz.so.6."
        )

    def test_a_file_that_is_no_library(self, tmp_path, monkeypatch):
        (tmp_path / "libqoffscreen.so").write_bytes(b"no library")
        monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(tmp_path))
        assert self._sentence().startswith("Qt cannot be loaded: ")

    def test_of_several_platforms_one_is_enough(self, monkeypatch):
        monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense;offscreen")
        probe.check_display()

    @pytest.mark.parametrize(
        ("platform", "files"),
        [
            ("", ["libQt6Core", "libQt6Gui", "libQt6Widgets", "libQt6DBus", "libQt6Svg"]),
            ("xcb", ["libQt6XcbQpa", "platforms/libqxcb"]),
            ("wayland", ["libQt6WaylandClient", "libQt6WlShellIntegration", "platforms/libqwayland"]),
        ],
    )
    def test_the_tables_know_all_that_the_wheel_needs(self, platform, files):
        libraries = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.LibrariesPath))
        plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
        paths = [plugins / f"{name}.so" if "/" in name else libraries / f"{name}.so.6" for name in files]
        # A shared library keeps the names of those that it needs as plain texts.
        needed = {
            name.decode()
            for path in paths
            for name in re.findall(rb"\0(lib[\w+.-]+\.so\.\d+)(?=\0)", path.read_bytes())
            if not name.startswith((b"libQt6", b"libicu", b"libc.so", b"libm.so"))
        }
        assert len(needed) > 4
        assert needed - set(probe.BASE_LIBRARIES | probe.PLATFORM_LIBRARIES.get(platform, {})) == set()


class TestToolkit:
    @pytest.mark.parametrize("version", ["6.11.3", "6.10.0", "6.8.3", "6.12.1", "6.13.0", ""])
    def test_sound_versions(self, version):
        assert probe.toolkit_problem(version, (3, 11)) is None

    def test_the_broken_pair(self):
        sentence = probe.toolkit_problem("6.12.0", (3, 11))
        assert sentence is not None
        assert "PySide6 6.12.0" in sentence
        assert "Python 3.11" in sentence
        assert "PySide6-Essentials>=6.10,<6.12" in sentence
        assert is_one_sentence(sentence)
        assert probe.toolkit_problem("6.12.0", (3, 12)) is None

    @pytest.mark.usefixtures("no_display_needed")
    @pytest.mark.parametrize("folder", ["pyside6_essentials-6.12.0", "PySide6_Essentials-6.12.0", "PySide6-6.12.0"])
    def test_the_broken_pair_is_refused_at_the_start(self, folder, monkeypatch, tmp_path):
        (tmp_path / "PySide6_Addons-6.11.0.dist-info").mkdir()
        (tmp_path / f"{folder}.dist-info").mkdir()
        put_toolkit(tmp_path, monkeypatch)
        monkeypatch.setattr(probe.sys, "version_info", (3, 11, 7, "final", 0))
        with pytest.raises(BadInput, match=r"PySide6 6\.12\.0 aborts"):
            probe.check_display()

    @pytest.mark.usefixtures("no_display_needed")
    def test_a_missing_toolkit(self, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(probe.importlib.util, "find_spec", lambda name: None)
            with pytest.raises(BadInput, match="is not installed; run 'pip install PySide6-Essentials'"):
                probe.check_display()

    @pytest.mark.usefixtures("no_display_needed")
    def test_a_system_package_that_does_not_tell_its_version(self, monkeypatch, tmp_path):
        put_toolkit(tmp_path, monkeypatch)
        probe.check_display()


def test_the_module_loads_no_qt():
    code = "import sys, app.ui.probe; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], timeout=60, check=True)
