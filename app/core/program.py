"""The frozen description of a program that is observed: what is run, by which Python, and where."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A Python program as it is.

    Attributes:
        interpreter: an executable file.
        arguments: what follows it: a script, or ``-m`` and a module, and then the program's own arguments.
        folder: where it runs; None for the folder of this process.
    """

    interpreter: str
    arguments: tuple[str, ...]
    folder: str | None = None

    @property
    def title(self) -> str:
        """What the program is called where there is little room: its file's name, or that of its module."""
        if not self.arguments:
            return ""
        if self.arguments[0] == "-m":
            return " ".join(self.arguments[:2])
        return os.path.basename(self.arguments[0])  # noqa: PTH119 - as it was named
