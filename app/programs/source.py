"""What the source around a line says: the loops, the ways out of them, and what those read. Pure functions over ``ast``."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
LoopNode = ast.While | ast.For | ast.AsyncFor
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_DEEPEST = 200  # levels of a tree that are looked into: each costs some calls of ours
_WITHIN = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"}
_LOOPS = (ast.While, ast.For, ast.AsyncFor)

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


@dataclass(frozen=True, slots=True)
class Cleanup:
    """The ``finally``, ``except`` or ``with`` in which a line lies.

    Attributes:
        word: "finally" or "except".
        line: where it begins.
        is_in_loop: whether the thread goes on in a loop of the same function after it.
        exceptions: the names of what the ``except`` catches, as written; empty for "finally".
        bound: the variable that holds the exception; empty if there is none.
        leaves: whether it ends by ``raise``, ``return`` or ``break``.
    """

    word: str
    line: int
    is_in_loop: bool
    exceptions: tuple[str, ...] = ()
    bound: str = ""
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line lies in its function.

    Attributes:
        name: of the function.
        locals: the names of its own variables; empty for a module, whose variables are all global.
        class_node: the class around it.
        loops: those around the line, innermost first.
        left: those of the same function that are over when the line is reached.
        cleanups: what of this kind is around the line, innermost first.
        catching: the ``except`` that catch what is raised on the line, innermost first.
        leaving: the conditions under which the line was reached within a loop, if what follows leaves the loop.
        withs: what the ``with`` around the line hold, innermost first.
        entering: what a ``with`` that begins on the line is about to take.
        calls: those on the line, outermost first.
        iterated: what a ``for`` takes the next of on the line; None if there is none.
        returns: whether the line does nothing but return something.
    """

    name: str
    locals: frozenset[str]
    class_node: ast.ClassDef | None
    loops: tuple[Loop, ...]
    left: tuple[Loop, ...]
    cleanups: tuple[Cleanup, ...]
    catching: tuple[Cleanup, ...]
    leaving: tuple[Condition, ...]
    withs: tuple[ast.expr, ...]
    entering: tuple[ast.expr, ...]
    calls: tuple[ast.expr, ...]
    iterated: ast.expr | None = None
    returns: bool = False


class Source:
    """The tree of one file.

    Args:
        text: of the file.

    Raises:
        SyntaxError, ValueError, MemoryError: it is no Python.
        RecursionError: it is nested too deeply.
    """

    def __init__(self, text: str) -> None:
        self._tree = ast.parse(text)
        self._functions: list[tuple[FunctionNode, ast.ClassDef | None]] = []
        waiting: list[tuple[ast.AST, ast.ClassDef | None, int]] = [(self._tree, None, 0)]
        while waiting:
            node, around, depth = waiting.pop()
            if depth > _DEEPEST:
                raise RecursionError
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._functions.append((node, around))
            inside = node if isinstance(node, ast.ClassDef) else around
            waiting.extend((child, inside, depth + 1) for child in ast.iter_child_nodes(node))

    def place(self, function: str, line: int) -> Place | None:
        """Return where a line of a function lies; None if there is no such function around it."""
        name = function.rpartition(".")[2]
        if name == "<module>":
            return _place(name, self._tree.body, line, frozenset(), None)
        if name in _WITHIN:
            return self._within(name, line)
        around = [
            (node, of_class)
            for node, of_class in self._functions
            if node.name == name and node.lineno <= line <= (node.end_lineno or 0)
        ]
        if not around:
            return None
        node, of_class = max(around, key=lambda pair: pair[0].lineno)
        return _place(name, node.body, line, _locals(node), of_class)

    def _within(self, name: str, line: int) -> Place:
        """Return the place of a comprehension or a lambda: its calls are known, and no more; the rest is its caller's."""
        around = [node for node, _ in self._functions if node.lineno <= line <= (node.end_lineno or 0)]
        body = max(around, key=lambda node: node.lineno).body if around else self._tree.body
        calls = _place(name, body, line, frozenset(), None).calls
        return Place(name, frozenset(), None, (), (), (), (), (), (), (), calls)


def returned(of_class: ast.ClassDef | None, name: str) -> tuple[ast.expr, bool] | None:
    """Return what a method of a class that only returns something returns, and whether it is a property; None for others."""
    for node in of_class.body if of_class else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            body = [statement for statement in node.body if not _is_docstring(statement)]
            if len(body) == 1 and isinstance(body[0], ast.With):
                body = body[0].body  # under a lock
            if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
                decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
                if decorators in ([], ["property"]):
                    return body[0].value, bool(decorators)
    return None


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _locals(node: FunctionNode) -> frozenset[str]:
    arguments = node.args
    names = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names.update(each.arg for each in (arguments.vararg, arguments.kwarg) if each)
    elsewhere: set[str] = set()
    for inner in _walk(node.body):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        elif isinstance(inner, ast.Global | ast.Nonlocal):
            elsewhere.update(inner.names)
        elif isinstance(inner, ast.ExceptHandler) and inner.name:
            names.add(inner.name)
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in inner.names)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(inner.name)
    return frozenset(names - elsewhere)


def _walk(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and what is in them, but for what is inside of functions and classes."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))


def set_on_line(loop: Loop, line: int) -> frozenset[str]:
    """Return the variables that a call on this line of a loop sets: also by ``:=``, and by the head of a ``for``."""
    names: set[str] = set()
    for node in _walk([loop.node]):
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


# -- the way to a line -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """One statement on the way to a line, its part in which the line lies ("" for its head), and what comes before it."""

    node: ast.stmt
    part: str
    before: tuple[ast.stmt, ...]
    block: tuple[ast.stmt, ...]
    handler: ast.ExceptHandler | None = None


def _parts(node: ast.stmt) -> Iterator[tuple[str, list[ast.stmt], ast.ExceptHandler | None]]:
    for part in ("body", "orelse", "finalbody"):
        if block := getattr(node, part, None):
            yield part, block, None
    for handler in getattr(node, "handlers", ()):
        yield "handler", handler.body, handler
    for case in getattr(node, "cases", ()):
        yield "case", case.body, None


def _way(body: Sequence[ast.stmt], line: int) -> list[_Step]:
    """Return the statements around a line, outermost first."""
    for place, node in enumerate(body):
        if not node.lineno <= line <= (node.end_lineno or 0):
            continue
        before = tuple(body[:place])
        if isinstance(node, _SCOPES):
            return [_Step(node, "", before, tuple(body))]
        for part, block, handler in _parts(node):
            first = handler.lineno if handler else block[0].lineno
            # Of "with lock: pass" in one line it is not known which part of it is meant; the head is what waits.
            is_in_head = first == node.lineno and handler is None
            if first <= line <= (block[-1].end_lineno or 0) and not is_in_head:
                return [_Step(node, part, before, tuple(body), handler), *_way(block, line)]
        return [_Step(node, "", before, tuple(body))]
    return []


def _place(
    name: str, body: Sequence[ast.stmt], line: int, variables: frozenset[str], of_class: ast.ClassDef | None
) -> Place:
    way = _way(body, line)
    inward = list(reversed(way))
    loops = [step.node for step in inward if isinstance(step.node, _LOOPS) and step.part in ("", "body")]
    left = [node for step in inward for node in reversed(step.before) if isinstance(node, _LOOPS)]
    # What a "finally" or an "except" follows, and the "else" of a loop.
    left += [
        node
        for step in inward
        if isinstance(step.node, ast.Try) and step.part in ("finalbody", "handler")
        for node in step.node.body
        if isinstance(node, _LOOPS)
    ]
    left += [step.node for step in inward if isinstance(step.node, _LOOPS) and step.part == "orelse"]
    head = way[-1].node if way and not way[-1].part else None
    withs = [step.node for step in inward if isinstance(step.node, ast.With | ast.AsyncWith) and step.part == "body"]
    return Place(
        name=name,
        locals=variables,
        class_node=of_class,
        loops=tuple(_loop(node) for node in loops),
        left=tuple(_loop(node) for node in left),
        cleanups=tuple(_cleanups(inward)),
        catching=tuple(_catching(inward)),
        leaving=_leaving(way),
        withs=tuple(item.context_expr for node in withs for item in reversed(node.items)),
        entering=tuple(_entering(head, line)),
        calls=tuple(_calls(head, line)),
        iterated=head.iter if isinstance(head, ast.For | ast.AsyncFor) else None,
        returns=isinstance(head, ast.Return),
    )


def _cleanups(inward: Sequence[_Step]) -> Iterator[Cleanup]:
    for place, step in enumerate(inward):
        # In Python 3.11 and later "except*" is a class of its own.
        if not isinstance(step.node, ast.Try | ast.TryStar):
            continue
        is_in_loop = _is_in_loop(inward[place + 1 :])
        if step.part == "finalbody":
            first = step.node.finalbody[0].lineno
            yield Cleanup("finally", first, is_in_loop, leaves=_leaves(step.node.finalbody))
        elif step.handler is not None:
            yield _handler(step.handler, is_in_loop=is_in_loop)


def _catching(inward: Sequence[_Step]) -> Iterator[Cleanup]:
    for place, step in enumerate(inward):
        if isinstance(step.node, ast.Try | ast.TryStar) and step.part == "body":
            for handler in step.node.handlers:
                yield _handler(handler, is_in_loop=_is_in_loop(inward[place + 1 :]))


def _is_in_loop(outer: Sequence[_Step]) -> bool:
    return any(isinstance(step.node, _LOOPS) and step.part == "body" for step in outer)


def _handler(handler: ast.ExceptHandler, *, is_in_loop: bool) -> Cleanup:
    caught = handler.type
    listed = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught else []
    names = tuple(ast.unparse(each).rpartition(".")[2] for each in listed)
    return Cleanup("except", handler.lineno, is_in_loop, names, handler.name or "", _leaves(handler.body))


def _leaves(block: Sequence[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], ast.Break | ast.Return | ast.Raise)


def _leaving(way: Sequence[_Step]) -> tuple[Condition, ...]:
    """Return the conditions of the innermost branch around a line that ends by leaving the loop around it."""
    inside: list[_Step] = []
    for step in way:
        inside = [] if isinstance(step.node, _LOOPS) and step.part in ("", "body") else [*inside, step]
    if not any(isinstance(step.node, _LOOPS) for step in way):
        return ()
    conditions: list[Condition] = []
    for step in inside:
        if isinstance(step.node, ast.If) and step.part:
            conditions.append((step.node.test, step.part == "body"))
            block = step.node.body if step.part == "body" else step.node.orelse
            if _leaves(block):
                return tuple(conditions)
    return ()


def _entering(head: ast.stmt | None, line: int) -> Iterator[ast.expr]:
    if isinstance(head, ast.With | ast.AsyncWith):
        for item in head.items:
            if item.context_expr.lineno <= line <= (item.context_expr.end_lineno or 0):
                yield item.context_expr


def _calls(head: ast.stmt | None, line: int) -> Iterator[ast.expr]:
    """Yield the calls of a statement that reach over a line; of a compound statement, those of its head."""
    if head is None or isinstance(head, _SCOPES):
        return
    inside = {id(node) for _, block, _ in _parts(head) for node in block if node.lineno != head.lineno}
    waiting: list[ast.AST] = [head]
    while waiting:
        node = waiting.pop(0)
        if id(node) in inside or (isinstance(node, _SCOPES) and node is not head):
            continue
        if isinstance(node, ast.Call | ast.Await) and node.lineno <= line <= (node.end_lineno or 0):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


# -- loops and the ways out of them ------------------------------------------------------------------------------------


def _loop(node: LoopNode) -> Loop:
    sets = {inner.id for inner in _walk([node]) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}
    exits = list(_exits(node.body, (), node, is_own=True))
    if isinstance(node, ast.While):
        if not (isinstance(node.test, ast.Constant) and node.test.value):
            exits.insert(0, Exit(node.lineno, ((node.test, False),)))
            exits += _by_variable(node, frozenset(sets))
    else:
        exits.insert(0, Exit(node.lineno, ((node.iter, None),)))
    return Loop(node, tuple(exits), frozenset(sets))


def _exits(
    block: Sequence[ast.stmt], under: tuple[Condition, ...], loop: LoopNode, *, is_own: bool, caught: bool = False
) -> Iterator[Exit]:
    """Yield the ways out of a loop that begin in a block of it; ``is_own``: a ``break`` there leaves this loop."""
    for node in block:
        if isinstance(node, ast.Return | ast.Raise) or (is_own and isinstance(node, ast.Break)):
            yield Exit(node.lineno, under, caught)
        elif isinstance(node, ast.If):
            yield from _exits(node.body, (*under, (node.test, True)), loop, is_own=is_own, caught=caught)
            yield from _exits(node.orelse, (*under, (node.test, False)), loop, is_own=is_own, caught=caught)
            if not node.orelse and isinstance(node.body[-1], ast.Continue):
                under = (*under, (node.test, False))
        elif isinstance(node, ast.Match):
            for case in node.cases:
                conditions = (*under, _case(node.subject, case))
                yield from _exits(case.body, conditions, loop, is_own=is_own, caught=caught)
        elif isinstance(node, _LOOPS):
            # How often an inner loop runs is not known here.
            head = node.test if isinstance(node, ast.While) else node.iter
            inner = under if isinstance(head, ast.Constant) else (*under, (head, None))
            yield from _exits(node.body, inner, loop, is_own=False, caught=caught)
            yield from _exits(node.orelse, inner, loop, is_own=is_own, caught=caught)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from _exits(node.body, under, loop, is_own=is_own, caught=caught)
        elif isinstance(node, ast.Try | ast.TryStar):
            for part in (node.body, node.orelse, node.finalbody):
                yield from _exits(part, under, loop, is_own=is_own, caught=caught)
            for handler in node.handlers:
                yield from _exits(handler.body, under, loop, is_own=is_own, caught=True)


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
        elif not isinstance(node, _SCOPES):
            for _, inner, _ in _parts(node):
                yield from _assignments(inner, name, under)
