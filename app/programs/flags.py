"""The flags on which the loops of a function end, and the value that ends them, as far as its code tells."""

import ast
from collections.abc import Iterable, Iterator

from app.core.own_code.description import THREAD, StopKind, StopWay
from app.programs.syntax import Function, Names, local_names, reachable, statements

_THREADS = {"threading.current_thread", "threading.currentThread"}
_MOST_FLAGS = 20  # of one function


def flags_of(functions: list[Function], names: Names, me: str, methods: Iterable[str] = ()) -> Iterator[StopWay]:
    """Yield a way for each flag that a loop reads, with the value that ends the loop.

    Args:
        functions: whose loops; the first is the one that runs.
        names: of the file.
        me: what the object is called in it; empty in a function.
        methods: names of the object that are no flags.
    """
    found: dict[str, StopWay] = {}
    for function in functions:
        reader = _FlagReader(function, names, own_name(function) if me else "")
        for place, value in reader.flags():
            is_method = place.removeprefix(f"{THREAD}.") in methods and place.startswith(f"{THREAD}.")
            if not is_method and len(found) < _MOST_FLAGS:
                found.setdefault(place, StopWay(StopKind.FLAG, place, value))
    yield from found.values()


class _FlagReader:
    """Reads the conditions on which the loops of one function end."""

    def __init__(self, function: Function, names: Names, me: str) -> None:
        self._function = function
        self._names = names
        self._me = me
        self._local = local_names(function)
        # Names for the thread itself: t = threading.current_thread()
        self._threads = {
            target.id
            for node in reachable(function)
            if isinstance(node, ast.Assign) and self._is_current_thread(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def flags(self) -> Iterator[tuple[str, str]]:
        """Yield where each flag is kept, and the literal that ends the loop."""
        for node in reachable(self._function):
            if isinstance(node, ast.While):
                yield from self._ending(node.test, when=False)
            if isinstance(node, ast.While | ast.For | ast.AsyncFor):
                for inner in statements(node.body):
                    if isinstance(inner, ast.If):
                        yield from self._of_branch(inner)

    def _of_branch(self, node: ast.If) -> Iterator[tuple[str, str]]:
        if _leaves(node.body):
            yield from self._ending(node.test, when=True)
        elif _leaves(node.orelse):
            yield from self._ending(node.test, when=False)

    def _ending(self, test: ast.expr, *, when: bool) -> Iterator[tuple[str, str]]:
        """Yield what has to be set so that a condition is ``when``."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield from self._ending(test.operand, when=not when)
        elif isinstance(test, ast.BoolOp):
            # Of "a and b" one that is false is enough for false, of "a or b" one that is true for true.
            if isinstance(test.op, ast.Or) == when:
                for part in test.values:
                    yield from self._ending(part, when=when)
        elif isinstance(test, ast.Compare):
            yield from self._of_comparison(test, when=when)
        elif place := self._flag(test):
            yield place, str(when)

    def _of_comparison(self, test: ast.Compare, *, when: bool) -> Iterator[tuple[str, str]]:
        place, other = self._flag(test.left), test.comparators[0]
        if len(test.ops) != 1 or not place or not isinstance(other, ast.Constant):
            return
        if not isinstance(other.value, bool | int | str | None):
            return
        equal = isinstance(test.ops[0], ast.Eq | ast.Is)
        if not equal and not isinstance(test.ops[0], ast.NotEq | ast.IsNot):
            return
        if equal == when:
            yield place, repr(other.value)
        elif isinstance(other.value, bool):
            yield place, str(not other.value)

    def _flag(self, node: ast.expr) -> str:
        """Return where a flag is kept that an expression reads; empty if it reads none that can be set."""
        if isinstance(node, ast.NamedExpr):
            node = node.value
        if self._is_getattr(node):
            assert isinstance(node, ast.Call)
            name = node.args[1]
            whose = self._owner(node.args[0])
            is_name = isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.isidentifier()
            return f"{whose}.{name.value}" if is_name and whose else ""  # type: ignore[attr-defined]
        if isinstance(node, ast.Name):
            is_flag = node.id in self._names.assigned and node.id not in self._local
            return node.id if is_flag and not self._names.is_imported(node.id) else ""
        if isinstance(node, ast.Attribute):
            whose = self._owner(node.value)
            return f"{whose}.{node.attr}" if whose else ""
        return ""

    def _owner(self, node: ast.expr) -> str:
        """Return how the object is called whose attribute is read; empty if it is not known."""
        if self._is_current_thread(node) or (isinstance(node, ast.Name) and node.id in self._threads):
            return THREAD
        if isinstance(node, ast.Name):
            if self._me and node.id == self._me:
                return THREAD
            known = (self._names.assigned, self._names.functions, self._names.classes)
            is_known = any(node.id in names for names in known) or self._names.is_imported(node.id)
            return node.id if is_known and node.id not in self._local and node.id != THREAD else ""
        if isinstance(node, ast.Attribute):
            whose = self._owner(node.value)
            return f"{whose}.{node.attr}" if whose else ""
        return ""

    def _is_current_thread(self, node: ast.AST | None) -> bool:
        return isinstance(node, ast.Call) and self._names.origin(node.func) in _THREADS

    @staticmethod
    def _is_getattr(node: ast.AST) -> bool:
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr"
        return is_call and len(node.args) in (2, 3)  # type: ignore[attr-defined]


def _leaves(body: list[ast.stmt]) -> bool:
    """Return whether a branch ends the loop that it is in: by ``break``, or by ``return``."""
    return any(isinstance(node, ast.Break | ast.Return) for node in body)


def own_name(function: Function) -> str:
    """Return what a method calls its object; for a function the name of its first parameter, which is no object of ours."""
    first = [*function.args.posonlyargs, *function.args.args][:1]
    return first[0].arg if first else ""


def place_of(node: ast.AST, me: str) -> str:
    """Return a name or an attribute as it is written, with the object's own name as ``thread``; empty for all else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((THREAD if me and node.id == me and parts else node.id, *parts[::-1]))
