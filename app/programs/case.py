"""One thread of a dump, and what was gathered about it: its calls with their source, its wait, its loops, its lock."""

import ast
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from app.core.errors import one_line
from app.core.place_words import place_words
from app.programs.conditions import Scope
from app.programs.dump import Frame, ThreadDump, is_library
from app.programs.loops import Level, LoopState, loop_state
from app.programs.memory import UnreadableError
from app.programs.source import Place
from app.programs.waits import Wait, begins_a_thread, own_depth, wait_of

_MOST_LEVELS = 50  # calls of a thread whose source is looked at
_LONGEST_NAME = 60  # characters of a thread's name in a sentence


class Facts(Protocol):
    """What is known of a program beside its dump."""

    def place(self, frame: Frame) -> Place | str:
        """Return where a call's line lies, or why that is not known, a clause."""

    def scope(self, thread: ThreadDump, frame: Frame, place: Place) -> Scope:
        """Return the values of a call."""

    def is_daemon(self, thread: ThreadDump) -> bool | None:
        """Return whether a thread is a daemon; None if that is not known."""

    def name(self, thread: ThreadDump) -> str:
        """Return a thread's name; empty if it has none."""

    def elsewhere(self, states: Sequence[LoopState], state: LoopState) -> str:
        """Return what was signalled that no live thread reads, a clause; empty if there is nothing.

        Args:
            states: of all threads.
            state: of the thread that was not asked.
        """


@dataclass(frozen=True, slots=True)
class Case:
    """One thread, and what was gathered about it.

    Attributes:
        thread: its stack.
        name: what it is called in a sentence.
        chain: all its calls whose source is known, innermost first.
        levels: those of the program's own, if there are any.
        wait: what it does.
        wait_scope: the values of the call that waits or computes; None if its source is not known.
        states: what the loops around its calls say, innermost first.
        missing: why the source of its innermost own call is not known; empty if it is.
    """

    thread: ThreadDump
    name: str
    chain: list[Level]
    levels: list[Level]
    wait: Wait
    wait_scope: Scope | None
    states: list[LoopState]
    missing: str

    @property
    def frame(self) -> Frame | None:
        """The call that waits or computes; None if it has none."""
        frames = self.thread.frames
        return frames[min(self.wait.depth, len(frames) - 1)] if frames else None


def gather(thread: ThreadDump, facts: Facts, cpu: Mapping[int, float] | None, pid: int) -> Case:
    """Return a thread of a process with what is known about it; ``cpu`` as in ``diagnose``."""
    chain: list[Level] = []
    waits_at: Place | None = None
    scope: Scope | None = None
    missing = ""
    frames = [frame for frame in thread.frames[own_depth(thread) :] if not begins_a_thread(frame)]
    for frame in frames[:_MOST_LEVELS]:
        place = facts.place(frame)
        if isinstance(place, str):
            missing = missing or (place if frame is frames[0] else "")
            continue
        chain.append(Level(frame, place, facts.scope(thread, frame, place)))
        if frame is frames[0]:
            waits_at, scope = place, chain[0].scope
    own = [level for level in chain if not is_library(level.frame.file)]
    share = cpu.get(thread.native_id or 0) if cpu is not None else None
    return Case(
        thread=thread,
        name=_title(thread, facts.name(thread), pid),
        chain=chain,
        levels=own or chain,
        wait=wait_of(thread, waits_at, scope, share),
        wait_scope=scope,
        states=_states(own) or _states(chain),
        missing=missing,
    )


def _states(levels: Sequence[Level]) -> list[LoopState]:
    found = [loop_state(level, loop) for level in levels for loop in level.place.loops]
    return [state for state in found if state is not None]


def _title(thread: ThreadDump, name: str, pid: int) -> str:
    """Return what a thread of a process is called in a sentence."""
    name = one_line(name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    if not name and thread.native_id == pid:
        return "MainThread"  # a program that has not imported threading has no name for it
    return name or f"thread {thread.native_id or thread.ident}"


def holding(case: Case, cases: Sequence[Case]) -> tuple[Case | None, str] | None:
    """Return which thread holds the lock that one waits for, and how that is known; no thread if it has ended.

    None if it is not known, or no lock is waited for.
    """
    lock, scope = case.wait.lock, case.wait_scope
    if lock is None or scope is None:
        return None
    with suppress(UnreadableError):
        owner = scope.lock_owner(lock)
        if owner is not None:
            return next((other for other in cases if other.thread.ident == owner), None), ""
    with suppress(UnreadableError):
        address = scope.address(lock)
        for other in cases:
            for level in other.levels if other is not case else ():
                if any(_is_at(level.scope, each, address) for each in level.place.withs):
                    return other, f" inside its `with` at {place_words(level.frame.file, level.frame.line)}"
    return None


def _is_at(scope: Scope, expression: ast.expr, address: int) -> bool:
    try:
        return scope.address(expression) == address
    except UnreadableError:
        return False
