"""The program as a person has it: a process on a desktop, seen and used through its accessible names."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.real_window.desktop import Desktop, screen_reader_python
from tests.real_window.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "app")

Row = dict[str, str]


class NotSeenError(LookupError):
    """What a screen reader was asked for is not there (yet)."""


class ScreenReader:
    """A screen reader on a desktop; a context manager."""

    def __init__(self, desktop: Desktop) -> None:
        self._process = subprocess.Popen(
            [str(screen_reader_python()), str(Path(__file__).with_name("screen_reader.py"))],
            env=desktop.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def __enter__(self) -> "ScreenReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def ask(self, request: str, *arguments: object) -> Any:
        """Return the answer to a request (see ``screen_reader.py``); NotSeenError if what it means is not there."""
        self._process.stdin.write(json.dumps([request, *arguments]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the screen reader ended with status {self._process.wait(PATIENCE)}")
        said = json.loads(line)
        if "error" in said:
            raise NotSeenError(said["error"])
        return said["answer"]


class Program:
    """The program in a process of its own; a context manager, which ends it if it still runs.

    Args:
        desktop, reader: where it is shown, and who looks at it.
        home: a folder for its settings and data.
        arguments: for its command line.
    """

    def __init__(self, desktop: Desktop, reader: ScreenReader, home: Path, *arguments: str) -> None:
        self.desktop = desktop
        self._reader = reader
        self._is_filled = False  # it shows an empty window first
        kept = ("CONFIG", "DATA", "STATE", "CACHE")
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=desktop.environ | {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in kept},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    # -- what a person sees --------------------------------------------------------------------------------------

    def windows(self) -> list[str]:
        """Return the titles of its windows; waits until there is one."""
        return until(lambda: self._ask("windows"), "a window")

    def controls(self) -> list[dict[str, Any]]:
        """Return the controls that are to be seen, each with role, name and path; waits until there are some."""
        return until(lambda: self._ask("controls"), "controls")

    def wait_for_label(self, pattern: str) -> str:
        """Return the text of the label that a regular expression fits as a whole, once there is one."""

        def look() -> str:
            texts = self._ask("labels")
            return next((text for text in texts if re.fullmatch(pattern, text)), "")

        return until(look, f"a label like {pattern!r}")

    def labels(self) -> list[str]:
        """Return the texts of the labels that are to be seen; waits until there are some."""
        return until(lambda: self._ask("labels"), "labels")

    def is_enabled(self, button: str) -> bool:
        """Return whether a button can be pressed; waits until it is to be seen."""
        return until(lambda: [self._ask("is_enabled", button)], f"a button {button!r}")[0]

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table, each from a column's header to its cell's text; waits until it is to be seen."""
        return until(lambda: [self._ask("table", name)], f"a table {name!r}")[0]

    def wait_for_rows(self, table: str, *wanted: Row, patience: float = PATIENCE) -> list[Row]:
        """Return the table's rows once it has, for each of ``wanted``, one with these cells among its own."""

        def look() -> list[Row]:
            rows = self.table(table)
            for want in wanted:
                if not any(want.items() <= row.items() for row in rows):
                    raise NotSeenError(f"no row {want} among {rows}")
            return rows

        return until(look, f"the rows {wanted} in {table}", patience)

    def wait_for_lines(self, number: int, *workers: str) -> None:
        """Wait until the log shows a line of each worker with this number or a later one: it may have scrolled by."""

        def look() -> bool:
            rows = self.table("Log")
            return all(any(row["Worker"] == one and _number(row["Text"]) >= number for row in rows) for one in workers)

        until(look, f"line {number} of {workers} in the log")

    def wait_for_entry(self, name: str) -> None:
        """Wait until a menu is open in which there is an entry with this name."""
        until(lambda: [one for one in self.controls() if one["name"] == name], f"the entry {name!r}")

    def text(self, field: str) -> str:
        """Return what is written in a text field; waits until it is to be seen."""
        return until(lambda: [self._ask("text", field)], f"a field {field!r}")[0]

    def description(self, picture: str) -> str:
        """Return what is said of a picture; waits until it is to be seen."""
        return until(lambda: [self._ask("description", picture)], f"a picture {picture!r}")[0]

    def ticks(self, entries: str) -> dict[str, bool]:
        """Return the entries of a list, and whether each is ticked; waits until it is to be seen."""
        return dict(until(lambda: [self._ask("items", entries)], f"a list {entries!r}")[0])

    def nameless(self, part: str) -> list[dict[str, Any]]:
        """Return the controls in the part of the window with this name that are seen and have none themselves."""
        there = [control for control in self.controls() if any(f" '{part}" in step for step in control["path"])]
        assert there, f"nothing is to be seen in {part!r}"
        return [control for control in there if not control["name"].strip()]

    def focused(self) -> str:
        """Return the name of the control that has the keyboard; waits until one has."""
        return until(lambda: [self._ask("focused")], "the keyboard")[0]

    def listen(self) -> None:
        """Hear from now on what says that it has the keyboard."""
        self._ask("listen")

    def wait_to_hear(self, name: str, within: str) -> None:
        """Wait until a control within something says that it has the keyboard, such as the editor of a table's cell."""

        def look() -> bool:
            if (heard := self._ask("heard")) != [name, within]:
                raise NotSeenError(f"{heard} was heard last")
            return True

        until(look, f"{name!r} in {within!r} to be heard")

    # -- what a person does --------------------------------------------------------------------------------------

    def press(self, button: str) -> None:
        """Press a button; waits until it can be pressed."""
        until(lambda: self._ask("press", button) or True, f"pressing {button!r}")

    def choose(self, *names: str) -> None:
        """Choose a menu item, the last of the names, in the menus before it; waits until it can be chosen."""
        until(lambda: self._ask("choose", *names) or True, f"choosing {' ▸ '.join(names)}")

    def open_tab(self, page: str) -> None:
        """Bring a page to the front by its tab; waits until there is one."""
        until(lambda: self._ask("open_tab", page) or True, f"the page {page!r}")

    def key(self, *keys: str, window: str = "") -> None:
        """Press keys, by xdotool's names, in the program's window, or in the one whose title a pattern fits."""
        self.windows()
        if not self._is_filled:
            self.table("Workers")  # a key pressed into the empty window would be lost
            self._is_filled = True
        self.desktop.focus(self.process.pid, window)
        self.desktop.key(*keys)

    def menu_key(self, *keys: str) -> None:
        """Press keys in the menu that is open: it has the keyboard, and no window is given it before the menu closes."""
        self.desktop.key(*keys)

    def key_for_row(self, keys: str, table: str, row: Row) -> None:
        """Press keys that make a row of a table what it is to be; again where they were lost."""
        for _ in range(2):
            self.key(keys)
            try:
                self.wait_for_rows(table, row, patience=PATIENCE / 4)
            except AssertionError:
                self.desktop.key("Escape")  # Alt alone gives it to the menu bar
            else:
                return
        self.key(keys)
        self.wait_for_rows(table, row)

    def go_to(self, field: str, keys: str) -> None:
        """Press keys that give a field the keyboard; again where one was lost, and Alt alone gave it to the menu bar."""
        for _ in range(2):
            self.key(keys)
            try:
                self.wait_for_focus(field, PATIENCE / 4)
            except AssertionError:
                self.desktop.key("Escape")
            else:
                return
        self.key(keys)
        self.wait_for_focus(field)

    def type(self, field: str, text: str) -> None:
        """Type a text into the field that has, or is about to have, the keyboard."""
        self.wait_for_focus(field)
        self.desktop.type(text)

    def wait_for_focus(self, control: str, patience: float = PATIENCE) -> None:
        """Wait until a control has the keyboard."""

        def look() -> bool:
            seen = self._ask("focused")
            if seen != control:
                raise NotSeenError(f"{seen!r} has it")
            return True

        until(look, f"the keyboard in {control!r}", patience)

    def end(self) -> tuple[int, str, str]:
        """Return the exit status and all that it wrote (standard output, standard error); waits until it has ended."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors

    def _ask(self, request: str, *arguments: object) -> Any:
        if self.process.poll() is not None:
            raise AssertionError(f"the program has ended: {self.end()}")
        return self._reader.ask(request, self.process.pid, *arguments)


def _number(text: str) -> int:
    """Return the number of a worker's line, 0 if a row of the log is none."""
    words, _, number = text.rpartition(" ")
    return int(number) if words == "running…" else 0
