"""The names of a Python file and what they stand for, as far as its syntax tree tells: imports, functions, classes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef

_THREAD, _TIMER = "threading.Thread", "threading.Timer"
# What ``from threading import *`` brings.
_STARRED = {"threading": ("Thread", "Timer", "Event", "current_thread", "currentThread")}
_MOST_BASES = 100  # of a class, its bases' bases included


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body in their order, those inside of ``if``, ``try``, loops and ``with`` too."""
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Function | ast.ClassDef):
            continue
        inner: list[ast.stmt] = []
        for part in ("body", "orelse", "finalbody"):
            inner += getattr(node, part, [])
        for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            inner += handler.body
        waiting += inner[::-1]


def reachable(node: ast.AST, *, into_nested: bool = False) -> Iterator[ast.AST]:
    """Yield a node and all inside it, but not what is inside of functions, lambdas and classes that are inside it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        is_nested = each is not node and isinstance(each, Function | ast.ClassDef | ast.Lambda)
        if into_nested or not is_nested:
            waiting += list(ast.iter_child_nodes(each))[::-1]


def has_yield(function: Function) -> bool:
    """Return whether a function is a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in reachable(function))


def required(arguments: ast.arguments) -> list[str]:
    """Return the names of the positional parameters without a default."""
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return positional[: len(positional) - len(arguments.defaults)]


def local_names(function: Function) -> frozenset[str]:
    """Return the names of a function's own variables."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = {each.arg for each in every if each is not None}
    elsewhere: set[str] = set()
    for node in reachable(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere.update(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, Function | ast.ClassDef) and node is not function:
            names.add(node.name)
    return frozenset(names - elsewhere)


@dataclass(slots=True)
class Family:
    """A class with those of its base classes that are in the same file.

    Attributes:
        is_thread: whether it is derived from ``threading.Thread``.
        is_timer: whether it is derived from ``threading.Timer``.
        methods: by name, each the one that counts.
        classes: the class and its bases, nearest first.
        unknown: a base class that comes from elsewhere, as it is written; empty if there is none.
    """

    is_thread: bool = False
    is_timer: bool = False
    methods: dict[str, Function] = field(default_factory=dict)
    classes: list[ast.ClassDef] = field(default_factory=list)
    unknown: str = ""


class Names:
    """What the names at the top of a file stand for.

    Attributes:
        functions, classes: by name; of several with one name the last.
        assigned: the names that are given a value at the top, or by a ``global`` statement anywhere.
        values: of the names that are assigned at the top, the last value.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.assigned: set[str] = set()
        self.values: dict[str, ast.expr] = {}
        self._origins: dict[str, str] = {}  # name to the dotted name that it was imported as
        for statement in statements(tree.body):
            self._add(statement)
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                self.assigned.update(node.names)

    def _add(self, node: ast.stmt) -> None:
        if isinstance(node, Function):
            self._forget(node.name)
            self.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            self._forget(node.name)
            self.classes[node.name] = node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                # ``import a.b`` makes ``a`` known, and ``import a.b as c`` makes c stand for a.b.
                name = alias.asname or alias.name.partition(".")[0]
                self._forget(name)
                self._origins[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            self._add_from(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                self._assign(target, node.value)

    def _add_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._origins.update((name, f"{module}.{name}") for name in _STARRED.get(module, ()))
                continue
            name = alias.asname or alias.name
            self._forget(name)
            self._origins[name] = f"{module}.{alias.name}"

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            pairs = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for place, each in enumerate(target.elts):
                self._assign(each, pairs[place] if len(pairs) == len(target.elts) else None)
        elif isinstance(target, ast.Name) and value is not None:
            origin = self.origin(value)
            self._forget(target.id)
            self.assigned.add(target.id)
            self.values[target.id] = value
            if origin:
                self._origins[target.id] = origin  # Base = threading.Thread
        elif isinstance(target, ast.Name):
            self._forget(target.id)
            self.assigned.add(target.id)

    def _forget(self, name: str) -> None:
        """Take it that a name stands for something new."""
        for known in (self.functions, self.classes, self.values, self._origins):
            known.pop(name, None)
        self.assigned.discard(name)

    def origin(self, node: ast.AST | None) -> str:
        """Return the dotted name that an expression was imported as: ``threading.Thread``; empty if it was not."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._origins:
            return ""
        return ".".join((self._origins[node.id], *parts[::-1]))

    def is_imported(self, name: str) -> bool:
        """Return whether a name was imported."""
        return name in self._origins

    def family(self, node: ast.ClassDef) -> Family:
        """Return a class with its base classes in the file."""
        family = Family()
        waiting, seen = [node], set[int]()
        while waiting and len(seen) < _MOST_BASES:
            each = waiting.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            family.classes.append(each)
            for part in statements(each.body):
                if isinstance(part, Function):
                    family.methods.setdefault(part.name, part)
            for base in reversed(each.bases):
                self._add_base(base, family, waiting)
        return family

    def _add_base(self, base: ast.expr, family: Family, waiting: list[ast.ClassDef]) -> None:
        if isinstance(base, ast.Subscript):
            base = base.value  # Generic[T]
        origin = self.origin(base)
        if origin in (_THREAD, _TIMER):
            family.is_thread = True
            family.is_timer |= origin == _TIMER
        elif isinstance(base, ast.Name) and base.id in self.classes:
            waiting.append(self.classes[base.id])
        elif not (isinstance(base, ast.Name) and base.id == "object"):
            family.unknown = ast.unparse(base)
