"""What matters in a code object: the branches that leave a loop or turn in it, the names they read, and the stores."""

from types import CodeType

from .bytecode import Block, Graph
from .flow import ValueFlow
from .reading import Branch, Reading, Side, Store
from .values import Value

# What follows the loop's own jump when an iterator is exhausted, and is not executed then.
_AFTER_EXHAUSTION = ("END_FOR", "POP_TOP", "POP_ITER")
_CONSTRUCTORS = ("__init__", "__post_init__", "__attrs_init__", "__setstate__")


def read_code(code: CodeType) -> Reading:
    """Read a code object; what is found depends on nothing else. Takes up to a millisecond for a long one."""
    return _Reader(code).read()


class _Reader:
    """Reads one code object, once."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self._graph = Graph(code)
        self._flow = ValueFlow(code, self._graph, lambda inner: read_code(inner).returned)
        self._reading = Reading(code)
        self._reading.callees, self._reading.calls = self._flow.callees, self._flow.calls
        self._reading.returned = self._flow.returned

    def read(self) -> Reading:
        lines = _Lines(self._code)
        in_loop: dict[object, set[int]] = {}
        later = []
        for number, block in enumerate(self._graph.blocks):
            last = block.instructions[-1]
            value = self._flow.conditions.get(last.offset)
            if value is None or not value.reads:
                continue
            key = (lines.line(last.offset), tuple(sorted(map(repr, value.reads))))
            loop = self._graph.innermost(number)
            if loop is None:
                later.append((number, block, value, key))
                self._reading.returned.update(value.reads)
                continue
            in_loop[key] = loop
            self._add_branch(block, value, key[0], loop, is_inside=True)
        for _number, block, value, key in later:
            # Up to 3.13 the condition of a ``while`` is there twice: before the loop, and at its end.
            if loop := in_loop.get(key):
                self._add_branch(block, value, key[0], loop, is_inside=False)
        for number in self._graph.handling():
            self._reading.handling.update(lines.line(each.offset) for each in self._graph.blocks[number].instructions)
        self._find_withs()
        for offset, (store, number) in self._flow.stores.items():
            if not self._is_no_request(store, number):
                self._reading.stores[offset] = store
        return self._reading

    def _find_withs(self) -> None:
        after = {}
        for block in self._graph.blocks:
            for each in block.instructions:
                name, owner = self._reading.callees.get(each.offset, ("", None))
                if name == "__enter__":
                    after[each.after] = (owner, each.offset)
        entered = {handler: after[begin] for begin, _end, handler, _depth in self._graph.protected if begin in after}
        if entered:
            for begin, end, handler, _depth in self._graph.protected:
                self._reading.protected.append((begin, end, handler, entered.get(handler)))

    def _is_no_request(self, store: Store, number: int) -> bool:
        """Return whether a store asks nothing: of an object that is being made, or in the loop whose condition reads it."""
        code = self._code
        if code.co_name in _CONSTRUCTORS and code.co_argcount and store.base == ("local", code.co_varnames[0]):
            return True
        loop = self._graph.innermost(number)
        if loop is None or store.constant:
            return False
        return any(
            read.name == store.name and read.base == store.base
            for each in self._reading.branches
            for read in each.reads
        )

    def _add_branch(self, block: Block, value: Value, line: int, loop: set[int], *, is_inside: bool) -> None:
        last = block.instructions[-1]
        reads = list(value.reads.values())
        takes = any(read.kind == "take" for read in reads)
        branch = Branch(last.offset, line, reads, value.source if takes else None, value.constant)
        for place, following in enumerate(block.following[:2]):
            jumps = last.target >= 0 and place == 0
            when = 0
            if last.name in ("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE"):
                when = value.truth if jumps is (last.name == "POP_JUMP_IF_TRUE") else -value.truth
            leaves = following not in loop if is_inside else not self._leads_to(following, loop)
            side = Side(branch, leaves, when)
            branch.sides.append(side)
            side.offsets = self._first_offsets(following)
            for offset in side.offsets:
                self._reading.sides.setdefault(offset, []).append(side)
        self._reading.branches.append(branch)

    def _leads_to(self, number: int, loop: set[int]) -> bool:
        """Return whether a loop can be reached from a block."""
        seen: set[int] = set()
        open_ = [number]
        while open_:
            each = open_.pop()
            if each in loop:
                return True
            if each not in seen:
                seen.add(each)
                open_ += self._graph.blocks[each].following
        return False

    def _first_offsets(self, number: int) -> list[int]:
        """Return the offsets at one of which a side begins: what ends an iterator may not be executed itself."""
        offsets: list[int] = []
        while number < len(self._graph.blocks):
            for each in self._graph.blocks[number].instructions:
                if each.name == "NOT_TAKEN" and each is not self._graph.blocks[number].instructions[-1]:
                    continue  # what follows it is executed in any case
                offsets.append(each.offset)
                if each.name not in _AFTER_EXHAUSTION:
                    return offsets
            number += 1
        return offsets


class _Lines:
    """Finds the line of an offset."""

    def __init__(self, code: CodeType) -> None:
        self._lines: dict[int, int] = {}
        for begin, end, line in code.co_lines():
            if line is not None:
                self._lines.update(dict.fromkeys(range(begin, end, 2), line))

    def line(self, offset: int) -> int:
        return self._lines.get(offset, 0)
