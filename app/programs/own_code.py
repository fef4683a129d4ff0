"""What is in a Python file of the person's: functions and threads, and how each can be stopped. The file is never run."""

import ast
import codecs
import hashlib
import io
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core.errors import BadInput, quoted, unknown_name
from app.core.own_code.description import LARGEST_FILE, StopKind, StopWay
from app.documents.toml_files import read_bytes
from app.programs.stop_ways import Scope, ways_of_coroutine, ways_of_function, ways_of_thread
from app.programs.syntax import Function, Names, has_yield, reachable

_MOST_LISTED = 1_000  # functions and classes of one file
_LONGEST_TEXT = 200  # characters of an annotation, a default or a sentence of a docstring
# Text encodings that take quadratic time, or that decode nothing.
_REFUSED_ENCODINGS = {"idna", "punycode", "undefined"}
_DUNDER = re.compile(r"__\w+__")


class FoundKind(StrEnum):
    """What was found: the words are those of a list."""

    FUNCTION = "function"
    COROUTINE = "coroutine"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class FoundParameter:
    """A parameter of a function, or of a thread's ``__init__``.

    Attributes:
        name: its name.
        annotation: as it stands in the file; empty without one.
        default: as it stands in the file; None if an argument must be given.
    """

    name: str
    annotation: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A function or a thread that can be run.

    Attributes:
        name: its name in the file.
        kind: what it is.
        line: where it begins, from 1.
        parameters: what it takes.
        ways: how it can be asked to stop, the best first; the last one is always that it is not asked.
        sentence: the first line of its docstring.
        remarks: what else is to be known, in sentences.
        takes_any: whether it takes arguments of any name: by ``**``, or because a decorator may have changed it.
    """

    name: str
    kind: FoundKind
    line: int
    parameters: tuple[FoundParameter, ...]
    ways: tuple[StopWay, ...]
    sentence: str = ""
    remarks: tuple[str, ...] = ()
    takes_any: bool = False

    def needed(self, way: StopWay) -> tuple[str, ...]:
        """Return the parameters for which an argument must be given, if it is asked to stop in this way."""
        handed_in = way.name if way.kind in (StopKind.ARGUMENT, StopKind.ASYNCIO_ARGUMENT) else ""
        return tuple(each.name for each in self.parameters if each.default is None and each.name != handed_in)

    @property
    def can_be_asked(self) -> bool:
        """Whether a way of asking was found; a run of one without can only be killed."""
        return self.ways[0].kind is not StopKind.NONE


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A function or class that cannot be run, where it is, and a clause that says why."""

    name: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class PythonFile:
    """What is in a file.

    Attributes:
        path: its absolute path.
        digest: SHA-256 of its bytes, as hexadecimal digits.
        found: what can be run, in the order of the file.
        not_offered: what cannot, in the order of the file.
    """

    path: Path
    digest: str
    found: tuple[Found, ...]
    not_offered: tuple[NotOffered, ...]

    def find(self, name: str) -> Found:
        """Return what has this name; BadInput, saying what there is or why it cannot be run, if nothing has."""
        for found in self.found:
            if found.name == name:
                return found
        for other in self.not_offered:
            if other.name.rpartition(".")[2] == name or other.name == name:
                raise BadInput(f"{self.path}, line {other.line}: {other.name} cannot be run: {other.why}.")
        if not self.found:
            raise BadInput(f"{self.path}: there is no function and no thread in it that can be run.")
        raise BadInput(f"{self.path}: {unknown_name('function or thread', name, [each.name for each in self.found])}")


def read_python_file(path: Path) -> PythonFile:
    """Return what is in a file, which is read and parsed, and never imported; any thread.

    Raises:
        BadInput: it cannot be read, is too large, or is not Python; the sentence has the line where that is known.
    """
    try:
        content = read_bytes(path, LARGEST_FILE, "file of functions and threads")
        where = path.resolve()
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput(f"{path}: it cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    try:
        found, not_offered = read_source(content)
    except BadInput as error:
        raise BadInput(f"{path}{error}") from None
    return PythonFile(where, hashlib.sha256(content).hexdigest(), found, not_offered)


def read_text(path: Path) -> str:
    """Return the text of a file, decoded as Python does; any thread; BadInput if that cannot be done."""
    try:
        return _decoded(read_bytes(path, LARGEST_FILE, "file of functions and threads"))
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: it cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    except BadInput as error:
        sentence = str(error)
        raise BadInput(f"{path}{sentence}" if sentence.startswith((":", ",")) else sentence) from None


def read_source(content: bytes) -> tuple[tuple[Found, ...], tuple[NotOffered, ...]]:
    """Return what can be run in a file of these bytes, and what cannot; any thread.

    Raises:
        BadInput: it is not Python; the sentence begins with ``", line 5:"``, or with ``":"`` where no line is known.
    """
    tree = parse(content)
    try:
        return _Reading(tree).listed()
    except RecursionError:
        raise BadInput(": it is nested too deeply to be read.") from None


def parse(content: bytes) -> ast.Module:
    """Return the syntax tree of a file of these bytes; BadInput as of ``read_source``."""
    text = _decoded(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those that Python has about backslashes belong to the file's own run
            return ast.parse(text)
    except SyntaxError as error:
        place = f", line {error.lineno}" if error.lineno else ""
        reason = (error.msg or "invalid syntax").rstrip(".")
        raise BadInput(f"{place}: it is not Python: {reason}.") from None
    except (ValueError, OverflowError) as error:
        raise BadInput(f": it is not Python: {str(error).rstrip('.')}.") from None
    except (RecursionError, MemoryError):
        raise BadInput(": it is nested too deeply to be read.") from None


def _decoded(content: bytes) -> str:
    """Return the text of a file, by its byte order mark, its coding line, or else as UTF-8."""
    if (place := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, place) + 1
        raise BadInput(f", line {line}: it is not Python: it has a NUL in it.")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if codecs.lookup(encoding).name in _REFUSED_ENCODINGS:
            raise SyntaxError(f"unknown encoding: {encoding}")
    except (SyntaxError, LookupError, ValueError) as error:
        raise BadInput(f": its encoding is not known: {str(error).rstrip('.')}.") from None
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f", line {line}: byte {error.start + 1:,} of the file is not {encoding.upper()}; save it as UTF-8, or name its "
            "encoding in its first line."
        ) from None
    except (LookupError, ValueError, AssertionError) as error:
        raise BadInput(f": it cannot be decoded as {quoted(encoding)} ({str(error).rstrip('.')}).") from None


class _Reading:
    """Goes through one file once."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = Names(tree)
        self._scope = Scope(self._names)

    def listed(self) -> tuple[tuple[Found, ...], tuple[NotOffered, ...]]:
        """Return what can be run, and what cannot."""
        found: list[Found] = []
        not_offered: list[NotOffered] = []
        definitions = [*self._names.functions.values(), *self._names.classes.values()]
        for definition in sorted(definitions, key=lambda node: node.lineno)[:_MOST_LISTED]:
            if isinstance(definition, ast.ClassDef):
                self._add_class(definition, found, not_offered)
            elif not _DUNDER.fullmatch(definition.name):
                self._add_function(definition, found, not_offered)
            if isinstance(definition, Function):
                not_offered += _nested(definition)
        return tuple(found), tuple(not_offered[:_MOST_LISTED])

    def _add_function(self, node: Function, found: list[Found], not_offered: list[NotOffered]) -> None:
        if has_yield(node):
            why = "it is a generator, and calling it runs nothing"
            not_offered.append(NotOffered(node.name, node.lineno, why))
            return
        is_coroutine = isinstance(node, ast.AsyncFunctionDef)
        ways = ways_of_coroutine(node, self._scope) if is_coroutine else ways_of_function(node, self._scope)
        found.append(
            Found(
                name=node.name,
                kind=FoundKind.COROUTINE if is_coroutine else FoundKind.FUNCTION,
                line=node.lineno,
                parameters=_parameters(node.args, skip_first=False),
                ways=_with_none(ways),
                sentence=_sentence(node),
                remarks=tuple(_remarks(node)),
                takes_any=_takes_any(node, node.args),
            )
        )

    def _add_class(self, node: ast.ClassDef, found: list[Found], not_offered: list[NotOffered]) -> None:
        family = self._names.family(node)
        if not family.is_thread:
            if "run" in family.methods and family.unknown:
                bases = quoted(family.unknown)
                why = f"whether its base class {bases} is a Thread cannot be told without running the file"
                not_offered.append(NotOffered(node.name, node.lineno, why))
            return
        if "run" not in family.methods and not family.is_timer:
            not_offered.append(NotOffered(node.name, node.lineno, "it has no method run()"))
            return
        if family.is_timer and "__init__" not in family.methods:
            not_offered.append(NotOffered(node.name, node.lineno, "a Timer takes a function, which is no literal"))
            return
        run = family.methods.get("run")
        if isinstance(run, ast.AsyncFunctionDef):
            not_offered.append(
                NotOffered(node.name, node.lineno, "its run() is a coroutine, which Thread does not await")
            )
            return
        init = family.methods.get("__init__")
        found.append(
            Found(
                name=node.name,
                kind=FoundKind.THREAD,
                line=node.lineno,
                parameters=_parameters(init.args, skip_first=True) if init is not None else (),
                ways=_with_none(ways_of_thread(family, self._scope)),
                sentence=_sentence(node),
                remarks=tuple(_remarks(node)),
                takes_any=_takes_any(node, None if init is None else init.args),
            )
        )


def _takes_any(node: Function | ast.ClassDef, arguments: ast.arguments | None) -> bool:
    return bool(node.decorator_list) or (arguments is not None and arguments.kwarg is not None)


def _with_none(ways: Iterable[StopWay]) -> tuple[StopWay, ...]:
    return (*dict.fromkeys(ways), StopWay())


def _parameters(arguments: ast.arguments, *, skip_first: bool) -> tuple[FoundParameter, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = list(zip(positional, [*defaults, *arguments.defaults], strict=True))[1 if skip_first else 0 :]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return tuple(
        FoundParameter(each.arg, _text(each.annotation), None if default is None else _text(default))
        for each, default in pairs
    )


def _text(node: ast.expr | None) -> str:
    text = "" if node is None else ast.unparse(node)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _sentence(node: Function | ast.ClassDef) -> str:
    lines = (ast.get_docstring(node) or "").strip().splitlines()
    return lines[0][:_LONGEST_TEXT] if lines else ""


def _remarks(node: Function | ast.ClassDef) -> Iterator[str]:
    if node.decorator_list:
        names = ", ".join(f"@{_text(each)}" for each in node.decorator_list)
        yield f"What {names} makes of it is not known until it runs."


def _nested(function: Function) -> Iterator[NotOffered]:
    """Yield the functions and classes inside a function."""
    for node in reachable(function, into_nested=True):
        if node is not function and isinstance(node, Function | ast.ClassDef):
            why = f"it is defined inside {function.name}, and exists only while that runs"
            yield NotOffered(f"{function.name}.{node.name}", node.lineno, why)
