"""The loops of a function and the ways out of them: under which conditions each is taken. Pure functions over ``ast``."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.programs.syntax import reachable

LoopNode = ast.While | ast.For | ast.AsyncFor
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
LOOPS = (ast.While, ast.For, ast.AsyncFor)

# A condition and the truth that it must have; None where that cannot be expressed.
Condition = tuple[ast.expr, bool | None]


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a loop.

    Attributes:
        line: where it leaves.
        conditions: all of these must hold.
        by_exception: whether it is in the handler of an exception.
        is_likely: whether the way leads through a local variable that is set under these conditions.
    """

    line: int
    conditions: tuple[Condition, ...]
    by_exception: bool = False
    is_likely: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of a function, the ways out of it, and the names of the variables that it sets itself."""

    node: LoopNode
    exits: tuple[Exit, ...]
    sets: frozenset[str]

    @property
    def line(self) -> int:
        """The line of its head."""
        return self.node.lineno


def loop_of(node: LoopNode) -> Loop:
    """Return a loop with the ways out of it."""
    sets = {inner.id for inner in reachable(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}
    exits = list(_exits(node.body, (), is_own=True))
    if isinstance(node, ast.While):
        if not (isinstance(node.test, ast.Constant) and node.test.value):
            exits.insert(0, Exit(node.lineno, ((node.test, False),)))
            exits += _by_variable(node, frozenset(sets))
    else:
        exits.insert(0, Exit(node.lineno, ((node.iter, None),)))
    return Loop(node, tuple(exits), frozenset(sets))


def _exits(
    block: Sequence[ast.stmt], under: tuple[Condition, ...], *, is_own: bool, caught: bool = False
) -> Iterator[Exit]:
    """Yield the ways out of a loop that begin in a block of it; ``is_own``: a ``break`` there leaves this loop."""
    for node in block:
        if isinstance(node, ast.Return | ast.Raise) or (is_own and isinstance(node, ast.Break)):
            yield Exit(node.lineno, under, caught)
        elif isinstance(node, ast.If):
            yield from _exits(node.body, (*under, (node.test, True)), is_own=is_own, caught=caught)
            yield from _exits(node.orelse, (*under, (node.test, False)), is_own=is_own, caught=caught)
            if not node.orelse and isinstance(node.body[-1], ast.Continue):
                under = (*under, (node.test, False))
        elif isinstance(node, ast.Match):
            for case in node.cases:
                conditions = (*under, _case(node.subject, case))
                yield from _exits(case.body, conditions, is_own=is_own, caught=caught)
        elif isinstance(node, LOOPS):
            # How often an inner loop runs is not known here.
            head = node.test if isinstance(node, ast.While) else node.iter
            inner = under if isinstance(head, ast.Constant) else (*under, (head, None))
            yield from _exits(node.body, inner, is_own=False, caught=caught)
            yield from _exits(node.orelse, inner, is_own=is_own, caught=caught)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from _exits(node.body, under, is_own=is_own, caught=caught)
        elif isinstance(node, ast.Try | ast.TryStar):
            for part in (node.body, node.orelse, node.finalbody):
                yield from _exits(part, under, is_own=is_own, caught=caught)
            for handler in node.handlers:
                yield from _exits(handler.body, under, is_own=is_own, caught=True)


def _case(subject: ast.expr, case: ast.match_case) -> Condition:
    pattern = case.pattern
    if case.guard is None and isinstance(pattern, ast.MatchValue):
        return ast.Compare(subject, [ast.Eq()], [pattern.value]), True
    if case.guard is None and isinstance(pattern, ast.MatchSingleton):
        return ast.Compare(subject, [ast.Is()], [ast.Constant(pattern.value)]), True
    return subject, None


def _by_variable(node: ast.While, sets: frozenset[str]) -> Iterator[Exit]:
    """Yield the ways out of ``while run:`` that set ``run`` in the loop: under which conditions it becomes what leaves."""
    name, leaves_when = node.test, False
    if isinstance(name, ast.UnaryOp) and isinstance(name.op, ast.Not):
        name, leaves_when = name.operand, True
    if not isinstance(name, ast.Name) or name.id not in sets:
        return
    for conditions, value, line in _assignments(node.body, name.id, ()):
        if not isinstance(value, ast.Constant):
            yield Exit(line, (*conditions, (value, leaves_when)), is_likely=True)
        elif bool(value.value) is leaves_when and conditions:
            yield Exit(line, conditions, is_likely=True)


def _assignments(
    block: Sequence[ast.stmt], name: str, under: tuple[Condition, ...]
) -> Iterator[tuple[tuple[Condition, ...], ast.expr, int]]:
    for node in block:
        if isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
                yield under, node.value, node.lineno
        elif isinstance(node, ast.If):
            yield from _assignments(node.body, name, (*under, (node.test, True)))
            yield from _assignments(node.orelse, name, (*under, (node.test, False)))
        elif not isinstance(node, SCOPES):
            for _, inner, _ in blocks(node):
                yield from _assignments(inner, name, under)


def set_on_line(loop: Loop, line: int) -> frozenset[str]:
    """Return the variables that a call on this line of a loop sets: also by ``:=``, and by the head of a ``for``."""
    names: set[str] = set()
    for node in reachable(loop.node):
        targets: list[ast.expr] = []
        if isinstance(node, ast.For | ast.AsyncFor):
            if node.lineno <= line <= (node.iter.end_lineno or 0):
                targets = [node.target]
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and _reaches(node, line):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not any(isinstance(inner, ast.Call | ast.Await) for inner in ast.walk(node)):
                targets = []
        names.update(each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
    return frozenset(names)


def _reaches(node: ast.stmt | ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def blocks(node: ast.stmt) -> Iterator[tuple[str, list[ast.stmt], ast.ExceptHandler | None]]:
    """Yield the blocks of a statement: what each is called, and its handler if it is one's."""
    for part in ("body", "orelse", "finalbody"):
        if block := getattr(node, part, None):
            yield part, block, None
    for handler in getattr(node, "handlers", ()):
        yield "handler", handler.body, handler
    for case in getattr(node, "cases", ()):
        yield "case", case.body, None
