"""What the source around a line says: its function, the loops and the cleaning up around it. Pure functions over ``ast``."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.programs.loop_exits import LOOPS, SCOPES, Condition, Loop, blocks, loop_of
from app.programs.syntax import Function, local_names

_DEEPEST = 200  # levels of a tree that are looked into: each costs some calls of ours
_WITHIN = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"}


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
        self._functions: list[tuple[Function, ast.ClassDef | None]] = []
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
        return _place(name, node.body, line, local_names(node), of_class)

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


# -- the way to a line -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """One statement on the way to a line, its part in which the line lies ("" for its head), and what comes before it."""

    node: ast.stmt
    part: str
    before: tuple[ast.stmt, ...]
    block: tuple[ast.stmt, ...]
    handler: ast.ExceptHandler | None = None


def _way(body: Sequence[ast.stmt], line: int) -> list[_Step]:
    """Return the statements around a line, outermost first."""
    for place, node in enumerate(body):
        if not node.lineno <= line <= (node.end_lineno or 0):
            continue
        before = tuple(body[:place])
        if isinstance(node, SCOPES):
            return [_Step(node, "", before, tuple(body))]
        for part, block, handler in blocks(node):
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
    loops = [step.node for step in inward if isinstance(step.node, LOOPS) and step.part in ("", "body")]
    left = [node for step in inward for node in reversed(step.before) if isinstance(node, LOOPS)]
    # What a "finally" or an "except" follows, and the "else" of a loop.
    left += [
        node
        for step in inward
        if isinstance(step.node, ast.Try) and step.part in ("finalbody", "handler")
        for node in step.node.body
        if isinstance(node, LOOPS)
    ]
    left += [step.node for step in inward if isinstance(step.node, LOOPS) and step.part == "orelse"]
    head = way[-1].node if way and not way[-1].part else None
    withs = [step.node for step in inward if isinstance(step.node, ast.With | ast.AsyncWith) and step.part == "body"]
    return Place(
        name=name,
        locals=variables,
        class_node=of_class,
        loops=tuple(loop_of(node) for node in loops),
        left=tuple(loop_of(node) for node in left),
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
    return any(isinstance(step.node, LOOPS) and step.part == "body" for step in outer)


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
        inside = [] if isinstance(step.node, LOOPS) and step.part in ("", "body") else [*inside, step]
    if not any(isinstance(step.node, LOOPS) for step in way):
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
    if head is None or isinstance(head, SCOPES):
        return
    inside = {id(node) for _, block, _ in blocks(head) for node in block if node.lineno != head.lineno}
    waiting: list[ast.AST] = [head]
    while waiting:
        node = waiting.pop(0)
        if id(node) in inside or (isinstance(node, SCOPES) and node is not head):
            continue
        if isinstance(node, ast.Call | ast.Await) and node.lineno <= line <= (node.end_lineno or 0):
            yield node
        waiting.extend(ast.iter_child_nodes(node))
