"""The frozen description of a program that is observed: what is run, by which Python, and where."""

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
