"""What a person agrees to before a file of their own is run, and how it is remembered; no Qt."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput, listed, one_line
from app.core.own_code.description import LARGEST_FILE, OWN_CODE
from app.core.program import Program
from app.core.worker import Worker
from app.documents.toml_files import read_bytes
from app.programs.interpreters import find_interpreter

MOST_REMEMBERED = 1_000  # files; of more, the latest
# What is said of a file's own imports.
NOT_COVERED = "The files that it imports run as well; your consent does not check them."


@dataclass(frozen=True, slots=True)
class CodeUse:
    """A file that is run, by which Python, in which folder: what a person agrees to. It holds whatever the file becomes.

    ``is_program``: it is run as a program is, and observed; else it is imported, and one thing in it is run.

    Without a file it is another Python than ours, which runs what is built in: a worker set may name any program there.
    """

    file: str
    interpreter: str
    folder: str
    is_program: bool = False

    @property
    def title(self) -> str:
        """What the file is called where there is little room."""
        return Path(self.file or self.interpreter).name

    @property
    def sentence(self) -> str:
        """What happens, and what consent does not cover."""
        if not self.file:
            return f"“{one_line(self.interpreter)}” is started as a Python, with all your permissions."
        how = "run as a program, with all its threads observed," if self.is_program else "imported and run"
        where = f"“{one_line(self.file)}” is {how} by “{one_line(self.interpreter)}” in the folder"
        return f"{where} “{one_line(self.folder)}”, with all your permissions. {NOT_COVERED}"

    def digest(self) -> str | None:
        """Return what tells this use from others across sessions: by what is in the file now; None if it cannot be read."""
        import hashlib  # here: the first window has no use for it

        try:
            content = read_bytes(Path(self.file), LARGEST_FILE) if self.file else _state_of(Path(self.interpreter))
        except (BadInput, OSError, ValueError):
            return None
        digest = hashlib.sha256(content)
        for text in (self.file, self.interpreter, self.folder, *(("program",) if self.is_program else ())):
            digest.update(b"\0" + os.fsencode(text))
        return digest.hexdigest()


def _state_of(program: Path) -> bytes:
    """Return what tells a program from another one under its name; it may be too large to be read."""
    status = program.stat()
    return f"{program.resolve()} {status.st_size} {status.st_mtime_ns}".encode()


def code_use(worker: Worker) -> CodeUse | None:
    """Return which file a worker runs, and how; None if nothing but this program's own code and Python is run."""
    code = worker.code
    if code is not None:
        return CodeUse(code.file, interpreter_of(worker), code.working_folder)
    try:
        interpreter = find_interpreter(worker.interpreter)
    except BadInput:
        return None  # the start refuses it
    return None if interpreter == sys.executable else CodeUse("", interpreter, "")


def program_use(program: Program) -> CodeUse:
    """Return which file is run when a program is observed, and how."""
    return CodeUse(program.arguments[0], program.interpreter, program.folder or str(Path.cwd()), is_program=True)


def interpreter_of(worker: Worker) -> str:
    """Return the executable file of the Python that runs a worker's code; what is named, if there is none."""
    if not worker.interpreter:
        return sys.executable
    try:
        return find_interpreter(worker.interpreter)
    except BadInput:
        return worker.interpreter or ""


def code_uses(workers: Iterable[Worker]) -> tuple[CodeUse, ...]:
    """Return which files some workers run, and how, each once."""
    return tuple(dict.fromkeys(use for worker in workers if (use := code_use(worker)) is not None))


class AgreedFiles:
    """The uses of files that a person has agreed to: for as long as this lives, and, unchanged, in later sessions.

    Args:
        remembered: digests of earlier sessions, oldest first.
        on_changed: called with the digests to remember, when there are others.
    """

    def __init__(
        self, remembered: Iterable[str] = (), on_changed: Callable[[tuple[str, ...]], object] = lambda _digests: None
    ) -> None:
        self._remembered = dict.fromkeys(remembered)
        self._on_changed = on_changed
        self._agreed: set[CodeUse] = set()

    def covers(self, use: CodeUse) -> bool:
        """Return whether a use was agreed to; one that was, with what is in the file now, holds from here on."""
        if use not in self._agreed and use.digest() in self._remembered:
            self._agreed.add(use)
        return use in self._agreed

    def add(self, uses: Iterable[CodeUse]) -> None:
        """Take it that a person has agreed to some uses."""
        digests = []
        for use in uses:
            self._agreed.add(use)
            if (digest := use.digest()) is not None:
                digests.append(digest)
        for digest in digests:
            self._remembered.pop(digest, None)  # the latest stands last
            self._remembered[digest] = None
        if digests:
            self._on_changed(tuple(self._remembered)[-MOST_REMEMBERED:])


def require_yes(workers: Iterable[Worker], *, yes: bool, interpreter: str | None = None) -> tuple[str, ...]:
    """Return what is to be said before some workers are started from a command line.

    That is a sentence for each file, and one for each function or thread about how it is asked to stop.

    Args:
        workers: what is to be started.
        yes: whether ``--yes`` was given.
        interpreter: the Python that the command line names: that is consent to it.

    Raises:
        BadInput: they run files of the person's, or another Python, and ``--yes`` was not given.
    """
    workers = list(workers)
    uses = code_uses(w for w in workers if w.code is not None or w.interpreter != interpreter)
    if uses and not yes:
        files = listed([f"“{one_line(use.file or use.interpreter)}”" for use in uses[:3]])
        more = f" and {len(uses) - 3:,} more" if len(uses) > 3 else ""
        what = uses[0].sentence if len(uses) == 1 else f"{files}{more} would be run. {NOT_COVERED}"
        raise BadInput(f"{what} Add --yes to agree.", "yes")
    return (*(use.sentence for use in uses), *_stop_sentences(workers))


def _stop_sentences(workers: Iterable[Worker]) -> Iterable[str]:
    codes = [worker.code for worker in workers if worker.code is not None and worker.strategy == OWN_CODE]
    return dict.fromkeys(f"Stop of {one_line(code.title)}: {code.stop.sentence}" for code in codes)
