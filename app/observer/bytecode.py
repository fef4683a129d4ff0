"""Instructions, basic blocks and natural loops of a code object, for Python 3.12 to 3.15.

Read by hand and not by ``dis``, which takes ten times as long and imports a dozen modules.
"""

import opcode
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = opcode.opname
_CACHE = opcode.opmap["CACHE"]
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_JUMPS = {_NAMES.index(name) for name in _NAMES if "JUMP" in name} | {
    opcode.opmap[name] for name in ("FOR_ITER", "SEND") if name in opcode.opmap
}
_BACKWARD = {number for number in _JUMPS if "BACKWARD" in _NAMES[number]}
_LOOPING = {opcode.opmap[name] for name in ("JUMP_BACKWARD",) if name in opcode.opmap}
_WITH = opcode.opmap["WITH_EXCEPT_START"]
# What is not followed by the next instruction.
_UNCONDITIONAL = {number for number in _JUMPS if _NAMES[number].startswith("JUMP_")}
_ENDS = {
    opcode.opmap[name]
    for name in ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT")
    if name in opcode.opmap
}
_BY_NAME = frozenset(opcode.opmap[name] for name in ("STORE_ATTR", "STORE_GLOBAL", "STORE_NAME"))
_STORE_DEREF, _STORE_SUBSCR = opcode.opmap["STORE_DEREF"], opcode.opmap["STORE_SUBSCR"]
_STORING = _BY_NAME | {_STORE_DEREF}
ANY_ITEM = "[]"
_LONGEST_NAME = 40  # characters of a key that may be a flag's name


class Instruction:
    """One instruction.

    Attributes:
        offset: in bytes, of the instruction itself.
        start: in bytes, of the first of its EXTENDED_ARG prefixes, where jumps to it lead.
        after: in bytes, of what follows its caches.
        number, name: its opcode.
        arg: its argument, with its prefixes; 0 if it has none.
        target: where it jumps to, in bytes; -1 if it does not.
    """

    __slots__ = ("after", "arg", "name", "number", "offset", "start", "target")

    def __init__(self, offset: int, start: int, number: int, arg: int) -> None:
        self.offset = offset
        self.start = start
        self.after = offset + 2
        self.number = number
        self.name = _NAMES[number]
        self.arg = arg
        self.target = -1


class Block:
    """Instructions that are executed one after the other.

    Attributes:
        start: in bytes, of the first of them.
        instructions: at least one.
        following: numbers of the blocks that may come next without an exception.
        handlers: numbers of the blocks where its exceptions are handled.
    """

    __slots__ = ("following", "handlers", "instructions", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.instructions: list[Instruction] = []
        self.following: list[int] = []
        self.handlers: list[int] = []


class Graph:
    """The control flow of a code object.

    Attributes:
        blocks: in the order of their offsets.
        loops: the numbers of the blocks of each natural loop, the smallest loop first.
        at: the number of the block that begins at an offset.
        protected: begin, end and handler (bytes), and the stack's depth, of what is in a ``try`` or a ``with``.
    """

    __slots__ = ("at", "blocks", "loops", "protected")

    def __init__(self, code: CodeType) -> None:
        instructions = decode(code.co_code)
        self.protected = exception_ranges(code.co_exceptiontable)
        self.blocks = _blocks(instructions, self.protected)
        self.at = {block.start: number for number, block in enumerate(self.blocks)}
        self._connect()
        self.loops = sorted(self._find_loops(), key=len)

    def innermost(self, number: int) -> set[int] | None:
        """Return the smallest loop that a block belongs to."""
        for loop in self.loops:
            if number in loop:
                return loop
        return None

    def handling(self) -> set[int]:
        """Return the blocks of ``except`` and ``finally`` that are only reached by an exception.

        The code of a ``finally`` is there twice, for both ways, on the same lines. What an ``await``, a ``with`` or a
        comprehension needs for exceptions is not meant.
        """
        normal = self._followed([0])
        handlers = {number for block in self.blocks for number in block.handlers}
        begins = []
        for number in handlers:
            names = [each.name for each in self.blocks[number].instructions]
            if names[0] == "PUSH_EXC_INFO" and "WITH_EXCEPT_START" not in names:
                begins.append(number)
        return self._followed(begins) - normal

    def _followed(self, open_: list[int]) -> set[int]:
        """Return blocks and those that follow them without an exception."""
        followed: set[int] = set()
        while open_:
            number = open_.pop()
            if number not in followed:
                followed.add(number)
                open_ += self.blocks[number].following
        return followed

    def _connect(self) -> None:
        starts = [block.start for block in self.blocks]
        for number, block in enumerate(self.blocks):
            last = block.instructions[-1]
            if last.target in self.at:
                block.following.append(self.at[last.target])
            if last.number not in _ENDS and last.number not in _UNCONDITIONAL and number + 1 < len(self.blocks):
                block.following.append(number + 1)
        for begin, end, handler, _depth in self.protected:
            number = self.at.get(begin, len(starts))
            while handler in self.at and number < len(starts) and starts[number] < end:
                self.blocks[number].handlers.append(self.at[handler])
                number += 1

    def _find_loops(self) -> list[set[int]]:
        order = self._order()
        position = {number: place for place, number in enumerate(order)}
        preceding: dict[int, list[int]] = {number: [] for number in order}
        for number in order:
            for each in (*self.blocks[number].following, *self.blocks[number].handlers):
                preceding[each].append(number)
        dominates = self._dominance(order, position, preceding)
        loops: dict[int, set[int]] = {}
        for number in order:
            for header in self.blocks[number].following:
                # A handler that lies behind the code jumps back as well: it is no loop unless its header cannot be
                # gone round.
                if position[header] <= position[number] and dominates(header, number):
                    loop = loops.setdefault(header, {header})
                    open_ = [number]
                    while open_:
                        each = open_.pop()
                        if each not in loop:
                            loop.add(each)
                            open_ += preceding[each]
        return list(loops.values())

    def _order(self) -> list[int]:
        """Return the blocks that can be reached, each before those that follow it, but for loops."""
        done: list[int] = []
        seen = {0}
        path = [(0, iter((*self.blocks[0].following, *self.blocks[0].handlers)))]
        while path:
            number, ways = path[-1]
            for each in ways:
                if each not in seen:
                    seen.add(each)
                    path.append((each, iter((*self.blocks[each].following, *self.blocks[each].handlers))))
                    break
            else:
                done.append(number)
                path.pop()
        return done[::-1]

    @staticmethod
    def _dominance(
        order: list[int], position: dict[int, int], preceding: dict[int, list[int]]
    ) -> "Callable[[int, int], bool]":
        """Return what tells whether a block cannot be reached but through another (Cooper, Harvey and Kennedy, 2001)."""
        nearest = {0: 0}  # of each place in the order, the place of the nearest block that dominates it
        changed = True
        while changed:
            changed = False
            for place in range(1, len(order)):
                found = -1
                for each in preceding[order[place]]:
                    other = position[each]
                    if other not in nearest:
                        continue
                    if found < 0:
                        found = other
                    while found != other:
                        if found > other:
                            found = nearest[found]
                        else:
                            other = nearest[other]
                if nearest.get(place) != found:
                    nearest[place] = found
                    changed = True

        def dominates(header: int, number: int) -> bool:
            place = position[number]
            while place > position[header]:
                place = nearest[place]
            return place == position[header]

        return dominates


def has_loop(code: CodeType) -> bool:
    """Return whether a code object may have a loop; about 1 µs."""
    numbers = code.co_code[::2]
    return any(number in numbers for number in _LOOPING)


def has_with(code: CodeType) -> bool:
    """Return whether a code object has a ``with``; about 1 µs."""
    return _WITH in code.co_code[::2]


def stored_names(code: CodeType) -> set[str]:
    """Return by which names a code object may store to what others read; ``ANY_ITEM`` if it stores to items.

    Keys and the names of ``setattr`` are among its constants, which are all returned then.
    """
    data = code.co_code
    numbers = data[::2]
    names: set[str] = set()
    if not _STORING.isdisjoint(numbers):
        prefix = 0
        for place, number in enumerate(numbers):
            if number == _EXTENDED_ARG:
                prefix = (prefix << 8) | data[2 * place + 1]
                continue
            if number in _BY_NAME:
                names.add(code.co_names[(prefix << 8) | data[2 * place + 1]])
            prefix = 0
        if _STORE_DEREF in numbers:
            names.update(code.co_cellvars, code.co_freevars)
    if _STORE_SUBSCR in numbers or "setattr" in code.co_names:
        names.add(ANY_ITEM)
        names.update(constant for constant in code.co_consts if type(constant) is str and len(constant) < _LONGEST_NAME)
    return {name for name in names if not name.startswith("__") or not name.endswith("__")}


def decode(data: bytes) -> list[Instruction]:
    """Return the instructions of a code object's ``co_code``, without their caches."""
    found: list[Instruction] = []
    prefix, start = 0, -1
    for offset in range(0, len(data), 2):
        number = data[offset]
        if number == _CACHE:
            if found:
                found[-1].after = offset + 2
            continue
        if start < 0:
            start = offset
        prefix = (prefix << 8) | data[offset + 1]
        if number == _EXTENDED_ARG:
            continue
        found.append(Instruction(offset, start, number, prefix))
        prefix, start = 0, -1
    for each in found:
        if each.number in _BACKWARD:
            each.target = each.after - 2 * each.arg
        elif each.number in _JUMPS:
            each.target = each.after + 2 * each.arg
    return found


def exception_ranges(table: bytes) -> list[tuple[int, int, int, int]]:
    """Return begin, end, handler (bytes) and stack depth of each entry of ``co_exceptiontable``.

    The format is described in CPython's InternalDocs/exception_handling.md.
    """
    entries = []
    numbers: list[int] = []
    value = 0
    for byte in table:
        if byte & 128:
            value = 0
        value = (value << 6) | (byte & 63)
        if not byte & 64:
            numbers.append(value)
            value = 0
    for place in range(0, len(numbers) - 3, 4):
        begin, length, handler, depth = numbers[place : place + 4]
        entries.append((2 * begin, 2 * (begin + length), 2 * handler, depth >> 1))
    return entries


def _blocks(instructions: list[Instruction], protected: list[tuple[int, int, int, int]]) -> list[Block]:
    leaders = {instructions[0].start}
    for entry in protected:
        leaders.update(entry[:3])
    for each in instructions:
        if each.target >= 0:
            leaders.update((each.target, each.after))
        elif each.number in _ENDS:
            leaders.add(each.after)
    blocks: list[Block] = []
    for each in instructions:
        if each.start in leaders:
            blocks.append(Block(each.start))
        blocks[-1].instructions.append(each)
    return blocks
