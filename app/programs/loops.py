"""What the loops around a call say: whether the thread was asked to stop, and how it could be. Pure functions."""

import ast
from dataclasses import dataclass

from app.programs.conditions import Evaluation, Read, Scope, code
from app.programs.dump import Frame
from app.programs.loop_exits import Exit, Loop, set_on_line
from app.programs.source import Place


@dataclass(frozen=True, slots=True)
class Level:
    """One call of a thread with its source: where its line lies, and its values."""

    frame: Frame
    place: Place
    scope: Scope


@dataclass(frozen=True, slots=True)
class LoopState:
    """What a loop reads that another thread can set, and what that says.

    Attributes:
        level: whose loop it is.
        loop: the loop.
        asked: whether one of its ways out is open; None if that is not known.
        reads: what decides that.
        is_likely: whether the way leads through a local variable.
    """

    level: Level
    loop: Loop
    asked: bool | None
    reads: tuple[Read, ...]
    is_likely: bool = False


_Found = tuple[Exit, tuple[Read, ...]]


def loop_state(level: Level, loop: Loop) -> LoopState | None:
    """Return what a loop says; None if it reads nothing that another thread could set to have it end."""
    found: dict[bool | None, list[_Found]] = {True: [], None: [], False: []}
    filled: list[_Found] = []
    awaited = set_on_line(loop, level.frame.line)
    for exit_ in loop.exits:
        is_head_of_for = not isinstance(loop.node, ast.While) and exit_.line == loop.line
        if is_head_of_for or exit_.by_exception or not exit_.conditions or _names(exit_) & awaited:
            continue
        evaluation = Evaluation(level.place, level.scope, loop.sets, {})
        holds = evaluation.all_hold(exit_.conditions)
        shared = tuple(read for read in evaluation.reads.values() if read.is_shared)
        flags = tuple(read for read in shared if read.is_flag)
        if flags:
            found[holds].append((exit_, flags))
        elif shared and holds is False:
            filled.append((exit_, shared))
    if found[True]:
        return _state(level, loop, True, found[True])
    if found[None] or found[False]:
        return _state(level, loop, None if found[None] else False, [*found[None], *found[False]])
    # What waits until something is filled or emptied: that it is not yet is known; that it is would be no request.
    return _state(level, loop, False, filled) if filled else None


def _names(exit_: Exit) -> set[str]:
    """Return the variables that a way out depends on."""
    return {node.id for test, _ in exit_.conditions for node in ast.walk(test) if isinstance(node, ast.Name)}


def _state(level: Level, loop: Loop, asked: bool | None, found: list[_Found]) -> LoopState:
    reads = {read.text: read for _, flags in found for read in flags}
    return LoopState(level, loop, asked, tuple(reads.values()), all(exit_.is_likely for exit_, _ in found))


def deciding(states: list[LoopState]) -> LoopState | None:
    """Return the loop that decides, of those around a thread's calls, innermost first; None if there is none."""
    for wanted in (True, None, False):
        for state in states:
            if state.asked is wanted:
                return state
    return None


def awaited_end(level: Level, line: int) -> tuple[Loop, str] | None:
    """Return the loop around a call that ends by what this call returns, and the condition; None if there is none.

    Args:
        level: the call.
        line: of the call that waits.
    """
    for loop in level.place.loops:
        arriving = set_on_line(loop, line)
        for exit_ in loop.exits if arriving else ():
            if not exit_.by_exception and _names(exit_) & arriving:
                return loop, " and ".join(_written(test, wanted) for test, wanted in exit_.conditions)
        if not isinstance(loop.node, ast.While) and arriving and line <= (loop.node.iter.end_lineno or 0):
            return loop, _end_of(loop.node.iter)
    return None


def _written(test: ast.expr, wanted: bool | None) -> str:
    return f"`not ({code(test)})`" if wanted is False else f"`{code(test)}`"


def _end_of(iterated: ast.expr) -> str:
    """Return when a ``for`` ends."""
    if isinstance(iterated, ast.Call) and ast.unparse(iterated.func) == "iter" and len(iterated.args) == 2:
        return f"`{code(iterated.args[0])}` returns `{code(iterated.args[1])}`"
    return f"`{code(iterated)}` has no more"


def noticed_loop(levels: list[Level]) -> LoopState | None:
    """Return the loop that a thread was asked to leave and has left; None if it is in a loop, or has left none.

    Args:
        levels: its calls, innermost first.
    """
    if any(level.place.loops for level in levels):
        return None
    for level in levels:
        for loop in level.place.left:
            state = loop_state(level, loop)
            if state is not None and state.asked:
                return state
    return None


def leaving_reads(level: Level) -> tuple[Read, ...]:
    """Return what led into the branch around a call that ends by leaving its loop, if another thread can set it."""
    if not level.place.leaving:
        return ()
    evaluation = Evaluation(level.place, level.scope, frozenset(), {})
    holds = evaluation.all_hold(level.place.leaving)
    return tuple(read for read in evaluation.reads.values() if read.is_flag) if holds else ()
